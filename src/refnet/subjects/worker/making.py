"""Making a network of any form: of the sizes asked for, or of the only ones it has.

Lives here: Made and `find_making`. It knows signatures and where parameters are found, not which
methods there are.

Parameters of a constructor are told apart by their names, so that (inputs, outputs, hidden) is
right too; and else tried in the usual orders.
"""

import copy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from inspect import Parameter
from types import ModuleType
from typing import Any, cast

import numpy as np

from refnet.errors import Interruption, SubjectError
from refnet.subjects.telling import told
from refnet.subjects.worker.arranging import sizes_of
from refnet.subjects.worker.binding import returned_names, roles_of, signature_of
from refnet.subjects.worker.closures import Closed, closed, kind_named
from refnet.subjects.worker.finding import find_layers, items_of
from refnet.subjects.worker.late import SHOWN, made_late
from refnet.subjects.worker.layouts import WeightLayout
from refnet.subjects.worker.leaves import is_mapping, is_number, is_row, is_tuple, shape_of
from refnet.subjects.worker.places import ArrayLayer, Augmented, kind_of
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.settings import as_written, configured, end_of

SHAPES: tuple[tuple[int, ...], ...] = ((2, 4, 3), (2, 4, 3, 5), (4, 3))
"""Layer sizes of which no two are alike: with one hidden layer, with two, and with none."""

_SOME: tuple[tuple[int, ...], ...] = ((2, 4, 3), (2, 4), (4,))
"""Layer sizes for constructors that are not told all of them, as of one output by design."""

ANY_RATE = 0.1
"""A learning rate for constructors that want one; a step is told its own."""

Make = Callable[[Sequence[int]], Any]


@dataclass(frozen=True, eq=False)
class Made:
    """How a network is made, and what its sizes are where it has no others.

    `depth` is set where the number of layers is always the same. `initial` tells whether what a
    network begins with is its own. `layout` is that of its weights, as uneven layers show it,
    `augmented` where the bias stands if it is one of them, `biased` whether it has biases.
    """

    make: Make
    fixed: tuple[int, ...] | None = None
    depth: int | None = None
    initial: bool = True
    layout: WeightLayout | None = None
    augmented: Augmented = "last"
    biased: bool = True


def find_making(found: object) -> Made:
    """Find out how to make a network. Raises SubjectError that says what was tried."""
    if isinstance(found, ModuleType):
        return replace(_only(lambda _sizes: found, found), initial=False)  # there is but one
    if not isinstance(found, type) and not _is_function(found):
        return replace(_only(lambda _sizes: copy.deepcopy(found), found), initial=False)
    factory = cast(Callable[..., Any], found)
    raised: list[str] = []
    for sizes in SHAPES:
        for make in _ways(factory, len(sizes)):
            if _succeeds(make, sizes, raised):
                others = [other for other in SHAPES if other != sizes]
                free = any(_succeeds(make, other, []) for other in others)
                layout, depth = layout_of(make(sizes), sizes), len(sizes) - 1
                # Of one layer alone, problems are drawn for sizes that are known.
                fixed = sizes if depth == 1 and not free else None
                return Made(make, fixed, None if free else depth, layout=layout)
    return _hard_wired(factory, found, raised)


def _hard_wired(factory: Callable[..., Any], found: object, raised: Sequence[str]) -> Made:
    """Make a network of sizes that are not all told. Raises SubjectError that says what raised."""
    repeated = _partly(factory, _SOME[:1])  # before what it is made of where nothing is said
    if repeated is not None:
        return repeated
    try:
        return _only(lambda _sizes: named(factory, factory()), found)
    except SubjectError as error:
        partly = _partly(factory, _SOME)
        if partly is not None:
            return partly
        for make in as_written(factory):
            with suppress(SubjectError):
                return _only(make, found)
        late = _late(factory)
        if late is not None:
            return late
        # What a wrong number of arguments raises says the least.
        reasons = sorted(dict.fromkeys(raised), key=lambda reason: "positional argument" in reason)
        tried = f"; with the layer sizes {list(SHAPES[0])} {reasons[0]}" if reasons else ""
        raise SubjectError(f"{error}{tried}") from error


def _partly(factory: Callable[..., Any], some: Sequence[Sequence[int]]) -> Made | None:
    """Make a network that is told some of its layer sizes, the others hard-wired or alike."""
    for given in some:
        for make in _ways(factory, len(given)):
            sizes, layout = _sizes_and_layout(make, given)
            rest = iter(sizes)
            if sizes and all(size in rest for size in given):
                return Made(partial(_made, make, given), sizes, len(sizes) - 1, layout=layout)
    return None


def _late(factory: Callable[..., Any]) -> Made | None:
    """Make a network that draws its weights when it is trained."""
    for sizes in SHOWN if isinstance(factory, type) else ():
        for make in made_late(factory, sizes):
            layout = layout_of(make(sizes), sizes)
            others = [other for other in SHAPES if len(other) != len(sizes)]
            free = any(_succeeds(make, other, []) for other in others)
            fixed = sizes if sizes[-1] == 1 or len(sizes) == 2 else None
            depth = None if free and fixed is None else len(sizes) - 1
            return Made(make, fixed, depth, initial=False, layout=layout)
    return None


def _made(make: Make, given: Sequence[int], _sizes: Sequence[int]) -> Any:
    return make(given)


def _sizes_and_layout(
    make: Make, given: Sequence[int]
) -> tuple[tuple[int, ...], WeightLayout | None]:
    with Trying():  # the wrong way to make it, and may raise anything
        network = make(given)
        layers = find_layers(network)
        if layers is not None:
            return sizes_of(layers), layout_of(network)
    return (), None


def turned_round(made: Made) -> Made | None:
    """Return how a network of one layer is made whose weights may be the other way round.

    Without biases, nothing tells inputs from outputs but what a forward pass takes. None where they
    are told.
    """
    if made.fixed is None or len(made.fixed) > 2 or made.layout not in ("out-in", "in-out"):
        return None
    (layer,) = find_layers(made.make(made.fixed), made.layout, made.fixed) or (None,)
    if layer is None or layer.biased:
        return None
    other: WeightLayout = "in-out" if made.layout == "out-in" else "out-in"
    return replace(made, fixed=made.fixed[::-1], layout=other)


def _is_function(found: object) -> bool:
    return hasattr(found, "__code__")


def _only(make: Make, found: object) -> Made:
    """Take a network whose sizes are what they are. Raises SubjectError if it has no parameters."""
    name = getattr(found, "__name__", type(found).__name__)
    try:
        network = make(())
    except Interruption:
        raise
    except BaseException as error:
        raise SubjectError(f"{name}: it raised {told(error)}") from error
    layers = find_layers(network)
    if layers is None:
        raise SubjectError(f"{name}: {what_it_has(network)}")
    sizes = sizes_of(layers)
    return Made(make, fixed=sizes, depth=len(sizes) - 1, layout=layout_of(network))


def layout_of(network: object, sizes: Sequence[int] | None = None) -> WeightLayout | None:
    """Return how weights are kept; None where neurons keep them."""
    first = (find_layers(network, sizes=sizes) or (None,))[0]
    return first.weight_layout if isinstance(first, ArrayLayer) else None


def _succeeds(make: Make, sizes: Sequence[int], raised: list[str]) -> bool:
    try:
        network = make(sizes)
    except Interruption:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a constructor raises, it was the wrong way
        raised.append(f"it raised {told(error)}")
        return False
    layers = find_layers(network, sizes=sizes)
    if layers is None:
        raised.append(what_it_has(network))
        return False
    if len(layers) == 1 and not layers[0].biased and _has_a_bias(network):
        return False  # what sizes make a matrix of is a vector, of one unit with this bias
    # A layer of a network may have these sizes alone: then it is not the network.
    return sizes_of(layers) == tuple(sizes) and len(find_layers(network) or layers) == len(layers)


def _has_a_bias(network: object) -> bool:
    return any(kind_of(name) == "bias" and is_number(held) for name, held in items_of(network))


def named(factory: Callable[..., Any], value: Any) -> Any:
    """Turn parameters that a function returns side by side into a dictionary by their names."""
    value, names = closed(value), returned_names(factory)
    if is_tuple(value) and len(names) == len(value) > 1:
        return dict(zip(names, value, strict=True))
    return mutable(value)


def mutable(value: Any) -> Any:
    """Return lists in the place of tuples, so that what they hold can be replaced."""
    if is_row(value) and shape_of(value) is None:
        return [mutable(item) for item in value]
    return value


def _ways(factory: Callable[..., Any], count: int) -> Iterator[Make]:
    """Yield ways of handing over `count` layer sizes."""
    needed = [p for p in signature_of(factory) if p.default is Parameter.empty]
    every = signature_of(factory)
    rate = {p.name: value for p in needed if (value := _customary(p.name)) is not None}
    order = _order([p.name for p in every][:count]) if count == 3 else None

    def called(*values: Any) -> Any:
        return named(factory, factory(*values, **rate))

    if order is not None:
        yield lambda sizes: called(*(sizes[place] for place in order))
    yield lambda sizes: called(*sizes)
    yield lambda sizes: called(list(sizes))
    yield lambda sizes: called(tuple(sizes))
    yield lambda sizes: called(sizes[0], list(sizes[1:]))
    yield lambda sizes: called(sizes[0], list(sizes[1:-1]), sizes[-1])
    yield lambda sizes: called(sizes[0], tuple(sizes[1:-1]), sizes[-1])
    yield lambda sizes: called(sizes[0], sizes[-1], list(sizes[1:-1]))
    yield lambda sizes: called(list(sizes[1:-1]), sizes[0], sizes[-1])
    yield lambda sizes: factory(**_by_names(needed, sizes))
    yield from configured(factory)


def _by_names(needed: Sequence[Parameter], sizes: Sequence[int]) -> dict[str, Any]:
    """Return arguments by name, of which some may count the hidden layers, all of one size.

    Raises TypeError where a name says nothing.
    """
    found: dict[str, Any] = {}
    for name in (parameter.name for parameter in needed):
        end, other = end_of(name), _customary(name)
        if name.lower().endswith("layers") and len(set(sizes[1:-1])) == 1:
            found[name] = len(sizes) - 2
        elif end is not None and (end != 1 or len(sizes) > 2):
            found[name] = sizes[(0, 1, -1)[end]]
        elif other is not None:
            found[name] = other
        else:
            raise TypeError(f"nothing is known to stand for the parameter {name!r}")
    return found


def _customary(name: str) -> Any:
    """Return what a constructor wants besides sizes: a learning rate, or where chance is from."""
    plain = name.lower()
    if "learning_rate" in roles_of(name):
        return ANY_RATE
    if plain in ("key", "rng_key", "prng_key") and "jax" in sys.modules:
        return sys.modules["jax"].random.PRNGKey(0)
    if plain in ("rng", "generator"):
        return np.random.default_rng(0)
    return {"seed": 0, "scale": 0.1, "std": 0.1, "weight_scale": 0.1}.get(plain)


def _order(names: Sequence[str]) -> tuple[int, ...] | None:
    """Tell by their names which of three parameters are inputs, hidden units and outputs."""
    places = [place for name in names if (place := end_of(name)) is not None]
    return tuple(places) if sorted(places) == [0, 1, 2] else None


def what_it_has(network: Any) -> str:
    """Say what was found in the place of parameters."""
    if is_mapping(network):
        held = ", ".join(map(str, network))
    else:
        held = ", ".join(f".{name}" for name in getattr(network, "__dict__", {}))
    close = [name for name in getattr(network, "__dict__", {}) if kind_of(name)]
    if close:
        named = ", ".join(f".{name}" for name in close)
        return f"it has {named}, whose shapes are not those of layers"
    has = "share" if isinstance(network, Closed) else "has"
    return f"no weights were found in {kind_named(network)}, which {has} {held or 'no attributes'}"
