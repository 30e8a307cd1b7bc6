"""Gradients by the complex step: the imaginary part of the loss at theta + i h, over h.

Lives here: `answer` and `gradients`. It knows the loss, nothing of backpropagation.

For an analytic loss, Im L(theta + i h) / h = L'(theta) - h^2 L'''(theta) / 6 + ... There is no
difference, so nothing cancels and h may be so small that its square is no number at all (Squire and
Trapp, "Using complex variables to estimate derivatives of real functions", 1998).
"""

import numpy as np

from refnet.arrays import FloatArray
from refnet.oracle.answering import Method, answer_by
from refnet.oracle.loss import Loss, Numbers
from refnet.problem import Answer, Layers, Problem

STEP = 1e-200
"""h: its square underflows to 0."""

LOST = 1e-110
"""How far a derivative may be off absolutely where an imaginary part has underflown: 5e-324 / h,
5e-124, for each product, which the factors behind it (weights and activations of up to 1e3 in
each of at most four layers) enlarge to less than this."""

_CHUNK = 256
"""Variations of the parameters evaluated at a time, so that large networks fit into memory."""


def answer(problem: Problem) -> Answer:
    """Answer the parts that are asked, from the loss alone; "initial" has no right answer.

    Raises ArgumentError for an activation or a cost that is unknown.
    """
    return answer_by(Method(_outputs, _cost, gradients), problem)


def gradients(problem: Problem) -> Layers:
    """Return the derivative of the loss by every parameter, each moved by i h on its own."""
    loss = Loss.of(problem)
    weights = [w.astype(np.complex128) for w in problem.parameters.weights]
    biases = [b.astype(np.complex128) for b in problem.parameters.biases]
    return Layers(
        tuple(_derivatives(loss, weights, biases, weights, at) for at in range(len(weights))),
        tuple(_derivatives(loss, weights, biases, biases, at) for at in range(len(biases))),
    )


def _derivatives(
    loss: Loss, weights: list[Numbers], biases: list[Numbers], moved: list[Numbers], at: int
) -> FloatArray:
    """Return the derivative by every entry of one array, which `moved` holds in place `at`."""
    original = moved[at]
    entries = np.arange(original.size)
    derivatives = np.empty(original.size)
    for chunk in np.array_split(entries, -(-original.size // _CHUNK)):
        variations = np.repeat(original.reshape(1, -1), chunk.size, axis=0)
        variations[np.arange(chunk.size), chunk] += 1j * STEP
        moved[at] = variations.reshape(chunk.size, *original.shape)
        derivatives[chunk] = np.imag(loss.value(weights, biases)) / STEP
    moved[at] = original
    return derivatives.reshape(original.shape)


def _outputs(problem: Problem) -> FloatArray:
    return Loss.of(problem).outputs(problem.parameters.weights, problem.parameters.biases)


def _cost(problem: Problem) -> float:
    loss = Loss.of(problem)
    return float(loss.value(problem.parameters.weights, problem.parameters.biases))
