"""Right networks composed of a style of code and conventions: every one of each with every other.

Lives here: STYLES, CONVENTIONS and `composed`. It writes source code and knows nothing of refnet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import indent
from types import MappingProxyType


@dataclass(frozen=True)
class Choices:
    """What a learner may choose; the book's first.

    `divided` is where 1/m stands: in the gradients, the output error, the step, or nowhere.
    `columns` tells that samples are columns, `turned` that weights are (in, out). `biases` are of
    the shape "column", "row" or "vector", or there are none: "". `error` is what the output error
    is multiplied with.
    """

    hidden: str = "sigmoid"
    head: str = "quadratic"
    divided: str = "gradients"
    descent: bool = False
    error: str = ""
    columns: bool = True
    turned: bool = False
    biases: str = "column"
    labels: str = "one-hot"
    penalty: str = ""
    online: bool = False
    last_first: bool = False
    biases_first: bool = False


HIDDEN = {
    "sigmoid": ("1 / (1 + np.exp(-z))", "a * (1 - a)"),
    "sigmoid by z": ("1 / (1 + np.exp(-z))", "0.25 / np.cosh(z / 2) ** 2"),
    "tanh": ("np.tanh(z)", "1 - a ** 2"),
    "relu": ("np.maximum(0, z)", "(z > 0)"),
    "relu, 1 at 0": ("np.maximum(0, z)", "(z >= 0)"),
    "relu, 1/2 at 0": ("np.maximum(0, z)", "np.heaviside(z, 0.5)"),
    "leaky": ("np.where(z > 0, z, 0.01 * z)", "np.where(z > 0, 1.0, 0.01)"),
}
"""Hidden activations and their derivatives, by z and a."""


def statements(chosen: Choices) -> dict[str, str]:
    """Write forward and backward pass of two layers in terms of W1, b1, W2, b2, X and Y."""
    c = chosen
    weight = [f"W{i}.T" if c.columns == c.turned else f"W{i}" for i in (1, 2)]

    def product(w: str, a: str) -> str:
        return f"{w} @ {a}" if c.columns else f"{a} @ {w}"

    bias = [f" + b{i}" if c.biases else "" for i in (1, 2)]
    units, samples = (0, 1) if c.columns else (1, 0)
    count = f"X.shape[{samples}]"
    outputs = {
        "quadratic": "1 / (1 + np.exp(-z2))",
        "binary": "1 / (1 + np.exp(-z2))",
        "softmax": f"softmax(z2, {units})",
        "identity": "z2",
    }[c.head]
    error = "(Y - a2)" if c.descent else "(a2 - Y)"
    error += " * a2 * (1 - a2)" if c.head == "quadratic" else ""
    error = f"{c.error} * {error}" if c.error else error
    error += f" / {count}" if c.divided == "error" else ""
    over = f" / {count}" if c.divided == "gradients" else ""
    back = "W2" if c.columns == c.turned else "W2.T"
    lines = [f"d2 = {error}", f"d1 = ({product(back, 'd2')}) * g_prime(z1, a1)"]
    for layer, below in ((2, "a1"), (1, "X")):
        pair = (f"d{layer}", f"{below}.T") if c.columns else (f"d{layer}.T", below)
        flipped = (below, f"d{layer}.T") if c.columns else (f"{below}.T", f"d{layer}")
        left, right = flipped if c.turned else pair
        sign = "-" if c.descent else "+"
        strength = {"n": "lmbda / n", "m": f"lmbda / {count}", "1": "lmbda", "": ""}[c.penalty]
        decay = f" {sign} {strength} * W{layer}" if strength else ""
        lines.append(f"dW{layer} = {left} @ {right}{over}{decay}")
        keep = "" if c.biases == "vector" else ", keepdims=True"
        if c.biases:
            lines.append(f"db{layer} = d{layer}.sum(axis={samples}{keep}){over}")
    if c.labels == "integer":
        lines.insert(0, f"Y = np.eye(a2.shape[{units}])[Y]{'.T' if c.columns else ''}")
    rate = f"lr / {count}" if c.divided == "step" else "lr"
    sign = "+" if c.descent else "-"
    return {
        "forward": "\n".join(
            (
                f"z1 = {product(weight[0], 'X')}{bias[0]}",
                "a1 = g(z1)",
                f"z2 = {product(weight[1], 'a1')}{bias[1]}",
                f"a2 = {outputs}",
            )
        ),
        "backward": "\n".join(lines),
        "rate": rate,
        "sign": sign,
        "samples": str(samples),
    }


def names(chosen: Choices, form: str = "{}", separator: str = ", ") -> str:
    """List W1, b1, W2, b2, each in a form."""
    wanted = ("W1", "b1", "W2", "b2") if chosen.biases else ("W1", "W2")
    return separator.join(form.format(name) for name in wanted)


def shapes(chosen: Choices) -> dict[str, str]:
    """Write how parameters are drawn."""
    made: dict[str, str] = {}
    for layer, (fan_in, units) in enumerate((("n_x", "n_h"), ("n_h", "n_y")), start=1):
        shape = f"{fan_in}, {units}" if chosen.turned else f"{units}, {fan_in}"
        made[f"W{layer}"] = f"np.random.randn({shape})"
        form = {"column": f"({units}, 1)", "row": f"(1, {units})", "vector": units, "": ""}
        if chosen.biases:
            made[f"b{layer}"] = f"np.zeros({form[chosen.biases]})"
    return made


def draws(chosen: Choices, form: str) -> str:
    """Write that parameters are drawn, each on a line of this form."""
    return "\n".join(form.format(name, value) for name, value in shapes(chosen).items())


def steps(chosen: Choices, form: str, rate: str = "lr") -> str:
    """Write that parameters take a step, each on a line of this form."""
    s = statements(chosen)
    by = f"{s['rate'].replace('lr', rate)} *"
    return names(chosen, form.replace("SIGN", s["sign"]).replace("RATE *", by), "\n")


def one_of(x: str, y: str, chosen: Choices) -> str:
    """Write sample i of x and y, as a batch of one."""
    at = "[:, [i]]" if chosen.columns else "[[i]]"
    return f"{x}{at}, {y}{at}"


def preamble(chosen: Choices) -> str:
    """Write the activations."""
    function, derivative = HIDDEN[chosen.hidden]
    return (
        "import numpy as np\n\n\n"
        f"def g(z):\n    return {function}\n\n\n"
        f"def g_prime(z, a):\n    return {derivative}\n\n\n"
        "def softmax(z, axis):\n    e = np.exp(z - z.max(axis=axis, keepdims=True))\n"
        "    return e / e.sum(axis=axis, keepdims=True)\n\n\n"
    )


def more(chosen: Choices) -> str:
    """Write the parameters of a function that stand for the penalty."""
    return {"": "", "n": ", lmbda, n"}.get(chosen.penalty, ", lmbda")


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


def lists(chosen: Choices) -> str:
    """A class with lists of weights and biases, shaped like Nielsen's, for batches."""
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


def block(text: str, by: int = 4) -> str:
    """Indent statements."""
    return indent(text, " " * by)


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

BOOK = Choices()
ROWS = replace(BOOK, columns=False, turned=True, biases="row")

CONVENTIONS: Mapping[str, Choices] = MappingProxyType(
    {
        "the book's": BOOK,
        "sums over the batch": replace(BOOK, divided=""),
        "1/m in the output error": replace(BOOK, divided="error"),
        "1/m in the step": replace(BOOK, divided="step"),
        "a step for every sample": replace(BOOK, online=True),
        "descent": replace(BOOK, descent=True),
        "descent and sums": replace(BOOK, descent=True, divided=""),
        "without 1/2": replace(BOOK, error="2"),
        "mean over the outputs": replace(BOOK, error="1 / a2.shape[0]"),
        "2/k": replace(BOOK, error="2 / a2.shape[0]"),
        "2/k and sums": replace(BOOK, error="2 / a2.shape[0]", divided=""),
        "binary cross-entropy": replace(BOOK, head="binary"),
        "softmax": replace(BOOK, head="softmax", hidden="tanh"),
        "softmax and sums": replace(BOOK, head="softmax", hidden="tanh", divided=""),
        "identity": replace(BOOK, head="identity", hidden="tanh"),
        "derivative by z": replace(BOOK, hidden="sigmoid by z"),
        "relu": replace(BOOK, hidden="relu", head="softmax"),
        "relu, 1 at 0": replace(BOOK, hidden="relu, 1 at 0", head="softmax"),
        "relu, 1/2 at 0": replace(BOOK, hidden="relu, 1/2 at 0", head="identity"),
        "leaky": replace(BOOK, hidden="leaky", head="identity"),
        "rows": ROWS,
        "rows, weights (out, in)": replace(ROWS, turned=False),
        "columns, weights (in, out)": replace(BOOK, turned=True),
        "rows, biases as vectors": replace(ROWS, biases="vector"),
        "rows and sums": replace(ROWS, divided=""),
        "rows and a step for every sample": replace(ROWS, online=True),
        "integer labels": replace(BOOK, labels="integer", head="softmax"),
        "integer labels and rows": replace(ROWS, labels="integer", head="softmax"),
        "no biases": replace(BOOK, biases=""),
        "no biases and sums": replace(BOOK, biases="", divided=""),
        "lambda/n": replace(BOOK, penalty="n"),
        "lambda/m": replace(BOOK, penalty="m"),
        "lambda": replace(BOOK, penalty="1"),
        "lambda and sums": replace(BOOK, penalty="1", divided=""),
        "biases first": replace(BOOK, biases_first=True),
        "last layer first": replace(BOOK, last_first=True),
    }
)
"""Every convention of the list that a fair judge accepts, and a few together."""


LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "functions": ("online", "last_first", "biases_first"),
        "dictionary": ("online", "last_first", "biases_first"),
        "attributes": ("last_first", "biases_first"),
        "at once": ("last_first", "biases_first"),
        "loss and gradients": ("online", "last_first", "biases_first"),
        "lists": ("unbiased",),
    }
)
"""Choices that a style does not have: where gradients have names there is no order of them, and a
function that gets gradients takes no step for every sample."""


def composed(style: str, convention: str) -> str | None:
    """Write a right network; None where this style has no such choice."""
    chosen = CONVENTIONS[convention]
    made = {"unbiased": not chosen.biases}
    if any(made.get(name, getattr(chosen, name, False)) for name in LACKING[style]):
        return None
    return STYLES[style](chosen)
