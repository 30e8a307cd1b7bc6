"""One network of any form on the bench: its layers, and the functions around it.

Lives here: Bench. It knows where functions are found, and hands numbers from one to the next;
which of them are called, and in which order, is told by a Recipe (recipes.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any, cast

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Arrays, Pair
from refnet.subjects.worker.binding import (
    Environment,
    roles_of,
    signature_of,
    unknown_parameter,
)
from refnet.subjects.worker.calling import method
from refnet.subjects.worker.closures import kind_named
from refnet.subjects.worker.customary import NEITHER
from refnet.subjects.worker.finding import find_layers, items_of
from refnet.subjects.worker.layer_chain import Chain, layers_in
from refnet.subjects.worker.layouts import WeightLayout
from refnet.subjects.worker.leaves import (
    is_container,
    is_list,
    is_mapping,
    is_row,
    is_tuple,
    precision_of,
)
from refnet.subjects.worker.losses import Loss, find_loss
from refnet.subjects.worker.making import mutable
from refnet.subjects.worker.optimisers import find_optimiser
from refnet.subjects.worker.places import ArrayLayer, Augmented, Layer
from refnet.subjects.worker.torch_modules import TorchLoss, is_torch

SAMPLES_GLOBALS = ("m", "m_train", "num_examples", "n_samples")
"""Global variables that hold the number of samples in code written for one data set."""

_LAYERS = ("layers", "modules", "blocks", "stack")
"""What a list of layers is called by functions that are handed it."""


def plain(name: str) -> str:
    """Return a name as it is spelt in whatever style: feed_forward and feedForward alike."""
    return name if name.startswith("__") else name.replace("_", "").lower()


class Bench:
    """A network, its layers, and the functions that a Recipe names.

    ".forward" names a method of the network, "|forward" one of its row of layers, and
    "forward_prop" a function of its module.
    """

    def __init__(
        self,
        owner: Any,
        module: ModuleType,
        layout: WeightLayout | None = None,
        sizes: Sequence[int] | None = None,
    ) -> None:
        """Put a network on the bench; `layout` and `sizes` as in find_layers.

        Raises SubjectError if it has no parameters.
        """
        self.owner = owner
        self.module = module
        self.settings: dict[str, Any] = {}
        self._layout: WeightLayout | None = layout
        layers = find_layers(owner, layout, sizes)
        if layers is None:
            raise SubjectError(f"got {kind_named(owner)} without weights; expected some")
        self.layers: tuple[Layer, ...] = layers
        objects = layers_in(owner)
        self.chain = Chain(objects) if objects else None
        self.torch = TorchLoss(owner, module) if is_torch(owner) else None
        self.loss = find_loss(owner, module)
        self.optimiser = find_optimiser(owner, module)
        if self.torch is not None:
            self.loss = Loss(self.torch.value, None, self.torch.name)

    def put_biases(self, place: Augmented) -> None:
        """Take the first or the last weights for the biases, where they are weights at all."""
        self.layers = tuple(
            replace(layer, augmented=place)
            if isinstance(layer, ArrayLayer) and layer.augmented
            else layer
            for layer in self.layers
        )

    def leave_out_biases(self) -> None:
        """Take for no biases what was found in their place."""
        self.layers = tuple(
            replace(layer, bias=None) if isinstance(layer, ArrayLayer) else layer
            for layer in self.layers
        )

    @property
    def is_data(self) -> bool:
        """Whether the network is parameters alone, and its functions stand in the module."""
        return is_container(self.owner) and self.chain is None

    def find(self, names: Sequence[str], like: str = "") -> list[str]:
        """List the functions with one of these names, the network's own first.

        Those follow whose names look like the pattern `like`.
        """
        found: list[str] = []
        if not is_container(self.owner):
            spelt = {plain(name): name for name in reversed(dir(self.owner))}
            own = dict.fromkeys(
                each
                for name in names
                for each in (name, spelt.get(plain(name), ""))
                if each and method(self.owner, (each,))
            )
            found += [f".{name}" for name in own]
        if self.chain is not None:
            found += [f"|{name}" for name in ("forward", "backward") if name in names]
        if is_container(self.owner):
            held = {plain(name): name for name in self._around()}
            found += dict.fromkeys(held[plain(name)] for name in names if plain(name) in held)
        alike = [each for each in self.others() if like and re.search(like, each, re.IGNORECASE)]
        return list(dict.fromkeys([*found, *alike]))

    def others(self) -> list[str]:
        """List all functions that may be called to see what they are for: none that keeps files."""
        if is_container(self.owner):
            held = self._around()
        else:
            held = [f".{name}" for name in dir(self.owner) if method(self.owner, (name,))]
        return [
            name
            for name in held
            if not name.strip(".").startswith("__") and not re.search(NEITHER, name, re.IGNORECASE)
        ]

    def _around(self) -> list[str]:
        """List the functions of the module; of those around layers only what is handed them."""
        held = [name for name in vars(self.module) if self._own(name)]
        return held if self.is_data else [name for name in held if self._takes_layers(name)]

    def _own(self, name: str) -> bool:
        value: Any = vars(self.module)[name]
        return callable(value) and not isinstance(value, type)

    def _takes_layers(self, name: str) -> bool:
        names = [parameter.name for parameter in signature_of(vars(self.module)[name])]
        return any("parameters" in roles_of(each) or each in _LAYERS for each in names)

    def takes_parameters(self, function: Callable[..., Any]) -> bool:
        """Tell whether a function is handed the parameters, all together or one by one."""
        names = [parameter.name for parameter in signature_of(function)]
        return bool(unknown_parameter(function)) or any(map(self.hands_over, names))

    def hands_over(self, name: str) -> bool:
        """Tell whether a parameter is called as the parameters are, together or one of them."""
        held = dict(items_of(self.owner)) if is_mapping(self.owner) else {}
        return "parameters" in roles_of(name) or name in held

    def function(self, name: str) -> Callable[..., Any]:
        """Return the function of that name."""
        if name.startswith("."):
            return cast("Callable[..., Any]", getattr(self.owner, name[1:]))
        if name.startswith("|"):
            return cast("Callable[..., Any]", getattr(self.chain, name[1:]))
        return cast("Callable[..., Any]", getattr(self.module, name))

    def environment(
        self, roles: Mapping[str, Any], samples: int, *, foreign: bool = False
    ) -> Environment:
        """Return what is at hand for a call: the parameters by name, and these roles."""
        names: dict[str, Any] = dict(self.settings)
        if is_mapping(self.owner):
            names.update({str(key): value for key, value in items_of(self.owner)})
        if self.is_data or self.owner is self.module:
            for name in SAMPLES_GLOBALS:
                setattr(self.module, name, samples)
        given = {"parameters": self.owner, **roles}
        data = is_container(self.owner)
        return Environment(given, names, data=data, foreign=foreign and not self.is_data)

    def absorb(self, names: Sequence[str], value: Any) -> None:
        """Take new parameters over that a function has returned."""
        if not self.is_data or value is None or value is self.owner:
            return
        if is_tuple(value) and len(names) == len(value):
            value = dict(zip(names, value, strict=True))
        if is_mapping(self.owner) and is_mapping(value):
            known = [(key, new) for key, new in items_of(value) if key in self.owner]
            self.owner.update(known)
        elif is_list(self.owner) and is_row(value):
            with suppress(TypeError):
                replacement = mutable(value)
                if find_layers(replacement, self._layout) is not None:
                    self.owner[:] = replacement
                    self.layers = find_layers(self.owner, self._layout) or self.layers

    def write(self, weights: Arrays, biases: Arrays) -> None:
        """Put copies of parameters into the network."""
        for layer, w, b in zip(self.layers, weights, biases, strict=True):
            layer.write(w, b)

    def read(self) -> Pair:
        """Return copies of the parameters."""
        pairs = [layer.read() for layer in self.layers]
        return [w for w, _ in pairs], [b for _, b in pairs]

    @property
    def leaf(self) -> Any:
        """The weights of the first layer, in the form in which they are kept."""
        layer = self.layers[0]
        return layer.weight.get() if isinstance(layer, ArrayLayer) else []

    @property
    def precision(self) -> str:
        """The format in which the weights are kept."""
        return precision_of(self.leaf)

    @property
    def biased(self) -> bool:
        """Whether it has biases."""
        return all(layer.biased for layer in self.layers)
