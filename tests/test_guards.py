"""What overflows, or is kept from it, in the many ways in which people write it."""

from pathlib import Path

import pytest

from refnet.conformance import check
from written import changed_network

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]

COST = "loss = -np.sum(log_probs[range(N), y]) / N"


def guarded(how: str, epsilon: str) -> tuple[str, str]:
    """Return what makes another cost of the one in two_layer_net.py.

    Behind ReLU and softmax every output is as exact as it is small, and an epsilon beside it shows.
    """
    ways = {
        "added": f"probs + {epsilon}",
        "clipped": f"np.clip(probs, {epsilon}, 1 - {epsilon})",
        "floored": f"np.maximum(probs, {epsilon})",
    }
    return COST, f"loss = -np.sum(np.log({ways[how]})[range(N), y]) / N"


@pytest.mark.parametrize(
    ("how", "epsilon"),
    [
        ("added", "1e-300"),
        pytest.param("added", "1e-8", marks=pytest.mark.campaign),
        pytest.param("added", "np.finfo(float).eps", marks=pytest.mark.campaign),
        pytest.param("clipped", "1e-11", marks=pytest.mark.campaign),
        pytest.param("floored", "1e-20", marks=pytest.mark.campaign),
        pytest.param("floored", "1e-9", marks=pytest.mark.campaign),
    ],
)
def test_an_epsilon_of_any_size_is_named(how: str, epsilon: str, tmp_path: Path) -> None:
    """With one that is not in the catalogue the cost was unstable for no reason that was told."""
    place = changed_network(tmp_path, "two_layer_net.py", guarded(how, epsilon))
    report = check(place, timeout=60.0, examples=0, training=False)
    assert report.diagnosis.bugs == ("log-without-guard",), report.sentence


@pytest.mark.campaign
def test_an_epsilon_hides_no_other_mistake(tmp_path: Path) -> None:
    a = 'cache["A2"]'
    logarithms = f"-np.sum(Y * np.log({a} + 1e-300) + (1 - Y) * np.log(1 - {a} + 1e-300)) / m"
    place = changed_network(
        tmp_path,
        "dictionary.py",
        ("np.sum(np.logaddexp(0, Z2) - Y * Z2) / m", logarithms),
        ("np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))", "np.dot(W2.T, dZ2)"),
    )
    report = check(place, timeout=60.0, examples=0, training=False)
    named = {"log-without-guard", "hidden-sigma-prime-missing"}
    assert {*report.diagnosis.bugs} == named, report.sentence


@pytest.mark.parametrize("wrong", [False, pytest.param(True, marks=pytest.mark.campaign)])
def test_what_pythons_own_floats_raise_is_named(wrong: bool, tmp_path: Path) -> None:
    """In lists of numbers math.exp raises where NumPy's exp is infinite."""
    naive = (" if x >= 0 else math.exp(x) / (1.0 + math.exp(x))", "")
    more = (
        [(" * a * (1 - a)\n                    for j", "\n                    for j")]
        if wrong
        else []
    )
    place = changed_network(tmp_path, "plain_lists.py", naive, *more)
    report = check(place, timeout=60.0, examples=0, training=False)
    # Where gradients are wrong, those of saturated units are not asked for.
    named = "hidden-sigma-prime-missing" if wrong else "sigmoid-overflow"
    assert report.diagnosis.bugs == (named,), report.sentence
