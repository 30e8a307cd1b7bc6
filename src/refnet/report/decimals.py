"""How a number is written for a reader who checks it by hand.

Lives here: single numbers, pairs that must look different, and small arrays. It knows NumPy and
nothing of networks.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

DIGITS = 6
"""Significant digits of a rounded number: as many as a pocket calculator is asked for."""

EXACT_DIGITS = 8
"""A number this short is written exactly: 0.0078125 is 2^-7, and every k / 128 below 1 fits."""

ENTRIES = 12
"""Arrays of more entries are not written out: no reader checks them by hand."""


def decimal(value: float, digits: int = DIGITS) -> str:
    """Write a number: exactly where that is short, else rounded to `digits` significant digits."""
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "infinity" if number > 0 else "-infinity"
    if number == 0.0:
        return "0"
    exact = repr(number).removesuffix(".0")
    mantissa = exact.partition("e")[0].lstrip("-").replace(".", "").strip("0")
    return exact if len(mantissa) <= max(EXACT_DIGITS, digits) else f"{number:.{digits}g}"


def pair(got: float, expected: float) -> tuple[str, str]:
    """Write two numbers with as few digits as tell them apart, at least DIGITS."""
    for digits in range(DIGITS, 18):
        shown = decimal(got, digits), decimal(expected, digits)
        if shown[0] != shown[1]:
            return shown
    return decimal(got), decimal(expected)


def array(value: ArrayLike) -> str:
    """Write an array as NumPy would be given it; a single number bare; a large one as its shape."""
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.size == 1:
        return decimal(float(numbers.reshape(())))
    if numbers.size > ENTRIES:
        return f"<{' x '.join(map(str, numbers.shape))} numbers>"
    return _nested(numbers)


def _nested(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    if numbers.ndim == 0:
        return decimal(float(numbers))
    return "[" + ", ".join(_nested(np.asarray(part)) for part in numbers) + "]"


def factor(value: float) -> str:
    """Write a number so that it can stand in a product or a sum: negative ones in brackets."""
    shown = decimal(value)
    return f"({shown})" if shown.startswith("-") else shown
