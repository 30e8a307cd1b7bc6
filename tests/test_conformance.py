"""The judge from end to end: right, wrong, unstable and hostile networks, each in a worker."""

from pathlib import Path

import pytest

from refnet.conformance import check
from refnet.errors import ArgumentError
from refnet.verdict import Report
from written import EXAMPLES, RIGHT, before_backprop, changed, written

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]

SLOW = 60.0
"""Seconds for subjects that answer: a machine that is busy must not change a verdict."""

SHORT = 4.0
"""Seconds for subjects that hang: what is waited for in vain."""


def status(report: Report) -> dict[str, str]:
    return {law.id: law.status for law in report.laws}


def conventions(report: Report) -> dict[str, str]:
    return {convention.key: convention.value for convention in report.conventions}


def test_the_right_example_conforms() -> None:
    """Otherwise the judge cries wolf at Nielsen's own network."""
    report = check(f"{EXAMPLES}/right_network.py:Network", timeout=SLOW)
    assert (report.verdict, report.exit_status) == ("conforms", 0)
    assert "broken" not in status(report).values()
    assert status(report)["bp2/hidden-error"] == "passed"
    assert status(report)["batch/mean"] == "passed", "batches are asked by way of steps"
    assert report.ran >= 24
    assert conventions(report)["cost"] == "quadratic"
    assert report.diagnosis.certainty == "none"
    assert report.digest


@pytest.mark.parametrize(
    ("example", "slug", "equation"),
    [
        ("cost_for_derivative.py:Network", "cost-for-derivative", "BP1"),
        pytest.param(
            "reversed_product.py:NeuralNetwork",
            "reversed-product",
            "BP2",
            marks=pytest.mark.campaign,
        ),
        ("argmax_misused.py:Network", "argmax-over-batch", "evaluation"),
    ],
)
def test_each_broken_example_is_wrong_and_its_bug_is_named(
    example: str, slug: str, equation: str
) -> None:
    report = check(f"{EXAMPLES}/{example}", timeout=SLOW, training=False)
    assert (report.verdict, report.exit_status) == ("wrong", 1)
    assert (report.diagnosis.certainty, report.diagnosis.bugs) == ("unique", (slug,))
    assert report.diagnosis.equation == equation
    assert report.example is not None
    assert slug in report.sentence


SUM = ("        rate = eta / len(mini_batch)\n", "        rate = eta\n")
SIGMA_PRIME = "        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])\n"
CROSS_ENTROPY = (SIGMA_PRIME, "        delta = activations[-1] - y\n")
HIDDEN = "delta = (self.weights[layer + 1].T @ delta) * sigmoid_prime(zs[layer])"

MISTAKES = {
    "hidden-sigma-prime-missing": [(HIDDEN, "delta = self.weights[layer + 1].T @ delta")],
    "sigma-prime-of-activation": [(HIDDEN, HIDDEN.replace("zs[layer]", "activations[layer + 1]"))],
    "output-error-sign": [("(activations[-1] - y)", "(y - activations[-1])")],
    "weight-gradient-transposed": [
        ("delta @ activations[layer].T", "activations[layer] @ delta.T")
    ],
    "bias-frozen": [("b - rate * nabla for", "b for")],
    "last-sample-only": [
        ("[total + new for total, new in zip(nabla_w, delta_w)]", "delta_w"),
        ("[total + new for total, new in zip(nabla_b, delta_b)]", "delta_b"),
    ],
    "step-sign": [
        ("w - rate * nabla for", "w + rate * nabla for"),
        ("b - rate * nabla for", "b + rate * nabla for"),
    ],
}


QUICK = "sigma-prime-of-activation"
"""`make campaign` has the others."""


@pytest.mark.parametrize(
    "slug",
    [pytest.param(slug, marks=() if slug == QUICK else pytest.mark.campaign) for slug in MISTAKES],
)
def test_a_mistake_in_a_learners_code_is_named(slug: str, tmp_path: Path) -> None:
    """Otherwise only the simulations of the catalogue are recognised, not people's code."""
    report = check(changed(tmp_path, *MISTAKES[slug]), timeout=SLOW, training=False)
    assert report.verdict == "wrong"
    assert slug in report.diagnosis.bugs, report.sentence


@pytest.mark.campaign
def test_the_cross_entropy_is_inferred_and_said_to_be(tmp_path: Path) -> None:
    """a - y is right for one cost and wrong for the other, and nothing says which was meant."""
    report = check(changed(tmp_path, CROSS_ENTROPY), timeout=SLOW, training=False)
    assert report.verdict == "conforms"
    (cost,) = [made for made in report.conventions if made.key == "cost"]
    assert (cost.value, cost.origin) == ("binary_cross_entropy", "inferred")
    assert "output-sigma-prime-missing" in cost.note


@pytest.mark.campaign
def test_sums_in_the_place_of_means_are_a_convention(tmp_path: Path) -> None:
    report = check(changed(tmp_path, SUM), timeout=SLOW, training=False)
    assert report.verdict == "conforms"
    assert conventions(report)["step over the batch"] == "sum"


@pytest.mark.campaign
def test_a_mistake_is_named_in_another_convention_too(tmp_path: Path) -> None:
    """Otherwise whoever sums over the batch is told nothing about the mistake beside it."""
    report = check(
        changed(tmp_path, SUM, *MISTAKES["hidden-sigma-prime-missing"]),
        timeout=SLOW,
        training=False,
    )
    assert report.diagnosis.bugs == ("hidden-sigma-prime-missing",)
    assert conventions(report)["step over the batch"] == "sum"


@pytest.mark.campaign
def test_a_step_alone_is_enough(tmp_path: Path) -> None:
    """Where no gradients are shown they are read off steps at a large learning rate."""
    hidden = ("def backprop(self", "def __gradients(self"), ("self.backprop(", "self.__gradients(")
    right = check(changed(tmp_path, *hidden), timeout=SLOW, training=False)
    assert right.verdict == "conforms"
    assert status(right)["bp2/hidden-error"] == "passed"
    wrong = check(
        changed(tmp_path, *hidden, *MISTAKES["hidden-sigma-prime-missing"], name="wrong"),
        timeout=SLOW,
        training=False,
    )
    assert wrong.diagnosis.bugs == ("hidden-sigma-prime-missing",)


@pytest.mark.campaign
def test_what_overflows_is_unstable_and_not_wrong(tmp_path: Path) -> None:
    naive = ("return 1 / (1 + np.exp(-z))", "return np.exp(z) / (1 + np.exp(z))")
    report = check(changed(tmp_path, naive), timeout=SLOW, training=False)
    assert (report.verdict, report.exit_status) == ("unstable", 1)
    assert report.diagnosis.bugs == ("sigmoid-overflow",)


@pytest.mark.campaign
def test_an_exception_is_shown_with_its_line(tmp_path: Path) -> None:
    report = check(
        changed(tmp_path, before_backprop("raise KeyError('W3')")), timeout=SLOW, training=False
    )
    assert report.verdict == "wrong"
    assert report.sentence.endswith(
        "is wrong: asked for its gradients: KeyError: 'W3', at network.py, line 44, in backprop."
    )
    reason = next(law.reason for law in report.laws if law.status == "broken")
    assert "KeyError: 'W3'" in reason
    assert "network.py, line 44, in backprop" in reason


def test_demonstrations_in_the_file_are_passed_over_and_reported(tmp_path: Path) -> None:
    source = f"{RIGHT}\ndata = open('no such file')\nnet = Network([784, 30, 10])\nexit(3)\n"
    report = check(written(tmp_path, source), timeout=SLOW, training=False)
    assert report.verdict == "conforms"
    said = " ".join(report.advice)
    assert "network.py, line 61: importing it raised FileNotFoundError" in said
    assert "SystemExit: 3" in said


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import os; os._exit(7)", "asked for its gradients: the process ended itself with exit"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV, at network.py, line 44, in backprop"),
    ],
)
def test_a_crash_is_not_judged_and_says_where(statement: str, said: str, tmp_path: Path) -> None:
    report = check(changed(tmp_path, before_backprop(statement)), timeout=SLOW, training=False)
    assert (report.verdict, report.exit_status) == ("not judged", 2)
    assert said in report.sentence
    assert status(report)["forward/outputs"] == "passed", "the rest is judged all the same"


def test_a_hang_is_not_judged_and_says_where(tmp_path: Path) -> None:
    hangs = (
        "        return sum(int(np.argmax",
        "        while True: pass\n        return sum(int(np.argmax",
    )
    report = check(changed(tmp_path, hangs), timeout=SHORT)
    assert report.verdict == "not judged"
    assert "the number of correct predictions: no answer within" in report.sentence
    assert "network.py, line 59, in evaluate" in report.sentence
    assert status(report)["bp2/hidden-error"] == "passed", "the rest is judged all the same"


@pytest.mark.campaign
def test_a_file_that_never_ends_is_judged_by_its_definitions(tmp_path: Path) -> None:
    source = f"{RIGHT}\nimport time\ntime.sleep(1000)\n"
    report = check(written(tmp_path, source), timeout=3 * SHORT)
    assert report.verdict == "conforms"
    assert "network.py, line 62: no answer within" in report.advice[0]
    assert "when the file was imported; left out" in report.advice[0]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print 'hello'\n", "network.py, line 1: reading network.py raised SyntaxError"),
        ("raise OSError('no disk')\n", "network.py, line 1: importing it raised OSError: no disk"),
        ("class Other:\n    pass\n", "expected one of its classes: Other"),
        ("class Network:\n    pass\n", "no weights were found in Network"),
        (
            RIGHT.replace("def feedforward(self, ", "def answer(self, _further, "),
            "no forward pass",
        ),
        ("import os\nos._exit(3)\n", "the process ended itself with exit status 3"),
    ],
)
def test_what_cannot_be_taken_in_is_not_judged_and_says_why(
    source: str, said: str, tmp_path: Path
) -> None:
    report = check(written(tmp_path, source), timeout=SLOW, training=False)
    assert (report.verdict, report.exit_status) == ("not judged", 2)
    assert said in report.sentence


@pytest.mark.parametrize("locator", ["", "no/such.py:Network", "a.py:", ":Network"])
def test_a_locator_that_is_none_is_the_callers_mistake(locator: str) -> None:
    with pytest.raises(ArgumentError, match=r"subject: got .*; expected"):
        check(locator)
