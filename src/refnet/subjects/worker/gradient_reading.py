"""Where gradients are found after somebody's backward pass: returned, kept, or in the parameters.

Lives here: the readers, and `find_reader`, which says which of them finds any. It knows names and
shapes, nothing of what a gradient should be.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, cast

import numpy as np

from refnet.subjects.worker.adapted import Pair
from refnet.subjects.worker.finding import holders_of, items_of, numbers_of
from refnet.subjects.worker.leaves import (
    is_list,
    is_mapping,
    is_row,
    is_tensor,
    is_tuple,
    shape_of,
)
from refnet.subjects.worker.places import ArrayLayer, Layer, Place
from refnet.subjects.worker.raising import Trying

Reader = Callable[[Any, Sequence[str], Any, Sequence[Layer]], Pair | None]
"""From what was returned, the names of that, the network and its layers, to gradients or None."""

_HOLDERS = ("grads", "gradients", "grad", "gradient", "_grads", "_gradients")
"""Attributes in which gradients are kept under the names of their parameters."""

_FORMS = (
    "d{}",
    "grad{}",
    "{}grad",
    "gradient{}",
    "{}gradient",
    "nabla{}",
    "delta{}",
    "{}grads",
    "grads{}",
    "{}gradients",
    "gradients{}",
    "g{}",
    "dl{}",
    "dc{}",
    "dj{}",
    "dld{}",
    "{}prime",
    "{}delta",
    "{}d",
    "grad{}s",
)
"""What the gradient of w is called, underscores left out: dW, grad_W, W_gradient, ..."""

_WORDS = ((r"weights?", "w"), (r"bias(es)?", "b"), (r"kernel", "w"))


def _plain(name: object) -> str:
    plain = str(name).replace("_", "").lower()
    for word, letter in _WORDS:
        plain = re.sub(word, letter, plain)
    return plain


def _named_like(mapping: Sequence[tuple[Any, Any]], key: object, *, same: bool) -> Any:
    """Return the value called as the gradient of `key` is called; None if there is none."""
    if not isinstance(key, str):
        return None  # a number is no name: gradients of weights and of biases bear the same
    own = _plain(key)
    wanted = [form.format(own) for form in _FORMS] + ([own] if same else [])
    found = {_plain(name): value for name, value in reversed(mapping) if value is not None}
    return next((found[name] for name in wanted if name in found), None)


def _by_name(
    mapping: Sequence[tuple[Any, Any]], layers: Sequence[Layer], *, same: bool
) -> Pair | None:
    """Find a gradient for every parameter by its name, whatever its shape."""
    return _translated(layers, [lambda key: _named_like(mapping, key, same=same) for _ in layers])


def _translated(layers: Sequence[Layer], lookups: Sequence[Callable[[object], Any]]) -> Pair | None:
    weights: list[Any] = []
    biases: list[Any] = []
    for layer, lookup in zip(layers, lookups, strict=True):
        if not isinstance(layer, ArrayLayer):
            return None
        dw = lookup(layer.weight.key)
        db = None if layer.bias is None else lookup(layer.bias.key)
        if dw is None or (db is None and layer.bias is not None):
            return None
        w, b = layer.translated(dw, db)
        weights.append(w)
        biases.append(b)
    return weights, biases


def returned_by_key(
    value: Any, names: Sequence[str], owner: Any, layers: Sequence[Layer]
) -> Pair | None:
    """Read a dictionary of gradients that was returned, alone or beside other values."""
    values = value if is_tuple(value) and not hasattr(value, "_fields") else (value,)
    for each in map(_by_field, values):
        if is_mapping(each) and each is not owner:
            found = _by_name(items_of(each), layers, same=True)
            if found is not None:
                return found
    return None


def _by_field(value: Any) -> Any:
    """Return the fields of a dataclass or a named tuple as a dictionary, anything else as it is."""
    fields = getattr(value, "_fields", None) if is_tuple(value) else None
    if fields is not None:
        return dict(zip(fields, value, strict=True))
    return vars(value) if is_dataclass(value) and not isinstance(value, type) else value


def returned_by_name(
    value: Any, names: Sequence[str], _owner: Any, layers: Sequence[Layer]
) -> Pair | None:
    """Read gradients that were returned side by side, by what the function calls them."""
    if not is_tuple(value) or len(names) != len(value):
        return None
    return _by_name(list(zip(names, value, strict=True)), layers, same=False)


def kept(value: Any, names: Sequence[str], owner: Any, layers: Sequence[Layer]) -> Pair | None:
    """Read gradients from attributes beside the parameters, or from a dictionary of them."""

    def beside(place: Place) -> Callable[[object], Any]:
        held = [item for item in items_of(place.container) if item[0] != place.key]
        if place.container is not owner and not is_list(owner):
            held += items_of(owner) if len(layers) > 1 and _numbered(place.key) else []
        for holder in (place.container, *holders_of(place.container, owner), owner):
            for name in _HOLDERS:
                inner = getattr(holder, name, None)
                if is_mapping(inner):
                    held += [
                        (f"d{_plain(key)}", each)
                        for key, each in items_of(inner)
                        if not _plain(key).startswith("d")
                    ]
                    held += items_of(inner)
        return lambda key: _named_like(held, key, same=False)

    if not all(isinstance(layer, ArrayLayer) for layer in layers):
        return None
    return _translated(layers, [beside(cast(ArrayLayer, layer).weight) for layer in layers])


def _numbered(key: object) -> bool:
    return bool(re.search(r"\d$", str(key)))


def in_parameters(
    _value: Any, _names: Sequence[str], _owner: Any, layers: Sequence[Layer]
) -> Pair | None:
    """Read what parameters that differentiate themselves have in .grad.

    PyTorch leaves None where no path leads from the cost to a layer: its gradients are 0.
    """
    found = [layer.gradients() for layer in layers]
    if not any(found):
        return None
    pairs = [
        pair or tuple(np.zeros(array.shape) for array in layer.read())
        for pair, layer in zip(found, layers, strict=True)
    ]
    return [w for w, _ in pairs], [b for _, b in pairs]


@dataclass(frozen=True)
class Order:
    """An order in which gradients are returned: which end first, which kind, layer by layer or not.

    It is one reader of its own: square layers do not show it, so that it has to be kept in mind.
    `loosely` tells that gradients of biases may have any shape, by mistake, `anyhow` that all may.
    """

    last_first: bool
    biases_first: bool
    by_layer: bool
    loosely: bool = False
    anyhow: bool = False

    def __call__(
        self, value: Any, _names: Sequence[str], _owner: Any, layers: Sequence[Layer]
    ) -> Pair | None:
        """Read lists or a row of gradients in this order; a loss beside them is passed over."""
        arrays = [layer for layer in layers if isinstance(layer, ArrayLayer)]
        if len(arrays) < len(layers):
            return None
        order = self._places(len(arrays), arrays[0].bias is not None)
        values = value if is_tuple(value) else (value,)
        for each in (value, *reversed(values)):
            flat = _flat(each)
            if len(flat) == len(order) and all(
                shape_of(item) == _shape_at(arrays, *place)
                or self.anyhow
                or (self.loosely and place[0] == "b")
                for item, place in zip(flat, order, strict=True)
            ):
                found = dict(zip(order, flat, strict=True))
                pairs = [
                    layer.translated(found["w", at], found.get(("b", at)))
                    for at, layer in enumerate(arrays)
                ]
                return [w for w, _ in pairs], [b for _, b in pairs]
        return None

    def _places(self, depth: int, biased: bool) -> list[tuple[str, int]]:
        places = range(depth - 1, -1, -1) if self.last_first else range(depth)
        kinds = ("bw" if self.biases_first else "wb") if biased else "w"
        if self.by_layer:
            return [(kind, at) for at in places for kind in kinds]
        return [(kind, at) for kind in kinds for at in places]

    def __str__(self) -> str:
        end = "last" if self.last_first else "first"
        kind = "biases" if self.biases_first else "weights"
        return (
            f"returned, the {end} layer first, {kind} first, "
            + ("layer by layer" if self.by_layer else "one kind after the other")
            + (", biases of any shape" if self.loosely else "")
        )


def _shape_at(layers: Sequence[ArrayLayer], kind: str, at: int) -> tuple[int, ...] | None:
    place = layers[at].weight if kind == "w" else layers[at].bias
    return None if place is None else shape_of(place.get())


_ORDERS = tuple(
    Order(last_first, biases_first, by_layer, loosely)
    for loosely in (False, True)
    for last_first in (False, True)
    for biases_first in (False, True)
    for by_layer in (True, False)
)


def _flat(value: Any) -> list[Any]:
    """Take lists and dictionaries apart, down to arrays with an axis at the least."""
    value = _by_field(value)
    # A row of arrays that are alike, as in square layers, is a row all the same.
    together = is_row(value) and any(map(is_tensor, value))
    if value is None or (shape_of(value) is not None and not together):
        return [value]
    if is_mapping(value):
        keys = numbers_of(value) or list(value)
        return [leaf for key in keys for leaf in _flat(value[key])]
    if is_row(value):
        return [leaf for item in value for leaf in _flat(item)]
    return []


READERS: Mapping[str, Reader] = {
    "returned by key": returned_by_key,
    "returned by name": returned_by_name,
    "kept beside the parameters": kept,
    **{str(order): order for order in _ORDERS if not order.loosely},
    "kept in the parameters": in_parameters,
    **{str(order): order for order in _ORDERS if order.loosely},
}
"""The readers by what they find, in the order in which they are tried."""


def read_gradients(
    reader: str, value: Any, names: Sequence[str], owner: Any, layers: Sequence[Layer]
) -> Pair | None:
    """Read gradients by a reader that is known; None where there are none.

    Where their order is known they may have any shape: which one is right is for the laws.
    """
    read = READERS[reader]
    found = read(value, names, owner, layers)
    if found is None and isinstance(read, Order):
        return replace(read, anyhow=True)(value, names, owner, layers)
    return found


def find_reader(value: Any, names: Sequence[str], owner: Any, layers: Sequence[Layer]) -> str:
    """Name the first reader that finds a gradient for every parameter; "" if none does."""
    for name, reader in READERS.items():
        with Trying():
            found = reader(value, names, owner, layers)
            if found is not None and all(np.size(w) > 0 for w in found[0]):
                return name
    return ""
