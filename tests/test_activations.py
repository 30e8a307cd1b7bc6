"""Activations: right to the last bits for every finite input, and silent about it."""

from dataclasses import FrozenInstanceError
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refnet.activations import ACTIVATIONS, LEAKY_SLOPE, Activation, activation_by_name
from refnet.arrays import matrix
from refnet.errors import ArgumentError, ShapeError

ELEMENTWISE = [name for name in ACTIVATIONS if name != "softmax"]

# Eight roundings: what NumPy's exp and tanh may be off by, and the few operations around them.
ROUNDINGS = 8 * 2.0**-53
SMALLEST = Decimal(2) ** -1074

EXTREMES = [0.0, 1e-300, 1e-8, 0.5, 1.0, 8.0, 36.75, 40.0, 700.0, 709.0, 745.0, 746.0, 1e4]
LOGITS = matrix(np.array([*EXTREMES, *(-z for z in EXTREMES)]).reshape(2, -1))


def exact(name: str, z: float) -> tuple[Decimal, Decimal]:
    """Value and derivative to 60 digits, by the textbook formulas."""
    e = Decimal(z).exp()
    if name == "sigmoid":
        return e / (1 + e), e / (1 + e) ** 2
    return (e * e - 1) / (e * e + 1), 4 * e * e / (e * e + 1) ** 2


def is_right(got: float, expected: Decimal) -> bool:
    return abs(Decimal(got) - expected) <= Decimal(ROUNDINGS) * abs(expected) + SMALLEST


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
# Beyond a millionth, for below it the textbook formula needs more than 60 digits.
@given(st.floats(1e-6, 1e4) | st.floats(-1e4, -1e-6) | st.just(0.0))
@example(36.75)
@example(-710.0)
@example(-740.0)
@example(-745.5)
@example(-1e4)
def test_value_and_derivative_are_right_in_the_last_bits(name: str, z: float) -> None:
    column = matrix(np.array([[z]]))
    with localcontext() as context:
        context.prec = 60
        value, derivative = exact(name, z)
        assert is_right(ACTIVATIONS[name].value(column)[0, 0], value)
        assert is_right(ACTIVATIONS[name].derivative(column)[0, 0], derivative)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
@example([1e4, -1e4])
@example([1e308, -1e308])
def test_softmax_is_right_in_the_last_bits_and_adds_up_to_one(z: list[float]) -> None:
    got = ACTIVATIONS["softmax"].value(matrix(np.array(z).reshape(-1, 1)))
    assert abs(got.sum() - 1.0) <= len(z) * ROUNDINGS
    with localcontext() as context:
        context.prec = 60
        # The largest is subtracted in floats, which rounds once: e^x carries that error times |x|.
        exponentials = [(Decimal(value) - Decimal(max(z))).exp() for value in z]
        for value, p, e in zip(z, got[:, 0], exponentials, strict=True):
            expected = e / sum(exponentials)
            rounded_away = Decimal(2.0**-53) * (abs(Decimal(value) - Decimal(max(z))) + len(z))
            assert abs(Decimal(float(p)) - expected) <= (
                (Decimal(ROUNDINGS) + 2 * rounded_away) * expected + SMALLEST
            )


def test_softmax_looks_at_one_column_at_a_time() -> None:
    z = matrix(np.array([[0.0, 5.0], [0.0, 5.0], [0.0, 5.0]]))
    assert np.array_equal(ACTIVATIONS["softmax"].value(z), np.full((3, 2), 1 / 3))


def test_relu_and_its_slope_on_every_side_of_the_kink() -> None:
    z = matrix(np.array([[-2.0, -1e-300, 0.0, 1e-300, 2.0]]))
    relu, leaky = ACTIVATIONS["relu"], ACTIVATIONS["leaky_relu"]
    assert np.array_equal(relu.value(z), [[0.0, 0.0, 0.0, 1e-300, 2.0]])
    assert np.array_equal(relu.derivative(z), [[0.0, 0.0, 0.0, 1.0, 1.0]])
    slope = LEAKY_SLOPE
    assert np.array_equal(leaky.value(z), [[-2.0 * slope, -1e-300 * slope, 0.0, 1e-300, 2.0]])
    assert np.array_equal(leaky.derivative(z), [[slope, slope, slope, 1.0, 1.0]])


def test_identity_is_a_copy_that_may_be_written_to() -> None:
    z = matrix(np.array([[1.0, -2.0]]))
    a = ACTIVATIONS["identity"].value(z)
    assert np.array_equal(a, z)
    assert not np.shares_memory(a, z)
    assert np.array_equal(ACTIVATIONS["identity"].derivative(z), [[1.0, 1.0]])


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
@pytest.mark.parametrize("scale", [1.0, 1e304])
def test_no_finite_input_raises_a_floating_point_error_or_gives_nan(
    activation: Activation, scale: float
) -> None:
    z = matrix(LOGITS * scale)
    before = z.copy()
    with np.errstate(all="raise"):
        a = activation.value(z)
        slope = activation.derivative(z) if activation.elementwise_derivative else a
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()
    assert a.shape == slope.shape == z.shape
    assert np.array_equal(z, before), "an activation changed its input"


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(st.floats(-8.0, 8.0).filter(lambda z: abs(z) > 1e-3))
def test_derivative_is_the_slope_of_the_value(name: str, z: float) -> None:
    activation, h = ACTIVATIONS[name], 1e-5
    around = activation.value(matrix(np.array([[z - h, z + h]])))
    # h^2 / 6 times the third derivative (at most 2), and a rounding of values up to 8 over 2 h.
    slope = activation.derivative(matrix(np.array([[z]])))[0, 0]
    assert abs(slope - (around[0, 1] - around[0, 0]) / (2 * h)) < 1e-9


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_formulas_themselves_do_not_overflow(activation: Activation) -> None:
    """`value` would hide an overflow that does no harm; training calls the formulas."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        activation.formula(LOGITS)
        if activation.elementwise_derivative:
            activation.prime(LOGITS)


def test_softmax_has_no_elementwise_derivative() -> None:
    with pytest.raises(ArgumentError, match=r"softmax: .*Jacobian is not diagonal; pair it"):
        ACTIVATIONS["softmax"].derivative(LOGITS)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
@pytest.mark.parametrize(
    ("z", "error"),
    [
        (None, ShapeError),
        ([[1.0, 2.0]], ShapeError),
        (np.zeros(3), ShapeError),
        (np.zeros((2, 2, 2)), ShapeError),
        (np.zeros((2, 2), np.float32), ShapeError),
        (np.zeros((2, 2), np.int64), ShapeError),
        (np.zeros((2, 0)), ShapeError),
        (np.array([[np.nan]]), ArgumentError),
        (np.array([[-np.inf]]), ArgumentError),
    ],
)
def test_what_is_no_finite_matrix_is_refused(
    activation: Activation, z: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"z: got .*; expected .*; "):
        activation.value(z)
    with pytest.raises(error, match=r"z: got .*; expected .*; "):
        activation.derivative(z)


def test_leaky_slope_is_kept_and_concerns_leaky_relu_alone() -> None:
    leaky = activation_by_name("leaky_relu", 0.25)
    z = matrix(np.array([[-4.0, 4.0]]))
    assert leaky.leaky_slope == 0.25
    assert np.array_equal(leaky.value(z), [[-1.0, 4.0]])
    assert np.array_equal(leaky.derivative(z), [[0.25, 1.0]])
    assert activation_by_name("relu", 0.25) is ACTIVATIONS["relu"]


@pytest.mark.parametrize("name", ["Sigmoid", "", None, ["relu"], 3])
def test_unknown_names_are_refused_with_those_that_are_known(name: Any) -> None:
    with pytest.raises(ArgumentError, match=r"activation: got .*; expected one of sigmoid, tanh,"):
        activation_by_name(name)


@pytest.mark.parametrize("slope", [0.0, 1.0, -0.5, 2.0, float("nan"), None, "0.1"])
def test_a_leaky_slope_outside_0_to_1_is_refused(slope: Any) -> None:
    with pytest.raises(ArgumentError, match=r"leaky_slope: got .*; expected a number between"):
        activation_by_name("leaky_relu", slope)


def test_the_default_slope_is_exact_in_every_format_and_stands_in_the_table() -> None:
    assert LEAKY_SLOPE == 0.015625
    assert float(np.float16(LEAKY_SLOPE)) == LEAKY_SLOPE
    assert ACTIVATIONS["leaky_relu"].leaky_slope == LEAKY_SLOPE


def test_an_activation_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        ACTIVATIONS["relu"].name = "gelu"  # type: ignore[misc]
