"""Numbers that a network keeps under a name: in itself, its layers, its module.

Lives here: Places. It knows attributes, nothing of what the numbers are for.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import callable_only, is_container, is_number, is_tensor
from refnet.subjects.worker.raising import Trying

_DEEPEST = 3
"""How many objects deep holders are looked for: a model, its list, a layer."""


class Places:
    """Where a network keeps numbers: its objects, its module, and the classes of that."""

    def __init__(self, owner: object, module: ModuleType) -> None:
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__
        ]
        self._holders = list({id(h): h for h in (*_objects(owner, 0), module, *own)}.values())

    def names(self, customary: tuple[str, ...]) -> list[str]:
        """List the attributes with a number that are called so, in that order."""
        at = {_plain(name): rank for rank, name in reversed(list(enumerate(customary)))}
        found = {
            name
            for holder in self._holders
            for name in dir(holder)
            if _plain(name) in at and _holds(holder, name)
        }
        return sorted(found, key=lambda name: (at[_plain(name)], name))

    def put(self, name: str, number: float) -> None:
        """Put a number wherever there is one under this name."""
        for holder in self._holders:
            if _holds(holder, name):
                setattr(holder, name, number)

    def kept(self, name: str) -> list[tuple[Any, Any]]:
        """List who keeps a number under this name, and which: it can be put back."""
        return [(each, getattr(each, name)) for each in self._holders if _holds(each, name)]


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _holds(holder: Any, name: str) -> bool:
    with Trying():  # a property may raise anything
        return is_number(getattr(holder, name, None))
    return False


def _objects(value: Any, depth: int) -> Iterator[Any]:
    """Yield an object and those that it holds, in lists and dictionaries, too."""
    inner = not isinstance(value, type | ModuleType) and not callable_only(value)
    if is_container(value):
        held = [item for _, item in items_of(value)]
    elif depth > 0 and (not inner or is_tensor(value) or not hasattr(value, "__dict__")):
        return
    else:
        yield value
        held = [item for _, item in items_of(value)]
    if depth < _DEEPEST:
        for item in held:
            if not is_number(item) and not isinstance(item, str):
                yield from _objects(item, depth + 1)
