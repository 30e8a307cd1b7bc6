"""The activation functions: value and derivative, stable for every finite input.

Lives here: sigmoid, tanh, ReLU, leaky ReLU, identity, softmax, each under its name. It knows
arrays, nothing of layers or costs. One column is one sample.

No function overflows: an exponential is only ever taken of a number that is not positive. The
derivative is a function of z, the weighted input (`derivative(z)`, never of the activation, so
that the two cannot be confused). Softmax has no elementwise derivative: its Jacobian is not
diagonal, and it appears only fused with its cost (costs.py).

`value` and `derivative` check their argument; `formula` and `prime` are what stands behind them,
for the network, which has checked its batch already.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from refnet.arrays import Matrix, finite_matrix, matrix
from refnet.checks import check_between_0_and_1, entry, found_by_looking
from refnet.errors import ArgumentError

LEAKY_SLOPE = 2.0**-6
"""Slope of leaky ReLU left of zero. The customary 0.01 rounds differently in float32 and float64;
2^-6 = 0.0156 is exact in both, so that networks of either type can be compared."""


@dataclass(frozen=True)
class Activation:
    """An activation function with its derivative, both of the weighted input z.

    Shapes: all of them map (units, samples) to (units, samples). `leaky_slope` says something of
    leaky ReLU alone.
    """

    name: str
    formula: Callable[[Matrix], Matrix]
    elementwise_derivative: Callable[[Matrix], Matrix] | None
    leaky_slope: float = LEAKY_SLOPE

    @found_by_looking
    def value(self, z: Matrix) -> Matrix:
        """Return a = sigma(z); shape of z. Raises ShapeError and ArgumentError for z."""
        return self.formula(finite_matrix(z, "z"))

    @found_by_looking
    def derivative(self, z: Matrix) -> Matrix:
        """Return sigma'(z), elementwise; shape of z.

        Raises ArgumentError for softmax, whose derivative is not elementwise, and for NaN or
        infinity, ShapeError for what is not a Matrix.
        """
        return self.prime(finite_matrix(z, "z"))

    def prime(self, z: Matrix) -> Matrix:
        """Return sigma'(z) for z that has been checked. Raises ArgumentError for softmax."""
        if self.elementwise_derivative is None:
            raise ArgumentError(
                f"{self.name}: asked for an elementwise derivative; its Jacobian is not diagonal; "
                "pair it with the categorical cross-entropy, whose output error is a - y"
            )
        return self.elementwise_derivative(z)


def _sigmoid(z: Matrix) -> Matrix:
    """Return 1 / (1 + exp(-z)); shape of z (Nielsen, chapter 1, equation 3)."""
    small = np.exp(-np.abs(z))
    return matrix(np.where(z >= 0, 1.0, small) / (1.0 + small))


def _sigmoid_derivative(z: Matrix) -> Matrix:
    """Return sigma(z) sigma(-z), which equals sigma(z)(1 - sigma(z)) but does not cancel."""
    small = np.exp(-np.abs(z))
    return matrix(small / (1.0 + small) ** 2)


def _tanh(z: Matrix) -> Matrix:
    """Return the hyperbolic tangent; shape of z."""
    return matrix(np.tanh(z))


def _tanh_derivative(z: Matrix) -> Matrix:
    """Return 1 / cosh(z)^2, which equals 1 - tanh(z)^2 but does not cancel."""
    small = np.exp(-np.abs(z))
    return matrix((2.0 * small / (1.0 + small * small)) ** 2)


def _relu(z: Matrix) -> Matrix:
    """Return max(z, 0); shape of z."""
    return matrix(np.maximum(z, 0.0))


def _relu_derivative(z: Matrix) -> Matrix:
    """Return 1 where z > 0, else 0: the value at exactly 0 is a convention, 0 here."""
    return matrix((z > 0).astype(np.float64))


def _leaky_relu(z: Matrix, slope: float = LEAKY_SLOPE) -> Matrix:
    """Return z where z > 0, else slope * z; shape of z."""
    return matrix(np.where(z > 0, z, slope * z))


def _leaky_relu_derivative(z: Matrix, slope: float = LEAKY_SLOPE) -> Matrix:
    """Return 1 where z > 0, else the slope: the value at exactly 0 is a convention."""
    return matrix(np.where(z > 0, 1.0, slope))


def _identity(z: Matrix) -> Matrix:
    """Return z itself, as a copy: what is returned may be changed without changing z."""
    return matrix(z.copy())


def _identity_derivative(z: Matrix) -> Matrix:
    """Return 1 everywhere; shape of z."""
    return matrix(np.ones_like(z))


def _softmax(z: Matrix) -> Matrix:
    """Return exp(z) divided by its sum over the units, for each sample on its own.

    Shape of z; every column sums to 1. The largest z of each column is subtracted first, which
    changes nothing but the overflow (Nielsen, chapter 3, equation 78).
    """
    shifted = np.exp(z - z.max(axis=0, keepdims=True))
    return matrix(shifted / shifted.sum(axis=0, keepdims=True))


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("sigmoid", _sigmoid, _sigmoid_derivative),
            Activation("tanh", _tanh, _tanh_derivative),
            Activation("relu", _relu, _relu_derivative),
            Activation("leaky_relu", _leaky_relu, _leaky_relu_derivative),
            Activation("identity", _identity, _identity_derivative),
            Activation("softmax", _softmax, None),
        )
    }
)
"""Every activation by the name that problems, files and the command line use."""

KINKED = ("relu", "leaky_relu")
"""Activations whose derivative jumps at 0."""


def activation_by_name(name: str, leaky_slope: float = LEAKY_SLOPE) -> Activation:
    """Look an activation up; the slope concerns leaky ReLU alone.

    Raises ArgumentError for a name that is not one of ACTIVATIONS or a slope outside (0, 1).
    """
    activation = entry(name, ACTIVATIONS, "activation")
    check_between_0_and_1(leaky_slope, "leaky_slope", f"{LEAKY_SLOPE} is the default")
    if name != "leaky_relu":
        return activation
    slope = float(leaky_slope)
    return Activation(
        name,
        partial(_leaky_relu, slope=slope),
        partial(_leaky_relu_derivative, slope=slope),
        slope,
    )
