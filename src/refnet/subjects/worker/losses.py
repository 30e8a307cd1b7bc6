"""Finding the cost around a network, and its derivative with respect to the outputs.

Lives here: Loss and `find_loss`. It knows what such functions are called and what they take:
targets, and outputs. Which cost it is, is unknown here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from refnet.errors import Interruption
from refnet.subjects.worker.binding import roles_of, signature_of
from refnet.subjects.worker.calling import method
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import is_container, shape_of

_SLOPE = re.compile(
    r"_?(prime|deriv(ative|ate)?|grad(ient)?|backward|delta|der)$|^(d|grad)_", re.IGNORECASE
)
_VALUES = ("forward", "loss", "calculate", "value", "fn", "compute", "__call__")
_SLOPES = ("backward", "gradient", "grad", "derivative", "prime", "loss_prime", "backward_pass")
_LEFT = ("dinputs", "dinput", "grad_input")
_LOSS = re.compile(r"loss|cost|criterion|error|mse|entropy", re.IGNORECASE)
"""What functions, methods and attributes of costs and their derivatives are called."""


@dataclass(frozen=True, eq=False)
class Loss:
    """A cost and its derivative, each of (outputs, targets); None where there is none."""

    value: Callable[[Any, Any], Any] | None = None
    slope: Callable[[Any, Any], Any] | None = None
    name: str = ""


def find_loss(owner: object, module: object) -> Loss:
    """Find the cost that a network holds, or that stands beside it in its module."""
    for holder in (owner, module):
        functions = dict(_functions(holder))
        for name, function in functions.items():
            if _SLOPE.search(name):
                root = _SLOPE.sub("", name)
                value = functions.get(root)
                return Loss(value and _of_both(value), _of_both(function), name)
        for name, found in _objects(holder):
            slope, cost = method(found, _SLOPES), method(found, _VALUES)
            known = _of_both(cost) if cost is not None and _is_of_both(cost) else None
            if slope is not None and _is_of_both(slope):
                of_own = _of_its_own_outputs(found, known, _of_both(slope))
                return Loss(known, _left_by(found, of_own), name)
            if slope is not None and known is not None and not _needed(slope):
                return Loss(known, _left_by(found, _after(known, slope)), name)
    for holder in (owner, module):
        for name, function in _functions(holder):
            if _LOSS.search(name):
                return Loss(_of_both(function), None, name)
    return Loss()


def _functions(holder: object) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what takes outputs and targets and nothing else."""
    held = {**_of_class(holder), **{str(key): value for key, value in items_of(holder)}}
    for name, value in held.items():
        if (
            callable(value)
            and not isinstance(value, type)
            and hasattr(value, "__name__")
            and _is_of_both(value)
        ):
            yield name, value


def _of_class(holder: object) -> dict[str, Any]:
    if is_container(holder) or type(holder).__name__ == "module":
        return {}
    return {
        name: getattr(holder, name)
        for kind in reversed(type(holder).__mro__)
        for name in vars(kind)
        if not name.startswith("__") and callable(getattr(holder, name, None))
    }


def _objects(holder: object) -> Iterator[tuple[str, object]]:
    """Yield objects that are costs; a class of the module's own, made without arguments."""
    for name, value in sorted(items_of(holder), key=lambda item: isinstance(item[1], type)):
        own = isinstance(value, type) and value.__module__ == getattr(holder, "__name__", "")
        if isinstance(value, type) and not (own and _LOSS.search(str(name))):
            continue
        if isinstance(value, type) and value.__subclasses__():
            continue  # what others are made from is no cost itself
        found = value
        if isinstance(value, type):
            try:
                found = value()
            except Interruption:
                raise
            except BaseException:  # noqa: BLE001, S112 - one that wants arguments is none of these
                continue
        elif not _LOSS.search(f"{name} {type(value).__name__}"):
            continue
        yield str(name), found


def _is_of_both(function: Callable[..., Any]) -> bool:
    targets = _are_targets(_needed(function))
    return len(targets) == 2 and sum(targets) == 1


def _are_targets(names: Sequence[str]) -> list[bool]:
    """Tell which are targets: what is "actual" beside outputs, but not beside targets."""
    targets = ["y" in roles_of(name) for name in names]
    if not any(targets):
        return ["actual" in name.lower() for name in names]
    return targets


def _needed(function: Callable[..., Any]) -> list[str]:
    return [p.name for p in signature_of(function) if p.default is p.empty]


def _of_both(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Take (outputs, targets), and hand them over by what the function calls them."""
    names = [p.name for p in signature_of(function)][:2]
    first = _are_targets(names)[0]
    return lambda outputs, y: function(*((y, outputs) if first else (outputs, y)))


def _after(value: Callable[[Any, Any], Any], slope: Callable[[], Any]) -> Callable[[Any, Any], Any]:
    """Ask a cost that remembers its outputs and targets, and then for its derivative at them."""

    def called(outputs: Any, y: Any) -> Any:
        value(outputs, y)
        return slope()

    return called


def _of_its_own_outputs(
    holder: object, value: Callable[[Any, Any], Any] | None, slope: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    """Hand a cost that holds an activation the outputs that it keeps, in the place of scores."""

    def called(outputs: Any, y: Any) -> Any:
        if value is not None:
            value(outputs, y)
            own = getattr(holder, "output", None)
            outputs = own if shape_of(own) == shape_of(outputs) else outputs
        return slope(outputs, y)

    return called


def _left_by(holder: object, slope: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Call a derivative, and take what it leaves behind in its holder where it returns nothing."""

    def called(outputs: Any, y: Any) -> Any:
        said = slope(outputs, y)
        left = [getattr(holder, name, None) for name in _LEFT]
        return next((each for each in left if each is not None), None) if said is None else said

    return called
