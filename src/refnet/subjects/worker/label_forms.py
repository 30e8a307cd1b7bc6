"""Telling class labels from one-hot targets where a function takes either without complaint.

Lives here: `means_classes`. It knows gradients and targets, nothing of any style of code.

`1 if j == label else 0` and `np.arange(k) == labels` raise nothing when they are handed one-hot
targets: what they compare is then never, or by chance, equal. But errors of outputs are differences
from the targets, and so gradients are affine in them, whatever the cost; and of class labels they
are such that the errors of two classes differ at the outputs of these two alone.
"""

from collections.abc import Callable

import numpy as np

from refnet.subjects.worker.adapted import Array, alike
from refnet.subjects.worker.recipes import LabelForm

Rows = Callable[[LabelForm, Array], Array]
"""From the form in which targets are handed over, and the targets, (outputs, samples), to the
weight gradients of the last layer, or what a step made of its weights: a row for every output."""


def means_classes(rows: Rows, targets: Array, precision: str) -> bool:
    """Tell whether class labels are meant, and one-hot targets not understood.

    Fewer than three outputs do not show it. Raises whatever the network raises.
    """
    if targets.shape[0] < 3:
        return False
    first, second = (_all_of(label, targets) for label in (0, 1))
    one, other = rows("one-hot", first), rows("one-hot", second)
    between = rows("one-hot", (first + second) / 2)
    if not alike(one, other, precision) and alike((one + other) / 2, between, precision):
        return False
    one, other = rows("integer", first), rows("integer", second)
    return not alike(one[:2], other[:2], precision) and alike(one[2:], other[2:], precision)


def _all_of(label: int, targets: Array) -> Array:
    every = np.zeros(targets.shape)
    every[label] = 1.0
    return every
