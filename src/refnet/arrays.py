"""The three array types every formula is written in, and the only places where they are made.

Lives here: Matrix, Column and Labels, their checked constructors, and the one-hot encoding.
It knows NumPy and the errors, nothing of networks.

One column is one sample. A Matrix is two-dimensional float64, a Column is a Matrix of shape
(n, 1), Labels are one-dimensional integers: no float array in refnet has one dimension, so that
(n,) can never be mistaken for (n, 1). The bare claims `Matrix(...)`, `Column(...)` and
`Labels(...)` are made in this module alone; everybody else calls the constructors below.
"""

from typing import Any, NewType, cast

import numpy as np
from numpy.typing import NDArray

from refnet.errors import ArgumentError, ShapeError

FloatArray = NDArray[np.float64]
"""A float array of any rank: what comes from outside, before it has been checked."""

Matrix = NewType("Matrix", np.ndarray[tuple[int, int], np.dtype[np.float64]])
Column = NewType("Column", Matrix)
Labels = NewType("Labels", np.ndarray[tuple[int], np.dtype[np.intp]])


def matrix(value: NDArray[Any], name: str = "matrix") -> Matrix:
    """Claim that an array is a Matrix, after checking rank and element type.

    Shape (rows, samples). The values are not looked at: see `finite_matrix` for a public edge.
    Raises ShapeError.
    """
    _refuse_unless_array(value, name)
    if value.ndim != 2 or value.dtype != np.float64:
        raise ShapeError(
            f"{name}: got {describe(value)}; expected a two-dimensional float64 array, one column "
            f"per sample; {_remedy(value)}"
        )
    return Matrix(value)


def column(value: NDArray[Any], name: str = "column") -> Column:
    """Claim that an array is a Column of shape (n, 1).

    Raises ShapeError, above all for (n,), which NumPy would broadcast as a row.
    """
    _refuse_unless_array(value, name)
    if value.ndim != 2 or value.shape[1] != 1 or value.dtype != np.float64:
        raise ShapeError(
            f"{name}: got {describe(value)}; expected float64 of shape (n, 1); {_remedy(value)}"
        )
    return Column(Matrix(value))


def finite_matrix(value: NDArray[Any], name: str) -> Matrix:
    """Check an array at a public edge: a non-empty Matrix without NaN or infinity.

    Raises ShapeError for rank, type or an empty axis, ArgumentError for a value.
    """
    checked = matrix(value, name)
    if checked.size == 0:
        raise ShapeError(
            f"{name}: got {describe(value)}; expected at least one row and one column; "
            "leave an empty batch out"
        )
    if not np.isfinite(checked).all():
        row, sample = (int(index) for index in np.argwhere(~np.isfinite(checked))[0])
        raise ArgumentError(
            f"{name}: got {float(checked[row, sample])} in row {row}, column {sample}; "
            "expected finite numbers; look where it arises with numpy.isfinite"
        )
    return checked


def finite_column(value: NDArray[Any], name: str) -> Column:
    """Check an array at a public edge: a non-empty Column without NaN or infinity.

    Raises ShapeError for rank, type or shape, ArgumentError for a value.
    """
    return column(finite_matrix(value, name), name)


def labels(value: NDArray[Any], classes: int, name: str = "labels") -> Labels:
    """Check integer class labels, each in 0..classes-1.

    Shape (samples,). Raises ShapeError for rank or type, ArgumentError for a label out of range.
    """
    if (
        not isinstance(value, np.ndarray)  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped callers
        or value.ndim != 1
        or value.dtype.kind not in "iu"
    ):
        raise ShapeError(
            f"{name}: got {describe(value)}; expected a one-dimensional array of integers, one "
            "label per sample; one-hot columns become labels by refnet.predictions"
        )
    if classes < 1:
        raise ArgumentError(
            f"{name}: got {classes} classes; expected at least 1, one per output unit; count the "
            "rows of the one-hot targets"
        )
    if value.size and (value.min() < 0 or value.max() >= classes):
        wrong = int(np.flatnonzero((value < 0) | (value >= classes))[0])
        raise ArgumentError(
            f"{name}: got {int(value[wrong])} at position {wrong}; expected 0 to {classes - 1}, "
            f"one of {classes} classes; check the number of output units and the labels"
        )
    return Labels(value.astype(np.intp, copy=False))


def one_hot(value: Labels, classes: int) -> Matrix:
    """Turn labels into columns with a single 1 in the row of the class.

    Shape (classes, samples). Raises ShapeError and ArgumentError as `labels` does.
    """
    checked = labels(value, classes)
    encoded = np.zeros((classes, checked.size))
    encoded[checked, np.arange(checked.size)] = 1.0
    return matrix(encoded)


def describe(value: object) -> str:
    """Name what was got, for an error message: shape and element type, or the type."""
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        return f"an array of shape {array.shape} and type {array.dtype}"
    return f"{type(value).__name__}"


def _refuse_unless_array(value: object, name: str) -> None:
    if not isinstance(value, np.ndarray):
        raise ShapeError(
            f"{name}: got {describe(value)}; expected a two-dimensional float64 array; "
            "wrap it in numpy.asarray(..., dtype=numpy.float64)"
        )


def _remedy(value: NDArray[Any]) -> str:
    if value.dtype != np.float64:
        return "convert it with .astype(numpy.float64)"
    if value.ndim == 1:
        return "make the column explicit with .reshape(-1, 1)"
    return "check how it was built"
