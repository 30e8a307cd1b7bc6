"""scikit-learn: the backpropagation inside its multi-layer perceptrons.

Lives here: the calculus of scikit-learn, in float64 or float32, for the heads it has. It knows
problems; scikit-learn comes from peers.py.

Its costs are not asked for: it clips the outputs before the logarithm, and averages the quadratic
cost over the outputs though not its gradient. Its alpha stands for lambda m / n, because it
divides the penalty by the size of the batch.
"""

from typing import Any

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import ArgumentError
from refnet.problem import Layers, Part, Problem
from refnet.subjects.protocol import Head
from refnet.tolerance import Precision
from soak.peers import load
from soak.variants.variant import Array, as_layers, element_type

HIDDEN = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}

OUTPUT = {
    ("identity", "quadratic"): ("MLPRegressor", "squared_error", "identity"),
    ("sigmoid", "binary_cross_entropy"): ("MLPClassifier", "log_loss", "logistic"),
    ("softmax", "categorical_cross_entropy"): ("MLPClassifier", "log_loss", "softmax"),
}
"""For an output activation and a cost: the class, its loss, and its output activation."""

PARTS: frozenset[Part] = frozenset(("outputs", "gradients", "step", "predictions", "correct"))
"""Everything but costs and initial parameters."""


def knows(head: Head) -> bool:
    """Tell whether scikit-learn has these activations with this cost."""
    return head.hidden in HIDDEN and (head.output, head.cost) in OUTPUT


class SklearnCalculus:
    """What a perceptron of scikit-learn does to one mini-batch while it is fitted."""

    def __init__(self, precision: Precision) -> None:
        self._networks = load("sklearn.neural_network")
        self._type = element_type(precision)

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        network, activations = self._network(problem)
        return np.asarray(network._forward_pass(activations)[-1].T, dtype=np.float64)

    def cost(self, problem: Problem) -> float:
        """Refuse, see above. Raises ArgumentError."""
        raise ArgumentError(
            "asks: got cost, which scikit-learn has another of; expected one of "
            f"{', '.join(sorted(PARTS))}; ask another variant"
        )

    def gradients(self, problem: Problem) -> Layers:
        """Return the gradients that its optimisers are handed."""
        network, activations = self._network(problem)
        depth = len(problem.activations)
        places: list[list[Any]] = [[None] * depth for _ in range(3)]
        y = self._rows(problem.y)
        # What its own `fit` calls for every mini-batch; there is no public way to the gradients.
        _, weights, biases = network._backprop(activations[0], y, None, activations, *places)
        return as_layers([w.T for w in weights], biases)

    def _network(self, problem: Problem) -> tuple[Any, list[Any]]:
        """Return a perceptron with these parameters, and the places of its activations."""
        kind, loss, output = OUTPUT[problem.activations[-1], problem.cost]
        hidden = problem.activations[0] if len(problem.activations) > 1 else "identity"
        alpha = problem.l2 * problem.samples / problem.training_size
        network = getattr(self._networks, kind)(activation=HIDDEN[hidden], alpha=alpha)
        network.loss = loss
        network.out_activation_ = output
        network.n_layers_ = len(problem.sizes)
        network.coefs_ = [self._rows(w) for w in problem.parameters.weights]
        network.intercepts_ = [self._rows(b)[0] for b in problem.parameters.biases]
        return network, [self._rows(problem.x), *([None] * len(problem.activations))]

    def _rows(self, array: Array) -> Array:
        return np.ascontiguousarray(array.T, dtype=self._type)
