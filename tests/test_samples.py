"""Samples: a set whose inputs and labels do not fit never comes to be."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from refnet.arrays import Labels, Matrix, labels, matrix
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, ShapeError

X = matrix(np.arange(6.0).reshape(2, 3))


def test_targets_are_the_labels_as_one_hot_columns() -> None:
    samples = Samples(X, labels(np.array([1, 0, 3]), 4), 4)
    expected = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert np.array_equal(samples.targets, expected)
    assert samples.targets is samples.targets, "a training run asks for them every epoch"


def test_length_is_the_number_of_columns_not_of_rows() -> None:
    assert len(Samples(X, labels(np.array([0, 0, 0]), 1), 1)) == 3


def test_labels_of_a_smaller_integer_type_become_labels() -> None:
    small: NDArray[Any] = np.array([1, 0, 1], np.uint8)
    digits = Labels(small)
    assert Samples(X, digits, 2).labels.dtype == np.intp


@pytest.mark.parametrize("count", [2, 4])
def test_as_many_labels_as_columns_are_demanded(count: int) -> None:
    with pytest.raises(ShapeError, match=rf"3 samples and {count} labels; expected one label per"):
        Samples(X, labels(np.zeros(count, np.intp), 1), 1)


@pytest.mark.parametrize(
    ("x", "digits", "classes", "error", "message"),
    [
        (X, [0, 1, 2], 2, ArgumentError, "got 2 at position 2; expected 0 to 1"),
        (X, [0, -1, 0], 2, ArgumentError, "got -1 at position 1"),
        (X, [0, 0, 0], 0, ArgumentError, "classes: got 0; expected at least 1"),
        (np.full((2, 3), np.nan), [0, 0, 0], 1, ArgumentError, "x: got nan"),
        (np.zeros((2, 0)), [], 1, ShapeError, "x: got an array of shape"),
        (np.zeros((2, 3), np.float32), [0, 0, 0], 1, ShapeError, "type float32"),
        (X, [[0, 0, 0]], 1, ShapeError, "expected a one-dimensional array of integers"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    x: Matrix, digits: list[int], classes: int, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Samples(x, Labels(np.array(digits, np.intp)), classes)


def test_a_digest_is_that_of_the_values_alone() -> None:
    """Samples that are the same have the same one, and whatever differs in anything has another."""
    x = matrix(np.arange(12.0).reshape(3, 4))
    digits = labels(np.array([0, 1, 2, 1]), 3)
    one = Samples(x, digits, 3)
    assert one.digest == Samples(matrix(np.asfortranarray(x)), digits, 3).digest
    assert one.digest == Samples(x, labels(digits.astype(np.int32), 3), 3).digest
    other_x = x.copy()
    other_x[2, 3] = np.nextafter(other_x[2, 3], 99.0)
    others = (
        Samples(matrix(other_x), digits, 3),
        Samples(x, labels(np.array([0, 1, 2, 2]), 3), 3),
        Samples(x, digits, 4),
        Samples(matrix(x.reshape(3, 4)[:, ::-1]), digits, 3),
        Samples(matrix(np.ascontiguousarray(x.T).reshape(3, 4)), digits, 3),
        Samples(matrix(x[:, :3]), labels(digits[:3], 3), 3),
    )
    assert len({one.digest, *(samples.digest for samples in others)}) == 1 + len(others)
