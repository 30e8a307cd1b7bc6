"""Judging from inside Python: a class as it is, a report that shows itself, tests of every law."""

import importlib
import random
import signal
import subprocess
import sys
import textwrap
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import configuration

import refnet
from refnet.choices import HEADS
from refnet.errors import ArgumentError
from refnet.subjects.in_process import open_object
from refnet.suite import suite

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


class Right:
    """A right network, defined where no locator reaches its variants."""

    def __init__(self, sizes: Any) -> None:
        shapes = list(pairwise(sizes))
        self.weights = [np.random.randn(n, m) for m, n in shapes]  # noqa: NPY002
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]  # noqa: NPY002

    def feedforward(self, a: Any) -> Any:
        for w, b in zip(self.weights, self.biases, strict=True):
            a = sigmoid(w @ a + b)
        return a

    def prime(self, a: Any) -> Any:
        return a * (1 - a)

    def backprop(self, x: Any, y: Any) -> Any:
        activations = [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            activations.append(sigmoid(w @ activations[-1] + b))
        delta = (activations[-1] - y) * self.prime(activations[-1])
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for layer in range(len(self.weights) - 1, 0, -1):
            delta = self.weights[layer].T @ delta * self.prime(activations[layer])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[layer - 1].T)
        return nabla_b, nabla_w


def test_a_class_is_judged_as_it_is_even_one_that_no_file_holds() -> None:
    report = refnet.check(Right)
    assert report.verdict == "conforms", report.sentence
    assert report.subject == "Right"
    assert report.repeat == "refnet.check(Right)"
    assert len(report.digest) == 64

    class Patched(Right):
        def prime(self, a: Any) -> Any:
            return np.ones_like(a)

    wrong = refnet.check(Patched, declare={"cost": "quadratic"}, seed=7)
    assert wrong.verdict == "wrong", wrong.sentence
    assert "Patched" in wrong.subject
    assert wrong.repeat.endswith("Patched, seed=7, declare={'cost': 'quadratic'})")
    assert wrong.example is not None


def test_a_report_shows_itself_as_html_and_as_text() -> None:
    report = refnet.check(Right, only=["bp1"])
    html: str = getattr(report, "_repr_html_")()  # noqa: B009 - as a notebook calls it
    assert html.startswith('<div class="refnet">')
    assert "Right conforms" in html
    assert str(report).startswith("Right conforms")
    assert str(report).rstrip().splitlines()[-2] == "Again: refnet.check(Right, only=['bp1'])"
    assert repr(report).startswith("<report: Right conforms")
    assert report.to_json()["verdict"] == "conforms"


def test_judging_in_this_process_leaves_it_as_it_was() -> None:
    class Meddling(Right):
        def feedforward(self, a: Any) -> Any:
            random.seed(1)
            np.random.seed(1)  # noqa: NPY002
            warnings.simplefilter("error")
            np.seterr(all="ignore")
            return super().feedforward(a)

    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    wanted = (random.random(), float(np.random.rand()))  # noqa: NPY002
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    before = (list(sys.path), list(sys.argv), list(warnings.filters), np.geterr())
    assert refnet.check(Meddling, only=["forward"]).verdict == "conforms"
    locator = f"{EXAMPLES / 'right_network.py'}:Network"
    assert refnet.check(locator, only=["forward"], in_process=True).verdict == "conforms"
    assert (random.random(), float(np.random.rand())) == wanted  # noqa: NPY002
    assert (list(sys.path), list(sys.argv), list(warnings.filters), np.geterr()) == before


def test_a_class_that_overflows_is_judged_although_warnings_are_errors_here() -> None:
    """Otherwise pytest's own filters would turn a sigmoid that is right into an exception."""
    report = refnet.check(Right, only=["extremes", "gradient/check"])
    assert report.verdict == "conforms", report.sentence


@pytest.mark.parametrize("calls", [1, 21])
def test_ctrl_c_is_not_taken_for_an_answer(calls: int) -> None:
    """Neither while a network is recognised nor while it is judged."""

    class Interrupted(Right):
        calls = 0

        def feedforward(self, a: Any) -> Any:
            Interrupted.calls += 1
            if Interrupted.calls == calls:
                signal.raise_signal(signal.SIGINT)
            return super().feedforward(a)

    with pytest.raises(KeyboardInterrupt):
        refnet.check(Interrupted)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, GeneratorExit, BaseException])
@pytest.mark.no_cover
def test_whatever_a_network_raises_ends_neither_the_judge_nor_this_process(
    raised: type[BaseException],
) -> None:
    """Otherwise a notebook, or a whole run of tests, ends with the network that it judges."""

    def ending(*_: Any) -> NoReturn:
        raise raised("enough")

    report = refnet.check(type("Ending", (Right,), {"__init__": ending}))
    assert report.verdict == "not judged"
    assert f"{raised.__name__}: enough (test_inside_python.py, line" in report.sentence
    panel = open_object(type("Ending", (Right,), {"backprop": ending}), None)
    problem = replace(suite("moderate", HEADS[0], 0)[0], asks=("outputs", "gradients"))
    (answer,) = panel.answer_all([problem])
    assert answer.outputs is not None
    failure = answer.failures["gradients"]
    assert (failure.kind, failure.message) == (raised.__name__, "enough")


@pytest.mark.campaign
def test_looking_for_an_example_leaves_nothing_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis would keep the numbers that it has read in modules it has not seen before."""

    class SeldomWrong(Right):
        def backprop(self, x: Any, y: Any) -> Any:
            nabla_b, nabla_w = super().backprop(x, y)
            return nabla_b, [w * (1.5 if x.max() > 1.5 else 1.0) for w in nabla_w]

    kept = tmp_path / "kept"
    monkeypatch.setattr(configuration, "__hypothesis_home_directory", kept)
    (tmp_path / "not_seen_before.py").write_text("NUMBER = 123456\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.import_module("not_seen_before")
    report = refnet.check(SeldomWrong, only=["gradient/check"], training=False)
    assert report.example is not None
    assert not kept.exists()
    assert vars(configuration)["__hypothesis_home_directory"] == kept, "the user's own stays"


def test_what_cannot_be_judged_is_a_report_and_what_cannot_be_meant_is_an_error() -> None:
    class Shoe:
        size = 42

    report = refnet.check(Shoe)
    assert report.verdict == "not judged"
    assert "Shoe" in report.sentence
    assert refnet.check("exit 1", program=True).verdict == "not judged"
    mistakes: list[Any] = [{"only": ["bp9"]}, {"declare": {"cost": "cubic"}}, {"python": "python"}]
    for wrong in mistakes:
        with pytest.raises(ArgumentError):
            refnet.check(Right, **wrong)
    for seed in (-1, 1.5, True):
        with pytest.raises(ArgumentError, match="seed"):
            refnet.check(Right, seed=seed)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="timeout"):
        refnet.check(Right, timeout=0.0)


@pytest.mark.campaign
def test_examples_are_of_different_laws_and_as_many_as_were_asked_for() -> None:
    locator = f"{EXAMPLES / 'cost_for_derivative.py'}:Network"
    report = refnet.check(locator, examples=2)
    assert report.example is not None
    assert len({report.example.law, *(example.law for example in report.further)}) == 2
    assert refnet.check(locator, examples=0).example is None


def test_a_locator_runs_in_the_interpreter_that_is_named(tmp_path: Path) -> None:
    noted = tmp_path / "interpreter"
    path = tmp_path / "net.py"
    network = (EXAMPLES / "right_network.py").read_text()
    path.write_text(f"import sys\nopen({str(noted)!r}, 'w').write(sys.executable)\n{network}")
    link = tmp_path / "other-python"
    link.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    link.chmod(0o755)
    report = refnet.check(str(path), python=str(link), only=["forward"])
    assert report.verdict == "conforms", report.sentence
    assert noted.exists()


SUITE = """
import refnet.conformance
from right_network import Network as Right
from cost_for_derivative import Network as Wrong

LATE = {"bp1/output-error": "not mended yet", "bp3/bias-gradient": "a mistake"}


@refnet.conformance.parametrize(Right, only=["bp", "cost"])
def test_right(law, tmp_path):
    assert law.status == "passed"
    assert tmp_path.exists()
    if law.id == "bp4/weight-gradient":
        raise AssertionError("the body runs")


@refnet.conformance.parametrize(Wrong, only=["bp"], expect_broken=LATE)
def test_wrong():
    pass


class TestMethods:
    @refnet.conformance.parametrize("LOCATOR", only=["bp1"])
    def test_located(self):
        assert isinstance(self, TestMethods)


@refnet.conformance.parametrize("nowhere.py" if False else object(), only=["bp1"])
def test_nothing(law):
    pass
"""

OUTCOMES = """
test_right[cost/value] SKIPPED
test_right[bp1/derivative-not-cost] PASSED
test_right[bp1/output-error] PASSED
test_right[bp2/hidden-error] PASSED
test_right[bp3/bias-gradient] PASSED
test_right[bp4/weight-gradient] FAILED
test_wrong[bp1/derivative-not-cost] FAILED
test_wrong[bp1/output-error] XFAIL
test_wrong[bp2/hidden-error] SKIPPED
test_wrong[bp3/bias-gradient] FAILED
test_wrong[bp4/weight-gradient] PASSED
TestMethods::test_located[bp1/derivative-not-cost] PASSED
TestMethods::test_located[bp1/output-error] PASSED
test_nothing[bp1/derivative-not-cost] FAILED
test_nothing[bp1/output-error] FAILED
"""


def test_a_decorator_makes_a_test_of_every_law(tmp_path: Path) -> None:
    locator = f"{EXAMPLES / 'right_network.py'}:Network"
    (tmp_path / "test_mine.py").write_text(SUITE.replace("LOCATOR", locator))
    options = ["-v", "-p", "no:cacheprovider", "-W", "error", "-o", f"pythonpath={EXAMPLES}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_mine.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [
        " ".join(line.removeprefix("test_mine.py::").split()[:2])
        for line in done.stdout.splitlines()
        if line.startswith("test_mine.py::")
    ]
    assert found == OUTCOMES.split("\n")[1:-1], done.stdout
    assert "the body runs" in done.stdout
    assert "bp3/bias-gradient was expected to be broken (a mistake), and is not" in done.stdout
    assert "cost-for-derivative" in done.stdout
    assert "object could not be judged" in done.stdout


def test_a_decorator_refuses_at_once_what_cannot_be_meant() -> None:
    mistakes: list[Any] = [
        {"only": ["9"]},
        {"expect_broken": {"bp1": "x"}},
        {"declare": {"a": "b"}},
    ]
    for wrong in mistakes:
        with pytest.raises(ArgumentError):
            refnet.conformance.parametrize(Right, **wrong)
    with pytest.raises(ArgumentError, match=r"nowhere\.py"):
        refnet.conformance.parametrize("nowhere.py:Network")


def test_importing_refnet_does_not_import_the_judge_until_it_is_asked_for() -> None:
    program = """
    import sys, refnet
    assert "refnet.conformance" not in sys.modules and "hypothesis" not in sys.modules
    assert "rich" not in sys.modules
    refnet.conformance.parametrize
    assert callable(refnet.check)
    assert {"check", "conformance"} <= set(refnet.__all__)
    try:
        refnet.chekc
    except AttributeError as error:
        assert "chekc" in str(error)
    else:
        sys.exit("a misspelt name was found")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)
