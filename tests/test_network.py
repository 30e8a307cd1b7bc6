"""The network: the book's equations, checked by hand, by differences and at extremes."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refnet.activations import LEAKY_SLOPE, activation_by_name
from refnet.arrays import Matrix, column, labels, matrix, one_hot
from refnet.costs import COSTS, cost_by_name
from refnet.errors import ArgumentError, ShapeError
from refnet.network import Network, new_network
from refnet.parameters import Parameters

HEADS = [(activation, cost) for cost in COSTS for activation in COSTS[cost].partners]


def network_of(weights: Any, biases: Any, activations: str, cost: str, **rest: Any) -> Network:
    return Network(
        Parameters(
            tuple(matrix(np.array(w, np.float64)) for w in weights),
            tuple(column(np.array(b, np.float64).reshape(-1, 1)) for b in biases),
        ),
        tuple(activation_by_name(name) for name in activations.split()),
        cost_by_name(cost),
        **rest,
    )


BY_HAND = network_of([[[1, -1], [2, 0]], [[1, 3]]], [[0, -1], [2]], "relu identity", "quadratic")
X = matrix(np.array([[1.0, 0.0], [2.0, 1.0]]))
Y = matrix(np.array([[2.0, 1.0]]))


def test_feedforward_worked_by_hand() -> None:
    forward = BY_HAND.feedforward(X)
    assert np.array_equal(forward.zs[0], [[-1, -1], [1, -1]])
    assert np.array_equal(forward.activations[1], [[0, 0], [1, 0]])
    assert np.array_equal(forward.outputs, [[5, 2]])
    assert forward.activations[0] is X


def test_backprop_worked_by_hand() -> None:
    """Errors of the outputs: 3 and 1. Only the second hidden unit is awake, on sample 1 alone."""
    gradient = BY_HAND.backprop(X, Y)
    assert np.array_equal(gradient.biases[1], [[2]])
    assert np.array_equal(gradient.weights[1], [[0, 1.5]])
    assert np.array_equal(gradient.biases[0], [[0.0], [4.5]])
    assert np.array_equal(gradient.weights[0], [[0.0, 0.0], [4.5, 9.0]])
    assert BY_HAND.cost_of(X, Y) == 0.5 * (9 + 1) / 2


def test_l2_adds_lambda_over_n_times_w_and_spares_the_biases() -> None:
    decayed = Network(BY_HAND.parameters, BY_HAND.activations, BY_HAND.cost, 3.0, 4)
    plain, with_l2 = BY_HAND.backprop(X, Y), decayed.backprop(X, Y)
    for w, before, after in zip(
        BY_HAND.parameters.weights, plain.weights, with_l2.weights, strict=True
    ):
        assert np.array_equal(after - before, 0.75 * w)
    for before, after in zip(plain.biases, with_l2.biases, strict=True):
        assert np.array_equal(before, after)
    assert decayed.cost_of(X, Y) == BY_HAND.cost_of(X, Y) + 3.0 / 8 * (1 + 1 + 4 + 1 + 9)


@pytest.mark.parametrize(("output", "cost"), HEADS)
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "leaky_relu", "identity"])
def test_gradient_is_the_slope_of_the_cost(hidden: str, output: str, cost: str) -> None:
    rng = np.random.default_rng(7)
    # Random biases: with those of 0 a sleeping layer puts the next one exactly on its kinks.
    choices: Any = {
        "hidden": hidden,
        "output": output,
        "cost": cost,
        "initializer": "scaled_normal",
    }
    network = new_network([3, 4, 4, 3], rng, l2=0.5, training_size=9, **choices)
    x = matrix(rng.standard_normal((3, 5)))
    y = one_hot(labels(np.array([0, 2, 1, 1, 0]), 3), 3)
    gradient = network.backprop(x, y)
    h = 1e-6
    pairs = zip(
        (*network.parameters.weights, *network.parameters.biases),
        (*gradient.weights, *gradient.biases),
        strict=True,
    )
    for parameter, slopes in pairs:
        for index in np.ndindex(parameter.shape):
            kept = parameter[index]
            parameter[index] = kept + h
            up = network.cost_of(x, y)
            parameter[index] = kept - h
            down = network.cost_of(x, y)
            parameter[index] = kept
            # Rounding of a cost of about 1 over 2 h, and h^2 / 6 times a third derivative.
            assert abs(slopes[index] - (up - down) / (2 * h)) < 1e-8


def with_logits_up_to(size: float, hidden: str, output: str, cost: str) -> Network:
    """A network whose hidden and output layers see weighted inputs of +-size, on 4 samples."""
    return network_of(
        [[[size, 0], [0, size], [-size, size]], [[size, 0, -size], [-size, 1, 0]]],
        [[0, 0, 0], [0, -size]],
        f"{hidden} {output}",
        cost,
        l2=1.0,
        training_size=4,
    )


@pytest.mark.parametrize(("output", "cost"), HEADS)
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "leaky_relu", "identity"])
@pytest.mark.parametrize("size", [40.0, 800.0, 1e4])
def test_no_logit_makes_a_warning_or_nan(hidden: str, output: str, cost: str, size: float) -> None:
    network = with_logits_up_to(size, hidden, output, cost)
    x = matrix(np.array([[1.0, -1.0, 1.0, 0.5], [1.0, 1.0, -1.0, -1.0]]))
    y = one_hot(labels(np.array([0, 1, 0, 1]), 2), 2)
    with np.errstate(all="raise"):
        forward = network.feedforward(x)
        value = network.cost_of(x, y)
        gradient = network.backprop(x, y)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        network.unchecked_backprop(x, y)  # what training calls, and the checked one would hide
    assert max(np.abs(z).max() for z in forward.zs) >= size
    assert np.isfinite(value)
    assert all(np.isfinite(g).all() for g in (*gradient.weights, *gradient.biases))


def test_nothing_that_is_passed_in_is_changed() -> None:
    network = with_logits_up_to(1.0, "sigmoid", "sigmoid", "quadratic")
    x, y = matrix(np.eye(2)), matrix(np.eye(2))
    arrays = [x, y, *network.parameters.weights, *network.parameters.biases]
    before = [array.copy() for array in arrays]
    network.backprop(x, y)
    network.cost_of(x, y)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_every_gradient_has_its_parameters_shape_for_every_batch(
    units: int, samples: int, outputs: int
) -> None:
    network = new_network([2, units, outputs], np.random.default_rng(0))
    y = one_hot(labels(np.zeros(samples, np.intp), outputs), outputs)
    gradient = network.backprop(matrix(np.ones((2, samples))), y)
    assert gradient.sizes == network.sizes == (2, units, outputs)


def test_a_network_without_hidden_layers_works() -> None:
    network = network_of([[[2.0]]], [[0.0]], "identity", "quadratic")
    gradient = network.backprop(matrix(np.array([[3.0]])), matrix(np.array([[1.0]])))
    assert gradient.weights[0][0, 0] == 15.0


ASKS: list[Callable[[Network, Any, Any], object]] = [Network.backprop, Network.cost_of]
BAD: list[tuple[Any, type[Exception], str]] = [
    (None, ShapeError, "NoneType"),
    ([[1.0, 2.0]], ShapeError, "list"),
    (np.ones(2), ShapeError, "shape"),
    (np.ones((2, 2), np.float32), ShapeError, "float32"),
    (np.ones((2, 2), np.uint8), ShapeError, "uint8"),
    (np.ones((2, 0)), ShapeError, "shape"),
    (np.ones((3, 2)), ShapeError, "shape"),
    (np.full((2, 2), np.nan), ArgumentError, "nan"),
    (np.full((2, 2), np.inf), ArgumentError, "inf"),
]


@pytest.mark.parametrize(("bad", "error", "got"), BAD)
def test_unusable_inputs_and_targets_are_refused(
    bad: Any, error: type[Exception], got: str
) -> None:
    network = with_logits_up_to(1.0, "relu", "sigmoid", "quadratic")
    good = matrix(np.eye(2))
    with pytest.raises(error, match=rf"x: got .*{got}.*; expected .*; "):
        network.feedforward(bad)
    for ask in ASKS:
        with pytest.raises(error, match=rf"x: got .*{got}.*; expected .*; "):
            ask(network, bad, good)
        with pytest.raises(error, match=rf"y: got .*{got}.*; expected .*; "):
            ask(network, good, bad)


def test_as_many_targets_as_inputs_are_demanded() -> None:
    for ask in ASKS:
        with pytest.raises(ShapeError, match="x and y: got 2 and 1 samples; expected as many"):
            ask(BY_HAND, X, matrix(np.ones((1, 1))))


def test_targets_that_are_no_distribution_are_refused_for_softmax() -> None:
    network = new_network([2, 3], np.random.default_rng(0))
    for ask in ASKS:
        with pytest.raises(ArgumentError, match=r"column 0 that adds up to 3\.0; expected 1"):
            ask(network, X, matrix(np.ones((3, 2))))


def test_what_is_too_large_for_a_float_is_said_in_words() -> None:
    huge = matrix(np.full((2, 1), 1e200))
    target = matrix(np.zeros((1, 1)))
    steep = network_of([[[1e200, 1e200]]], [[0]], "identity", "quadratic")
    flat = network_of([[[1.0, 1.0]]], [[0]], "identity", "quadratic")
    with np.errstate(all="raise"):
        with pytest.raises(ArgumentError, match="weighted inputs of layer 1: got inf"):
            steep.feedforward(huge)
        with pytest.raises(ArgumentError, match="cost: got inf"):
            flat.cost_of(huge, target)
        with pytest.raises(ArgumentError, match="weights of layer 1: got inf"):
            flat.backprop(huge, target)


def parts() -> dict[str, Any]:
    return {
        "parameters": BY_HAND.parameters,
        "activations": BY_HAND.activations,
        "cost": BY_HAND.cost,
        "l2": 0.0,
        "training_size": 1,
    }


@pytest.mark.parametrize(
    ("part", "bad", "message"),
    [
        ("parameters", None, "parameters: got NoneType; expected Parameters"),
        ("activations", ["relu", "identity"], "activations: got list; expected tuple"),
        ("activations", ("relu", "identity"), "activations: got str; expected Activation"),
        ("activations", BY_HAND.activations[:1], "activations: got 1; expected 2, one for every"),
        (
            "activations",
            (activation_by_name("softmax"), activation_by_name("identity")),
            "activations: got softmax in a hidden layer; expected it in the output layer alone",
        ),
        (
            "activations",
            (activation_by_name("relu"), activation_by_name("softmax")),
            "cost: got quadratic with softmax outputs; expected sigmoid or tanh",
        ),
        ("cost", "quadratic", "cost: got str; expected Cost"),
        ("l2", -1.0, "l2: got -1.0; expected a finite number of at least 0"),
        ("l2", float("nan"), "l2: got nan"),
        ("l2", None, "l2: got None"),
        ("training_size", 0, "training_size: got 0; expected a whole number of at least 1"),
        ("training_size", 2.5, "training_size: got 2.5"),
        ("training_size", True, "training_size: got True"),
    ],
)
def test_a_network_that_cannot_be_is_refused(part: str, bad: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Network(**(parts() | {part: bad}))


def test_a_new_network_has_what_was_asked_for() -> None:
    network = new_network(
        [4, 3, 3, 2],
        np.random.default_rng(1),
        hidden="leaky_relu",
        output="sigmoid",
        cost="binary_cross_entropy",
        initializer="standard_normal",
        leaky_slope=0.25,
        l2=0.5,
        training_size=10,
    )
    assert network.sizes == (4, 3, 3, 2)
    assert [sigma.name for sigma in network.activations] == ["leaky_relu", "leaky_relu", "sigmoid"]
    assert network.activations[0].leaky_slope == 0.25
    assert (network.cost.name, network.l2, network.training_size) == (
        "binary_cross_entropy",
        0.5,
        10,
    )
    assert new_network([2, 2], np.random.default_rng(0)).activations[0].leaky_slope == LEAKY_SLOPE


def test_the_unchecked_paths_give_what_the_checked_ones_give() -> None:
    network = new_network([2, 3, 2], np.random.default_rng(3), l2=1.0, training_size=5)
    y: Matrix = matrix(np.eye(2))
    checked, unchecked = network.backprop(X, y), network.unchecked_backprop(X, y)
    for a, b in zip(
        (*checked.weights, *checked.biases), (*unchecked.weights, *unchecked.biases), strict=True
    ):
        assert np.array_equal(a, b)


@pytest.mark.parametrize(("inputs", "samples"), [(1, 2), (3, 2)])
def test_too_few_rows_are_refused_as_too_many_are(inputs: int, samples: int) -> None:
    with pytest.raises(ShapeError, match=r"x: got shape .*; expected 2 rows"):
        BY_HAND.feedforward(matrix(np.ones((inputs, samples))))


@pytest.mark.parametrize("targets", [1, 3])
def test_too_few_targets_are_refused_as_too_many_are(targets: int) -> None:
    with pytest.raises(ShapeError, match=f"x and y: got 2 and {targets} samples"):
        BY_HAND.backprop(X, matrix(np.ones((1, targets))))


def test_too_many_activations_are_refused_as_too_few_are() -> None:
    for count in (1, 3):
        with pytest.raises(ArgumentError, match=f"activations: got {count}; expected 2"):
            replace(BY_HAND, activations=BY_HAND.activations[-1:] * count)


def test_many_samples_units_and_layers_are_counted_right() -> None:
    """More than Python keeps one object of each number for."""
    many = BY_HAND.backprop(matrix(np.repeat(X, 150, axis=1)), matrix(np.repeat(Y, 150, axis=1)))
    assert np.array_equal(many.weights[1], BY_HAND.backprop(X, Y).weights[1])
    wide = network_of([np.ones((300, 300))], [np.zeros(300)], "identity", "quadratic")
    assert wide.feedforward(matrix(np.ones((300, 1)))).outputs[0, 0] == 300.0
    deep = network_of([[[1]]] * 300, [[0]] * 300, "identity " * 300, "quadratic")
    assert len(deep.sizes) == 301


@pytest.mark.parametrize(
    ("data", "field"), [(BY_HAND, "l2"), (BY_HAND.feedforward(X), "zs")], ids=["network", "pass"]
)
def test_a_network_and_what_it_computed_never_change(data: Any, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(data, field, None)
    assert data != replace(data)
    assert len({data, replace(data)}) == 2


def test_without_a_word_about_it_there_is_no_penalty() -> None:
    fresh = new_network(sizes=[2, 3], generator=np.random.default_rng(7))
    plain = Network(fresh.parameters, fresh.activations, fresh.cost)
    for network in (fresh, plain):
        assert (network.l2, network.training_size) == (0.0, 1)


def test_the_names_of_a_new_network_are_given_by_keyword() -> None:
    by_place: Any = new_network
    with pytest.raises(TypeError, match="positional"):
        by_place([2, 3], np.random.default_rng(7), "relu", "softmax")
