"""Gradients without any rounding: the loss in fractions, differentiated by dual numbers.

Lives here: Dual, `answer` and `gradients`. It knows the loss, nothing of backpropagation.

Every float is a fraction. Where the loss is made of sums and products alone (ReLU, leaky ReLU,
identity, the quadratic cost) it is a fraction too, and so is its derivative: a dual number carries
both, by the rules of sum and product. Only the result is rounded to float64, once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import ArgumentError
from refnet.oracle.answering import Method, answer_by
from refnet.oracle.loss import Loss, Numbers, convert
from refnet.problem import Answer, Layers, Problem

RATIONAL = frozenset({"relu", "leaky_relu", "identity", "quadratic"})
"""What is made of sums, products and comparisons."""

Slopes = dict[int, Fraction]
"""Derivatives by the parameters, by their number; what is absent is 0."""


@dataclass(frozen=True, eq=False, slots=True)
class Dual:
    """A fraction with its derivatives by the parameters: value + sum of slope_i d theta_i."""

    value: Fraction
    slopes: Slopes

    def __add__(self, other: object) -> "Dual":
        """Add the values, add the slopes."""
        if not isinstance(other, Dual):
            if not isinstance(other, (Fraction, int)):
                # An array adds this number to each of its own; a float must never be let in.
                return NotImplemented
            return Dual(self.value + other, self.slopes)
        slopes = dict(self.slopes)
        for place, slope in other.slopes.items():
            slopes[place] = slopes.get(place, Fraction(0)) + slope
        return Dual(self.value + other.value, slopes)

    __radd__ = __add__

    def __mul__(self, other: object) -> "Dual":
        """Multiply: (f g)' = f' g + f g'."""
        if not isinstance(other, Dual):
            if not isinstance(other, (Fraction, int)):
                return NotImplemented
            scaled = {place: slope * other for place, slope in self.slopes.items()}
            return Dual(self.value * other, scaled)
        return self * other.value + Dual(Fraction(0), (other * self.value).slopes)

    __rmul__ = __mul__

    def __neg__(self) -> "Dual":
        """Change the sign of everything."""
        return self * -1

    def __sub__(self, other: "Dual | Fraction | int") -> "Dual":
        """Subtract: add the opposite."""
        return self + -other

    def __truediv__(self, other: Fraction | int) -> "Dual":
        """Divide by a number that does not depend on the parameters."""
        return self * (1 / Fraction(other))

    def __gt__(self, other: int) -> bool:
        """Compare the value: a branch is where the value is."""
        return self.value > other


def answer(problem: Problem) -> Answer:
    """Answer the parts that are asked, rounded once; "initial" has no right answer.

    Raises ArgumentError for a problem that is not made of sums and products alone.
    """
    return answer_by(Method(_outputs, _cost, gradients), problem)


def gradients(problem: Problem) -> Layers:
    """Return the derivative of the loss by every parameter, each rounded once.

    Raises ArgumentError as `answer` does.
    """
    numbers = iter(_count(problem))
    weights = [_duals(w, numbers) for w in problem.parameters.weights]
    biases = [_duals(b, numbers) for b in problem.parameters.biases]
    loss: Dual = _rational_loss(problem).value(weights, biases).item()
    slopes = iter(float(loss.slopes.get(place, Fraction(0))) for place in _count(problem))
    return Layers(
        tuple(_filled(w, slopes) for w in problem.parameters.weights),
        tuple(_filled(b, slopes) for b in problem.parameters.biases),
    )


def _rational_loss(problem: Problem) -> Loss:
    curved = {*problem.activations, problem.cost} - RATIONAL
    if curved:
        raise ArgumentError(
            f"problem: got {', '.join(sorted(curved))}; expected {', '.join(sorted(RATIONAL))} "
            "alone; use refnet.oracle.answer for the others"
        )
    return Loss.of(problem, Fraction)


def _parameters(problem: Problem) -> list[FloatArray]:
    return [*problem.parameters.weights, *problem.parameters.biases]


def _count(problem: Problem) -> range:
    return range(sum(array.size for array in _parameters(problem)))


def _duals(array: FloatArray, numbers: Iterator[int]) -> Numbers:
    """Turn every entry into a parameter of its own."""
    return convert(array, lambda entry: Dual(Fraction(entry), {next(numbers): Fraction(1)}))


def _filled(like: FloatArray, numbers: Iterator[float]) -> FloatArray:
    return np.array([next(numbers) for _ in range(like.size)]).reshape(like.shape)


def _fractions(problem: Problem) -> tuple[list[Numbers], list[Numbers]]:
    return (
        [convert(w, Fraction) for w in problem.parameters.weights],
        [convert(b, Fraction) for b in problem.parameters.biases],
    )


def _outputs(problem: Problem) -> FloatArray:
    return _rational_loss(problem).outputs(*_fractions(problem)).astype(np.float64)


def _cost(problem: Problem) -> float:
    return float(_rational_loss(problem).value(*_fractions(problem)).item())
