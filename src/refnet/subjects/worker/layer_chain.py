"""Layer objects in a row: forward through all of them, and backward from the last to the first.

Lives here: Chain, the functions that a list of layers has. It knows layers' customary methods,
nothing of what they compute.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from refnet.subjects.worker.binding import needed_by, signature_of, takes
from refnet.subjects.worker.calling import method
from refnet.subjects.worker.finding import find_layers, items_of
from refnet.subjects.worker.leaves import is_row

_FORWARD = ("forward", "forward_pass", "forward_propagation", "feedforward", "__call__")
_BACKWARD = ("backward", "backward_pass", "backward_propagation", "backprop", "backpropagate")
_UPDATE = (
    "update",
    "step",
    "update_params",
    "update_parameters",
    "update_weights",
    "apply_gradients",
)
_LEFT = ("output", "outputs", "out", "a", "A")
_LEFT_BACK = ("dinputs", "dinput", "grad_input", "dx", "dX", "input_gradient")
"""Methods of layers, and where those that return nothing leave what they have computed."""


def layers_in(owner: Any) -> list[Any]:
    """Find the layer objects of a network: the list itself, one that it holds, or attributes."""
    if is_row(owner):
        found = list(owner)
        return found if _are_layers(found) else []
    held = [value for _, value in items_of(owner)]
    for value in held:
        if is_row(value) and _are_layers(value):
            return list(value)
    each = {id(value): value for value in held}.values()  # a loop leaves a second name for one
    own = [value for value in each if method(value, _BACKWARD) and _takes_inputs_alone(value)]
    return own if _are_layers(own) else []


def _takes_inputs_alone(value: object) -> bool:
    """Tell a layer from a class of layers, and from a cost, which is handed targets as well."""
    forward = method(value, _FORWARD)
    return forward is not None and not isinstance(value, type) and len(needed_by(forward)) < 2


def _are_layers(found: Sequence[Any]) -> bool:
    usable = all(method(layer, _FORWARD) and method(layer, _BACKWARD) for layer in found)
    return bool(found) and usable and find_layers(list(found)) is not None


class Chain:
    """What a row of layers can do, as functions with customary names."""

    def __init__(self, layers: Sequence[Any]) -> None:
        self._layers = layers
        self.updates = all(method(layer, _UPDATE) for layer in self._weighted)
        self.steps_back = any(
            takes(_bound(layer, _BACKWARD), "learning_rate") for layer in self._layers
        )

    @property
    def _weighted(self) -> list[Any]:
        return [layer for layer in self._layers if find_layers([layer]) is not None]

    def forward(self, x: Any) -> Any:
        """Send a batch through all layers."""
        for layer in self._layers:
            said = _bound(layer, _FORWARD)(x)
            x = _left(layer, _LEFT) if said is None else said
        return x

    def backward(self, grad_output: Any) -> Any:
        """Send the gradient of the cost with respect to the outputs back through all layers."""
        for layer in reversed(self._layers):
            said = _bound(layer, _BACKWARD)(grad_output)
            grad_output = _left(layer, _LEFT_BACK) if said is None else said
        return None

    def step_back(self, grad_output: Any, learning_rate: float) -> None:
        """Send it back through layers that take a step on the way."""
        for layer in reversed(self._layers):
            function = _bound(layer, _BACKWARD)
            wants = takes(function, "learning_rate") or len(signature_of(function)) > 1
            said = function(grad_output, learning_rate) if wants else function(grad_output)
            grad_output = _left(layer, _LEFT_BACK) if said is None else said

    def update(self, learning_rate: float) -> None:
        """Let every layer with parameters take its step."""
        for layer in self._weighted:
            function = _bound(layer, _UPDATE)
            function(*([learning_rate] if signature_of(function) else []))


def _bound(layer: object, names: tuple[str, ...]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", method(layer, names))


def _left(layer: object, names: Sequence[str]) -> Any:
    for name in names:
        value: Any = getattr(layer, name, None)
        if value is not None:
            return value
    raise TypeError(f"{type(layer).__name__} returned nothing, and left no .{names[0]}")
