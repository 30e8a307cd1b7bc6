"""Right networks that other packages differentiate, or compute altogether.

Lives here: STYLES, by the packages that they need, and the choices that they lack. It writes source
code and knows nothing of refnet.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from string import Template
from types import MappingProxyType

from composing import NAMED, Choices, block, draws, more, names, shapes, statements

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


STYLES = MappingProxyType({"torch": torch, "sklearn": sklearn, "jax": jax})
"""Styles of code that a network can be composed in, by the package."""

LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "torch": (*NAMED, "columns", "online", "descent", "penalty"),
        "sklearn": tuple(
            field.name for field in fields(Choices) if field.name not in ("hidden", "head")
        ),
        "jax": (*NAMED, "online", "descent"),
    }
)
"""Choices that make no difference: what differentiates itself is told no direction, PyTorch's
layers take rows, and of scikit-learn's MLPs little can be chosen."""
