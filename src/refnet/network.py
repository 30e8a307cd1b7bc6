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

import numpy as np

from refnet.activations import Activation, activation_by_name
from refnet.arrays import Matrix, column, finite_matrix, matrix
from refnet.costs import Cost, cost_by_name
from refnet.errors import ArgumentError, ShapeError
from refnet.initializers import initializer_by_name
from refnet.parameters import Parameters
from refnet.regularization import l2_gradient, l2_penalty


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
        if len(self.activations) != len(self.parameters.weights):
            raise ArgumentError(
                f"activations: got {len(self.activations)}; expected "
                f"{len(self.parameters.weights)}, one for every layer after the input"
            )
        for activation in self.activations[:-1]:
            if activation.elementwise_derivative is None:
                raise ArgumentError(
                    f"activations: got {activation.name} in a hidden layer; expected it in the "
                    "output layer alone; its Jacobian is not diagonal"
                )
        self.cost.refuse_unless_partner(self.activations[-1])
        if not (np.isfinite(self.l2) and self.l2 >= 0 and self.training_size >= 1):
            raise ArgumentError(
                f"l2, training_size: got {self.l2}, {self.training_size}; expected a finite "
                "lambda of at least 0 and at least one training sample"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, the input included."""
        return self.parameters.sizes

    def feedforward(self, x: Matrix) -> ForwardPass:
        """Send a batch through the network, keeping z and a of every layer.

        x has shape (inputs, samples). Raises ShapeError and ArgumentError for an unusable x.
        """
        self._check(x, self.sizes[0], "x")
        zs: list[Matrix] = []
        activations = [x]
        for w, b, sigma in zip(
            self.parameters.weights, self.parameters.biases, self.activations, strict=True
        ):
            zs.append(matrix(w @ activations[-1] + b))
            activations.append(sigma.value(zs[-1]))
        return ForwardPass(tuple(zs), tuple(activations))

    def cost_of(self, x: Matrix, y: Matrix) -> float:
        """Return the cost of a batch: mean over the samples plus lambda / (2 n) sum W^2.

        x has shape (inputs, samples), y (outputs, samples). Raises ShapeError, ArgumentError.
        """
        forward = self.feedforward(x)
        self._check_targets(x, y)
        penalty = l2_penalty(self.parameters.weights, self.l2, self.training_size)
        return self.cost.value(self.activations[-1], forward.zs[-1], y) + penalty

    def backprop(self, x: Matrix, y: Matrix) -> Parameters:
        """Return the gradient of `cost_of` by every weight and bias, shaped as they are.

        x has shape (inputs, samples), y (outputs, samples). Raises ShapeError, ArgumentError.
        """
        forward = self.feedforward(x)
        self._check_targets(x, y)
        delta = self.cost.output_error(self.activations[-1], forward.zs[-1], y)  # BP1
        deltas = [delta]
        for layer in range(len(self.activations) - 2, -1, -1):
            w_next = self.parameters.weights[layer + 1]
            sigma_prime = self.activations[layer].derivative(forward.zs[layer])
            delta = matrix((w_next.T @ delta) * sigma_prime)  # BP2
            deltas.insert(0, delta)
        m = x.shape[1]
        return Parameters(
            biases=tuple(column(delta.mean(axis=1, keepdims=True)) for delta in deltas),  # BP3
            weights=tuple(
                matrix(delta @ a.T / m + l2_gradient(w, self.l2, self.training_size))  # BP4
                for delta, a, w in zip(
                    deltas, forward.activations[:-1], self.parameters.weights, strict=True
                )
            ),
        )

    def _check_targets(self, x: Matrix, y: Matrix) -> None:
        self._check(y, self.sizes[-1], "y")
        if x.shape[1] != y.shape[1]:
            raise ShapeError(
                f"x and y: got {x.shape[1]} and {y.shape[1]} samples; expected as many targets "
                "as inputs; one column is one sample"
            )

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
    l2: float = 0.0,
    training_size: int = 1,
) -> Network:
    """Make a network with fresh random weights and zero or random biases, as the scheme has it.

    `sizes` are the units per layer, the input included. Raises ArgumentError for a name that is
    unknown, sizes that are not positive, or a cost that does not belong with the output.
    """
    scheme = initializer_by_name(initializer)
    hidden_activation = activation_by_name(hidden)
    return Network(
        scheme.parameters(sizes, generator),
        (*(hidden_activation for _ in range(len(sizes) - 2)), activation_by_name(output)),
        cost_by_name(cost),
        l2,
        training_size,
    )
