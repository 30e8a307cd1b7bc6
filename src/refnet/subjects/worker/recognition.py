"""Which style of code a subject is written in.

Lives here: `recognise`, and the styles in the order in which they are tried. It knows the styles by
name, nothing of processes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from refnet.errors import Interruption, SubjectError
from refnet.subjects.telling import told
from refnet.subjects.worker.adapted import Taken
from refnet.subjects.worker.adapter import is_adapter, recognise_adapter
from refnet.subjects.worker.adaptive import without_adaptive_step
from refnet.subjects.worker.examples import examples_in
from refnet.subjects.worker.factories import (
    called_networks,
    factories,
    makes_of_parts,
    names_in,
    trains,
)
from refnet.subjects.worker.finding import find_layers, items_of
from refnet.subjects.worker.leaves import is_row
from refnet.subjects.worker.loading import Loaded, left_out
from refnet.subjects.worker.nielsen_probing import recognise_nielsen
from refnet.subjects.worker.own_penalty import with_own_penalty
from refnet.subjects.worker.recipe_probing import recognise_by_recipe
from refnet.subjects.worker.remembering import with_first_steps
from refnet.subjects.worker.sklearn_models import is_sklearn, recognise_sklearn
from refnet.subjects.worker.torch_modules import is_torch_network

Doing = Callable[[str], None]


def recognise(
    loaded: Loaded, without: Sequence[str] = (), doing: Doing = lambda _part: None
) -> Taken:
    """Take a subject in. Raises SubjectError that says what was found and what is missing."""
    file = loaded.module.__name__
    try:
        if isinstance(loaded.found, ModuleType):
            return _of_module(loaded, without, doing)
        try:
            return _taken_in(loaded, loaded.found, without, doing)
        except SubjectError:
            # How it is meant to be made, its file may show.
            for made in _examples(loaded.module).values():
                if made.__class__ is loaded.found:
                    return _taken_in(loaded, made, without, doing)
            raise
    except SubjectError as error:
        raise SubjectError(
            f"{error}{left_out(loaded.notes)}; or write an adapter: refnet adapter {file}.py"
        ) from error


def _taken_in(loaded: Loaded, found: object, without: Sequence[str], doing: Doing) -> Taken:
    """Take in what was found. Raises SubjectError, whatever it raises when it is looked at."""
    try:
        taken = _by_any_style(loaded, found, without, doing)
        if is_adapter(found):
            return taken
        taken = with_own_penalty(taken, loaded.module, doing)
        return with_first_steps(without_adaptive_step(taken, doing), doing)
    except SubjectError:
        raise
    except Interruption:
        raise
    except BaseException as error:
        name = getattr(found, "__name__", type(found).__name__)
        raise SubjectError(f"{name}: looking at it raised {told(error)}") from error


def _by_any_style(loaded: Loaded, found: object, without: Sequence[str], doing: Doing) -> Taken:
    """Take in what was found, by the first style that it fits: adapter, Nielsen's, any other.

    One shaped like Nielsen's whose backprop gives nothing, or whose step is handed gradients, is
    taken for such only where no other style shows its gradients, or all it offers and less; one
    whose outputs are not understood, only where it fits no other.
    Raises SubjectError that says why it fits none.
    """
    if is_adapter(found):
        return recognise_adapter(found, without, doing)
    if is_sklearn(found):
        return recognise_sklearn(found)
    shaped: Taken | None = None
    with suppress(SubjectError):
        shaped = recognise_nielsen(found, without, doing)
        if not shaped.doubtful and not shaped.unclear:
            return shaped
    try:
        taken = recognise_by_recipe(loaded, found, without, doing)
    except SubjectError:
        if shaped is None or not {"gradients", "step"} & shaped.description.capabilities.parts:
            raise
        doing("")
        return shaped
    if shaped is None or shaped.unclear:
        return taken
    parts, more = (each.description.capabilities.parts for each in (taken, shaped))
    # Of a way back that always raises, a reading in which it does not may be no more than that.
    lacking = parts < more or "step" in more - parts
    return taken if "gradients" in parts and not lacking else shaped


def _of_module(loaded: Loaded, without: Sequence[str], doing: Doing) -> Taken:
    """Take in the one network of a module that can be recognised."""
    module = loaded.module
    reasons: dict[str, str] = {}
    for kind in (_networks, factories, _classes, _itself, called_networks):
        taken: dict[str, Taken] = {}
        for name, value in kind(module):
            try:
                taken[name] = _taken_in(loaded, value, without, doing)
            except SubjectError as error:
                reasons[name] = str(error)
        if kind is _classes:
            taken = _without_parts(module, taken) if len(taken) > 1 else taken
            if shown := _whole_of(loaded, taken, without, doing, reasons):
                return shown
            taken = _without_parts_of(module, taken, reasons)
        if len(taken) == 1:
            return next(iter(taken.values()))
        if taken and kind is _networks:
            # Layers one by one, as global variables: together they are the network.
            with suppress(SubjectError):
                return _taken_in(loaded, module, without, doing)
        if taken:
            raise SubjectError(
                f"got {module.__name__} with several networks, {', '.join(taken)}; expected one; "
                f"name it, as in {module.__name__}.py:{next(iter(taken))}"
            )
    nothing = (
        f"got {module.__name__} without a network in it; expected a class, parameters as global "
        "variables, or a function that returns them, called init..., make..., build..., create... "
        "or new_..."
    )
    raise SubjectError(_closest(module, reasons) or nothing)


def _whole_of(
    loaded: Loaded,
    taken: Mapping[str, Taken],
    without: Sequence[str],
    doing: Doing,
    reasons: dict[str, str],
) -> Taken | None:
    """Take in the one network that a demonstration makes of a class that cannot be made by itself.

    What can be is a part of it, perhaps: a layer. Why what is made is not understood is a better
    reason than why it cannot be made without.
    """
    shown: list[Taken] = []
    for value in _examples(loaded.module).values():
        if type(value).__name__ not in taken and _is_more_than(value, taken):
            try:
                shown.append(_taken_in(loaded, value, without, doing))
            except SubjectError as error:
                reasons[type(value).__name__] = str(error)
    return shown[0] if len(shown) == 1 else None


def _is_more_than(value: Any, taken: Mapping[str, Taken]) -> bool:
    """Tell whether this has layers beside those of each network within that can be made alone."""
    layers = find_layers(value)
    if layers is None:
        return False
    within = [item for _, item in items_of(value) if type(item).__name__ in taken]
    return all(len(find_layers(item) or ()) < len(layers) for item in within)


def _examples(module: ModuleType) -> dict[str, Any]:
    """Return what a demonstration makes and may be a network, the classes' own instances."""
    own = {value for _, value in _classes(module)}
    return {
        name: value
        for name, value in examples_in(module).items()
        if type(value) in own or (is_row(value) and {type(v) for v in value} & own)
    }


_NETWORK = re.compile(r"net|mlp|model|perceptron|nn", re.IGNORECASE)
"""What networks are called, as their layers and neurons are not."""


def _without_parts(module: ModuleType, taken: Mapping[str, Taken]) -> dict[str, Taken]:
    """Leave out classes that the code of another one names: a layer alone is a network, too."""
    named = {
        other
        for name in taken
        for method in items_of(getattr(module, name))
        for other in names_in(getattr(method[1], "__code__", None))
        if other != name
    }
    wholes = {name: each for name, each in taken.items() if name not in named}
    return wholes or dict(taken)


def _without_parts_of(
    module: ModuleType, taken: Mapping[str, Taken], reasons: Mapping[str, str]
) -> dict[str, Taken]:
    """Leave out layers and neurons of a network that was not understood as a whole.

    A verdict on one of them would be taken for one on the network.
    """
    named: set[str] = set()
    makers = dict(factories(module))
    wholes = [
        name
        for name in reasons
        if name in makers or (_NETWORK.search(name) and hasattr(module, name))
    ]
    wholes += makes_of_parts(module)
    while wholes:
        whole = getattr(module, wholes.pop())
        for function in (whole, *(method for _, method in items_of(whole))):
            for name in names_in(getattr(function, "__code__", None)):
                if isinstance(getattr(module, name, None), type) and name not in named:
                    named.add(name)
                    wholes.append(name)
    return {
        name: each for name, each in taken.items() if _NETWORK.search(name) or name not in named
    }


def _closest(module: ModuleType, reasons: Mapping[str, str]) -> str:
    """Say what was lacking in that which came closest to a network, and name the others.

    What trains the network that it makes is the last to speak of.
    """
    if not reasons:
        return ""
    closest = min(
        reasons,
        key=lambda name: (
            trains(module, name),
            not _NETWORK.search(name),
            "with weights" not in reasons[name],
        ),
    )
    others = [name for name in reasons if name != closest]
    return "; also tried: ".join([reasons[closest], *([", ".join(others)] if others else [])])


def _classes(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(module).items()):
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield name, value


def _itself(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Take the module for the network, where its parameters are global variables."""
    if find_layers(module) is not None:
        yield module.__name__, module


def _networks(module: ModuleType) -> Iterator[tuple[str, Any]]:
    own = {value for _, value in _classes(module)}
    for name, value in list(vars(module).items()):
        if (
            type(value) in own
            or (is_row(value) and {type(v) for v in value} & own)
            or is_torch_network(value)
            or (is_sklearn(value) and not isinstance(value, type))
        ):
            yield name, value
