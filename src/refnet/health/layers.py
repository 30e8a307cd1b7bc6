"""A layer in numbers: its units, its weights, its gradient, and what a step changes.

Lives here: LayerHealth and how it is measured. It knows arrays, activations by name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refnet.activations import ACTIVATIONS
from refnet.arrays import Matrix, finite_matrix
from refnet.checks import check_count, check_kind, check_not_negative, entry
from refnet.errors import ArgumentError, ShapeError
from refnet.health.units import UnitCounts


@dataclass(frozen=True)
class LayerHealth:
    """The measurements of one layer; `layer` counts from 1, the layer after the input.

    The norms are Frobenius norms, of the gradient of a mini-batch and of the weights;
    `update_ratio` is that of a step, learning rate times gradient, to that of the weights.
    """

    layer: int
    activation: str
    dead_share: float
    saturated_share: float
    gradient_norm: float
    weight_norm: float
    update_ratio: float


def measure(
    layer: int,
    activation: str,
    units: UnitCounts,
    weights: Matrix,
    gradients: Sequence[Matrix],
    learning_rate: float,
) -> LayerHealth:
    """Measure one layer.

    weights has shape (units, units before), and so has each of gradients, dC/dW of one or
    several mini-batches: the median of their norms counts. Raises ShapeError and ArgumentError.
    """
    check_count(layer, "layer", "1 is the layer after the input")
    check_kind(units, UnitCounts, "units", "make them by refnet.health.count_units")
    entry(activation, ACTIVATIONS, "activation")
    check_not_negative(learning_rate, "learning_rate", "it is eta of W - eta dC/dW")
    finite_matrix(weights, f"weights of layer {layer}")
    if not gradients:
        raise ArgumentError(f"gradients of layer {layer}: got none; expected at least one; pass it")
    for gradient in gradients:
        if finite_matrix(gradient, f"gradient of layer {layer}").shape != weights.shape:
            raise ShapeError(
                f"gradient of layer {layer}: got shape {gradient.shape}; expected that of the "
                f"weights, {weights.shape}; transpose it if the framework keeps W as (in, out)"
            )
    gradient_norm = float(np.median([_norm(gradient) for gradient in gradients]))
    weight_norm = _norm(weights)
    update = float(learning_rate) * gradient_norm
    return LayerHealth(
        layer,
        activation,
        units.dead_share,
        units.saturated_share,
        gradient_norm,
        weight_norm,
        # Weights of 0 that move are changed beyond measure, those that do not are not changed.
        update / weight_norm if weight_norm > 0.0 else math.inf if update > 0.0 else 0.0,
    )


_TINY, _HUGE = 1e-140, 1e140
"""Between these, squares keep their digits, and so do the sums of 10^20 of them."""


def _norm(value: Matrix) -> float:
    """Return the Frobenius norm, which neither overflows nor vanishes while the result does not."""
    largest = float(np.max(np.abs(value)))
    if largest == 0.0 or _TINY < largest < _HUGE:
        return float(np.linalg.norm(value))
    # By a power of two, which rounds nothing.
    exponent = math.frexp(largest)[1]
    with np.errstate(over="ignore"):
        return float(np.ldexp(np.linalg.norm(np.ldexp(value, -exponent)), exponent))
