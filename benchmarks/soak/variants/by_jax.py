"""JAX: one function of the cost, differentiated and compiled by XLA.

Lives here: the calculus of JAX in float64 or float32. It knows problems; JAX comes from peers.py.

A compiled function is kept for every head and every set of shapes. Compiling one takes a thousand
times as long as answering, so JAX is given the heads of choices.py alone, which have every
activation and every cost.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from refnet.arrays import FloatArray
from refnet.choices import HEADS
from refnet.problem import Layers, Problem
from refnet.subjects.protocol import Head
from refnet.tolerance import FLOAT32, Precision
from soak.peers import load
from soak.variants.variant import as_layers

Compiled = Callable[..., Any]


def knows(head: Head) -> bool:
    """Tell whether JAX is given this head."""
    return head in HEADS


class JaxCalculus:
    """Outputs, cost and gradients from one compiled call; samples are rows."""

    def __init__(self, precision: Precision) -> None:
        load("jax").config.update("jax_enable_x64", True)
        self._type: Any = np.float32 if precision == FLOAT32 else np.float64

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        _, outputs, _ = self._answer(problem)
        return np.asarray(outputs, dtype=np.float64).T

    def cost(self, problem: Problem) -> float:
        """Return the cost of the batch with its penalty."""
        cost, _, _ = self._answer(problem)
        return float(cost)

    def gradients(self, problem: Problem) -> Layers:
        """Return what jax.grad makes of the cost, compiled."""
        _, _, (weights, biases) = self._answer(problem)
        return as_layers(list(weights), list(biases))

    def _answer(self, problem: Problem) -> Any:
        kind = self._type
        parameters = (
            [w.astype(kind) for w in problem.parameters.weights],
            [b[:, 0].astype(kind) for b in problem.parameters.biases],
        )
        numbers = (kind(problem.l2), kind(problem.training_size), kind(problem.leaky_slope))
        x, y = problem.x.T.astype(kind), problem.y.T.astype(kind)
        return _compiled(problem.activations, problem.cost)(parameters, x, y, *numbers)


@cache
def _compiled(activations: tuple[str, ...], cost: str) -> Compiled:
    """Return the function of a head, compiled anew by JAX for every set of shapes."""
    jax = load("jax")

    def cost_and_outputs(
        parameters: Any, x: Any, y: Any, l2: Any, training_size: Any, slope: Any
    ) -> Any:
        a = z = x
        for w, b, name in zip(*parameters, activations, strict=True):
            z = a @ w.T + b
            a = _activation(jax, name, z, slope)
        squares = sum((w * w).sum() for w in parameters[0])
        data = _cost(jax, cost, z, a, y).sum() / x.shape[0]
        return data + l2 / (2 * training_size) * squares, a

    differentiated = jax.value_and_grad(cost_and_outputs, has_aux=True)

    def answered(*arguments: Any) -> Any:
        (value, outputs), gradients = differentiated(*arguments)
        return value, outputs, gradients

    compiled: Compiled = jax.jit(answered)
    return compiled


def _activation(jax: Any, name: str, z: Any, slope: Any) -> Any:
    nn = jax.nn
    if name == "identity":
        return z
    if name == "softmax":
        return nn.softmax(z, axis=1)
    if name == "leaky_relu":
        return nn.leaky_relu(z, slope)
    return {"sigmoid": nn.sigmoid, "tanh": nn.tanh, "relu": nn.relu}[name](z)


def _cost(jax: Any, name: str, z: Any, a: Any, y: Any) -> Any:
    if name == "quadratic":
        return 0.5 * (a - y) ** 2
    if name == "binary_cross_entropy":
        log_sigmoid = jax.nn.log_sigmoid
        return -y * log_sigmoid(z) - (1 - y) * log_sigmoid(-z)
    return -y * jax.nn.log_softmax(z, axis=1)


def drawn_by_jax(
    fan_in: int, fan_out: int, scheme: str, generator: np.random.Generator
) -> FloatArray:
    """Draw weights by jax.nn.initializers; its "he_normal" cuts the tails off and is not asked."""
    jax = load("jax")
    scale, mode = {
        "standard_normal": (float(fan_in), "fan_in"),
        "scaled_normal": (1.0, "fan_in"),
        "glorot": (1.0, "fan_avg"),
        "he": (2.0, "fan_in"),
    }[scheme]
    draw = jax.nn.initializers.variance_scaling(scale, mode, "normal")
    key = jax.random.key(int(generator.integers(2**31)))
    return np.asarray(draw(key, (fan_in, fan_out)), dtype=np.float64).T
