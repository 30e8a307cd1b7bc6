"""Training: epoch after epoch, with a report after each, and from a checkpoint on as if never left.

Lives here: `train` and `resume`. They know all the rest of this package.

Everything is checked once, at the edge. Inside an epoch nothing is: the gradients are those of
network.py without its checks, and the weights are changed in place, in a copy that nobody else
holds. After each epoch weights and costs are looked at again.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from refnet.checks import check_kind, found_by_looking
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, ShapeError
from refnet.health import LayerHealth, chance, diagnose, measure
from refnet.network import Gradients, Network
from refnet.sgd.appraisal import Appraisal, appraise
from refnet.sgd.history import Checkpoint, EpochReport, TrainingResult, best_epoch, is_over
from refnet.sgd.options import TrainingOptions
from refnet.sgd.steps import Rows, copied, descend_through

OnEpoch = Callable[[EpochReport, Network], object]
OnCheckpoint = Callable[[Checkpoint], object]


@found_by_looking
def train(
    network: Network,
    training: Samples,
    validation: Samples,
    options: TrainingOptions,
    generator: np.random.Generator,
    on_epoch: OnEpoch | None = None,
    on_checkpoint: OnCheckpoint | None = None,
) -> TrainingResult:
    """Train a network, and report after each epoch.

    `on_checkpoint` is called before the first epoch and after each; then `on_epoch`, after each,
    with the report and the network as it is then. The network passed in is not changed. The
    samples are shuffled by the generator alone, so that the same seed gives the same history.
    Raises ShapeError and ArgumentError for arguments that do not fit, and ArgumentError as soon
    as an epoch ends in NaN or infinity.
    """
    _check(network, training, validation, options)
    check_kind(generator, np.random.Generator, "generator", "use numpy.random.default_rng(7)")
    first_cost = appraise(network, training).cost
    run = _Run(training, validation, options, generator, network, network, first_cost, [])
    return run.to_the_end(on_epoch, on_checkpoint)


@found_by_looking
def resume(
    checkpoint: Checkpoint,
    training: Samples,
    validation: Samples,
    epochs: int | None = None,
    on_epoch: OnEpoch | None = None,
    on_checkpoint: OnCheckpoint | None = None,
) -> TrainingResult:
    """Go on from a checkpoint, to the very network and history that training in one go gives.

    The samples must be those with which it was begun. `epochs`, the number of all of them, is all
    that may change. Nothing is trained where nothing is left to do. Raises ArgumentError for
    other samples, for fewer epochs than there have been, and as `train` does.
    """
    check_kind(checkpoint, Checkpoint, "checkpoint", "load one by refnet.checkpoints")
    options = checkpoint.options if epochs is None else replace(checkpoint.options, epochs=epochs)
    _check(checkpoint.network, training, validation, options)
    if (training.digest, validation.digest) != checkpoint.data:
        raise ArgumentError(
            "training and validation: got other samples than the training was begun with; "
            "expected the very same; load them as they were, or begin a new training"
        )
    if options.epochs < len(checkpoint.history):
        raise ArgumentError(
            f"epochs: got {options.epochs}; expected at least {len(checkpoint.history)}, for as "
            "many have been trained; give the number of all epochs, those included"
        )
    # A copy each: the checkpoint can be resumed again.
    run = _Run(
        training,
        validation,
        options,
        copy.deepcopy(checkpoint.generator),
        checkpoint.network,
        checkpoint.best,
        checkpoint.first_cost,
        [*checkpoint.history],
    )
    return run.to_the_end(on_epoch, on_checkpoint)


@dataclass(eq=False)
class _Run:
    """A training that goes on: what changes from epoch to epoch, and what that takes."""

    training: Samples
    validation: Samples
    options: TrainingOptions
    generator: np.random.Generator
    network: Network
    best: Network
    first_cost: float
    history: list[EpochReport]

    def to_the_end(
        self, on_epoch: OnEpoch | None, on_checkpoint: OnCheckpoint | None
    ) -> TrainingResult:
        rows = Rows.of(self.training)
        if on_checkpoint is not None:
            on_checkpoint(self.checkpoint())
        while not is_over(self.options, self.history):
            self.epoch(rows)
            if on_checkpoint is not None:
                on_checkpoint(self.checkpoint())
            if on_epoch is not None:
                on_epoch(self.history[-1], self.network)
        return TrainingResult(self.best, tuple(self.history))

    def epoch(self, rows: Rows) -> None:
        number = len(self.history) + 1
        began = time.perf_counter()
        eta = self.options.learning_rate_in(number)
        changing = copied(self.network)
        kept = descend_through(changing, rows, self.options.batch_size, eta, self.generator)
        when = f"epoch {number} at learning rate {eta}"
        self.network, seen, unseen = _settled(changing, self.training, self.validation, when)
        health = _health(self.network, seen, kept, eta)
        costs = [self.first_cost, *(report.training_cost for report in self.history), seen.cost]
        accuracies = [*(report.validation_accuracy for report in self.history), unseen.accuracy]
        level = chance(self.validation.labels, self.validation.classes)
        illnesses = diagnose(health, costs, accuracies, level)
        seconds = time.perf_counter() - began
        self.history.append(
            EpochReport(number, seen.cost, unseen.cost, unseen.accuracy, health, illnesses, seconds)
        )
        if self.options.patience is None or best_epoch(self.history) == number:
            self.best = self.network

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            self.network,
            self.best,
            self.options,
            tuple(self.history),
            self.first_cost,
            copy.deepcopy(self.generator),
            (self.training.digest, self.validation.digest),
        )


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


def _settled(
    changed: Network, training: Samples, validation: Samples, when: str
) -> tuple[Network, Appraisal, Appraisal]:
    """Return a copy that has been checked, and how it does on both sets.

    Raises ArgumentError if the epoch has ended in NaN or infinity.
    """
    try:
        network = copied(changed)
        return network, appraise(network, training), appraise(network, validation)
    except ArgumentError as error:
        raise ArgumentError(
            f"training has run away in {when} ({error}); expected finite weights and cost; use a "
            "smaller learning rate, He or Glorot initialisation, and inputs in [0, 1]"
        ) from error


def _health(
    network: Network,
    seen: Appraisal,
    kept: list[Gradients],
    learning_rate: float,
) -> tuple[LayerHealth, ...]:
    return tuple(
        measure(
            layer + 1,
            network.activations[layer].name,
            seen.units[layer],
            w,
            [gradients.weights[layer] for gradients in kept],
            learning_rate,
        )
        for layer, w in enumerate(network.parameters.weights)
    )
