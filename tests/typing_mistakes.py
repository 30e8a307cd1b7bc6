"""Mistakes of shape and of role, each of which the type checkers must refuse.

Never run: `make typecheck` reads it. Each mistake stands on one line with the error that mypy has
to report there. Under strict settings an ignore without an error is itself an error, for mypy
(warn_unused_ignores) and for pyright (reportUnnecessaryTypeIgnoreComment) alike: so both prove of
every line that the types bite.

Known to slip through with NumPy 2.4 on Python 3.11: `w.sum(axis=1)` and `np.matmul(w, a)` are Any
to the checkers, and `b.T` of a Column is still a Column. The checked constructors catch them when
they run.
"""

import numpy as np

from refnet import (
    Answer,
    Column,
    Labels,
    Matrix,
    Network,
    Parameters,
    Problem,
    column,
    labels,
    matrix,
    one_hot,
)
from refnet.evaluation import accuracy, confusion_matrix, predictions
from refnet.regularization import l2_penalty
from refnet.subjects.protocol import Subject

N = 3
w: Matrix = matrix(np.ones((N, N)))
x: Matrix = matrix(np.ones((N, 2)))
b: Column = column(np.ones((N, 1)))
digits: Labels = labels(np.array([0, 1]), N)


def made_of_what_numpy_returns(network: Network) -> None:
    """Arrays of another rank or element type, or of none that has been checked."""
    network.backprop(x, np.ones(N))  # type: ignore[arg-type]  # (n,) for (n, samples)
    network.backprop(x, np.ones((N, 2)))  # type: ignore[arg-type]  # not checked by matrix()
    network.feedforward(np.ones((N, 2, 1)))  # type: ignore[arg-type]  # three dimensions
    network.feedforward(x.astype(np.float32))  # type: ignore[arg-type]  # float32 for float64
    network.feedforward(np.ones((N, 2), dtype=np.int64))  # type: ignore[arg-type]  # integers
    network.feedforward([[1.0, 2.0]])  # type: ignore[arg-type]  # a list
    network.feedforward(x[:, 0])  # type: ignore[arg-type]  # a sample that lost its column
    network.feedforward(x.ravel())  # type: ignore[arg-type]  # all samples in one row
    network.feedforward(w @ x + b)  # type: ignore[arg-type]  # a formula, not checked
    network.feedforward(np.exp(x))  # type: ignore[arg-type]  # a function of NumPy, not checked
    network.feedforward(1.0)  # type: ignore[arg-type]  # a number


def made_of_the_wrong_role(network: Network) -> None:
    """Arrays that are checked, and meant for something else."""
    network.backprop(x, digits)  # type: ignore[arg-type]  # labels for one-hot targets
    predictions(digits)  # type: ignore[arg-type]  # labels for scores
    one_hot(x, N)  # type: ignore[arg-type]  # scores for labels
    accuracy(x, [0, 1])  # type: ignore[arg-type]  # a list for labels
    confusion_matrix(digits, digits)  # type: ignore[arg-type]  # predictions for scores
    Parameters((w,), (w,))  # type: ignore[arg-type]  # a matrix for a column
    Parameters((w,), (np.ones(N),))  # type: ignore[arg-type]  # (n,) for (n, 1)
    Parameters((w,), (matrix(w @ b),))  # type: ignore[arg-type]  # one column wide, not claimed so
    Parameters(w, b)  # type: ignore[arg-type]  # one array for one per layer
    Parameters(biases=(b,), weights=(digits,))  # type: ignore[arg-type]  # labels for weights
    l2_penalty(w, 0.1, 10)  # type: ignore[arg-type]  # one array for a sequence of them


def kept_in_the_wrong_place(problem: Problem, answer: Answer, subject: Subject) -> None:
    """Names whose type says one thing and whose value is another."""
    _delta: Column = matrix(np.ones((N, 1)))  # type: ignore[assignment]  # a matrix for a column
    _scores: Matrix = predictions(x)  # type: ignore[assignment]  # labels for scores
    _labels: Labels = np.array([0, 1])  # type: ignore[assignment]  # not checked by labels()
    _row: Column = np.ones(N)  # type: ignore[assignment]  # (n,) for (n, 1)
    subject.answer(answer)  # type: ignore[arg-type]  # an answer for a problem
    problem.learning_rate = 0.5  # type: ignore[misc]  # a problem never changes
    Problem(problem.parameters, ("relu",), "quadratic", x, b.ravel())  # type: ignore[arg-type]  # (n,)
    Problem(problem.parameters, "relu", "quadratic", x, x, "cost")  # type: ignore[arg-type]  # bare names
