"""Evaluation: argmax of the right axis, and labels of either form count alike."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refnet.arrays import Labels, Matrix, labels, matrix, one_hot
from refnet.errors import ArgumentError, ShapeError
from refnet.evaluation import accuracy, confusion_matrix, count_correct, predictions, true_labels

OUTPUTS = matrix(np.array([[0.9, 0.1, 0.3, 0.2], [0.1, 0.8, 0.3, 0.7], [0.0, 0.1, 0.4, 0.1]]))


@st.composite
def samples(draw: st.DrawFn) -> tuple[Matrix, Labels]:
    """Outputs with plenty of ties, and labels; classes and samples differ as a rule."""
    classes, count = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    values = st.lists(st.integers(-2, 2), min_size=count, max_size=count)
    rows = draw(st.lists(values, min_size=classes, max_size=classes))
    true = draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count))
    return matrix(np.array(rows, np.float64)), labels(np.array(true, np.intp), classes)


def predicted_by_a_loop(outputs: Matrix) -> list[int]:
    answer: list[int] = []
    for sample in range(outputs.shape[1]):
        best = 0
        for unit in range(outputs.shape[0]):
            if outputs[unit, sample] > outputs[best, sample]:
                best = unit
        answer.append(best)
    return answer


def test_predictions_are_one_per_sample_not_one_per_class() -> None:
    assert predictions(OUTPUTS).tolist() == [0, 1, 2, 1]


@given(samples())
@example((matrix(np.zeros((3, 2))), labels(np.array([0, 2]), 3)))
def test_prediction_is_the_first_of_the_largest_outputs(drawn: tuple[Matrix, Labels]) -> None:
    outputs, _ = drawn
    got = predictions(outputs)
    assert got.tolist() == predicted_by_a_loop(outputs)
    assert got.dtype == np.intp


def test_prediction_is_the_first_of_the_largest_outputs_exhaustively() -> None:
    """Every 3 by 2 matrix of outputs 0, 1 and 2."""
    for values in product([0.0, 1.0, 2.0], repeat=6):
        outputs = matrix(np.array(values).reshape(3, 2))
        assert predictions(outputs).tolist() == predicted_by_a_loop(outputs)


@given(samples())
def test_one_hot_columns_and_integer_labels_count_alike(drawn: tuple[Matrix, Labels]) -> None:
    outputs, true = drawn
    columns = one_hot(true, outputs.shape[0])
    asked: list[Callable[[Any, Any], Any]] = [count_correct, accuracy, confusion_matrix]
    for ask in asked:
        assert np.array_equal(ask(outputs, true), ask(outputs, columns))
    assert np.array_equal(true_labels(columns, outputs.shape[0]), true)


@given(samples())
def test_confusion_matrix_agrees_with_a_loop_and_with_the_counts(
    drawn: tuple[Matrix, Labels],
) -> None:
    outputs, true = drawn
    confusion = confusion_matrix(outputs, true)
    expected = np.zeros((outputs.shape[0], outputs.shape[0]), int)
    for row, answer in zip(true, predicted_by_a_loop(outputs), strict=True):
        expected[row, answer] += 1
    assert np.array_equal(confusion, expected)
    assert np.trace(confusion) == count_correct(outputs, true)
    assert accuracy(outputs, true) == np.trace(confusion) / true.size


def test_confusion_matrix_has_true_classes_as_rows_and_is_read_only() -> None:
    confusion = confusion_matrix(OUTPUTS, labels(np.array([0, 1, 0, 1]), 3))
    assert confusion.tolist() == [[1, 0, 1], [0, 2, 0], [0, 0, 0]]
    with pytest.raises(ValueError, match="read-only"):
        confusion[0, 0] = 7


@pytest.mark.parametrize("true", range(3))
def test_of_all_labels_of_a_sample_exactly_one_counts(true: int) -> None:
    one = matrix(OUTPUTS[:, 1:2])
    assert count_correct(one, labels(np.array([true]), 3)) == (true == 1)


@pytest.mark.parametrize("ask", [count_correct, accuracy, confusion_matrix])
@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (None, ShapeError, "targets: got NoneType; expected integer labels or one-hot"),
        ([0, 1, 2, 1], ShapeError, "targets: got list"),
        (np.zeros(4), ShapeError, "targets: got .*float64; expected a one-dimensional array of in"),
        (np.zeros((4, 1), np.intp), ShapeError, "targets: got an array of shape"),
        (np.array([0, 1, 3, 1]), ArgumentError, "targets: got 3 at position 2; expected 0 to 2"),
        (np.array([0, -1, 2, 1]), ArgumentError, "targets: got -1 at position 1"),
        (np.array([0, 1, 2]), ShapeError, "got 4 and 3 samples; expected as many targets"),
        (np.eye(4), ShapeError, r"targets: got shape \(4, 4\); expected 3 rows, one per class"),
        (np.eye(3), ShapeError, "got 4 and 3 samples"),
        (np.ones((3, 4)), ArgumentError, "targets: got a column 0 that is not one-hot"),
        (np.zeros((3, 4)), ArgumentError, "targets: got a column 0 that is not one-hot"),
        (np.full((3, 4), 1 / 3), ArgumentError, "targets: got a column 0 that is not one-hot"),
        (np.full((3, 4), np.nan), ArgumentError, "targets: got nan"),
        (np.zeros((3, 4), np.float32), ShapeError, "targets: got .*float32"),
        (np.zeros(4, bool), ShapeError, "targets: got .*bool"),
    ],
)
def test_targets_that_cannot_be_meant_are_refused(
    ask: Callable[[Any, Any], Any], targets: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ask(OUTPUTS, targets)


@pytest.mark.parametrize(
    ("outputs", "error"),
    [
        (None, ShapeError),
        ([[1.0]], ShapeError),
        (np.zeros(3), ShapeError),
        (np.zeros((3, 0)), ShapeError),
        (np.zeros((3, 1), np.intp), ShapeError),
        (np.full((3, 1), np.nan), ArgumentError),
    ],
)
def test_outputs_that_cannot_be_meant_are_refused(outputs: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"outputs: got .*; expected .*; "):
        predictions(outputs)
    with pytest.raises(error, match=r"outputs: got .*; expected .*; "):
        accuracy(outputs, labels(np.array([0]), 3))


@pytest.mark.parametrize("classes", [0, -1, 2.0, None])
def test_a_number_of_classes_that_cannot_be_is_refused(classes: Any) -> None:
    with pytest.raises(ArgumentError, match=r"classes: got .*; expected a whole number"):
        true_labels(labels(np.array([0]), 1), classes)
