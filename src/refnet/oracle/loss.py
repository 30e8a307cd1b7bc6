"""The loss of a network as a function of its parameters, and nothing but the loss.

Lives here: Loss. It knows problems; no derivative of anything is written down, and no formula is
shared with the network: both oracles differentiate what is here.

The numbers may be float64, complex128, or objects with the arithmetic of fractions. So every
branch asks for the real part, and the absolute value, which is not analytic, is nowhere taken.
Weights may have a leading axis that counts variations of them: everything then has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnet.errors import ArgumentError
from refnet.problem import Problem

Numbers = NDArray[Any]
"""float64, complex128, or Python objects with arithmetic; shape (..., units, samples)."""


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a problem, its data and constants given as numbers of one kind.

    x has shape (inputs, samples), y (outputs, samples).
    """

    activations: tuple[str, ...]
    cost: str
    x: Numbers
    y: Numbers
    l2: Any
    training_size: Any
    leaky_slope: Any

    @classmethod
    def of(cls, problem: Problem, number: Callable[[float], Any] = float) -> "Loss":
        """Take the data of a problem as numbers of the kind that `number` makes.

        Raises ArgumentError for an activation or a cost that is unknown.
        """
        for name in (*problem.activations, problem.cost):
            if name not in (*_ACTIVATIONS, *_COSTS):
                raise ArgumentError(
                    f"oracle: got {name!r}; expected one of {', '.join((*_ACTIVATIONS, *_COSTS))}; "
                    "check the spelling"
                )
        return cls(
            problem.activations,
            problem.cost,
            convert(problem.x, number),
            convert(problem.y, number),
            number(problem.l2),
            number(problem.training_size),
            number(problem.leaky_slope),
        )

    def weighted_inputs(self, weights: Sequence[Numbers], biases: Sequence[Numbers]) -> Numbers:
        """Return z of the output layer; shape (..., outputs, samples)."""
        a = self.x
        for w, b, name in zip(weights[:-1], biases[:-1], self.activations[:-1], strict=True):
            a = _ACTIVATIONS[name](w @ a + b, self.leaky_slope)
        return weights[-1] @ a + biases[-1]

    def outputs(self, weights: Sequence[Numbers], biases: Sequence[Numbers]) -> Numbers:
        """Return the activations of the output layer; shape (..., outputs, samples)."""
        z = self.weighted_inputs(weights, biases)
        return _ACTIVATIONS[self.activations[-1]](z, self.leaky_slope)

    def value(self, weights: Sequence[Numbers], biases: Sequence[Numbers]) -> Numbers:
        """Return the mean cost of the batch plus lambda / (2 n) sum w^2; shape (...)."""
        z = self.weighted_inputs(weights, biases)
        cost = _COSTS[self.cost](self, z, self.y)
        data = cost.sum(axis=(-2, -1)) / z.shape[-1]
        penalty = sum((_squares(w) for w in weights[1:]), start=_squares(weights[0]))
        loss: Numbers = np.asarray(data + self.l2 * penalty / (2 * self.training_size))
        return loss


def convert(array: Numbers, number: Callable[[float], Any]) -> Numbers:
    """Turn an array of floats into one of another kind of numbers; shape of the array."""
    if number is float:
        return np.asarray(array, dtype=np.float64)
    converted = np.empty(array.shape, dtype=object)
    for index, value in np.ndenumerate(array):
        converted[index] = number(float(value))
    return converted


def _squares(w: Numbers) -> Numbers:
    squares: Numbers = (w * w).sum(axis=(-2, -1))
    return squares


def _real(z: Numbers) -> Numbers:
    """Return the real part, on which alone a branch may depend; objects are real."""
    return np.real(z)


def _sigmoid(z: Numbers, _slope: Any) -> Numbers:
    right = _real(z) > 0
    power = np.exp(np.where(right, -z, z))
    share: Numbers = np.where(right, 1.0, power) / (1.0 + power)
    return share


def _tanh(z: Numbers, _slope: Any) -> Numbers:
    right = _real(z) > 0
    # tanh x = -(e^-2x - 1) / (e^-2x + 1): accurate near 0 as well, where 2 sigma(2x) - 1 is not.
    falling = np.expm1(np.where(right, -2.0 * z, 2.0 * z))
    size = -falling / (2.0 + falling)
    return np.where(right, size, -size)


def _relu(z: Numbers, _slope: Any) -> Numbers:
    return np.where(_real(z) > 0, z, 0 * z)


def _leaky_relu(z: Numbers, slope: Any) -> Numbers:
    return np.where(_real(z) > 0, z, slope * z)


def _identity(z: Numbers, _slope: Any) -> Numbers:
    return z


def _softmax(z: Numbers, _slope: Any) -> Numbers:
    powers = np.exp(z - _real(z).max(axis=-2, keepdims=True))
    shares: Numbers = powers / powers.sum(axis=-2, keepdims=True)
    return shares


_ACTIVATIONS: Mapping[str, Callable[[Numbers, Any], Numbers]] = MappingProxyType(
    {
        "sigmoid": _sigmoid,
        "tanh": _tanh,
        "relu": _relu,
        "leaky_relu": _leaky_relu,
        "identity": _identity,
        "softmax": _softmax,
    }
)


def _quadratic(loss: Loss, z: Numbers, y: Numbers) -> Numbers:
    error = _ACTIVATIONS[loss.activations[-1]](z, loss.leaky_slope) - y
    terms: Numbers = error * error / 2
    return terms


def _binary_cross_entropy(_loss: Loss, z: Numbers, y: Numbers) -> Numbers:
    """-ln sigma(z) = ln(1 + e^-z) where y is 1, -ln(1 - sigma(z)) = ln(1 + e^z) where it is 0."""
    terms: Numbers = y * _softplus(-z) + (1.0 - y) * _softplus(z)
    return terms


def _softplus(z: Numbers) -> Numbers:
    right = _real(z) > 0
    return np.where(right, z, 0.0 * z) + np.log1p(np.exp(np.where(right, -z, z)))


def _categorical_cross_entropy(_loss: Loss, z: Numbers, y: Numbers) -> Numbers:
    largest = _real(z).max(axis=-2, keepdims=True)
    total = np.log(np.exp(z - largest).sum(axis=-2, keepdims=True))
    terms: Numbers = y * (total - (z - largest))
    return terms


_COSTS: Mapping[str, Callable[[Loss, Numbers, Numbers], Numbers]] = MappingProxyType(
    {
        "quadratic": _quadratic,
        "binary_cross_entropy": _binary_cross_entropy,
        "categorical_cross_entropy": _categorical_cross_entropy,
    }
)
