"""What overflows, or is kept from it, in the many ways in which people write it."""

from pathlib import Path

import pytest

from refnet.conformance import check
from written import changed_network

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]

COST = "np.sum(np.logaddexp(0, Z2) - Y * Z2) / m"


def guarded(how: str, epsilon: str) -> tuple[tuple[str, str], ...]:
    """Return what makes another cost of the one in dictionary.py."""
    a = 'cache["A2"]'
    ways = {
        "added": (f"{a} + {epsilon}", f"1 - {a} + {epsilon}"),
        "clipped": (f"np.clip({a}, {epsilon}, 1 - {epsilon})",) * 2,
        "floored": (f"np.maximum({a}, {epsilon})", f"np.maximum(1 - {a}, {epsilon})"),
    }
    first, second = ways[how]
    second = f"1 - {second}" if how == "clipped" else second
    text = f"-np.sum(Y * np.log({first}) + (1 - Y) * np.log({second})) / m"
    return ((COST, text),)


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
@pytest.mark.parametrize(
    "beside",
    [
        pytest.param((), marks=pytest.mark.campaign),
        ("np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))", "np.dot(W2.T, dZ2)"),
    ],
)
def test_an_epsilon_of_any_size_hides_no_other_mistake(
    how: str, epsilon: str, beside: tuple[str, ...], tmp_path: Path
) -> None:
    """With one that is not in the catalogue nothing else was named."""
    more = [(beside[0], beside[1])] if beside else []
    place = changed_network(tmp_path, "dictionary.py", *guarded(how, epsilon), *more)
    report = check(place, timeout=60.0, examples=0, training=False)
    named = {"log-without-guard", *(["hidden-sigma-prime-missing"] if beside else [])}
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
