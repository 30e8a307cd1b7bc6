"""A whole answer, made of outputs, a cost and gradients that somebody else works out.

Lives here: `answer_by`. It knows problems; how the numbers come about is complex_step.py's and
rational.py's business.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from refnet.arrays import FloatArray, column, matrix
from refnet.parameters import Parameters
from refnet.problem import Answer, Layers, Problem


@dataclass(frozen=True, eq=False)
class Method:
    """How outputs, the cost and the gradients of a problem are worked out, each from the loss."""

    outputs: Callable[[Problem], FloatArray]
    cost: Callable[[Problem], float]
    gradients: Callable[[Problem], Layers]


def answer_by(method: Method, problem: Problem) -> Answer:
    """Answer the parts that are asked; "initial" is left out: nothing is right about one draw.

    Steps round once more each: the gradient times eta, and the difference.
    """
    asked = set(problem.asks)
    answer = Answer()
    if asked & {"outputs", "predictions", "correct"}:
        outputs = method.outputs(problem)
        predicted, wanted = _largest(outputs), _largest(problem.y)
        answer = replace(
            answer,
            outputs=outputs if "outputs" in asked else None,
            predictions=predicted if "predictions" in asked else None,
            correct=int(np.sum(predicted == wanted)) if "correct" in asked else None,
        )
    if "cost" in asked:
        answer = replace(answer, cost=method.cost(problem))
    if "gradients" in asked:
        answer = replace(answer, gradients=method.gradients(problem))
    if "step" in asked:
        answer = replace(answer, step=_stepped(method, problem))
    return answer


def _stepped(method: Method, problem: Problem) -> Layers:
    weights: tuple[FloatArray, ...] = problem.parameters.weights
    biases: tuple[FloatArray, ...] = problem.parameters.biases
    eta = problem.learning_rate
    for _ in range(problem.steps):
        here = Parameters(tuple(map(matrix, weights)), tuple(map(column, biases)))
        slopes = method.gradients(replace(problem, parameters=here))
        weights = tuple(w - eta * dw for w, dw in zip(weights, slopes.weights, strict=True))
        biases = tuple(b - eta * db for b, db in zip(biases, slopes.biases, strict=True))
    return Layers(weights, biases)


def _largest(scores: FloatArray) -> FloatArray:
    """Return in which row each column has its largest number, the first of several."""
    columns = scores.T.tolist()
    return np.array([float(column.index(max(column))) for column in columns])
