"""Right networks in styles of objects: layers, and a class that has its cost.

Lives here: STYLES, and the choices that they lack. It writes source code and knows nothing of
refnet.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from composing import (
    NAMED,
    Choices,
    block,
    draws,
    more,
    names,
    one_of,
    preamble,
    renamed,
    shapes,
    statements,
    steps,
)

OWN = {"W2": "self.W", "b2": "self.b", "dW2": "self.dW", "db2": "self.db", "X": "self.x"}
"""What the second layer's statements call things in a class for any layer."""


def _linear(chosen: Choices) -> tuple[str, str, str, str]:
    """Write parameters, products, gradients and step of a layer, each by its own attributes."""
    s = statements(chosen)
    inside = {**OWN, "a1": "self.x", "d2": "grad", "n_h": "n_in", "n_y": "n_out"}
    drawn = {name: value for name, value in shapes(chosen).items() if name in ("W2", "b2")}
    parameters = "\n".join(f"{name} = {value}" for name, value in drawn.items())
    found = "\n".join(f"{name} = {s[name]}" for name in ("dW2", "db2") if name in s)
    moved = "\n".join(
        f"{name} {s['sign']}= {s['rate']} * d{name}" for name in ("W2", "b2") if name in drawn
    )
    return (
        renamed(parameters, **inside),
        renamed(s["z2"], **{**inside, "a1": "x"}),
        f"{renamed(found, **inside)}\nback = {renamed(s['back'], **inside)}",
        renamed(moved, **inside),
    )


def _layer(chosen: Choices, backward: str, taken: str, further: str = "") -> str:
    """Write the class of a layer with parameters."""
    parameters, product, _, _ = _linear(chosen)
    return (
        "class Linear:\n"
        f"    def __init__(self, n_in, n_out):\n{block(parameters, 8)}\n\n"
        f"    def forward(self, x):\n        self.x = x\n        return {product}\n\n"
        f"    def backward(self, grad{taken}):\n{block(backward, 8)}\n        return back\n\n"
        f"{further}\n"
    )


def _activations(chosen: Choices, taken: str = "") -> str:
    """Write the classes of activations, whose derivative may be taken together with the cost's."""
    output = renamed(statements(chosen)["a2"], z2="z")
    slope = "grad * self.a * (1 - self.a)" if chosen.head == "quadratic" else "grad"
    return (
        "class Hidden:\n"
        "    def forward(self, z):\n        self.z, self.a = z, g(z)\n        return self.a\n\n"
        f"    def backward(self, grad{taken}):\n        return grad * g_prime(self.z, self.a)\n\n\n"
        "class Output:\n"
        f"    def forward(self, z):\n        self.a = {output}\n        return self.a\n\n"
        f"    def backward(self, grad{taken}):\n        return {slope}\n\n\n"
    )


def _derivative(chosen: Choices, by: int) -> str:
    s = statements(chosen)
    text = "\n".join(filter(None, (s["encode"], f"return {s['error']}")))
    return block(renamed(text, X="a2"), by)


def layers(chosen: Choices) -> str:
    """A model of layer objects that keep their gradients, and a cost object."""
    _, _, found, moved = _linear(chosen)
    update = f"    def update(self, lr):\n{block(moved, 8)}\n\n"
    taken = more(chosen)
    slope = "self.cost.backward(self.forward(X), Y)"
    step = f"        self.backward({slope}{taken})\n        self.update(lr)\n"
    if chosen.online:
        one = "self.cost.backward(self.forward(x), y)"
        loop = f"        for i in range(X.shape[{statements(chosen)['samples']}]):\n"
        step = (
            f"{loop}            x, y = {one_of('X', 'Y', chosen)}\n"
            f"            self.backward({one})\n            self.update(lr)\n"
        )
    return (
        f"{preamble(chosen)}{_layer(chosen, found, taken, update)}{_activations(chosen, taken)}"
        f"class Cost:\n    def backward(self, a2, Y):\n{_derivative(chosen, 8)}\n\n\n"
        "class Network:\n    def __init__(self, sizes):\n        self.layers = []\n"
        "        for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):\n"
        "            self.layers += [Linear(n_in, n_out), Hidden()]\n"
        "        self.layers += [Linear(sizes[-2], sizes[-1]), Output()]\n"
        "        self.cost = Cost()\n\n"
        "    def forward(self, x):\n        for layer in self.layers:\n"
        "            x = layer.forward(x)\n        return x\n\n"
        f"    def backward(self, grad{taken}):\n        for layer in reversed(self.layers):\n"
        f"            grad = layer.backward(grad{taken})\n        return grad\n\n"
        "    def update(self, lr):\n        for layer in self.layers:\n"
        "            if isinstance(layer, Linear):\n                layer.update(lr)\n\n"
        f"    def train_step(self, X, Y, lr{taken}):\n{step}"
    )


def layers_that_step(chosen: Choices) -> str:
    """A list of layer objects that take their step on the way back and show no gradients."""
    chosen = replace(chosen, penalty="")
    _, _, found, moved = _linear(chosen)
    found = f"{found}\n{moved}".replace("self.dW", "dW").replace("self.db", "db")
    error = "cost_prime(Y, a2):\n" + _derivative(chosen, 4)
    return (
        f"{preamble(chosen)}{_layer(chosen, found, ', lr')}{_activations(chosen, ', lr')}"
        f"def {error}\n\n\n"
        "def make_network(sizes):\n    network = []\n"
        "    for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):\n"
        "        network += [Linear(n_in, n_out), Hidden()]\n"
        "    return network + [Linear(sizes[-2], sizes[-1]), Output()]\n"
    )


def loss_of_batch(chosen: Choices) -> str:
    """A class whose loss(X, y, reg) returns cost and gradients, and scores without y."""
    s, drawn = statements(chosen), draws(chosen, '        self.params["{}"] = {}')
    unpack = f"        {names(chosen)} = {names(chosen, 'self.params[@{}@]')}\n".replace("@", '"')
    taken = {"": "", "n": ", reg=0.0, n=1"}.get(chosen.penalty, ", reg=0.0")
    handed = {"": "", "n": ", reg, n"}.get(chosen.penalty, ", reg")
    moved = steps(chosen, '        self.params["{0}"] SIGN= RATE * grads["{0}"]')
    grads = names(chosen, '"{0}": d{0}')
    body = renamed(f"{s['backward']}\ncost = {s['cost']}", lmbda="reg", Y="y")
    scores = (
        "        if y is None:\n            return z2\n"
        if chosen.head == "softmax"
        else "        if y is None:\n            return a2\n"
    )
    forward = (
        ""
        if chosen.head == "softmax"
        else f"    def forward(self, X):\n{unpack}{block(s['forward'], 8)}\n        return a2\n\n"
    )
    step = f"        cost, grads = self.loss(X, y{handed})\n{moved}\n"
    return (
        f"{preamble(chosen)}class Network:\n"
        f"    def __init__(self, n_x, n_h, n_y):\n        self.params = {{}}\n{drawn}\n\n"
        f"{forward}    def loss(self, X, y=None{taken}):\n{unpack}{block(s['forward'], 8)}\n"
        f"{scores}{block(body, 8)}\n        return cost, {{{grads}}}\n\n"
        f"    def train_step(self, X, y, lr{handed}):\n{step}"
    )


STYLES = MappingProxyType(
    {"layers": layers, "layers that step": layers_that_step, "loss of a batch": loss_of_batch}
)
"""Styles of code that a network can be composed in."""

LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "layers": NAMED,
        "layers that step": (*NAMED, "online", "penalty"),
        "loss of a batch": (*NAMED, "online"),
    }
)
"""Choices that make no difference: gradients that have names have no order, and a layer that steps
is told no penalty."""
