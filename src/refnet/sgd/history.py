"""What is known of a training: after an epoch, between two, and at its end.

Lives here: plain data, and whether a training is over. It knows networks and health by their data
alone, nothing of how a network is trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refnet.health import LayerHealth
from refnet.network import Network
from refnet.sgd.options import TrainingOptions


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
    """The trained network (with patience the best one), and what was reported after each epoch."""

    network: Network
    history: tuple[EpochReport, ...]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training between two epochs, with all that it takes to go on as if it had not been left.

    `network` is as it was after the last epoch; `best` is the one to use, which is another one
    with patience alone. `first_cost` is the training cost before the first epoch, `generator` is
    about to shuffle the next one, `data` are the digests of training and validation samples.
    """

    network: Network
    best: Network
    options: TrainingOptions
    history: tuple[EpochReport, ...]
    first_cost: float
    generator: np.random.Generator
    data: tuple[str, str]


def best_epoch(history: Sequence[EpochReport]) -> int:
    """Return the epoch of the highest validation accuracy, of several the first; of none 0."""
    best = max(history, key=lambda report: report.validation_accuracy, default=None)
    return 0 if best is None else best.epoch


def is_over(options: TrainingOptions, history: Sequence[EpochReport]) -> bool:
    """Tell whether all epochs are trained, or patience has run out."""
    waited = len(history) - best_epoch(history)
    impatient = options.patience is not None and waited >= options.patience
    return impatient or len(history) >= options.epochs
