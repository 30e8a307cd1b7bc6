"""What the ways of a network of Nielsen's shape amount to: the order of what backprop returns, and
the conventions that a report names.

Lives here: `forward_names`, `ordered` and `conventions_of`. It knows Ways and shapes, and calls
nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.protocol import Convention
from refnet.subjects.worker.calling import method
from refnet.subjects.worker.construction import Lists
from refnet.subjects.worker.customary import ACCUMULATORS, FORWARD, LATE_FORWARD, RATES
from refnet.subjects.worker.gradient_arrangement import rearranged
from refnet.subjects.worker.leaves import is_row
from refnet.subjects.worker.nielsen import Ways
from refnet.subjects.worker.online import ONLINE


def forward_names(network: object, lists: Lists) -> list[str]:
    """List the methods that may be its forward pass, the likeliest first.

    Raises SubjectError where there is none.
    """
    names = [name for name in (*FORWARD, *LATE_FORWARD) if method(network, (name,)) is not None]
    if not names:
        raise SubjectError(
            f"got {type(network).__name__} with .{lists.weights} and .{lists.biases}, but none of "
            f"the methods {', '.join(FORWARD[:4])}; expected one that takes inputs and returns "
            "outputs; call it feedforward"
        )
    return names


def kept_rate(network: object) -> str:
    """Name the attribute in which a network keeps its learning rate; "" if in none."""
    return next(
        (name for name in RATES if isinstance(getattr(network, name, None), float | int)), ""
    )


def ordered(ways: Ways, said: Any, shapes: tuple[list[Any], list[Any]]) -> Ways | None:
    """Match a pair of lists with the shapes of weights and biases, in either order of layers."""
    return _matched(ways, said, shapes, all)


def nearly_ordered(ways: Ways, said: Any, shapes: tuple[list[Any], list[Any]]) -> Ways | None:
    """Match a pair of lists of which one alone has the right shapes: the other is a mistake."""
    return _matched(ways, said, shapes, any)


def _matched(
    ways: Ways,
    said: Any,
    shapes: tuple[list[Any], list[Any]],
    enough: Callable[[Iterable[bool]], bool],
) -> Ways | None:
    if _is_pair(said):
        found = _matched_pair(ways, said, shapes, enough)
        if found is not None:
            return found
    for arrangement, pair in rearranged(said, shapes):
        found = _matched_pair(ways, pair, shapes, all)
        if found is not None:
            return replace(found, arrangement=arrangement)
    return None


def _is_pair(said: Any) -> bool:
    """Tell whether this is a list of layers beside another one."""
    return is_row(said) and len(said) == 2 and all(map(is_row, said))


def _matched_pair(
    ways: Ways,
    said: Sequence[Sequence[Any]],
    shapes: tuple[list[Any], list[Any]],
    enough: Callable[[Iterable[bool]], bool],
) -> Ways | None:
    first, second = ([np.shape(a) for a in layers] for layers in said)
    weights, biases = shapes
    skipped = ways.lists.skipped
    for last_first in (False, True):
        w, b = (weights[::-1], biases[::-1]) if last_first else (weights, biases)
        for biases_first, pair in ((True, (b, w)), (False, (w, b))):
            fits = [
                found in (expected, found[:skipped] + expected)
                for found, expected in zip((first, second), pair, strict=True)
            ]
            if enough(fits):
                return replace(ways, biases_first=biases_first, last_layer_first=last_first)
    return None


def accumulators_of(network: object, *, filled: bool = False) -> tuple[str, str] | None:
    """Name the attributes with gradients; after a call, those that it has `filled`, if any."""
    there = [pair for pair in ACCUMULATORS if all(hasattr(network, name) for name in pair)]
    if filled:
        there.sort(key=lambda pair: not _hold_numbers(network, pair))
    return next(iter(there), None)


def _hold_numbers(network: object, pair: tuple[str, str]) -> bool:
    held = [list(getattr(network, name)) for name in pair]
    return any(np.any(np.asarray(array)) for arrays in held for array in arrays if np.ndim(array))


def conventions_of(ways: Ways, *, single: bool, online: bool = False) -> tuple[Convention, ...]:
    """Name the choices that were settled by shapes, and those that had to be taken for granted."""
    shown = [
        Convention("samples", ways.samples if single else f"batches of {ways.samples}", "detected")
    ]
    if single and ways.backprop and not (ways.step and ways.batch_of_pairs):
        note = "if you meant it for batches, this is bug bias-gradient-wrong-axis"
        shown[0] = replace(shown[0], origin="inferred", note=note)
    shown += [ONLINE] if online else []
    if ways.lists.weight_layout == "in-out":
        shown.append(Convention("weights", "(fan-in, fan-out)", "detected"))
    if ways.evaluate and ways.labels == "one-hot":
        note = "if your test labels are integers, this is bug argmax-of-label"
        shown.append(Convention("labels of test data", "one-hot", "inferred", note))
    elif ways.evaluate:
        shown.append(Convention("labels of test data", "integers", "assumed"))
    return tuple(shown)
