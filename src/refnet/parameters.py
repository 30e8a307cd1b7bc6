"""The weights and biases of a network, checked once so that nobody need check them again.

Lives here: Parameters. It knows arrays, nothing of what is computed with them.
"""

from dataclasses import dataclass

from refnet.arrays import Column, Matrix, finite_column, finite_matrix
from refnet.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Parameters:
    """The weights and biases of a network, checked: W of layer l has shape (units of l, units
    of l - 1), b has shape (units of l, 1).

    Raises ShapeError where neighbouring layers do not fit, ArgumentError for NaN or infinity.
    """

    weights: tuple[Matrix, ...]
    biases: tuple[Column, ...]

    def __post_init__(self) -> None:
        if not self.weights or len(self.weights) != len(self.biases):
            raise ShapeError(
                f"parameters: got {len(self.weights)} weight matrices and {len(self.biases)} "
                "biases; expected one of each for every layer after the input; check the lists"
            )
        fan_in = None
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            finite_matrix(w, f"weights of layer {layer}")
            finite_column(b, f"biases of layer {layer}")
            if fan_in is not None and w.shape[1] != fan_in:
                raise ShapeError(
                    f"weights of layer {layer}: got shape {w.shape}; expected {fan_in} columns, "
                    "one per unit of the layer before; W is (fan-out, fan-in)"
                )
            if b.shape[0] != w.shape[0]:
                raise ShapeError(
                    f"biases of layer {layer}: got shape {b.shape}; expected {(w.shape[0], 1)}, "
                    "one per row of the layer's weights"
                )
            fan_in = w.shape[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, the input included."""
        return (self.weights[0].shape[1], *(w.shape[0] for w in self.weights))
