"""Health: every illness has its sentence, and a healthy network has none."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refnet.arrays import labels, matrix
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, RefnetError, ShapeError
from refnet.health import LayerHealth, chance, count_units, diagnose, measure
from refnet.network import new_network
from refnet.sgd import EpochReport, TrainingOptions, train

WELL = LayerHealth(1, "relu", 0.0, 0.0, 0.1, 10.0, 1e-3)
LAST = LayerHealth(2, "softmax", 0.0, 0.0, 0.1, 5.0, 2e-3)


# Counting units


def test_a_relu_is_dead_only_if_it_is_zero_on_every_sample() -> None:
    a = matrix(np.array([[0.0, 0.0, 0.0], [0.0, 1e-300, 0.0], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]))
    counts = count_units("relu", a)
    assert counts.silent.tolist() == [3, 2, 0, 3]
    assert counts.dead_share == 0.5
    assert counts.saturated_share == 0.0


@pytest.mark.parametrize("name", ["leaky_relu", "identity", "tanh", "sigmoid", "softmax"])
def test_nothing_but_a_relu_dies(name: str) -> None:
    assert count_units(name, matrix(np.zeros((2, 3)))).dead_share == 0.0


@pytest.mark.parametrize(
    ("name", "flat", "steep"),
    [
        ("sigmoid", [0.0, 1.0, 0.002, 0.998], [0.5, 0.003, 0.997]),
        ("softmax", [0.0, 1.0, 0.002, 0.998], [0.5, 0.003, 0.997]),
        ("tanh", [-1.0, 1.0, 0.9951, -0.9951], [0.0, 0.9949, -0.9949]),
        ("relu", [], [0.0, 1e4]),
        ("leaky_relu", [], [-1e4, 1e4]),
        ("identity", [], [-1e4, 1e4]),
    ],
)
def test_a_unit_is_flat_where_its_slope_is_below_a_hundredth_of_the_steepest(
    name: str, flat: list[float], steep: list[float]
) -> None:
    values = [*flat, *steep]
    counts = count_units(name, matrix(np.array(values).reshape(-1, 1)))
    assert counts.flat.tolist() == [1] * len(flat) + [0] * len(steep)


def test_a_unit_is_saturated_if_flat_on_99_of_100_samples() -> None:
    a = np.zeros((2, 100))
    a[0, :1] = 0.5
    a[1, :2] = 0.5
    assert count_units("sigmoid", matrix(a)).saturated_share == 0.5


def test_counts_on_parts_of_the_samples_add_up() -> None:
    a = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    whole = count_units("relu", matrix(a))
    parts = count_units("relu", matrix(a[:, :2])) + count_units("relu", matrix(a[:, 2:]))
    assert (parts.samples, parts.silent.tolist()) == (whole.samples, whole.silent.tolist())
    assert parts.dead_share == 0.5


# Measuring layers


def test_measurements_worked_by_hand() -> None:
    weights = matrix(np.array([[3.0, 4.0]]))
    gradients = [matrix(np.array([[g, 0.0]])) for g in (0.5, 1.0, 100.0)]
    health = measure(
        2, "sigmoid", count_units("sigmoid", matrix(np.ones((1, 1)))), weights, gradients, 0.25
    )
    assert health == LayerHealth(2, "sigmoid", 0.0, 1.0, 1.0, 5.0, 0.05)


def test_weights_of_zero_are_changed_beyond_measure_or_not_at_all() -> None:
    counts = count_units("relu", matrix(np.ones((1, 1))))
    zero, one = matrix(np.zeros((1, 1))), matrix(np.ones((1, 1)))
    assert measure(1, "relu", counts, zero, [one], 1.0).update_ratio == math.inf
    assert measure(1, "relu", counts, zero, [zero], 1.0).update_ratio == 0.0


@pytest.mark.parametrize(
    ("part", "bad", "message"),
    [
        ("layer", 0, "layer: got 0; expected a whole number"),
        ("activation", "gelu", "activation: got 'gelu'; expected one of"),
        ("units", None, "units: got NoneType; expected UnitCounts"),
        ("weights", [[1.0]], "weights of layer 1: got list"),
        ("weights", np.array([[np.nan]]), "weights of layer 1: got nan"),
        ("gradients", [], "gradients of layer 1: got none; expected at least one"),
        ("gradients", [np.ones((1, 2))], r"gradient of layer 1: got shape \(1, 2\); expected that"),
        ("gradients", [np.array([[np.inf]])], "gradient of layer 1: got inf"),
        ("learning_rate", -1.0, "learning_rate: got -1.0"),
    ],
)
def test_what_cannot_be_measured_is_refused(part: str, bad: Any, message: str) -> None:
    arguments: dict[str, Any] = {
        "layer": 1,
        "activation": "relu",
        "units": count_units("relu", matrix(np.ones((1, 1)))),
        "weights": matrix(np.ones((1, 1))),
        "gradients": [matrix(np.ones((1, 1)))],
        "learning_rate": 1.0,
    }
    with pytest.raises(RefnetError, match=message):
        measure(**(arguments | {part: bad}))


@pytest.mark.parametrize(
    ("activation", "a", "error"),
    [
        ("gelu", np.ones((1, 1)), ArgumentError),
        ("relu", [[1.0]], ShapeError),
        ("relu", np.ones(3), ShapeError),
        ("relu", np.ones((3, 0)), ShapeError),
        ("relu", np.array([[np.nan]]), ArgumentError),
    ],
)
def test_what_cannot_be_counted_is_refused(activation: str, a: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"activations?: got .*; expected .*; "):
        count_units(activation, a)


def test_chance_is_the_most_frequent_class_and_three_standard_deviations() -> None:
    true = labels(np.array([0] * 60 + [1] * 40), 2)
    assert math.isclose(chance(true, 2), 0.6 + 3 * math.sqrt(0.6 * 0.4 / 100))
    with pytest.raises(ShapeError, match="labels: got none; expected at least one"):
        chance(labels(np.array([], np.intp), 2), 2)
    with pytest.raises(ArgumentError, match="labels: got 1 at position 60"):
        chance(true, 1)
    with pytest.raises(ArgumentError, match="classes: got 0"):
        chance(true, 0)


# Diagnosis


def test_a_healthy_network_gets_no_sentence() -> None:
    costs, accuracies = [2.3, 0.5, 0.3, 0.32, 0.29], [0.9, 0.94, 0.93, 0.95]
    assert diagnose([WELL, LAST], costs, accuracies, 0.12) == ()
    assert diagnose([WELL, LAST]) == ()
    assert diagnose([]) == ()


def test_dead_units_get_the_sentence_of_the_dying_relu() -> None:
    (sentence,) = diagnose([replace(WELL, dead_share=0.41), LAST])
    assert sentence == (
        "41 % of the units of layer 1 have been 0 for every sample of the last epoch: dying "
        "ReLU; He initialisation and a smaller learning rate help"
    )
    assert diagnose([replace(WELL, dead_share=0.09), LAST]) == ()
    assert len(diagnose([replace(WELL, dead_share=0.1), LAST])) == 1


def test_saturated_hidden_units_get_a_sentence() -> None:
    sick = replace(WELL, activation="sigmoid", saturated_share=0.7)
    (sentence,) = diagnose([sick, LAST])
    assert sentence.startswith("70 % of the units of layer 1 are saturated on almost every sample")
    assert diagnose([replace(sick, saturated_share=0.09), LAST]) == ()


def test_outputs_may_be_saturated_unless_the_network_is_stuck_and_wrong() -> None:
    outputs = replace(LAST, saturated_share=1.0)
    assert diagnose([WELL, outputs], [2.0, 1.0], [0.2]) == (), "it still moves"
    still = [replace(WELL, update_ratio=1e-9), replace(outputs, update_ratio=1e-9)]
    assert diagnose(still, [2.0, 1.0], [0.97]) == (), "it has learnt"
    assert diagnose(still, [2.0, 0.001], [0.4]) == (), "it knows the training samples by heart"
    (sentence,) = diagnose(still, [2.0, 1.0], [0.2])
    assert sentence.startswith("100 % of the units of layer 2 are saturated")


def test_a_network_that_is_stuck_without_an_ill_unit_gets_a_sentence() -> None:
    still = [replace(WELL, update_ratio=2e-9), replace(LAST, update_ratio=1e-9)]
    (sentence,) = diagnose(still, [2.0, 1.0], [0.2])
    assert sentence.startswith("a step changes no layer by more than 2e-09 of its weights")
    assert sentence.endswith(
        "though the gradient is large enough: the learning rate is too small; a larger one helps"
    )
    assert diagnose(still, [2.0, 1.0], [0.5]) == ()
    flat = [replace(layer, gradient_norm=1e-9 * layer.weight_norm) for layer in still]
    (sentence,) = diagnose(flat, [2.0, 1.0], [0.2])
    assert "the network is stuck; other initial weights, a smaller learning rate" in sentence


def test_a_gradient_that_explodes_gets_a_sentence() -> None:
    (sentence,) = diagnose([replace(WELL, update_ratio=0.4), LAST])
    assert sentence.startswith(
        "a step changes the weights of layer 1 by 40 % of their size, a healthy one by about "
        "0.1 %: exploding gradient"
    )
    assert diagnose([replace(WELL, update_ratio=0.1), LAST]) == ()
    (sentence,) = diagnose([replace(WELL, update_ratio=math.inf), LAST])
    assert "the weights of layer 1 by more than 1,000 % of their size" in sentence


def test_a_gradient_that_vanishes_beside_that_of_another_layer_gets_a_sentence() -> None:
    (sentence,) = diagnose([replace(WELL, update_ratio=1e-5), LAST])
    assert sentence.startswith(
        "a step changes the weights of layer 1 by 1e-05 of their size, those of the fastest layer "
        "by 2e-03: vanishing gradient"
    )
    assert diagnose([replace(WELL, update_ratio=2.1e-5), LAST]) == (), "a hundredth is no illness"
    fast = replace(LAST, update_ratio=0.05)
    assert diagnose([replace(WELL, update_ratio=2e-4), fast]) == (), "nor is what moves well"


def test_dead_units_are_reason_enough_for_a_gradient_that_vanishes() -> None:
    (sentence,) = diagnose([replace(WELL, dead_share=1.0, update_ratio=0.0), LAST])
    assert "dying ReLU" in sentence


@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_a_cost_that_is_no_number_is_all_there_is_to_say(strange: float) -> None:
    sick = [replace(WELL, dead_share=1.0), LAST]
    (sentence,) = diagnose(sick, [2.3, strange, 1.0], [0.1, 0.1], 0.2)
    assert sentence.startswith(f"the training cost is {strange}: the weights have run away")


@pytest.mark.parametrize(
    ("costs", "rises"),
    [
        ([1.0, 1.2], True),
        ([1.0, 0.2, 0.59], False),
        ([1.0, 0.2, 0.61], True),
        ([1.0, 0.2, 0.7, 0.3], False),
        ([1.0, 1.0], False),
        ([2.3, 2.3001], False),
        ([1.0], False),
    ],
)
def test_a_cost_rises_if_half_of_what_was_gained_is_lost(costs: list[float], rises: bool) -> None:
    sentences = diagnose([WELL, LAST], costs)
    assert [s.startswith("the training cost is") for s in sentences] == [True] * rises


def test_costs_and_accuracies_of_any_kind_say_the_same() -> None:
    said = diagnose([WELL, LAST], [1.0, 1.25], [0.125, 0.125], 0.25)
    assert len(said) == 2
    for kind in (np.float32, np.float64):
        costs: Any = np.array([1.0, 1.25], kind)
        accuracies: Any = np.array([0.125, 0.125], kind)
        assert diagnose([WELL, LAST], costs, accuracies, 0.25) == said


def test_the_level_of_chance_is_the_same_for_a_plain_list() -> None:
    assert chance([0, 1, 2, 2], 3) == chance(labels(np.array([0, 1, 2, 2]), 3), 3)
    with pytest.raises(ShapeError, match="labels: got none"):
        chance([], 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["much"],), "costs: got list .*; expected a list of numbers"),
        ((1.0,), r"costs: got shape \(\); expected a list of numbers"),
        (([[1.0]],), r"costs: got shape \(1, 1\)"),
        (((), [11.0, 12.0]), "accuracies: got 11.0; expected shares .* divide per cent by 100"),
        (((), [math.nan]), "accuracies: got nan; expected shares"),
    ],
)
def test_what_is_no_list_of_numbers_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        diagnose([WELL, LAST], *arguments)


def test_accuracy_stays_at_chance_only_if_it_stays() -> None:
    (sentence,) = diagnose([WELL, LAST], (), [0.11, 0.098], 0.115)
    assert sentence.startswith("after 2 epochs 9.8 % of the validation samples are right")
    assert diagnose([WELL, LAST], (), [0.098], 0.115) == ()
    assert diagnose([WELL, LAST], (), [0.098, 0.12], 0.115) == ()
    assert diagnose([WELL, LAST], (), [0.12, 0.098], 0.115) == ()


# The write-up's accident


def digits(count: int, seed: int) -> Samples:
    """What is hard about MNIST, without MNIST: 784 inputs in [0, 1], a fifth of them not 0.

    Each class has a pattern of its own, of which every sample loses a third and has some noise.
    """
    patterns = np.random.default_rng(99).random((784, 10)) < 0.2
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 10, count)
    ink = patterns[:, true] & (rng.random((784, count)) < 2 / 3)
    noise = rng.random((784, count)) < 0.05
    return Samples(matrix((ink | noise) * rng.random((784, count))), labels(true, 10), 10)


def trained(eta: float, **choices: Any) -> tuple[EpochReport, ...]:
    network = new_network([784, 30, 10], np.random.default_rng(0), **choices)
    options = TrainingOptions(epochs=2, batch_size=10, learning_rate=eta)
    return train(
        network, digits(2000, 1), digits(500, 2), options, np.random.default_rng(0)
    ).history


@pytest.mark.parametrize(
    "output",
    [
        {"output": "softmax", "cost": "categorical_cross_entropy"},
        {"output": "relu", "cost": "quadratic"},
    ],
    ids=["softmax", "relu"],
)
def test_relu_with_standard_normal_weights_and_eta_3_is_diagnosed_as_dying(output: Any) -> None:
    """The book's first choices of weights and learning rate, kept when sigmoid gave way to ReLU."""
    history = trained(3.0, hidden="relu", initializer="standard_normal", **output)
    dead = history[-1].health[0].dead_share
    assert dead > 0.3
    assert history[-1].validation_accuracy < 0.7
    assert (
        f"{100 * dead:.0f} % of the units of layer 1 have been 0 for every sample of the last "
        "epoch: dying ReLU; He initialisation and a smaller learning rate help"
    ) in history[-1].illnesses


@pytest.mark.parametrize(
    ("eta", "choices"),
    [
        (0.1, {"hidden": "relu", "initializer": "he"}),
        (0.1, {"hidden": "leaky_relu", "initializer": "he"}),
        (0.1, {"hidden": "tanh", "initializer": "glorot"}),
        (
            3.0,
            {
                "hidden": "sigmoid",
                "output": "sigmoid",
                "cost": "quadratic",
                "initializer": "standard_normal",
            },
        ),
    ],
    ids=["relu", "leaky_relu", "tanh", "the book's first run"],
)
def test_a_healthy_network_of_the_same_size_raises_no_alarm(eta: float, choices: Any) -> None:
    history = trained(eta, **choices)
    assert history[-1].validation_accuracy > 0.7
    assert [report.illnesses for report in history] == [(), ()]
