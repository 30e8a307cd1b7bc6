"""Stochastic gradient descent: one step, and training with everything a person wants to see.

Lives here: mini-batches, `step`, `train` and what it reports after each epoch. It knows networks,
labelled samples, evaluation and health, nothing of files or of where the samples come from.

Everything is checked once, at the edge of `train`. Inside an epoch nothing is: the gradients are
those of network.py without its checks, and the weights are changed in place, in a copy that
nobody else holds. After each epoch weights and costs are looked at again.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import Matrix, column, labels, matrix
from refnet.checks import check_count, check_kind, check_not_negative, found_by_looking
from refnet.costs import finite_cost
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, ShapeError
from refnet.evaluation import count_correct
from refnet.health import (
    LayerHealth,
    UnitCounts,
    chance,
    count_units,
    diagnose,
    measure,
)
from refnet.network import Gradients, Network
from refnet.parameters import Parameters
from refnet.regularization import l2_penalty

SAMPLES_AT_ONCE = 1000
"""Samples evaluated at a time: 1,000 images of 784 pixels are 6 MB, which a cache holds."""

STEPS_LOOKED_AT = 16
"""Steps of an epoch, evenly spaced, of which the gradient is kept: their median is not moved by a
few mini-batches that happen to be hard."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train: the number of epochs, samples per mini-batch, and eta.

    The default is the book's first run. Raises ArgumentError for what is not positive.
    """

    epochs: int = 30
    batch_size: int = 10
    learning_rate: float = 3.0

    def __post_init__(self) -> None:
        check_count(self.epochs, "epochs", "30 is the book's choice")
        check_count(self.batch_size, "batch_size", "10 is the book's choice")
        check_not_negative(self.learning_rate, "learning_rate", "3.0 is the book's first choice")
        if self.learning_rate == 0.0:
            raise ArgumentError(
                "learning_rate: got 0.0; expected a positive number, for nothing is learnt at 0; "
                "3.0 is the book's first choice"
            )


@dataclass(frozen=True)
class EpochReport:
    """What is known after an epoch, of the weights as they are then; `epoch` counts from 1.

    The costs have the L2 penalty in them. `validation_accuracy` is between 0 and 1. `health`
    has one entry per layer, on all training samples; `illnesses` says in plain sentences what is
    wrong with it. `seconds` is wall-clock time, all this included.
    """

    epoch: int
    training_cost: float
    validation_cost: float
    validation_accuracy: float
    health: tuple[LayerHealth, ...]
    illnesses: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The trained network, and what was reported after each epoch."""

    network: Network
    history: tuple[EpochReport, ...]


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
    stepped = _copy(network)
    _descend(stepped.parameters, Gradients(gradients.weights, gradients.biases), learning_rate)
    return _copy(stepped)


@found_by_looking
def train(
    network: Network,
    training: Samples,
    validation: Samples,
    options: TrainingOptions,
    generator: np.random.Generator,
    on_epoch: Callable[[EpochReport, Network], object] | None = None,
) -> TrainingResult:
    """Train a network, and report after each epoch.

    `on_epoch` is called after each epoch with the report and the network as it is then. The
    network passed in is not changed. The samples are shuffled by the generator alone, so that
    the same seed gives the same history. Raises ShapeError and ArgumentError for arguments that
    do not fit, and ArgumentError as soon as an epoch ends in NaN or infinity.
    """
    _check(network, training, validation, options)
    level = chance(validation.labels, validation.classes)
    costs = [_appraise(network, training).cost]
    accuracies: list[float] = []
    rows = _Rows.of(training)
    history: list[EpochReport] = []
    for epoch in range(1, options.epochs + 1):
        began = time.perf_counter()
        changing = _copy(network)
        kept = _descend_through(changing, rows, options, generator)
        when = f"epoch {epoch} at learning rate {options.learning_rate}"
        network, seen, unseen = _settled(changing, training, validation, when)
        health = _health(network, seen.units, kept, options.learning_rate)
        costs.append(seen.cost)
        accuracies.append(unseen.accuracy)
        illnesses = diagnose(health, costs, accuracies, level)
        seconds = time.perf_counter() - began
        report = EpochReport(
            epoch, seen.cost, unseen.cost, unseen.accuracy, health, illnesses, seconds
        )
        history.append(report)
        if on_epoch is not None:
            on_epoch(report, network)
    return TrainingResult(network, tuple(history))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Samples with one row per sample, so that a mini-batch is gathered from whole rows."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]

    @classmethod
    def of(cls, samples: Samples) -> "_Rows":
        """Copy the samples, unless they lie row by row in memory already."""
        return cls(np.ascontiguousarray(samples.x.T), np.ascontiguousarray(samples.targets.T))


@dataclass(frozen=True)
class _Appraisal:
    cost: float
    accuracy: float
    units: tuple[UnitCounts, ...]


def _check(
    network: Network, training: Samples, validation: Samples, options: TrainingOptions
) -> None:
    check_kind(network, Network, "network", "make one by refnet.new_network")
    check_kind(options, TrainingOptions, "options", "make them by TrainingOptions(epochs=30)")
    for samples, name in ((training, "training"), (validation, "validation")):
        check_kind(samples, Samples, name, "make them by Samples(x, labels, classes)")
        got = (samples.x.shape[0], samples.classes)
        expected = (network.sizes[0], network.sizes[-1])
        if got != expected:
            raise ShapeError(
                f"{name}: got samples of {got[0]} inputs and {got[1]} classes; expected "
                f"{expected[0]} and {expected[1]}, as the network has; check the layer sizes"
            )
    if network.l2 > 0.0 and network.training_size != len(training):
        raise ArgumentError(
            f"training_size: got {network.training_size}; expected {len(training)}, the number n "
            "of training samples in lambda / n; make the network with that training_size"
        )


def _descend_through(
    network: Network, rows: _Rows, options: TrainingOptions, generator: np.random.Generator
) -> list[Gradients]:
    """Change the network by one epoch of steps; return some of their gradients."""
    samples = rows.x.shape[0]
    steps = math.ceil(samples / options.batch_size)
    looks = min(steps, STEPS_LOOKED_AT)
    looked_at = {(look + 1) * steps // looks - 1 for look in range(looks)}
    kept: list[Gradients] = []
    for number, batch in enumerate(mini_batches(samples, options.batch_size, generator)):
        x, y = matrix(rows.x[batch].T), matrix(rows.y[batch].T)
        gradients = network.unchecked_backprop(x, y)
        _descend(network.parameters, gradients, options.learning_rate)
        if number in looked_at:
            kept.append(gradients)
    return kept


def _descend(parameters: Parameters, gradients: Gradients, learning_rate: float) -> None:
    """Change the parameters in place: w -= eta dC/dw, b -= eta dC/db."""
    for w, dw in zip(parameters.weights, gradients.weights, strict=True):
        np.subtract(w, learning_rate * dw, out=w)
    for b, db in zip(parameters.biases, gradients.biases, strict=True):
        np.subtract(b, learning_rate * db, out=b)


def _copy(network: Network) -> Network:
    """Copy a network with its weights and biases. Raises ArgumentError for NaN or infinity."""
    weights = tuple(matrix(w.copy()) for w in network.parameters.weights)
    biases = tuple(column(b.copy()) for b in network.parameters.biases)
    return replace(network, parameters=Parameters(weights, biases))


def _settled(
    changed: Network, training: Samples, validation: Samples, when: str
) -> tuple[Network, _Appraisal, _Appraisal]:
    """Return a copy that has been checked, and how it does on both sets.

    Raises ArgumentError if the epoch has ended in NaN or infinity.
    """
    try:
        network = _copy(changed)
        return network, _appraise(network, training), _appraise(network, validation)
    except ArgumentError as error:
        raise ArgumentError(
            f"training has run away in {when} ({error}); expected finite weights and cost; use a "
            "smaller learning rate, He or Glorot initialisation, and inputs in [0, 1]"
        ) from error


def _appraise(network: Network, samples: Samples) -> _Appraisal:
    """Return cost, accuracy and units of a network on samples, some of them at a time."""
    cost, correct = 0.0, 0
    counts: list[UnitCounts] = []
    for start in range(0, len(samples), SAMPLES_AT_ONCE):
        part = slice(start, start + SAMPLES_AT_ONCE)
        x, y = matrix(samples.x[:, part]), matrix(samples.targets[:, part])
        forward = network.feedforward(x)
        value = network.cost.formula(network.activations[-1], forward.zs[-1], y)
        cost += value * (x.shape[1] / len(samples))
        correct += count_correct(forward.outputs, labels(samples.labels[part], samples.classes))
        counted = [
            count_units(sigma.name, a)
            for sigma, a in zip(network.activations, forward.activations[1:], strict=True)
        ]
        counts = [a + b for a, b in zip(counts, counted, strict=True)] if counts else counted
    penalty = l2_penalty(network.parameters.weights, network.l2, network.training_size)
    return _Appraisal(finite_cost(cost + penalty), correct / len(samples), tuple(counts))


def _health(
    network: Network,
    units: tuple[UnitCounts, ...],
    kept: list[Gradients],
    learning_rate: float,
) -> tuple[LayerHealth, ...]:
    return tuple(
        measure(
            layer + 1,
            network.activations[layer].name,
            units[layer],
            w,
            [gradients.weights[layer] for gradients in kept],
            learning_rate,
        )
        for layer, w in enumerate(network.parameters.weights)
    )
