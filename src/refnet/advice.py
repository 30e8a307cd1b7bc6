"""What the laws cannot judge but a reader should hear.

Lives here: `advise`. Advice is never a broken law: standard normal weights are legitimate, and
what feeds the network was not seen at all.
"""

import math

import numpy as np

from refnet.short_training.explanation import WIDE
from refnet.subjects.protocol import Head
from refnet.trial import Trial

_MANY = 20
"""Weights of which none is below 0 by chance, in a million networks one."""

NOT_JUDGED = (
    "Not judged: data loading, labels, shuffling, learning rate. If training stays at chance "
    "although everything here passes, look there: pixels in [0, 1], x and y shuffled together, "
    "labels counted from 0."
)


def advise(head: Head, trial: Trial, *, learns: bool = False) -> tuple[str, ...]:
    """Say what was not judged, and what about the initial weights will hurt.

    `learns` tells that a training has shown that they do not.
    """
    spread = _initial_spread(trial)
    sentences = [NOT_JUDGED] if not trial.broken else []
    if (
        not learns
        and spread is not None
        and head.hidden in ("relu", "leaky_relu")
        and spread > WIDE
    ):
        sentences.append(
            f"The initial weights are {spread:.1f} times as wide as He's sqrt(2 / fan-in): with "
            "ReLU units they die within a few steps (as by bug standard-normal-with-relu); draw "
            "them as sqrt(2 / fan-in) * standard normal."
        )
    if _has_no_negative_weight(trial):
        sentences.append(
            "None of the initial weights of the first layer is negative (bug uniform-positive): "
            "sums of many inputs saturate all units alike; draw weights around 0."
        )
    return tuple(sentences)


def _has_no_negative_weight(trial: Trial) -> bool:
    """Tell whether many first weights are drawn, and on one side of 0."""
    for exchange in trial.exchanges:
        initial = exchange.answer.initial
        if initial is not None and initial.weights:
            first = initial.weights[0]
            return bool(first.size >= _MANY and np.all(first >= 0.0) and np.std(first) > 0.0)
    return False


def _initial_spread(trial: Trial) -> float | None:
    """Return the standard deviation of the first layer's initial weights, in units of He's."""
    for exchange in trial.exchanges:
        initial = exchange.answer.initial
        if initial is not None and initial.weights and initial.weights[0].ndim == 2:
            fan_in = exchange.problem.sizes[0]
            return float(np.std(initial.weights[0])) / math.sqrt(2.0 / fan_in)
    return None
