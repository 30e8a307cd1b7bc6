"""Where a network keeps its parameters, layer by layer, whatever it calls them.

Lives here: Place and Layer, an array with its bias or a list of neurons. It knows names and shapes,
nothing of functions; layers are found by finding.py.

What a place is called is told by its name alone: a weight by "weight", W, theta or syn, a bias by
"bias" or b. Which layer it belongs to is told by the number in the name, or else by the order in
which they were made; both have to fit the shapes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import numpy as np

from refnet.subjects.worker.adapted import Array
from refnet.subjects.worker.layouts import (
    BiasLayout,
    WeightLayout,
    book_bias,
    book_weight,
    ends_of,
    own_bias,
    own_weight,
)
from refnet.subjects.worker.leaves import filled, gradient, is_mapping, is_row, read, shape_of

Kind = Literal["weight", "bias"]
Augmented = Literal["", "first", "last"]
"""Where the bias stands in an augmented matrix: nowhere, before the weights or behind them."""

_BESIDE = re.compile(
    r"^d_?[wb]|grad|delta|nabla|veloc|moment|cache|prev|decay|lambda|reg|init|shape|size|batch|"
    r"^[vms]_?d?[wb]_?\d|history|copy|best"
)
"""What is kept beside parameters and called nearly as they are."""

_WEIGHT = re.compile(r"weight|kernel|theta|syn_?\d|^w(_?\d*|[a-z]{1,3}|_\w+)$")
_BIAS = re.compile(r"bias|^b(_?\d*|[a-z]{1,3}|_\w+)$")


def kind_of(name: object) -> Kind | None:
    """Tell by its name whether something is a weight or a bias."""
    plain = str(name).strip("_").lower()
    if is_beside(name):
        return None
    if _BIAS.search(plain):
        return "bias"
    return "weight" if _WEIGHT.search(plain) else None


def is_beside(name: object) -> bool:
    """Tell by its name whether something is kept beside the parameters, and is none of them."""
    return bool(_BESIDE.search(str(name).strip("_").lower()))


@dataclass(frozen=True)
class Place:
    """A place in an object, a dictionary or a list: by attribute, key or index.

    `home` is where the container is kept, if another one may come to stand there:
    self.weights = [...].
    """

    container: Any
    key: Any
    home: "Place | None" = None

    def get(self) -> Any:
        """Return what is there."""
        container = self._now()
        if is_mapping(container) or is_row(container):
            return container[self.key]
        return getattr(container, self.key)

    def put(self, value: Any) -> None:
        """Put something else there."""
        container = self._now()
        if is_mapping(container) or is_row(container):
            container[self.key] = value
        else:
            setattr(container, self.key, value)

    def _now(self) -> Any:
        return self.container if self.home is None else self.home.get()


class Layer(Protocol):
    """The parameters of one layer, in the book's layout: W (fan-out, fan-in), b (units, 1)."""

    @property
    def ends(self) -> tuple[int, int]:
        """The number of inputs and of units."""
        ...

    @property
    def biased(self) -> bool:
        """Whether it has biases."""
        ...

    def write(self, w: Array, b: Array) -> None:
        """Put copies of these parameters into the network."""
        ...

    def read(self) -> tuple[Array, Array]:
        """Return copies of the parameters as they are."""
        ...

    def gradients(self) -> tuple[Array, Array] | None:
        """Return what the parameters themselves keep as their gradients; None if they do not."""
        ...


@dataclass(frozen=True)
class ArrayLayer:
    """A layer with an array of weights, and one of biases or a bias within the weights."""

    weight: Place
    bias: Place | None
    weight_layout: WeightLayout
    bias_layout: BiasLayout = "column"
    augmented: Augmented = ""

    @property
    def ends(self) -> tuple[int, int]:
        """The number of inputs and of units."""
        fan_in, units = ends_of(shape_of(self.weight.get()) or (0, 0), self.weight_layout)
        return fan_in - bool(self.augmented), units

    @property
    def biased(self) -> bool:
        """Whether it has biases."""
        return self.bias is not None or bool(self.augmented)

    def write(self, w: Array, b: Array) -> None:
        """Put copies of these parameters into the network."""
        if self.augmented:
            w = np.hstack([b, w] if self.augmented == "first" else [w, b])
        elif self.bias is not None:
            self.bias.put(filled(self.bias.get(), own_bias(b, self.bias_layout)))
        self.weight.put(filled(self.weight.get(), own_weight(w, self.weight_layout)))

    def read(self) -> tuple[Array, Array]:
        """Return copies of the parameters as they are."""
        return self.translated(self.weight.get(), None if self.bias is None else self.bias.get())

    def gradients(self) -> tuple[Array, Array] | None:
        """Return what the parameters themselves keep as their gradients; None if they do not."""
        dw = gradient(self.weight.get())
        db = None if self.bias is None else gradient(self.bias.get())
        missing = dw is None or (self.bias is not None and db is None)
        return None if missing else self.translated(dw, db)

    def translated(self, dw: Any, db: Any) -> tuple[Array, Array]:
        """Turn gradients in the network's own layout into the book's, if their shapes fit.

        A layer without biases has the gradient 0 there.
        """
        fan_in, units = self.ends
        augmented = bool(self.augmented)
        book = (units, fan_in + augmented)
        own = {"out-in": book, "in-out": book[::-1], "vector": book[1:]}
        w = book_weight(read(dw), own[self.weight_layout], self.weight_layout)
        if augmented:
            if w.shape != book:
                return w, np.zeros((units, 1))
            return (w[:, 1:], w[:, :1]) if self.augmented == "first" else (w[:, :-1], w[:, -1:])
        if self.bias is None:
            return w, np.zeros((units, 1))
        shapes = {"column": (units, 1), "vector": (units,), "row": (1, units), "scalar": ()}
        return w, book_bias(read(db), shapes[self.bias_layout], self.bias_layout)


@dataclass(frozen=True)
class NeuronLayer:
    """A layer of neurons, each with a list of weights, and a bias of its own or as the last one.

    `bias` is where its own is kept, empty where it is the last weight; `biased` tells whether
    there is any.
    """

    neurons: Sequence[Any]
    weights: str
    bias: str
    biased: bool = True

    @property
    def ends(self) -> tuple[int, int]:
        """The number of inputs and of units."""
        return len(Place(self.neurons[0], self.weights).get()) - self._within, len(self.neurons)

    @property
    def _within(self) -> bool:
        return self.biased and not self.bias

    def write(self, w: Array, b: Array) -> None:
        """Put copies of these parameters into the network."""
        for neuron, row, bias in zip(self.neurons, w, b, strict=True):
            place = Place(neuron, self.weights)
            if self.bias:
                own = Place(neuron, self.bias)
                own.put(filled(own.get(), bias[0]))
            place.put(filled(place.get(), np.append(row, bias) if self._within else row))

    def read(self) -> tuple[Array, Array]:
        """Return copies of the parameters as they are."""
        return self._stacked(read)

    def gradients(self) -> tuple[Array, Array] | None:
        """Return what the parameters themselves keep as their gradients; None if they do not."""
        if gradient(Place(self.neurons[0], self.weights).get()) is None:
            return None
        return self._stacked(lambda value: cast(Array, gradient(value)))

    def _stacked(self, of: Callable[[Any], Array]) -> tuple[Array, Array]:
        rows = np.array([of(Place(neuron, self.weights).get()) for neuron in self.neurons])
        if self._within:
            return rows[:, :-1], rows[:, -1:]
        if not self.biased:
            return rows, np.zeros((len(rows), 1))
        biases = [of(Place(neuron, self.bias).get()) for neuron in self.neurons]
        return rows, np.array(biases).reshape(-1, 1)
