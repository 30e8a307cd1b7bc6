"""Finding the layers of a network: in attributes, dictionaries, lists of layers, neurons.

Lives here: `find_layers`. It knows names and shapes, nothing of functions.

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

from refnet.subjects.worker.layouts import BiasLayout, WeightLayout
from refnet.subjects.worker.leaves import callable_only, is_array, is_mapping, is_row, shape_of
from refnet.subjects.worker.places import (
    ArrayLayer,
    Augmented,
    Kind,
    Layer,
    NeuronLayer,
    Place,
    is_beside,
    kind_of,
)

_DEEPEST = 4
"""How many objects deep layers are looked for: a model, its list, a block, a layer."""


def sizes_of(layers: Sequence[Layer]) -> tuple[int, ...]:
    """Return the units per layer, the input included."""
    return (layers[0].ends[0], *(layer.ends[1] for layer in layers))


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
    groups = (_arranged(_once_each(places), layout, sizes) for places in _groups(owner, 0))
    found = list(filter(None, groups))
    matching = [layers for layers in found if sizes and sizes_of(layers) == tuple(sizes)]
    return next(iter((*matching, *found)), None)


Pair = tuple[Place, Place | None]
"""The places of the weights and of the biases of one layer."""


def _once_each(places: Sequence[Pair]) -> list[Pair]:
    """Leave out what was found before: a dictionary and layers may hold the same arrays."""
    return list({id(weight.get()): (weight, bias) for weight, bias in reversed(places)}.values())[
        ::-1
    ]


def _groups(owner: object, depth: int) -> Iterator[list[Pair]]:
    """Yield lists of places that may be all layers of a network, the most likely first."""
    own = list(_pairs(owner))
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
        yield _pairs_by_shape(owner)


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


def _pairs(owner: Any) -> Iterator[Pair]:
    """Pair the weights and biases that an object or a dictionary, or a list (W, b), holds."""
    places: dict[Kind, list[Place]] = {"weight": [], "bias": []}
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
        if len(shape) == 2 or (kind == "bias" and len(shape) == 1):
            places[kind].append(Place(owner, name))
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
    """Pair a list of weights with one of biases, or with none."""
    lists: dict[Kind, list[Any]] = {}
    homes: dict[Kind, Place] = {}
    for name, value in items_of(owner):
        kind = kind_of(name)
        if kind and type(value) is list and kind not in lists:
            lists[kind], homes[kind] = value, Place(owner, name)
    weights, biases = lists.get("weight", []), lists.get("bias")
    if not all(len(shape_of(w) or ()) == 2 for w in weights):
        return []
    if biases is not None and len(biases) != len(weights):
        return []
    return [
        (
            Place(weights, at, homes["weight"]),
            None if biases is None else Place(biases, at, homes["bias"]),
        )
        for at in range(len(weights))
    ]


def _arranged(
    places: Sequence[Pair], known: WeightLayout | None, sizes: Sequence[int] | None
) -> tuple[Layer, ...] | None:
    """Make layers of places whose shapes fit together, one way round or the other."""
    weights: list[tuple[int, ...]] = [shape_of(w.get()) or () for w, _ in places]
    biases = [None if b is None else shape_of(b.get()) or () for _, b in places]
    if not places or any(len(shape) != 2 for shape in weights):
        return None
    found: list[tuple[Layer, ...]] = []
    for layout in _likeliest(biases) if known is None else (known,):
        ends = [
            (shape[1], shape[0]) if layout == "out-in" else (shape[0], shape[1])
            for shape in weights
        ]
        for extra in (0, 1):
            pairs = [(fan_in - extra, units) for fan_in, units in ends]
            chained = all(one[1] == next_[0] for one, next_ in pairwise(pairs))
            bias = _bias_layout(biases, [units for _, units in pairs])
            fits = bias is not None and (biases[0] is None or not extra)
            possible = chained and fits and pairs[0][0] > 0 and (not extra or len(pairs) > 1)
            if possible and bias is not None:
                augmented: Augmented = "last" if extra else ""
                found.append(tuple(ArrayLayer(w, b, layout, bias, augmented) for w, b in places))
    matching = [layers for layers in found if sizes and sizes_of(layers) == tuple(sizes)]
    found = matching or found
    return found[0] if found else None


def _likeliest(biases: Sequence[tuple[int, ...] | None]) -> tuple[WeightLayout, WeightLayout]:
    """Say which way round weights are tried first: square ones fit both ways."""
    columns = biases[0] is None or (len(biases[0]) == 2 and biases[0][1] == 1)
    return ("out-in", "in-out") if columns else ("in-out", "out-in")


def _bias_layout(
    shapes: Sequence[tuple[int, ...] | None], units: Sequence[int]
) -> BiasLayout | None:
    if shapes[0] is None:
        return "column"
    if list(shapes) == [(k, 1) for k in units]:
        return "column"
    if list(shapes) == [(k,) for k in units]:
        return "vector"
    return "row" if list(shapes) == [(1, k) for k in units] else None


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
    return [item for _, value in items_of(owner) if is_row(value) for item in value]


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
