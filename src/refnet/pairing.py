"""Which two known mistakes together explain every answer.

Lives here: `fitting_pairs`. It knows the catalogue and simulations, not how a diagnosis is reached.

There are thousands of pairs, and each costs as much to simulate as a single mistake. So of every
mistake it is first computed, on the questions that broke a law, which numbers it changes and
whether it makes them what the subject said. Where of two mistakes one alone changes a number, the
subject must have what this one makes of it; where neither does, it must be right; where both do,
nothing is said before they are simulated together. That leaves few pairs.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from refnet.bugs import Bug, replaced_steps
from refnet.law import Exchange
from refnet.mechanics import RIGHT, Mechanics
from refnet.simulation import Simulator

CLEARLY_LESS = 1 / 2
"""A bug that explains at most this share of the wrong numbers that another one explains is none:
it is not contradicted only because its own error bound is wide there."""

MOST = 500
"""Pairs that are simulated at the most, a second or two of work. Where more are left over, what was
answered says too little, and none is named: another one might fit as well."""

BESIDE_ITS_COST = "cost-mean-over-outputs"
"""A multiple of a gradient is a mistake beside a right cost alone: beside a wrong one it may be a
convention."""

Pair = tuple[str, str]


def fitting_pairs(
    simulator: Simulator,
    bugs: Sequence[Bug],
    screen: Sequence[Exchange],
    exchanges: Sequence[Exchange],
) -> list[Pair]:
    """Return the pairs of bugs that together fit every exchange.

    `screen` are the exchanges by which pairs are sifted before they are simulated, those first that
    broke a law.
    """
    ways = [(bug, mechanics) for bug in bugs for mechanics in bug.realisations]
    possible = _sifted(simulator, [mechanics for _, mechanics in ways], screen)
    if len(possible) > MOST:
        return []
    answered = [exchange for exchange in screen if not exchange.answer.failures]
    fitting: dict[Pair, int] = {}
    for one, other in possible:
        (first, mechanics), (second, further) = ways[one], ways[other]
        both = _together(mechanics, further)
        if first is second or both is None:
            continue
        pair = first.slug, second.slug
        beside = {first.slug: further, second.slug: mechanics}.get(BESIDE_ITS_COST, RIGHT)
        if "cost" in replaced_steps(beside):
            continue
        # That both raise explains little: there must be something answered that is explained.
        found = _support(simulator, answered, both) and _support(simulator, exchanges, both)
        if found:
            fitting[pair] = max(found, fitting.get(pair, 0))
    clearly = CLEARLY_LESS * max(fitting.values(), default=0)
    return [pair for pair, support in fitting.items() if support > clearly]


def _sifted(
    simulator: Simulator, ways: Sequence[Mechanics], screen: Sequence[Exchange]
) -> list[tuple[int, int]]:
    """Return the places of two mechanics that no exchange contradicts, the first first.

    What has no partner left is not looked at any further.
    """
    possible = np.triu(np.ones((len(ways), len(ways)), dtype=np.bool_), 1)
    for exchange in screen:
        left = np.flatnonzero(possible.any(axis=0) | possible.any(axis=1))
        if not left.size:
            break
        places: list[int] = left.tolist()
        effects = [simulator.effect(exchange, ways[at]) for at in places]
        changed = np.array([effect.changed for effect in effects])
        said = np.array([effect.said for effect in effects])
        kept = ~changed
        # Near the bound a number counts as kept though it explains what was said, and is not right.
        neither = _meet(kept & ~said, kept & ~said)
        alone = _meet(changed & ~said, kept)
        possible[np.ix_(left, left)] &= ~(neither | alone | alone.T)
    pairs: list[list[int]] = np.argwhere(possible).tolist()
    return [(one, other) for one, other in pairs]


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
