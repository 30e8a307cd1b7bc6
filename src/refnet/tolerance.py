"""The tolerance T: arithmetic that carries, beside every number, how far a right one may be off.

Lives here: Precision, Rounding and Bounded, an array of values with an array of error bounds. It
knows arrays, nothing of networks: the functions of a network over Bounded are in
bounded_functions.py, the steps of backpropagation in mechanics.

The claim of a Bounded is: whoever computes this quantity with roundoff u, by textbook formulas,
with sums in any order or blocking and with or without fused multiply-add, gets a number within
`error` of the exact one. `value` itself is one such number, computed in float64. The rules are
the standard forward error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", 2nd
edition, section 3.1), applied elementwise while the value is computed, with
gamma(n) = n u / (1 - n u).

An error that overflows or turns NaN means that nothing can be said: `settled` makes it infinite,
and the judge abstains. So NumPy is to be told not to warn: whoever computes with Bounded does it
under `numpy.errstate(all="ignore")`. The bounds themselves are evaluated in float64 without
outward rounding; the slack of the rules is far greater than that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refnet.arrays import FloatArray


@dataclass(frozen=True)
class Precision:
    """A floating-point format: its unit roundoff u and its smallest normal number."""

    roundoff: float
    smallest_normal: float

    @property
    def largest(self) -> float:
        """The largest finite number: (2 - 2u) 2^e, with e from the symmetry of IEEE exponents."""
        return (2.0 - 2.0 * self.roundoff) * (2.0 / self.smallest_normal)

    def misfit(self, values: FloatArray) -> FloatArray:
        """Return by how much each float64 number changes when it is stored in this format."""
        if self.roundoff <= FLOAT64.roundoff:
            return np.zeros(values.shape)
        fraction, exponent = np.frexp(values)
        stored = np.ldexp(np.rint(fraction / self.roundoff) * self.roundoff, exponent)
        return np.abs(values - stored)


FLOAT64 = Precision(2.0**-53, 2.0**-1022)
FLOAT32 = Precision(2.0**-24, 2.0**-126)


@dataclass(frozen=True)
class Rounding:
    """How a computation rounds: its precision, and the size of the batch it works on.

    `underflow` is m times the smallest normal number: a product may be flushed to zero, and it may
    have been divided by the m samples before (compilers do flush: measured with XLA).
    """

    precision: Precision
    samples: int = 1

    @property
    def roundoff(self) -> float:
        """The unit roundoff u."""
        return self.precision.roundoff

    @property
    def underflow(self) -> float:
        """What one product may lose by underflow, before it is divided by the batch size."""
        return self.samples * self.precision.smallest_normal

    def gamma(self, operations: int) -> float:
        """Return n u / (1 - n u), the relative error of n roundings; infinite from n u = 1."""
        spent = operations * self.precision.roundoff
        return spent / (1.0 - spent) if spent < 1.0 else np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """An array of values, and for each the error a right computation of it may have.

    `value` and `error` have the same shape. Shapes that do not fit raise ValueError exactly where
    the same expression over plain arrays does, and broadcast where it does: a simulated mistake
    must fail as the real one.
    """

    value: FloatArray
    error: FloatArray
    rounding: Rounding = Rounding(FLOAT64)

    @classmethod
    def given(cls, value: FloatArray, rounding: Rounding) -> "Bounded":
        """Take numbers that are given: off by no more than their format cannot hold."""
        return cls(value, rounding.precision.misfit(value), rounding)

    def exact(self, value: FloatArray) -> "Bounded":
        """Take numbers every format holds, such as 0 and 1, into the same computation."""
        return Bounded(value, np.zeros(value.shape), self.rounding)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape

    @property
    def magnitude(self) -> FloatArray:
        """The largest absolute value a right computation may have here."""
        return np.abs(self.value) + self.error

    @property
    def transposed(self) -> "Bounded":
        """The transpose: nothing is computed, nothing is rounded."""
        return Bounded(self.value.T, self.error.T, self.rounding)

    def __matmul__(self, other: "Bounded") -> "Bounded":
        """Multiply matrices of inner length n: E_A (|B|+E_B) + |A| E_B + gamma(n) ... + n omega.

        Any summation order obeys gamma(n) |A||B| (Higham, equation 3.13).
        """
        length = self.shape[1]
        value = self.value @ other.value
        size = np.abs(self.value)
        rounding = self.rounding
        gamma = rounding.gamma(length)
        other_magnitude = other.magnitude
        error = (self.error + gamma * (size + self.error)) @ other_magnitude
        error += size @ other.error
        error += length * rounding.underflow
        if rounding.precision is not FLOAT64:
            terms = (size + self.error) @ other_magnitude
            return self._within_range(value, error, terms)
        return Bounded(value, error, rounding)

    def __add__(self, other: "Bounded") -> "Bounded":
        """Add: E_a + E_b + u (|r| + E_a + E_b)."""
        return self._sum(self.value + other.value, other)

    def __sub__(self, other: "Bounded") -> "Bounded":
        """Subtract: the rule of addition."""
        return self._sum(self.value - other.value, other)

    def __mul__(self, other: "Bounded") -> "Bounded":
        """Multiply elementwise: E_a |b| + |a| E_b + E_a E_b + u (|ab| + ...) + omega."""
        value = self.value * other.value
        spread = self.error * other.magnitude + np.abs(self.value) * other.error
        rounding = self.rounding
        size = np.abs(value) + spread
        error = spread + rounding.roundoff * size + rounding.underflow
        return self._within_range(value, error, size)

    def __truediv__(self, other: "Bounded") -> "Bounded":
        """Divide elementwise: (E_a + |q| E_b) / (|b| - E_b) + u (|q| + ...) + omega.

        Infinite error where the divisor may be zero.
        """
        value = self.value / other.value
        nearest = np.abs(other.value) - other.error
        spread = (self.error + np.abs(value) * other.error) / np.where(nearest > 0, nearest, 0.0)
        rounding = self.rounding
        size = np.abs(value) + spread
        error = spread + rounding.roundoff * size + rounding.underflow
        return self._within_range(value, error, size)

    def __neg__(self) -> "Bounded":
        """Change the sign: nothing is rounded."""
        return Bounded(-self.value, self.error, self.rounding)

    def __abs__(self) -> "Bounded":
        """Drop the sign: nothing is rounded."""
        return Bounded(np.abs(self.value), self.error, self.rounding)

    def scaled(self, numerator: float, denominator: float = 1.0) -> "Bounded":
        """Multiply by a ratio: three roundings, of the numerator, the quotient and the product."""
        factor = numerator / denominator
        value = self.value * factor
        spread = self.error * abs(factor)
        rounding = self.rounding
        size = np.abs(value) + spread
        error = spread + rounding.gamma(3) * size + rounding.underflow
        return self._within_range(value, error, size)

    def row_sums(self) -> "Bounded":
        """Sum over the samples: (units, samples) becomes (units, 1), by gamma(samples)."""
        return self._added_up(1, self.shape[1])

    def column_sums(self) -> "Bounded":
        """Sum over the units: (units, samples) becomes (1, samples), by gamma(units)."""
        return self._added_up(0, self.shape[0])

    def total(self, further_roundings: int = 0) -> "Bounded":
        """Sum everything to shape (1, 1), by gamma(size + further roundings)."""
        flat = Bounded(self.value.reshape(1, -1), self.error.reshape(1, -1), self.rounding)
        return flat._added_up(1, self.value.size + further_roundings)

    def columns(self, chosen: Sequence[int]) -> "Bounded":
        """Pick samples; an index may occur more than once."""
        indices = list(chosen)
        return Bounded(self.value[:, indices], self.error[:, indices], self.rounding)

    def widened(self, further: FloatArray | float) -> "Bounded":
        """Allow a further error."""
        return Bounded(self.value, self.error + further, self.rounding)

    def settled(self) -> FloatArray:
        """Return the error as a verdict may use it: infinite where it or the value is not finite.

        A right computation whose value overflows cannot be judged.
        """
        sound = np.isfinite(self.value) & np.isfinite(self.error)
        return np.where(sound, self.error, np.inf)

    def _sum(self, value: FloatArray, other: "Bounded") -> "Bounded":
        spread = self.error + other.error
        size = np.abs(value) + spread
        return self._within_range(value, spread + self.rounding.roundoff * size, size)

    def _added_up(self, axis: int, roundings: int) -> "Bounded":
        value = self.value.sum(axis=axis, keepdims=True)
        size = self.magnitude.sum(axis=axis, keepdims=True)
        error = self.error.sum(axis=axis, keepdims=True) + self.rounding.gamma(roundings) * size
        return self._within_range(value, error, size)

    def _within_range(self, value: FloatArray, error: FloatArray, size: FloatArray) -> "Bounded":
        """Abstain where a narrower format may overflow though float64 does not."""
        if self.rounding.precision is not FLOAT64:
            error = np.where(size > self.rounding.precision.largest, np.inf, error)
        return Bounded(value, error, self.rounding)
