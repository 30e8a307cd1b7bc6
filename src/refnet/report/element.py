"""Which single number of an answer is worked through.

Lives here: Element and `find_element`. It knows answers and their bounds, not how any number
comes about. Where the broken law named one number of this very answer, that one is taken; else
the first that is outside its bound, from the last layer backwards, because the path to it is the
shortest to follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import FloatArray
from refnet.problem import Layers, Part
from refnet.verdict import Example

Kind = Literal["a", "C", "dW", "db", "W", "b"]
"""Outputs, cost, gradients by weights and by biases, weights and biases after a step."""


Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Element:
    """One number of an answer, with what it should be and how far off a right one may be.

    `layer` counts from 1, the first after the input, and is 0 for the cost; `index` is as NumPy
    counts, from 0.
    """

    part: Part
    kind: Kind
    layer: int
    index: tuple[int, ...]
    got: float
    expected: float
    bound: float

    @property
    def name(self) -> str:
        """The number as code would name it: "dW2[0, 1]"."""
        # A bias has one index: whether it stands in a column is nobody's concern here.
        index = self.index[:1] if self.kind in ("db", "b") else self.index
        place = f"[{', '.join(map(str, index))}]" if index else ""
        return f"{self.kind}{self.layer or ''}{place}"


@dataclass(frozen=True, eq=False)
class _Numbers:
    """Arrays of one kind and layer: as answered, as trusted, and the bound."""

    part: Part
    kind: Kind
    layer: int
    got: FloatArray
    expected: FloatArray
    bound: FloatArray

    def element(self, index: tuple[int, ...]) -> Element:
        return Element(
            self.part,
            self.kind,
            self.layer,
            index,
            float(self.got[index]),
            float(self.expected[index]),
            float(self.bound[index]),
        )


def find_element(example: Example) -> Element | None:
    """Return the number to work through, or None where no single number of it is wrong."""
    everything = [numbers for numbers in _comparable(example) if numbers.got.size]
    if example.got is not None and example.expected is not None:
        for numbers in everything:
            named = _same(numbers.got, example.got) & _same(numbers.expected, example.expected)
            if named.any():
                return numbers.element(_first(named))
    for numbers in everything:
        with np.errstate(invalid="ignore"):
            near = np.abs(numbers.got - numbers.expected) <= numbers.bound
        wrong = ~(near | (numbers.got == numbers.expected) | np.isinf(numbers.bound))
        if wrong.any():
            return numbers.element(_first(wrong))
    return None


def _same(values: FloatArray, number: float) -> Mask:
    return np.isnan(values) if np.isnan(number) else values == number


def _first(mask: Mask) -> tuple[int, ...]:
    return tuple(int(place) for place in np.argwhere(mask)[0])


def _comparable(example: Example) -> Iterator[_Numbers]:
    """Yield what was answered in the right shape, the last layer first."""
    for part, kind, layer, got, expected, bound in _arrays(example):
        if got.shape == expected.shape:
            limit = np.zeros_like(expected) if bound is None else np.asarray(bound)
            yield _Numbers(part, kind, layer, got, expected, np.broadcast_to(limit, got.shape))


_Row = tuple[Part, Kind, int, FloatArray, FloatArray, FloatArray | None]


def _arrays(example: Example) -> Iterator[_Row]:
    got, expected, bound = example.answer, example.trusted.answer, example.trusted.bound
    if got.outputs is not None and expected.outputs is not None:
        last = len(example.problem.activations)
        mine, right = _floats(got.outputs), _floats(expected.outputs)
        yield "outputs", "a", last, mine, right, bound.outputs
    if got.cost is not None and expected.cost is not None:
        limit = None if bound.cost is None else _floats(bound.cost)
        yield "cost", "C", 0, _floats(got.cost), _floats(expected.cost), limit
    if got.gradients is not None and expected.gradients is not None:
        yield from _layers("gradients", got.gradients, expected.gradients, bound.gradients)
    if got.step is not None and expected.step is not None:
        yield from _layers("step", got.step, expected.step, bound.step)


def _layers(part: Part, got: Layers, expected: Layers, bound: Layers | None) -> Iterator[_Row]:
    names: tuple[Kind, Kind] = ("dW", "db") if part == "gradients" else ("W", "b")
    layers = len(expected.weights)
    for layer in range(min(layers, len(got.weights), len(got.biases)), 0, -1):
        at = layer - 1
        limits = (None, None) if bound is None else (bound.weights[at], bound.biases[at])
        weights, biases = expected.weights[at], expected.biases[at]
        yield part, names[0], layer, _floats(got.weights[at]), _floats(weights), limits[0]
        yield part, names[1], layer, _floats(got.biases[at]), _floats(biases), limits[1]


def _floats(value: FloatArray | float) -> FloatArray:
    return np.asarray(value, dtype=np.float64)
