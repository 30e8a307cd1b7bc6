"""End to end: on the real MNIST a network learns what the book says it learns.

And how little that proves: a network whose gradient is wrong passes the same mark.
"""

import os
from dataclasses import replace

import numpy as np
import pytest

from refnet.arrays import labels, matrix
from refnet.commands.settings import BATCH, ETA, HIDDEN, L2
from refnet.costs import COSTS
from refnet.datasets.drawn import draw_digits
from refnet.datasets.mnist import (
    FILES,
    FOLDER_VARIABLE,
    HOW_TO_GET_IT,
    Mnist,
    cache_folder,
    load_mnist,
)
from refnet.errors import DataError
from refnet.evaluation import accuracy
from refnet.network import Network, new_network
from refnet.sgd import TrainingOptions, TrainingResult, train

pytestmark = pytest.mark.no_cover

REQUIRED = os.environ.get("REFNET_REQUIRE_MNIST") == "1"
MARK = 0.95


@pytest.fixture(scope="module")
def data() -> Mnist:
    """Load MNIST. Without REFNET_REQUIRE_MNIST=1 nothing is downloaded: it is there or we skip."""
    cached = all((cache_folder() / known.name).exists() for known in FILES)
    if not (REQUIRED or cached or os.environ.get(FOLDER_VARIABLE)):
        pytest.skip(f"MNIST is not at hand; to have it, run `refnet train`, or: {HOW_TO_GET_IT}")
    try:
        return load_mnist()
    except DataError as error:
        if REQUIRED:
            pytest.fail(f"REFNET_REQUIRE_MNIST=1, but MNIST cannot be had: {error}")
        pytest.skip(f"MNIST cannot be had: {error}")


def learn(
    network: Network, data: Mnist, options: TrainingOptions, generator: np.random.Generator
) -> tuple[TrainingResult, float]:
    """Train, and return the result and the share of the 10,000 test images that are right."""
    result = train(network, data.training, data.validation, options, generator)
    outputs = result.network.feedforward(data.test.x).outputs
    return result, accuracy(outputs, data.test.labels)


def test_the_data_are_the_ones_the_book_uses(data: Mnist) -> None:
    parts = (data.training, data.validation, data.test)
    assert [part.x.shape for part in parts] == [(784, 50_000), (784, 10_000), (784, 10_000)]
    assert all(part.x.min() == 0.0 and part.x.max() == 1.0 for part in parts)
    # The first digits of each part, as every description of MNIST shows them.
    assert data.training.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # The mean brightness of the training file is 0.1307: a number that others normalise by.
    whole = 5 / 6 * data.training.x.mean() + 1 / 6 * data.validation.x.mean()
    assert whole == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in (1, 2))]
)
def test_the_improved_configuration_is_past_95_percent_after_two_epochs(
    data: Mnist, seed: int
) -> None:
    """Six seeds ended between 96.1 and 96.5 %: a mark of 95 % is no matter of luck."""
    generator = np.random.default_rng(seed)
    network = new_network((784, *HIDDEN, 10), generator, l2=L2, training_size=50_000)
    result, right = learn(network, data, TrainingOptions(2, BATCH, ETA), generator)
    assert right > MARK
    first, second = result.history
    assert second.training_cost < first.training_cost
    assert second.validation_accuracy > MARK
    assert first.illnesses == second.illnesses == (), "a healthy network is not called ill"
    # What refnet draws is handwriting to a network that has never seen it: 79 to 82 %.
    digits = draw_digits(labels(np.arange(1000) % 10, 10), np.random.default_rng(seed))
    assert accuracy(result.network.feedforward(digits.x).outputs, digits.labels) > 0.7


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in (1, 2))]
)
def test_the_first_configuration_of_the_book_learns_as_it_says(data: Mnist, seed: int) -> None:
    """The book's own run has 93.48 % after three epochs (chapter 1); here 92.5 to 93.6 %.

    With seed 3 two digits are never answered: this configuration can lose some, right as it is.
    """
    generator = np.random.default_rng(seed)
    network = new_network(
        (784, 30, 10),
        generator,
        hidden="sigmoid",
        output="sigmoid",
        cost="quadratic",
        initializer="standard_normal",
    )
    result, right = learn(network, data, TrainingOptions(3, 10, 3.0), generator)
    assert right > 0.915
    assert result.history[0].validation_accuracy > 0.88


@pytest.mark.campaign
def test_a_wrong_gradient_passes_the_same_mark(data: Mnist) -> None:
    """Accuracy proves little: sigma' is missing from BP1, and nobody would see it at 96 %."""
    generator = np.random.default_rng(1)
    right_network = new_network(
        (784, 100, 10),
        generator,
        hidden="sigmoid",
        output="sigmoid",
        cost="quadratic",
        initializer="scaled_normal",
    )
    a_minus_y = COSTS["binary_cross_entropy"].error_formula
    network = replace(right_network, cost=replace(right_network.cost, error_formula=a_minus_y))
    x, y = matrix(data.training.x[:, :100]), matrix(data.training.targets[:, :100])
    true, wrong = (net.backprop(x, y).weights[-1] for net in (right_network, network))
    assert np.linalg.norm(wrong - true) > np.linalg.norm(true), "it is off by more than its size"

    _, share = learn(network, data, TrainingOptions(2, 10, 0.5), generator)
    assert share > MARK
