"""The network: feedforward and backpropagation, written as the book writes them. Read this first.

Lives here: one layered network, its activations, its cost, and the gradient of the cost by BP1 to
BP4 (Nielsen, "Neural Networks and Deep Learning", chapter 2). It knows arrays, activations, costs
and the L2 penalty; nothing of training, data or judging.

    z = W a + b           weighted input of a layer
    a = sigma(z)          activation of a layer
    delta = dC/dz         error of a layer, of every sample on its own

One column is one sample: a is (units, samples), W (fan-out, fan-in), b (units, 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from refnet.activations import LEAKY_SLOPE, Activation, activation_by_name
from refnet.arrays import Column, Matrix, column, finite_matrix, matrix
from refnet.checks import check_kind, found_by_looking
from refnet.costs import Cost, cost_by_name, finite_cost
from refnet.errors import ArgumentError, ShapeError
from refnet.initializers import initializer_by_name
from refnet.parameters import Parameters
from refnet.regularization import check_l2, l2_penalty, unchecked_l2_gradient


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """What a batch leaves in every layer: z of layer l at `zs[l - 1]`, a at `activations[l]`.

    `activations[0]` is the input itself.
    """

    zs: tuple[Matrix, ...]
    activations: tuple[Matrix, ...]

    @property
    def outputs(self) -> Matrix:
        """Activations of the last layer, shape (outputs, samples)."""
        return self.activations[-1]


class Gradients(NamedTuple):
    """dC/dW and dC/db of every layer, shaped as the parameters, not looked at any further."""

    weights: tuple[Matrix, ...]
    biases: tuple[Column, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """A feed-forward network: parameters, an activation for every layer, a cost, an L2 penalty.

    `l2` is lambda and `training_size` n of lambda / (2 n) sum W^2. A network never changes: a
    step of gradient descent makes a new one. Raises ArgumentError for activations and a cost
    that do not belong together.
    """

    parameters: Parameters
    activations: tuple[Activation, ...]
    cost: Cost
    l2: float = 0.0
    training_size: int = 1

    def __post_init__(self) -> None:
        check_kind(self.parameters, Parameters, "parameters", "give Parameters(weights, biases)")
        check_kind(self.activations, tuple, "activations", "give one Activation per layer")
        check_kind(self.cost, Cost, "cost", "look it up by refnet.costs.cost_by_name")
        check_l2(self.l2, self.training_size)
        if len(self.activations) != len(self.parameters.weights):
            raise ArgumentError(
                f"activations: got {len(self.activations)}; expected "
                f"{len(self.parameters.weights)}, one for every layer after the input"
            )
        for activation in self.activations[:-1]:
            check_kind(activation, Activation, "activations", "look each up by activation_by_name")
            if activation.elementwise_derivative is None:
                raise ArgumentError(
                    f"activations: got {activation.name} in a hidden layer; expected it in the "
                    "output layer alone; its Jacobian is not diagonal"
                )
        self.cost.refuse_unless_partner(self.activations[-1])

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, the input included."""
        return self.parameters.sizes

    @found_by_looking
    def feedforward(self, x: Matrix) -> ForwardPass:
        """Send a batch through the network, keeping z and a of every layer.

        x has shape (inputs, samples). Raises ShapeError and ArgumentError for an unusable x, and
        for one at which a weighted input is too large for a float.
        """
        self._check(x, self.sizes[0], "x")
        forward = self.unchecked_feedforward(x)
        for layer, z in enumerate(forward.zs, start=1):
            finite_matrix(z, f"weighted inputs of layer {layer}")
        return forward

    @found_by_looking
    def cost_of(self, x: Matrix, y: Matrix) -> float:
        """Return the cost of a batch: mean over the samples plus lambda / (2 n) sum W^2.

        x has shape (inputs, samples), y (outputs, samples). Raises ShapeError, ArgumentError.
        """
        self._check_batch(x, y)
        z = self.feedforward(x).zs[-1]
        penalty = l2_penalty(self.parameters.weights, self.l2, self.training_size)
        return finite_cost(self.cost.formula(self.activations[-1], z, y) + penalty)

    @found_by_looking
    def backprop(self, x: Matrix, y: Matrix) -> Parameters:
        """Return the gradient of `cost_of` by every weight and bias, shaped as they are.

        x has shape (inputs, samples), y (outputs, samples). Raises ShapeError, ArgumentError,
        also for a gradient too large for a float.
        """
        self._check_batch(x, y)
        return Parameters(*self._gradients(self.feedforward(x), y))

    def unchecked_feedforward(self, x: Matrix) -> ForwardPass:
        """Return what `feedforward` returns, for a batch that has been checked."""
        zs: list[Matrix] = []
        activations = [x]
        for w, b, sigma in zip(
            self.parameters.weights, self.parameters.biases, self.activations, strict=True
        ):
            zs.append(matrix(w @ activations[-1] + b))
            activations.append(sigma.formula(zs[-1]))
        return ForwardPass(tuple(zs), tuple(activations))

    def unchecked_backprop(self, x: Matrix, y: Matrix) -> Gradients:
        """Return what `backprop` returns, for a batch that has been checked."""
        return self._gradients(self.unchecked_feedforward(x), y)

    def _gradients(self, forward: ForwardPass, y: Matrix) -> Gradients:
        delta = self.cost.error_formula(self.activations[-1], forward.zs[-1], y)  # BP1
        deltas = [delta]
        for layer in range(len(self.activations) - 2, -1, -1):
            w_next = self.parameters.weights[layer + 1]
            sigma_prime = self.activations[layer].prime(forward.zs[layer])
            delta = matrix((w_next.T @ delta) * sigma_prime)  # BP2
            deltas.insert(0, delta)
        m = y.shape[1]
        return Gradients(
            biases=tuple(column(delta.mean(axis=1, keepdims=True)) for delta in deltas),  # BP3
            weights=tuple(
                matrix(delta @ a.T / m + self._l2_gradient(w))  # BP4
                for delta, a, w in zip(
                    deltas, forward.activations[:-1], self.parameters.weights, strict=True
                )
            ),
        )

    def _l2_gradient(self, w: Matrix) -> Matrix:
        return unchecked_l2_gradient(w, self.l2, self.training_size)

    def _check_batch(self, x: Matrix, y: Matrix) -> None:
        self._check(x, self.sizes[0], "x")
        self._check(y, self.sizes[-1], "y")
        if x.shape[1] != y.shape[1]:
            raise ShapeError(
                f"x and y: got {x.shape[1]} and {y.shape[1]} samples; expected as many targets "
                "as inputs; one column is one sample"
            )
        self.cost.refuse_unless_targets(y)

    @staticmethod
    def _check(value: Matrix, units: int, name: str) -> None:
        if finite_matrix(value, name).shape[0] != units:
            raise ShapeError(
                f"{name}: got shape {value.shape}; expected {units} rows, one per unit; one "
                "column is one sample"
            )


def new_network(
    sizes: Sequence[int],
    generator: np.random.Generator,
    *,
    hidden: str = "relu",
    output: str = "softmax",
    cost: str = "categorical_cross_entropy",
    initializer: str = "he",
    leaky_slope: float = LEAKY_SLOPE,
    l2: float = 0.0,
    training_size: int = 1,
) -> Network:
    """Make a network with fresh random weights and zero or random biases, as the scheme has it.

    `sizes` are the units per layer, the input included. Raises ArgumentError for a name that is
    unknown, sizes that are not positive, or a cost that does not belong with the output.
    """
    scheme = initializer_by_name(initializer)
    parameters = scheme.parameters(sizes, generator)
    hidden_activation = activation_by_name(hidden, leaky_slope)
    return Network(
        parameters,
        (
            *(hidden_activation for _ in range(len(sizes) - 2)),
            activation_by_name(output, leaky_slope),
        ),
        cost_by_name(cost),
        l2,
        training_size,
    )
