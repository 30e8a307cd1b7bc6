"""The statistics behind the initialisation laws: right tails, few false alarms, real power."""

import math
from collections.abc import Callable
from importlib import import_module
from statistics import NormalDist
from typing import Protocol, cast

import numpy as np
import pytest

from refnet.arrays import FloatArray


class Chances(Protocol):
    """What is tested: the checkers do not follow an editable install to the properties."""

    def chance_of_chi_square(self, standard: FloatArray) -> float: ...
    def chance_of_mean(self, standard: FloatArray) -> float: ...
    def chance_of_distance_from_normal(self, standard: FloatArray) -> float: ...
    def chance_of_correlation(self, standard: FloatArray) -> float: ...


CHANCES = cast("Chances", import_module("refnet.properties.chances"))
TESTS = (
    CHANCES.chance_of_chi_square,
    CHANCES.chance_of_mean,
    CHANCES.chance_of_distance_from_normal,
    CHANCES.chance_of_correlation,
)


def upper_tail(half_degrees: float, half_sum: float) -> float:
    """Return the regularised incomplete gamma function Q(a, x) by its continued fraction.

    Lentz's algorithm (Press et al., "Numerical Recipes", section 6.2); for x > a + 1.
    """
    b = half_sum + 1.0 - half_degrees
    c, d = 1e300, 1.0 / b
    h = d
    for i in range(1, 10_000):
        an = -i * (i - half_degrees)
        b += 2.0
        d = 1.0 / (an * d + b)
        c = b + an / c
        h *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return h * prefactor(half_degrees, half_sum)


def lower_tail(half_degrees: float, half_sum: float) -> float:
    """Return P(a, x) = 1 - Q(a, x) by its series, which does not cancel."""
    term = total = 1.0 / half_degrees
    place = half_degrees
    while term > 1e-17 * total:
        place += 1.0
        term *= half_sum / place
        total += term
    return total * prefactor(half_degrees, half_sum)


def prefactor(a: float, x: float) -> float:
    """Return x^a e^-x / Gamma(a)."""
    return math.exp(a * math.log(x) - x - math.lgamma(a))


@pytest.mark.parametrize("size", [100, 1000, 5000])
@pytest.mark.parametrize("deviations", [-5.0, -3.0, 3.0, 5.0, 7.0])
def test_the_tail_of_chi_square_is_right_and_never_too_small(size: int, deviations: float) -> None:
    total = size + deviations * math.sqrt(2.0 * size)
    tail = upper_tail if deviations > 0 else lower_tail
    exact = 2.0 * tail(size / 2.0, total / 2.0)
    found = CHANCES.chance_of_chi_square(np.full((size // 10, 10), math.sqrt(total / size)))
    assert 1.0 <= found / exact < (2.0 if size == 100 else 1.1)


def test_the_mean_is_normal() -> None:
    numbers = np.full((10, 10), 0.1 * 1.959963984540054)
    assert abs(CHANCES.chance_of_mean(numbers) - 0.05) < 1e-12


def test_the_distance_from_the_normal_distribution_is_the_largest_on_either_side() -> None:
    # One number far out has D = 1; one at 0 has D = 1/2, on both sides.
    for value, distance in ((40.0, 1.0), (-40.0, 1.0), (0.0, 0.5)):
        found = CHANCES.chance_of_distance_from_normal(np.array([[value]]))
        assert found == min(1.0, 2.0 * math.exp(-2.0 * distance**2))
    half = CHANCES.chance_of_distance_from_normal(np.full((10, 10), 0.0))
    assert abs(math.log(half) - (math.log(2.0) - 50.0)) < 1e-9


def test_the_bound_of_a_correlation_is_close_to_the_tail_and_above_it() -> None:
    # For n = 4 the density of r is flat on [-1, 1], so that P(|r| > c) = 1 - c.
    rows = np.array([[1.0, -1.0, 1.0, -1.0], [3.0, -1.0, 0.0, -2.0]])
    c = abs(float(np.corrcoef(rows)[0, 1]))
    found = CHANCES.chance_of_correlation(rows)
    assert abs(found - (1.0 - c * c) / (2.0 * c)) < 1e-12
    assert found >= 1.0 - c


def test_rows_that_repeat_cannot_be_chance() -> None:
    row = np.random.default_rng(0).standard_normal((1, 50))
    assert CHANCES.chance_of_correlation(np.concatenate([row, -row])) < 1e-100
    assert CHANCES.chance_of_correlation(np.ones((3, 10))) == 0.0


def test_too_little_is_no_evidence() -> None:
    assert CHANCES.chance_of_correlation(np.ones((1, 10))) == 1.0
    assert CHANCES.chance_of_correlation(np.ones((5, 3))) == 1.0
    orthogonal = np.array([[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]])
    assert CHANCES.chance_of_correlation(orthogonal) == 1.0


def test_numbers_spread_as_evenly_as_can_be_are_normal() -> None:
    quantiles = [NormalDist().inv_cdf((rank + 0.5) / 400) for rank in range(400)]
    assert CHANCES.chance_of_distance_from_normal(np.array([quantiles])) == 1.0


@pytest.mark.parametrize("chance", TESTS, ids=lambda chance: chance.__name__)
def test_right_numbers_are_as_unlikely_as_they_say(chance: Callable[[FloatArray], float]) -> None:
    # Of 1000 samples about 10 have a chance below 1 %; with probability 1e-6 more than 28 have. The
    # correlation is a bound, and may stay below.
    generator = np.random.default_rng(12)
    rare = sum(chance(generator.standard_normal((20, 25))) < 0.01 for _ in range(1000))
    assert rare <= 28
