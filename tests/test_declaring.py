"""A network that is held to what is declared of it: judged with the declaration and without."""

import shlex
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.conformance import check

pytestmark = pytest.mark.campaign

SLOW = 120.0
"""Seconds: a machine that is busy must not be taken for a network that hangs."""

SLOPE = 0.07
"""A slope of leaky ReLU that nobody has: it is not tried unless it is declared."""


def leaky(z: Any) -> Any:
    return z * np.where(z > 0, 1.0, SLOPE)


class Leaky:
    """Leaky ReLU units, softmax outputs with the categorical cross-entropy; evaluates too."""

    def __init__(self, sizes: Any) -> None:
        self.weights = [
            np.random.randn(n, m) / np.sqrt(m)  # noqa: NPY002 - as learners draw
            for m, n in pairwise(sizes)
        ]
        self.biases = [np.zeros((n, 1)) for n in sizes[1:]]

    def forward(self, x: Any) -> Any:
        zs: list[Any] = []
        activations: list[Any] = [x]
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            zs.append(w @ activations[-1] + b)
            e = np.exp(zs[-1] - zs[-1].max(axis=0))
            last = layer == len(self.weights)
            activations.append(e / e.sum(axis=0) if last else leaky(zs[-1]))
        return zs, activations

    def feedforward(self, x: Any) -> Any:
        return self.forward(x)[1][-1]

    def backprop(self, x: Any, y: Any) -> Any:
        zs, activations = self.forward(x)
        delta = activations[-1] - y
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for layer in range(len(self.weights) - 1, 0, -1):
            slope = np.where(zs[layer - 1] > 0, 1.0, SLOPE)
            delta = self.weights[layer].T @ delta * slope
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[layer - 1].T)
        return nabla_b, nabla_w

    def evaluate(self, test_data: Any) -> Any:
        return sum(int(np.argmax(self.feedforward(x)) == np.argmax(y)) for x, y in test_data)


QUICK = ["forward", "bp1", "bp2", "gradient/check"]


def test_a_slope_that_nobody_has_is_right_where_it_is_declared() -> None:
    """Otherwise a network with a slope of its own could not be judged at all."""
    assert check(Leaky, only=QUICK, examples=0).verdict == "not judged"
    held_to = {"leaky_slope": str(SLOPE)}
    report = check(Leaky, declare=held_to)
    assert report.verdict == "conforms", report.sentence
    assert {made.key: made.origin for made in report.conventions}["leaky_slope"] == "declared"
    held_to = {"hidden": "leaky_relu", "output": "softmax", "leaky_slope": str(SLOPE)}
    assert check(Leaky, only=QUICK, declare=held_to).verdict == "conforms"
    assert check(Leaky, only=QUICK, declare={**held_to, "leaky_slope": "0.2"}).verdict == "wrong"


def test_the_example_that_is_shown_has_the_declared_slope() -> None:
    """Otherwise a right number would stand beside a right one of another network."""

    class Reversed(Leaky):
        def backprop(self, x: Any, y: Any) -> Any:
            nabla_b, nabla_w = super().backprop(x, y)
            return nabla_b, [-w for w in nabla_w]

    report = check(Reversed, declare={"leaky_slope": str(SLOPE)}, only=QUICK, examples=3)
    assert report.example is not None
    for example in (report.example, *report.further):
        assert example.problem.leaky_slope == SLOPE


def test_a_declared_activation_is_held_against_the_outputs() -> None:
    report = check(Leaky, only=QUICK, declare={"hidden": "tanh"}, examples=0)
    assert "forward/outputs" in report.broken


def test_a_declared_cost_that_does_not_belong_to_the_outputs_is_no_verdict() -> None:
    declare = {"leaky_slope": str(SLOPE), "cost": "quadratic"}
    report = check(Leaky, only=QUICK, declare=declare)
    assert report.verdict == "not judged"
    assert "got the declared cost quadratic and softmax outputs" in report.sentence


@pytest.mark.parametrize(
    ("scheme", "status"), [("scaled_normal", "passed"), ("he", "broken"), ("", "unanswerable")]
)
def test_initial_weights_are_held_to_a_scheme_that_is_declared_and_to_no_other(
    scheme: str, status: str
) -> None:
    declare = {"leaky_slope": str(SLOPE), **({"initializer": scheme} if scheme else {})}
    report = check(Leaky, only=["initialisation", "forward"], declare=declare)
    statuses = {law.id: law.status for law in report.laws}
    assert statuses["initialisation/scheme"] == status


@pytest.mark.parametrize("located", [False, True])
def test_labels_are_of_the_form_that_is_declared(located: bool, tmp_path: Path) -> None:
    """Otherwise argmax of an integer would be excused by one-hot labels that nobody has."""
    subject: object = Leaky
    if located:
        path = tmp_path / "net.py"
        path.write_text(Path(__file__).read_text(encoding="utf-8"))
        subject = f"{path}:Leaky"
    for labels, bugs in (("integers", ("argmax-of-label",)), ("one-hot", ())):
        declare = {"leaky_slope": str(SLOPE), "labels": labels}
        report = check(subject, declare=declare, examples=0, timeout=SLOW, training=False)
        assert report.diagnosis.bugs == bugs, report.sentence
        shown = {made.key: made.origin for made in report.conventions}
        assert shown["labels"] == "declared"
        assert "labels of test data" not in shown


REFNET = """
import json, sys
from dataclasses import replace
from refnet.json_values import dumps
from refnet.mechanics import expect
from refnet.wire import answer_to_json, problem_from_json

heads = [dict(zip(("hidden", "output", "cost"), head.split())) for head in (
    "relu identity quadratic", "tanh softmax categorical_cross_entropy")]
for line in sys.stdin:
    message = json.loads(line)
    if "hello" in message:
        parts = ["outputs", "gradients"]
        said = {"refnet": 1, "capabilities": {"parts": parts, "heads": heads}}
    else:
        problem = problem_from_json(message["problem"])
        answer = expect(problem).answer
        if WRONG and problem.cost == "categorical_cross_entropy":
            layers = answer.gradients
            if layers is not None:
                weights = tuple(-w for w in layers.weights)
                answer = replace(answer, gradients=replace(layers, weights=weights))
        said = {"id": message["id"], "answer": answer_to_json(answer)}
    print(dumps(said), flush=True)
"""


@pytest.fixture
def generic(tmp_path: Path) -> Callable[[bool], str]:
    """Return the command of a program that computes what the problem names."""

    def write(wrong: bool) -> str:
        path = tmp_path / "generic.py"
        path.write_text(REFNET.replace("WRONG", str(wrong)))
        return shlex.join((sys.executable, str(path)))

    return write


def test_a_program_is_judged_by_every_head_that_it_declares(
    generic: Callable[[bool], str],
) -> None:
    """Otherwise one head that is right would hide another that is wrong."""
    report = check(generic(False), program=True, timeout=SLOW, training=False)
    assert report.verdict == "conforms", report.sentence
    statuses = {law.id: law.status for law in report.laws}
    assert statuses["gradient/exact"] == "passed", "by the first head; the other has no such law"
    shown = {made.key: made.value for made in report.conventions}
    assert shown["judged by each of the heads"] == (
        "relu / identity / quadratic, tanh / softmax / categorical_cross_entropy"
    )
    assert f"({report.of - report.ran} of {report.of} could not be asked)" in report.sentence
    wrong = check(generic(True), program=True, timeout=SLOW, examples=0)
    assert wrong.verdict == "wrong", wrong.sentence
    held_to = {"cost": "quadratic"}
    assert check(generic(True), program=True, timeout=SLOW, declare=held_to).verdict == "conforms"
