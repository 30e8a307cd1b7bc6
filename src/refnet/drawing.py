"""How one problem is drawn: dyadic numbers, layer by layer, whose sums stay moderate.

Lives here: Plan, `draw_problem`, `draw_exact_problem` and `label_partly_right`. It knows
choices.py, nothing of suites or laws: which draws are kept is decided in suite.py.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from refnet.activations import KINKED, activation_by_name
from refnet.arrays import Column, FloatArray, Matrix, column, matrix
from refnet.choices import (
    DYADICS,
    INTEGERS,
    KINK,
    MODERATE,
    ODDS,
    PENALTIES,
    SHARP_UNITS,
    SMALL_RATE,
)
from refnet.exact_regime import bias_exponents
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head

_TRIES = 20
"""Draws of the weights of a unit after which they are halved, which makes |z| <= 8 likelier."""

_DEEP = 4
"""Layers after the input from which on narrow networks too are drawn with leading weights. With
weights alike, leaky ReLU below tanh took 486 draws there until an error of SHARP showed in every
element, and more than 500 where the slope is 0.5."""

_OTHERS = 0.25
"""What the smaller weights of a row or column amount to together, as a share of the leading one:
too little to cancel it, and each of them far more than rounding."""


@dataclass(frozen=True)
class Plan:
    """What a problem is drawn for: units per layer, samples, and the slope of leaky ReLU."""

    head: Head
    sizes: tuple[int, ...]
    samples: int
    slope: float

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of the activation of every layer."""
        return (self.head.hidden,) * (len(self.sizes) - 2) + (self.head.output,)


def draw_problem(
    plan: Plan, generator: np.random.Generator, *, labelled: bool, calm: bool = False
) -> Problem:
    """Draw dyadic numbers, unit by unit, each again until its z is moderate.

    `labelled` asks for one-hot targets. `calm` draws smaller weights now and then, because the
    outputs of wide layers all saturate and tie; and no leading ones, because then the largest
    output of a deep network would be the same unit for every sample.
    """
    sizes, samples = plan.sizes, plan.samples
    scale = float(generator.choice((1.0, 0.5, 0.25))) if calm else 1.0
    long = max(sizes) > SHARP_UNITS or len(plan.activations) >= _DEEP
    x = a = matrix(generator.choice(DYADICS, (sizes[0], samples)))
    weights: list[Matrix] = []
    biases: list[Column] = []
    for units, name in zip(sizes[1:], plan.activations, strict=True):
        shape = units, a.shape[0]
        shares = scale * (_led(*shape, generator) if long and not calm else _alike(*shape))
        rows = np.concatenate([_unit(a, name, share, generator) for share in shares])
        weights.append(matrix(rows[:, :-1]))
        biases.append(column(rows[:, -1:]))
        sigma = activation_by_name(name, plan.slope)
        a = sigma.value(matrix(weights[-1] @ a + biases[-1]))
    return Problem(
        Parameters(tuple(weights), tuple(biases)),
        plan.activations,
        plan.head.cost,
        x,
        matrix(_targets(plan, generator, labelled=labelled)),
        l2=float(generator.choice(PENALTIES)),
        training_size=int(generator.integers(samples + 1, 3 * samples, endpoint=True)),
        learning_rate=SMALL_RATE,
        leaky_slope=plan.slope,
    )


def _alike(units: int, fan_in: int) -> FloatArray:
    """Return what dyadic numbers are multiplied with to be weights; shape (units, fan-in).

    1 over sqrt(fan-in), rounded to a power of two, so that z stays of order 1.
    """
    return np.full((units, fan_in), 2.0 ** -math.floor(math.log2(fan_in) / 2.0))


def _led(units: int, fan_in: int, generator: np.random.Generator) -> FloatArray:
    """Return what they are multiplied with in a wide or deep network; shape (units, fan-in).

    Sums of many terms alike cancel, and what is left is small beside its bound, the more so layer
    after layer. Here every row and every column has a leading weight, and no sum is much smaller
    than its terms. Where a row or a column has to have several, each is half of the one before.
    """
    longest, shortest = max(units, fan_in), min(units, fan_in)
    small = 2.0 ** -math.ceil(math.log2(longest / _OTHERS))
    shares = np.full((units, fan_in), small)
    row, place = generator.permutation(units), generator.permutation(fan_in)
    at = np.arange(longest)
    shares[row[at % units], place[at % fan_in]] = np.maximum(0.5 ** (at // shortest), small)
    return shares


def _unit(a: Matrix, name: str, shares: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Draw the weights and the bias of a unit that takes a; shape (1, fan-in + 1).

    Where there are several samples, a ReLU is active for some of them. Since tanh z is
    2 sigmoid(2 z) - 1, it is as flat at half the z.
    """
    fan_in, samples = a.shape
    largest = MODERATE / 2.0 if name == "tanh" else MODERATE
    row = np.zeros((1, fan_in + 1))
    for attempt in range(5 * _TRIES):
        row[:, :-1] = 0.5 ** (attempt // _TRIES) * shares * generator.choice(DYADICS, fan_in)
        row[0, -1] = 0.5 * generator.choice(DYADICS)
        z = row[:, :-1] @ a + row[:, -1:]
        fits = np.abs(z).max() <= largest and (name not in KINKED or np.abs(z).min() >= KINK)
        if fits and (name != "relu" or samples == 1 or z.max() > 0.0):
            break
    return row


def _targets(plan: Plan, generator: np.random.Generator, *, labelled: bool) -> FloatArray:
    shape = plan.sizes[-1], plan.samples
    if plan.head.cost == "binary_cross_entropy":
        return generator.integers(0, 2, shape).astype(np.float64)
    if plan.head.cost == "categorical_cross_entropy" or labelled:
        return np.eye(shape[0])[:, generator.integers(0, shape[0], shape[1])]
    return generator.choice(DYADICS, shape)


def draw_exact_problem(plan: Plan, generator: np.random.Generator) -> Problem:
    """Draw integers, and biases that are odd multiples of 2^-q: see exact_regime.py."""
    sizes, samples = plan.sizes, plan.samples
    exponents = bias_exponents(plan.activations, plan.slope)
    return Problem(
        Parameters(
            tuple(
                matrix(generator.choice(INTEGERS, (units, fan_in)))
                for fan_in, units in pairwise(sizes)
            ),
            tuple(
                column(2.0**-q * generator.choice(ODDS, (units, 1)))
                for units, q in zip(sizes[1:], exponents, strict=True)
            ),
        ),
        plan.activations,
        plan.head.cost,
        matrix(generator.choice(INTEGERS, (sizes[0], samples))),
        matrix(generator.choice(INTEGERS, (sizes[-1], samples))),
        l2=float(generator.choice(PENALTIES)),
        training_size=samples * int(generator.choice((2, 4))),
        learning_rate=SMALL_RATE,
        leaky_slope=plan.slope,
    )


def label_partly_right(problem: Problem, generator: np.random.Generator) -> Problem:
    """Return the problem with labels that the reference predicts in part.

    Right for the first sample, wrong for the last, by chance for the others.
    """
    outputs = network_of(problem).feedforward(problem.x).outputs
    classes, samples = outputs.shape
    off = generator.integers(0, 2, samples)
    off[0], off[-1] = 0, 1
    labels = (outputs.argmax(axis=0) + off) % classes
    return replace(problem, y=matrix(np.eye(classes)[:, labels]))
