"""Which two known mistakes together explain every answer.

Lives here: `fitting_pairs`. It knows the catalogue and simulations, not how a diagnosis is reached.

There are thousands of pairs, and each costs as much to simulate as a single mistake. So of every
mistake it is first computed, on the questions that broke a law, which numbers it changes and
whether it makes them what the subject said. Where of two mistakes one alone changes a number, the
subject must have what this one makes of it; where neither does, it must be right; where both do,
nothing is said before they are simulated together. That leaves few pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from refnet.bugs import Bug, replaced_steps
from refnet.law import Exchange
from refnet.mechanics import Mechanics
from refnet.simulation import Effect, Simulator

CLEARLY_LESS = 1 / 2
"""A bug that explains at most this share of the wrong numbers that another one explains is none:
it is not contradicted only because its own error bound is wide there."""

MOST = 500
"""Pairs that are simulated at the most, a second or two of work: where more are left over, what was
answered says too little for one of them to be named."""

Pair = tuple[str, str]


def fitting_pairs(
    simulator: Simulator,
    bugs: Sequence[Bug],
    screen: Sequence[Exchange],
    exchanges: Sequence[Exchange],
) -> list[Pair]:
    """Return the pairs of bugs that together fit every exchange.

    `screen` are the exchanges by which pairs are sifted before they are simulated.
    """
    ways = [(bug, mechanics) for bug in bugs for mechanics in bug.realisations]
    effects = [
        [simulator.effect(exchange, mechanics) for _, mechanics in ways] for exchange in screen
    ]
    telling = [exchange for exchange, each in zip(screen, effects, strict=True) if _any(each)]
    telling.sort(key=_work)
    fitting: dict[Pair, int] = {}
    for one, other in islice(_sifted(len(ways), effects), MOST):
        (first, mechanics), (second, further) = ways[one], ways[other]
        both = _together(mechanics, further)
        if first is second or both is None:
            continue
        pair = first.slug, second.slug
        # Who raises at every question contradicts nothing: it must explain something at once.
        found = _support(simulator, telling, both) and _support(simulator, exchanges, both)
        if found:
            fitting[pair] = max(found, fitting.get(pair, 0))
    clearly = CLEARLY_LESS * max(fitting.values(), default=0)
    return [pair for pair, support in fitting.items() if support > clearly]


def _work(exchange: Exchange) -> int:
    """Estimate what an exchange costs to simulate."""
    problem = exchange.problem
    return len(problem.asks) * problem.steps * len(problem.activations)


def _any(effects: Sequence[Effect]) -> bool:
    """Tell whether anything that the subject said is wrong, which every effect says alike."""
    return bool(effects[0].wrong.any())


def _sifted(count: int, effects: Sequence[Sequence[Effect]]) -> Iterator[tuple[int, int]]:
    """Yield the places of two mechanics that no effect contradicts, the first first."""
    possible = np.triu(np.ones((count, count), dtype=np.bool_), 1)
    for each in effects:
        changed = np.array([effect.changed for effect in each])
        said = np.array([effect.said for effect in each])
        kept = ~changed
        neither = _meet(kept & each[0].wrong, kept)
        alone = _meet(changed & ~said, kept)
        possible &= ~(neither | alone | alone.T)
    places: list[list[int]] = np.argwhere(possible).tolist()
    yield from ((one, other) for one, other in places)


def _meet(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell of every two rows whether both hold at the same place anywhere."""
    meeting: NDArray[np.bool_] = one.astype(np.float32) @ other.astype(np.float32).T > 0
    return meeting


def _together(one: Mechanics, other: Mechanics) -> Mechanics | None:
    """Return the mechanics of both mistakes, where they are in different steps."""
    steps = replaced_steps(other)
    if set(steps) & set(replaced_steps(one)):
        return None
    return replace(one, **{step: getattr(other, step) for step in steps})


def _support(simulator: Simulator, exchanges: Sequence[Exchange], mechanics: Mechanics) -> int:
    try:
        return simulator.support(exchanges, mechanics) or 0
    except RecursionError:
        # The cost in the place of its derivative, and the derivative in that of the cost.
        return 0
