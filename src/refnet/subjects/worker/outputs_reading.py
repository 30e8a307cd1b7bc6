"""Which of the values that a forward pass returns or leaves behind are the outputs.

Lives here: Selector, `find_outputs` and `select`. It knows names and shapes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import is_mapping, is_row, is_tuple, shape_of

Selector = tuple[Literal["returned", "kept", "local"], tuple[Any, ...]]
"""Where outputs are: keys and indices from what was returned, an attribute, or a variable."""

LAST = "#"
"""Stands in a name for the number of the last layer: A2 is A# of a network with two layers."""

_WEIGHTED_INPUT = re.compile(r"^_?(z|s_|hidden|h\d)", re.IGNORECASE)
_OUTPUT = re.compile(r"^_?(y|a|o|out|prob|pred|score|logit|final)", re.IGNORECASE)


def find_outputs(
    value: Any, names: Sequence[str], owner: Any, depth: int, fits: Callable[[Any], bool]
) -> Selector | None:
    """Find the outputs by their shape; among several by their name, and else the last ones."""
    if value is None:
        found: list[tuple[str, tuple[Any, ...]]] = [
            (str(name), (name,)) for name, held in items_of(owner) if fits(held)
        ]
        where: Literal["returned", "kept"] = "kept"
    else:
        called = names if len(names) > 1 else ("",)
        found = [(name, path) for name, path, held in _leaves(value, called) if fits(held)]
        where = "returned"
    if not found:
        return None
    path = max(enumerate(found), key=lambda item: (rank(item[1][0]), item[0]))[1][1]
    return where, tuple(_general(key, depth) for key in path)


def rank(name: str) -> int:
    """Say how likely something of this name are the outputs."""
    if _WEIGHTED_INPUT.search(name):
        return 0
    return 2 if _OUTPUT.search(name) else 1


def _leaves(value: Any, names: Sequence[str]) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    if shape_of(value) is not None:
        yield names[0] if len(names) == 1 else "", (), value
        # A row of alike arrays is the activations of all layers, as well as one array.
    if is_mapping(value):
        for key, held in items_of(value):
            yield str(key), (key,), held
    elif is_row(value):
        items = value
        matched = len(names) == len(items)
        for at, held in enumerate(items):
            place = at if is_tuple(value) else at - len(items)
            name = names[at] if matched else ""
            for inner, path, leaf in _leaves(held, (name,)) if is_row(held) else [(name, (), held)]:
                yield inner, (place, *path), leaf


def _general(key: Any, depth: int) -> Any:
    text = str(key)
    if isinstance(key, str) and text.endswith(str(depth)):
        return text[: -len(str(depth))] + LAST
    return key


def select(selector: Selector, value: Any, owner: Any, depth: int) -> Any:
    """Return the outputs of another network of the same kind."""
    where, path = selector
    keys = [key.replace(LAST, str(depth)) if isinstance(key, str) else key for key in path]
    if where == "kept":
        return getattr(owner, keys[0])
    for key in keys:
        value = value[key]
    return value


def cache_of(said: tuple[Any, ...], outputs: Any) -> Any:
    """Return what a forward pass hands over to a backward one: the last value beside the outputs.

    Where these are the last, it is the one other if that is no array, or else all together.
    """
    if said[-1] is not outputs:
        return said[-1]
    return said[0] if len(said) == 2 and shape_of(said[0]) is None else said
