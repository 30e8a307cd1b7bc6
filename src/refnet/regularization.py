"""The L2 penalty and its gradient. Biases are never penalised.

Lives here: lambda / (2 n) times the sum of the squared weights, n being the number of training
samples (not of the mini-batch). It knows arrays, nothing of layers or costs.
"""

from collections.abc import Sequence

from refnet.arrays import Matrix, matrix


def l2_penalty(weights: Sequence[Matrix], l2: float, training_size: int) -> float:
    """Return lambda / (2 n) * sum of w^2 (Nielsen, chapter 3, equation 85)."""
    return l2 / (2 * training_size) * sum(float((w * w).sum()) for w in weights)


def l2_gradient(w: Matrix, l2: float, training_size: int) -> Matrix:
    """Return lambda / n * w; shape of w (Nielsen, chapter 3, equation 91)."""
    return matrix(l2 / training_size * w)
