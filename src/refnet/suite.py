"""The fixed problems of a check: few, generic, and the same for everybody with the same seed.

Lives here: `suite` and the shapes it draws. It knows choices.py, nothing of laws.

Square layers let a transposed matrix pass without an exception, uneven ones do not: both occur,
as do batches of one sample, of as many samples as classes, and of others. Where a subject's layer
sizes are hard-wired, they are used throughout.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
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
    SMALL_RATE,
    has_several_classes,
    is_decided,
    is_exact,
    is_lively,
    is_moderate,
    is_sharp,
    is_telling,
    network_of,
    saturated,
)
from refnet.errors import ArgumentError
from refnet.exact_regime import bias_exponents, has_exact_regime
from refnet.law import Suite
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.subjects.protocol import Head

Shape = tuple[tuple[int, ...], int]
"""Layer sizes, and the samples of the batch."""

_MODERATE: tuple[Shape, ...] = (
    ((3, 3, 3), 2),
    ((2, 4, 3), 4),
    ((3, 3, 3, 3), 4),
    ((4, 2, 3), 2),
    ((2, 2, 2, 2), 3),
    ((5, 2, 4, 3), 4),
    ((3, 3, 3, 3, 3), 2),
    ((2, 4, 5, 3, 6), 3),
    ((3, 4, 3), 3),
    ((4, 3, 5), 1),
)
_SHAPES: dict[Suite, tuple[Shape, ...]] = {
    "moderate": _MODERATE,
    "saturated": _MODERATE[:6],
    "exact": (*_MODERATE[:2], ((2, 2, 2, 2), 4), ((4, 2, 3), 2), ((2, 3, 4, 5), 2)),
    "evaluation": (((3, 4, 3), 5), ((4, 3, 4), 3), ((2, 5, 3), 4), ((3, 3, 5), 2)),
    "initialisation": (((100, 50, 10), 1),),
}

_SATURATIONS = (20.0, True), (1000.0, True), (100.0, True), (1000.0, False), (40.0, False)
"""The largest |z|, and whether in the last layer alone: float32 ends at e^88, float64 at e^709."""

_ATTEMPTS = 500
"""Draws after which the best so far is taken. Over 12 seeds of HEADS it took 53 at the most; leaky
ReLU below tanh took 486, and once 500 were not enough."""

_EXACT_ATTEMPTS = 30
"""The same for the exact regime, which a layer of hundreds of inputs may not have at all."""

_TRIES = 20
"""Draws of the weights of a unit after which they are halved, which makes |z| <= 8 likelier."""

_LARGE = 2000
"""Weights from which a network is asked about two problems of a kind only: what is wrong with a
large network is wrong with every problem, and each question carries every weight."""

Draw = Callable[[np.random.Generator], Problem]


def suite(
    kind: Suite, head: Head, seed: int, sizes: tuple[int, ...] | None = None
) -> tuple[Problem, ...]:
    """Return the problems of a kind for a head; the same for the same seed.

    `sizes` are the units per layer where a subject's are hard-wired. Empty where the kind does
    not exist: the exact regime of a curved activation, the evaluation of a single output, softmax
    over one unit, which is 1 whatever happens. Raises ArgumentError for a kind or sizes that are
    none.
    """
    if kind not in _SHAPES:
        raise ArgumentError(
            f"kind: got {kind!r}; expected one of {', '.join(_SHAPES)}; check the spelling"
        )
    if sizes is not None and (len(sizes) < 2 or min(sizes) < 1):
        raise ArgumentError(
            f"sizes: got {sizes}; expected an input and an output layer at least, each of 1 or more"
        )
    return drawn_once(kind, head, seed, sizes)


@lru_cache(maxsize=64)  # every law of a check asks for them again; few heads and kinds at a time
def drawn_once(
    kind: Suite, head: Head, seed: int, sizes: tuple[int, ...] | None
) -> tuple[Problem, ...]:
    """Return a suite as `suite` does, drawn when it is first asked for; nothing is checked."""
    generator = np.random.default_rng([seed, list(_SHAPES).index(kind)])
    return tuple(_problems(kind, head, generator, _shapes(kind, sizes)))


def _shapes(kind: Suite, sizes: tuple[int, ...] | None) -> Sequence[Shape]:
    shapes = _SHAPES[kind]
    if sizes is None:
        return shapes
    large = sum(fan_in * units for fan_in, units in pairwise(sizes)) > _LARGE
    return [(sizes, samples) for _, samples in shapes[: 2 if large else None]]


def _problems(
    kind: Suite, head: Head, generator: np.random.Generator, shapes: Sequence[Shape]
) -> Iterator[Problem]:
    for at, (sizes, samples) in enumerate(shapes):
        if sizes[-1] == 1 and head.output == "softmax":
            continue
        draw = partial(_drawn, head, sizes, samples, labelled=at % 2 == 1)
        if kind == "exact":
            yield from _exact(head, sizes, samples, generator)
        elif kind == "evaluation":
            yield from _evaluation(head, sizes, samples, generator)
        elif kind == "initialisation":
            fresh = int(2**31 * generator.random())
            yield replace(draw(generator), asks=("initial",), seed=fresh)
        else:
            wishes = (is_moderate, is_telling, is_sharp)
            problem = _first(draw, generator, wishes if kind == "moderate" else wishes[:2])
            if kind == "saturated":
                largest, last_alone = _SATURATIONS[at % len(_SATURATIONS)]
                problem = saturated(problem, largest, last_alone=last_alone)
            yield problem


def _exact(
    head: Head, sizes: tuple[int, ...], samples: int, generator: np.random.Generator
) -> Iterator[Problem]:
    if has_exact_regime(head):
        draw = partial(_drawn_exactly, head, sizes, samples)
        problem = _first(draw, generator, (is_exact, is_lively), _EXACT_ATTEMPTS)
        if is_exact(problem):
            yield problem


def _evaluation(
    head: Head, sizes: tuple[int, ...], samples: int, generator: np.random.Generator
) -> Iterator[Problem]:
    if sizes[-1] > 1:
        # An axis taken for the other must have another length, and saturated outputs all tie.
        unlike = samples if samples != sizes[-1] else samples + 1
        draw = partial(_drawn, head, sizes, unlike, labelled=True, calm=True)
        problem = _first(draw, generator, (is_decided, is_moderate, has_several_classes))
        if is_decided(problem):
            yield _partly_right(problem, generator)


def _first(
    draw: Draw,
    generator: np.random.Generator,
    wishes: Sequence[Callable[[Problem], bool]],
    attempts: int = _ATTEMPTS,
) -> Problem:
    """Return the first draw with which every wish is granted, or the one with most of them.

    Wishes count in order: one is only looked at where those before it are granted.
    """
    problem = best = draw(generator)
    granted = -1
    for _ in range(attempts):
        count = next((at for at, wish in enumerate(wishes) if not wish(problem)), len(wishes))
        if count > granted:
            best, granted = problem, count
        if granted == len(wishes):
            break
        problem = draw(generator)
    return best


def _drawn(
    head: Head,
    sizes: tuple[int, ...],
    samples: int,
    generator: np.random.Generator,
    *,
    labelled: bool,
    calm: bool = False,
) -> Problem:
    """Draw dyadic numbers, unit by unit, each again until its z is moderate.

    `calm` draws smaller weights now and then: the outputs of wide layers all saturate and tie.
    """
    scale = float(generator.choice((1.0, 0.5, 0.25))) if calm else 1.0
    activations = (head.hidden,) * (len(sizes) - 2) + (head.output,)
    x = a = matrix(generator.choice(DYADICS, (sizes[0], samples)))
    weights: list[Matrix] = []
    biases: list[Column] = []
    for units, name in zip(sizes[1:], activations, strict=True):
        rows = np.concatenate([_unit(a, name, generator, scale) for _ in range(units)])
        weights.append(matrix(rows[:, :-1]))
        biases.append(column(rows[:, -1:]))
        a = activation_by_name(name).value(matrix(weights[-1] @ a + biases[-1]))
    return Problem(
        Parameters(tuple(weights), tuple(biases)),
        activations,
        head.cost,
        x,
        matrix(_targets(head, (sizes[-1], samples), generator, labelled=labelled)),
        l2=float(generator.choice(PENALTIES)),
        training_size=int(generator.integers(samples + 1, 3 * samples, endpoint=True)),
        learning_rate=SMALL_RATE,
    )


def _unit(a: Matrix, name: str, generator: np.random.Generator, scale: float) -> FloatArray:
    """Draw the weights and the bias of a unit that takes a; shape (1, fan-in + 1).

    Weights are dyadic numbers times `scale` over sqrt(fan-in), rounded to a power of two, so that
    z stays of order 1. Where there are several samples, a ReLU is active for some of them.
    """
    fan_in, samples = a.shape
    scale = scale * 2.0 ** -math.floor(math.log2(fan_in) / 2.0)
    row = np.zeros((1, fan_in + 1))
    for attempt in range(5 * _TRIES):
        row = scale * 0.5 ** (attempt // _TRIES) * generator.choice(DYADICS, (1, fan_in + 1))
        row[0, -1] = 0.5 * generator.choice(DYADICS)
        z = row[:, :-1] @ a + row[:, -1:]
        fits = np.abs(z).max() <= MODERATE and (name not in KINKED or np.abs(z).min() >= KINK)
        if fits and (name != "relu" or samples == 1 or z.max() > 0.0):
            break
    return row


def _targets(
    head: Head,
    shape: tuple[int, int],
    generator: np.random.Generator,
    *,
    labelled: bool,
) -> FloatArray:
    if head.cost == "binary_cross_entropy":
        return generator.integers(0, 2, shape).astype(np.float64)
    if head.cost == "categorical_cross_entropy" or labelled:
        return np.eye(shape[0])[:, generator.integers(0, shape[0], shape[1])]
    return generator.choice(DYADICS, shape)


def _drawn_exactly(
    head: Head,
    sizes: tuple[int, ...],
    samples: int,
    generator: np.random.Generator,
) -> Problem:
    """Draw integers, and biases that are odd multiples of 2^-q: see exact_regime.py."""
    activations = (head.hidden,) * (len(sizes) - 2) + (head.output,)
    slope = 0.25
    exponents = bias_exponents(activations, slope)
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
        activations,
        head.cost,
        matrix(generator.choice(INTEGERS, (sizes[0], samples))),
        matrix(generator.choice(INTEGERS, (sizes[-1], samples))),
        l2=float(generator.choice(PENALTIES)),
        training_size=samples * int(generator.choice((2, 4))),
        learning_rate=SMALL_RATE,
        leaky_slope=slope,
    )


def _partly_right(problem: Problem, generator: np.random.Generator) -> Problem:
    """Set labels with which the first sample is right, the last wrong, the others by chance."""
    outputs = network_of(problem).feedforward(problem.x).outputs
    classes, samples = outputs.shape
    off = generator.integers(0, 2, samples)
    off[0], off[-1] = 0, 1
    labels = (outputs.argmax(axis=0) + off) % classes
    return replace(problem, y=matrix(np.eye(classes)[:, labels]))
