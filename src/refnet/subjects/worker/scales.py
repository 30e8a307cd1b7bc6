"""What turns what a network returns into its outputs: scores and logarithms are customary, too.

Lives here: Scale and SCALES. It knows arrays alone.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from refnet.subjects.worker.adapted import Array

Scale = Literal["", "softmax", "exp", "sigmoid"]
"""What a network's own numbers are to be put through."""


def _softmax(scores: Array) -> Array:
    with np.errstate(all="ignore"):
        exponentials = np.exp(scores - scores.max(axis=0, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(axis=0, keepdims=True))


def _sigmoid(scores: Array) -> Array:
    # Of -|z| alone the exponential is taken: it cannot overflow.
    small = np.exp(-np.abs(scores))
    return np.asarray(np.where(scores < 0.0, small, 1.0) / (1.0 + small))


SCALES: dict[Scale, Callable[[Array], Array]] = {
    "": lambda outputs: outputs,
    "softmax": _softmax,
    "exp": np.exp,
    "sigmoid": _sigmoid,
}
"""How outputs are made of what a network returns."""
