"""How the parameters of a new network are drawn.

Lives here: standard normal, scaled normal, Glorot and He, each under its name. It knows arrays and
Parameters, nothing of activations. Randomness comes from the caller's Generator alone.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from refnet.arrays import Column, Matrix, column, matrix
from refnet.checks import check_count, check_kind, entry
from refnet.errors import ArgumentError
from refnet.parameters import Parameters


@dataclass(frozen=True)
class Initializer:
    """A scheme: normal weights of a standard deviation that depends on fan-in and fan-out."""

    name: str
    deviation: Callable[[int, int], float]
    bias_deviation: float

    def parameters(self, sizes: Sequence[int], generator: np.random.Generator) -> Parameters:
        """Draw the parameters of a network, layer by layer, weights before biases.

        `sizes` are the units per layer, the input included. Raises ArgumentError for fewer than
        two layers, a size that is not a positive whole number, or no Generator.
        """
        check_kind(sizes, Sequence, "sizes", "give the units per layer, as in [784, 30, 10]")
        if len(sizes) < 2:
            raise ArgumentError(
                f"sizes: got {list(sizes)}; expected at least an input and an output layer; give "
                "the units per layer, as in [784, 30, 10]"
            )
        for layer, units in enumerate(sizes):
            check_count(units, f"sizes: layer {layer}", "every layer has at least one unit")
        check_kind(
            generator, np.random.Generator, "generator", "make one by numpy.random.default_rng(7)"
        )
        weights: list[Matrix] = []
        biases: list[Column] = []
        for fan_in, fan_out in pairwise(sizes):
            spread = self.deviation(fan_in, fan_out)
            try:
                normal = generator.standard_normal((fan_out, fan_in))
            except (MemoryError, ValueError) as error:  # NumPy's, by how much it is
                raise ArgumentError(
                    f"sizes: got {list(sizes)}; expected layers whose weights fit into memory "
                    f"({error}); take fewer units"
                ) from error
            weights.append(matrix(spread * normal))
            biases.append(column(self.bias_deviation * generator.standard_normal((fan_out, 1))))
        return Parameters(tuple(weights), tuple(biases))


def _standard(_fan_in: int, _fan_out: int) -> float:
    return 1.0


def _scaled(fan_in: int, _fan_out: int) -> float:
    return 1.0 / math.sqrt(fan_in)


def _glorot(fan_in: int, fan_out: int) -> float:
    return math.sqrt(2.0 / (fan_in + fan_out))


def _he(fan_in: int, _fan_out: int) -> float:
    return math.sqrt(2.0 / fan_in)


INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        initializer.name: initializer
        for initializer in (
            # Nielsen, chapter 1: everything from N(0, 1), biases too.
            Initializer("standard_normal", _standard, 1.0),
            # Nielsen, chapter 3, "Weight initialization": weights N(0, 1/fan-in), biases N(0, 1).
            Initializer("scaled_normal", _scaled, 1.0),
            # Glorot and Bengio 2010, equation 12 in its normal form; biases 0.
            Initializer("glorot", _glorot, 0.0),
            # He et al. 2015, equation 10: variance 2/fan-in keeps ReLU layers alive; biases 0.
            Initializer("he", _he, 0.0),
        )
    }
)
"""Every scheme by the name that files and the command line use."""


def initializer_by_name(name: str) -> Initializer:
    """Look a scheme up. Raises ArgumentError for a name that is not one of INITIALIZERS."""
    return entry(name, INITIALIZERS, "initializer")
