"""How well networks learn MNIST that are wrong: what the README says accuracy does not prove.

    python benchmarks/accuracy_of_bugs.py [EPOCHS]

Trains 784-30-10 sigmoid networks with the quadratic cost (standard normal weights, batches of 10,
eta 3.0), each with one mistake of the catalogue, on the same seeds, and prints the accuracy on the
10,000 test images. The training loop is written out here: the reference has no way to be wrong.
"""

import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from refnet.activations import ACTIVATIONS
from refnet.arrays import matrix, one_hot
from refnet.datasets.mnist import load_mnist
from refnet.datasets.samples import Samples
from refnet.evaluation import accuracy

BUGS = (
    "none",
    "output-sigma-prime-missing",
    "raw-error-propagated",
    "hidden-sigma-prime-missing",
    "bias-frozen",
    "layer-skipped",
)
SEEDS = range(3)
HIDDEN, BATCH, ETA = 30, 10, 3.0
SIGMOID = ACTIVATIONS["sigmoid"]

Arrays = list[NDArray[np.float64]]


def main() -> None:
    """Print one line per mistake: the mean over the seeds, the lowest and the highest."""
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    data = load_mnist(print)
    for bug in BUGS:
        reached = [100.0 * trained(bug, seed, epochs, data.training, data.test) for seed in SEEDS]
        print(f"{bug:28} {np.mean(reached):.2f} %  ({min(reached):.2f} to {max(reached):.2f})")


def trained(bug: str, seed: int, epochs: int, training: Samples, test: Samples) -> float:
    """Train a network that makes one mistake, and return its accuracy on the test images."""
    generator = np.random.default_rng(seed)
    sizes = (training.x.shape[0], HIDDEN, training.classes)
    weights = [generator.standard_normal((k, j)) for j, k in pairwise(sizes)]
    biases = [generator.standard_normal((k, 1)) for k in sizes[1:]]
    y = one_hot(training.labels, training.classes)
    for batch in batches(len(training), epochs, generator):
        descend(bug, weights, biases, training.x[:, batch], y[:, batch])
    hidden = SIGMOID.formula(matrix(weights[0] @ test.x + biases[0]))
    return accuracy(SIGMOID.formula(matrix(weights[1] @ hidden + biases[1])), test.labels)


def batches(
    samples: int, epochs: int, generator: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """Shuffle every epoch, and cut into batches."""
    for _ in range(epochs):
        order = generator.permutation(samples)
        yield from np.split(order, range(BATCH, samples, BATCH))


def descend(
    bug: str, weights: Arrays, biases: Arrays, x: NDArray[np.float64], y: NDArray[np.float64]
) -> None:
    """Take one step, with one mistake in it."""
    z1 = matrix(weights[0] @ x + biases[0])
    a1 = SIGMOID.formula(z1)
    z2 = matrix(weights[1] @ a1 + biases[1])
    error = SIGMOID.formula(z2) - y
    delta2 = error if bug == "output-sigma-prime-missing" else error * SIGMOID.prime(z2)
    back = weights[1].T @ (error if bug == "raw-error-propagated" else delta2)
    delta1 = back if bug == "hidden-sigma-prime-missing" else back * SIGMOID.prime(z1)
    rate = ETA / x.shape[1]
    for layer, delta, a in ((0, delta1, x), (1, delta2, a1)):
        if bug == "layer-skipped" and layer == 0:
            continue
        weights[layer] -= rate * (delta @ a.T)
        if bug != "bias-frozen":
            biases[layer] -= rate * delta.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    main()
