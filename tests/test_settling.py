"""What shapes and names leave open about a network is settled by what it answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refnet.oracle import complex_step
from refnet.problem import Part
from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Head
from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.own_loop import run_loop
from refnet.subjects.worker.recognition import recognise
from refnet.subjects.worker.respondent import Respondent
from refnet.suite import suite
from written import NETWORKS, replaced

pytestmark = pytest.mark.usefixtures("clean")

HARD_WIRED = """
import numpy as np

class Network:
    def __init__(self):
        self.W1, self.b1 = np.random.randn(3, 3), np.zeros(3)
        self.W2, self.b2 = np.random.randn(3, 2), np.zeros(2)

    def forward(self, X):
        self.H = np.tanh(X @ self.W1 + self.b1)
        return self.H @ self.W2 + self.b2

    def backward(self, X, y):
        d2 = (self.forward(X) - y) / len(X)
        d1 = d2 @ self.W2.T * (1 - self.H**2)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": self.H.T @ d2, "b2": d2.sum(0)}
"""
AS_ROWS = (
    ("X @ self.W1", "X @ self.W1.T"),
    ("self.H @ self.W2 ", "self.H @ self.W2.T "),
    ("randn(3, 2)", "randn(2, 3)"),
    ("d2 @ self.W2.T", "d2 @ self.W2"),
    ("X.T @ d1", "d1.T @ X"),
    ("self.H.T @ d2", "d2.T @ self.H"),
)
AUGMENTED = (
    ("np.random.randn(3, 3), np.zeros(3)", "np.random.randn(4, 3), None"),
    ("np.random.randn(3, 2), np.zeros(2)", "np.random.randn(4, 2), None"),
    (" @ self.W1 + self.b1", " @ self.W1[:-1] + self.W1[-1]"),
    (" @ self.W2 + self.b2", " @ self.W2[:-1] + self.W2[-1]"),
    ("self.W2.T", "self.W2[:-1].T"),
    (
        '{"W1": X.T @ d1, "b1": d1.sum(0), "W2": self.H.T @ d2, "b2": d2.sum(0)}',
        '{"W1": np.vstack([X.T @ d1, d1.sum(0)]), "W2": np.vstack([self.H.T @ d2, d2.sum(0)])}',
    ),
)
IN_FRONT = (
    *AUGMENTED,
    ("self.W1[:-1] + self.W1[-1]", "self.W1[1:] + self.W1[0]"),
    ("self.W2[:-1] + self.W2[-1]", "self.W2[1:] + self.W2[0]"),
    ("self.W2[:-1].T", "self.W2[1:].T"),
    ("[X.T @ d1, d1.sum(0)]", "[d1.sum(0), X.T @ d1]"),
    ("[self.H.T @ d2, d2.sum(0)]", "[d2.sum(0), self.H.T @ d2]"),
)
FORMS = {
    "weights as (in, out)": (),
    "weights as (out, in)": AS_ROWS,
    "biases as the last row": AUGMENTED,
    "biases as the first row": IN_FRONT,
}


@pytest.mark.parametrize("form", FORMS)
def test_parameters_reach_the_place_they_are_meant_for(form: str, tmp_path: Path) -> None:
    """A square matrix shows by no shape which way round it is: a right network was called wrong."""
    path = tmp_path / "code.py"
    path.write_text(replaced(HARD_WIRED, FORMS[form]), encoding="utf-8")
    subject = recognise(load(parse_locator(str(path))))
    able = subject.description.capabilities
    assert able.sizes == (3, 3, 2)
    respondent = Respondent(subject)
    asked: tuple[Part, ...] = ("outputs", "gradients")
    for problem in suite("moderate", Head("tanh", "identity", "quadratic"), 0, able.sizes)[:3]:
        question = replace(able.fit(problem, frozenset(asked)), asks=asked)
        answer, right = respondent.answer(question), complex_step.answer(question)
        assert answer.outputs is not None
        assert right.outputs is not None
        np.testing.assert_allclose(answer.outputs, right.outputs, rtol=1e-9)
        assert answer.gradients is not None
        assert right.gradients is not None
        for said, expected in zip(
            (*answer.gradients.weights, *answer.gradients.biases),
            (*right.gradients.weights, *right.gradients.biases),
            strict=True,
        ):
            np.testing.assert_allclose(said, expected, rtol=1e-9, atol=1e-12)


WITH_BUFFERS = """
import numpy as np

class Layer:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m)
        self.v = np.zeros(m)

    def forward(self, X):
        self.X = X
        self.a = np.tanh(X @ self.W)
        return self.a

    def backward(self, d):
        d = d * (1 - self.a**2)
        self.dW = self.X.T @ d
        return d @ self.W.T

class Network:
    def __init__(self, sizes):
        self.layers = [Layer(n, m) for n, m in zip(sizes, sizes[1:])]

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, X, y):
        d = (self.forward(X) - y) / len(X)
        for layer in reversed(self.layers):
            d = layer.backward(d)

    def train_step(self, X, y, lr):
        self.backward(X, y)
        for layer in self.layers:
            layer.W -= lr * layer.dW
"""


@pytest.mark.parametrize("bias", [False, True])
def test_a_buffer_of_the_shape_of_biases_is_none(bias: bool, tmp_path: Path) -> None:
    """Otherwise every network that keeps one would be told that its biases are frozen."""
    path = tmp_path / "code.py"
    named = (("self.v = ", "self.b = "), ("X @ self.W)", "X @ self.W + self.b)")) if bias else ()
    path.write_text(replaced(WITH_BUFFERS, named), encoding="utf-8")
    able = recognise(load(parse_locator(str(path)))).description.capabilities
    assert able.without_biases is not bias


@pytest.mark.parametrize("epochs", ["num_iters", "epochs"])
def test_a_number_of_mini_batches_is_none_of_epochs(epochs: str) -> None:
    """Two steps for 600 samples teach nothing, and the labels were blamed for it."""
    asked: list[int] = []
    loop = eval(f"lambda X, y, {epochs}, batch_size: asked.append({epochs})", {"asked": asked})  # noqa: S307
    x, y = np.zeros((2, 95)), np.zeros((1, 95))
    run_loop(loop, {"x": x.T, "y": y.T}, Question(x, y, 0.1, 0.0, 95), 2)
    assert asked == [20 if epochs == "num_iters" else 2]


def test_a_batch_of_hundreds_of_inputs_is_not_taken_for_a_step_for_each_sample() -> None:
    """Saturated units learnt nothing of one of two samples: both orders came to the same."""
    subject = recognise(load(parse_locator(str(NETWORKS / "mnist_from_scratch.py"))))
    assert "online" not in [each.value for each in subject.description.conventions]
