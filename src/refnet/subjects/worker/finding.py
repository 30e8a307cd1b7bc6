"""Finding the layers of a network: in attributes, dictionaries, lists of layers, neurons.

Lives here: `find_layers`, `items_of` and what else walks through a network. It knows names and
shapes, nothing of functions.

Which layer an array belongs to is told by the number in its name, or else by the order in which
they were made. All shapes have to fit together, so that nothing is taken for a layer by its name
alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from types import ModuleType
from typing import Any

from refnet.subjects.worker.arranging import Pair, arranged, sizes_of
from refnet.subjects.worker.layouts import WeightLayout
from refnet.subjects.worker.leaves import (
    callable_only,
    is_array,
    is_list,
    is_mapping,
    is_row,
    shape_of,
)
from refnet.subjects.worker.places import Kind, Layer, NeuronLayer, Place, is_beside, kind_of

_DEEPEST = 4
"""How many objects deep layers are looked for: a model, its list, a block, a layer."""


def find_layers(
    owner: object, layout: WeightLayout | None = None, sizes: Sequence[int] | None = None
) -> tuple[Layer, ...] | None:
    """Find the parameters of a network, from the first layer to the last; None if it has none.

    `layout` is that of the weights where it is known: square ones do not show it. `sizes` are the
    units per layer where they are known: without biases, shapes may fit both ways.
    """
    neurons = _neuron_layers(owner)
    if neurons:
        return neurons
    groups = (arranged(_once_each(places), layout, sizes) for places in _groups(owner, 0))
    found = list(filter(None, groups))
    matching = [layers for layers in found if sizes and sizes_of(layers) == tuple(sizes)]
    return next(iter((*matching, *found)), None)


def _once_each(places: Sequence[Pair]) -> list[Pair]:
    """Leave out what was found before: a dictionary and layers may hold the same arrays."""
    return list({id(weight.get()): (weight, bias) for weight, bias in reversed(places)}.values())[
        ::-1
    ]


def _groups(owner: object, depth: int) -> Iterator[list[Pair]]:
    """Yield lists of places that may be all layers of a network, the most likely first."""
    own = _own_pairs(owner)
    if own:
        # The first is taken where a layer is one of several: an empty one would leave it out.
        if own[0][1] is None and (biased := _with_biases_by_shape(owner, own)):
            yield biased
        yield own
    if depth == _DEEPEST:
        return
    parts = [value for _, value in items_of(owner) if _holds(value)]
    together: list[Pair] = []
    for part in parts:
        found = next(_groups(part, depth + 1), None)
        together.extend(found or ())
    if len(parts) > 1 and together:
        yield together
    for part in parts:
        yield from _groups(part, depth + 1)
    lists = _parallel_lists(owner)
    if lists:
        yield lists
    if depth == 0 and not own:
        yield _in_turn(owner) if is_row(owner) else _pairs_by_shape(owner)


def _holds(value: Any) -> bool:
    """Tell whether layers may be within: in somebody's object, a dictionary or a list."""
    if is_mapping(value) or is_row(value):
        return shape_of(value) is None
    module = type(value).__module__.partition(".")[0]
    return (
        hasattr(value, "__dict__")
        and not isinstance(value, type)
        and not callable_only(value)
        and module not in ("numpy", "builtins")
    )


def items_of(owner: Any) -> list[tuple[Any, Any]]:
    """List what an object, a dictionary or a list holds, in the order in which it was put there."""
    if is_mapping(owner):
        return list(owner.items())
    if is_row(owner):
        return [(at, owner[at]) for at in range(len(owner))]
    named = dict(getattr(owner, "__dict__", {}))
    if isinstance(owner, ModuleType):
        return [(name, value) for name, value in named.items() if not name.startswith("__")]
    for name in ("_parameters", "_modules"):  # where PyTorch keeps what it lets one see as its own
        named.update(named.pop(name, None) or {})
    return list(named.items())


def holders_of(container: Any, owner: Any) -> list[Any]:
    """Return the layer that keeps its parameters in this dictionary, and not the network itself."""
    if not is_mapping(container):
        return []
    rows = [held for _, held in items_of(owner) if is_row(held)]
    layers = [held for _, held in items_of(owner)] + [each for row in rows for each in row]
    return [
        layer
        for layer in layers
        if any(held is container for held in getattr(layer, "__dict__", {}).values())
    ]


def _own_pairs(owner: Any) -> list[Pair]:
    """Pair weights and biases, where they fit together so with a last layer of one unit."""
    one_unit = list(_pairs(owner, one_unit=True))
    pairs = list(_pairs(owner))
    return one_unit if len(one_unit) >= len(pairs) and arranged(one_unit, None, None) else pairs


def _pairs(owner: Any, *, one_unit: bool = False) -> Iterator[Pair]:
    """Pair the weights and biases that an object or a dictionary, or a list (W, b), holds.

    Those of `one_unit` may be a vector and a number.
    """
    places: dict[Kind, list[Place]] = {"weight": [], "bias": []}
    numbers: list[Place] = []
    if is_row(owner):
        shapes = [shape_of(item) for item in owner]
        if (
            len(owner) == 2
            and None not in shapes
            and [len(shape or ()) for shape in shapes] in ([2, 1], [2, 2])
        ):
            yield Place(owner, 0), Place(owner, 1)
        return
    for name, value in items_of(owner):
        kind, shape = kind_of(name), shape_of(value)
        if kind is None or shape is None:
            continue
        if len(shape) == 2 or (len(shape) == 1 and (one_unit or kind == "bias")):
            places[kind].append(Place(owner, name))
        elif len(shape) == 0 and one_unit and kind == "bias":
            numbers.append(Place(owner, name))
    places["bias"] += numbers
    weights, biases = (_numbered(found) for found in (places["weight"], places["bias"]))
    if biases and len(biases) != len(weights):
        return
    for at, weight in enumerate(weights):
        yield weight, biases[at] if biases else None


def _with_biases_by_shape(owner: Any, weights: Sequence[Pair]) -> list[Pair]:
    """Pair weights with biases whose names say nothing: as many arrays, by their shapes alone."""
    known = [place.key for place, _ in weights]
    found = [Place(owner, name) for name, _ in _arrays(owner) if name not in known]
    if len(found) != len(weights):
        return []
    return [(weight, bias) for (weight, _), bias in zip(weights, found, strict=True)]


def _pairs_by_shape(owner: Any) -> list[Pair]:
    """Pair arrays whose names say nothing, as in a language that is not known: matrices and rest.

    Which are which, their shapes have to say: they are fitted together by whoever asks.
    """
    arrays = _arrays(owner)
    weights = [Place(owner, name) for name, value in arrays if _is_matrix(value)]
    biases = [Place(owner, name) for name, value in arrays if not _is_matrix(value)]
    if len(weights) < 2 or (biases and len(biases) != len(weights)):
        return []  # one matrix alone may be anything: a set of samples
    if not biases:
        return [(weight, None) for weight in weights]
    return list(zip(weights, biases, strict=True))


def _arrays(owner: Any) -> list[tuple[Any, Any]]:
    """List the arrays that an object holds, which are not called as something beside parameters."""
    if is_row(owner):
        return []
    return [
        (name, value)
        for name, value in items_of(owner)
        if len(shape_of(value) or ()) in (1, 2) and is_array(value) and not is_beside(name)
    ]


def _in_turn(owner: Any) -> list[Pair]:
    """Pair the arrays of one row, W1, b1, W2, b2 and so on: matrices, and vectors in between."""
    shapes = [shape_of(item) or () for item in owner]
    if len(owner) < 4 or len(owner) % 2 or not all(map(is_array, owner)):
        return []
    matrices = all(len(shape) == 2 for shape in shapes[::2])
    if not matrices or not all(len(shape) == 1 or 1 in shape for shape in shapes[1::2]):
        return []
    return [(Place(owner, at), Place(owner, at + 1)) for at in range(0, len(owner), 2)]


def _is_matrix(value: Any) -> bool:
    return 1 not in (shape := shape_of(value) or ()) and len(shape) == 2


def _numbered(places: list[Place]) -> list[Place]:
    """Sort places by the number in their names, if all have one."""
    numbers = [re.search(r"(\d+)\D*$", str(place.key)) for place in places]
    if None in numbers:
        return places
    keyed = [(int(found[1]), at) for at, found in enumerate(numbers) if found]
    return [places[at] for _, at in sorted(keyed)]


def _parallel_lists(owner: object) -> list[Pair]:
    """Pair a list of weights with one of biases, or with none; so with dictionaries by number."""
    rows: dict[Kind, list[Place]] = {}
    for name, value in items_of(owner):
        kind, keys = kind_of(name), numbers_of(value)
        if kind and keys and kind not in rows:
            rows[kind] = [Place(value, key, Place(owner, name)) for key in keys]
    weights, biases = rows.get("weight", []), rows.get("bias")
    if not all(len(shape_of(w.get()) or ()) == 2 for w in weights):
        return []
    if biases is not None and len(biases) != len(weights):
        return []
    return [(weight, biases[at] if biases else None) for at, weight in enumerate(weights)]


def numbers_of(value: Any) -> list[int]:
    """Return the places of a list, or the keys of a dictionary if they are numbers, in order."""
    if is_list(value):
        return list(range(len(value)))
    keys: list[Any] = list(value) if is_mapping(value) else []
    return sorted(keys) if all(type(key) is int for key in keys) else []


def _neuron_layers(owner: object) -> tuple[Layer, ...] | None:
    """Find layers of neurons: lists of objects or dictionaries that hold a list of weights each.

    Where the last weights cannot be biases, there are none.
    """
    layers = [found for part in _candidates(owner) if (found := _of_neurons(part)) is not None]
    for biased in (True, False):
        tried = [layer if layer.bias else replace(layer, biased=biased) for layer in layers]
        if tried and all(one.ends[1] == other.ends[0] for one, other in pairwise(tried)):
            return tuple(tried)
    return None


def _candidates(owner: Any) -> list[Any]:
    if is_row(owner):
        return list(owner)
    held = [value for _, value in items_of(owner)]
    layers = [value for value in held if not is_row(value) and _holds(value)]
    return [item for value in held if is_row(value) for item in value] or layers


def _of_neurons(layer: Any) -> NeuronLayer | None:
    lists = [layer] if is_row(layer) else [held for _, held in items_of(layer) if is_row(held)]
    for neurons in lists:
        kinds = [_of_neuron(neuron) for neuron in neurons]
        if kinds and kinds[0] is not None and len(set(kinds)) == 1:
            return NeuronLayer(neurons, *kinds[0])
    return None


def _of_neuron(neuron: object) -> tuple[str, str] | None:
    """Name where a neuron keeps its weights and its bias; no bias where it is the last weight."""
    if shape_of(neuron) is not None:
        return None
    weights = bias = ""
    for name, value in items_of(neuron):
        kind, shape = kind_of(name), shape_of(value)
        if kind == "weight" and shape is not None and len(shape) == 1:
            weights = weights or str(name)
        elif kind == "bias" and shape == ():
            bias = bias or str(name)
    return (weights, bias) if weights else None
