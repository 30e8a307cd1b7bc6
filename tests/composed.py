"""Right networks in styles of NumPy functions and classes: every style in every convention.

Lives here: STYLES, and the choices that they lack. It writes source code and knows nothing of
refnet.
"""

from collections.abc import Mapping
from textwrap import indent
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
    shapes,
    statements,
    steps,
)


def functions(chosen: Choices) -> str:
    """Functions of W1, b1, ... bound by the names of their parameters."""
    s, held = statements(chosen), names(chosen)
    moved = steps(chosen, "    {0} = {0} SIGN RATE * d{0}")
    grads = names(chosen, "d{}")
    taken = "X, " if chosen.divided == "step" else ""
    return (
        f"{preamble(chosen)}n_x, n_h, n_y = 4, 5, 3\nm = 100\n\n\n"
        f"def init_params():\n{draws(chosen, '    {} = {}')}\n    return {held}\n\n\n"
        f"def forward_prop({held}, X):\n{block(s['forward'])}\n    return z1, a1, z2, a2\n\n\n"
        f"def backward_prop(z1, a1, z2, a2, {held}, X, Y{more(chosen)}):\n"
        f"{block(s['backward'])}\n    return {grads}\n\n\n"
        f"def update_params({held}, {grads}, {taken}lr):\n{moved}\n    return {held}\n"
    )


def dictionary(chosen: Choices) -> str:
    """Functions around a dictionary of parameters."""
    s, drawn = statements(chosen), shapes(chosen)
    unpack = f"    {names(chosen)} = {names(chosen, 'parameters[@{}@]')}\n".replace("@", '"')
    held = ", ".join(f'"{name}": {value}' for name, value in drawn.items())
    grads = names(chosen, '"d{0}": d{0}')
    moved = steps(chosen, '    parameters["{0}"] = parameters["{0}"] SIGN RATE * grads["d{0}"]')
    taken = ", X" if chosen.divided == "step" else ""
    return (
        f"{preamble(chosen)}"
        f"def initialize_parameters(n_x, n_h, n_y):\n    return {{{held}}}\n\n\n"
        f"def forward_propagation(X, parameters):\n{unpack}{block(s['forward'])}\n"
        "    return a2, (z1, a1, z2, a2)\n\n\n"
        f"def backward_propagation(parameters, cache, X, Y{more(chosen)}):\n{unpack}"
        f"    z1, a1, z2, a2 = cache\n{block(s['backward'])}\n    return {{{grads}}}\n\n\n"
        f"def update_parameters(parameters, grads{taken}, lr):\n{moved}\n    return parameters\n"
    )


def attributes(chosen: Choices) -> str:
    """A class with attributes W1, b1, ..., dW1, ... and methods."""
    s, drawn = statements(chosen), draws(chosen, "        self.{} = {}")
    unpack = f"        {names(chosen)} = {names(chosen, 'self.{}')}\n"
    grads = f"        {names(chosen, 'self.d{}')} = {names(chosen, 'd{}')}\n"
    moved = steps(chosen, "        self.{0} SIGN= RATE * self.d{0}")
    step = f"        self.backward(X, Y{more(chosen)})\n{moved}\n"
    if chosen.online:
        loop = f"        for i in range(X.shape[{s['samples']}]):\n"
        one = one_of("X", "Y", chosen)
        step = f"{loop}            self.backward({one})\n{indent(moved, '    ')}\n"
    return (
        f"{preamble(chosen)}class Network:\n"
        f"    def __init__(self, n_x, n_h, n_y):\n{drawn}\n\n"
        f"    def forward(self, X):\n{unpack}{block(s['forward'], 8)}\n"
        "        self.cache = z1, a1, z2, a2\n        return a2\n\n"
        f"    def backward(self, X, Y{more(chosen)}):\n        self.forward(X)\n{unpack}"
        f"        z1, a1, z2, a2 = self.cache\n{block(s['backward'], 8)}\n{grads}\n"
        f"    def train_step(self, X, Y, lr{more(chosen)}):\n{step}"
    )


def at_once(chosen: Choices) -> str:
    """A class that takes its step in one method and shows no gradients."""
    s, drawn = statements(chosen), draws(chosen, "        self.{} = {}")
    unpack = f"        {names(chosen)} = {names(chosen, 'self.{}')}\n"
    moved = steps(chosen, "        self.{0} = {0} SIGN RATE * d{0}", "self.lr")
    body = f"{unpack}{block(s['forward'], 8)}\n{block(s['backward'], 8)}\n{moved}\n"
    if chosen.online:
        body = (
            "        every_x, every_y = X, Y\n"
            f"        for i in range(X.shape[{s['samples']}]):\n"
            f"            X, Y = {one_of('every_x', 'every_y', chosen)}\n"
            f"{indent(body, '    ')}"
        )
    return (
        f"{preamble(chosen)}class Network:\n"
        f"    def __init__(self, n_x, n_h, n_y, lr=0.1):\n        self.lr = lr\n{drawn}\n\n"
        f"    def predict(self, X):\n{unpack}{block(s['forward'], 8)}\n        return a2\n\n"
        f"    def train(self, X, Y{more(chosen)}):\n{body}"
    )


def loss_and_gradients(chosen: Choices) -> str:
    """A class whose loss returns the cost and a dictionary of gradients."""
    s, drawn = statements(chosen), draws(chosen, '        self.params["{}"] = {}')
    unpack = f"        {names(chosen)} = {names(chosen, 'self.params[@{}@]')}\n".replace("@", '"')
    grads = names(chosen, '"{0}": d{0}')
    taken = more(chosen)
    moved = steps(chosen, '        self.params["{0}"] SIGN= RATE * grads["{0}"]')
    return (
        f"{preamble(chosen)}class Network:\n"
        f"    def __init__(self, n_x, n_h, n_y):\n        self.params = {{}}\n{drawn}\n\n"
        f"    def forward(self, X):\n{unpack}{block(s['forward'], 8)}\n        return a2\n\n"
        f"    def gradients(self, X, Y{taken}):\n{unpack}{block(s['forward'], 8)}\n"
        f"{block(s['backward'], 8)}\n        return {{{grads}}}\n\n"
        f"    def step(self, X, Y, lr{taken}):\n        grads = self.gradients(X, Y{taken})\n"
        f"{moved}\n"
    )


def lists(chosen: Choices) -> str | None:
    """A class with lists of weights and biases, shaped like Nielsen's, for batches.

    None without biases: without a list of them there is nothing of Nielsen's shape.
    """
    if not chosen.biases:
        return None
    s, drawn = statements(chosen), shapes(chosen)
    unpack = "        (W1, W2), (b1, b2) = self.weights, self.biases\n"
    order = (2, 1) if chosen.last_first else (1, 2)
    dw, db = (f"[{', '.join(f'{kind}{at}' for at in order)}]" for kind in ("dW", "db"))
    returned = f"{db}, {dw}" if chosen.biases_first else f"{dw}, {db}"
    got = "db, dw" if chosen.biases_first else "dw, db"
    back = "[::-1]" if chosen.last_first else ""
    by = f"{s['sign']} {s['rate']}"
    taken = more(chosen)
    body = (
        f"        {got} = self.backprop(X, Y{taken})\n"
        f"        self.weights = [w {by} * g for w, g in zip(self.weights, dw{back})]\n"
        f"        self.biases = [b {by} * g for b, g in zip(self.biases, db{back})]\n"
    )
    if chosen.online:
        one = one_of("X", "Y", chosen)
        loop = f"        for i in range(X.shape[{s['samples']}]):\n"
        body = loop + indent(body.replace("backprop(X, Y)", f"backprop({one})"), "    ")
    return (
        f"{preamble(chosen)}class Network:\n"
        "    def __init__(self, sizes):\n        n_x, n_h, n_y = sizes\n"
        f"        self.weights = [{drawn['W1']}, {drawn['W2']}]\n"
        f"        self.biases = [{drawn['b1']}, {drawn['b2']}]\n\n"
        f"    def feedforward(self, X):\n{unpack}{block(s['forward'], 8)}\n        return a2\n\n"
        f"    def backprop(self, X, Y{taken}):\n{unpack}{block(s['forward'], 8)}\n"
        f"{block(s['backward'], 8)}\n        return {returned}\n\n"
        f"    def train_step(self, X, Y, lr{taken}):\n{body}"
    )


STYLES = MappingProxyType(
    {
        "functions": functions,
        "dictionary": dictionary,
        "attributes": attributes,
        "at once": at_once,
        "loss and gradients": loss_and_gradients,
        "lists": lists,
    }
)
"""Styles of code that a network can be composed in."""

LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "functions": (*NAMED, "online"),
        "dictionary": (*NAMED, "online"),
        "attributes": NAMED,
        "at once": NAMED,
        "loss and gradients": (*NAMED, "online"),
        "lists": (),
    }
)
"""Choices that make no difference: where gradients have names there is no order of them, and a
function that gets gradients takes no step for every sample."""
