"""NumPy with its sums in several orders, by the formulas a textbook has.

Lives here: the orders of summation, and backpropagation in float64 or float32 where every sum is
taken in one of them. It knows problems and NumPy, nothing of the reference.

Derivatives are those of the activation, a (1 - a) and 1 - a^2, where the reference uses what does
not cancel; the batch is averaged after the products are summed.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refnet.arrays import FloatArray
from refnet.problem import Layers, Problem
from refnet.tolerance import Precision
from soak.variants.variant import Array, as_layers, element_type

Product = Callable[[Array, Array], Array]
"""A product of matrices, which says in what order its sums are taken."""


def blas(left: Array, right: Array) -> Array:
    """Leave the order to NumPy and its BLAS."""
    return left @ right


def from_the_end(left: Array, right: Array) -> Array:
    """Add one term after another, the last one first."""
    total = np.zeros((left.shape[0], right.shape[1]), left.dtype)
    for at in reversed(range(left.shape[1])):
        total = total + left[:, at : at + 1] * right[at : at + 1]
    return total


def in_pairs(left: Array, right: Array) -> Array:
    """Add neighbours, then their sums, and so on: a tree."""
    terms = left[:, :, np.newaxis] * right[np.newaxis]
    while terms.shape[1] > 1:
        if terms.shape[1] % 2:
            terms = np.concatenate([terms, np.zeros_like(terms[:, :1])], axis=1)
        terms = terms[:, ::2] + terms[:, 1::2]
    sums: Array = terms[:, 0]
    return sums


def in_wide_sums(left: Array, right: Array) -> Array:
    """Multiply and add in a wider format and round once, as fused and tensor units do."""
    wide = np.longdouble if left.dtype == np.float64 else np.float64
    product: Array = left.astype(wide) @ right.astype(wide)
    return product.astype(left.dtype)


class NumpyCalculus:
    """Backpropagation as a textbook has it, in a precision and with an order of summation."""

    def __init__(self, precision: Precision, product: Product) -> None:
        self._type = element_type(precision)
        self._product = product

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        _, activations = self._forward(problem)
        return np.asarray(activations[-1], dtype=np.float64)

    def cost(self, problem: Problem) -> float:
        """Return the cost of the batch with its penalty; cross-entropies from z."""
        z, activations = self._forward(problem)
        y = self._own(problem.y)
        if problem.cost == "quadratic":
            terms = self._type(0.5) * (activations[-1] - y) ** 2
        elif problem.cost == "binary_cross_entropy":
            zero = self._type(0.0)
            terms = y * np.logaddexp(zero, -z) + (self._type(1.0) - y) * np.logaddexp(zero, z)
        else:
            shifted = z - z.max(axis=0)
            terms = y * (np.log(self._column_sums(np.exp(shifted))) - shifted)
        data = self._total(terms) / self._type(problem.samples)
        squares = sum(self._total(self._own(w) ** 2) for w in problem.parameters.weights)
        factor = self._type(problem.l2) / self._type(2 * problem.training_size)
        return float(data + factor * squares)

    def gradients(self, problem: Problem) -> Layers:
        """Return dC/dW and dC/db of every layer, by the four equations."""
        _, activations = self._forward(problem)
        weights = [self._own(w) for w in problem.parameters.weights]
        samples = self._type(problem.samples)
        penalty = self._type(problem.l2) / self._type(problem.training_size)
        delta = activations[-1] - self._own(problem.y)
        if problem.cost == "quadratic":
            delta = delta * self._slope(problem, len(weights) - 1, activations[-1])
        by_weights: list[Array] = []
        by_biases: list[Array] = []
        for layer in reversed(range(len(weights))):
            summed = self._product(delta, activations[layer].T)
            by_weights.insert(0, summed / samples + penalty * weights[layer])
            by_biases.insert(0, self._row_sums(delta) / samples)
            if layer > 0:
                back = self._product(weights[layer].T, delta)
                delta = back * self._slope(problem, layer - 1, activations[layer])
        return as_layers(by_weights, by_biases)

    def _forward(self, problem: Problem) -> tuple[Array, list[Array]]:
        """Return z of the last layer, and the activations of every one, the input first."""
        activations = [self._own(problem.x)]
        parameters = problem.parameters
        z = activations[0]
        for w, b, name in zip(
            parameters.weights, parameters.biases, problem.activations, strict=True
        ):
            z = self._product(self._own(w), activations[-1]) + self._own(b)
            activations.append(self._activation(name, z, problem.leaky_slope))
        return z, activations

    def _activation(self, name: str, z: Array, slope: float) -> Array:
        one = self._type(1.0)
        a: Array = z
        if name == "sigmoid":
            a = one / (one + np.exp(-z))
        elif name == "tanh":
            a = np.tanh(z)
        elif name == "relu":
            a = np.maximum(z, self._type(0.0))
        elif name == "leaky_relu":
            a = np.maximum(z, self._type(slope) * z)
        elif name == "softmax":
            exponentials = np.exp(z - z.max(axis=0))
            a = exponentials / self._column_sums(exponentials)
        return a

    def _slope(self, problem: Problem, layer: int, a: Array) -> Array:
        """Return sigma' as a function of the activation."""
        name, one = problem.activations[layer], self._type(1.0)
        slope: Array = np.ones_like(a)
        if name == "sigmoid":
            slope = a * (one - a)
        elif name == "tanh":
            slope = one - a * a
        elif name == "relu":
            slope = np.asarray(a > 0, dtype=self._type)
        elif name == "leaky_relu":
            slope = np.maximum(np.asarray(a > 0, dtype=self._type), self._type(problem.leaky_slope))
        return slope

    def _own(self, array: Array) -> Array:
        return array.astype(self._type)

    def _row_sums(self, array: Array) -> Array:
        return self._product(array, np.ones((array.shape[1], 1), self._type))

    def _column_sums(self, array: Array) -> Array:
        return self._product(np.ones((1, array.shape[0]), self._type), array)

    def _total(self, array: Array) -> Any:
        return self._row_sums(array.reshape(1, -1))[0, 0]


class CrossedCalculus(NumpyCalculus):
    """The sigmoid by way of tanh, and tanh by way of the sigmoid: (1 + tanh(z/2)) / 2, 2 a - 1."""

    def _activation(self, name: str, z: Array, slope: float) -> Array:
        one, two = self._type(1.0), self._type(2.0)
        if name == "sigmoid":
            halved: Array = (one + np.tanh(z / two)) / two
            return halved
        if name == "tanh":
            doubled: Array = two / (one + np.exp(-two * z)) - one
            return doubled
        return super()._activation(name, z, slope)


def drawn_by_numpy(
    fan_in: int, fan_out: int, scheme: str, generator: np.random.Generator
) -> FloatArray:
    """Draw weights of a scheme by its variance, as a table of variances has them."""
    variances = {
        "standard_normal": 1.0,
        "scaled_normal": 1.0 / fan_in,
        "glorot": 2.0 / (fan_in + fan_out),
        "he": 2.0 / fan_in,
    }
    return generator.normal(0.0, math.sqrt(variances[scheme]), (fan_out, fan_in))
