"""Stochastic gradient descent: one step, and training that can be watched, left and resumed.

Lives here: the options of a training, mini-batches and one step (steps.py), what is known after an
epoch and between two (history.py), and training itself (training.py). It knows networks, labelled
samples, evaluation and health, nothing of files or of where the samples come from.
"""

from refnet.sgd.history import Checkpoint, EpochReport, TrainingResult, best_epoch, is_over
from refnet.sgd.options import TrainingOptions
from refnet.sgd.steps import mini_batches, step
from refnet.sgd.training import resume, train

__all__ = [
    "Checkpoint",
    "EpochReport",
    "TrainingOptions",
    "TrainingResult",
    "best_epoch",
    "is_over",
    "mini_batches",
    "resume",
    "step",
    "train",
]
