"""Every convention in every style: none is a mistake, and a mistake beside it is still one."""

from pathlib import Path

import pytest

from composed import CONVENTIONS, LACKING, STYLES, composed
from refnet.conformance import check

pytestmark = pytest.mark.campaign

SLOW = 120.0
"""Seconds: a machine that is busy must not be taken for a network that hangs."""

TABLE = [
    (style, convention)
    for style in STYLES
    for convention in CONVENTIONS
    if composed(style, convention) is not None
]


def written(folder: Path, source: str) -> str:
    path = folder / "network.py"
    path.write_text(source, encoding="utf-8")
    return str(path)


def test_a_style_lacks_no_convention_but_those_that_it_cannot_have() -> None:
    assert LACKING.keys() == STYLES.keys()
    for convention in CONVENTIONS:
        assert any((style, convention) in TABLE for style in STYLES)


@pytest.mark.parametrize(("style", "convention"), TABLE)
def test_a_right_network_conforms_in_every_convention(
    style: str, convention: str, tmp_path: Path
) -> None:
    source = composed(style, convention)
    assert source is not None
    report = check(written(tmp_path, source), timeout=SLOW, examples=0, training=False)
    assert report.verdict == "conforms", report.sentence


SUMMED = "* g_prime(z1, a1)"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("convention", ["sums over the batch", "rows", "without 1/2", "lambda/m"])
def test_a_mistake_is_named_beside_a_convention(
    style: str, convention: str, tmp_path: Path
) -> None:
    """Otherwise conventions would excuse what is wrong."""
    source = composed(style, convention)
    assert source is not None
    assert SUMMED in source
    report = check(
        written(tmp_path, source.replace(SUMMED, "")), timeout=SLOW, examples=0, training=False
    )
    assert report.verdict == "wrong", report.sentence
    assert "hidden-sigma-prime-missing" in report.diagnosis.bugs, report.sentence


BIAS = {"dW2 = ": "dW2 = 0.5 * ", "db1 = d1": "db1 = 0 * d1"}
"""A wrong scale in one tensor, and a bias that is frozen."""


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("old", BIAS)
@pytest.mark.parametrize("convention", ["the book's", "sums over the batch", "rows"])
def test_a_wrong_scale_in_one_tensor_and_a_frozen_bias_are_no_conventions(
    style: str, old: str, convention: str, tmp_path: Path
) -> None:
    source = composed(style, convention)
    assert source is not None
    assert old in source
    report = check(
        written(tmp_path, source.replace(old, BIAS[old])), timeout=SLOW, examples=0, training=False
    )
    assert report.verdict == "wrong", report.sentence


def test_a_derivative_that_overflows_makes_a_network_unstable_and_nothing_else(
    tmp_path: Path,
) -> None:
    """Otherwise it would be taken for a mistake in another cost, or in another convention."""
    source = composed("attributes", "derivative by z")
    assert source is not None
    stable = "0.25 / np.cosh(z / 2) ** 2"
    assert stable in source
    overflowing = source.replace(stable, "np.exp(-z) / (1 + np.exp(-z)) ** 2")
    report = check(written(tmp_path, overflowing), timeout=SLOW, examples=0, training=False)
    assert report.verdict == "unstable", report.sentence
    assert report.diagnosis.bugs == ()
