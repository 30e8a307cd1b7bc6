"""Plain Python: no NumPy in any formula, one sample after another.

Lives here: backpropagation in loops over floats, as it is written by somebody who has only just
met it. It knows problems, and the `math` module; nothing of the reference.

The gradients of the samples are accumulated, each divided by m before: a rounding elsewhere than
in the other variants. Derivatives are functions of z, by formulas that do not cancel.
"""

import math

import numpy as np

from refnet.arrays import FloatArray
from refnet.problem import Layers, Problem
from soak.variants.variant import Array, as_layers

Vector = list[float]
Rows = list[Vector]


class LoopCalculus:
    """Backpropagation sample by sample, in float64."""

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        rows = [_forward(problem, x)[1][-1] for x in _columns(problem.x)]
        return np.array(rows, dtype=np.float64).T

    def cost(self, problem: Problem) -> float:
        """Return the mean of the samples' costs, plus the penalty."""
        total = 0.0
        for x, y in zip(_columns(problem.x), _columns(problem.y), strict=True):
            zs, activations = _forward(problem, x)
            total += _cost(problem.cost, zs[-1], activations[-1], y)
        squares = 0.0
        for w in problem.parameters.weights:
            for row in _rows(w):
                for entry in row:
                    squares += entry * entry
        return total / problem.samples + problem.l2 * squares / (2 * problem.training_size)

    def gradients(self, problem: Problem) -> Layers:
        """Return the mean of the samples' gradients, plus the gradient of the penalty."""
        parameters = problem.parameters
        by_weights = [_zeros(*w.shape) for w in parameters.weights]
        by_biases = [[0.0] * b.shape[0] for b in parameters.biases]
        for x, y in zip(_columns(problem.x), _columns(problem.y), strict=True):
            _accumulate(problem, x, y, by_weights, by_biases)
        penalty = problem.l2 / problem.training_size
        for gradient, w in zip(by_weights, parameters.weights, strict=True):
            for row, weights in zip(gradient, _rows(w), strict=True):
                for at, weight in enumerate(weights):
                    row[at] += penalty * weight
        return as_layers(list(by_weights), list(by_biases))


def _accumulate(
    problem: Problem, x: Vector, y: Vector, by_weights: list[Rows], by_biases: Rows
) -> None:
    """Add the gradient of one sample, divided by m, to what has been summed so far."""
    zs, activations = _forward(problem, x)
    weights = [_rows(w) for w in problem.parameters.weights]
    samples = problem.samples
    last = len(weights) - 1
    delta = [a - wanted for a, wanted in zip(activations[-1], y, strict=True)]
    if problem.cost == "quadratic":
        delta = _times_slope(problem, last, delta, zs[last])
    for layer in range(last, -1, -1):
        for unit, error in enumerate(delta):
            by_biases[layer][unit] += error / samples
            for at, a in enumerate(activations[layer]):
                by_weights[layer][unit][at] += error / samples * a
        if layer > 0:
            back = [
                sum(weights[layer][unit][at] * error for unit, error in enumerate(delta))
                for at in range(len(activations[layer]))
            ]
            delta = _times_slope(problem, layer - 1, back, zs[layer - 1])


def _forward(problem: Problem, x: Vector) -> tuple[Rows, Rows]:
    """Return z of every layer, and the activations of every layer, the input first."""
    zs: Rows = []
    activations = [x]
    parameters = problem.parameters
    for w, b, name in zip(parameters.weights, parameters.biases, problem.activations, strict=True):
        z: Vector = []
        for row, (bias,) in zip(_rows(w), _rows(b), strict=True):
            total = bias
            for weight, a in zip(row, activations[-1], strict=True):
                total += weight * a
            z.append(total)
        zs.append(z)
        activations.append(_activated(name, z, problem.leaky_slope))
    return zs, activations


def _activated(name: str, z: Vector, slope: float) -> Vector:
    if name == "softmax":
        largest = max(z)
        exponentials = [math.exp(each - largest) for each in z]
        return [each / sum(exponentials) for each in exponentials]
    if name == "sigmoid":
        return [_sigmoid(each) for each in z]
    if name == "tanh":
        return [math.tanh(each) for each in z]
    if name == "relu":
        return [max(0.0, each) for each in z]
    if name == "leaky_relu":
        return [each if each > 0.0 else slope * each for each in z]
    return list(z)


def _sigmoid(z: float) -> float:
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    return math.exp(z) / (1.0 + math.exp(z))


def _times_slope(problem: Problem, layer: int, error: Vector, z: Vector) -> Vector:
    name = problem.activations[layer]
    slopes = [_slope(name, each, problem.leaky_slope) for each in z]
    return [each * slope for each, slope in zip(error, slopes, strict=True)]


def _slope(name: str, z: float, leaky_slope: float) -> float:
    if name == "sigmoid":
        return _sigmoid(z) * _sigmoid(-z)
    if name == "tanh":
        small = math.exp(-abs(z))
        return (2.0 * small / (1.0 + small * small)) ** 2
    if name == "identity":
        return 1.0
    if z > 0.0:
        return 1.0
    return leaky_slope if name == "leaky_relu" else 0.0


def _cost(name: str, z: Vector, a: Vector, y: Vector) -> float:
    if name == "quadratic":
        return sum((each - wanted) ** 2 for each, wanted in zip(a, y, strict=True)) / 2.0
    if name == "binary_cross_entropy":
        return sum(
            max(each, 0.0) - each * wanted + math.log1p(math.exp(-abs(each)))
            for each, wanted in zip(z, y, strict=True)
        )
    largest = max(z)
    logarithm = largest + math.log(sum(math.exp(each - largest) for each in z))
    return sum(wanted * (logarithm - each) for each, wanted in zip(z, y, strict=True))


def _columns(array: Array) -> Rows:
    columns: Rows = array.T.tolist()
    return columns


def _rows(array: Array) -> Rows:
    rows: Rows = array.tolist()
    return rows


def _zeros(rows: int, columns: int) -> Rows:
    return [[0.0] * columns for _ in range(rows)]
