"""A network that is a few functions, which share its parameters as variables of their maker.

Lives here: Closed, `closed` and `kind_named`. It knows closures, nothing of networks.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import CellType
from typing import Any

from refnet.subjects.worker.leaves import callable_only, is_mapping, is_row


class Closed:
    """Functions as methods, and the variables that they share as attributes."""

    __slots__ = ("_cells", "_functions")
    _cells: dict[str, CellType]
    _functions: dict[str, Callable[..., Any]]

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        cells: dict[str, CellType] = {}
        for function in functions.values():
            held = getattr(function, "__closure__", None) or ()
            cells |= dict(zip(function.__code__.co_freevars, held, strict=True))
        object.__setattr__(self, "_functions", dict(functions))
        object.__setattr__(self, "_cells", cells)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # whoever looks sees cells
        """The variables that have a value by now."""
        return {name: each for name, cell in self._cells.items() for each in _content(cell)}

    def __getattr__(self, name: str) -> Any:
        found: dict[str, Any] = {**self.__dict__, **self._functions}
        if name not in found:
            raise AttributeError(name)
        return found[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._cells[name].cell_contents = value

    def __dir__(self) -> Iterable[str]:
        return [*self._functions, *self._cells]


def _content(cell: Any) -> list[Any]:
    """Return what is in a cell, if there is anything."""
    found: list[Any] = []
    with suppress(ValueError):
        found.append(cell.cell_contents)
    return found


def closed(value: Any) -> Any:
    """Return functions that share variables as one object, anything else as it is."""
    named: dict[str, Any] = {}
    if is_mapping(value):
        named = {str(key): each for key, each in value.items()}
    elif is_row(value):
        named = {str(getattr(each, "__name__", "")): each for each in value}
    functions = {name: each for name, each in named.items() if callable_only(each)}
    alone = bool(functions) and len(functions) == len(named)
    shared = any(getattr(each, "__closure__", None) for each in functions.values())
    return Closed(functions) if alone and shared else value


def kind_named(value: object) -> str:
    """Name the type of a value for a message: Closed is no name that anybody else knows."""
    return "functions" if isinstance(value, Closed) else type(value).__name__
