"""Units that say nothing, and units that hardly listen any more.

Lives here: on how many samples a unit is silent or flat. It knows arrays, activations by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from refnet.activations import ACTIVATIONS
from refnet.arrays import Matrix, finite_matrix
from refnet.checks import entry

FLAT = 1 / 100
"""A slope below this share of the steepest: 30 epochs, the book's run, then move the unit by less
than a third of one epoch of a unit at its steepest."""

ALMOST_ALL = 99 / 100
"""A unit is saturated if flat on this share of the samples: by FLAT, what it learns from all these
is no more than what it learns from the remaining hundredth."""


@dataclass(frozen=True, eq=False)
class UnitCounts:
    """For every unit of a layer, on how many samples it is silent and on how many flat.

    Both counts have shape (units,). Silent: a ReLU that is 0, whose slope then is 0 too; other
    activations, leaky ReLU among them, are never silent. Flat: a sigmoid, tanh or softmax whose
    slope is below FLAT of its steepest. Counts of the same units on different samples add up.
    """

    samples: int
    silent: NDArray[np.intp]
    flat: NDArray[np.intp]

    def __add__(self, other: "UnitCounts") -> "UnitCounts":
        return UnitCounts(
            self.samples + other.samples, self.silent + other.silent, self.flat + other.flat
        )

    @property
    def dead_share(self) -> float:
        """The share of the units that are silent on every sample."""
        return float((self.silent == self.samples).mean())

    @property
    def saturated_share(self) -> float:
        """The share of the units that are flat on almost all samples."""
        return float((self.flat >= ALMOST_ALL * self.samples).mean())


def count_units(activation: str, activations: Matrix) -> UnitCounts:
    """Count on how many samples each unit of a layer is silent, and on how many flat.

    activations has shape (units, samples): what came out of the layer. Raises ShapeError, and
    ArgumentError for NaN, infinity or an unknown activation.
    """
    entry(activation, ACTIVATIONS, "activation")
    a = finite_matrix(activations, "activations")
    silent = a == 0.0 if activation == "relu" else np.zeros_like(a)
    slope = _SLOPES.get(activation)
    flat = np.zeros_like(a) if slope is None else slope(a) < FLAT
    return UnitCounts(a.shape[1], np.count_nonzero(silent, axis=1), np.count_nonzero(flat, axis=1))


_SLOPES: Mapping[str, Callable[[Matrix], NDArray[np.float64]]] = MappingProxyType(
    {
        # The slope as a share of the steepest: 1/4 for a sigmoid, 1 for tanh.
        "sigmoid": lambda a: 4.0 * a * (1.0 - a),
        "tanh": lambda a: 1.0 - a * a,
        "softmax": lambda a: 4.0 * a * (1.0 - a),
    }
)
