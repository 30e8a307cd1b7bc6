"""What a network says about samples, and how often it is right.

Lives here: predictions by argmax, the number and the share of right ones, and the confusion
matrix, for integer labels and for one-hot columns alike. It knows arrays, nothing of networks.

One column is one sample, so a prediction is the largest of the units of one column: the argmax
runs along axis 0.
"""

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import Labels, Matrix, describe, finite_matrix, labels
from refnet.checks import check_count
from refnet.errors import ArgumentError, ShapeError

Counts = NDArray[np.intp]
"""An array of counts."""


def predictions(outputs: Matrix) -> Labels:
    """Return the class of every sample: the unit with the largest output, of several the first.

    Shape (outputs, samples) becomes (samples,). Raises ShapeError and ArgumentError.
    """
    checked = finite_matrix(outputs, "outputs")
    return labels(checked.argmax(axis=0), checked.shape[0], "predictions")


def true_labels(targets: Labels | Matrix, classes: int) -> Labels:
    """Return targets as integer labels, whether they are labels or one-hot columns.

    Shape (samples,) or (classes, samples) becomes (samples,). Raises ShapeError for a rank, a
    type or a number of rows that does not fit, ArgumentError for a label out of range and for
    a column that is not one-hot.
    """
    check_count(classes, "classes", "give the number of output units")
    if not isinstance(targets, np.ndarray):  # pyright: ignore[reportUnnecessaryIsInstance]  # untyped
        raise ShapeError(
            f"targets: got {describe(targets)}; expected integer labels or one-hot columns; wrap "
            "labels in numpy.asarray(..., dtype=numpy.intp)"
        )
    if targets.ndim == 1 or targets.dtype.kind != "f":
        return labels(targets, classes, "targets")
    columns = finite_matrix(targets, "targets")
    if columns.shape[0] != classes:
        raise ShapeError(
            f"targets: got shape {columns.shape}; expected {classes} rows, one per class; one "
            "column is one sample"
        )
    one_hot = ((columns == 0.0) | (columns == 1.0)).all(axis=0) & (columns.sum(axis=0) == 1.0)
    if not one_hot.all():
        sample = int(np.flatnonzero(~one_hot)[0])
        raise ArgumentError(
            f"targets: got a column {sample} that is not one-hot; expected a single 1 among "
            "zeros; give integer labels, or encode them with refnet.one_hot"
        )
    return labels(columns.argmax(axis=0), classes, "targets")


def count_correct(outputs: Matrix, targets: Labels | Matrix) -> int:
    """Return how many samples are predicted right.

    outputs has shape (classes, samples), targets (samples,) or (classes, samples). Raises
    ShapeError and ArgumentError.
    """
    predicted, true = _both(outputs, targets)
    return int((predicted == true).sum())


def accuracy(outputs: Matrix, targets: Labels | Matrix) -> float:
    """Return the share of samples that are predicted right, between 0 and 1.

    outputs has shape (classes, samples), targets (samples,) or (classes, samples). Raises
    ShapeError and ArgumentError.
    """
    return count_correct(outputs, targets) / outputs.shape[1]


def confusion_matrix(outputs: Matrix, targets: Labels | Matrix) -> Counts:
    """Return how often each true class (row) was predicted as each class (column), read-only.

    outputs has shape (classes, samples), targets (samples,) or (classes, samples), the result
    (classes, classes). Raises ShapeError and ArgumentError.
    """
    predicted, true = _both(outputs, targets)
    classes = outputs.shape[0]
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    confusion = counts.reshape(classes, classes)
    confusion.flags.writeable = False
    return confusion


def _both(outputs: Matrix, targets: Labels | Matrix) -> tuple[Labels, Labels]:
    predicted = predictions(outputs)
    true = true_labels(targets, outputs.shape[0])
    if predicted.size != true.size:
        raise ShapeError(
            f"outputs and targets: got {predicted.size} and {true.size} samples; expected as "
            "many targets as outputs; one column is one sample"
        )
    return predicted, true
