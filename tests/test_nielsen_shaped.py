"""Networks shaped like Nielsen's that differ from his in a name, a property or a signature."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refnet.conformance import check
from refnet.oracle import complex_step
from refnet.subjects.protocol import Head
from refnet.suite import suite
from written import changed, opened, written

pytestmark = pytest.mark.usefixtures("clean")


@pytest.mark.parametrize("name", ["predict", "output", "query"])
def test_a_forward_pass_may_have_any_of_its_names(name: str, tmp_path: Path) -> None:
    """A backprop for one column was taken for one of batches where `feedforward` was renamed."""
    place = changed(tmp_path, ("feedforward", name))
    _, description = opened(place)
    (samples,) = (each for each in description.conventions if each.key == "samples")
    assert samples.value == "single column"
    assert "gradients" in description.capabilities.one_sample


def test_what_a_forward_pass_keeps_is_not_taken_for_its_outputs(tmp_path: Path) -> None:
    """Of two methods the one whose outputs have a fitting shape is the forward pass."""
    own = "    def predict("
    place = changed(
        tmp_path,
        ("feedforward", "predict"),
        (own, f"    def forward(self, a):\n        return [a, self.predict(a)]\n\n{own}"),
    )
    respondent, description = opened(place)
    problem = suite("moderate", Head("sigmoid", "sigmoid", "quadratic"), 0, None)[0]
    question = description.capabilities.fit(problem, frozenset({"gradients"}))
    answer = respondent.answer(replace(question, asks=("outputs", "gradients")))
    assert not answer.failures


def test_arrays_behind_a_property_without_a_setter_are_filled(tmp_path: Path) -> None:
    """What refnet cannot set was reported as an exception of the network's."""
    shown = "".join(
        f"    @property\n    def {name}(self):\n        return list(self._{name})\n\n"
        for name in ("weights", "biases")
    )
    own = "    def feedforward("
    place = changed(
        tmp_path,
        ("self.weights = ", "self._weights = "),
        ("self.biases = ", "self._biases = "),
        (own, f"{shown}{own}"),
    )
    respondent, description = opened(place)
    problem = suite("moderate", Head("sigmoid", "sigmoid", "quadratic"), 0, None)[0]
    question = description.capabilities.fit(problem, frozenset({"outputs"}))
    answer = respondent.answer(replace(question, asks=("outputs",)))
    right = complex_step.answer(question)
    assert answer.outputs is not None
    assert right.outputs is not None
    np.testing.assert_allclose(answer.outputs, right.outputs, rtol=1e-9)


COUNTING = """
import numpy as np

class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(m, n) for n, m in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(m, 1) for m in sizes[1:]]

    def forward(self, X):
        self.acts = [X]
        for w, b in zip(self.weights, self.biases):
            self.acts.append(np.tanh(w @ self.acts[-1] + b))
        return self.acts[-1]

    def backprop(self, X, Y):
        delta = (self.forward(X) - Y) * (1 - self.acts[-1] ** 2) / X.shape[1]
        dws, dbs = [], []
        for w, a in zip(self.weights[::-1], self.acts[-2::-1]):
            dws.insert(0, delta @ a.T)
            dbs.insert(0, delta.sum(axis=1, keepdims=True))
            delta = w.T @ delta * (1 - a**2)
        return dws, dbs

    def evaluate(self, X, labels):
        return np.sum(np.argmax(self.forward(X), axis=AXIS) == labels)
"""


@pytest.mark.usefixtures("hasty")
@pytest.mark.no_cover
@pytest.mark.parametrize("axis", [1, pytest.param(0, marks=pytest.mark.campaign)])
def test_a_count_of_samples_and_labels_by_themselves_is_judged(axis: int, tmp_path: Path) -> None:
    """A network that takes batches has no pairs to count."""
    place = written(tmp_path, COUNTING.replace("AXIS", str(axis)))
    report = check(place, timeout=60.0, examples=0, training=False)
    assert {law.id: law.status for law in report.laws}["evaluation/count"] != "unanswerable"
    assert report.diagnosis.bugs == (("argmax-over-batch",) if axis else ()), report.sentence
