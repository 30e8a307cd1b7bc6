"""What right networks are composed of: choices, and statements of NumPy that follow them.

Lives here: Choices, CONVENTIONS, and how forward pass, backward pass, cost, step and first
parameters are written. It writes source code and knows nothing of refnet, nor of styles.
"""

import re
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

OUTPUTS = {
    "quadratic": "1 / (1 + np.exp(-z2))",
    "binary": "1 / (1 + np.exp(-z2))",
    "softmax": "softmax(z2, {units})",
    "identity": "z2",
}
COSTS = {
    "quadratic": "0.5 * np.sum((a2 - Y) ** 2)",
    "binary": "np.sum(np.logaddexp(0, z2) - Y * z2)",
    "softmax": "np.sum(Y * (log_of_sum(z2, {units}) - z2))",
    "identity": "0.5 * np.sum((a2 - Y) ** 2)",
}
"""Output activations, and costs summed over the batch; those that take logarithms do by z, where
nothing overflows. `units` is the axis of the units."""


def statements(chosen: Choices) -> dict[str, str]:
    """Write forward pass, cost and backward pass of two layers by W1, b1, W2, b2, X and Y.

    What one statement assigns is there under the name it is given; "error" is dC/da2, or what
    stands for it where the derivative of the output activation is taken together with the cost's,
    and "back" what comes back through the second layer.
    """
    c = chosen
    weight = [f"W{i}.T" if c.columns == c.turned else f"W{i}" for i in (1, 2)]

    def product(w: str, a: str) -> str:
        return f"{w} @ {a}" if c.columns else f"{a} @ {w}"

    bias = [f" + b{i}" if c.biases else "" for i in (1, 2)]
    units, samples = (0, 1) if c.columns else (1, 0)
    count = f"X.shape[{samples}]"
    made = {
        "z1": f"{product(weight[0], 'X')}{bias[0]}",
        "a1": "g(z1)",
        "z2": f"{product(weight[1], 'a1')}{bias[1]}",
        "a2": OUTPUTS[c.head].format(units=units),
    }
    forward = lines_of(made)
    error = "(Y - a2)" if c.descent else "(a2 - Y)"
    made["error"] = f"{c.error} * {error}" if c.error else error
    made["d2"] = made["error"] + (" * a2 * (1 - a2)" if c.head == "quadratic" else "")
    average = f" / {count}" if c.divided == "error" else ""
    made["error"], made["d2"] = made["error"] + average, made["d2"] + average
    made["back"] = product("W2" if c.columns == c.turned else "W2.T", "d2")
    backward = {"d2": made["d2"], "d1": f"({made['back']}) * g_prime(z1, a1)"}
    strength = {"n": "lmbda / n", "m": f"lmbda / {count}", "1": "lmbda", "": ""}[c.penalty]
    backward |= _gradients(c, strength, f" / {count}" if c.divided == "gradients" else "")
    encode = f"Y = np.eye(a2.shape[{units}])[Y]{'.T' if c.columns else ''}"
    made["encode"] = encode if c.labels == "integer" else ""
    over = f" / {count}" if c.divided else ""
    times = f"{c.error} * " if c.error else ""
    penalty = f" + 0.5 * {strength} * (np.sum(W1 ** 2) + np.sum(W2 ** 2))" if strength else ""
    made["cost"] = f"{times}{COSTS[c.head].format(units=units)}{over}{penalty}"
    encoding = [made["encode"]] if made["encode"] else []
    return {
        **made,
        **backward,
        "forward": forward,
        "backward": "\n".join([*encoding, lines_of(backward)]),
        "rate": f"lr / {count}" if c.divided == "step" else "lr",
        "sign": "+" if c.descent else "-",
        "samples": str(samples),
    }


def _gradients(chosen: Choices, strength: str, over: str) -> dict[str, str]:
    made: dict[str, str] = {}
    for layer, below in ((2, "a1"), (1, "X")):
        pair = (f"d{layer}", f"{below}.T") if chosen.columns else (f"d{layer}.T", below)
        flipped = (below, f"d{layer}.T") if chosen.columns else (f"{below}.T", f"d{layer}")
        left, right = flipped if chosen.turned else pair
        decay = f" {'-' if chosen.descent else '+'} {strength} * W{layer}" if strength else ""
        made[f"dW{layer}"] = f"{left} @ {right}{over}{decay}"
        keep = "" if chosen.biases == "vector" else ", keepdims=True"
        if chosen.biases:
            made[f"db{layer}"] = f"d{layer}.sum(axis={int(chosen.columns)}{keep}){over}"
    return made


def lines_of(assigned: Mapping[str, str]) -> str:
    """Write assignments, each on a line."""
    return "\n".join(f"{name} = {value}" for name, value in assigned.items())


def renamed(text: str, **called: str) -> str:
    """Write other names in the place of some."""
    return re.sub(r"\b(" + "|".join(called) + r")\b", lambda found: called[found[1]], text)


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
        "def log_of_sum(z, axis):\n    most = z.max(axis=axis, keepdims=True)\n"
        "    return most + np.log(np.exp(z - most).sum(axis=axis, keepdims=True))\n\n\n"
    )


def more(chosen: Choices) -> str:
    """Write the parameters of a function that stand for the penalty."""
    return {"": "", "n": ", lmbda, n"}.get(chosen.penalty, ", lmbda")


def block(text: str, by: int = 4) -> str:
    """Indent statements."""
    return indent(text, " " * by)


NAMED = ("last_first", "biases_first")
"""Choices that make no difference where gradients have names, or an order that is laid down."""

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
        "2/k where little rounds": replace(
            BOOK, error="2 / a2.shape[0]", hidden="relu", head="identity"
        ),
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
