"""The L2 penalty and its gradient. Biases are never penalised.

Lives here: lambda / (2 n) times the sum of the squared weights, n being the number of training
samples (not of the mini-batch). It knows arrays, nothing of layers or costs.
"""

import math
from collections.abc import Sequence

from refnet.arrays import Matrix, finite_matrix, matrix
from refnet.checks import check_count, check_kind, check_not_negative, found_by_looking
from refnet.errors import ArgumentError


def check_l2(l2: float, training_size: int) -> None:
    """Refuse a lambda or an n of which lambda / n makes no sense. Raises ArgumentError."""
    check_not_negative(l2, "l2", "it is lambda of lambda / (2 n) sum w^2, and 0 switches it off")
    check_count(training_size, "training_size", "it is n, the number of samples trained on")


@found_by_looking
def l2_penalty(weights: Sequence[Matrix], l2: float, training_size: int) -> float:
    """Return lambda / (2 n) * sum of w^2 (Nielsen, chapter 3, equation 85).

    Raises ShapeError and ArgumentError, also for a penalty too large for a float.
    """
    check_l2(l2, training_size)
    check_kind(weights, Sequence, "weights", "give one matrix per layer, in a tuple")
    squares = (finite_matrix(w, f"weights of layer {at}") ** 2 for at, w in enumerate(weights, 1))
    sum_of_squares = sum(float(square.sum()) for square in squares)
    if not l2:
        return 0.0  # where 0 times a sum that overflowed would be NaN
    penalty = l2 / (2 * training_size) * sum_of_squares
    if not math.isfinite(penalty):
        raise ArgumentError(
            f"weights: got an L2 penalty of {penalty}; expected a finite number; the squares of "
            "such weights are too large for a float: scale them down"
        )
    return penalty


@found_by_looking
def l2_gradient(w: Matrix, l2: float, training_size: int) -> Matrix:
    """Return lambda / n * w; shape of w (Nielsen, chapter 3, equation 91).

    Raises ShapeError and ArgumentError.
    """
    check_l2(l2, training_size)
    return unchecked_l2_gradient(finite_matrix(w, "w"), l2, training_size)


def unchecked_l2_gradient(w: Matrix, l2: float, training_size: int) -> Matrix:
    """Return what `l2_gradient` returns, for arguments that have been checked."""
    return matrix(l2 / training_size * w)
