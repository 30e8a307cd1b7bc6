"""Functions of a module that may make a network, by their names and what they need.

Lives here: `factories`, `called_networks`, `makes_of_parts` and `trains`. It knows names and
signatures, calls nothing.
"""

import re
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

from refnet.subjects.worker.binding import needed_by, returned_names, roles_of, signature_of
from refnet.subjects.worker.settings import end_of

_MAKES = re.compile(r"init|make|build|create|new(_|$)", re.IGNORECASE)
"""How the names of functions begin that make something."""

_NETWORKS = re.compile(
    r"(get_?|my_?|the_?|simple_?|small_?)?"
    r"(mlp|nn|ann|net|network|model|neural_?net(work)?|multi_?layer_?perceptron)(_?\d+)?$",
    re.IGNORECASE,
)
"""What functions are called as the network is that they return, or that they are."""


def factories(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the functions whose names say that they make something."""
    for name, value in list(vars(module).items()):
        if hasattr(value, "__code__") and _MAKES.match(name):
            yield name, value


_TRAINS = re.compile(r"fit|train|learn|backward|backprop|plot|show|open|load", re.IGNORECASE)
"""How the names begin of what a function calls that does more than making a network."""


def called_networks(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the module's own functions that are called as a network, and do no more than make it.

    One that is handed samples is the network itself, or trains one.
    """
    for name, value in list(vars(module).items()):
        own = hasattr(value, "__code__") and value.__module__ == module.__name__
        if own and _NETWORKS.match(name) and _only_makes(value):
            yield name, value


def _only_makes(function: Any) -> bool:
    """Tell by its parameters, and by what it calls, whether a function may make a network only."""
    every = [parameter.name for parameter in signature_of(function)]
    roles = {role for name in every for role in roles_of(name)}
    # Where hidden units are among them, inputs and outputs are numbers of units.
    units = any(end_of(name) == 1 for name in needed_by(function))
    handed = {"epochs", "batch", *(() if units else ("x", "y", "parameters"))} & roles
    calls = any(map(_TRAINS.match, names_in(function.__code__)))
    return not handed and not calls and bool(returned_names(function))


def trains(module: ModuleType, name: str) -> bool:
    """Tell whether what is called so needs inputs and targets: it trains what it makes."""
    function: Any = getattr(module, name, None)
    needed = needed_by(function) if hasattr(function, "__code__") else []
    return all(any(role in roles_of(each) for each in needed) for role in ("x", "y"))


def makes_of_parts(module: ModuleType) -> list[str]:
    """Name functions called as a network that put it together from several of the own classes."""
    return [
        name
        for name, value in called_networks(module)
        if len({each for each in names_in(value.__code__) if _is_own_class(module, each)}) > 1
    ]


def _is_own_class(module: ModuleType, name: str) -> bool:
    value = getattr(module, name, None)
    return isinstance(value, type) and value.__module__ == module.__name__


def names_in(code: CodeType | None) -> Iterator[str]:
    """Yield the names that a function uses, and those that functions within it do."""
    if code is not None:
        yield from code.co_names
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield from names_in(constant)
