"""Stochastic gradient descent: every sample once an epoch, every step the book's, no surprise."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refnet.activations import activation_by_name
from refnet.arrays import column, labels, matrix
from refnet.costs import cost_by_name
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, RefnetError, ShapeError
from refnet.evaluation import accuracy
from refnet.network import Network, new_network
from refnet.parameters import Parameters
from refnet.sgd import EpochReport, TrainingOptions, appraisal, mini_batches, step, train


def blobs(count: int, seed: int = 0) -> Samples:
    """Three clouds in the plane, easily told apart."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, count)
    centres = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]])
    x = centres[true].T + 0.2 * rng.standard_normal((2, count))
    return Samples(matrix(x), labels(true, 3), 3)


def dyadic(count: int) -> Samples:
    """Small whole numbers: a linear network computes with them exactly, in any order."""
    x = np.arange(2.0 * count).reshape(2, count) % 5 - 2
    return Samples(matrix(x), labels(np.arange(count) % 2, 2), 2)


def linear(l2: float = 0.0, training_size: int = 1) -> Network:
    return Network(
        Parameters((matrix(np.array([[1.0, -0.5], [0.5, 2.0]])),), (column(np.zeros((2, 1))),)),
        (activation_by_name("identity"),),
        cost_by_name("quadratic"),
        l2,
        training_size,
    )


def arrays(network: Network) -> list[Any]:
    return [*network.parameters.weights, *network.parameters.biases]


def same(a: Network, b: Network) -> bool:
    return all(np.array_equal(p, q) for p, q in zip(arrays(a), arrays(b), strict=True))


# Mini-batches


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 5))
@example(10, 3, 0)
@example(10, 5, 0)
def test_every_sample_is_in_exactly_one_mini_batch(count: int, size: int, seed: int) -> None:
    batches = [batch.tolist() for batch in mini_batches(count, size, np.random.default_rng(seed))]
    assert sorted(index for batch in batches for index in batch) == list(range(count))
    assert all(len(batch) == size for batch in batches[:-1])
    assert len(batches[-1]) == (count % size or size)


def test_every_sample_is_in_exactly_one_mini_batch_exhaustively() -> None:
    for count in range(1, 9):
        for size in range(1, 10):
            batches = list(mini_batches(count, size, np.random.default_rng(1)))
            assert sorted(np.concatenate(batches).tolist()) == list(range(count))
            assert len(batches) == -(-count // size)


def test_samples_are_shuffled_anew_by_the_generator_alone() -> None:
    rng = np.random.default_rng(5)
    first, second = (np.concatenate(list(mini_batches(50, 7, rng))).tolist() for _ in range(2))
    again = np.concatenate(list(mini_batches(50, 7, np.random.default_rng(5)))).tolist()
    assert first != list(range(50))
    assert first != second
    assert first == again


@pytest.mark.parametrize(
    ("count", "size", "generator", "message"),
    [
        (0, 1, np.random.default_rng(0), "samples: got 0; expected a whole number"),
        (3, 0, np.random.default_rng(0), "batch_size: got 0; expected a whole number"),
        (3, 1.5, np.random.default_rng(0), r"batch_size: got 1\.5"),
        (3, 1, None, "generator: got NoneType; expected Generator; use numpy"),
    ],
)
def test_batches_that_cannot_be_are_refused_at_once(
    count: Any, size: Any, generator: Any, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        mini_batches(count, size, generator)


# One step


def test_a_step_worked_by_hand() -> None:
    """x = (1, 2), a = (0, 4.5), y = (1, 0): the error is (-1, 4.5)."""
    x, y = matrix(np.array([[1.0], [2.0]])), matrix(np.array([[1.0], [0.0]]))
    stepped = step(linear(), x, y, 0.5)
    assert np.array_equal(stepped.parameters.weights[0], [[1.5, 0.5], [-1.75, -2.5]])
    assert np.array_equal(stepped.parameters.biases[0], [[0.5], [-2.25]])


def test_l2_pulls_the_weights_and_spares_the_biases() -> None:
    x, y = matrix(np.array([[1.0], [2.0]])), matrix(np.array([[1.0], [0.0]]))
    plain, decayed = step(linear(), x, y, 0.5), step(linear(2.0, 4), x, y, 0.5)
    shrunk = plain.parameters.weights[0] - 0.25 * linear().parameters.weights[0]
    assert np.array_equal(decayed.parameters.weights[0], shrunk)
    assert np.array_equal(decayed.parameters.biases[0], plain.parameters.biases[0])


def test_a_step_leaves_the_old_network_as_it_was_and_shares_nothing_with_it() -> None:
    network, data = linear(), dyadic(4)
    stepped = step(network, data.x, data.targets, 0.25)
    assert same(network, linear())
    assert not any(
        np.shares_memory(a, b) for a, b in zip(arrays(network), arrays(stepped), strict=True)
    )
    assert same(step(network, data.x, data.targets, 0.0), network)


@pytest.mark.parametrize("eta", [-0.1, float("nan"), float("inf"), None])
def test_a_learning_rate_that_cannot_be_is_refused(eta: Any) -> None:
    data = dyadic(2)
    with pytest.raises(ArgumentError, match=r"learning_rate: got .*; expected a finite number of"):
        step(linear(), data.x, data.targets, eta)


def test_a_step_refuses_what_backprop_refuses_and_what_is_no_network() -> None:
    data = dyadic(2)
    nothing: Any = None
    with pytest.raises(ShapeError, match="x: got"):
        step(linear(), matrix(np.ones((3, 2))), data.targets, 1.0)
    with pytest.raises(ArgumentError, match=r"network: got NoneType; expected Network"):
        step(nothing, data.x, data.targets, 1.0)


def test_a_step_that_overflows_is_said_in_words() -> None:
    data = dyadic(2)
    with (
        np.errstate(all="raise"),
        pytest.raises(ArgumentError, match=r"weights of layer 1: got -?inf in row"),
    ):
        step(step(linear(), data.x, data.targets, 1e200), data.x, data.targets, 1e200)


# Training


def by_hand(network: Network, data: Samples, options: TrainingOptions, seed: int) -> Network:
    """The readable path: one checked step after the other, each on its own samples."""
    rng = np.random.default_rng(seed)
    for _ in range(options.epochs):
        for batch in mini_batches(len(data), options.batch_size, rng):
            x, y = matrix(data.x[:, batch]), matrix(data.targets[:, batch])
            network = step(network, x, y, options.learning_rate)
    return network


@pytest.mark.parametrize("batch_size", [1, 2, 4, 8])
@pytest.mark.parametrize("l2", [0.0, 2.0])
def test_training_is_one_step_after_the_other(batch_size: int, l2: float) -> None:
    """Exact arithmetic on whole numbers, but for the division by a short last batch of 1 or 4.

    A last batch divided by the full size, or a step left out, would show at once.
    """
    data = dyadic(9 if batch_size < 8 else 12)
    network = linear(l2, len(data))
    options = TrainingOptions(epochs=1, batch_size=batch_size, learning_rate=2.0**-4)
    trained = train(network, data, data, options, np.random.default_rng(3)).network
    for a, b in zip(arrays(trained), arrays(by_hand(network, data, options, 3)), strict=True):
        # lambda / n is no dyadic number: only without it nothing is rounded.
        np.testing.assert_allclose(a, b, rtol=1e-13 if l2 else 0.0)


@given(st.integers(1, 7), st.integers(0, 3), st.sampled_from([0.0, 5.0]))
def test_training_is_one_step_after_the_other_for_real_networks(
    batch_size: int, seed: int, l2: float
) -> None:
    data = blobs(20, seed)
    network = new_network([2, 4, 3], np.random.default_rng(seed), l2=l2, training_size=20)
    options = TrainingOptions(2, batch_size, 0.1)
    trained = train(network, data, data, options, np.random.default_rng(seed)).network
    for a, b in zip(arrays(trained), arrays(by_hand(network, data, options, seed)), strict=True):
        # A few dozen steps that add up in another order: a thousand roundings of numbers near 1.
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", ["C", "F"])
def test_how_the_samples_lie_in_memory_makes_no_difference(layout: Any) -> None:
    data = blobs(20)
    laid_out = Samples(matrix(np.array(data.x, order=layout)), data.labels, 3)
    network = new_network([2, 4, 3], np.random.default_rng(0))
    options = TrainingOptions(1, 4, 0.1)
    results = [
        train(network, samples, samples, options, np.random.default_rng(0)).network
        for samples in (data, laid_out)
    ]
    assert same(*results)


def test_reports_say_what_the_network_is_worth_after_each_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(appraisal, "SAMPLES_AT_ONCE", 7)  # not a divisor of 40 or 25
    training, validation = blobs(40), blobs(25, seed=1)
    network = new_network([2, 5, 3], np.random.default_rng(0), l2=1.0, training_size=40)
    before = [array.copy() for array in arrays(network)]
    seen: list[tuple[EpochReport, Network]] = []
    result = train(
        network,
        training,
        validation,
        TrainingOptions(3, 8, 0.5),
        np.random.default_rng(0),
        lambda report, then: seen.append((report, then)),
    )
    assert [report for report, _ in seen] == list(result.history)
    assert [report.epoch for report in result.history] == [1, 2, 3]
    assert seen[-1][1] is result.network
    for report, then in seen:
        cost = then.cost_of(training.x, training.targets)
        assert math.isclose(report.training_cost, cost)
        cost = then.cost_of(validation.x, validation.targets)
        assert math.isclose(report.validation_cost, cost)
        outputs = then.feedforward(validation.x).outputs
        assert report.validation_accuracy == accuracy(outputs, validation.labels)
        assert report.seconds > 0.0
        assert [layer.layer for layer in report.health] == [1, 2]
        for layer, w in zip(report.health, then.parameters.weights, strict=True):
            assert math.isclose(layer.weight_norm, np.linalg.norm(w))
    assert all(np.array_equal(a, b) for a, b in zip(arrays(network), before, strict=True))
    assert not same(seen[0][1], seen[1][1]), "the network of an epoch must not change later"


def test_three_clouds_are_told_apart_and_nothing_is_wrong() -> None:
    result = train(
        new_network([2, 8, 3], np.random.default_rng(0)),
        blobs(300),
        blobs(200, seed=1),
        TrainingOptions(10, 10, 0.1),
        np.random.default_rng(0),
    )
    assert result.history[-1].validation_accuracy > 0.98
    assert result.history[-1].training_cost < result.history[0].training_cost
    assert result.history[-1].illnesses == ()


def test_the_same_seed_gives_the_same_history_and_another_another() -> None:
    def final(seed: int) -> Network:
        network = new_network([2, 4, 3], np.random.default_rng(0))
        options = TrainingOptions(2, 5, 0.1)
        return train(network, blobs(30), blobs(9), options, np.random.default_rng(seed)).network

    assert same(final(1), final(1))
    assert not same(final(1), final(2))


def test_a_training_that_runs_away_is_stopped_in_words() -> None:
    data = dyadic(8)
    message = (
        r"training has run away in epoch 1 at learning rate 1e\+200 \(weights of layer 1: got "
        r"-?(inf|nan) .*; expected finite weights and cost; use a smaller learning rate"
    )
    with np.errstate(all="raise"), pytest.raises(ArgumentError, match=message):
        train(linear(), data, data, TrainingOptions(5, 2, 1e200), np.random.default_rng(0))


def test_a_training_that_runs_away_slowly_is_stopped_in_the_epoch_in_which_it_does() -> None:
    data = dyadic(8)
    reports: list[EpochReport] = []
    with pytest.raises(ArgumentError) as caught:
        train(
            linear(),
            data,
            data,
            TrainingOptions(10_000, 8, 2.0),
            np.random.default_rng(0),
            lambda report, _: reports.append(report),
        )
    assert f"run away in epoch {len(reports) + 1} at learning rate 2.0" in str(caught.value)
    assert len(reports) > 5
    assert reports[-1].illnesses[0].startswith("the training cost is"), "it was said before"


def test_a_cost_that_overflows_before_the_weights_do_is_stopped_in_words() -> None:
    data = dyadic(2)
    with pytest.raises(ArgumentError, match=r"run away in epoch 1 .*\(cost: got inf; expected"):
        train(linear(), data, data, TrainingOptions(1, 2, 1e160), np.random.default_rng(0))


GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("part", "bad", "message"),
    [
        ("network", None, "network: got NoneType; expected Network"),
        ("training", None, "training: got NoneType; expected Samples"),
        ("validation", (1, 2), "validation: got tuple; expected Samples"),
        ("training", dyadic(4), "training: got samples of 2 inputs and 2 classes; expected 2 and"),
        ("validation", Samples(matrix(np.ones((3, 1))), labels(np.array([0]), 3), 3), "validation"),
        ("options", None, "options: got NoneType; expected TrainingOptions"),
        ("generator", None, "generator: got NoneType; expected Generator"),
        (
            "network",
            new_network([2, 3], GENERATOR, l2=1.0),
            "training_size: got 1; expected 30, the number n of training samples",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(part: str, bad: Any, message: str) -> None:
    arguments: dict[str, Any] = {
        "network": new_network([2, 3], GENERATOR),
        "training": blobs(30),
        "validation": blobs(9),
        "options": TrainingOptions(1, 5, 0.1),
        "generator": GENERATOR,
    }
    with pytest.raises(RefnetError, match=message):
        train(**(arguments | {part: bad}))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"epochs": 0}, "epochs: got 0; expected a whole number of at least 1"),
        ({"epochs": 1.5}, r"epochs: got 1\.5"),
        ({"batch_size": 0}, "batch_size: got 0"),
        ({"batch_size": None}, "batch_size: got None"),
        ({"learning_rate": 0.0}, r"learning_rate: got 0\.0; expected a positive number"),
        ({"learning_rate": -1.0}, r"learning_rate: got -1\.0"),
        ({"learning_rate": float("nan")}, "learning_rate: got nan"),
    ],
)
def test_options_that_cannot_be_are_refused(bad: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        TrainingOptions(**bad)
