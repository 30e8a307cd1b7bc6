"""Costs: which belong with which outputs, and no logit is too large for any of them."""

import math
from dataclasses import FrozenInstanceError
from decimal import Decimal, localcontext
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refnet.activations import ACTIVATIONS, activation_by_name
from refnet.arrays import Matrix, labels, matrix, one_hot
from refnet.costs import COSTS, cost_by_name
from refnet.errors import ArgumentError, ShapeError

BELONG_TOGETHER = {
    ("quadratic", "sigmoid"),
    ("quadratic", "tanh"),
    ("quadratic", "relu"),
    ("quadratic", "leaky_relu"),
    ("quadratic", "identity"),
    ("binary_cross_entropy", "sigmoid"),
    ("categorical_cross_entropy", "softmax"),
}
PAIRS = sorted(BELONG_TOGETHER)
Y = one_hot(labels(np.array([0, 1, 2, 0]), 3), 3)
EXTREME = matrix(
    np.array([[1e4, 1e4, -1e4, -1e4], [-1e4, 0.0, 40.0, 1e4], [700.0, -1e4, 0.0, 1.0]])
)
MODERATE = matrix(np.array([[0.5, -2.0, 1.0, 3.0], [1.5, 0.25, -1.0, 2.0], [-0.5, 1.0, 2.5, -4.0]]))


@pytest.mark.parametrize(("cost", "activation"), list(product(COSTS, ACTIVATIONS)))
def test_every_pair_is_accepted_or_refused_by_name(cost: str, activation: str) -> None:
    if (cost, activation) in BELONG_TOGETHER:
        cost_by_name(cost).refuse_unless_partner(activation_by_name(activation))
        return
    for ask in (COSTS[cost].value, COSTS[cost].output_error):
        with pytest.raises(ArgumentError, match=f"got {cost} with {activation} outputs; expected"):
            ask(ACTIVATIONS[activation], MODERATE, Y)


@pytest.mark.parametrize(("cost", "activation"), PAIRS)
def test_no_logit_overflows_or_gives_nan(cost: str, activation: str) -> None:
    z, y = EXTREME.copy(), Y.copy()
    with np.errstate(all="raise"):
        value = COSTS[cost].value(ACTIVATIONS[activation], EXTREME, Y)
        delta = COSTS[cost].output_error(ACTIVATIONS[activation], EXTREME, Y)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        # What the checked ones would hide, for training calls the formulas.
        assert COSTS[cost].formula(ACTIVATIONS[activation], EXTREME, Y) == value
        error = COSTS[cost].error_formula(ACTIVATIONS[activation], EXTREME, Y)
        assert np.array_equal(error, delta)
    assert np.isfinite(value)
    assert value > 0.0
    assert np.isfinite(delta).all()
    assert delta.shape == EXTREME.shape
    assert np.array_equal(EXTREME, z), "the cost changed its z"
    assert np.array_equal(Y, y), "the cost changed its y"


@pytest.mark.parametrize(("cost", "activation"), PAIRS)
def test_output_error_is_the_slope_of_the_cost(cost: str, activation: str) -> None:
    sigma, h = ACTIVATIONS[activation], 1e-5
    delta = COSTS[cost].output_error(sigma, MODERATE, Y)
    for unit, sample in np.ndindex(3, 4):
        nudge = np.zeros((3, 4))
        nudge[unit, sample] = h
        up = COSTS[cost].value(sigma, matrix(MODERATE + nudge), Y)
        down = COSTS[cost].value(sigma, matrix(MODERATE - nudge), Y)
        # The cost is a mean over four samples, the error is that of one.
        assert abs(delta[unit, sample] - 4 * (up - down) / (2 * h)) < 1e-8


def test_quadratic_cost_worked_by_hand() -> None:
    z = matrix(np.array([[3.0, 1.0], [0.0, -2.0]]))
    y = matrix(np.array([[1.0, 1.0], [0.0, 2.0]]))
    identity = ACTIVATIONS["identity"]
    assert COSTS["quadratic"].value(identity, z, y) == 0.5 * (4 + 16) / 2
    assert np.array_equal(COSTS["quadratic"].output_error(identity, z, y), [[2, 0], [0, -4]])
    relu_error = COSTS["quadratic"].output_error(ACTIVATIONS["relu"], z, y)
    assert np.array_equal(relu_error, [[2, 0], [0, 0]]), "a ReLU at rest passes no error on"


@given(st.floats(-1e4, 1e4), st.sampled_from([0.0, 1.0]))
@example(40.0, 1.0)
@example(-40.0, 0.0)
@example(1e4, 0.0)
def test_binary_cross_entropy_is_right_in_the_last_bits(z: float, y: float) -> None:
    got = COSTS["binary_cross_entropy"].value(
        ACTIVATIONS["sigmoid"], matrix(np.array([[z]])), matrix(np.array([[y]]))
    )
    with localcontext() as context:
        context.prec = 100
        expected = (1 + (Decimal(-z if y else z)).exp()).ln() if abs(z) < 50 else None
    if expected is None:
        # -ln sigma(z) is z to the last bit, or e^-|z|, once the other is out of sight.
        wrong = (z < 0) == (y == 1.0)
        limit = abs(z) if wrong else math.exp(-abs(z))
        assert math.isclose(got, limit, rel_tol=2.0**-50)
    else:
        assert abs(Decimal(got) - expected) <= Decimal(2.0**-50) * expected


@given(st.lists(st.floats(-200.0, 200.0), min_size=2, max_size=4), st.integers(0, 1))
@example([40.0, 0.0], 0)
@example([0.0, 40.0], 0)
@example([5.0, 5.0], 1)
def test_categorical_cross_entropy_is_right_in_the_last_bits(z: list[float], true: int) -> None:
    column = matrix(np.array(z).reshape(-1, 1))
    y = one_hot(labels(np.array([true]), len(z)), len(z))
    got = COSTS["categorical_cross_entropy"].value(ACTIVATIONS["softmax"], column, y)
    with localcontext() as context:
        context.prec = 250
        total = sum(Decimal(value).exp() for value in z)
        expected = (total / Decimal(z[true]).exp()).ln()
    # The difference to the largest z, up to 400, is rounded once before it is exponentiated.
    assert abs(Decimal(got) - expected) <= Decimal((8 + 400) * 2.0**-53) * expected


def test_what_is_left_of_the_cost_of_a_confident_right_answer_does_not_vanish() -> None:
    z, y = matrix(np.array([[40.0], [0.0]])), matrix(np.array([[1.0], [0.0]]))
    value = COSTS["categorical_cross_entropy"].value(ACTIVATIONS["softmax"], z, y)
    assert math.isclose(value, math.exp(-40.0), rel_tol=1e-14)


@given(st.lists(st.floats(-30.0, 30.0), min_size=1, max_size=12))
def test_what_softmax_gives_is_accepted_as_a_target(z: list[float]) -> None:
    column = matrix(np.array(z).reshape(-1, 1))
    y = ACTIVATIONS["softmax"].value(column)
    delta = COSTS["categorical_cross_entropy"].output_error(ACTIVATIONS["softmax"], column, y)
    assert np.array_equal(delta, np.zeros_like(y))


@pytest.mark.parametrize("column", [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.5, 1e-6]])
def test_targets_whose_gradient_is_not_a_minus_y_are_refused(column: list[float]) -> None:
    y = matrix(np.array([[0.0, 0.0, 1.0], column]).T.copy())
    z = matrix(np.zeros((3, 2)))
    with pytest.raises(ArgumentError, match=r"y: got a column 1 that adds up to .*; expected 1"):
        COSTS["categorical_cross_entropy"].value(ACTIVATIONS["softmax"], z, y)
    COSTS["binary_cross_entropy"].value(ACTIVATIONS["sigmoid"], z, y)


BAD: list[tuple[Any, type[Exception]]] = [
    (None, ShapeError),
    ([[0.0]], ShapeError),
    (np.zeros(3), ShapeError),
    (np.zeros((3, 4), np.float32), ShapeError),
    (np.zeros((3, 4), np.intp), ShapeError),
    (np.zeros((3, 0)), ShapeError),
    (np.zeros((4, 3)), ShapeError),
    (np.zeros((3, 1)), ShapeError),
    (np.full((3, 4), np.nan), ArgumentError),
    (np.full((3, 4), np.inf), ArgumentError),
]


@pytest.mark.parametrize(("bad", "error"), BAD)
@pytest.mark.parametrize("method", ["value", "output_error"])
def test_unusable_arrays_are_refused(bad: Any, error: type[Exception], method: str) -> None:
    ask = getattr(COSTS["quadratic"], method)
    with pytest.raises(error, match=r"z.*: got .*; expected .*; "):
        ask(ACTIVATIONS["sigmoid"], bad, Y)
    with pytest.raises(error, match=r"y: got .*; expected .*; "):
        ask(ACTIVATIONS["sigmoid"], MODERATE, bad)


def test_something_else_than_an_activation_is_refused() -> None:
    sigmoid: Any = "sigmoid"
    with pytest.raises(ArgumentError, match="output activation: got str; expected Activation; "):
        COSTS["quadratic"].value(sigmoid, MODERATE, Y)


def test_a_cost_or_an_error_too_large_for_a_float_is_refused_in_words() -> None:
    huge: Matrix = matrix(np.full((3, 4), 1e200))
    with np.errstate(all="raise"):
        with pytest.raises(ArgumentError, match="cost: got inf; expected a finite number; "):
            COSTS["quadratic"].value(ACTIVATIONS["identity"], huge, Y)
        with pytest.raises(ArgumentError, match="output error: got inf"):
            COSTS["quadratic"].output_error(
                ACTIVATIONS["identity"], matrix(huge * 1e108), matrix(-huge * 1e108)
            )


@pytest.mark.parametrize("name", ["mse", None, ("quadratic",)])
def test_unknown_names_are_refused_with_those_that_are_known(name: Any) -> None:
    with pytest.raises(ArgumentError, match=r"cost: got .*; expected one of quadratic, binary"):
        cost_by_name(name)


@pytest.mark.parametrize(("off", "accepted"), [(2.0**-51, True), (2.0**-50, False)])
def test_targets_may_be_off_by_what_dividing_by_their_sum_rounds_and_no_more(
    off: float, accepted: bool
) -> None:
    y = matrix(np.array([[0.5], [0.5 + off]]))
    if accepted:
        COSTS["categorical_cross_entropy"].refuse_unless_targets(y)
        return
    with pytest.raises(ArgumentError, match="column 0 that adds up to"):
        COSTS["categorical_cross_entropy"].refuse_unless_targets(y)


def test_a_cost_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        COSTS["quadratic"].name = "absolute"  # type: ignore[misc]
