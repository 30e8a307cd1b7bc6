"""The functions of a network over values with error bounds: activations, derivatives, costs.

Lives here: one rule of T for each function. It knows tolerance.py, nothing of layers. Every
function maps (units, samples) to (units, samples) and allows for all the customary formulas of
the quantity, textbook and stable: a right network is free to choose among them.

Each rule is a sum of what the error of the argument makes of the result (a bound of the slope
over the interval |z| +- E, times E), of what the function itself rounds, and of underflow.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from refnet.arrays import FloatArray
from refnet.tolerance import FLOAT64, Bounded, Precision

LIBRARY = 8
"""Units of roundoff granted to a library's exp, log, tanh and to the sigmoid around it. Measured
over 20,000 arguments each: NumPy's sigmoid 3.4, PyTorch's 2.3, JAX's 2.6; exp 3.1; tanh 1.8 and
1.2, JAX's in float64 6.9."""

STEEPEST = 60.0
"""The sigmoid by way of ln(1 + e^z) loses |z| more units of roundoff (32 measured at |z| = 700);
beyond |z| = 60 the sigmoid has left float64 on the one side or is 1 on the other."""

BY_TANH = LIBRARY / 2
"""Units of roundoff of 1 that (1 + tanh(z/2)) / 2 is off: half of what tanh is. So a sigmoid near 0
may be 0, as near 1 it is 1 in every formula. A cost that takes its logarithm is held to its own
rule."""

MODERATE = 8.0
"""Where |z| is at most this, a logarithm of a rounded sigmoid is a right way to the cost; beyond
it loses more digits than the network has, which is what "numerically unstable" means."""

Function = Callable[[Bounded, float], Bounded]
"""An activation or its derivative, of z and of the slope that leaky ReLU has left of 0."""


def activation(name: str, z: Bounded, leaky_slope: float) -> Bounded:
    """Return sigma(z) for an activation by its name; shape of z."""
    return _ACTIVATIONS[name](z, leaky_slope)


def derivative(name: str, z: Bounded, leaky_slope: float) -> Bounded:
    """Return sigma'(z), elementwise, for an activation by its name; shape of z.

    At a kink that right computations may see from either side (`at_kink`) the bound covers both
    branches and all between: 1 for ReLU, 1 - slope for leaky ReLU, so that every subgradient is
    accepted; mechanics/branches.py tells them apart. Softmax has none; asking for it is answered
    by a (1 - a), the diagonal of its Jacobian.
    """
    return _DERIVATIVES[name](z, leaky_slope)


def sigmoid(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return 1 / (1 + exp(-z)): min(1, L E) + (c + min(|z|, 60)) u (a + ...) + c u / 2 + omega."""
    size = np.abs(z.value)
    small = np.exp(-size)
    value = np.where(z.value >= 0, 1.0, small) / (1.0 + small)
    spread = np.minimum(_bell(np.maximum(0.0, size - z.error)) * z.error, 1.0)
    units = (LIBRARY + np.minimum(size, STEEPEST)) * (value + spread) + BY_TANH
    rounded = units * z.rounding.roundoff
    return Bounded(value, spread + rounded + z.rounding.underflow, z.rounding)


def sigmoid_derivative(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return sigma(z) sigma(-z).

    L tanh((|z| + E) / 2) E + ((c + 3 + min(|z|, 60)) a + c / 2) u + omega, for |sigma''| =
    sigma' |tanh(z/2)|. The rounding is relative to a, not to sigma', because a (1 - a) cancels:
    that is a right textbook formula.
    """
    size = np.abs(z.value)
    small = np.exp(-size)
    value = small / (1.0 + small) ** 2
    a = np.where(z.value >= 0, 1.0, small) / (1.0 + small)
    steepest = _bell(np.maximum(0.0, size - z.error))
    spread = steepest * np.tanh((size + z.error) / 2.0) * z.error
    rounded = ((LIBRARY + 3 + np.minimum(size, STEEPEST)) * a + BY_TANH) * z.rounding.roundoff
    return Bounded(value, spread + rounded + z.rounding.underflow, z.rounding)


def tanh(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return the hyperbolic tangent: min(2, L E) + c u (|a| + ...) + omega, L = sech^2."""
    value = np.tanh(z.value)
    nearest = np.maximum(0.0, np.abs(z.value) - z.error)
    spread = np.minimum(_square_of_sech(nearest) * z.error, 2.0)
    rounded = LIBRARY * z.rounding.roundoff * (np.abs(value) + spread)
    return Bounded(value, spread + rounded + z.rounding.underflow, z.rounding)


def tanh_derivative(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return 1 / cosh(z)^2: 2 L tanh(|z| + E) E + (2c + 2) u + omega.

    1 - a^2 doubles the error of a and rounds twice more, all relative to 1.
    """
    size = np.abs(z.value)
    steepest = _square_of_sech(np.maximum(0.0, size - z.error))
    spread = 2.0 * steepest * np.tanh(size + z.error) * z.error
    rounded = (2 * LIBRARY + 2) * z.rounding.roundoff + z.rounding.underflow
    error: FloatArray = spread + rounded
    return Bounded(_square_of_sech(size), error, z.rounding)


def relu(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return max(z, 0): the error of z, or none where z is surely negative."""
    error = np.where(at_kink(z) | (z.value > 0), z.error, 0.0)
    return Bounded(np.maximum(z.value, 0.0), error, z.rounding)


def at_kink(z: Bounded) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell where z may be on either side of 0: |z| <= 2 E; shape of z.

    The exact z is within E of the value, and what somebody else computes within E of the exact.
    """
    return np.abs(z.value) <= 2.0 * z.error


def relu_derivative(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return 1 where z > 0, else 0: exact, or off by 1 where the sign of z is not sure."""
    return Bounded(
        (z.value > 0).astype(np.float64),
        at_kink(z).astype(np.float64),
        z.rounding,
    )


def leaky_relu(z: Bounded, leaky_slope: float) -> Bounded:
    """Return z, left of 0 slope * z: slope * E and two roundings on that side, else E."""
    value = np.where(z.value > 0, z.value, leaky_slope * z.value)
    negative = (z.value <= 0) | at_kink(z)
    error = np.where(at_kink(z) | (z.value > 0), z.error, leaky_slope * z.error)
    rounded = (
        2.0 * z.rounding.roundoff * (np.abs(value) + leaky_slope * z.error)
        + misfit(leaky_slope, z.rounding.precision) * z.magnitude
        + z.rounding.underflow
    )
    return Bounded(value, error + np.where(negative, rounded, 0.0), z.rounding)


def leaky_relu_derivative(z: Bounded, leaky_slope: float) -> Bounded:
    """Return 1 where z > 0, else the slope: off by 1 - slope where the sign is not sure."""
    error = np.where(at_kink(z), 1.0 - leaky_slope, 0.0)
    error = error + misfit(leaky_slope, z.rounding.precision)
    return Bounded(np.where(z.value > 0, 1.0, leaky_slope), error, z.rounding)


def identity(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return z itself."""
    return z


def identity_derivative(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return 1 everywhere, exactly."""
    return z.exact(np.ones(z.shape))


def softmax(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return exp(z) over its sum, each sample on its own: p expm1(r + rho) + omega."""
    logarithm, wobble = _log_softmax(z)
    value = np.exp(logarithm)
    value = value / value.sum(axis=0, keepdims=True)
    return Bounded(value, value * np.expm1(wobble) + z.rounding.underflow, z.rounding)


def softmax_diagonal(z: Bounded, _leaky_slope: float = 0.0) -> Bounded:
    """Return a (1 - a), the diagonal of softmax's Jacobian: never all of its derivative."""
    a = softmax(z)
    return a * complement(a)


def complement(a: Bounded) -> Bounded:
    """Return 1 - a."""
    return a.exact(np.ones((1,) * a.value.ndim)) - a


def binary_cross_entropy(z: Bounded, y: Bounded) -> Bounded:
    """Return -[y ln sigma(z) + (1 - y) ln sigma(-z)] for every unit and sample; shape of z.

    The slope is sigma(z) - y. The stable formula rounds relative to |z|; the textbook one takes
    logarithms of a and 1 - a, off relatively by e^-z and e^z units, granted up to e^8 (MODERATE).
    """
    size = np.abs(z.value)
    small = np.exp(-size)
    value = np.maximum(z.value, 0.0) - z.value * y.value + np.log1p(small)
    a = np.where(z.value >= 0, 1.0, small) / (1.0 + small)
    spread = (np.abs(a - y.value) + np.minimum(1.0, z.error / 4.0) + y.error) * z.error
    spread = spread + y.error * size
    units = LIBRARY + np.minimum(size, STEEPEST)
    low, high = (np.exp(np.clip(side * z.value, 0.0, MODERATE)) for side in (-1.0, 1.0))
    lost = np.abs(y.value) * low + np.abs(1.0 - y.value) * high
    terms = np.maximum(z.value, 0.0) + np.abs(z.value * y.value) + np.abs(value) + 1.0
    rounded = z.rounding.roundoff * (units * lost + LIBRARY * terms)
    return Bounded(value, spread + rounded + z.rounding.underflow, z.rounding)


def categorical_cross_entropy(z: Bounded, y: Bounded) -> Bounded:
    """Return -y ln p for every unit and sample, p = softmax(z); shape of z.

    |y| (r + rho) is the error of the logarithm of p, however it is computed while p has not
    underflowed.
    """
    logarithm, wobble = _log_softmax(z)
    value = -y.value * logarithm
    grown = wobble + LIBRARY * z.rounding.roundoff * np.abs(logarithm)
    weight = np.abs(y.value)
    spread = np.where(weight > 0, weight * grown, 0.0) + y.error * np.abs(logarithm)
    return Bounded(value, spread + z.rounding.roundoff * np.abs(value), z.rounding)


def exponential(x: Bounded) -> Bounded:
    """Return e^x: e^x expm1(E + c u) + omega; infinite where the format overflows."""
    precision = x.rounding.precision
    value = np.exp(x.value)
    value = np.where(value > precision.largest, np.inf, value)
    grown = np.expm1(x.error + LIBRARY * x.rounding.roundoff)
    return Bounded(value, value * grown + x.rounding.underflow, x.rounding)


def natural_logarithm(x: Bounded) -> Bounded:
    """Return ln x: -ln(1 - E/x) + c u |ln x|; infinite where x may be 0."""
    value = np.log(x.value)
    share = x.error / np.abs(x.value)
    spread = np.where(share < 1.0, -np.log1p(-np.minimum(share, 1.0)), np.inf)
    return Bounded(value, spread + LIBRARY * x.rounding.roundoff * np.abs(value), x.rounding)


def square_root(x: Bounded) -> Bounded:
    """Return the square root: the smaller of sqrt(E) and E / sqrt(x), and one rounding."""
    value = np.sqrt(x.value)
    spread = np.minimum(np.sqrt(x.error), np.where(value > 0, x.error / value, np.inf))
    return Bounded(value, spread + x.rounding.roundoff * (value + spread), x.rounding)


def _log_softmax(z: Bounded) -> tuple[FloatArray, FloatArray]:
    """Return ln softmax(z) and how far it may be off.

    r_i = E(z_i) + ln(1 + sum p_j (e^E(z_j) - 1)) for the error of z, and, with n units,
    rho = u (c + n + 2 (|z - max| + |max|) + ln n) for its own roundings: shifted or not, by way of
    the logarithm or not.
    """
    units = z.shape[0]
    largest = z.value.max(axis=0, keepdims=True)
    shifted = z.value - largest
    powers = np.exp(shifted)
    sums = powers.sum(axis=0, keepdims=True)
    grown = (powers * np.expm1(z.error)).sum(axis=0, keepdims=True) / sums
    sizes = 2.0 * (np.abs(shifted) + np.abs(largest))
    own = z.rounding.roundoff * (LIBRARY + units + sizes + np.log(units))
    return shifted - np.log(sums), z.error + np.log1p(grown) + own * (1.0 + own)


def _bell(size: FloatArray) -> FloatArray:
    """Return sigma'(z) for |z| = size: the steepest slope of the sigmoid from there on."""
    small = np.exp(-size)
    return small / (1.0 + small) ** 2


def _square_of_sech(size: FloatArray) -> FloatArray:
    """Return 1 / cosh(z)^2 for |z| = size: the steepest slope of tanh from there on."""
    small = np.exp(-2.0 * size)
    return 4.0 * small / (1.0 + small) ** 2


def misfit(number: float, precision: Precision) -> float:
    """Return by how much a number changes when it is stored in this format."""
    if precision == FLOAT64:
        return 0.0
    return float(precision.misfit(np.array([number]))[0])


_ACTIVATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "sigmoid": sigmoid,
        "tanh": tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "identity": identity,
        "softmax": softmax,
    }
)

_DERIVATIVES: Mapping[str, Function] = MappingProxyType(
    {
        "sigmoid": sigmoid_derivative,
        "tanh": tanh_derivative,
        "relu": relu_derivative,
        "leaky_relu": leaky_relu_derivative,
        "identity": identity_derivative,
        "softmax": softmax_diagonal,
    }
)
