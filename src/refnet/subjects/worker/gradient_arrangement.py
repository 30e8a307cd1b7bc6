"""In which order the gradients stand in whatever a backward pass returns.

Lives here: `pair_of`, `rearranged` and `beside`. It knows dictionaries, lists, tuples and objects
that hold arrays, and shapes; nothing of what a gradient should be.

What is returned is walked through from left to right, whatever holds what: the arrays come one
after the other, and numbers beside them, such as a cost, are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast, get_args

import numpy as np

from refnet.subjects.worker.leaves import is_mapping, is_row, is_tensor

Arrangement = Literal["", "together", "by layer"]
"""A pair of lists; or, whatever holds what, all of one kind and then all of the other, or both of
one layer and then both of the next."""

Two = tuple[list[Any], list[Any]]

_DEEPEST = 4
"""How deep arrays are looked for: a cost beside a dictionary of lists of pairs."""


def pair_of(said: Any, arrangement: Arrangement) -> Two:
    """Return two lists, of what comes first and of what comes second.

    Raises ValueError where there is another number of arrays than two for each layer.
    """
    if not arrangement:
        first, second = (list(cast(Sequence[Any], layers)) for layers in said)
        return first, second
    arrays = list(_arrays(said, _DEEPEST))
    half, odd = divmod(len(arrays), 2)
    if odd:
        raise ValueError(f"got {len(arrays)} arrays of gradients; expected two for each layer")
    if arrangement == "together":
        return arrays[:half], arrays[half:]
    return arrays[::2], arrays[1::2]


def rearranged(said: Any, shapes: Two) -> Iterator[tuple[Arrangement, Two]]:
    """Yield every arrangement of as many arrays as there are parameters, with the two lists."""
    if len(list(_arrays(said, _DEEPEST))) == sum(map(len, shapes)):
        for arrangement in get_args(Arrangement)[1:]:
            yield arrangement, pair_of(said, arrangement)


def _arrays(said: Any, depth: int) -> Iterator[Any]:
    if is_tensor(said) and np.ndim(said):
        yield said
    elif depth:
        for value in _held(said):
            yield from _arrays(value, depth - 1)


def _held(said: Any) -> Iterable[Any]:
    if is_row(said):
        return cast("Sequence[Any]", said)
    held = said if is_mapping(said) else getattr(said, "__dict__", {})
    return cast("Mapping[str, Any]", held).values()


def beside(
    arrays: Sequence[Any], shapes: Sequence[tuple[int, ...]]
) -> list[tuple[Any, tuple[int, ...]]]:
    """Put each array beside the shape it should have; one too many beside none."""
    return [(array, shapes[at] if at < len(shapes) else ()) for at, array in enumerate(arrays)]
