"""Networks whose constructor is handed settings: a dictionary, a namespace, a list of layers.

Lives here: `configured` and `end_of`. It knows what settings are called, nothing of networks.

What is in a dictionary of settings, its reader says: it is handed one that answers by what it is
asked for, as input_dim or hidden_sizes.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import Parameter
from itertools import pairwise
from types import CodeType
from typing import Any, cast

from refnet.subjects.worker.binding import roles_of, signature_of
from refnet.subjects.worker.leaves import callable_only, is_mapping, is_number, is_row
from refnet.subjects.worker.raising import Trying

_ACTIVATIONS = ("sigmoid", "tanh", "relu", "linear", "identity", "softmax")
_UNITS = ("unit", "neuron", "node", "size", "dim", "width", "n_")
_NONE = ("reg", "decay", "lambda", "dropout", "momentum", "l2", "l1")
"""What activations and numbers of units are called, and what is set to nothing."""


def end_of(name: str) -> int | None:
    """Tell by its name whether a size is that of inputs, 0, hidden units, 1, or outputs, 2."""
    plain = name.lower()
    if "hid" in plain or plain.endswith(("_h", "_hl")):
        return 1
    if "out" in plain or plain.endswith("_y") or "class" in plain:
        return 2
    return 0 if "in" in plain or plain.endswith("_x") or "feature" in plain else None


@dataclass(eq=False)
class Configured:
    """A way to make a network by settings; `given` is what it was last handed, by name."""

    factory: Callable[..., Any]
    name: str
    settings: Callable[[Sequence[int]], Any]
    given: dict[str, Any] = field(default_factory=dict[str, Any])

    def __call__(self, sizes: Sequence[int]) -> Any:
        """Make one of these sizes. Raises whatever the factory raises."""
        self.given[self.name] = self.settings(sizes)
        return self.factory(**self.given)


def configured(factory: Callable[..., Any]) -> Iterator[Configured]:
    """Yield ways to make a network by settings of any layer sizes."""
    name = _parameter(factory)
    if name:
        for settings in _settings(factory):
            yield Configured(factory, name, settings)


def as_written(factory: Callable[..., Any]) -> Iterator[Configured]:
    """Yield ways to make a network by the settings that stand in its module."""
    name = _parameter(factory)
    for value in list(_around(factory).values()) if name else []:
        held = is_mapping(value) or is_row(value) or hasattr(value, "__dict__")
        if held and not callable_only(value):
            yield Configured(factory, name, partial(_copied, value))


def _copied(value: Any, _sizes: Sequence[int]) -> Any:
    return copy.deepcopy(value)


def _parameter(factory: Callable[..., Any]) -> str:
    """Name the one parameter that a factory needs; "" where it needs none, or several."""
    needed = [p.name for p in signature_of(factory) if p.default is Parameter.empty]
    return needed[0] if len(needed) == 1 else ""


def _around(factory: Callable[..., Any]) -> dict[str, Any]:
    """Return what stands beside a factory in its module."""
    found: Any = getattr(factory, "__init__", None) if isinstance(factory, type) else factory
    return cast("dict[str, Any]", getattr(found, "__globals__", {}))


def _settings(factory: Callable[..., Any]) -> Iterator[Callable[[Sequence[int]], Any]]:
    around = _around(factory)
    activation = _activation(around)
    kinds = [each for each in around.values() if isinstance(each, type)]
    for several in (False, True):
        yield partial(_asked, activation, several)
        for kind in kinds:
            if kind.__module__ == around.get("__name__"):
                yield partial(_filled, kind, activation, several)
    for template in [each for each in around.values() if _is_of_layers(each)]:
        yield partial(_like, template)
    yield lambda sizes: [Asked(_of_layer(*ends, activation)) for ends in pairwise(sizes)]
    for each in (activation, *_functions(around)):
        for form in _FORMS:
            yield partial(form, each)


_FORMS: tuple[Callable[[Any, Sequence[int]], Any], ...] = (
    lambda activation, sizes: [(*ends, activation) for ends in pairwise(sizes)],
    lambda _activation, sizes: list(pairwise(sizes)),
    lambda activation, sizes: [(units, activation) for units in sizes],
    lambda activation, sizes: [(sizes[0], None), *((units, activation) for units in sizes[1:])],
)
"""Layers as tuples: of both ends and the activation, of both ends, of units and the activation."""


class Asked(dict[str, Any]):
    """Settings that answer by what they are asked for, as keys or as attributes."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, key: str) -> Any:
        found = self._answer(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: object) -> bool:
        return self._answer(str(key)) is not None

    def get(self, key: str, default: Any = None) -> Any:
        """Return the setting of this name, and what is handed over where there is none."""
        found = self._answer(key)
        return default if found is None else found

    def __getattr__(self, name: str) -> Any:
        found = None if name.startswith("_") else self._answer(name)
        if found is None:
            raise AttributeError(name)
        return found


def _asked(activation: str, several: bool, sizes: Sequence[int]) -> Asked:
    return Asked(_of_network(sizes, activation, several))


def _of_network(sizes: Sequence[int], activation: str, several: bool) -> Callable[[str], Any]:
    """Answer for a whole network; `several` tells that hidden units are a list."""

    def answer(name: str) -> Any:
        plain, end = name.lower(), end_of(name)
        if "activation" in plain:
            return activation
        if set(roles_of(name)) & {"sizes"} or plain in ("layers", "units", "nodes", "neurons"):
            return list(sizes)
        if end == 1:
            return list(sizes[1:-1]) if several else sizes[1]
        if end is not None and plain not in ("init", "training"):
            return sizes[0 if end == 0 else -1]
        return _beside(name)

    return answer


def _of_layer(fan_in: int, units: int, activation: str) -> Callable[[str], Any]:
    def answer(name: str) -> Any:
        plain, end = name.lower(), end_of(name)
        if "activation" in plain:
            return activation
        if end == 0 and "unit" not in plain:
            return fan_in
        return units if end is not None or any(word in plain for word in _UNITS) else None

    return answer


def _beside(name: str) -> Any:
    plain = name.lower()
    if "learning_rate" in roles_of(name):
        return 0.1
    if any(word in plain for word in _NONE):
        return 0.0
    return 0 if "seed" in plain else None


def _filled(kind: type, activation: str, several: bool, sizes: Sequence[int]) -> Any:
    """Make an object of settings, and put the sizes into it. Raises where that cannot be."""
    answer = _of_network(sizes, activation, several)
    needed = [p.name for p in signature_of(kind) if p.default is Parameter.empty]
    found = kind(**{name: answer(name) for name in needed})
    held = [name for name in dir(found) if not name.startswith("_")]
    if any(callable_only(getattr(found, name)) for name in held):
        raise TypeError(f"{kind.__name__} is no class of settings")
    for name in held:
        value = answer(name)
        if value is not None and (is_number(value) or is_row(value)):
            setattr(found, name, value)
    return found


def _is_of_layers(value: Any) -> bool:
    return is_row(value) and len(value) > 0 and all(map(is_mapping, value))


def _like(template: Sequence[Mapping[str, Any]], sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Write layers as the module's own are written: hidden ones like its first, the last alike."""
    last = len(sizes) - 2
    found: list[dict[str, Any]] = []
    for at, ends in enumerate(pairwise(sizes)):
        own = template[-1 if at == last else 0]
        answer = _of_layer(*ends, "")
        found.append(
            {
                key: answer(key) if is_number(held) and answer(key) is not None else held
                for key, held in own.items()
            }
        )
    return found


def _activation(around: Mapping[str, Any]) -> str:
    """Name an activation that the module's code knows by a text."""
    known = {text for value in list(around.values()) for text in _texts(value)}
    return next((name for name in _ACTIVATIONS if name in known), _ACTIVATIONS[0])


def _texts(value: Any) -> Iterator[str]:
    inner = vars(value).values() if isinstance(value, type) else [value]
    for each in inner:
        yield from _constants(getattr(each, "__code__", None))


def _constants(code: CodeType | None) -> Iterator[str]:
    for constant in () if code is None else code.co_consts:
        if isinstance(constant, str):
            yield constant.lower()
        elif isinstance(constant, CodeType):
            yield from _constants(constant)
        elif is_row(constant):
            yield from (each for each in cast("Sequence[Any]", constant) if isinstance(each, str))


def _functions(around: Mapping[str, Any]) -> list[Any]:
    """List the activations that are functions or classes of the module."""
    found: list[Any] = []
    for name in _ACTIVATIONS:
        for value in list(around.values()):
            own = str(getattr(value, "__name__", "")).lower() == name
            if own and getattr(value, "__module__", "") == around.get("__name__"):
                found.append(value)
                if isinstance(value, type):
                    with Trying():
                        found.append(value())
    return found
