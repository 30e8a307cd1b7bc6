"""The three array types: what each constructor takes, and what it says to everything else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refnet.arrays import (
    FloatArray,
    Labels,
    column,
    describe,
    finite_column,
    finite_matrix,
    labels,
    matrix,
    one_hot,
)
from refnet.errors import ArgumentError, RefnetError, ShapeError

Constructor = Callable[[Any, str], object]
MATRICES: list[Constructor] = [matrix, finite_matrix]
COLUMNS: list[Constructor] = [column, finite_column]

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def refusal(fault: type[RefnetError], call: Callable[[], object]) -> str:
    """Hold a call to an error of exactly this type, in one line that says what was expected."""
    with pytest.raises(RefnetError) as caught:
        call()
    message = str(caught.value)
    assert type(caught.value) is fault
    assert "got " in message
    assert "expected " in message
    assert "\n" not in message
    return message


@given(hnp.arrays(np.float64, SHAPES))
def test_a_matrix_is_an_array_of_two_dimensions_and_nothing_else(value: FloatArray) -> None:
    if value.ndim == 2:
        assert matrix(value) is value
    else:
        assert str(value.shape) in refusal(ShapeError, lambda: matrix(value))


@given(hnp.arrays(np.float64, SHAPES))
def test_a_column_is_a_matrix_of_one_column_and_nothing_else(value: FloatArray) -> None:
    if value.ndim == 2 and value.shape[1] == 1:
        assert column(value) is value
    else:
        assert str(value.shape) in refusal(ShapeError, lambda: column(value))


@pytest.mark.parametrize("constructor", [*MATRICES, *COLUMNS])
@pytest.mark.parametrize(
    "dtype", [np.float32, np.float16, np.int64, np.bool_, np.complex128, np.object_, ">f8"]
)
def test_an_element_type_other_than_float64_is_refused_with_the_cure(
    constructor: Constructor, dtype: str
) -> None:
    value = np.ones((2, 1), dtype=dtype)
    message = refusal(ShapeError, lambda: constructor(value, "x"))
    assert message.startswith("x: got ")
    assert str(value.dtype) in message
    assert ".astype(numpy.float64)" in message


@pytest.mark.parametrize("constructor", [*MATRICES, *COLUMNS])
@pytest.mark.parametrize("value", [[[1.0]], 1.0, None, "x", np.float64(1.0)])
def test_what_is_no_array_is_refused_by_its_type(constructor: Constructor, value: object) -> None:
    message = refusal(ShapeError, lambda: constructor(value, "x"))
    assert message.startswith(f"x: got {type(value).__name__};")
    assert "numpy.asarray" in message


@pytest.mark.parametrize("constructor", [*MATRICES, *COLUMNS])
def test_one_dimension_for_two_is_refused_with_the_cure(constructor: Constructor) -> None:
    message = refusal(ShapeError, lambda: constructor(np.ones(3), "b"))
    assert message.startswith("b: got an array of shape (3,) and type float64;")
    assert ".reshape(-1, 1)" in message


@pytest.mark.parametrize("constructor", COLUMNS)
@pytest.mark.parametrize("shape", [(1, 3), (3, 2), (3, 0)])
def test_a_row_or_a_wide_matrix_is_no_column(
    constructor: Constructor, shape: tuple[int, int]
) -> None:
    assert str(shape) in refusal(ShapeError, lambda: constructor(np.ones(shape), "b"))


@pytest.mark.parametrize("shape", [(0, 1), (1, 0), (0, 0)])
def test_an_empty_axis_is_refused_at_a_public_edge(shape: tuple[int, int]) -> None:
    message = refusal(ShapeError, lambda: finite_matrix(np.ones(shape), "x"))
    assert str(shape) in message
    assert "empty batch" in message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (1, 2), (2, 1)])
def test_a_value_that_is_not_finite_is_found_and_named(
    value: float, place: tuple[int, int]
) -> None:
    spoilt = np.zeros((3, 3))
    spoilt[place] = value
    message = refusal(ArgumentError, lambda: finite_matrix(spoilt, "x"))
    assert message.startswith(f"x: got {value} in row {place[0]}, column {place[1]};")
    assert matrix(spoilt) is spoilt  # inside, values are not looked at


def test_a_column_that_is_not_finite_is_refused_at_a_public_edge() -> None:
    refusal(ArgumentError, lambda: finite_column(np.array([[1.0], [np.nan]]), "b"))
    right = np.array([[1.0], [2.0]])
    assert finite_column(right, "b") is right


LABELS = st.integers(1, 5).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        hnp.arrays(
            st.sampled_from([np.int8, np.uint8, np.int64, np.uint64]),
            st.integers(0, 4),
            elements=st.integers(0, classes - 1),
        ),
    )
)


@given(LABELS)
def test_integers_within_the_classes_are_labels(
    case: tuple[int, np.ndarray[tuple[int], np.dtype[np.integer[Any]]]],
) -> None:
    classes, value = case
    checked = labels(value, classes)
    assert checked.dtype == np.intp
    assert checked.tolist() == value.tolist()


@given(LABELS)
def test_one_hot_columns_hold_a_single_one_in_the_row_of_the_label(
    case: tuple[int, Labels],
) -> None:
    classes, value = case
    encoded = one_hot(value, classes)
    assert encoded.shape == (classes, value.size)
    assert encoded.dtype == np.float64
    for row in range(classes):
        assert encoded[row].tolist() == [float(label == row) for label in value.tolist()]


@pytest.mark.parametrize(
    "value",
    [[0, 1], np.array([0.0, 1.0]), np.array([True, False]), np.eye(2, dtype=int), np.array(1)],
)
def test_scores_columns_and_lists_are_no_labels(value: Any) -> None:
    message = refusal(ShapeError, lambda: labels(value, 2, "y"))
    assert message.startswith(f"y: got {describe(value)};")


@pytest.mark.parametrize(
    ("value", "wrong", "place"),
    [([0, 3, 1], 3, 1), ([0, 1, -1], -1, 2), ([0, 2, -1, 9], -1, 2), ([5], 5, 0)],
)
def test_a_label_out_of_range_is_found_and_named(value: list[int], wrong: int, place: int) -> None:
    message = refusal(ArgumentError, lambda: labels(np.array(value), 3))
    assert message.startswith(f"labels: got {wrong} at position {place}; expected 0 to 2")
    refusal(ArgumentError, lambda: one_hot(labels(np.array(value), 10), 3))


@pytest.mark.parametrize("classes", [0, -1])
def test_no_classes_at_all_are_refused(classes: int) -> None:
    nobody = np.array([], dtype=np.intp)
    assert f"got {classes} classes" in refusal(ArgumentError, lambda: labels(nobody, classes))


def test_a_wrong_three_dimensional_array_is_not_told_to_reshape() -> None:
    message = refusal(ShapeError, lambda: matrix(np.ones((1, 2, 3))))
    assert "reshape" not in message
    assert "astype" not in message


def test_of_several_values_that_are_not_finite_the_first_is_named() -> None:
    spoilt = np.zeros((3, 3))
    spoilt[1, 2] = spoilt[2, 0] = np.nan
    assert "in row 1, column 2;" in refusal(ArgumentError, lambda: finite_matrix(spoilt, "x"))


def test_an_array_of_no_dimensions_is_not_told_to_reshape() -> None:
    assert "reshape" not in refusal(ShapeError, lambda: matrix(np.array(1.0)))
