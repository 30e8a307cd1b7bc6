"""What makes no difference to the network makes none to its answers.

Guards against what depends on where a unit or a sample stands: neighbouring layers mixed up, sums
over the wrong axis, the last sample or the first layer left out. No oracle is needed: the subject
is compared with itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from refnet.arrays import FloatArray, column, matrix
from refnet.law import Exchange, Quantity, compare_answers, compare_within, law, quantities
from refnet.problem import Problem
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asked, samples_of, with_layers, with_rows, without_penalty

Same = Callable[[FloatArray], FloatArray]


def hidden_units_turned(problem: Problem) -> tuple[Problem, ...]:
    """Ask with the units of every hidden layer as they are, and each moved up by one."""
    whole = asked(problem, "outputs", "gradients")
    moved = whole
    for layer, units in enumerate(problem.sizes[1:-1]):
        moved = with_rows(moved, layer, np.roll(np.arange(units), 1).tolist())
    return (whole, moved) if len(problem.sizes) > 2 else ()


@law(
    "symmetry/hidden-units",
    title="the order of the hidden units makes no difference",
    equation="",
    needs=("outputs", "gradients"),
    follows=("shape/gradients", "forward/outputs"),
    otherwise="it has no hidden layer",
    questions=hidden_units_turned,
)
def hidden_units(exchanges: Sequence[Exchange]) -> None:
    """Compare outputs, and gradients permuted as the units are."""
    first, second = exchanges
    compare_answers(first, second, "outputs", "that was the output with hidden units in order")
    depth = len(first.problem.activations)

    def moved(layer: int, kind: str) -> Same:
        rows, columns = layer < depth, layer > 1 and kind == "weights"
        return lambda array: _turned(array, rows=rows, columns=columns)

    _compare_gradients(
        first, second, moved, "that was the gradient of the same parameter, units in another order"
    )


def _turned(array: FloatArray, *, rows: bool, columns: bool) -> FloatArray:
    array = np.roll(array, 1, axis=0) if rows else array
    return np.roll(array, 1, axis=1) if columns else array


def samples_twice(problem: Problem) -> tuple[Problem, ...]:
    """Ask about the batch, and about a batch that has every sample of it twice; lambda 0."""
    whole = asked(without_penalty(problem), "gradients")
    twice = samples_of(whole, [*range(problem.samples), *range(problem.samples)])
    return (whole, twice) if problem.samples > 1 else ()


@law(
    "symmetry/duplicate-sample",
    title="every sample twice has the same gradient as every sample once",
    equation="mean",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    otherwise="it takes one sample at a time",
    questions=samples_twice,
)
def duplicate_sample(exchanges: Sequence[Exchange]) -> None:
    """Compare the gradients of both batches, within both bounds."""
    first, second = exchanges
    compare_answers(
        first, second, "gradients", "that was the gradient of the batch with every sample once"
    )


HOMOGENEOUS = ("relu", "leaky_relu", "identity")
"""Activations with sigma(c z) = c sigma(z) for every c > 0."""

FACTOR = 2.0
"""By how much a unit is scaled: a power of two, so that nothing rounds."""


def scaled_units(problem: Problem) -> tuple[Problem, ...]:
    """Ask with a homogeneous hidden layer as it is, and doubled with the next layer halved."""
    at = next(
        (layer for layer, name in enumerate(problem.activations[:-1]) if name in HOMOGENEOUS), None
    )
    if at is None:
        return ()
    whole = asked(without_penalty(problem), "outputs", "gradients")
    weights, biases = list(problem.parameters.weights), list(problem.parameters.biases)
    weights[at] = matrix(FACTOR * weights[at])
    biases[at] = column(FACTOR * biases[at])
    weights[at + 1] = matrix(weights[at + 1] / FACTOR)
    return (whole, with_layers(whole, weights, biases))


@law(
    "symmetry/relu-homogeneity",
    title="a doubled ReLU unit with halved weights behind it makes no difference",
    equation="",
    needs=("outputs", "gradients"),
    follows=("shape/gradients", "forward/outputs"),
    otherwise="it has no hidden layer of ReLU, leaky ReLU or identity",
    questions=scaled_units,
)
def relu_homogeneity(exchanges: Sequence[Exchange]) -> None:
    """Compare outputs, and gradients scaled the opposite way to their parameters."""
    first, second = exchanges
    compare_answers(first, second, "outputs", "that was the output before the unit was doubled")
    pairs = zip(first.problem.parameters.weights, second.problem.parameters.weights, strict=True)
    scales = [_ratio(after, before) for before, after in pairs]

    def scaled(layer: int, kind: str) -> Same:
        scale = scales[layer - 1]
        if kind == "biases" and scale < 1.0:
            scale = 1.0
        return lambda array: array / scale

    _compare_gradients(
        first, second, scaled, "that is the gradient from before, scaled as its parameter is not"
    )


def _ratio(after: FloatArray, before: FloatArray) -> float:
    """Return by how much a layer's weights have been scaled: FACTOR, its inverse, or 1."""
    return float(np.abs(after).max() / np.abs(before).max()) if before.any() else 1.0


def _compare_gradients(
    first: Exchange, second: Exchange, same: Callable[[int, str], Same], remark: str
) -> None:
    """Compare gradients with those of the first exchange, carried over by `same`, in both bounds.

    `same(layer, kind)` maps the gradient of a layer, counted from 1, from the first problem to the
    second.
    """
    firsts, seconds = quantities(first, "gradients"), quantities(second, "gradients")
    for place, (one, other) in enumerate(zip(firsts, seconds, strict=False)):
        layer = len(firsts) // 2 - place // 2
        carry = same(layer, "biases" if place % 2 else "weights")
        wide: Quantity = other.with_own_bound()
        allowed = wide.bound + carry(one.with_own_bound().bound)
        compare_within(replace(other, expected=carry(one.got), bound=allowed), "", remark)


def test_the_reference_knows_no_order_and_no_scale(head: Head) -> None:
    for symmetry in (hidden_units, duplicate_sample, relu_homogeneity):
        hold(symmetry, head)
