"""The fixed problems: the same for everybody, telling, and what their kind promises."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import cast, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from refnet.activations import KINKED
from refnet.arrays import column, matrix
from refnet.choices import (
    HEADS,
    KINK,
    MARGIN,
    MODERATE,
    is_decided,
    is_exact,
    is_lively,
    is_moderate,
    is_sharp,
    is_telling,
    saturated,
)
from refnet.errors import ArgumentError
from refnet.exact_regime import bias_exponents, bits_needed, has_exact_regime
from refnet.heads import SLOPES
from refnet.law import Suite
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head
from refnet.suite import drawn_once, suite
from refnet.wire import dumps, problem_to_json

pytestmark = pytest.mark.no_cover

Singles = NDArray[np.float32]

KINDS: tuple[Suite, ...] = get_args(Suite)
SEEDS = range(5)
EXACT = [head for head in HEADS if has_exact_regime(head)]
RELU = Head("relu", "relu", "quadratic")

heads = pytest.mark.parametrize("head", HEADS, ids=lambda head: f"{head.hidden}-{head.output}")
kinds = pytest.mark.parametrize("kind", KINDS)


def largest_z(problem: Problem) -> float:
    zs = network_of(problem).feedforward(problem.x).zs
    return max(float(np.abs(z).max()) for z in zs)


def written(problems: tuple[Problem, ...]) -> list[str]:
    return [dumps(problem_to_json(problem)) for problem in problems]


@heads
@kinds
def test_the_same_seed_gives_the_same_problems_and_another_seed_others(
    kind: Suite, head: Head
) -> None:
    first = written(suite(kind, head, 1))
    drawn_once.cache_clear()
    assert first == written(suite(kind, head, 1))
    if first:
        assert first != written(suite(kind, head, 2))
        assert len(set(first)) == len(first)


@heads
def test_moderate_problems_hide_nothing(head: Head) -> None:
    for seed in SEEDS:
        problems = suite("moderate", head, seed)
        for problem in problems:
            assert is_moderate(problem)
            assert is_telling(problem)
            assert problem.l2 > 0.0
            assert problem.training_size > problem.samples
            parameters = (*problem.parameters.weights, *problem.parameters.biases)
            assert all(array.all() for array in parameters)
            assert problem.activations[:-1] == (head.hidden,) * (len(problem.activations) - 1)
            assert (problem.activations[-1], problem.cost) == (head.output, head.cost)
        assert {len(problem.activations) for problem in problems} == {2, 3, 4}
        assert {problem.samples for problem in problems} == {1, 2, 3, 4}
        assert any(len(set(problem.sizes)) == 1 for problem in problems)
        assert any(len(set(problem.sizes)) == len(problem.sizes) for problem in problems)
        assert any(problem.samples != problem.sizes[-1] for problem in problems)


@pytest.mark.parametrize("slope", SLOPES)
def test_problems_are_drawn_for_the_slope_of_the_subject(slope: float) -> None:
    # Another slope is another function: problems of slope 1/4 would be neither moderate nor exact.
    for head in (HEADS[4], HEADS[6], HEADS[7]):
        moderate = suite("moderate", head, 0, None, slope)
        assert len(moderate) == len(suite("moderate", head, 0))
        for problem in moderate:
            assert problem.leaky_slope == slope
            assert is_moderate(problem)
            assert is_telling(problem)
            assert is_sharp(problem)
        if has_exact_regime(head):
            exact = suite("exact", head, 0, None, slope)
            assert bool(exact) == (math.frexp(slope)[0] == 0.5)
            assert all(is_exact(problem) for problem in exact)


@heads
def test_wide_networks_are_asked_as_good_questions_as_narrow_ones(head: Head) -> None:
    # Where weights are all alike, the sums of fifteen of them leave the moderate numbers, and what
    # is left when they cancel is small beside the bound.
    for problem in suite("moderate", head, 0, (15, 12, 15, 8, 10)):
        assert is_moderate(problem)
        assert is_telling(problem)
        assert all(w.all() for w in problem.parameters.weights)


@heads
def test_targets_are_such_as_the_cost_knows(head: Head) -> None:
    for kind in KINDS:
        for problem in suite(kind, head, 0):
            if head.cost == "categorical_cross_entropy":
                assert (problem.y.sum(axis=0) == 1.0).all()
            if head.cost != "quadratic":
                assert set(problem.y.ravel().tolist()) <= {0.0, 1.0}


@heads
def test_saturated_problems_reach_from_float32_to_float64(head: Head) -> None:
    for seed in SEEDS:
        sizes = [largest_z(problem) for problem in suite("saturated", head, seed)]
        assert max(sizes) <= 1000.0
        # Beyond e^88 float32 overflows, beyond e^709 float64: in every layer, for either sign.
        assert sum(size > 709.0 for size in sizes) >= 3
        found = [network_of(p).feedforward(p.x).zs for p in suite("saturated", head, seed)]
        assert any(all(z.max() > 709.0 for z in zs) for zs in found)
        assert any(all(z.min() < -709.0 for z in zs) for zs in found)
        assert any(16.0 <= size <= 40.0 for size in sizes)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_z_that_is_saturated_has_the_sign_that_is_asked_for(sign: float) -> None:
    problem = suite("moderate", HEADS[0], 0)[0]
    for last_alone in (True, False):
        scaled = saturated(problem, 1000.0 * sign, last_alone=last_alone)
        last = sign * network_of(scaled).feedforward(scaled.x).zs[-1]
        assert 800.0 <= last.max() <= 1000.0
        assert last.max() == np.abs(last).max()
    alone = saturated(problem, 1000.0, last_alone=True)
    first = alone.parameters.weights[0]
    assert (first == problem.parameters.weights[0]).all()


def test_a_dead_layer_cannot_be_saturated() -> None:
    silent = replace(
        suite("moderate", RELU, 0)[0],
        parameters=Parameters(
            (matrix(np.ones((3, 3))), matrix(np.zeros((3, 3)))), (column(np.ones((3, 1))),) * 2
        ),
    )
    nothing = replace(
        silent,
        parameters=replace(silent.parameters, biases=(column(np.zeros((3, 1))),) * 2),
    )
    assert largest_z(saturated(nothing, 1000.0, last_alone=True)) == largest_z(nothing)


@pytest.mark.parametrize("head", EXACT, ids=lambda head: f"{head.hidden}-{head.output}")
def test_exact_problems_need_no_more_bits_than_float32_has(head: Head) -> None:
    for seed in SEEDS:
        problems = suite("exact", head, seed)
        assert len(problems) == 5
        for problem in problems:
            assert is_exact(problem)
            assert is_lively(problem)
            zs = network_of(problem).feedforward(problem.x).zs
            assert all(z.all() for z in zs)


@pytest.mark.parametrize("head", EXACT, ids=lambda head: f"{head.hidden}-{head.output}")
def test_nothing_rounds_in_the_exact_regime_whatever_the_format_and_the_order(head: Head) -> None:
    for problem in suite("exact", head, 3):
        gradients = network_of(problem).backprop(problem.x, problem.y)
        forward, backward = (weight_gradients_by_loops(problem, order) for order in (1, -1))
        for exact, one, other in zip(gradients.weights, forward, backward, strict=True):
            assert (exact == one).all()
            assert (exact == other).all()


def single(array: NDArray[np.float64] | Singles) -> Singles:
    return array.astype(np.float32)


def product(left: Singles, right: Singles, order: int) -> Singles:
    """Multiply matrices in float32, adding from the first or from the last."""
    total = np.zeros((left.shape[0], right.shape[1]), np.float32)
    for at in range(left.shape[1])[::order]:
        total += left[:, [at]] * right[[at], :]
    return total


def weight_gradients_by_loops(problem: Problem, order: int) -> list[Singles]:
    """Return dW in float32, by loops that share nothing with refnet."""
    weights = [single(w) for w in problem.parameters.weights]
    slopes = {"relu": 0.0, "leaky_relu": problem.leaky_slope, "identity": 1.0}
    a = [single(problem.x)]
    bent: list[Singles] = []
    for w, b, name in zip(weights, problem.parameters.biases, problem.activations, strict=True):
        z = product(w, a[-1], order) + single(b)
        bent.append(single(np.where(z > 0, 1.0, slopes[name])))
        a.append(z * bent[-1])
    delta = (a[-1] - single(problem.y)) * bent[-1]
    penalty = np.float32(problem.l2 / problem.training_size)
    found: list[Singles] = []
    for layer in range(len(weights) - 1, -1, -1):
        mean = product(delta, a[layer].T, order) / np.float32(problem.samples)
        found.insert(0, single(mean + penalty * weights[layer]))
        if layer:
            delta = product(weights[layer].T, delta, order) * bent[layer - 1]
    return found


def test_a_number_that_needs_too_many_bits_is_noticed() -> None:
    problem = suite("exact", RELU, 0)[0]
    assert is_exact(problem)
    fine = matrix(problem.x + 2.0**-30)
    assert not is_exact(replace(problem, x=fine))
    assert not is_exact(replace(problem, y=matrix(problem.y * 2.0**24 + 1.0)))
    assert not is_exact(replace(problem, l2=2.0**-30))
    assert not is_exact(replace(problem, training_size=3))
    assert not is_exact(replace(problem, leaky_slope=0.01))
    three = replace(problem, x=matrix(np.ones((3, 3))), y=matrix(np.ones((3, 3))), training_size=4)
    assert bits_needed(three, network_of(three)) == np.inf


def test_biases_of_the_exact_regime_get_finer_from_layer_to_layer() -> None:
    assert bias_exponents(("relu", "identity", "relu"), 0.25) == (1, 2, 3)
    assert bias_exponents(("leaky_relu", "leaky_relu", "identity"), 0.25) == (1, 4, 7)


def test_curved_heads_have_no_exact_regime() -> None:
    assert suite("exact", HEADS[0], 0) == ()
    assert not has_exact_regime(Head("relu", "softmax", "categorical_cross_entropy"))
    assert not has_exact_regime(Head("tanh", "identity", "quadratic"))


@heads
def test_evaluation_problems_are_decided_and_partly_right(head: Head) -> None:
    for seed in SEEDS:
        problems = suite("evaluation", head, seed)
        assert len(problems) == 4
        for problem in problems:
            outputs = network_of(problem).feedforward(problem.x).outputs
            top = np.sort(outputs, axis=0)
            assert (top[-1] - top[-2] >= MARGIN).all()
            assert problem.samples != problem.sizes[-1]
            predicted, wanted = outputs.argmax(axis=0), problem.y.argmax(axis=0)
            assert predicted[0] == wanted[0]
            assert predicted[-1] != wanted[-1]
            assert len(set(predicted.tolist())) > 1


@heads
def test_fresh_parameters_are_asked_of_layers_large_enough_for_statistics(head: Head) -> None:
    (problem,) = suite("initialisation", head, 0)
    assert problem.asks == ("initial",)
    assert problem.sizes == (100, 50, 10)
    assert problem.initializer is None


@kinds
@heads
@pytest.mark.parametrize("sizes", [(64, 40, 10), (2, 2, 1), (4, 3)])
def test_hard_wired_sizes_are_respected(sizes: tuple[int, ...], head: Head, kind: Suite) -> None:
    problems = suite(kind, head, 0, sizes)
    assert all(problem.sizes == sizes for problem in problems)
    silent = head.output == "softmax" and sizes[-1] == 1
    if kind in ("moderate", "saturated"):
        assert bool(problems) != silent
        assert len(problems) <= 2 or sizes != (64, 40, 10)
    if kind == "evaluation":
        assert bool(problems) == (sizes[-1] > 1)
        assert all(problem.samples != sizes[-1] for problem in problems)


def test_what_is_no_kind_and_no_size_is_refused() -> None:
    with pytest.raises(ArgumentError, match="kind: got 'modest'; expected one of moderate"):
        suite(cast("Suite", "modest"), HEADS[0], 0)
    with pytest.raises(ArgumentError, match="sizes: got"):
        suite("moderate", HEADS[0], 0, (3,))
    with pytest.raises(ArgumentError, match="sizes: got"):
        suite("moderate", HEADS[0], 0, (3, 0, 2))


def with_first_bias(problem: Problem, value: float) -> Problem:
    """Return the problem with all weights of the first layer 0, so that z is the bias there."""
    weights = list(problem.parameters.weights)
    biases = list(problem.parameters.biases)
    weights[0] = matrix(np.zeros(weights[0].shape))
    biases[0] = column(np.full(biases[0].shape, value))
    return replace(problem, parameters=Parameters(tuple(weights), tuple(biases)))


def test_a_layer_that_is_dead_for_the_first_sample_is_noticed() -> None:
    problem = suite("moderate", Head("relu", "identity", "quadratic"), 0)[0]
    assert is_lively(problem)
    assert not is_lively(with_first_bias(problem, -1.0))
    # Every ReLU active: what is wrong left of the kink would not show.
    assert not is_telling(with_first_bias(problem, 1.0))


@pytest.mark.parametrize(
    ("hidden", "value", "moderate"),
    [
        ("sigmoid", MODERATE, True),
        ("sigmoid", 1.001 * MODERATE, False),
        ("sigmoid", 0.5 * KINK, True),
        ("relu", KINK, True),
        ("relu", 0.5 * KINK, False),
        ("leaky_relu", -0.5 * KINK, False),
    ],
)
def test_moderate_is_neither_steep_nor_at_a_kink(hidden: str, value: float, moderate: bool) -> None:
    head = Head(hidden, "softmax", "categorical_cross_entropy")
    problem = with_first_bias(suite("moderate", head, 0)[0], value)
    weights = (problem.parameters.weights[0], matrix(np.zeros((3, 3))))
    flat = replace(problem, parameters=replace(problem.parameters, weights=weights))
    assert (hidden in KINKED) == hidden.endswith("relu")
    assert is_moderate(flat) == moderate


def test_a_tie_and_a_single_output_are_not_decided() -> None:
    problem = suite("evaluation", HEADS[0], 0)[0]
    assert is_decided(problem)
    order = [0, 0, 0]
    tied = replace(
        problem,
        parameters=Parameters(
            (problem.parameters.weights[0], matrix(problem.parameters.weights[1][order])),
            (problem.parameters.biases[0], column(problem.parameters.biases[1][order])),
        ),
    )
    assert not is_decided(tied)
    assert not is_decided(suite("moderate", HEADS[0], 0, (2, 2, 1))[0])


PROPERTIES: tuple[Callable[[Problem], bool], ...] = (is_moderate, is_lively, is_telling)


@heads
def test_what_makes_a_problem_telling_does_not_depend_on_the_penalty(head: Head) -> None:
    problem = suite("moderate", head, 0)[0]
    for tells in PROPERTIES:
        assert tells(problem) == tells(replace(problem, l2=0.0))
