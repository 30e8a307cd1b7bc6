"""How likely standard normal numbers are to look as these do: four tests of independence.

Lives here: the tail probabilities that the initialisation laws compare with their false alarms. It
knows NumPy's arrays alone. Each function takes a (rows, columns) array that should be standard
normal, every number on its own, and returns the probability of something at least as unlikely.
"""

import math

import numpy as np

from refnet.arrays import FloatArray


def chance_of_chi_square(standard: FloatArray) -> float:
    """Return the two-sided probability of the sum of squares, chi-square with N degrees of freedom.

    By the cube root of Wilson and Hilferty (1931): (S/N)^(1/3) is nearly normal with mean
    1 - 2/(9N) and variance 2/(9N). Beside the exact tail it is a little too large, from N = 100 on
    (by 13 % at 3e-8 there, by 1 % at 2e-11 for N = 5000), so that nothing is rejected too often.
    """
    n = standard.size
    root = float(np.sum(standard**2) / n) ** (1.0 / 3.0)
    return _two_sided((root - (1.0 - 2.0 / (9.0 * n))) / math.sqrt(2.0 / (9.0 * n)))


def chance_of_mean(standard: FloatArray) -> float:
    """Return the two-sided probability of the mean, normal with variance 1/N: exact."""
    return _two_sided(float(standard.mean()) * math.sqrt(standard.size))


def chance_of_distance_from_normal(standard: FloatArray) -> float:
    """Return a bound of the probability of the largest distance D from the normal distribution.

    That of Kolmogorov and Smirnov is at most 2 exp(-2 N D^2), for every N (Massart 1990).
    """
    n = standard.size
    ordered = np.sort(standard, axis=None)
    normal = np.array([0.5 * math.erfc(-value / math.sqrt(2.0)) for value in ordered.tolist()])
    ranks = np.arange(n + 1) / n
    distance = float(max(np.max(ranks[1:] - normal), np.max(normal - ranks[:-1])))
    return min(1.0, 2.0 * math.exp(-2.0 * n * distance**2))


def chance_of_correlation(standard: FloatArray) -> float:
    """Return a bound of the probability of the largest correlation between two rows.

    For n independent normal numbers the correlation r has a density proportional to
    (1 - r^2)^((n - 4)/2) (Fisher 1915). Beyond c its integral is at most
    (1 - c^2)^((n - 2)/2) / ((n - 2) c), since r/c >= 1 there; twice that over the Beta function
    B(1/2, (n - 2)/2), times the number of pairs, bounds the probability.
    """
    rows, n = standard.shape
    if rows < 2 or n < 4:
        return 1.0
    centred = standard - standard.mean(axis=1, keepdims=True)
    norms = np.sqrt(np.sum(centred**2, axis=1, keepdims=True))
    if not norms.all():
        return 0.0
    correlation = (centred / norms) @ (centred / norms).T
    largest = min(1.0, float(np.abs(np.triu(correlation, 1)).max()))
    if largest == 0.0:
        return 1.0
    half = (n - 2) / 2.0
    beta = math.exp(math.lgamma(0.5) + math.lgamma(half) - math.lgamma(0.5 + half))
    tail = 2.0 * (1.0 - largest**2) ** half / ((n - 2) * largest * beta)
    return float(min(1.0, tail * rows * (rows - 1) / 2.0))


def _two_sided(deviations: float) -> float:
    return math.erfc(abs(deviations) / math.sqrt(2.0))
