"""Numbers that a network keeps under a name: in itself, its layers, its module, its functions.

Lives here: Places. It knows attributes, dictionaries, and what functions keep: defaults of
parameters, and variables of the functions around them. It knows nothing of what numbers are for.
"""

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from inspect import Parameter
from types import FunctionType, MethodType, ModuleType
from typing import Any, Protocol, cast

from refnet.subjects.worker.binding import signature_of
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import (
    callable_only,
    is_container,
    is_mapping,
    is_number,
    is_tensor,
)
from refnet.subjects.worker.raising import Trying

_DEEPEST = 3
"""How many objects deep holders are looked for: a model, its list, a layer."""


_MAKERS = re.compile(r"__\w+__$|_?(init|make|build|create)", re.IGNORECASE)
"""What functions are called that make networks: their defaults are for networks yet to be made."""


class _Holder(Protocol):
    """What keeps values under names."""

    def names(self) -> Sequence[str]:
        """List the names."""
        ...

    def get(self, name: str) -> Any:
        """Return what is kept under a name, None where nothing is."""
        ...

    def put(self, name: str, value: Any) -> None:
        """Keep another value under a name."""
        ...


@dataclass(frozen=True, eq=False)
class _Attributes:
    owner: Any

    def names(self) -> Sequence[str]:
        return dir(self.owner)

    def get(self, name: str) -> Any:
        return getattr(self.owner, name, None)

    def put(self, name: str, value: Any) -> None:
        setattr(self.owner, name, value)


@dataclass(frozen=True, eq=False)
class _Keys:
    owner: MutableMapping[Any, Any]

    def names(self) -> Sequence[str]:
        return [key for key in self.owner if isinstance(key, str)]

    def get(self, name: str) -> Any:
        return self.owner.get(name)

    def put(self, name: str, value: Any) -> None:
        self.owner[name] = value


@dataclass(frozen=True, eq=False)
class _Defaults:
    owner: Any  # a function: as a FunctionType it would be a method

    def names(self) -> Sequence[str]:
        return [p.name for p in signature_of(self.owner) if p.default is not Parameter.empty]

    def get(self, name: str) -> Any:
        return next(p.default for p in signature_of(self.owner) if p.name == name)

    def put(self, name: str, value: Any) -> None:
        function = self.owner
        if name in (function.__kwdefaults__ or {}):
            function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), name: value}
            return
        code, kept = function.__code__, list(function.__defaults__ or ())
        at = code.co_varnames.index(name) - (code.co_argcount - len(kept))
        function.__defaults__ = (*kept[:at], value, *kept[at + 1 :])


@dataclass(frozen=True, eq=False)
class _Around:
    owner: Any  # a function: as a FunctionType it would be a method

    def names(self) -> Sequence[str]:
        return cast(FunctionType, self.owner).__code__.co_freevars

    def get(self, name: str) -> Any:
        with suppress(ValueError):  # nothing is in it yet
            return self._cell(name).cell_contents
        return None

    def put(self, name: str, value: Any) -> None:
        self._cell(name).cell_contents = value

    def _cell(self, name: str) -> Any:
        return (self.owner.__closure__ or ())[self.names().index(name)]


class Places:
    """Where a network keeps numbers: its objects, its module, and the classes of that."""

    def __init__(self, owner: object, module: ModuleType) -> None:
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__
        ]
        objects = [*_objects(owner, 0), module, *own]
        each = list({id(held): held for held in objects}.values())
        functions = {id(f): f for held in each for f in _functions(held, module, 0)}
        self._holders: list[_Holder] = [*map(_holder, each)]
        for function in functions.values():
            self._holders += [_Defaults(function), _Around(function)]

    def names(self, customary: tuple[str, ...], like: str = "") -> list[str]:
        """List the names of numbers that are customary, in that order, and then those alike.

        `like` is a pattern of what is alike; names count without underscores, in lower case.
        """
        at = {plain(name): rank for rank, name in reversed(list(enumerate(customary)))}
        found = {
            name
            for holder in self._holders
            for name in holder.names()
            if (plain(name) in at or (like and re.search(like, plain(name))))
            and _holds(holder, name)
        }
        return sorted(found, key=lambda name: (at.get(plain(name), len(at)), name))

    def put(self, name: str, number: float) -> None:
        """Put a number wherever there is one under this name."""
        for holder in self._holders:
            if _holds(holder, name):
                holder.put(name, number)

    def kept(self, name: str) -> list[tuple[_Holder, float]]:
        """List who keeps a number under this name, and which: it can be put back."""
        return [(each, each.get(name)) for each in self._holders if _holds(each, name)]


def plain(name: str) -> str:
    """Return a name without underscores, in lower case."""
    return name.replace("_", "").lower()


def _holder(owner: Any) -> _Holder:
    return _Keys(owner) if is_mapping(owner) else _Attributes(owner)


def _holds(holder: _Holder, name: str) -> bool:
    with Trying():  # a property may raise anything
        return name in holder.names() and is_number(holder.get(name))
    return False


def _objects(value: Any, depth: int) -> Iterator[Any]:
    """Yield an object and those that it holds, in lists, and dictionaries with names."""
    inner = not isinstance(value, type | ModuleType) and not callable_only(value)
    if is_container(value):
        held = [item for _, item in items_of(value)]
        # A group of PyTorch's parameters without decay is one that is not to have any.
        if isinstance(value, MutableMapping) and not _is_without_decay(cast(Any, value)):
            yield cast(Any, value)
    elif depth > 0 and (not inner or is_tensor(value) or not hasattr(value, "__dict__")):
        return
    else:
        yield value
        held = [item for _, item in items_of(value)]
    if depth < _DEEPEST:
        for item in held:
            if not is_number(item) and not isinstance(item, str):
                yield from _objects(item, depth + 1)


def _is_without_decay(group: MutableMapping[Any, Any]) -> bool:
    return "params" in group and not group.get("weight_decay")


def _functions(holder: Any, module: ModuleType, depth: int) -> Iterator[FunctionType]:
    """Yield the module's own functions that are held, and those that they call from around them."""
    for _, value in items_of(holder):
        found: Callable[..., Any] | None = getattr(value, "__func__", value)
        if isinstance(value, MethodType) or not isinstance(found, FunctionType):
            continue
        if found.__module__ == module.__name__ and not _MAKERS.match(found.__name__):
            yield found
            if depth < _DEEPEST:
                around = {name: _Around(found).get(name) for name in found.__code__.co_freevars}
                yield from _functions(around, module, depth + 1)
