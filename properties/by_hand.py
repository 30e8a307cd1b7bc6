"""Problems made by hand, each the smallest on which one of the write-up's bugs shows.

Lives here: BY_HAND. They are tried first, for every law of their kind and head, so that what was
met once is never left to chance.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from refnet.arrays import column, matrix
from refnet.law import Suite
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.subjects.protocol import Head

Rows = Sequence[Sequence[float]]

SIGMOID = Head("sigmoid", "sigmoid", "quadratic")
RELU = Head("relu", "softmax", "categorical_cross_entropy")


def _by_hand(
    head: Head, layers: Sequence[tuple[Rows, Sequence[float]]], x: Rows, y: Rows
) -> Problem:
    """Make a problem with lambda 1, n one more than m."""
    x_matrix = matrix(np.array(x, dtype=np.float64))
    return Problem(
        Parameters(
            tuple(matrix(np.array(w, dtype=np.float64)) for w, _ in layers),
            tuple(column(np.array([b], dtype=np.float64).T) for _, b in layers),
        ),
        (head.hidden,) * (len(layers) - 1) + (head.output,),
        head.cost,
        x_matrix,
        matrix(np.array(y, dtype=np.float64)),
        l2=1.0,
        training_size=x_matrix.shape[1] + 1,
        learning_rate=1.0,
    )


COST_FOR_DERIVATIVE = _by_hand(
    SIGMOID, [([[1.0]], [1.0]), ([[1.0]], [1.0])], [[1.0, -1.0]], [[1.0, 2.0]]
)
"""a - y is negative, which half its square is not; m = 2 and n = 3 tell the two apart."""

REVERSED_PRODUCT = _by_hand(
    SIGMOID,
    [([[1.0, -1.0], [1.0, 2.0]], [1.0, -1.0]), ([[1.0, 2.0], [-1.0, 1.0]], [1.0, 1.0])],
    [[1.0, -1.0, 2.0], [2.0, 1.0, -1.0]],
    [[1.0, 0.5, -1.0], [-1.0, 1.0, 2.0]],
)
"""Square layers, so that W delta is computed without an exception; W is not symmetric."""

ROW_AGAINST_COLUMN = _by_hand(
    SIGMOID,
    [([[1.0, 2.0], [-1.0, 1.0]], [1.0, -1.0]), ([[1.0, -1.0], [2.0, 1.0], [1.0, 1.0]], [1.0] * 3)],
    [[1.0], [-1.0]],
    [[1.0], [0.5], [-1.0]],
)
"""One sample and three outputs: a (3, 1) less a (3,) would be (3, 3)."""

DYING_RELU = _by_hand(
    RELU,
    [([[1.0, 1.0], [-2.0, 1.0]], [0.5, -0.5]), ([[1.0, -1.0], [2.0, 1.0], [-1.0, 1.0]], [0.5] * 3)],
    [[1.0, 2.0], [1.0, -1.0]],
    [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]],
)
"""The second hidden unit is dead for both samples, and its weights have no gradient but the
penalty's."""

ARGMAX = _by_hand(
    RELU,
    [
        ([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]], [0.5, 0.5, 0.5]),
        ([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], [0.5, 0.5, -9.5]),
    ],
    [[1.0, 2.0], [2.0, 1.0]],
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]],
)
"""Two samples of different classes, three classes; argmax over the samples, over the flattened
matrix and of an index that is no one-hot column each give another answer."""

BY_HAND: Mapping[tuple[Suite, Head], tuple[Problem, ...]] = MappingProxyType(
    {
        ("moderate", SIGMOID): (COST_FOR_DERIVATIVE, REVERSED_PRODUCT, ROW_AGAINST_COLUMN),
        ("moderate", RELU): (DYING_RELU,),
        ("evaluation", RELU): (ARGMAX,),
    }
)
"""By kind and head."""
