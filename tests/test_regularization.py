"""The L2 penalty and its gradient belong together, and know n from m."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refnet.arrays import matrix
from refnet.errors import ArgumentError, ShapeError
from refnet.regularization import l2_gradient, l2_penalty

W = matrix(np.array([[1.0, -2.0], [0.0, 4.0]]))
V = matrix(np.array([[2.0, 2.0]]))


def test_penalty_worked_by_hand() -> None:
    assert l2_penalty((W,), 1.0, 1) == 10.5
    assert l2_penalty((W, V), 3.0, 4) == 3.0 / 8 * 29
    assert l2_penalty([W, V], 0.0, 4) == 0.0


@given(st.integers(-8, 8), st.integers(-8, 8), st.integers(1, 4), st.sampled_from([1, 2, 4]))
def test_gradient_is_the_slope_of_the_penalty(w: int, v: int, l2: int, n: int) -> None:
    """Exactly: the difference over +-1 of a square is its slope, in whole numbers."""
    up, down = (l2_penalty((matrix(np.array([[w + h, v]]) * 1.0),), l2, n) for h in (1, -1))
    gradient = l2_gradient(matrix(np.array([[w, v]]) * 1.0), l2, n)
    assert gradient[0, 0] == (up - down) / 2


@pytest.mark.parametrize("tiny", [1e-200, 5e-324])
def test_weights_whose_squares_are_too_small_count_nothing(tiny: float) -> None:
    with np.errstate(all="raise"):
        assert l2_penalty((matrix(np.array([[tiny]])),), 1.0, 4) == 0.0
        assert l2_gradient(matrix(np.array([[tiny]])), 1.0, 4)[0, 0] == tiny / 4


def test_weights_whose_squares_are_too_large_are_refused_unless_nothing_is_decayed() -> None:
    huge = matrix(np.array([[1e200]]))
    with np.errstate(all="raise"):
        assert l2_penalty((huge,), 0.0, 1) == 0.0
        with pytest.raises(ArgumentError, match="weights: got an L2 penalty of inf; expected"):
            l2_penalty((huge,), 1.0, 1)


@pytest.mark.parametrize(
    ("l2", "n", "message"),
    [
        (-1.0, 1, "l2: got -1.0; expected a finite number of at least 0"),
        (float("inf"), 1, "l2: got inf"),
        ("1", 1, "l2: got '1'"),
        (1.0, 0, "training_size: got 0; expected a whole number of at least 1"),
        (1.0, None, "training_size: got None"),
    ],
)
def test_what_lambda_over_n_cannot_be_made_of_is_refused(l2: Any, n: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        l2_penalty((W,), l2, n)
    with pytest.raises(ArgumentError, match=message):
        l2_gradient(W, l2, n)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (None, ShapeError),
        ([[1.0]], ShapeError),
        (np.ones(2), ShapeError),
        (np.ones((2, 2), np.float32), ShapeError),
        (np.ones((0, 2)), ShapeError),
        (np.array([[np.nan]]), ArgumentError),
    ],
)
def test_what_is_no_finite_matrix_is_refused(bad: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"weights of layer 2: got .*; expected .*; "):
        l2_penalty((W, bad), 1.0, 1)
    with pytest.raises(error, match=r"w: got .*; expected .*; "):
        l2_gradient(bad, 1.0, 1)


def test_weights_come_as_a_sequence() -> None:
    weights: Any = W
    with pytest.raises(ArgumentError, match="weights: got ndarray; expected Sequence; give one"):
        l2_penalty(weights, 1.0, 1)
