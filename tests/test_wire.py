"""The JSON form of problems and answers: exact both ways, and clear about what is not one."""

import copy
import json
import math
import struct
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refnet.arrays import FloatArray, column, matrix
from refnet.errors import ArgumentError, RefnetError, ShapeError, SubjectError
from refnet.parameters import Parameters
from refnet.problem import PARTS, Answer, Failure, Layers, Problem
from refnet.wire import (
    JSON,
    answer_from_json,
    answer_to_json,
    dumps,
    loads,
    problem_from_json,
    problem_to_json,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
# Hypothesis finds subnormals and -0.0 by itself; the examples below make sure of them.
AWKWARD = [-0.0, 5e-324, -2.2250738585072014e-308, 1.7976931348623157e308, 0.1 + 0.2, 1e22]
NOT_FINITE = [math.nan, math.inf, -math.inf]


def array_of(rows: int, columns: int) -> st.SearchStrategy[FloatArray]:
    return hnp.arrays(np.float64, (rows, columns), elements=FINITE)


ANY_ARRAY = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
    elements=st.floats(),
)
LAYERS = st.builds(
    Layers,
    weights=st.lists(ANY_ARRAY, max_size=3).map(tuple),
    biases=st.lists(ANY_ARRAY, max_size=3).map(tuple),
)
FAILURES = st.builds(Failure, kind=st.text(), message=st.text(), where=st.text())
ANSWERS = st.builds(
    Answer,
    outputs=st.none() | ANY_ARRAY,
    cost=st.none() | st.floats(),
    gradients=st.none() | LAYERS,
    step=st.none() | LAYERS,
    predictions=st.none() | ANY_ARRAY,
    correct=st.none() | st.integers(),
    initial=st.none() | LAYERS,
    failures=st.dictionaries(st.sampled_from(PARTS), FAILURES),
    changed=st.lists(st.text()).map(tuple),
)


@st.composite
def problems(draw: st.DrawFn, depth: int = 1) -> Problem:
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    samples = draw(st.integers(1, 3))
    return Problem(
        parameters=Parameters(
            tuple(matrix(draw(array_of(n, m))) for m, n in pairwise(sizes)),
            tuple(column(draw(array_of(n, 1))) for n in sizes[1:]),
        ),
        activations=tuple(draw(st.text()) for _ in sizes[1:]),
        cost=draw(st.text()),
        x=matrix(draw(array_of(sizes[0], samples))),
        y=matrix(draw(array_of(sizes[-1], samples))),
        asks=tuple(draw(st.lists(st.sampled_from(PARTS), unique=True))),
        l2=draw(FINITE.map(abs)),
        training_size=draw(st.integers(1, 2**70)),
        learning_rate=draw(FINITE),
        steps=draw(st.integers(1)),
        leaky_slope=draw(FINITE),
        after=draw(problems(depth - 1)) if depth and draw(st.booleans()) else None,
        initializer=draw(st.none() | st.text()),
        seed=draw(st.integers()),
    )


def bits(value: object) -> object:
    """Turn plain data into something that is equal only where every bit is; NaNs are alike."""
    if isinstance(value, np.ndarray):
        array = cast(FloatArray, value)
        return ("array", array.shape, [bits(number) for number in array.ravel().tolist()])
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else struct.pack("<d", value)
    if isinstance(value, Problem | Answer | Layers | Parameters):
        return {field.name: bits(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [bits(item) for item in cast(tuple[object, ...], value)]
    return dict(cast(Any, value)) if hasattr(value, "items") else value


def small_problem() -> Problem:
    return Problem(
        parameters=Parameters((matrix(np.array([[1.0, -2.0]])),), (column(np.array([[0.5]])),)),
        activations=("sigmoid",),
        cost="quadratic",
        x=matrix(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
        y=matrix(np.array([[0.0, 1.0, 0.0]])),
    )


@given(problems())
def test_a_problem_comes_back_to_the_last_bit(problem: Problem) -> None:
    line = dumps(problem_to_json(problem))
    assert bits(problem_from_json(loads(line))) == bits(problem)
    assert "\n" not in line
    assert line.isascii()


@given(ANSWERS)
@example(Answer(outputs=np.array(AWKWARD), cost=-0.0))
@example(Answer(outputs=np.array([NOT_FINITE]), cost=math.nan))
@example(Answer(outputs=np.zeros((0, 3)), predictions=np.zeros((3, 0, 2))))
@example(Answer(outputs=np.array(-0.0)))
def test_an_answer_comes_back_to_the_last_bit_whatever_its_shapes(answer: Answer) -> None:
    line = dumps(answer_to_json(answer))
    assert bits(answer_from_json(loads(line))) == bits(answer)
    assert "\n" not in line


@given(ANSWERS)
def test_no_number_outside_json_is_ever_written(answer: Answer) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(dumps(answer_to_json(answer)), parse_constant=refuse)


def test_the_form_of_a_problem_is_the_documented_one() -> None:
    assert problem_to_json(small_problem()) == {
        "weights": [[[1.0, -2.0]]],
        "biases": [[[0.5]]],
        "activations": ["sigmoid"],
        "cost": "quadratic",
        "x": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        "y": [[0.0, 1.0, 0.0]],
        "asks": ["outputs", "cost", "gradients"],
        "l2": 0.0,
        "training_size": 1,
        "learning_rate": 1.0,
        "steps": 1,
        "leaky_slope": 0.25,
        "after": None,
        "initializer": None,
        "seed": 0,
    }


def test_the_form_of_an_answer_is_the_documented_one() -> None:
    answer = Answer(
        outputs=np.array([[math.nan, -math.inf]]),
        cost=math.inf,
        gradients=Layers((np.zeros((0, 2)),), (np.array(1.0),)),
        correct=3,
        failures={"step": Failure("ValueError", "no", "line 3")},
        changed=("x",),
    )
    assert answer_to_json(answer) == {
        "outputs": [["NaN", "-Infinity"]],
        "cost": "Infinity",
        "gradients": {"weights": [{"shape": [0, 2]}], "biases": [1.0]},
        "correct": 3,
        "failures": {"step": {"kind": "ValueError", "message": "no", "where": "line 3"}},
        "changed": ["x"],
    }


def test_every_field_of_a_problem_has_its_place() -> None:
    names = {field.name for field in fields(Problem)} - {"parameters"} | {"weights", "biases"}
    assert set(problem_to_json(small_problem())) == names


def test_fields_that_have_a_default_may_be_left_out_or_null() -> None:
    data = problem_to_json(small_problem())
    required = {name: data[name] for name in ("weights", "biases", "activations", "cost", "x", "y")}
    assert bits(problem_from_json(required)) == bits(small_problem())
    assert bits(problem_from_json(dict.fromkeys(data) | required)) == bits(small_problem())


def test_integers_may_stand_for_floats() -> None:
    answer = answer_from_json({"outputs": [[1, 2.5]], "cost": 3})
    assert bits(answer) == bits(Answer(outputs=np.array([[1.0, 2.5]]), cost=3.0))


def test_an_answer_of_nulls_answers_nothing() -> None:
    nothing = answer_from_json(dict.fromkeys(field.name for field in fields(Answer)))
    assert bits(nothing) == bits(Answer())


def change(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def apply(data: dict[str, Any]) -> None:
        place: Any = data
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return apply


def remove(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(name)


@pytest.mark.parametrize(
    ("spoil", "fault", "field"),
    [
        (remove("x"), ArgumentError, "x: got nothing"),
        (change("cost", to=None), ArgumentError, "cost: got nothing"),
        (change("extra", to=1), ArgumentError, "'extra'"),
        (change("cost", to=1), ArgumentError, "cost: got 1"),
        (change("activations", to="relu"), ArgumentError, "activations: got 'relu'"),
        (change("activations", 0, to=None), ArgumentError, r"activations[0]: got None"),
        (change("activations", to=[]), ArgumentError, "activations: got 0"),
        (change("weights", to=1.0), ArgumentError, "weights: got 1.0"),
        (
            change("weights", 0, to=[[1.0], [1.0, 2.0]]),
            ShapeError,
            "weights[0][1]: got a list of 2",
        ),
        (change("weights", 0, to=[1.0]), ShapeError, "weights[0]: got an array of shape (1,)"),
        (change("weights", 0, 0, 1, to="x"), ArgumentError, "weights[0][0][1]: got 'x'"),
        (change("weights", 0, 0, 1, to="NaN"), ArgumentError, "weights of layer 1: got nan"),
        (change("biases", to=[[0.5]]), ShapeError, "biases[0]: got an array of shape (1,)"),
        (
            change("biases", 0, to=[[0.5, 0.5]]),
            ShapeError,
            "biases[0]: got an array of shape (1, 2)",
        ),
        (change("biases", to=[]), ShapeError, "parameters: got 1 weight matrices and 0"),
        (change("x", to=[[1.0], [[2.0]]]), ShapeError, "x[1][0]: got a list of 1"),
        (change("x", to=[[[1.0]], [2.0]]), ShapeError, "x[1][0]: got 2.0"),
        (change("x", to=[[1.0], 2.0]), ShapeError, "x[1]: got 2.0"),
        (change("x", to=[[1.0, 2.0]]), ShapeError, "x and y"),
        (change("x", to={"shape": [2, 0]}), ShapeError, "x: got an array of shape (2, 0)"),
        (change("x", to={"shape": [2, 1]}), ArgumentError, "x.shape: got [2, 1]"),
        (change("x", to={"shape": [-2, 0]}), ArgumentError, "x.shape: got [-2, 0]"),
        (change("x", to={"shape": [0] * 65}), ArgumentError, "x.shape: got [0, 0"),
        (change("x", to={"shape": [2**40, 2**40, 0]}), ArgumentError, "x.shape: got [10995"),
        (change("x", to={"shape": [2**80, 0]}), ArgumentError, "x.shape: got [12089"),
        (change("x", to={"shape": [0, 0.5]}), ArgumentError, "x.shape[1]: got 0.5"),
        (change("x", to={"shape": None}), ArgumentError, "x.shape: got None"),
        (change("x", to={"rows": 0}), ArgumentError, "x: got 'rows'"),
        (change("x", 0, 1, to=True), ArgumentError, "x[0][1]: got True"),
        (change("x", 0, 1, to=math.nan), ArgumentError, "x[0][1]: got nan"),
        (change("x", 0, 1, to=10**400), ArgumentError, "x[0][1]: got 1000"),
        (change("x", 0, 1, to=None), ArgumentError, "x[0][1]: got None"),
        (change("asks", to=["outputs", "delta"]), ArgumentError, "asks[1]: got 'delta'"),
        (change("asks", to=[3]), ArgumentError, "asks[0]: got 3"),
        (change("l2", to="0"), ArgumentError, "l2: got '0'"),
        (change("l2", to=-1), ArgumentError, "l2: got"),
        (change("learning_rate", to="NaN"), ArgumentError, "learning_rate: got nan"),
        (change("steps", to=1.0), ArgumentError, "steps: got 1.0"),
        (change("seed", to=False), ArgumentError, "seed: got False"),
        (change("initializer", to=["he"]), ArgumentError, "initializer: got ['he']"),
        (change("after", to=[]), ArgumentError, "problem: after: got []"),
        (change("after", to={"x": []}), ArgumentError, "problem: after: weights: got nothing"),
    ],
)
def test_a_malformed_problem_is_refused_by_naming_the_field(
    spoil: Callable[[dict[str, Any]], None], fault: type[RefnetError], field: str
) -> None:
    data = copy.deepcopy(problem_to_json(small_problem()))
    spoil(data)
    with pytest.raises(ArgumentError) as caught:
        problem_from_json(data)
    assert type(caught.value) is fault
    message = str(caught.value)
    assert field in message
    assert "expected" in message
    assert "\n" not in message


@pytest.mark.parametrize("data", [None, [], "problem", 1])
def test_what_is_no_object_is_neither_problem_nor_answer(data: JSON) -> None:
    with pytest.raises(ArgumentError, match=r"problem: got .* expected a JSON object"):
        problem_from_json(data)
    with pytest.raises(SubjectError, match=r"answer: got .* expected a JSON object"):
        answer_from_json(data)


def test_problems_nested_without_end_are_refused() -> None:
    data: dict[str, Any] = problem_to_json(small_problem())
    data["after"] = data
    with pytest.raises(ArgumentError, match="after: got problems nested too deep"):
        problem_from_json(data)


def nested(depth: int) -> JSON:
    value: JSON = 1.0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"gradient": {}}, "got 'gradient'"),
        ({"outputs": [[1.0, 2.0], [3.0]]}, "outputs[1]: got a list of 1"),
        ({"outputs": [[1.0], [{"a": 1}]]}, "outputs[1][0]: got {'a': 1}"),
        ({"outputs": "[[1.0]]"}, "outputs: got '[[1.0]]'"),
        ({"outputs": [["nan"]]}, "outputs[0][0]: got 'nan'"),
        ({"outputs": [[math.inf]]}, "outputs[0][0]: got inf"),
        ({"outputs": nested(65)}, "at most 64 deep"),
        ({"outputs": nested(500)}, "at most 64 deep"),
        ({"cost": [1.0]}, "cost: got [1.0]"),
        ({"cost": True}, "cost: got True"),
        ({"correct": 3.0}, "correct: got 3.0"),
        ({"correct": "NaN"}, "correct: got 'NaN'"),
        ({"predictions": [1, "2"]}, "predictions[1]: got '2'"),
        ({"gradients": [[1.0]]}, "gradients: got [[1.0]]"),
        ({"gradients": {"weights": []}}, "gradients.biases: got None"),
        ({"gradients": {"weights": [], "biases": [], "nabla": []}}, "gradients: got 'nabla'"),
        ({"step": {"weights": [[["a"]]], "biases": []}}, "step.weights[0][0][0]: got 'a'"),
        ({"failures": []}, "failures: got []"),
        ({"failures": {"delta": {}}}, "failures: got 'delta'"),
        ({"failures": {"cost": "no"}}, "failures.cost: got 'no'"),
        ({"failures": {"cost": {"kind": "E"}}}, "failures.cost.message: got None"),
        ({"failures": {"cost": {"message": "E"}}}, "failures.cost.kind: got None"),
        ({"failures": {"cost": {"kind": "E", "message": "m", "where": 3}}}, "where: got 3"),
        ({"changed": "x"}, "changed: got 'x'"),
        ({"changed": ["x", 1]}, "changed[1]: got 1"),
        ({"outputs": [["x" * 10_000]]}, "outputs[0][0]: got 'xxx"),
    ],
)
def test_a_malformed_answer_is_refused_by_naming_the_field(data: JSON, field: str) -> None:
    with pytest.raises(SubjectError) as caught:
        answer_from_json(data)
    message = str(caught.value)
    assert field in message
    assert "expected" in message
    assert len(message) < 400


def test_an_array_as_deep_as_numpy_allows_is_an_array() -> None:
    outputs = answer_from_json({"outputs": nested(64)}).outputs
    assert outputs is not None
    assert outputs.shape == (1,) * 64


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "hello",
        '{"cost": NaN}',
        "[-Infinity]",
        "[" * 100_000,
        "1" * 5000,
        b"\xff\xfe",
        "{} {}",
    ],
)
def test_a_line_that_is_not_json_is_refused_and_the_blame_is_the_callers_choice(
    line: str | bytes,
) -> None:
    with pytest.raises(SubjectError, match=r"JSON: got .*; expected"):
        loads(line)
    with pytest.raises(ArgumentError, match=r"JSON: got .*; expected"):
        loads(line, ArgumentError)


@pytest.mark.parametrize("value", NOT_FINITE)
def test_a_bare_nan_is_never_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"cost": value})
