"""PyTorch, eager: its layers' functions forward, its automatic differentiation back.

Lives here: the calculus of PyTorch in float64 or float32, on one thread. It knows problems;
PyTorch comes from peers.py.
"""

from typing import Any

import numpy as np

from refnet.arrays import FloatArray
from refnet.problem import Layers, Problem
from refnet.tolerance import FLOAT32, Precision
from soak.peers import load
from soak.variants.variant import Array, as_layers


class TorchCalculus:
    """Samples are rows, as PyTorch has them; costs are those of torch.nn.functional."""

    def __init__(self, precision: Precision) -> None:
        self._torch = load("torch")
        self._functional = load("torch.nn.functional")
        self._torch.set_num_threads(1)
        self._type = self._torch.float32 if precision == FLOAT32 else self._torch.float64

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        z = self._forward(problem, *self._parameters(problem))
        a = self._activation(problem, len(problem.activations) - 1, z)
        return np.asarray(a.detach().numpy().T, dtype=np.float64)

    def cost(self, problem: Problem) -> float:
        """Return the cost of the batch with its penalty."""
        return float(self._cost(problem, *self._parameters(problem)))

    def gradients(self, problem: Problem) -> Layers:
        """Return what automatic differentiation makes of the cost."""
        weights, biases = self._parameters(problem)
        everything = [*weights, *biases]
        for parameter in everything:
            parameter.requires_grad_(True)
        found = self._torch.autograd.grad(self._cost(problem, weights, biases), everything)
        arrays = [gradient.numpy() for gradient in found]
        return as_layers(arrays[: len(weights)], arrays[len(weights) :])

    def _cost(self, problem: Problem, weights: list[Any], biases: list[Any]) -> Any:
        z = self._forward(problem, weights, biases)
        y = self._own(problem.y.T)
        functional = self._functional
        if problem.cost == "quadratic":
            a = self._activation(problem, len(weights) - 1, z)
            total = 0.5 * functional.mse_loss(a, y, reduction="sum")
        elif problem.cost == "binary_cross_entropy":
            total = functional.binary_cross_entropy_with_logits(z, y, reduction="sum")
        else:
            total = functional.cross_entropy(z, y, reduction="sum")
        squares = sum((w * w).sum() for w in weights)
        return total / problem.samples + problem.l2 / (2 * problem.training_size) * squares

    def _forward(self, problem: Problem, weights: list[Any], biases: list[Any]) -> Any:
        """Return z of the last layer; shape (samples, outputs)."""
        a = z = self._own(problem.x.T)
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            if layer > 0:
                a = self._activation(problem, layer - 1, z)
            z = self._functional.linear(a, w, b)
        return z

    def _activation(self, problem: Problem, layer: int, z: Any) -> Any:
        name = problem.activations[layer]
        if name == "identity":
            return z
        if name == "softmax":
            return self._torch.softmax(z, dim=1)
        if name == "leaky_relu":
            return self._functional.leaky_relu(z, problem.leaky_slope)
        return getattr(self._torch, name)(z)

    def _parameters(self, problem: Problem) -> tuple[list[Any], list[Any]]:
        parameters = problem.parameters
        return (
            [self._own(w) for w in parameters.weights],
            [self._own(b[:, 0]) for b in parameters.biases],
        )

    def _own(self, array: Array) -> Any:
        # A copy: PyTorch would otherwise write where the problem lies.
        return self._torch.tensor(array, dtype=self._type)


def drawn_by_torch(
    fan_in: int, fan_out: int, scheme: str, generator: np.random.Generator
) -> FloatArray:
    """Draw weights by torch.nn.init, in float32; the variance that it has no name for by hand."""
    torch = load("torch")
    seeded = torch.Generator().manual_seed(int(generator.integers(2**31)))
    w = torch.empty(fan_out, fan_in)
    if scheme == "he":
        torch.nn.init.kaiming_normal_(w, nonlinearity="relu", generator=seeded)
    elif scheme == "glorot":
        torch.nn.init.xavier_normal_(w, generator=seeded)
    elif scheme == "scaled_normal":
        torch.nn.init.kaiming_normal_(w, nonlinearity="linear", generator=seeded)
    else:
        torch.nn.init.normal_(w, generator=seeded)
    return np.asarray(w.numpy(), dtype=np.float64)
