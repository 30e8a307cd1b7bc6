"""Problems: what can be asked, and what is said about what cannot."""

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from refnet.arrays import Matrix, column, matrix
from refnet.errors import ArgumentError, RefnetError, ShapeError
from refnet.parameters import Parameters
from refnet.problem import (
    PARTS,
    Answer,
    Branch,
    Expected,
    Failure,
    Kink,
    Kinks,
    Layers,
    Part,
    Problem,
)


def ones(rows: int, columns: int) -> Matrix:
    return matrix(np.ones((rows, columns)))


PROBLEM = Problem(
    parameters=Parameters((ones(3, 2), ones(1, 3)), (column(ones(3, 1)), column(ones(1, 1)))),
    activations=("tanh", "sigmoid"),
    cost="quadratic",
    x=ones(2, 5),
    y=ones(1, 5),
)


def test_a_problem_knows_its_sizes_and_its_samples() -> None:
    assert PROBLEM.sizes == (2, 3, 1)
    assert PROBLEM.samples == 5


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_asked_and_is_a_field_of_an_answer(part: Part) -> None:
    assert replace(PROBLEM, asks=(part,)).asks == (part,)
    assert getattr(Answer(), part) is None


def test_an_answer_says_nothing_by_default() -> None:
    assert dict(Answer().failures) == {}
    assert Answer().changed == ()


@pytest.mark.parametrize(
    ("change", "fault", "says"),
    [
        ({"x": ones(3, 5)}, ShapeError, "x and y: got shapes (3, 5) and (1, 5)"),
        ({"y": ones(2, 5)}, ShapeError, "x and y: got shapes (2, 5) and (2, 5)"),
        ({"y": ones(1, 4)}, ShapeError, "x and y: got shapes (2, 5) and (1, 4)"),
        ({"x": ones(5, 2)}, ShapeError, "x and y: got shapes (5, 2)"),
        ({"x": ones(2, 0)}, ShapeError, "x: got an array of shape (2, 0)"),
        ({"x": np.ones(2)}, ShapeError, "x: got an array of shape (2,)"),
        (
            {"x": np.ones((2, 5), np.float32)},
            ShapeError,
            "x: got an array of shape (2, 5) and type",
        ),
        ({"y": [[1.0] * 5]}, ShapeError, "y: got list"),
        ({"x": matrix(np.full((2, 5), np.nan))}, ArgumentError, "x: got nan in row 0, column 0"),
        ({"y": matrix(np.full((1, 5), np.inf))}, ArgumentError, "y: got inf in row 0, column 0"),
        ({"activations": ("tanh",)}, ArgumentError, "activations: got 1; expected 2"),
        ({"activations": ("tanh",) * 3}, ArgumentError, "activations: got 3; expected 2"),
        ({"asks": ("delta", "cost", "z")}, ArgumentError, "asks: got 'delta', 'z'"),
        ({"training_size": 0}, ArgumentError, "training_size, steps, l2: got 0, 1, 0.0"),
        ({"steps": 0}, ArgumentError, "training_size, steps, l2: got 1, 0, 0.0"),
        ({"l2": -0.5}, ArgumentError, "training_size, steps, l2: got 1, 1, -0.5"),
        ({"l2": np.inf}, ArgumentError, "l2: got inf"),
        ({"l2": np.nan}, ArgumentError, "l2: got nan"),
        ({"learning_rate": -np.inf}, ArgumentError, "learning_rate: got -inf"),
        ({"leaky_slope": np.nan}, ArgumentError, "leaky_slope: got nan"),
    ],
)
def test_a_problem_that_cannot_be_meant_is_refused_by_naming_the_field(
    change: dict[str, Any], fault: type[RefnetError], says: str
) -> None:
    with pytest.raises(RefnetError) as caught:
        replace(PROBLEM, **change)
    assert type(caught.value) is fault
    assert says in str(caught.value)
    assert "expected " in str(caught.value)


def test_a_problem_says_what_it_says_by_default() -> None:
    assert PROBLEM.asks == ("outputs", "cost", "gradients")
    assert (PROBLEM.l2, PROBLEM.training_size) == (0.0, 1)
    assert (PROBLEM.learning_rate, PROBLEM.steps, PROBLEM.leaky_slope) == (1.0, 1, 0.25)
    assert (PROBLEM.after, PROBLEM.initializer, PROBLEM.seed) == (None, None, 0)


def test_the_smallest_counts_and_larger_ones_are_accepted() -> None:
    assert replace(PROBLEM, steps=3, training_size=7).steps == 3


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (PROBLEM, "l2"),
        (Layers((), ()), "weights"),
        (Failure("Timeout", "30 s"), "kind"),
        (Answer(), "cost"),
        (Kink(0, 1, 2), "unit"),
        (Branch((0.5,), Answer(), Answer()), "shares"),
        (Kinks((), (), Answer()), "branches"),
        (Expected(Answer(), Answer()), "bound"),
    ],
)
def test_what_was_asked_or_answered_never_changes(data: object, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(data, field, None)


@pytest.mark.parametrize(
    "data",
    [
        PROBLEM,
        Layers((), ()),
        Answer(),
        Branch((), Answer(), Answer()),
        Kinks((), (), Answer()),
        Expected(Answer(), Answer()),
    ],
    ids=type,
)
def test_what_holds_arrays_is_equal_to_itself_alone(data: Any) -> None:
    """Comparing arrays elementwise has no truth; as a key it must be this one and no other."""
    assert data == data  # noqa: PLR0124
    assert data != replace(data)
    assert len({data, replace(data)}) == 2


def test_failures_are_equal_where_they_say_the_same() -> None:
    assert Failure("Timeout", "30 s") == Failure("Timeout", "30 s", "")
    assert Failure("Timeout", "30 s") != Failure("Crash", "30 s")


def test_kinks_are_equal_where_they_are_the_same_place() -> None:
    assert Kink(0, 1, 2) == Kink(0, 1, 2)
    assert Kink(0, 1, 2) != Kink(0, 2, 1)


def test_a_problem_of_many_layers_is_counted_right() -> None:
    """More than Python keeps one object of each number for."""
    depth = 300
    parameters = Parameters((ones(1, 1),) * depth, (column(ones(1, 1)),) * depth)
    deep = Problem(parameters, ("tanh",) * depth, "quadratic", ones(1, 1), ones(1, 1))
    assert len(deep.sizes) == depth + 1


@pytest.mark.parametrize(
    "change",
    [
        {"x": matrix(np.full((2, 5), -1.0))},
        {"y": matrix(np.full((1, 5), 2.0))},
        {"activations": ("tanh", "identity")},
        {"cost": "binary_cross_entropy"},
        {"asks": ("cost",)},
        {"l2": 0.5},
        {"training_size": 9},
        {"learning_rate": 0.25},
        {"steps": 2},
        {"leaky_slope": 0.5},
        {"after": PROBLEM},
        {"after": replace(PROBLEM, seed=4)},
        {"initializer": "he"},
        {"seed": 3},
    ],
    ids=str,
)
def test_the_same_question_has_the_same_key_and_another_another(change: dict[str, Any]) -> None:
    changed = replace(PROBLEM, **change)
    assert changed.key == replace(PROBLEM, **change).key
    assert len({PROBLEM.key, changed.key, replace(changed, seed=77).key}) == 3
    earlier = [replace(changed, after=other) for other in (PROBLEM, replace(PROBLEM, l2=2.0))]
    assert earlier[0].key != earlier[1].key
    assert changed.key is changed.key, "made anew each time, of every number there is"
