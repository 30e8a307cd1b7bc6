"""Health of a network of any framework, from plain lists of arrays.

Lives here: `examine`, and what arrays may be where they come from elsewhere. It knows the
measurements (layers.py), nothing of frameworks: whatever NumPy takes for an array of numbers is
one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import Matrix, describe, finite_matrix, matrix
from refnet.errors import ShapeError
from refnet.health.layers import LayerHealth, measure
from refnet.health.units import count_units


def examine(
    names: Sequence[str],
    activations: Sequence[object],
    weights: Sequence[object],
    gradients: Sequence[object],
    learning_rate: float,
    *,
    samples_first: bool = False,
) -> tuple[LayerHealth, ...]:
    """Measure every layer of a network after the input, whatever framework it is of.

    One entry per layer in each list, the output layer last: `names` are those of its activation
    ("relu"), `activations` what came out of it, `weights` its weights, `gradients` dC/dW of a
    mini-batch. An activation has shape (units, samples), or (samples, units) with
    `samples_first`, as most frameworks have it. Weights may be (units, units before) or the other
    way round, as long as their gradient is shaped alike. Arrays are whatever NumPy takes for
    numbers, in any precision; tensors on another device or with a history of their own are to be
    moved and detached before. Pass the result to `diagnose` for sentences. Raises ShapeError, and
    ArgumentError for NaN, infinity or an unknown activation.
    """
    lists = {"activations": activations, "weights": weights, "gradients": gradients}
    for title, values in ({"names": names} | lists).items():
        if not hasattr(values, "__len__") or isinstance(values, str):
            raise ShapeError(
                f"{title}: got {describe(values)}; expected a list with one entry for every layer "
                "after the input; put even a single one in brackets"
            )
    for title, values in lists.items():
        if len(values) != len(names):
            raise ShapeError(
                f"{title}: got {len(values)}; expected {len(names)}, one for every layer after "
                "the input, as there are names; leave the input itself out"
            )
    return tuple(
        _layer(number, names[number - 1], a, w, dw, learning_rate, samples_first=samples_first)
        for number, (a, w, dw) in enumerate(
            zip(activations, weights, gradients, strict=True), start=1
        )
    )


def _layer(
    number: int,
    name: str,
    activation: object,
    weight: object,
    gradient: object,
    learning_rate: float,
    *,
    samples_first: bool,
) -> LayerHealth:
    w = real_matrix(weight, f"weights of layer {number}")
    _, outputs = rows_per_unit(w, activation, f"of layer {number}", samples_first=samples_first)
    dw = real_matrix(gradient, f"gradient of layer {number}")
    finite_matrix(outputs, f"activations of layer {number}")
    return measure(number, name, count_units(name, outputs), w, [dw], learning_rate)


def rows_per_unit(
    weights: object, activations: object, layer: str, *, samples_first: bool
) -> tuple[Matrix, Matrix]:
    """Return weights and activations of a layer, both with one row per unit; no value is refused.

    Weights have shape (units, units before) or the other way round, activations (units, samples),
    or (samples, units) with `samples_first`; `layer` says in messages which one it is. Raises
    ShapeError where they do not fit.
    """
    w = real_matrix(weights, f"weights {layer}")
    a = real_matrix(activations, f"activations {layer}")
    rows = matrix(a.T) if samples_first else a
    if rows.shape[0] not in w.shape:
        raise ShapeError(
            f"activations {layer}: got shape {a.shape}, which is {rows.shape[0]} units; expected "
            f"as many as weights of shape {w.shape} have; pass samples_first={not samples_first} "
            "if it is the other way round"
        )
    return (w if w.shape[0] == rows.shape[0] else matrix(w.T)), rows


def real_matrix(value: object, name: str) -> Matrix:
    """Turn an array of any framework and precision into a Matrix; NaN and infinity are let pass.

    A Matrix is passed on as it is. Raises ShapeError for what is no two-dimensional array of real
    numbers.
    """
    try:
        array: NDArray[Any] = np.asarray(value)
        # Half precisions of other libraries are of NumPy's kind V; a record of it is no number.
        numbers = array.dtype.kind in "fiuV" and array.dtype.names is None
        converted = array.astype(np.float64, copy=False) if numbers else None
        reason = f"elements of type {array.dtype}"
    # What a framework raises for a tensor that is not ready: of these kinds, each in its words.
    except (RuntimeError, TypeError, ValueError) as error:
        converted, reason = None, str(error)
    if converted is None:
        raise ShapeError(
            f"{name}: got {describe(value)} ({reason}); expected an array of real numbers; a "
            "tensor is to be detached, moved to the CPU and put into a precision that NumPy has"
        )
    if converted.ndim != 2:
        raise ShapeError(
            f"{name}: got shape {converted.shape}; expected two dimensions; flatten what a unit or "
            "a sample has of its own with reshape"
        )
    return matrix(converted, name)
