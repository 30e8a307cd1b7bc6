"""How a network does on a set of samples: its cost, its accuracy, and the state of its units.

Lives here: `appraise`, which looks at a few samples at a time. It knows networks, samples,
evaluation and health, nothing of training.
"""

from dataclasses import dataclass

from refnet.arrays import labels, matrix
from refnet.costs import finite_cost
from refnet.datasets.samples import Samples
from refnet.evaluation import count_correct
from refnet.health import UnitCounts, count_units
from refnet.network import Network
from refnet.regularization import l2_penalty

SAMPLES_AT_ONCE = 1000
"""Samples evaluated at a time: 1,000 images of 784 pixels are 6 MB, which a cache holds."""


@dataclass(frozen=True)
class Appraisal:
    """What a network is worth on samples: the cost with the L2 penalty in it, the share of the
    samples that it gets right, and for each layer how its units fare.
    """

    cost: float
    accuracy: float
    units: tuple[UnitCounts, ...]


def appraise(network: Network, samples: Samples) -> Appraisal:
    """Return cost, accuracy and units of a network on samples that fit it.

    Raises ArgumentError for a weighted input or a cost that is too large for a float.
    """
    cost, correct = 0.0, 0
    counts: list[UnitCounts] = []
    for start in range(0, len(samples), SAMPLES_AT_ONCE):
        part = slice(start, start + SAMPLES_AT_ONCE)
        x, y = matrix(samples.x[:, part]), matrix(samples.targets[:, part])
        forward = network.feedforward(x)
        value = network.cost.formula(network.activations[-1], forward.zs[-1], y)
        cost += value * (x.shape[1] / len(samples))
        correct += count_correct(forward.outputs, labels(samples.labels[part], samples.classes))
        counted = [
            count_units(sigma.name, a)
            for sigma, a in zip(network.activations, forward.activations[1:], strict=True)
        ]
        counts = [a + b for a, b in zip(counts, counted, strict=True)] if counts else counted
    penalty = l2_penalty(network.parameters.weights, network.l2, network.training_size)
    return Appraisal(finite_cost(cost + penalty), correct / len(samples), tuple(counts))
