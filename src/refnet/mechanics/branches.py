"""Kinks that rounding may cross, and the right answers on either side of each.

Lives here: `kinks_of`. It knows the right mechanics; which branch an answer is on is decided in
kinks.py.

Where |z| of a ReLU is within rounding of 0, one right network takes the slope on the left and
another that on the right; at 0 itself any slope between them is a subgradient (Clarke), and
libraries differ: 0, 1 and 1/2 all occur. The bound of the derivative covers all of it, and so lets
pass what no choice of slopes explains. So every choice is computed on its own, by mechanics whose
derivative is fixed at the kinks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from refnet.activations import KINKED
from refnet.bounded_functions import at_kink, misfit
from refnet.mechanics.right import RIGHT, derivative
from refnet.mechanics.trace import Mechanics, Trace
from refnet.problem import Branch, Expected, Kink
from refnet.tolerance import Bounded

MOST = 2**12
"""Branches that are tried at the most: those of twelve kinks, a few seconds for a small network.
More than one at a time is made on purpose, or by wide layers: of random pre-activations in float32
none of 12,136 was at a kink in networks up to 16 wide, 27 of 64,000 were in 784-100-10."""

SHARES = (0.0, 1.0, 0.5)
"""Slopes at 0 that libraries take, as shares of the way from the left to the right: PyTorch's and
JAX's relu 0, their maximum(z, 0) and abs 1/2, clamp and JAX's leaky ReLU 1."""

Compute = Callable[[Mechanics], Expected]
"""How a whole answer is made by given mechanics, with its bound."""


@dataclass(eq=False)
class Branches:
    """The answers for every choice of slopes at the kinks, each computed when it is needed.

    Right ones, or those of `mechanics` that are wrong elsewhere than in the derivative.

    Uniform choices come first: whoever has a slope at 0 has it everywhere.
    """

    places: tuple[Kink, ...]
    compute: Compute
    mechanics: Mechanics = RIGHT
    _known: dict[tuple[float, ...], Branch] = field(default_factory=dict[tuple[float, ...], Branch])

    def __iter__(self) -> Iterator[Branch]:
        """Yield the branches, none where there are more than MOST."""
        for shares in choices(len(self.places)):
            if shares not in self._known:
                found = self.compute(_on_branch(self.mechanics, self.places, shares))
                self._known[shares] = Branch(shares, found.answer, found.bound)
            yield self._known[shares]


def choices(kinks: int) -> Iterator[tuple[float, ...]]:
    """Yield the shares to try for that many kinks, none where there are too many.

    All of SHARES at every kink while there are few, else either side of each.
    """
    if 2**kinks > MOST:
        return
    shares = SHARES if len(SHARES) ** kinks <= MOST else SHARES[:2]
    uniform = [(share,) * kinks for share in SHARES]
    yield from uniform
    yield from (chosen for chosen in product(shares, repeat=kinks) if chosen not in uniform)


def kinks_of(trace: Trace) -> tuple[Kink, ...]:
    """Return where the derivative jumps within rounding of z, on a pass that has gone forward."""
    return tuple(
        Kink(layer, int(unit), int(sample))
        for layer, z in enumerate(trace.weighted_inputs)
        if trace.problem.activations[layer] in KINKED
        for unit, sample in np.argwhere(at_kink(z))
    )


def _on_branch(mechanics: Mechanics, places: Sequence[Kink], shares: Sequence[float]) -> Mechanics:
    """Make mechanics whose derivative is the right one, with given slopes at the kinks."""

    def chosen(trace: Trace, layer: int) -> Bounded:
        slopes = derivative(trace, layer)
        value, error = slopes.value.copy(), slopes.error.copy()
        left = trace.problem.leaky_slope if trace.problem.activations[layer] != "relu" else 0.0
        for place, share in zip(places, shares, strict=True):
            if place.layer == layer:
                at = place.unit, place.sample
                value[at] = left + share * (1.0 - left)
                error[at] = misfit(float(value[at]), trace.precision)
        return Bounded(value, error, slopes.rounding)

    return replace(mechanics, derivative=chosen)
