"""Initializers: the scheme that was asked for, from the caller's generator alone."""

import math
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from refnet.errors import ArgumentError
from refnet.initializers import INITIALIZERS, initializer_by_name

FAN_IN, FAN_OUT = 100, 50
DEVIATIONS = {
    "standard_normal": (1.0, 1.0),
    "scaled_normal": (1 / math.sqrt(FAN_IN), 1.0),
    "glorot": (math.sqrt(2 / (FAN_IN + FAN_OUT)), 0.0),
    "he": (math.sqrt(2 / FAN_IN), 0.0),
}
# A sum of N squares of normal numbers is off its mean by sqrt(2 N) in one standard deviation;
# seven of them happen once in 4e11 draws.
SEVEN_DEVIATIONS = 7 * math.sqrt(2 / (FAN_IN * FAN_OUT))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_have_the_variance_and_the_mean_of_the_scheme(name: str) -> None:
    parameters = INITIALIZERS[name].parameters([FAN_IN, FAN_OUT], np.random.default_rng(3))
    standardised = parameters.weights[0] / DEVIATIONS[name][0]
    assert abs((standardised**2).mean() - 1.0) < SEVEN_DEVIATIONS
    assert abs(standardised.mean()) < 7 / math.sqrt(FAN_IN * FAN_OUT)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_biases_are_zero_or_standard_normal_as_the_scheme_has_it(name: str) -> None:
    biases = INITIALIZERS[name].parameters([1, 5000], np.random.default_rng(3)).biases[0]
    assert biases.shape == (5000, 1)
    if DEVIATIONS[name][1] == 0.0:
        assert not biases.any()
    else:
        assert abs((biases**2).mean() - 1.0) < 7 * math.sqrt(2 / 5000)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_no_two_units_begin_alike(name: str) -> None:
    weights = INITIALIZERS[name].parameters([20, 40, 5], np.random.default_rng(0)).weights
    for w in weights:
        assert np.unique(w, axis=0).shape[0] == w.shape[0]
        assert (w > 0).any()
        assert (w < 0).any()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_same_seed_gives_the_same_network_and_another_another(name: str) -> None:
    first, again, other = (
        INITIALIZERS[name].parameters([3, 4, 2], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for a, b, c in zip(first.weights, again.weights, other.weights, strict=True):
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)
    assert first.sizes == (3, 4, 2)


def test_numpys_global_random_state_is_left_alone() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    INITIALIZERS["he"].parameters([3, 2], np.random.default_rng(0))
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    assert str(before) == str(after)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (None, "sizes: got NoneType; expected Sequence"),
        (3, "sizes: got int; expected Sequence"),
        ([], "sizes: got .*; expected at least an input and an output layer"),
        ([3], "sizes: got .*; expected at least an input and an output layer"),
        ([3, 0], "sizes: layer 1: got 0; expected a whole number of at least 1"),
        ([-1, 2], "sizes: layer 0: got -1"),
        ([2.0, 2], "sizes: layer 0: got 2.0"),
        ([2, True], "sizes: layer 1: got True"),
        ("34", "sizes: layer 0: got '3'"),
        # More than there is, and more than can be counted.
        ([10**8, 10**8], "sizes: got .* expected layers whose weights fit into memory"),
        ([10**12, 10**12], "sizes: got .* expected layers whose weights fit into memory"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        INITIALIZERS["he"].parameters(sizes, np.random.default_rng(0))


@pytest.mark.parametrize("generator", [None, 7, np.random])
def test_only_a_generator_is_a_source_of_randomness(generator: Any) -> None:
    with pytest.raises(ArgumentError, match=r"generator: got .*; expected Generator; make one"):
        INITIALIZERS["he"].parameters([2, 2], generator)


def test_unknown_names_are_refused_with_those_that_are_known() -> None:
    assert initializer_by_name("he") is INITIALIZERS["he"]
    with pytest.raises(ArgumentError, match="initializer: got 'xavier'; expected one of standard"):
        initializer_by_name("xavier")


def test_a_scheme_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        INITIALIZERS["he"].bias_deviation = 1.0  # type: ignore[misc]
