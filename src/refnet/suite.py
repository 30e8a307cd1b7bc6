"""The fixed problems of a check: few, generic, and the same for everybody with the same seed.

Lives here: `suite`, the shapes of its problems, and which draws it keeps. It knows choices.py and
drawing.py, nothing of laws.

Square layers let a transposed matrix pass without an exception, uneven ones do not: both occur,
as do batches of one sample, of as many samples as classes, and of others. Where a subject's layer
sizes are hard-wired, they are used throughout.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np

from refnet.choices import (
    SLOPE,
    has_several_classes,
    is_decided,
    is_exact,
    is_lively,
    is_moderate,
    is_sharp,
    is_telling,
    saturated,
)
from refnet.drawing import Plan, draw_exact_problem, draw_problem, label_partly_right
from refnet.errors import ArgumentError
from refnet.exact_regime import has_exact_regime
from refnet.law import Suite
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

_SATURATIONS = (
    (20.0, True),
    (1000.0, True),
    (100.0, True),
    (1000.0, False),
    (40.0, False),
    (-1000.0, False),
)
"""The z of the largest size, and whether in the last layer alone: float32 ends at e^88, float64 at
e^709."""

_ATTEMPTS = 500
"""Draws after which the best so far is taken. Over 12 seeds of HEADS, with every slope of heads.py,
it took 31 at the most. It is deep sigmoid networks of hard-wired sizes that need more, for outputs
of which not the same is the largest for every sample."""

_EXACT_ATTEMPTS = 30
"""The same for the exact regime, which a layer of hundreds of inputs may not have at all."""

_LARGE = 2000
"""Weights from which a network is asked about two problems of a kind only: what is wrong with a
large network is wrong with every problem, and each question carries every weight."""

Draw = Callable[[np.random.Generator], Problem]


def suite(
    kind: Suite,
    head: Head,
    seed: int,
    sizes: tuple[int, ...] | None = None,
    slope: float = SLOPE,
) -> tuple[Problem, ...]:
    """Return the problems of a kind for a head; the same for the same seed.

    `sizes` are the units per layer where a subject's are hard-wired, `slope` is that of its leaky
    ReLU: another slope is another function, of which other problems are moderate or exact. Empty
    where the kind does not exist: the exact regime of a curved activation or of a slope that is no
    power of two, the evaluation of a single output, softmax over one unit, which is 1 whatever
    happens. Raises ArgumentError for a kind or sizes that are none.
    """
    if kind not in _SHAPES:
        raise ArgumentError(
            f"kind: got {kind!r}; expected one of {', '.join(_SHAPES)}; check the spelling"
        )
    if sizes is not None and (len(sizes) < 2 or min(sizes) < 1):
        raise ArgumentError(
            f"sizes: got {sizes}; expected an input and an output layer at least, each of 1 or more"
        )
    return drawn_once(kind, head, seed, sizes, slope)


@lru_cache(maxsize=64)  # every law of a check asks for them again; few heads and kinds at a time
def drawn_once(
    kind: Suite, head: Head, seed: int, sizes: tuple[int, ...] | None, slope: float
) -> tuple[Problem, ...]:
    """Return a suite as `suite` does, drawn when it is first asked for; nothing is checked."""
    generator = np.random.default_rng([seed, list(_SHAPES).index(kind)])
    plans = (Plan(head, shape, samples, slope) for shape, samples in _shapes(kind, sizes))
    return tuple(_problems(kind, plans, generator))


def _shapes(kind: Suite, sizes: tuple[int, ...] | None) -> Sequence[Shape]:
    shapes = _SHAPES[kind]
    if sizes is None:
        return shapes
    large = sum(fan_in * units for fan_in, units in pairwise(sizes)) > _LARGE
    return [(sizes, samples) for _, samples in shapes[: 2 if large else None]]


def _problems(
    kind: Suite, plans: Iterable[Plan], generator: np.random.Generator
) -> Iterator[Problem]:
    for at, plan in enumerate(plans):
        if plan.sizes[-1] == 1 and plan.head.output == "softmax":
            continue
        draw = partial(draw_problem, plan, labelled=at % 2 == 1)
        if kind == "exact":
            yield from _exact(plan, generator)
        elif kind == "evaluation":
            yield from _evaluation(plan, generator)
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


def _exact(plan: Plan, generator: np.random.Generator) -> Iterator[Problem]:
    if has_exact_regime(plan.head):
        draw = partial(draw_exact_problem, plan)
        problem = _first(draw, generator, (is_exact, is_lively), _EXACT_ATTEMPTS)
        if is_exact(problem):
            yield problem


def _evaluation(plan: Plan, generator: np.random.Generator) -> Iterator[Problem]:
    if plan.sizes[-1] > 1:
        # An axis taken for the other must have another length, and saturated outputs all tie.
        unlike = plan.samples if plan.samples != plan.sizes[-1] else plan.samples + 1
        draw = partial(draw_problem, replace(plan, samples=unlike), labelled=True, calm=True)
        problem = _first(draw, generator, (is_decided, is_moderate, has_several_classes))
        if is_decided(problem):
            yield label_partly_right(problem, generator)


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
