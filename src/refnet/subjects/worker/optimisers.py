"""Objects that take the step for a network: what they are handed, and how they are asked.

Lives here: `find_optimiser` and Optimiser. It knows signatures, nothing of what a step should be.

Only plain gradient descent is looked for: what else an optimiser does is a step of another kind.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from refnet.subjects.worker.binding import roles_of, signature_of
from refnet.subjects.worker.calling import method
from refnet.subjects.worker.finding import find_layers, items_of
from refnet.subjects.worker.leaves import is_row
from refnet.subjects.worker.places import ArrayLayer
from refnet.subjects.worker.raising import Trying

_PLAIN = re.compile(r"sgd|gradient_?descent|^optimi[sz]er$", re.IGNORECASE)
_STEPS = ("step", "update", "update_params", "update_parameters", "apply_gradients")
_ZERO = ("zero_grad", "zero_grads", "zero_gradients", "reset_gradients", "clear_gradients")
_PARAMETERS = ("parameters", "params", "get_parameters", "get_params", "trainable_parameters")
_NETWORKS = ("model", "network", "net", "nn", "mlp")
_WITHOUT = ("momentum", "decay", "nesterov", "dampening", "weight_decay")
"""What optimisers, their methods, and those of networks are called, and what is set to nothing."""


@dataclass(frozen=True, eq=False)
class Optimiser:
    """A class of optimisers; `made` makes one for a network and a learning rate."""

    kind: type
    takes: tuple[str, ...]

    def made(self, owner: Any, rate: float) -> Any:
        """Make one for a network. Raises whatever it raises."""
        return self.kind(**{name: _argument(name, owner, rate) for name in self.takes})

    def begin(self, optimiser: Any, owner: Any) -> None:
        """Forget gradients of before, as whoever trains does where there is a way to."""
        for holder in (optimiser, owner):
            zero = method(holder, _ZERO)
            if zero is not None:
                zero(*[_argument(p.name, owner, 0.0) for p in signature_of(zero)])
                return

    def step(self, optimiser: Any, owner: Any, gradients: Any) -> None:
        """Take a step, for every layer by itself where it is handed one layer."""
        function = _step(optimiser)
        names = [p.name for p in signature_of(function) if p.default is p.empty]
        if names == ["layer"]:
            for layer in _layers(owner):
                function(layer)
            return
        handed = [
            gradients if "gradients" in roles_of(name) else _argument(name, owner, 0.0)
            for name in names
        ]
        function(*handed)


def find_optimiser(owner: Any, module: ModuleType) -> Optimiser | None:
    """Find a class of plain gradient descent beside a network that can be made for it."""
    for name, kind in list(vars(module).items()):
        if isinstance(kind, type) and kind.__module__ == module.__name__ and _PLAIN.search(name):
            every = signature_of(kind)
            taken = tuple(p.name for p in every if p.default is p.empty or _is_known(p.name))
            found = Optimiser(kind, taken)
            with Trying():
                made = found.made(owner, 1.0)
                if _step(made) is not None and _rates(taken) and not _remembers(made):
                    return found
    return None


def _remembers(optimiser: Any) -> bool:
    """Tell whether it keeps a share, as of its last step: then it is not plain."""
    held = [value for name, value in items_of(optimiser) if not _rates([str(name)])]
    return any(isinstance(value, float) and 0.0 < value < 1.0 for value in held)


def _is_known(name: str) -> bool:
    return bool(_rates([name])) or name.lower() in _WITHOUT


def _rates(names: Sequence[str]) -> list[str]:
    return [name for name in names if "learning_rate" in roles_of(name)]


def _step(optimiser: Any) -> Callable[..., Any]:
    found = method(optimiser, _STEPS)
    if found is None:
        raise TypeError(f"{type(optimiser).__name__} takes no step")
    return found


def _argument(name: str, owner: Any, rate: float) -> Any:
    """Return what a parameter of this name is handed."""
    if _rates([name]):
        return rate
    if name.lower() in _WITHOUT:
        return 0.0
    if name.lower() in _NETWORKS:
        return owner
    if name.lower() in ("layers", "trainable_layers"):
        return getattr(owner, "layers", owner)
    if "parameters" in roles_of(name):
        return _parameters(owner)
    raise TypeError(f"nothing is known to stand for the parameter {name!r} of an optimiser")


def _parameters(owner: Any) -> Any:
    """Return the parameters of a network: as it gives them, keeps them, or layer by layer."""
    own = method(owner, _PARAMETERS)
    if own is not None:
        return own()
    for name in ("params", "parameters"):
        held = getattr(owner, name, None)
        if held is not None:
            return held
    places = [
        place
        for layer in find_layers(owner) or ()
        if isinstance(layer, ArrayLayer)
        for place in (layer.weight, layer.bias)
        if place is not None
    ]
    return [place.get() for place in places]


def _layers(owner: Any) -> list[Any]:
    each: list[Any] = []
    for _, value in items_of(owner):
        each += value if is_row(value) else [value]
    return [layer for layer in each if hasattr(layer, "__dict__") and find_layers([layer])]
