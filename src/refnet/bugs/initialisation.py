"""Mistakes in drawing the first weights.

Lives here: wrong scales, and weights that leave the units of a layer alike. It knows mechanics,
nothing of laws.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs.bug import Bug
from refnet.bugs.situations import asks, every
from refnet.initializers import initializer_by_name
from refnet.mechanics import RIGHT, Mechanics
from refnet.problem import Layers, Problem

_GROUP = "initialisation"
_INITIAL = asks("initial")

Draw = Callable[[np.random.Generator, int, int], FloatArray]
"""A weight matrix from a generator, fan-out and fan-in."""


def _declared(*names: str) -> Callable[[Problem], bool]:
    return lambda problem: problem.initializer in names


def _standard_normal(problem: Problem) -> Layers:
    generator = np.random.default_rng(problem.seed)
    drawn = initializer_by_name("standard_normal").parameters(problem.sizes, generator)
    return Layers(drawn.weights, drawn.biases)


def _drawing(draw: Draw) -> Mechanics:
    """Make the mechanics that draw every weight matrix so; biases are 0."""

    def initial(problem: Problem) -> Layers:
        generator = np.random.default_rng(problem.seed)
        shapes = [(fan_out, fan_in) for fan_in, fan_out in pairwise(problem.sizes)]
        return Layers(
            tuple(draw(generator, fan_out, fan_in) for fan_out, fan_in in shapes),
            tuple(np.zeros((fan_out, 1)) for fan_out, _ in shapes),
        )

    return replace(RIGHT, initial=initial)


def _normal(scale: Callable[[int, int], float]) -> Mechanics:
    return _drawing(
        lambda generator, fan_out, fan_in: (
            scale(fan_out, fan_in) * generator.standard_normal((fan_out, fan_in))
        )
    )


def _constant(number: float) -> Mechanics:
    return _drawing(lambda _generator, fan_out, fan_in: np.full((fan_out, fan_in), number))


def _alike(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    unit = math.sqrt(2.0 / fan_in) * generator.standard_normal((1, fan_in))
    return np.repeat(unit, fan_out, axis=0)


def _positive(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    return generator.random((fan_out, fan_in))


BUGS = (
    Bug(
        slug="standard-normal-with-relu",
        title="the weights of ReLU units are standard normal",
        group=_GROUP,
        wrong="W = N(0, 1)",
        right="W = sqrt(2 / fan-in) N(0, 1)",
        symptom="Activations grow by sqrt(fan-in / 2) in every layer; after a few steps at a "
        "large rate half of the units are 0 for every sample, and accuracy stops at about 50 %.",
        hint="He's scheme keeps the size of ReLU activations from layer to layer: variance 2 over "
        "the number of inputs of the layer.",
        equation="initialisation",
        aimed_at="initialisation/scheme",
        realisations=(replace(RIGHT, initial=_standard_normal),),
        applies=every(_INITIAL, _declared("he", "glorot", "scaled_normal")),
    ),
    Bug(
        slug="fan-out-for-fan-in",
        title="the initial weights are scaled by the number of outputs of the layer",
        group=_GROUP,
        wrong="W = sqrt(2 / fan-out) N(0, 1)",
        right="W = sqrt(2 / fan-in) N(0, 1)",
        symptom="Slow start or dead units, the more the layers differ in size.",
        hint="For W of shape (fan-out, fan-in) the scale is taken from W.shape[1].",
        equation="initialisation",
        aimed_at="initialisation/scheme",
        realisations=(
            _normal(lambda fan_out, _fan_in: math.sqrt(2.0 / fan_out)),
            _normal(lambda fan_out, _fan_in: math.sqrt(1.0 / fan_out)),
        ),
        applies=every(_INITIAL, _declared("he", "scaled_normal")),
    ),
    Bug(
        slug="standard-deviation-for-variance",
        title="the variance is used as a standard deviation",
        group=_GROUP,
        wrong="W = 2 / fan-in N(0, 1)",
        right="W = sqrt(2 / fan-in) N(0, 1)",
        symptom="Signals vanish from layer to layer; deep networks do not start to learn.",
        hint="Multiplying by s gives the variance s^2: take the square root first.",
        equation="initialisation",
        aimed_at="initialisation/scheme",
        realisations=(
            _normal(lambda _fan_out, fan_in: 2.0 / fan_in),
            _normal(lambda _fan_out, fan_in: 1.0 / fan_in),
        ),
        applies=every(_INITIAL, _declared("he", "scaled_normal")),
    ),
    Bug(
        slug="uniform-positive",
        title="all initial weights are positive",
        group=_GROUP,
        wrong="W = rand(), uniform in [0, 1)",
        right="W = sqrt(2 / fan-in) N(0, 1)",
        symptom="Every unit is driven to the same side and saturates.",
        hint="numpy.random.rand is never negative; draw from a distribution with mean 0.",
        equation="initialisation",
        aimed_at="initialisation/scheme",
        realisations=(_drawing(_positive),),
        applies=_INITIAL,
    ),
    Bug(
        slug="zeros",
        title="all initial weights are 0",
        group=_GROUP,
        wrong="W = 0",
        right="W = sqrt(2 / fan-in) N(0, 1)",
        symptom="All units of a layer stay alike for ever; with ReLU nothing learns at all.",
        hint="Biases may start at 0, weights may not: they must differ from unit to unit.",
        equation="initialisation",
        aimed_at="initialisation/symmetry-broken",
        realisations=(_constant(0.0),),
        applies=_INITIAL,
    ),
    Bug(
        slug="constant",
        title="all initial weights are the same number",
        group=_GROUP,
        wrong="W = 1/2 everywhere",
        right="W = sqrt(2 / fan-in) N(0, 1)",
        symptom="All units of a layer stay alike for ever.",
        hint="Units that start alike receive the same gradient; only chance tells them apart.",
        equation="initialisation",
        aimed_at="initialisation/symmetry-broken",
        realisations=(_constant(0.5), _constant(1.0), _constant(0.1), _constant(0.01)),
        applies=_INITIAL,
    ),
    Bug(
        slug="identical-layers",
        title="all units of a layer start with the same weights",
        group=_GROUP,
        wrong="one row is drawn and repeated, or the generator is seeded anew for every unit",
        right="every weight is drawn on its own",
        symptom="The hidden layer behaves as one unit, however wide it is.",
        hint="Seed once for the whole network, and draw the whole matrix at once.",
        equation="initialisation",
        aimed_at="initialisation/symmetry-broken",
        realisations=(_drawing(_alike),),
        applies=_INITIAL,
    ),
)
