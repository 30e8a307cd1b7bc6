"""Parameters: what fits together, and what is said about what does not."""

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from refnet.arrays import Column, Matrix, column, matrix
from refnet.errors import ArgumentError, RefnetError, ShapeError
from refnet.parameters import Parameters


def weights(*shapes: tuple[int, int]) -> tuple[Matrix, ...]:
    return tuple(matrix(np.ones(shape)) for shape in shapes)


def biases(*units: int) -> tuple[Column, ...]:
    return tuple(column(np.zeros((n, 1))) for n in units)


def test_the_sizes_are_the_units_of_every_layer_the_input_included() -> None:
    assert Parameters(weights((3, 2), (4, 3)), biases(3, 4)).sizes == (2, 3, 4)
    assert Parameters(weights((1, 1)), biases(1)).sizes == (1, 1)


def spoilt(rows: int, columns: int, value: float) -> Any:
    return np.full((rows, columns), value)


def as_is(value: object) -> Any:
    """Smuggle what no type checker would let through."""
    return value


@pytest.mark.parametrize(
    ("w", "b", "fault", "says"),
    [
        ((), (), ShapeError, "parameters: got 0 weight matrices and 0 biases"),
        (weights((3, 2)), (), ShapeError, "got 1 weight matrices and 0 biases"),
        (weights((3, 2)), biases(3, 3), ShapeError, "got 1 weight matrices and 2 biases"),
        (weights((3, 2), (4, 2)), biases(3, 4), ShapeError, "weights of layer 2: got shape (4, 2)"),
        (weights((3, 2), (4, 4)), biases(3, 4), ShapeError, "weights of layer 2: got shape (4, 4)"),
        (weights((3, 2), (4, 3)), biases(3, 3), ShapeError, "biases of layer 2: got shape (3, 1)"),
        (weights((3, 2)), biases(4), ShapeError, "biases of layer 1: got shape (4, 1)"),
        (weights((3, 2)), biases(2), ShapeError, "biases of layer 1: got shape (2, 1)"),
        (
            weights((0, 2)),
            biases(0),
            ShapeError,
            "weights of layer 1: got an array of shape (0, 2)",
        ),
        (weights((3, 2)), as_is((np.zeros(3),)), ShapeError, "biases of layer 1: got an array of"),
        (
            weights((3, 2)),
            as_is((np.zeros((1, 3)),)),
            ShapeError,
            "biases of layer 1: got an array",
        ),
        (as_is((np.ones((3, 2), np.float32),)), biases(3), ShapeError, "type float32"),
        (as_is(([[1.0, 2.0]],)), biases(1), ShapeError, "weights of layer 1: got list"),
        (
            (spoilt(3, 2, np.nan),),
            biases(3),
            ArgumentError,
            "weights of layer 1: got nan",
        ),
        (weights((3, 2)), (spoilt(3, 1, np.inf),), ArgumentError, "layer 1: got inf"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_naming_the_layer(
    w: tuple[Matrix, ...], b: tuple[Column, ...], fault: type[RefnetError], says: str
) -> None:
    with pytest.raises(RefnetError) as caught:
        Parameters(w, b)
    assert type(caught.value) is fault
    assert says in str(caught.value)
    assert "expected " in str(caught.value)


def test_parameters_of_many_units_and_layers_fit_as_those_of_few_do() -> None:
    """More than Python keeps one object of each number for."""
    assert Parameters(weights((300, 2), (1, 300)), biases(300, 1)).sizes == (2, 300, 1)
    assert len(Parameters(weights((1, 1)) * 300, biases(1) * 300).sizes) == 301


def test_parameters_never_change_and_are_equal_to_themselves_alone() -> None:
    one = Parameters(weights((1, 1)), biases(1))
    with pytest.raises(FrozenInstanceError):
        one.weights = ()  # type: ignore[misc]
    assert one != replace(one)
    assert len({one, replace(one)}) == 2
