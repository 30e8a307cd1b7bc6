"""Which two known mistakes together explain every answer.

Lives here: `fitting_pairs`. It knows the catalogue and simulations, not how a diagnosis is reached.

There are thousands of pairs, and each costs as much to simulate as a single mistake. So of every
mistake it is first computed, on the questions that broke a law, which numbers it changes and
whether it makes them what the subject said. Where of two mistakes one alone changes anything in an
array, the subject must have what this one makes of its numbers; where neither does, they must be
right; where both do, nothing is said before they are simulated together: one may mix the numbers of
an array, and so carry another one's change further. That leaves few pairs.
"""

from collections.abc import Iterator, Sequence
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

MOST = 1500
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
    replies = [exchange for exchange in exchanges if not exchange.answer.failures]
    if all(simulator.support([exchange], RIGHT) is not None for exchange in replies):
        # What raised has no numbers that a pair could explain.
        return []
    ways = [(bug, mechanics) for bug in bugs for mechanics in bug.realisations]
    possible = _sifted(simulator, [mechanics for _, mechanics in ways], screen)
    if len(possible) > MOST:
        return []
    answered = _Inquiry(simulator, [each for each in screen if not each.answer.failures])
    everything = _Inquiry(simulator, exchanges)
    fitting: dict[Pair, int] = {}
    for one, other in possible:
        (first, mechanics), (second, further) = ways[one], ways[other]
        beside = {first.slug: further, second.slug: mechanics}.get(BESIDE_ITS_COST, RIGHT)
        if first is second or "cost" in replaced_steps(beside):
            continue
        pair = first.slug, second.slug
        for both in _together(mechanics, further):
            found = answered.support(both) and everything.support(both)
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
        untouched = ~np.array([effect.touched for effect in effects])
        # Near the bound a number counts as kept though it explains what was said, and is not right.
        kept = ~changed & ~said
        alone = _meet(changed & ~said, untouched) | _meet(kept, kept & untouched)
        possible[np.ix_(left, left)] &= ~(alone | alone.T)
    pairs: list[list[int]] = np.argwhere(possible).tolist()
    return [(one, other) for one, other in pairs]


def _meet(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell of every two rows whether both hold at the same place anywhere."""
    meeting: NDArray[np.bool_] = one.astype(np.float32) @ other.astype(np.float32).T > 0
    return meeting


def _together(one: Mechanics, other: Mechanics) -> Iterator[Mechanics]:
    """Yield the mechanics of both mistakes.

    In a step where both are made, either may stand, where the one that gives way is made in another
    step as well.
    """
    if not set(replaced_steps(one)) & set(replaced_steps(other)):
        yield _beside(one, other)
        return
    for first, second in ((one, other), (other, one)):
        if not set(replaced_steps(second)) <= set(replaced_steps(first)):
            yield _beside(first, second)


def _beside(first: Mechanics, second: Mechanics) -> Mechanics:
    """Return the first mechanics with those steps of the second that are right in the first."""
    steps = (step for step in replaced_steps(second) if step not in replaced_steps(first))
    return replace(first, **{step: getattr(second, step) for step in steps})


class _Inquiry:
    """Exchanges by which many pairs are tried, those first that contradicted the last ones.

    What tells one pair from the truth nearly always tells the next one, and each exchange that says
    nothing has to be simulated all the same.
    """

    def __init__(self, simulator: Simulator, exchanges: Sequence[Exchange]) -> None:
        self._simulator = simulator
        self._exchanges = list(exchanges)

    def support(self, mechanics: Mechanics) -> int:
        """Return how many wrong numbers these mechanics explain; 0 if anything contradicts them."""
        total = 0
        for at, exchange in enumerate(self._exchanges):
            found = _support(self._simulator, exchange, mechanics)
            if found is None:
                self._exchanges.insert(0, self._exchanges.pop(at))
                return 0
            total += found
        return total


def _support(simulator: Simulator, exchange: Exchange, mechanics: Mechanics) -> int | None:
    try:
        return simulator.support([exchange], mechanics)
    except RecursionError:
        # The cost in the place of its derivative, and the derivative in that of the cost.
        return None
