"""The costs: the value over a batch, and BP1, the error of the output layer.

Lives here: quadratic, binary and categorical cross-entropy, and the table of the output
activations each belongs with. It knows arrays and activations, nothing of hidden layers.

Every function takes the weighted inputs z of the output layer, not the activations alone: with z
in hand neither cross-entropy needs the logarithm of a number that has been rounded to 0 or 1, so
nothing is clipped and no epsilon stands inside a logarithm. Only pairs that belong together are
accepted; any other is refused by name.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from refnet.activations import Activation
from refnet.arrays import Matrix, finite_matrix, matrix
from refnet.checks import check_kind, entry, found_by_looking
from refnet.errors import ArgumentError, ShapeError


@dataclass(frozen=True)
class Cost:
    """A cost with its output error for the output activations that belong with it.

    `value` and `output_error` check their arguments; `formula` and `error_formula` are what
    stands behind them, for the network, which has checked its batch already.
    """

    name: str
    partners: tuple[str, ...]
    formula: Callable[[Activation, Matrix, Matrix], float]
    error_formula: Callable[[Activation, Matrix, Matrix], Matrix]

    @found_by_looking
    def value(self, activation: Activation, z: Matrix, y: Matrix) -> float:
        """Return the sum over units and samples divided by the number of samples.

        z and y have shape (outputs, samples). Raises ShapeError and ArgumentError, also for a
        cost too large for a float.
        """
        self._check(activation, z, y)
        return finite_cost(self.formula(activation, z, y))

    @found_by_looking
    def output_error(self, activation: Activation, z: Matrix, y: Matrix) -> Matrix:
        """Return BP1, the error dC/dz of every sample on its own; shape of z.

        z and y have shape (outputs, samples). Raises ShapeError and ArgumentError, also for an
        error too large for a float.
        """
        self._check(activation, z, y)
        return finite_matrix(self.error_formula(activation, z, y), "output error")

    def refuse_unless_partner(self, activation: Activation) -> None:
        """Raise ArgumentError unless the output activation belongs with this cost."""
        check_kind(activation, Activation, "output activation", "use activation_by_name")
        if activation.name not in self.partners:
            raise ArgumentError(
                f"cost: got {self.name} with {activation.name} outputs; expected "
                f"{' or '.join(self.partners)} outputs with it; {_ADVICE}"
            )

    def refuse_unless_targets(self, y: Matrix) -> None:
        """Raise ArgumentError for targets of which the output error is not a - y.

        The gradient of -sum y ln a is a sum(y) - y: it is a - y where a column of y adds up to
        1, as a one-hot column and every distribution does.
        """
        if self.name != "categorical_cross_entropy":
            return
        # Dividing k numbers by their sum and adding them up again rounds 2 k times by 2^-53.
        slack = y.shape[0] * 2.0**-52
        off = np.abs(y.sum(axis=0) - 1.0) > slack
        if off.any():
            sample = int(np.flatnonzero(off)[0])
            raise ArgumentError(
                f"y: got a column {sample} that adds up to {float(y[:, sample].sum())}; expected "
                f"1 for the {self.name}; encode labels with refnet.one_hot, or divide by the sum"
            )

    def _check(self, activation: Activation, z: Matrix, y: Matrix) -> None:
        self.refuse_unless_partner(activation)
        if finite_matrix(z, "z").shape != finite_matrix(y, "y").shape:
            raise ShapeError(
                f"z and y: got shapes {z.shape} and {y.shape}; expected the same; one row per "
                "output unit, one column per sample"
            )
        self.refuse_unless_targets(y)


def finite_cost(value: float) -> float:
    """Return a cost that is a number. Raises ArgumentError for one that overflowed."""
    if not math.isfinite(value):
        raise ArgumentError(
            f"cost: got {value}; expected a finite number; the squares of such weights, outputs "
            "or targets are too large for a float: scale them down"
        )
    return value


_ADVICE = (
    "pair softmax with categorical_cross_entropy, sigmoid with binary_cross_entropy or quadratic"
)


def _quadratic(activation: Activation, z: Matrix, y: Matrix) -> float:
    """Return 1/2 sum (a - y)^2 / m (Nielsen, chapter 1, equation 6)."""
    difference = activation.formula(z) - y
    return 0.5 * float((difference * difference).sum()) / z.shape[1]


def _quadratic_output_error(activation: Activation, z: Matrix, y: Matrix) -> Matrix:
    """Return (a - y) sigma'(z): BP1 as the book has it; shape of z."""
    return matrix((activation.formula(z) - y) * activation.prime(z))


def _binary_cross_entropy(_activation: Activation, z: Matrix, y: Matrix) -> float:
    """Return -sum [y ln a + (1 - y) ln(1 - a)] / m, as max(z, 0) - z y + ln(1 + exp(-|z|)).

    Nielsen, chapter 3, equation 63, summed over the output units.
    """
    terms = np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return float(terms.sum()) / z.shape[1]


def _categorical_cross_entropy(_activation: Activation, z: Matrix, y: Matrix) -> float:
    """Return -sum y ln a / m, with -ln a = ln(1 + sum of the others' exp(z - max z)) + max z - z.

    The 1 is the exponential of the largest z itself: set apart, it does not swallow the others.
    Nielsen, chapter 3, equation 80, for columns y that add up to 1.
    """
    below_largest = z.max(axis=0, keepdims=True) - z
    others = np.exp(-below_largest)
    others[z.argmax(axis=0), np.arange(z.shape[1])] = 0.0
    minus_log_outputs = np.log1p(others.sum(axis=0, keepdims=True)) + below_largest
    return float((y * minus_log_outputs).sum()) / z.shape[1]


def _fused_output_error(activation: Activation, z: Matrix, y: Matrix) -> Matrix:
    """Return a - y: BP1 where sigma' and the cost's derivative cancel; shape of z.

    Nielsen, chapter 3, equations 68 and 82.
    """
    return matrix(activation.formula(z) - y)


COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        cost.name: cost
        for cost in (
            Cost(
                "quadratic",
                ("sigmoid", "tanh", "relu", "leaky_relu", "identity"),
                _quadratic,
                _quadratic_output_error,
            ),
            Cost("binary_cross_entropy", ("sigmoid",), _binary_cross_entropy, _fused_output_error),
            Cost(
                "categorical_cross_entropy",
                ("softmax",),
                _categorical_cross_entropy,
                _fused_output_error,
            ),
        )
    }
)
"""Every cost by the name that problems, files and the command line use."""


def cost_by_name(name: str) -> Cost:
    """Look a cost up. Raises ArgumentError for a name that is not one of COSTS."""
    return entry(name, COSTS, "cost")
