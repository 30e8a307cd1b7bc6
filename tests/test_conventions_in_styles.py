"""Every convention in every style: none is a mistake, and a mistake beside it is still one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composed import BOOK, CONVENTIONS, LACKING, STYLES, composed
from refnet.conformance import check
from refnet.verdict import Report

pytestmark = pytest.mark.campaign

SLOW = 120.0
"""Seconds: a machine that is busy must not be taken for a network that hangs."""

TABLE = [
    (style, convention)
    for style in STYLES
    for convention in CONVENTIONS
    if composed(style, convention) is not None
]


def judged(folder: Path, source: str) -> Report:
    path = folder / "network.py"
    path.write_text(source, encoding="utf-8")
    return check(str(path), timeout=SLOW, examples=0, training=False)


def write(style: str, convention: str, old: str = "", new: str = "") -> str:
    """Write a network of the table, with one text replaced everywhere."""
    source = composed(style, convention)
    assert source is not None
    assert old in source
    return source.replace(old, new) if old else source


def test_a_style_lacks_no_convention_but_those_that_it_cannot_have() -> None:
    assert LACKING.keys() == STYLES.keys()
    for convention in CONVENTIONS:
        assert any((style, convention) in TABLE for style in STYLES)


@pytest.mark.parametrize("style", STYLES)
def test_every_convention_of_a_style_is_written_in_another_way(style: str) -> None:
    """Otherwise a style would ignore a choice, and its test would be that of another one."""
    sources = [write(*pair) for pair in TABLE if pair[0] == style]
    assert len(sources) == len(set(sources)) > len(CONVENTIONS) - 5


@pytest.mark.parametrize("style", [style for style in STYLES if style != "lists"])
def test_a_choice_that_a_style_lacks_makes_no_difference_to_it(style: str) -> None:
    """Otherwise a convention would go untried where it could be written."""
    for choice in LACKING[style]:
        chosen: dict[str, Any] = {choice: True}
        assert STYLES[style](replace(BOOK, **chosen)) == STYLES[style](BOOK)


@pytest.mark.parametrize(("style", "convention"), TABLE)
def test_a_right_network_conforms_in_every_convention(
    style: str, convention: str, tmp_path: Path
) -> None:
    report = judged(tmp_path, write(style, convention))
    assert report.verdict == "conforms", report.sentence


SIGMA_PRIME = "* g_prime(z1, a1)"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("convention", ["sums over the batch", "rows", "without 1/2", "lambda/m"])
def test_a_mistake_is_named_beside_a_convention(
    style: str, convention: str, tmp_path: Path
) -> None:
    """Otherwise conventions would excuse what is wrong."""
    report = judged(tmp_path, write(style, convention, SIGMA_PRIME))
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
    report = judged(tmp_path, write(style, convention, old, BIAS[old]))
    assert report.verdict == "wrong", report.sentence


def test_a_derivative_that_overflows_makes_a_network_unstable_and_nothing_else(
    tmp_path: Path,
) -> None:
    """Otherwise it would be taken for a mistake in another cost, or in another convention."""
    stable, overflowing = "0.25 / np.cosh(z / 2) ** 2", "np.exp(-z) / (1 + np.exp(-z)) ** 2"
    report = judged(tmp_path, write("attributes", "derivative by z", stable, overflowing))
    assert report.verdict == "unstable", report.sentence
    assert report.diagnosis.bugs == ()
