"""Mistakes in sigmoid, softmax and their derivatives.

Lives here: wrong versions of the activation functions. It knows mechanics, nothing of laws.
"""

import math
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from refnet.bounded_functions import LIBRARY, exponential, natural_logarithm, softmax
from refnet.bugs.bug import Bug
from refnet.bugs.cost import UNGUARDED
from refnet.bugs.masking import masked
from refnet.bugs.situations import (
    CATEGORICAL,
    asks,
    every,
    several_outputs,
    some_layer,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import (
    activation,
    cost_of_inputs,
    derivative,
    output_error,
    weighed,
)
from refnet.tolerance import Bounded

_GROUP = "sigmoid and softmax"
_ANY_NUMBER = asks("outputs", "cost", "gradients", "step")


def _is_softmax(trace: Trace, layer: int) -> bool:
    return trace.problem.activations[layer] == "softmax"


def _over_the_batch(trace: Trace, layer: int) -> Bounded:
    if not _is_softmax(trace, layer):
        return activation(trace, layer)
    return softmax(trace.weighted_inputs[layer].transposed).transposed


def _over_everything(trace: Trace, layer: int) -> Bounded:
    if not _is_softmax(trace, layer):
        return activation(trace, layer)
    z = trace.weighted_inputs[layer]
    column = Bounded(z.value.reshape(-1, 1), z.error.reshape(-1, 1), z.rounding)
    a = softmax(column)
    return Bounded(a.value.reshape(z.shape), a.error.reshape(z.shape), z.rounding)


def _shifted(trace: Trace, layer: int, sums: Callable[[Bounded], Bounded]) -> Bounded:
    if not _is_softmax(trace, layer):
        return activation(trace, layer)
    z = trace.weighted_inputs[layer]
    powers = exponential(z - z.exact(z.value.max(axis=0, keepdims=True)))
    return powers / sums(powers)


def _twice(trace: Trace, layer: int) -> Bounded:
    a = activation(trace, layer)
    return softmax(a) if _is_softmax(trace, layer) else a


def _through_both(trace: Trace) -> Bounded:
    """Return the derivative of that cost as it is: (a - y) through the Jacobian of the first."""
    if trace.output != "softmax":
        return output_error(trace)
    off, first = trace.mechanics.difference(trace), activation(trace, trace.depth - 1)
    return first * (off - (first * off).column_sums())


def _off_by_the_first(trace: Trace) -> Bounded:
    if trace.output != "softmax":
        return output_error(trace)
    return activation(trace, trace.depth - 1) - trace.y


def _unshifted(trace: Trace, layer: int) -> Bounded:
    if not _is_softmax(trace, layer):
        return activation(trace, layer)
    powers = exponential(trace.weighted_inputs[layer])
    return powers / powers.column_sums()


def _unshifted_beside(mechanics: Mechanics) -> Mechanics:
    def cost(trace: Trace) -> Bounded:
        return (mechanics if trace.output == "softmax" else RIGHT).cost(trace)

    return replace(RIGHT, activation=_unshifted, cost=cost)


def _off_by_unshifted(trace: Trace) -> Bounded:
    if trace.output != "softmax":
        return output_error(trace)
    return _unshifted(trace, trace.depth - 1) - trace.y


def _cost_of_unshifted(trace: Trace) -> Bounded:
    if trace.output != "softmax":
        return RIGHT.cost(trace)
    terms = weighed(trace.y, natural_logarithm(_unshifted(trace, trace.depth - 1)))
    return -terms.total(LIBRARY).scaled(1.0, trace.samples)


_UNSHIFTED_IN_THE_COST = replace(RIGHT, output_error=_off_by_unshifted, cost=_cost_of_unshifted)
"""A network whose forward pass ends with the scores, and softmax stands in the cost alone."""


def _overflowing_sigmoid(trace: Trace, layer: int) -> Bounded:
    if trace.problem.activations[layer] != "sigmoid":
        return activation(trace, layer)
    powers = exponential(trace.weighted_inputs[layer])
    return powers / (powers + powers.exact(np.ones((1, 1))))


def _raising_sigmoid(trace: Trace, layer: int) -> Bounded:
    """Return 1 / (1 + exp(-z)), and no number where math.exp(-z) raises: so do Python's floats."""
    a = activation(trace, layer)
    if trace.problem.activations[layer] != "sigmoid":
        return a
    raises = -trace.weighted_inputs[layer].value > math.log(sys.float_info.max)
    return Bounded(np.where(raises, np.nan, a.value), a.error, a.rounding)


def _overflowing_slope(trace: Trace, layer: int, *, negated: bool) -> Bounded:
    """Return exp(z) / (1 + exp(z))^2, which is the same for -z; where it overflows is not."""
    if trace.problem.activations[layer] != "sigmoid":
        return derivative(trace, layer)
    z = trace.weighted_inputs[layer]
    powers = exponential(-z if negated else z)
    more = powers + powers.exact(np.ones((1, 1)))
    return powers / (more * more)


def _overflowing_on_both_sides(trace: Trace, layer: int) -> Bounded:
    """Return sigma(z) sigma(-z), of which one overflows wherever |z| is large."""
    if trace.problem.activations[layer] != "sigmoid":
        return derivative(trace, layer)
    powers = exponential(trace.weighted_inputs[layer])
    others = exponential(-trace.weighted_inputs[layer])
    one = powers.exact(np.ones((1, 1)))
    return powers / (powers + one) * (others / (others + one))


_OVERFLOWING_SLOPES = (
    partial(_overflowing_slope, negated=True),
    partial(_overflowing_slope, negated=False),
    _overflowing_on_both_sides,
)


def _at_least(floor: float) -> Mechanics:
    def clipped(trace: Trace, layer: int) -> Bounded:
        slope = derivative(trace, layer)
        if trace.problem.activations[layer] not in ("sigmoid", "tanh"):
            return slope
        return Bounded(np.maximum(slope.value, floor), slope.error, slope.rounding)

    return replace(RIGHT, derivative=clipped)


def _plus(offset: float) -> Mechanics:
    def lifted(trace: Trace, layer: int) -> Bounded:
        slope = derivative(trace, layer)
        if trace.problem.activations[layer] not in ("sigmoid", "tanh"):
            return slope
        return slope + slope.exact(np.full((1, 1), offset))

    return replace(RIGHT, derivative=lifted)


FLOORS = (1e-7, 1e-8, 1e-10, 1e-12, 1e-5, 1e-3)
"""What people keep sigma' above, to keep saturated units learning. Right ones round by 1e-15."""

BUGS = (
    Bug(
        slug="softmax-over-batch",
        title="softmax is normalised over the samples, not over the units",
        group=_GROUP,
        wrong="a = exp(z) / sum of exp(z) over the samples",
        right="a = exp(z) / sum of exp(z) over the units of each sample",
        symptom="With one sample every output is 1; with many the outputs of a sample do not add "
        "up to 1, and the class depends on the rest of the batch.",
        hint="Sum along axis=0 where one column is one sample, along axis=1 where one row is, with "
        "keepdims=True. The default sums over everything.",
        equation="forward",
        aimed_at="forward/outputs",
        realisations=(
            replace(RIGHT, activation=_over_the_batch),
            replace(RIGHT, activation=_over_everything),
            replace(RIGHT, activation=partial(_shifted, sums=Bounded.total)),
            replace(RIGHT, activation=partial(_shifted, sums=Bounded.row_sums)),
        ),
        applies=CATEGORICAL,
    ),
    Bug(
        slug="softmax-twice",
        title="softmax is applied to what is softmax already",
        group=_GROUP,
        wrong="a = softmax(softmax(z))",
        right="a = softmax(z)",
        symptom="Training is slow and the outputs never get near 1: the largest they can be is "
        "e / (e + k - 1).",
        hint="Cost functions that take logits apply softmax themselves; hand them z, not a.",
        equation="forward",
        aimed_at="forward/outputs",
        realisations=(
            replace(RIGHT, activation=_twice),
            # Where a library differentiates the cost, it does so through both.
            replace(RIGHT, activation=_twice, output_error=_through_both),
            # In the function that predicts alone: backprop has a forward pass of its own.
            replace(RIGHT, activation=_twice, output_error=_off_by_the_first),
        ),
        applies=every(CATEGORICAL, several_outputs, _ANY_NUMBER),
    ),
    Bug(
        slug="softmax-unshifted",
        title="softmax overflows, because the largest z is not subtracted first",
        group=_GROUP,
        wrong="a = exp(z) / sum exp(z)",
        right="a = exp(z - max z) / sum exp(z - max z)",
        symptom="NaN as soon as a z exceeds 709 (88 in float32).",
        hint="Subtract the largest z of each sample: the quotient stays the same and no "
        "exponential exceeds 1.",
        equation="forward",
        aimed_at="extremes/saturated",
        realisations=(
            replace(RIGHT, activation=_unshifted),
            replace(RIGHT, activation=_unshifted, cost=cost_of_inputs),
            masked(replace(RIGHT, activation=_unshifted)),
            masked(replace(RIGHT, activation=_unshifted, cost=cost_of_inputs)),
            # Its logarithm is nearly always taken as it is.
            *(_unshifted_beside(cost) for cost in UNGUARDED),
            *(masked(_unshifted_beside(cost)) for cost in UNGUARDED),
            _UNSHIFTED_IN_THE_COST,
            masked(_UNSHIFTED_IN_THE_COST),
        ),
        applies=every(CATEGORICAL, _ANY_NUMBER),
        grade="unstable",
    ),
    Bug(
        slug="sigmoid-overflow",
        title="the exponential in the sigmoid overflows",
        group=_GROUP,
        wrong="a = exp(z) / (1 + exp(z)), sigma'(z) = exp(-z) / (1 + exp(-z))^2, or math.exp(-z)",
        right="a = 1 / (1 + exp(-z)), sigma'(z) = a (1 - a)",
        symptom="NaN, or OverflowError, as soon as a z, or -z, exceeds 709 (88 in float32).",
        hint="Use 1 / (1 + exp(-z)) of NumPy, whose overflow gives the right 0; math.exp raises: "
        "take the exponential of -|z| only. Write the derivative as a * (1 - a).",
        equation="forward",
        aimed_at="extremes/saturated",
        realisations=(
            replace(RIGHT, activation=_overflowing_sigmoid),
            replace(RIGHT, activation=_overflowing_sigmoid, cost=cost_of_inputs),
            masked(replace(RIGHT, activation=_overflowing_sigmoid)),
            masked(replace(RIGHT, activation=_overflowing_sigmoid, cost=cost_of_inputs)),
            replace(RIGHT, activation=_raising_sigmoid),
            *(replace(RIGHT, derivative=slope) for slope in _OVERFLOWING_SLOPES),
            *(
                replace(RIGHT, activation=_overflowing_sigmoid, derivative=slope, cost=cost)
                for slope in _OVERFLOWING_SLOPES
                for cost in (RIGHT.cost, cost_of_inputs)
            ),
        ),
        applies=every(some_layer("sigmoid"), _ANY_NUMBER),
        grade="unstable",
    ),
    Bug(
        slug="derivative-clipped",
        title="sigma' is kept away from 0",
        group=_GROUP,
        wrong="sigma'(z) = max(a (1 - a), epsilon)",
        right="sigma'(z) = a (1 - a)",
        symptom="Saturated units go on learning with a gradient that is not that of the cost.",
        hint="A vanishing gradient is a fact about the cost, not an error: change the cost, the "
        "activation or the initial weights instead.",
        equation="BP2",
        aimed_at="extremes/saturated",
        realisations=(
            *(_at_least(floor) for floor in FLOORS),
            *(_plus(floor) for floor in FLOORS),
        ),
        applies=every(some_layer("sigmoid", "tanh"), asks("gradients", "step")),
        grade="unstable",
    ),
)
