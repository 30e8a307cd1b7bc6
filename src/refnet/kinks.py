"""On which branch an answer is, where a kink leaves several right ones.

Lives here: `narrowed` and `share_taken`. It knows answers and their bounds, nothing of networks:
which branches there are is computed in mechanics/branches.py.

The bound that covers every branch at once also covers what lies on none. So gradients at a kink
are compared with one branch: the first that fits in every number; with a single kink also any
point between its two branches, since a gradient is linear in one slope, and every slope between
the left and the right is a subgradient. Where nothing fits the nearest branch is taken, and the
law that compares objects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from refnet.arrays import FloatArray
from refnet.problem import Answer, Expected, Kinks, Layers

Slopes = Literal["gradients", "step"]
"""The parts of an answer that have more than one right value at a kink."""

Arrays = tuple[FloatArray, ...]
"""The arrays of one part, the weights of every layer and then the biases."""


def narrowed(expected: Expected, got: Layers, part: Slopes) -> Expected:
    """Return what is expected of this part on the branch that the answer is on, or nearest to.

    Unchanged where no kink is met, where there are too many, and where `got` has another shape.
    """
    search = _Search.of(expected, got, part)
    side = None if search is None else search.nearest()
    if search is None or side is None:
        return expected
    return replace(
        expected,
        slopes=tuple(zip(search.kinks.places, side.shares, strict=True)),
        answer=_with_arrays(expected.answer, side.values, part),
        bound=_with_arrays(expected.bound, side.bounds, part),
    )


def share_taken(expected: Expected, got: Layers, part: Slopes) -> float | None:
    """Return the slope that an answer has at its kinks, as a share of the way from left to right.

    None where no kink is met, where no one slope explains the answer, and where several do.
    """
    search = _Search.of(expected, got, part)
    if search is None:
        return None
    uniform = (side for side in search.sides() if len(set(side.shares)) == 1)
    fitting = [side.shares[0] for side in uniform if search.misfits(side) == 0]
    if fitting:
        return fitting[0] if len(fitting) == 1 else None
    between = search.between()
    return None if between is None else between.shares[0]


@dataclass(frozen=True, eq=False)
class _Side:
    """What is right for one choice of slopes, with its bound."""

    shares: tuple[float, ...]
    values: Arrays
    bounds: Arrays


@dataclass(frozen=True, eq=False)
class _Search:
    """An answer of several right ones, and the branches it may be on.

    `further` is by how much the bound has been made wider since the branches were computed.
    """

    kinks: Kinks
    got: Arrays
    further: Arrays
    part: Slopes

    @classmethod
    def of(cls, expected: Expected, got: Layers, part: Slopes) -> "_Search | None":
        """Take up the search, unless there is nothing to search for."""
        kinks, right = expected.kinks, _arrays(expected.answer, part)
        if kinks is None or right is None:
            return None
        now, then = _arrays(expected.bound, part), _arrays(kinks.bound, part)
        mine = (*got.weights, *got.biases)
        if now is None or then is None or [a.shape for a in mine] != [a.shape for a in right]:
            return None
        further = tuple(_growth(later, earlier) for later, earlier in zip(now, then, strict=True))
        return cls(kinks, mine, further, part)

    def sides(self) -> Iterator[_Side]:
        """Yield what is right on each branch."""
        for branch in self.kinks.branches:
            values, bounds = _arrays(branch.answer, self.part), _arrays(branch.bound, self.part)
            if values is not None and bounds is not None:
                wide = tuple(b + more for b, more in zip(bounds, self.further, strict=True))
                yield _Side(branch.shares, values, wide)

    def misfits(self, side: _Side) -> int:
        """Count the numbers that a branch does not explain."""
        count = 0
        with np.errstate(all="ignore"):
            for mine, value, bound in zip(self.got, side.values, side.bounds, strict=True):
                near = (np.abs(mine - value) <= bound) | (mine == value) | np.isinf(bound)
                count += int(np.count_nonzero(~near))
        return count

    def nearest(self) -> _Side | None:
        """Return a branch that explains every number, else that which explains most."""
        best: _Side | None = None
        fewest = np.inf
        for side in self.sides():
            misfits = self.misfits(side)
            if misfits < fewest:
                best, fewest = side, misfits
            if misfits == 0:
                return side
        return self.between() or best

    def between(self) -> _Side | None:
        """Return the point between the two branches of a single kink that explains every number.

        Each number allows the shares with |got - left - share (right - left)| <= T.
        """
        if len(self.kinks.places) != 1:
            return None
        at = {side.shares[0]: side for side in self.sides()}
        left, right = at[0.0], at[1.0]
        bounds = tuple(map(np.maximum, left.bounds, right.bounds))
        lowest, highest = 0.0, 1.0
        for mine, start, end, bound in zip(
            self.got, left.values, right.values, bounds, strict=True
        ):
            lower, upper = _interval(mine - start, end - start, bound)
            lowest, highest = max(lowest, lower), min(highest, upper)
        if not lowest <= highest:
            return None
        share = (lowest + highest) / 2.0
        ways = zip(left.values, right.values, strict=True)
        return _Side((share,), tuple(a + share * (b - a) for a, b in ways), bounds)


def _interval(off: FloatArray, way: FloatArray, bound: FloatArray) -> tuple[float, float]:
    """Return the lowest and the highest share with |off - share way| <= bound everywhere.

    The lowest is above the highest where there is none.
    """
    judged = np.isfinite(bound)
    off, way, bound = off[judged], way[judged], bound[judged]
    moving = way != 0.0
    if not (np.abs(off[~moving]) <= bound[~moving]).all() or np.isnan(off).any():
        return 1.0, 0.0
    one, other = (off - bound)[moving] / way[moving], (off + bound)[moving] / way[moving]
    return (
        float(np.minimum(one, other).max(initial=0.0)),
        float(np.maximum(one, other).min(initial=1.0)),
    )


def _growth(later: FloatArray, earlier: FloatArray) -> FloatArray:
    """Return by how much a bound has grown; one that was infinite has not."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(earlier), 0.0, later - earlier)


def _arrays(answer: Answer, part: Slopes) -> Arrays | None:
    layers = answer.gradients if part == "gradients" else answer.step
    return None if layers is None else (*layers.weights, *layers.biases)


def _with_arrays(answer: Answer, arrays: Sequence[FloatArray], part: Slopes) -> Answer:
    half = len(arrays) // 2
    layers = Layers(tuple(arrays[:half]), tuple(arrays[half:]))
    if part == "gradients":
        return replace(answer, gradients=layers)
    return replace(answer, step=layers)
