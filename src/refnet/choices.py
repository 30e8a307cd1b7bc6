"""What problems are made of, and what makes one tell right from wrong.

Lives here: HEADS, the tables of choices, and the tests a problem must pass. The fixed suite and
the strategies of the properties both draw from here. It knows problems, the network and mechanics,
nothing of laws.

What hides mistakes is avoided: one sample alone, lambda 0, zero biases, n = m, layers of equal
weights, y = a, saturated or dead units. Problems are stratified by head, the activations and the
cost: a uniform mixture takes a hundred examples to show what one head shows in five.
"""

import math
from dataclasses import replace

import numpy as np

from refnet.activations import KINKED
from refnet.arrays import column, matrix
from refnet.exact_regime import BITS, bits_needed
from refnet.mechanics import expect
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head
from refnet.tolerance import FLOAT32

HEADS = (
    Head("sigmoid", "sigmoid", "quadratic"),
    Head("tanh", "sigmoid", "binary_cross_entropy"),
    Head("relu", "softmax", "categorical_cross_entropy"),
    Head("sigmoid", "softmax", "categorical_cross_entropy"),
    Head("leaky_relu", "identity", "quadratic"),
    Head("relu", "relu", "quadratic"),
    Head("identity", "leaky_relu", "quadratic"),
    Head("leaky_relu", "tanh", "quadratic"),
)
"""Every hidden activation, every output activation and every cost at least once."""

DYADICS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1.5, -1.5)
"""Entries of everything, simplest first: a person can multiply them, every format holds them, and
none is 0, which would hide what it is multiplied with."""

INTEGERS = (1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
"""Entries of inputs, weights and targets in the exact regime, simplest first."""

ODDS = (1.0, -1.0, 3.0, -3.0)
"""What a bias of the exact regime is a multiple of, by the 2^-q of its layer."""

PENALTIES = (1.0, 0.5, 2.0)
"""Values of lambda."""

SLOPE = 0.25
"""The slope of leaky ReLU where the subject has none of its own: a power of two, which every format
holds."""

SMALL_RATE = 2.0**-4
"""The learning rate of a problem: several steps at it stay near where they began."""

MODERATE = 8.0
"""The largest |z| of a moderate problem: sigma'(8) = 3e-4, of which float32 keeps four digits,
and naive formulas for logarithms are still right there."""

KINK = 2.0**-6
"""A kinked activation is asked no closer to 0 than this. Within rounding of 0 either branch is
right; 2^-6 is far beyond the rounding of float32 for |z| up to 8, about 2^-20."""

SHARP = 1e-3
"""The relative error that a problem must be able to show in float32, in any element."""

SHARP_UNITS = 6
"""Units of the widest layer of which that is asked: the widest of the fixed suite. Wider networks
are hard-wired ones, of which every parameter is in all ten problems: one of them shows the error
(docs/detectability.md), and hundreds of draws would not find one that shows it in all."""

MARGIN = 2.0**-5
"""By how much the largest output exceeds the next where predictions are asked: far beyond the
rounding of float32 for outputs of order 1."""


def is_lively(problem: Problem) -> bool:
    """Tell whether no layer is dead: every one has an error at the first sample."""
    network = replace(network_of(problem), l2=0.0)
    gradients = network.backprop(matrix(problem.x[:, :1]), matrix(problem.y[:, :1]))
    return all(db.any() for db in gradients.biases)


def is_telling(problem: Problem) -> bool:
    """Tell whether no layer is dead, and no unit of a batch of several samples.

    Where hidden units have a kink, the first sample has some on the left of it.
    """
    network = network_of(problem)
    if not is_lively(problem):
        return False
    biases = network.backprop(problem.x, problem.y).biases
    if problem.samples > 1 and not all(db.all() for db in biases):
        return False
    zs = network.feedforward(problem.x).zs[:-1]
    kinked = [
        bool((z[:, 0] < 0).any())
        for z, name in zip(zs, problem.activations[:-1], strict=True)
        if name in KINKED
    ]
    return any(kinked) or not kinked


def is_moderate(problem: Problem) -> bool:
    """Tell whether every |z| is at most MODERATE, and at least KINK where there is a kink."""
    zs = network_of(problem).feedforward(problem.x).zs
    return all(
        np.abs(z).max() <= MODERATE and (name not in KINKED or np.abs(z).min() >= KINK)
        for z, name in zip(zs, problem.activations, strict=True)
    )


def is_sharp(problem: Problem) -> bool:
    """Tell whether an error of SHARP in any element of a gradient shows in float32.

    An element that is 0 cannot be wrong by a part of itself. Networks with layers wider than
    SHARP_UNITS pass.
    """
    if max(problem.sizes) > SHARP_UNITS:
        return True
    expected = expect(replace(problem, asks=("gradients",)), FLOAT32)
    values, bounds = expected.answer.gradients, expected.bound.gradients
    if values is None or bounds is None:
        return False
    pairs = zip((*values.weights, *values.biases), (*bounds.weights, *bounds.biases), strict=True)
    return all(((g == 0.0) | (bound < SHARP * np.abs(g))).all() for g, bound in pairs)


def is_decided(problem: Problem) -> bool:
    """Tell whether the largest output of every sample exceeds the next by MARGIN."""
    outputs = np.sort(network_of(problem).feedforward(problem.x).outputs, axis=0)
    return outputs.shape[0] > 1 and bool((outputs[-1] - outputs[-2] >= MARGIN).all())


def has_several_classes(problem: Problem) -> bool:
    """Tell whether the largest output is not the same unit for every sample."""
    outputs = network_of(problem).feedforward(problem.x).outputs
    return np.unique(outputs.argmax(axis=0)).size > 1


def is_exact(problem: Problem) -> bool:
    """Tell whether no sum on the way to the gradients rounds, in float32 or float64."""
    return bits_needed(problem, network_of(problem)) <= BITS


def saturated(problem: Problem, largest: float, *, last_alone: bool) -> Problem:
    """Scale layers until the largest |z| of each is within |largest|, and four fifths of it.

    Factors have three significant bits, so that numbers remain short. A layer whose largest |z| has
    another sign than `largest` is turned round: e^z overflows for one sign, e^-z for the other.
    """
    weights, biases = list(problem.parameters.weights), list(problem.parameters.biases)
    start = len(weights) - 1 if last_alone else 0
    for layer in range(start, len(weights)):
        z = network_of(problem).feedforward(problem.x).zs[layer]
        extreme = float(z.flat[np.abs(z).argmax()])
        if extreme == 0.0:
            continue
        significand, exponent = math.frexp(abs(largest / extreme))
        factor = math.ldexp(math.floor(8.0 * significand) / 8.0, exponent)
        factor = math.copysign(factor, largest * extreme)
        weights[layer] = matrix(factor * weights[layer])
        biases[layer] = column(factor * biases[layer])
        problem = replace(problem, parameters=Parameters(tuple(weights), tuple(biases)))
    return problem
