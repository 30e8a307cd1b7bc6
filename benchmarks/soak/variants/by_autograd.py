"""HIPS autograd: NumPy's own formulas, differentiated by tracing them.

Lives here: the calculus of autograd, in float64. It knows problems; autograd comes from peers.py.
"""

from typing import Any

import numpy as np

from refnet.arrays import FloatArray
from refnet.problem import Layers, Problem
from soak.peers import load
from soak.variants.variant import as_layers


class AutogradCalculus:
    """One column is one sample; cross-entropies by logaddexp and by a shifted logarithm."""

    def __init__(self) -> None:
        self._numpy = load("autograd.numpy")
        self._gradient = load("autograd").grad
        self._expit = load("autograd.scipy.special").expit

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        _, a = self._forward(problem, *_parameters(problem))
        return np.asarray(a, dtype=np.float64)

    def cost(self, problem: Problem) -> float:
        """Return the cost of the batch with its penalty."""
        return float(self._cost(problem, *_parameters(problem)))

    def gradients(self, problem: Problem) -> Layers:
        """Return what autograd makes of the cost."""

        def cost(parameters: tuple[Any, Any]) -> Any:
            return self._cost(problem, *parameters)

        return as_layers(*self._gradient(cost)(_parameters(problem)))

    def _cost(self, problem: Problem, weights: Any, biases: Any) -> Any:
        numpy = self._numpy
        z, a = self._forward(problem, weights, biases)
        y = problem.y
        if problem.cost == "quadratic":
            terms = 0.5 * (a - y) ** 2
        elif problem.cost == "binary_cross_entropy":
            terms = y * numpy.logaddexp(0.0, -z) + (1.0 - y) * numpy.logaddexp(0.0, z)
        else:
            shifted = z - numpy.max(z, axis=0)
            terms = y * (numpy.log(numpy.sum(numpy.exp(shifted), axis=0)) - shifted)
        squares = sum(numpy.sum(w**2) for w in weights)
        penalty = problem.l2 / (2 * problem.training_size) * squares
        return numpy.sum(terms) / problem.samples + penalty

    def _forward(self, problem: Problem, weights: Any, biases: Any) -> tuple[Any, Any]:
        """Return z and a of the last layer."""
        a = z = problem.x
        for w, b, name in zip(weights, biases, problem.activations, strict=True):
            z = self._numpy.dot(w, a) + b
            a = self._activation(name, z, problem.leaky_slope)
        return z, a

    def _activation(self, name: str, z: Any, slope: float) -> Any:
        numpy = self._numpy
        if name == "sigmoid":
            # Written out, 1 / (1 + exp(-z)) has a traced derivative that is 0 times infinity where
            # the exponential overflows, and with exp(-|z|) one that is 0 at z = 0.
            return self._expit(z)
        if name == "tanh":
            return numpy.tanh(z)
        if name == "relu":
            return numpy.where(z > 0.0, z, 0.0)
        if name == "leaky_relu":
            return numpy.where(z > 0.0, z, slope * z)
        if name == "softmax":
            exponentials = numpy.exp(z - numpy.max(z, axis=0))
            return exponentials / numpy.sum(exponentials, axis=0)
        return z


def _parameters(problem: Problem) -> tuple[list[Any], list[Any]]:
    return list(problem.parameters.weights), list(problem.parameters.biases)
