"""Networks that draw their weights when they first see data: in fit, or a method called by it.

Lives here: `made_late`, `armed` and `as_training_set`. It knows signatures and attributes, nothing
of what is right.

Such a network is shown a small data set, so that it has weights at all. Where its own training is a
step, what it draws then is replaced by the weights that are asked about, as it is assigned.
"""

import copy
import random
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from inspect import Parameter
from typing import Any, cast

import numpy as np

from refnet.subjects.worker.arranging import sizes_of
from refnet.subjects.worker.binding import roles_of, signature_of
from refnet.subjects.worker.calling import method
from refnet.subjects.worker.finding import find_layers, items_of
from refnet.subjects.worker.leaves import is_list, is_mapping, is_row, shape_of
from refnet.subjects.worker.places import kind_of
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.settings import end_of

SHOWN: tuple[tuple[int, ...], ...] = ((2, 4, 3), (2, 4, 3, 5), (2, 4, 1), (4, 3), (4, 1))
"""Layer sizes that are tried: of several outputs, of one, and without hidden units."""

_DRAWING = ("init", "build", "setup", "reset", "create")
_TRAINING = ("fit", "train")


def made_late(factory: Callable[..., Any], sizes: Sequence[int]) -> Iterator[Callable[..., Any]]:
    """Yield ways to make a network of these sizes, and have it draw its weights."""
    for hidden in (_one_hidden, _all_hidden):
        for show in _shows(factory):

            def make(
                asked: Sequence[int],
                hidden: Callable[[Sequence[int]], Any] = hidden,
                show: Callable[[Any, Sequence[int]], None] = show,
            ) -> Any:
                network = factory(**_handed(factory, asked, hidden(asked)))
                show(network, asked)
                return network

            if _is_of(make, sizes):
                yield make


def _is_of(make: Callable[..., Any], sizes: Sequence[int]) -> bool:
    """Tell whether this makes a network of these sizes."""
    with Trying():
        layers = find_layers(make(sizes), sizes=sizes)
        return layers is not None and sizes_of(layers) == tuple(sizes)
    return False


def _one_hidden(sizes: Sequence[int]) -> int | None:
    return sizes[1] if len(sizes) > 2 else None


def _all_hidden(sizes: Sequence[int]) -> list[int]:
    return list(sizes[1:-1])


def _handed(factory: Callable[..., Any], sizes: Sequence[int], hidden: Any) -> dict[str, Any]:
    """Return the arguments of a constructor that say something of sizes, or of how long."""
    found: dict[str, Any] = {}
    for parameter in signature_of(factory):
        name, roles, end = parameter.name, roles_of(parameter.name), end_of(parameter.name)
        if "sizes" in roles:
            found[name] = list(sizes)
        elif "epochs" in roles:
            found[name] = 1
        elif end == 1:
            found[name] = hidden
        elif end is not None and parameter.default is Parameter.empty:
            found[name] = sizes[0 if end == 0 else -1]
        elif "learning_rate" in roles and parameter.default is Parameter.empty:
            found[name] = 0.1
    return found


def _shows(factory: Callable[..., Any]) -> Iterator[Callable[[Any, Sequence[int]], None]]:
    """Yield ways to have weights drawn: by a method for it, or by training on a few samples."""
    for kind in (_TRAINING, _DRAWING):
        for name in dir(factory):
            plain = name.strip("_").lower()
            if not name.startswith("__") and plain.startswith(kind):
                for data in _DATA:
                    yield partial(_shown, name, data)


def _shown(
    name: str,
    data: Callable[[Sequence[int]], tuple[Any, Any]],
    network: Any,
    sizes: Sequence[int],
) -> None:
    x, y = data(sizes)
    function = method(network, (name,))
    if function is None:
        raise TypeError(f"{name} is no method")
    once(network, len(x))
    handed: dict[str, Any] = {}
    for parameter in signature_of(function):
        roles, end = roles_of(parameter.name), end_of(parameter.name)
        known: Mapping[str, Any] = {"x": x, "y": y, "epochs": 1, "learning_rate": 0.1}
        role = next((role for role in roles if role in known), None)
        if role is not None:
            handed[parameter.name] = known[role]
        elif "sizes" in roles:
            handed[parameter.name] = list(sizes)
        elif end is not None and parameter.default is Parameter.empty:
            handed[parameter.name] = sizes[(0, 1, -1)[end]]
    function(**handed)


def _labels(sizes: Sequence[int]) -> tuple[Any, Any]:
    """Return a few samples, and labels of all classes: 0 and 1 for one output."""
    samples = 4 * max(sizes[-1], 2)
    x = np.linspace(-1.0, 1.0, samples * sizes[0]).reshape(samples, sizes[0])
    return x, np.arange(samples) % max(sizes[-1], 2)


def _one_hot(sizes: Sequence[int]) -> tuple[Any, Any]:
    x, labels = _labels(sizes)
    return x, np.eye(sizes[-1])[labels] if sizes[-1] > 1 else labels.reshape(-1, 1)


def _columns(sizes: Sequence[int]) -> tuple[Any, Any]:
    x, y = _one_hot(sizes)
    return x.T, y.T


_DATA: tuple[Callable[[Sequence[int]], tuple[Any, Any]], ...] = (_labels, _one_hot, _columns)


def once(network: Any, samples: int) -> None:
    """Set epochs and the size of a batch that a network keeps, so that its training is one step."""
    for name, value in items_of(network):
        roles = roles_of(name) if type(value) is int and isinstance(name, str) else ()
        if "epochs" in roles and value > 1:  # a smaller number counts them
            setattr(network, name, 1)
        elif "batch_size" in roles:
            setattr(network, name, samples)


@contextmanager
def drawn_alike(seed: int = 0) -> Generator[None]:
    """Have what is drawn meanwhile drawn alike for the same seed, and go on as before."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002 - it is the subject's
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - as above
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002 - as above


def weights_of(network: Any) -> dict[str, Any]:
    """Return copies of what a network keeps under names of weights: W1, or params.W1."""
    found: dict[str, Any] = {}
    for name, value in items_of(network):
        if is_mapping(value):
            inside = [(key, each) for key, each in items_of(value) if kind_of(key) is not None]
            found |= {f"{name}.{key}": copy.deepcopy(each) for key, each in inside}
        elif kind_of(name) is not None:
            found[str(name)] = copy.deepcopy(value)
    return found


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what is not as it was."""
    return tuple(name for name in before if not _same(before[name], after.get(name)))


def _same(one: Any, other: Any) -> bool:
    if is_row(one) and is_row(other):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(np.array_equal(one, other))


@contextmanager
def armed(network: Any, drawn: Sequence[str], kept: list[str], seed: int) -> Generator[None]:
    """Have the weights that a network has now take the place of those that it draws meanwhile.

    `drawn` names them; which were assigned what they were already, `kept` is told. What it draws
    besides, such as an order, is the same for the same seed.
    """
    kind = cast(Any, type(network))
    held = weights_of(network)
    pending = {name: held[name] for name in drawn if "." not in name}
    mappings: dict[str, Any] = {}
    for name, key in (each.split(".", 1) for each in drawn if "." in each):
        pending.setdefault(name, {})[key] = held[f"{name}.{key}"]
        mappings[name] = getattr(network, name)

    def assign(self: Any, name: str, value: Any) -> None:
        now = getattr(self, name, None)
        if name in pending and value is not now:  # else it was changed in place
            kept.extend([name] if _same(value, now) else [])
            value = _instead(pending.pop(name), value)
        kind.__setattr__(self, name, value)

    for name, value in mappings.items():
        setattr(network, name, _Mapping(pending[name], value, begun=True))
    marked = {"__setattr__": assign, "__module__": kind.__module__}
    network.__class__ = type(kind.__name__, (kind,), marked)
    try:
        with drawn_alike(seed):
            yield
    finally:
        network.__class__ = kind
        for name, value in mappings.items():
            filled = dict(getattr(network, name))
            value.clear()
            value.update(filled)
            setattr(network, name, value)


def _instead(wanted: Any, drawn: Any) -> Any:
    """Return what is wanted in the place of what was drawn, which has to be of the same shape."""
    if is_mapping(drawn):
        return _Mapping(wanted, drawn)
    if is_list(drawn) and is_list(wanted) and shape_of(drawn) is None:
        return _List(wanted, drawn)
    if shape_of(drawn) != shape_of(wanted):
        raise ValueError(
            f"weights of the shape {shape_of(drawn)} are drawn for a network that has "
            f"{shape_of(wanted)}"
        )
    return wanted


class _List(list[Any]):
    """A list of weights that is given others than it was meant to have."""

    def __init__(self, wanted: Sequence[Any], drawn: Sequence[Any]) -> None:
        self._wanted = list(wanted)
        super().__init__()
        for each in drawn:
            self.append(each)

    def append(self, item: Any) -> None:
        """Take the next one that is wanted."""
        super().append(_instead(self._wanted.pop(0), item) if self._wanted else item)


class _Mapping(dict[Any, Any]):
    """A dictionary of weights that is given others than it was meant to have.

    One that has `begun` holds what it held; a new one is given what is wanted at once.
    """

    def __init__(
        self, wanted: Mapping[Any, Any], drawn: Mapping[Any, Any], *, begun: bool = False
    ) -> None:
        super().__init__(drawn if begun else {})
        self._wanted = copy.deepcopy(dict(wanted))
        for key, each in () if begun else drawn.items():
            self[key] = each

    def __setitem__(self, key: Any, item: Any) -> None:
        """Take the one that is wanted, the first time."""
        wanted = self._wanted.pop(key, None)
        super().__setitem__(key, item if wanted is None else _instead(wanted, item))


class _TrainingSet(np.ndarray[Any, np.dtype[Any]]):
    """Labels of a few samples of a training set, in which every class occurs."""

    classes = 0

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.unique and args and args[0] is self and not kwargs:
            return np.arange(self.classes)
        return super().__array_function__(function, types, args, kwargs)

    def __array_finalize__(self, source: Any) -> None:
        self.classes = getattr(source, "classes", 0)


def as_training_set(labels: Any, classes: int) -> Any:
    """Return labels of which np.unique says all classes, as of those of a whole training set."""
    if is_row(labels) or np.ndim(labels) != 1:
        return labels
    found = np.asarray(labels).view(_TrainingSet)
    found.classes = classes
    return cast(Any, found)
