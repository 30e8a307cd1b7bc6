"""Making somebody's network: of the layer sizes asked for, or of the only ones it has.

Lives here: Maker and `find_maker`. It knows how classes are called, and where parameters are kept.

A class is tried with the sizes as a list, as a tuple, and one by one; if none of these gives
weights of the right shapes, it is made without sizes, and what it then has is all it can have.
"""

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from refnet.errors import Interruption, SubjectError
from refnet.subjects.telling import told
from refnet.subjects.worker.layouts import BiasLayout, WeightLayout, bias_layout, weight_layout

UNEVEN = (2, 4, 3)
"""Layer sizes of which no two are alike, so that a shape says which layer, and which way round."""

WEIGHTS = ("weights", "_weights", "w", "W", "ws", "Ws", "weight_matrices")
BIASES = ("biases", "_biases", "b", "B", "bs", "bias", "bias_vectors")
"""What lists of parameters are called."""


@dataclass(frozen=True)
class Lists:
    """Where a network keeps its lists of weights and biases, and in which layout.

    `skipped` is the number of entries before the first layer's: some count the input as a layer.
    `plain` tells that they are lists of lists, without NumPy.
    """

    weights: str
    biases: str
    weight_layout: WeightLayout
    bias_layout: BiasLayout
    skipped: int = 0
    plain: bool = False


@dataclass(frozen=True, eq=False)
class Maker:
    """How a network is made, where its parameters are, and its sizes where it has no others.

    `initial` tells whether what a network begins with is its own, and not what became of it.
    """

    make: Callable[[Sequence[int]], Any]
    lists: Lists
    fixed: tuple[int, ...] | None = None
    depth: int | None = None
    initial: bool = True


def find_maker(found: object) -> Maker:
    """Find out how to make a network of what was named, a class, a function or an instance.

    Raises SubjectError that says what was tried.
    """
    if not callable(found):
        return replace(_only(lambda _sizes: copy.deepcopy(found)), initial=False)
    factory = cast(Callable[..., Any], found)
    raised: list[str] = []
    for sizes in (UNEVEN, (2, 4, 3, 5)):
        for make in _ways(factory):
            lists = _attempt(make, sizes, raised)
            if lists is not None:
                other = UNEVEN if sizes != UNEVEN else (2, 4, 3, 5)
                depth = None if _attempt(make, other, []) else len(sizes) - 1
                return Maker(make, lists, depth=depth)
    try:
        return _only(lambda _sizes: factory(), lambda _sizes: factory(list(UNEVEN)))
    except SubjectError as error:
        # What a network lacks says more than the ways in which one cannot be made.
        reasons = sorted(dict.fromkeys([*raised, str(error)]), key=lambda said: "raised" in said)
        lacking = [said for said in reasons if "raised" not in said]
        reason = lacking[0] if lacking else "; ".join(reasons)
        raise SubjectError(
            f"got {_named(found)}, called with the layer sizes {list(UNEVEN)}: {reason}; expected "
            "an object with lists .weights and .biases, one array for each layer after the input"
        ) from error


def _ways(factory: Callable[..., Any]) -> tuple[Callable[[Sequence[int]], Any], ...]:
    return (
        lambda sizes: factory(list(sizes)),
        lambda sizes: factory(*sizes),
        lambda sizes: factory(tuple(sizes)),
    )


def _attempt(
    make: Callable[[Sequence[int]], Any], sizes: Sequence[int], raised: list[str]
) -> Lists | None:
    try:
        network = make(sizes)
    except Interruption:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a constructor raises, it was the wrong way
        raised.append(f"it raised {told(error)}")
        return None
    lists = lists_of(network, sizes)
    if lists is None:
        raised.append(_what_it_has(network))
    return lists


def _only(*ways: Callable[[Sequence[int]], Any]) -> Maker:
    """Take a network whose sizes are what they are. Raises SubjectError if it has no parameters."""
    reasons: list[str] = []
    for make in ways:
        try:
            return _with_its_own_sizes(make)
        except SubjectError as error:
            reasons.append(str(error))
    raise SubjectError("; ".join(reasons))


def _with_its_own_sizes(make: Callable[[Sequence[int]], Any]) -> Maker:
    try:
        network = make(())
    except Interruption:
        raise
    except BaseException as error:
        raise SubjectError(f"it raised {told(error)}") from error
    for turned in (False, True):
        sizes = _sizes(network, turned=turned)
        lists = lists_of(network, sizes) if sizes else None
        if sizes and lists is not None:
            return Maker(make, lists, fixed=sizes, depth=len(sizes) - 1)
    raise SubjectError(_what_it_has(network))


def _sizes(network: object, *, turned: bool) -> tuple[int, ...]:
    """Read the layer sizes off the weights, as (out, in) or turned round."""
    shapes = [shape for shape in _shapes(_attribute(network, WEIGHTS)[1]) if len(shape) == 2]
    if not shapes:
        return ()
    ends = [shape if turned else shape[::-1] for shape in shapes]
    return (ends[0][0], *(end[1] for end in ends))


def lists_of(network: object, sizes: Sequence[int]) -> Lists | None:
    """Find the lists of weights and biases of a network with these sizes; None if it has none."""
    weights_name, weights = _attribute(network, WEIGHTS)
    biases_name, biases = _attribute(network, BIASES)
    if weights is None or biases is None:
        return None
    for skipped in (0, 1):
        weight = weight_layout(_shapes(weights[skipped:]), sizes)
        bias = bias_layout(_shapes(biases[skipped:]), sizes)
        if weight is not None and bias is not None:
            plain = isinstance(weights[skipped], list)
            return Lists(weights_name, biases_name, weight, bias, skipped, plain)
    return None


def _attribute(network: object, names: Sequence[str]) -> tuple[str, Sequence[Any] | None]:
    for name in names:
        value: Any = getattr(network, name, None)
        if isinstance(value, list | tuple) or getattr(value, "dtype", None) == np.dtype(object):
            return name, cast(Sequence[Any], value)
    return "", None


def _shapes(values: Sequence[Any] | None) -> list[tuple[int, ...]]:
    return [_shape(value) for value in values or ()]


def _shape(value: object) -> tuple[int, ...]:
    try:
        return np.shape(cast(Any, value))
    except ValueError:  # lists of different lengths
        return ()


def _what_it_has(network: object) -> str:
    weights = _attribute(network, WEIGHTS)[1]
    biases = _attribute(network, BIASES)[1]
    if weights is None or biases is None:
        own = list(vars(network)) if hasattr(network, "__dict__") else []
        return f"it has no such lists, but {', '.join(own) or 'no attributes at all'}"
    return f"its weights have the shapes {_shapes(weights)}, its biases {_shapes(biases)}"


def _named(found: object) -> str:
    kind = "a class" if inspect.isclass(found) else f"a {type(found).__name__}"
    return f"{kind} {getattr(found, '__name__', '')}".strip()
