"""Checks of single values at a public edge: got, expected, what to do.

Lives here: numbers, kinds and names that a caller passed. It knows the errors, nothing of arrays
(arrays.py checks those) or of networks.
"""

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TypeVar

import numpy as np

from refnet.errors import ArgumentError

Entry = TypeVar("Entry")

found_by_looking = np.errstate(over="ignore", under="ignore", invalid="ignore")
"""For functions that look at their result: overflow and NaN become one error in words, which
NumPy's warnings would only repeat. Underflow is no fault: a number below the smallest one rounds
to that or to 0, and rightly so, even where a caller has told NumPy to raise."""


def check_kind(value: object, kind: type[object], name: str, remedy: str) -> None:
    """Refuse a value that is not an instance of the kind. Raises ArgumentError."""
    if not isinstance(value, kind):
        raise ArgumentError(
            f"{name}: got {type(value).__name__}; expected {kind.__name__}; {remedy}"
        )


def check_count(value: object, name: str, remedy: str) -> None:
    """Refuse anything but a whole number of at least 1. Raises ArgumentError."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < 1:
        raise ArgumentError(
            f"{name}: got {value!r}; expected a whole number of at least 1; {remedy}"
        )


def check_not_negative(value: object, name: str, remedy: str) -> None:
    """Refuse anything but a finite number of at least 0. Raises ArgumentError."""
    if not isinstance(value, Real) or not 0.0 <= float(value) < math.inf:
        raise ArgumentError(
            f"{name}: got {value!r}; expected a finite number of at least 0; {remedy}"
        )


def check_between_0_and_1(value: object, name: str, remedy: str) -> None:
    """Refuse anything but a number between 0 and 1, both excluded. Raises ArgumentError."""
    if not isinstance(value, Real) or not 0.0 < float(value) < 1.0:
        raise ArgumentError(
            f"{name}: got {value!r}; expected a number between 0 and 1, both excluded; {remedy}"
        )


def entry(name: object, table: Mapping[str, Entry], what: str) -> Entry:
    """Look a name up in one of the tables of names. Raises ArgumentError for an unknown one."""
    if not isinstance(name, str) or name not in table:
        raise ArgumentError(
            f"{what}: got {name!r}; expected one of {', '.join(table)}; check the spelling"
        )
    return table[name]
