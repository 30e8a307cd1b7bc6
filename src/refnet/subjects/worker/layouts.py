"""How somebody keeps weights, biases and samples, settled by shapes; and the way to and fro.

Lives here: WeightLayout, BiasLayout, SampleLayout and their translations. It knows arrays alone.

Translation is by shape: what has the shape of the subject's own parameter is turned into the
book's, W (fan-out, fan-in) and b (units, 1). Whatever has another shape is passed on as it is, so
that a wrong shape is seen as one.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from refnet.errors import Interruption
from refnet.subjects.worker.adapted import Array, numbers

WeightLayout = Literal["out-in", "in-out", "vector"]
BiasLayout = Literal["column", "vector", "row", "scalar"]
"""How parameters are kept; weights as a vector and the bias as a number are those of one unit."""

SampleLayout = Literal["columns", "rows", "single column", "single vector", "single row"]
"""How a batch is handed over: one column or row per sample, or one sample at a time."""


def weight_layout(shapes: Sequence[tuple[int, ...]], sizes: Sequence[int]) -> WeightLayout | None:
    """Tell by the shapes of all weights how they are kept; None where they fit neither way."""
    layers = list(pairwise(sizes))
    if list(shapes) == [(fan_out, fan_in) for fan_in, fan_out in layers]:
        return "out-in"
    return "in-out" if list(shapes) == layers else None


def bias_layout(shapes: Sequence[tuple[int, ...]], sizes: Sequence[int]) -> BiasLayout | None:
    """Tell by the shapes of all biases how they are kept; None where they fit no way."""
    units = sizes[1:]
    if list(shapes) == [(k, 1) for k in units]:
        return "column"
    if list(shapes) == [(k,) for k in units]:
        return "vector"
    return "row" if list(shapes) == [(1, k) for k in units] else None


def ends_of(shape: tuple[int, ...], layout: WeightLayout) -> tuple[int, int]:
    """Return the number of inputs and of units that weights of this shape have."""
    if layout == "vector":
        return shape[0], 1
    return (shape[1], shape[0]) if layout == "out-in" else (shape[0], shape[1])


def own_weight(w: Array, layout: WeightLayout) -> Array:
    """Turn W of the book into the subject's own."""
    if layout == "vector":
        return np.ascontiguousarray(w[0])
    return w if layout == "out-in" else np.ascontiguousarray(w.T)


def own_bias(b: Array, layout: BiasLayout) -> Array:
    """Turn b of the book, (units, 1), into the subject's own."""
    if layout == "column":
        return b
    if layout == "scalar":
        return b.reshape(())
    return b[:, 0].copy() if layout == "vector" else np.ascontiguousarray(b.T)


def book_weight(value: object, shape: tuple[int, ...], layout: WeightLayout) -> Array:
    """Turn the subject's W, or its gradient, into the book's, if it has that W's shape."""
    array = numbers(value)
    if layout == "out-in" or array.shape != shape:
        return array
    return array.reshape(1, -1) if layout == "vector" else array.T


def book_bias(value: object, shape: tuple[int, ...], layout: BiasLayout) -> Array:
    """Turn the subject's b, or its gradient, into the book's, if it has that b's shape."""
    array = numbers(value)
    if layout == "scalar" and array.size == 1:
        return array.reshape(1, 1)  # (1,) and () are the same to a number
    return array.reshape(-1, 1) if layout != "column" and array.shape == shape else array


def own_samples(x: Array, layout: SampleLayout) -> Array:
    """Turn a batch of columns into the subject's own; views, so that a change is seen."""
    if layout == "rows":
        return x.T
    return x


def own_sample(x: Array, sample: int, layout: SampleLayout) -> Array:
    """Return one column of a batch as the subject takes a single sample; a view."""
    column = x[:, sample : sample + 1]
    if layout == "single vector":
        return x[:, sample]
    return column.T if layout in ("single row", "rows") else column


def book_outputs(value: object, layout: SampleLayout, samples: int, units: int) -> Array:
    """Turn outputs for a whole batch into (units, samples), if they have such a shape."""
    array = numbers(value)
    return array.T if layout == "rows" and array.shape == (samples, units) else array


def trial_samples(sizes: Sequence[int], samples: int) -> tuple[Array, Array]:
    """Return a batch to try a network of these sizes with: x and one-hot y, in columns."""
    x = np.linspace(-1.0, 1.0, sizes[0] * samples).reshape(sizes[0], samples)
    return x, np.eye(sizes[-1])[:, np.arange(samples) % sizes[-1]]


def sample_layout(
    ask: Callable[[Array], Any], inputs: int, outputs: int, candidates: Sequence[SampleLayout]
) -> SampleLayout | None:
    """Find the first layout in which a function answers with the right shape; None if none.

    `inputs`, `outputs` and the number of samples tried all differ.
    """
    samples = inputs + outputs
    x = np.linspace(-1.0, 1.0, inputs * samples).reshape(inputs, samples)
    for layout in candidates:
        single = layout not in ("columns", "rows")
        given = own_sample(x, 0, layout) if single else own_samples(x, layout)
        try:
            shape = np.shape(ask(given.copy()))
        except Interruption:
            raise
        except BaseException:  # noqa: BLE001, S112 - a wrong guess may raise anything
            continue
        if shape in _ANSWERS[layout](samples, outputs):
            return layout
    return None


_ANSWERS: dict[SampleLayout, Callable[[int, int], tuple[tuple[int, ...], ...]]] = {
    "columns": lambda samples, units: ((units, samples),),
    "rows": lambda samples, units: ((samples, units),),
    "single column": lambda _samples, units: ((units, 1),),
    "single vector": lambda _samples, units: ((units,),),
    "single row": lambda _samples, units: ((1, units),),
}
