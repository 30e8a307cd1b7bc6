"""Mistakes in sigma'(z), the factor by which the error is multiplied on its way back.

Lives here: wrong versions of the derivative, in the hidden layers and in the output error of the
quadratic cost. It knows mechanics, nothing of laws.
"""

from dataclasses import replace

import numpy as np

from refnet.activations import KINKED
from refnet.bounded_functions import at_kink, complement, sigmoid, sigmoid_derivative
from refnet.bugs.bug import Bug
from refnet.bugs.situations import (
    asks,
    at_zero,
    curved_hidden,
    every,
    hidden_layers,
    some_hidden,
    some_layer,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import derivative, sigma_prime
from refnet.mechanics.trace import LayerStep
from refnet.tolerance import Bounded

_GROUP = "derivative"
_ONE_HIDDEN = hidden_layers(at_least=1)
_TWO_HIDDEN = hidden_layers(at_least=2)


def _propagated_alone(trace: Trace, layer: int) -> Bounded:
    return trace.mechanics.propagated(trace, layer)


def _is_hidden(trace: Trace, layer: int) -> bool:
    return layer < trace.depth - 1


def _at_the_activation(trace: Trace, layer: int) -> Bounded:
    return sigma_prime(trace, layer, trace.activations[layer + 1])


def _at_the_activation_if_hidden(trace: Trace, layer: int) -> Bounded:
    right_one = not _is_hidden(trace, layer)
    return derivative(trace, layer) if right_one else _at_the_activation(trace, layer)


def _formula_of_a_at_z(trace: Trace, layer: int) -> Bounded:
    z = trace.remembered[layer]
    name = trace.problem.activations[layer]
    if name == "sigmoid":
        return z * complement(z)
    if name == "tanh":
        return complement(z * z)
    return derivative(trace, layer)


def _formula_of_a_at_z_if_hidden(trace: Trace, layer: int) -> Bounded:
    right_one = not _is_hidden(trace, layer)
    return derivative(trace, layer) if right_one else _formula_of_a_at_z(trace, layer)


def _half_at_the_activation(trace: Trace, layer: int) -> Bounded:
    if trace.problem.activations[layer] != "sigmoid":
        return derivative(trace, layer)
    a = trace.activations[layer + 1]
    return a * complement(sigmoid(a))


def _function_itself(trace: Trace, layer: int) -> Bounded:
    return trace.activations[layer + 1]


def _function_itself_if_hidden(trace: Trace, layer: int) -> Bounded:
    return trace.activations[layer + 1] if _is_hidden(trace, layer) else derivative(trace, layer)


def _derivative_of_sigmoid(trace: Trace, layer: int) -> Bounded:
    if not _is_hidden(trace, layer):
        return derivative(trace, layer)
    return sigmoid_derivative(trace.remembered[layer])


def _sigmoid_formula_of_a(trace: Trace, layer: int) -> Bounded:
    a = trace.activations[layer + 1]
    return a * complement(a) if _is_curved(trace, layer) else derivative(trace, layer)


def _tanh_formula_of_a(trace: Trace, layer: int) -> Bounded:
    a = trace.activations[layer + 1]
    return complement(a * a) if _is_curved(trace, layer) else derivative(trace, layer)


def _mask_of_relu(trace: Trace, layer: int) -> Bounded:
    z = trace.remembered[layer]
    if trace.problem.activations[layer] != "leaky_relu":
        return derivative(trace, layer)
    mask = z.exact((z.value > 0).astype(np.float64))
    return Bounded(mask.value, np.where(at_kink(z), 1.0, mask.error), mask.rounding)


def _is_curved(trace: Trace, layer: int) -> bool:
    return trace.problem.activations[layer] not in ("identity", "softmax")


def _slope_times_derivative(trace: Trace) -> Bounded:
    """Take dC/da of the binary cross-entropy times sigma', which has not cancelled."""
    if trace.problem.cost != "binary_cross_entropy":
        return RIGHT.output_error(trace)
    a = trace.activations[-1]
    slope = trace.mechanics.difference(trace) / (a * complement(a))
    return slope * trace.mechanics.derivative(trace, trace.depth - 1)


def _separately(derivative: LayerStep) -> Mechanics:
    return replace(RIGHT, derivative=derivative, output_error=_slope_times_derivative)


def _mask_of_activation(trace: Trace, layer: int) -> Bounded:
    if trace.problem.activations[layer] != "relu":
        return derivative(trace, layer)
    a = trace.activations[layer + 1]
    return a.exact((a.value >= 0).astype(np.float64))


def _slope_alone(trace: Trace, layer: int, times: int = 1) -> Bounded:
    if trace.problem.activations[layer] != "leaky_relu":
        return RIGHT.hidden_error(trace, layer)
    carried = trace.mechanics.propagated(trace, layer)
    z = trace.remembered[layer]
    slope = times * trace.problem.leaky_slope
    positive, unsure = z.value > 0, at_kink(z)
    error = np.where(positive, carried.error, 0.0)
    return Bounded(
        np.where(positive, carried.value, slope),
        error + np.where(unsure, carried.magnitude + slope, 0.0),
        carried.rounding,
    )


def _slope_alone_averaged_before(trace: Trace, layer: int) -> Bounded:
    """Put the slope in the place of an error that has been divided by m already."""
    return _slope_alone(trace, layer, times=trace.samples)


def _divided(trace: Trace, layer: int) -> Bounded:
    slope = derivative(trace, layer)
    if trace.problem.activations[layer] not in KINKED:
        return slope
    zero = trace.remembered[layer].value == 0.0
    return Bounded(np.where(zero, np.nan, slope.value), slope.error, slope.rounding)


BUGS = (
    Bug(
        slug="hidden-sigma-prime-missing",
        title="sigma'(z) is missing from the error of the hidden layers",
        group=_GROUP,
        wrong="delta_l = W_{l+1}^T delta_{l+1}",
        right="delta_l = W_{l+1}^T delta_{l+1} * sigma'(z_l)",
        symptom="Learning is slow, or stops at a constant output.",
        hint="Each layer the error passes multiplies it by sigma' of that layer's own z.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(replace(RIGHT, hidden_error=_propagated_alone),),
        applies=every(_ONE_HIDDEN, curved_hidden),
    ),
    Bug(
        slug="sigma-prime-of-activation",
        title="the derivative is taken at a where z belongs, or the other way round",
        group=_GROUP,
        wrong="sigma'(a), or z (1 - z)",
        right="sigma'(z), which for the sigmoid is a (1 - a)",
        symptom="Learning is slow; a gradient check fails in every layer with a curved activation.",
        hint="A function named sigmoid_prime either takes z and computes sigma(z)(1 - sigma(z)), "
        "or takes a and computes a (1 - a). Check which it is and what you hand to it.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(
            replace(RIGHT, derivative=_at_the_activation),
            replace(RIGHT, derivative=_at_the_activation_if_hidden),
            replace(RIGHT, derivative=_formula_of_a_at_z),
            replace(RIGHT, derivative=_formula_of_a_at_z_if_hidden),
            replace(RIGHT, derivative=_half_at_the_activation),
            _separately(_at_the_activation),
            _separately(_formula_of_a_at_z),
        ),
        applies=some_layer("sigmoid", "tanh"),
    ),
    Bug(
        slug="function-for-derivative",
        title="the activation stands where its derivative belongs, or another one's derivative",
        group=_GROUP,
        wrong="delta_l = W_{l+1}^T delta_{l+1} * sigma(z_l)",
        right="delta_l = W_{l+1}^T delta_{l+1} * sigma'(z_l)",
        symptom="The network is stuck; with tanh the error changes its sign at random.",
        hint="Look at what multiplies the error on the way back: it must be the derivative of the "
        "very function the layer uses forward.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(
            replace(RIGHT, derivative=_function_itself),
            replace(RIGHT, derivative=_function_itself_if_hidden),
            replace(RIGHT, derivative=_derivative_of_sigmoid),
            replace(RIGHT, derivative=_sigmoid_formula_of_a),
            replace(RIGHT, derivative=_tanh_formula_of_a),
            replace(RIGHT, derivative=_mask_of_relu),
            _separately(_function_itself),
        ),
        applies=_ONE_HIDDEN,
    ),
    Bug(
        slug="relu-mask-from-activation",
        title="the mask of ReLU is always 1, because it asks whether a >= 0",
        group=_GROUP,
        wrong="delta_l = W_{l+1}^T delta_{l+1} * (a_l >= 0)",
        right="delta_l = W_{l+1}^T delta_{l+1} * (z_l > 0)",
        symptom="About 12 % on MNIST: units that are off are changed as if they were on.",
        hint="a = max(z, 0) is never negative, so a >= 0 is always true. Ask z > 0 or a > 0.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(replace(RIGHT, derivative=_mask_of_activation),),
        applies=some_layer("relu"),
    ),
    Bug(
        slug="leaky-slope-without-delta",
        title="left of 0 the slope of leaky ReLU replaces the error it should multiply",
        group=_GROUP,
        wrong="delta_l = where(z_l > 0, W_{l+1}^T delta_{l+1}, slope)",
        right="delta_l = where(z_l > 0, 1, slope) * W_{l+1}^T delta_{l+1}",
        symptom="Units left of 0 drift in one direction whatever the error says.",
        hint="delta[z <= 0] = slope assigns; delta[z <= 0] *= slope multiplies.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(
            replace(RIGHT, hidden_error=_slope_alone),
            replace(RIGHT, hidden_error=_slope_alone_averaged_before),
        ),
        applies=some_hidden("leaky_relu"),
    ),
    Bug(
        slug="relu-slope-by-division",
        title="the slope of ReLU is computed as a / z, which is 0 / 0 at z = 0",
        group=_GROUP,
        wrong="sigma'(z) = a / z",
        right="sigma'(z) = (z > 0)",
        symptom="NaN in every weight from the first batch on that has a blank sample while the "
        "biases are still 0.",
        hint="At z = 0 any slope from 0 to 1 will do, but it must be a number: compare z with 0 "
        "instead of dividing by it. z / |z| has the same trouble.",
        equation="BP2",
        aimed_at="gradient/kink",
        realisations=(replace(RIGHT, derivative=_divided),),
        applies=every(at_zero(*KINKED), asks("gradients", "step")),
        grade="unstable",
    ),
)
