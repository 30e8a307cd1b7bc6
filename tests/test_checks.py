"""Checks of single values: what is no number and what is no name."""

from typing import Any

import numpy as np
import pytest

from refnet.checks import (
    check_between_0_and_1,
    check_count,
    check_kind,
    check_not_negative,
    entry,
)
from refnet.errors import ArgumentError


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(1)])
def test_whole_numbers_of_any_kind_are_counts(value: Any) -> None:
    check_count(value, "n", "count again")


@pytest.mark.parametrize("value", [0, -1, 1.0, np.float64(2.0), True, "3", None, float("nan")])
def test_what_is_no_whole_number_of_at_least_1_is_no_count(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"n: got .*; expected a whole number .*; count again"):
        check_count(value, "n", "count again")


@pytest.mark.parametrize("value", [0, 0.0, 1e308, np.float32(0.5), 5e-324])
def test_numbers_from_0_on_are_not_negative(value: Any) -> None:
    check_not_negative(value, "eta", "look again")


@pytest.mark.parametrize("value", [-5e-324, float("nan"), float("inf"), "1", None, 1j])
def test_what_is_negative_or_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"eta: got .*; expected a finite number .*; look"):
        check_not_negative(value, "eta", "look again")


@pytest.mark.parametrize("value", [0.0, 1.0, -0.5, 1.5, float("nan"), float("inf"), None])
def test_the_ends_and_what_is_beyond_do_not_lie_between_0_and_1(value: Any) -> None:
    check_between_0_and_1(0.5, "slope", "look again")
    with pytest.raises(ArgumentError, match=r"slope: got .*; expected a number between .*; look"):
        check_between_0_and_1(value, "slope", "look again")


def test_kinds_and_names_are_told_apart() -> None:
    check_kind(3, int, "n", "give one")
    with pytest.raises(ArgumentError, match="n: got str; expected int; give one"):
        check_kind("3", int, "n", "give one")
    assert entry("a", {"a": 1, "b": 2}, "letter") == 1
    with pytest.raises(ArgumentError, match="letter: got 'c'; expected one of a, b; check the sp"):
        entry("c", {"a": 1, "b": 2}, "letter")
