"""Labelled samples: what a network is trained on, validated on and tested on.

Lives here: Samples, one column of inputs and one class label per sample, and Split, the three sets
of a data set. It knows arrays, nothing of files, of networks or of how the samples came to be.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from refnet.arrays import Labels, Matrix, finite_matrix, labels, one_hot
from refnet.errors import ArgumentError, ShapeError


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs with their class labels, checked: x has shape (inputs, samples), labels (samples,).

    `classes` is the number of classes there are, which may be more than occur. Raises ShapeError
    for arrays that do not fit, ArgumentError for NaN, infinity or a label outside 0..classes-1.
    """

    x: Matrix
    labels: Labels
    classes: int

    def __post_init__(self) -> None:
        if self.classes < 1:
            raise ArgumentError(
                f"classes: got {self.classes}; expected at least 1; give the number of outputs"
            )
        finite_matrix(self.x, "x")
        # A frozen instance is assigned to this once: other integer types become that of Labels.
        object.__setattr__(self, "labels", labels(self.labels, self.classes))
        if self.labels.size != self.x.shape[1]:
            raise ShapeError(
                f"x and labels: got {self.x.shape[1]} samples and {self.labels.size} labels; "
                "expected one label per column of x; one column is one sample"
            )

    def __len__(self) -> int:
        return self.x.shape[1]

    @cached_property
    def targets(self) -> Matrix:
        """The labels as one-hot columns, shape (classes, samples); made once."""
        return one_hot(self.labels, self.classes)

    @cached_property
    def digest(self) -> str:
        """What tells these samples from any others, in hexadecimal: the SHA-256 of inputs, labels
        and number of classes; made once.
        """
        digest = hashlib.sha256(f"{self.x.shape} {self.classes} ".encode())
        # Sample by sample, which copies nothing where the samples lie so in memory.
        digest.update(np.ascontiguousarray(self.x.T).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Split:
    """The three sets of a data set: to train on, to validate and to test on."""

    training: Samples
    validation: Samples
    test: Samples
