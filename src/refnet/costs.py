"""The costs: the value over a batch, and BP1, the error of the output layer.

Lives here: quadratic, binary and categorical cross-entropy, and the table of the output
activations each belongs with. It knows arrays and activations, nothing of hidden layers.

Every function takes the weighted inputs z of the output layer, not the activations alone: with z
in hand neither cross-entropy needs the logarithm of a number that has been rounded to 0 or 1, so
nothing is clipped and no epsilon stands inside a logarithm. Only pairs that belong together are
accepted; any other is refused by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from refnet.activations import Activation
from refnet.arrays import Matrix, matrix
from refnet.errors import ArgumentError


@dataclass(frozen=True)
class Cost:
    """A cost with its output error for the output activations that belong with it.

    `value(activation, z, y)` is the sum over units and samples divided by the number of samples;
    `output_error(activation, z, y)` is BP1, dC/dz of every sample on its own, shape of z.
    """

    name: str
    partners: tuple[str, ...]
    value: Callable[[Activation, Matrix, Matrix], float]
    output_error: Callable[[Activation, Matrix, Matrix], Matrix]

    def refuse_unless_partner(self, activation: Activation) -> None:
        """Raise ArgumentError unless the output activation belongs with this cost."""
        if activation.name not in self.partners:
            raise ArgumentError(
                f"cost: got {self.name} with {activation.name} outputs; expected "
                f"{' or '.join(self.partners)} outputs with it; {_ADVICE}"
            )


_ADVICE = (
    "pair softmax with categorical_cross_entropy, sigmoid with binary_cross_entropy or quadratic"
)


def quadratic(activation: Activation, z: Matrix, y: Matrix) -> float:
    """Return 1/2 sum (a - y)^2 / m (Nielsen, chapter 1, equation 6)."""
    difference = activation.value(z) - y
    return 0.5 * float((difference * difference).sum()) / z.shape[1]


def quadratic_output_error(activation: Activation, z: Matrix, y: Matrix) -> Matrix:
    """Return (a - y) sigma'(z): BP1 as the book has it; shape of z."""
    return matrix((activation.value(z) - y) * activation.derivative(z))


def binary_cross_entropy(_activation: Activation, z: Matrix, y: Matrix) -> float:
    """Return -sum [y ln a + (1 - y) ln(1 - a)] / m, as max(z, 0) - z y + ln(1 + exp(-|z|)).

    Nielsen, chapter 3, equation 63, summed over the output units.
    """
    terms = np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return float(terms.sum()) / z.shape[1]


def categorical_cross_entropy(_activation: Activation, z: Matrix, y: Matrix) -> float:
    """Return -sum y ln a / m, with ln a = z - max z - ln sum exp(z - max z).

    Nielsen, chapter 3, equation 80, for one-hot columns y.
    """
    shifted = z - z.max(axis=0, keepdims=True)
    log_outputs = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    return -float((y * log_outputs).sum()) / z.shape[1]


def fused_output_error(activation: Activation, z: Matrix, y: Matrix) -> Matrix:
    """Return a - y: BP1 where sigma' and the cost's derivative cancel; shape of z.

    Nielsen, chapter 3, equations 68 and 82.
    """
    return matrix(activation.value(z) - y)


COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        cost.name: cost
        for cost in (
            Cost(
                "quadratic",
                ("sigmoid", "tanh", "relu", "leaky_relu", "identity"),
                quadratic,
                quadratic_output_error,
            ),
            Cost("binary_cross_entropy", ("sigmoid",), binary_cross_entropy, fused_output_error),
            Cost(
                "categorical_cross_entropy",
                ("softmax",),
                categorical_cross_entropy,
                fused_output_error,
            ),
        )
    }
)
"""Every cost by the name that problems, files and the command line use."""


def cost_by_name(name: str) -> Cost:
    """Look a cost up. Raises ArgumentError for a name that is not one of COSTS."""
    if name not in COSTS:
        raise ArgumentError(
            f"cost: got {name!r}; expected one of {', '.join(COSTS)}; check the spelling"
        )
    return COSTS[name]
