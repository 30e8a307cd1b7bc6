"""Whether layers are put together rightly, whatever their activations are.

Lives here: `is_well_built`. It knows the interview, nothing of activations.

A layer sees its inputs through z = W a + b alone. So inputs and biases may be changed together
in such a way that z stays the same, and nothing may change; and where the weights of the last layer
are 0, the outputs depend on its biases and on nothing else. All numbers are dyadic and short: z is
exact in every format, and equal means equal to the last bit.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refnet.arrays import FloatArray, column, matrix
from refnet.interview import Interview
from refnet.parameters import Parameters
from refnet.problem import Problem


def is_well_built(interview: Interview, problems: Sequence[Problem]) -> bool:
    """Tell whether a subject's outputs are those of weights times inputs plus biases, by layers.

    `problems` ask for outputs, of dyadic numbers.
    """
    return bool(problems) and all(_holds(interview, problem) for problem in problems)


def _holds(interview: Interview, problem: Problem) -> bool:
    cut_off = _without_last_weights(problem)
    same, other = _shifted(problem), _with_inputs(cut_off, 2.0 * problem.x)
    lifted = _with_last_biases(cut_off, problem.parameters.biases[-1] + 0.5)
    answers = interview.ask([problem, same, cut_off, other, lifted])
    outputs = [answer.outputs for answer in answers]
    if any(output is None for output in outputs):
        return False
    plain, shifted, silent, elsewhere, moved = outputs
    return (
        np.array_equal(_array(plain), _array(shifted))
        and np.array_equal(_array(silent), _array(elsewhere))
        and not np.array_equal(_array(silent), _array(moved))
    )


def _array(outputs: FloatArray | None) -> FloatArray:
    return np.zeros(0) if outputs is None else outputs


def _shifted(problem: Problem) -> Problem:
    """Add 1 to the first input, and take what that adds to z from the biases of the first layer."""
    x = problem.x.copy()
    x[0] += 1.0
    parameters = problem.parameters
    first = column(parameters.biases[0] - parameters.weights[0][:, :1])
    return replace(
        problem,
        x=matrix(x),
        parameters=Parameters(parameters.weights, (first, *parameters.biases[1:])),
    )


def _with_inputs(problem: Problem, x: FloatArray) -> Problem:
    return replace(problem, x=matrix(x))


def _without_last_weights(problem: Problem) -> Problem:
    weights = problem.parameters.weights
    none = matrix(np.zeros(weights[-1].shape))
    return replace(problem, parameters=Parameters((*weights[:-1], none), problem.parameters.biases))


def _with_last_biases(problem: Problem, b: FloatArray) -> Problem:
    parameters = problem.parameters
    # Not the same for every unit: softmax would not see it.
    b = b * np.arange(1.0, b.shape[0] + 1.0).reshape(-1, 1)
    return replace(
        problem, parameters=Parameters(parameters.weights, (*parameters.biases[:-1], column(b)))
    )
