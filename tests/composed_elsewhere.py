"""Right networks that other packages compute, that an adapter shows, or that are programs.

Lives here: STYLES, and the choices that they lack. It writes source code and knows nothing of
refnet. A style that needs a package begins with its name; one that is a program ends in "program".
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from string import Template
from types import MappingProxyType

from composing import (
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

NO_BIASES = "[np.zeros((len(w), 1)) for w in ({}1, {}2)]"
"""Where the judge gives biases and wants their gradients, and a network has none."""

ADAPTER = Template("""class Adapter:
    depth = 2
$flags
    def __init__(self, sizes):
        n_x, n_h, n_y = sizes
$drawn

    def set_parameters(self, weights, biases):
        self.W1, self.W2 = weights
        self.b1, self.b2 = biases

    def get_parameters(self):
        return [self.W1, self.W2], $biases

    def forward(self, x):
$unpack
$forward
        return a2

    def cost(self, x, y$more):
$unpack
$forward
$encode
        return $cost

    def gradients(self, x, y$more):
$unpack
$forward
$backward
        return [dW1, dW2], $slopes

    def step(self, x, y, learning_rate$more):
$step
""")


def adapter(chosen: Choices) -> str:
    """An adapter, in the layout of the book, with all that one may have."""
    chosen = replace(chosen, columns=True, turned=False, biases=chosen.biases and "column")
    s = statements(chosen)
    flags = ['    labels = "integers"\n'] if chosen.labels == "integer" else []
    flags += [] if chosen.biases else ["    biases = False\n"]
    got = "[dW1, dW2], [db1, db2]" if chosen.biases else "[dW1, dW2], _"
    step = f"{got} = self.gradients(X, Y{more(chosen)})\n" + steps(
        chosen, "self.{0} = self.{0} SIGN RATE * d{0}"
    )
    if chosen.online:
        each = step.replace("X, Y", one_of("X", "Y", chosen))
        step = f"for i in range(X.shape[1]):\n{block(each)}"
    mine = {"X": "x", "Y": "y", "lr": "learning_rate"}
    texts = {name: block(renamed(s[name], **mine), 8) for name in ("forward", "backward", "encode")}
    return preamble(chosen) + ADAPTER.substitute(
        texts,
        flags="".join(flags),
        drawn=draws(chosen, "        self.{} = {}"),
        unpack=f"        {names(chosen)} = {names(chosen, 'self.{}')}",
        biases="[self.b1, self.b2]" if chosen.biases else NO_BIASES.format("self.W", "self.W"),
        slopes="[db1, db2]" if chosen.biases else NO_BIASES.format("dW", "dW"),
        more=more(chosen),
        cost=renamed(s["cost"], **mine),
        step=block(renamed(step, **mine), 8),
    )


PROGRAM = Template("""import json
import sys


def answer(problem):
    X, Y, W1, W2, b1, b2 = (
        np.array(values, dtype=float)
        for values in (problem["x"], problem["y"], *problem["weights"], *problem["biases"])
    )
    lmbda, n, lr = problem["l2"], problem["training_size"], problem["learning_rate"]
$forward
    parts = {"outputs": a2.tolist(), "cost": float($cost)}
$backward
    parts["gradients"] = {
        "weights": [dW1.tolist(), dW2.tolist()],
        "biases": [db.tolist() for db in $slopes],
    }
    for _ in range(problem["steps"]):
$forward_again
$backward_again
$moved
    parts["step"] = {
        "weights": [W1.tolist(), W2.tolist()],
        "biases": [b1.tolist(), b2.tolist()],
    }
    return {part: parts[part] for part in problem["asks"]}


def finite(value):
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, float) and not np.isfinite(value):
        return {np.inf: "Infinity", -np.inf: "-Infinity"}.get(value, "NaN")
    return value


np.seterr(all="ignore")
capabilities = {
    "parts": ["outputs", "cost", "gradients", "step"],
    "depth": 2,
    "one_sample": $one_sample,
    "without_l2": $without_l2,
    "without_biases": $without_biases,
}
for line in sys.stdin:
    said = json.loads(line)
    if "hello" in said:
        said = {"refnet": 1, "capabilities": capabilities}
    else:
        said = {"id": said["id"], "answer": finite(answer(said["problem"]))}
    print(json.dumps(said), flush=True)
""")


def program(chosen: Choices) -> str:
    """A program that answers line by line, in the layout of the protocol, whatever its language."""
    chosen = replace(
        chosen, columns=True, turned=False, labels="one-hot", biases=chosen.biases and "column"
    )
    s, biased = statements(chosen), bool(chosen.biases)
    parts = '["outputs", "cost", "gradients", "step"]'
    return preamble(chosen) + PROGRAM.substitute(
        forward=block(s["forward"]),
        backward=block(s["backward"]),
        forward_again=block(s["forward"], 8),
        backward_again=block(s["backward"], 8),
        moved=steps(chosen, "        {0} = {0} SIGN RATE * d{0}"),
        cost=s["cost"],
        slopes="(db1, db2)" if biased else NO_BIASES.format("W", "W"),
        one_sample='["step"]' if chosen.online else "[]",
        without_l2="[]" if chosen.penalty else parts,
        without_biases=not biased,
    )


TORCH_HIDDEN = {
    "sigmoid": "torch.sigmoid(z)",
    "tanh": "torch.tanh(z)",
    "relu": "torch.relu(z)",
    "leaky": "nn.functional.leaky_relu(z, 0.01)",
}
JAX_HIDDEN = {
    "sigmoid": "jax.nn.sigmoid(z)",
    "tanh": "jnp.tanh(z)",
    "relu": "jnp.maximum(0, z)",
    "leaky": "jnp.where(z > 0, z, 0.01 * z)",
}
SKLEARN_HIDDEN = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu", "leaky": "relu"}
"""Hidden activations; their derivatives are the package's own."""


def _hidden(chosen: Choices, known: Mapping[str, str]) -> str:
    return known[chosen.hidden.removesuffix(" by z").partition(",")[0]]


TORCH = Template("""import torch
from torch import nn


def g(z):
    return $hidden


class Network(nn.Module):
    def __init__(self, n_x, n_h, n_y):
        super().__init__()
$drawn

    def forward(self, X):
$unpack
        z1 = $z1
        a1 = g(z1)
        z2 = $z2
        return $outputs
$criterion""")


def torch(chosen: Choices) -> str:
    """A module of PyTorch that takes rows, and the cost beside it if one of PyTorch's is meant."""
    rows = replace(chosen, columns=False, biases=chosen.biases.replace("column", "row"))
    s, reduction = statements(rows), "" if chosen.divided else 'reduction="sum"'
    squares = {("2 / a2.shape[0]", True): "MSELoss()", ("2", False): f"MSELoss({reduction})"}
    kind = {
        "binary": f"BCEWithLogitsLoss({reduction})",
        "softmax": f"{'NLL' if chosen.labels == 'integer' else 'CrossEntropy'}Loss({reduction})",
    }.get(chosen.head, squares.get((chosen.error, bool(chosen.divided))))
    drawn = draws(rows, "        self.{} = nn.Parameter({})").replace(
        "np.random.randn", "torch.randn"
    )
    outputs = {"quadratic": "torch.sigmoid(z2)"}.get(chosen.head, "z2")
    return TORCH.substitute(
        hidden=_hidden(chosen, TORCH_HIDDEN),
        drawn=drawn.replace("np.zeros", "torch.zeros"),
        unpack=f"        {names(rows)} = {names(rows, 'self.{}')}",
        z1=s["z1"],
        z2=s["z2"],
        outputs="z2.log_softmax(1)" if chosen.labels == "integer" else outputs,
        criterion=f"\n\ncriterion = nn.{kind}\n" if kind else "",
    )


def sklearn(chosen: Choices) -> str:
    """An estimator of scikit-learn."""
    kind = "Classifier" if chosen.head == "softmax" else "Regressor"
    return (
        f"from sklearn.neural_network import MLP{kind}\n\n"
        f'network = MLP{kind}(hidden_layer_sizes=(5,), activation="'
        f'{_hidden(chosen, SKLEARN_HIDDEN)}", max_iter=1)\n'
    )


JAX = Template("""import jax
import jax.numpy as jnp
import numpy as np


def g(z):
    return $hidden


def softmax(z, axis):
    return jax.nn.softmax(z, axis=axis)


def log_of_sum(z, axis):
    return jax.nn.logsumexp(z, axis=axis, keepdims=True)


def init_params():
    n_x, n_h, n_y = 4, 5, 3
    return {$drawn}


def predict(params, X):
    $held = $unpack
$forward
    return a2


def loss(params, X, Y$more):
    $held = $unpack
$forward
$encode
    return $cost


@jax.jit
def update(params, X, Y, lr$more):
    grads = jax.grad(loss)(params, X, Y$more)
    return {name: params[name] - $rate * grads[name] for name in params}
""")


def jax(chosen: Choices) -> str:
    """Functions of a dictionary of parameters in JAX, and a cost that it differentiates."""
    s = statements(chosen)
    # What the step divides must not be divided by the cost.
    cost = statements(replace(chosen, divided=chosen.divided.replace("step", "")))["cost"]

    def by_jax(text: str) -> str:
        return text.replace("1 / (1 + np.exp(-z2))", "jax.nn.sigmoid(z2)").replace("np.", "jnp.")

    return JAX.substitute(
        hidden=_hidden(chosen, JAX_HIDDEN),
        drawn=", ".join(f'"{name}": jnp.array({drawn})' for name, drawn in shapes(chosen).items()),
        held=names(chosen),
        unpack=names(chosen, 'params["{}"]'),
        forward=block(by_jax(s["forward"])),
        encode=block(by_jax(s["encode"])),
        more=more(chosen),
        cost=by_jax(cost),
        rate=s["rate"],
    )


STYLES = MappingProxyType(
    {
        "adapter": adapter,
        "program": program,
        "torch": torch,
        "sklearn": sklearn,
        "jax": jax,
    }
)
"""Styles of code that a network can be composed in."""

NAMED = ("last_first", "biases_first")

LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "adapter": (*NAMED, "columns", "turned"),
        "program": (*NAMED, "columns", "turned", "labels"),
        "torch": (*NAMED, "columns", "online", "descent", "penalty"),
        "sklearn": tuple(
            field.name for field in fields(Choices) if field.name not in ("hidden", "head")
        ),
        "jax": (*NAMED, "online", "descent"),
    }
)
"""Choices that make no difference: where gradients have names, or an order that is laid down, there
is no other; layouts are those of the judge, or PyTorch's rows; and what differentiates itself is
told no direction."""
