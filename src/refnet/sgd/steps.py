"""Mini-batches and steps: one that is checked, and an epoch of them that are not.

Lives here: `step`, W - eta dC/dW, and `descend_through`, which does the same in place, for as many
mini-batches as there are. It knows networks and samples, nothing of reports.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import Matrix, column, matrix
from refnet.checks import check_count, check_kind, check_not_negative, found_by_looking
from refnet.datasets.samples import Samples
from refnet.network import Gradients, Network
from refnet.parameters import Parameters

STEPS_LOOKED_AT = 16
"""Steps of an epoch, evenly spaced, of which the gradient is kept: their median is not moved by a
few mini-batches that happen to be hard."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples with one row per sample, so that a mini-batch is gathered from whole rows."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @classmethod
    def of(cls, samples: Samples) -> "Rows":
        """Copy the samples, unless they lie row by row in memory already."""
        return cls(np.ascontiguousarray(samples.x.T), np.ascontiguousarray(samples.targets.T))


def mini_batches(
    samples: int, batch_size: int, generator: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of the samples in random order, `batch_size` at a time.

    Shape (batch_size,), the last one shorter where the sizes do not divide: every index occurs
    once. Raises ArgumentError for sizes that are not positive or no Generator.
    """
    check_count(samples, "samples", "an empty set cannot be divided")
    check_count(batch_size, "batch_size", "10 is the book's choice")
    check_kind(generator, np.random.Generator, "generator", "use numpy.random.default_rng(7)")
    shuffled = generator.permutation(samples)
    starts = range(0, samples, batch_size)
    return (shuffled[start : start + batch_size] for start in starts)


@found_by_looking
def step(network: Network, x: Matrix, y: Matrix, learning_rate: float) -> Network:
    """Return the network after one step of gradient descent, W - eta dC/dW and b - eta dC/db.

    x has shape (inputs, samples), y (outputs, samples). The gradient is the mean over these
    samples, however few they are (Nielsen, chapter 1, equations 20 and 21; with the L2 penalty
    chapter 3, equation 93). Raises ShapeError and ArgumentError, also for a step that overflows.
    """
    check_kind(network, Network, "network", "make one by refnet.new_network")
    check_not_negative(learning_rate, "learning_rate", "a step goes down the gradient")
    gradients = network.backprop(x, y)
    stepped = copied(network)
    _descend(stepped.parameters, Gradients(gradients.weights, gradients.biases), learning_rate)
    return copied(stepped)


def descend_through(
    network: Network,
    rows: Rows,
    batch_size: int,
    learning_rate: float,
    generator: np.random.Generator,
) -> list[Gradients]:
    """Change the network by one epoch of steps; return some of their gradients."""
    samples = rows.x.shape[0]
    steps = math.ceil(samples / batch_size)
    looks = min(steps, STEPS_LOOKED_AT)
    looked_at = {(look + 1) * steps // looks - 1 for look in range(looks)}
    kept: list[Gradients] = []
    for number, batch in enumerate(mini_batches(samples, batch_size, generator)):
        x, y = matrix(rows.x[batch].T), matrix(rows.y[batch].T)
        gradients = network.unchecked_backprop(x, y)
        _descend(network.parameters, gradients, learning_rate)
        if number in looked_at:
            kept.append(gradients)
    return kept


def _descend(parameters: Parameters, gradients: Gradients, learning_rate: float) -> None:
    """Change the parameters in place: w -= eta dC/dw, b -= eta dC/db."""
    for w, dw in zip(parameters.weights, gradients.weights, strict=True):
        np.subtract(w, learning_rate * dw, out=w)
    for b, db in zip(parameters.biases, gradients.biases, strict=True):
        np.subtract(b, learning_rate * db, out=b)


def copied(network: Network) -> Network:
    """Copy a network with its weights and biases. Raises ArgumentError for NaN or infinity."""
    weights = tuple(matrix(w.copy()) for w in network.parameters.weights)
    biases = tuple(column(b.copy()) for b in network.parameters.biases)
    return replace(network, parameters=Parameters(weights, biases))
