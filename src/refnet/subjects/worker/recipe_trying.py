"""Trying out how a network is asked: networks, batches, and what went wrong.

Lives here: Probe, and what has become of parameters. It knows how a network is made, not which
functions it has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from refnet.errors import Interruption
from refnet.subjects.telling import raised
from refnet.subjects.worker.adapted import Array, Pair, Question
from refnet.subjects.worker.closures import kind_named
from refnet.subjects.worker.layouts import SampleLayout
from refnet.subjects.worker.loading import Loaded
from refnet.subjects.worker.making import SHAPES, Made
from refnet.subjects.worker.places import ArrayLayer
from refnet.subjects.worker.workbench import Bench

SAMPLES = 8
"""Samples of a batch that is tried: unlike every number of units in SHAPES, and a power of two, so
that shares of them are exact."""

_ANSWERS: dict[SampleLayout, Callable[[int, int], tuple[tuple[int, ...], ...]]] = {
    "columns": lambda samples, units: ((units, samples),),
    "rows": lambda samples, units: ((samples, units), (units, samples)),
    "single column": lambda _samples, units: ((units, 1), (units,)),
    "single vector": lambda _samples, units: ((units,), (units, 1)),
    "single row": lambda _samples, units: ((1, units), (units,)),
}
"""The shapes that outputs have by how samples are taken: as the samples have, or another."""


def answers(layout: SampleLayout, samples: int, units: int) -> tuple[tuple[int, ...], ...]:
    """List the shapes that outputs may have, the likeliest first, that of a vector last.

    Of one unit, there may be one number a sample.
    """
    batch = layout in ("columns", "rows")
    flat: tuple[tuple[int, ...], ...] = ((samples,) if batch else (),)
    return _ANSWERS[layout](samples, units) + (flat if units == 1 else ())


@dataclass(eq=False)
class Probe:
    """A network under examination: how it is made, and what is not to be tried.

    `raised` is what went wrong in the last attempts, `told` why what was found is of no use.
    """

    loaded: Loaded
    made: Made
    without: frozenset[str]
    doing: Callable[[str], None]
    raised: list[str] = field(default_factory=list[str])
    told: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """What it is called, for a message."""
        return kind_named(self.bench().owner)

    @property
    def why(self) -> str:
        """What the last attempts raised, for a message; what one returned says more than that."""
        said = [each for each in self.raised if " returned " in each] or self.raised
        said = [*self.told, *said]
        return f" ({'; '.join(dict.fromkeys(said))})" if said else ""

    def tell(self, reason: str) -> None:
        """Remember why what was found is of no use: that says the most."""
        self.told.append(reason)

    def note(self, name: str, error: BaseException) -> None:
        """Remember what a function raised when it was tried. Raises the user's Interruption."""
        if isinstance(error, Interruption):
            raise error
        self.raised.append(f"{name.strip('.|')} raised {raised(error)}")

    def all_sizes(self) -> list[tuple[int, ...]]:
        """List the layer sizes that are tried, uneven ones first."""
        if self.made.fixed is not None:
            return [self.made.fixed]
        depth = self.made.depth or 2
        uneven = next(sizes for sizes in SHAPES if len(sizes) == depth + 1)
        return [uneven, (3,) * (depth + 1)]

    def bench(self, sizes: Sequence[int] | None = None) -> Bench:
        """Make a network and put it on the bench."""
        sizes = self.all_sizes()[0] if sizes is None else sizes
        made = self.made.make(sizes)
        bench = Bench(made, self.loaded.module, self.made.layout, sizes)
        bench.settings.update(getattr(self.made.make, "given", {}))
        bench.put_biases(self.made.augmented)
        if not self.made.biased:
            bench.leave_out_biases()
        return bench

    def question(self, sizes: Sequence[int]) -> Question:
        """Return a batch that tells layouts apart: the last class occurs in it."""
        samples = SAMPLES + (SAMPLES in sizes)
        x = np.linspace(-1.0, 1.0, sizes[0] * samples).reshape(sizes[0], samples)
        classes = (sizes[-1] - 1 - np.arange(samples)) % sizes[-1]
        return Question(x, np.eye(sizes[-1])[:, classes], 0.5, 0.0, 2 * samples)


def generic(parameters: Pair) -> Pair:
    """Return parameters of the same shapes, no two alike, at which no unit is saturated."""
    weights, biases = parameters
    return (
        [np.linspace(-1.5, 2.0, w.size).reshape(w.shape) / w.shape[1] for w in weights],
        [np.linspace(0.1, 0.2, b.size).reshape(b.shape) for b in biases],
    )


def of_neurons(bench: Bench) -> bool:
    """Tell whether every weight is a number of a neuron.

    Loops over such numbers take a batch, too, where NumPy has made them: each becomes an array.
    """
    return not any(isinstance(layer, ArrayLayer) for layer in bench.layers)


def is_in_shape(
    before: tuple[Sequence[Array], Sequence[Array]], after: tuple[Sequence[Array], Sequence[Array]]
) -> bool:
    """Tell whether parameters have kept their shapes."""
    shapes = [[array.shape for kind in both for array in kind] for both in (before, after)]
    return shapes[0] == shapes[1]


def moved(
    before: tuple[Sequence[Array], Sequence[Array]], after: tuple[Sequence[Array], Sequence[Array]]
) -> bool:
    """Tell whether parameters have changed."""
    return not all(
        np.array_equal(old, new)
        for olds, news in zip(before, after, strict=True)
        for old, new in zip(olds, news, strict=True)
    )
