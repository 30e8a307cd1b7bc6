"""Networks that learn by other steps than plain descent, Adam or momentum, may be right."""

from pathlib import Path

import pytest

from refnet.conformance import check
from refnet.errors import SubjectError
from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Description
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.recognition import recognise
from written import replaced

LEARNING = """
import numpy as np

class Network:
    def __init__(self, n, h, k):
        self.params = {
            "W1": np.random.randn(n, h), "b1": np.zeros(h), "W2": np.random.randn(h, k),
            "b2": np.zeros(k),
        }
        self.m = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.v = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.t = 0

    def forward(self, X):
        p = self.params
        self.X, self.H = X, np.tanh(X @ p["W1"] + p["b1"])
        return self.H @ p["W2"] + p["b2"]

    def backward(self, X, y):
        d2 = (self.forward(X) - y) / len(X)
        d1 = d2 @ self.params["W2"].T * (1 - self.H**2)
        return {
            "W1": self.X.T @ d1, "b1": d1.sum(axis=0), "W2": self.H.T @ d2, "b2": d2.sum(axis=0),
        }

    def train_step(self, X, y, lr=0.001):
        grads = self.backward(X, y)
        self.t += 1
        for name, g in grads.items():
            STEP
"""
ADAM = """self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.999 * self.v[name] + 0.001 * g**2
            m, v = self.m[name] / (1 - 0.9**self.t), self.v[name] / (1 - 0.999**self.t)
            self.params[name] -= lr * m / (np.sqrt(v) + 1e-8)"""
UNCORRECTED = """self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.999 * self.v[name] + 0.001 * g**2
            self.params[name] -= lr * self.m[name] / (np.sqrt(self.v[name]) + 1e-8)"""
RMSPROP = """self.v[name] = 0.9 * self.v[name] + 0.1 * g**2
            self.params[name] -= lr * g / np.sqrt(self.v[name] + 1e-8)"""
ADAGRAD = """self.v[name] += g**2
            self.params[name] -= lr * g / (np.sqrt(self.v[name]) + 1e-7)"""
PLAIN = "self.params[name] -= lr * g"
OF_THE_SAME_LENGTH = "self.params[name] -= lr * g / np.linalg.norm(g)"
KEEPING = (
    "self.v[name] = BETA * self.v[name] + g\n            self.params[name] -= lr * self.v[name]"
)
TAKING_A_SHARE = KEEPING.replace("+ g", "+ (1 - BETA) * g")
NESTEROV = """before, self.v[name] = self.v[name], 0.9 * self.v[name] - lr * g
            self.params[name] += 1.9 * self.v[name] - 0.9 * before"""
REMEMBERING = {
    "momentum": KEEPING.replace("BETA", "0.9"),
    "a share of each gradient": TAKING_A_SHARE.replace("BETA", "0.9"),
    "Nesterov": NESTEROV,
    "a decaying rate": "self.params[name] -= lr / (1 + 0.01 * self.t) * g",
    "one that decays from the second step on": "self.params[name] -= lr * 0.9 ** (self.t - 1) * g",
    "one that decays from the first step on": "self.params[name] -= lr * 0.9**self.t * g",
}
ADDED_UP = "self.v[name] += g\n            self.params[name] -= lr * self.v[name]"
ADAPTIVE = {"Adam": ADAM, "uncorrected": UNCORRECTED, "RMSprop": RMSPROP, "Adagrad": ADAGRAD}
BACKWARD = LEARNING[LEARNING.index("    def backward") : LEARNING.index("    def train_step")]
INLINED = (
    (BACKWARD, ""),
    (
        "        grads = self.backward(X, y)\n",
        BACKWARD.partition("\n")[2].replace("return {", "grads = {"),
    ),
)


def written(tmp_path: Path, step: str, *changes: tuple[str, str]) -> str:
    path = tmp_path / "code.py"
    path.write_text(replaced(LEARNING, (("STEP", step), *changes)), encoding="utf-8")
    return str(path)


def opened(place: str) -> Description:
    return recognise(load(parse_locator(place))).description


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("name", ADAPTIVE)
def test_an_adaptive_step_is_not_held_to_plain_descent(name: str, tmp_path: Path) -> None:
    """A right network that learns by Adam was called wrong for its step."""
    said = opened(written(tmp_path, ADAPTIVE[name]))
    assert said.capabilities.parts >= {"outputs", "gradients"}
    assert "step" not in said.capabilities.parts
    assert "not judged" in next(each.value for each in said.conventions if each.key == "step")


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("step", [PLAIN, OF_THE_SAME_LENGTH, PLAIN.replace("-=", "+=")])
def test_any_other_step_is_judged(step: str, tmp_path: Path) -> None:
    """Otherwise a wrong step would be left out, and its network would conform."""
    assert "step" in opened(written(tmp_path, step)).capabilities.parts


@pytest.mark.usefixtures("clean")
def test_an_adaptive_step_alone_is_told_for_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="an adaptive step alone, as Adam's"):
        opened(written(tmp_path, ADAM, *INLINED))


@pytest.mark.usefixtures("hasty")
@pytest.mark.no_cover
@pytest.mark.parametrize("wrong", [True, pytest.param(False, marks=pytest.mark.campaign)])
def test_the_gradients_of_one_that_learns_by_adam_are_judged(wrong: bool, tmp_path: Path) -> None:
    mistake = ((" * (1 - self.H**2)", ""),) if wrong else ()
    report = check(written(tmp_path, ADAM, *mistake), timeout=60.0, examples=0)
    assert report.verdict == ("wrong" if wrong else "conforms"), report.sentence
    assert report.diagnosis.bugs == (("hidden-sigma-prime-missing",) if wrong else ())


@pytest.mark.usefixtures("hasty")
@pytest.mark.no_cover
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.campaign) for name in REMEMBERING],
)
def test_momentum_and_a_decaying_rate_are_no_mistakes(name: str, tmp_path: Path) -> None:
    """A right network was called wrong for its second step, or for the share that it takes."""
    report = check(written(tmp_path, REMEMBERING[name]), timeout=60.0, training=False)
    assert report.verdict == "conforms", report.sentence
    assert {law.id: law.status for law in report.laws}["step/update"] == "passed"
    shown = next(each.value for each in report.conventions if each.key == "step")
    assert "each is judged as a first" in shown


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("name", REMEMBERING)
def test_what_a_step_depends_on_is_found_out(name: str, tmp_path: Path) -> None:
    said = opened(written(tmp_path, REMEMBERING[name]))
    assert "step" in said.capabilities.parts
    assert [each.key for each in said.conventions].count("step") == 1


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("step", [PLAIN, ADDED_UP, OF_THE_SAME_LENGTH])
def test_gradients_that_add_up_are_no_momentum(step: str, tmp_path: Path) -> None:
    """Otherwise somebody who forgets to set them to 0 would not hear of it."""
    said = opened(written(tmp_path, step))
    assert "step" not in [each.key for each in said.conventions]


@pytest.mark.campaign
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("name", ["momentum", "a share of each gradient"])
@pytest.mark.parametrize(
    ("right", "wrong", "bug"),
    [
        ("-= lr * self.v[name]", "+= lr * self.v[name]", "step-sign"),
        (" * (1 - self.H**2)", "", "hidden-sigma-prime-missing"),
    ],
)
def test_a_mistake_beside_momentum_is_named(
    name: str, right: str, wrong: str, bug: str, tmp_path: Path
) -> None:
    place = written(tmp_path, REMEMBERING[name], (right, wrong))
    report = check(place, timeout=60.0, examples=0, training=False)
    assert report.diagnosis.bugs == (bug,), report.sentence
