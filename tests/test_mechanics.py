"""A whole answer by replaceable steps: the right ones agree, each can be replaced."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest

from refnet import ArgumentError, Network, Parameters, Problem, column, matrix
from refnet.activations import activation_by_name
from refnet.bounded_functions import activation as sigma
from refnet.costs import cost_by_name
from refnet.initializers import INITIALIZERS
from refnet.mechanics import RIGHT, Mechanics, Trace, answer_bounded, expect
from refnet.problem import Answer, Layers, Part
from refnet.tolerance import FLOAT32, FLOAT64, Bounded

HEADS = (
    ("sigmoid", "sigmoid", "quadratic"),
    ("sigmoid", "sigmoid", "binary_cross_entropy"),
    ("relu", "softmax", "categorical_cross_entropy"),
    ("tanh", "identity", "quadratic"),
    ("leaky_relu", "tanh", "quadratic"),
    ("identity", "relu", "quadratic"),
)


def some_problem(
    head: tuple[str, str, str] = HEADS[0], *, seed: int = 0, samples: int = 3
) -> Problem:
    generator = np.random.default_rng(seed)

    def numbers(rows: int, columns: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        return generator.choice([-1.5, -1.0, -0.5, 0.5, 1.0, 2.0], (rows, columns))

    hidden, output, cost = head
    sizes = (3, 4, 2, 2)
    y = numbers(2, samples)
    if cost != "quadratic":
        y = np.eye(2)[:, generator.integers(0, 2, samples)]
    return Problem(
        parameters=Parameters(
            tuple(matrix(numbers(k, n)) for n, k in pairwise(sizes)),
            tuple(column(numbers(k, 1)) for k in sizes[1:]),
        ),
        activations=(hidden, hidden, output),
        cost=cost,
        x=matrix(numbers(3, samples)),
        y=matrix(y),
        asks=("outputs", "cost", "gradients", "step"),
        l2=0.5,
        training_size=7,
        learning_rate=0.25,
    )


def within(got: Layers | None, right: Layers | None, bound: Layers | None) -> bool:
    assert got is not None
    assert right is not None
    assert bound is not None
    return all(
        np.all(np.abs(value - wanted) <= allowed)
        for value, wanted, allowed in zip(
            (*got.weights, *got.biases),
            (*right.weights, *right.biases),
            (*bound.weights, *bound.biases),
            strict=True,
        )
    )


def agree(answer: Answer, right: Answer, bound: Answer) -> bool:
    assert answer.outputs is not None
    assert right.outputs is not None
    assert bound.outputs is not None
    assert answer.cost is not None
    assert right.cost is not None
    assert bound.cost is not None
    return bool(
        np.all(np.abs(answer.outputs - right.outputs) <= bound.outputs)
        and abs(answer.cost - right.cost) <= bound.cost
        and within(answer.gradients, right.gradients, bound.gradients)
        and within(answer.step, right.step, bound.step)
    )


@pytest.mark.parametrize("head", HEADS, ids="-".join)
@pytest.mark.parametrize("steps", [1, 3])
def test_the_right_steps_answer_as_the_readable_network_does(
    head: tuple[str, str, str], steps: int
) -> None:
    for seed in range(20):
        problem = replace(some_problem(head, seed=seed), steps=steps)
        expected = expect(problem)
        assert agree(answer_bounded(problem).answer, expected.answer, expected.bound)


def test_what_is_expected_is_what_the_readable_network_says() -> None:
    problem = replace(some_problem(), steps=2)
    network = Network(
        problem.parameters,
        tuple(activation_by_name(name) for name in problem.activations),
        cost_by_name(problem.cost),
        problem.l2,
        problem.training_size,
    )
    answer = expect(problem).answer
    first = network.backprop(problem.x, problem.y)
    assert answer.cost == network.cost_of(problem.x, problem.y)
    assert answer.gradients is not None
    assert all(map(np.array_equal, answer.gradients.weights, first.weights))
    assert answer.step is not None
    moved = Parameters(
        tuple(
            matrix(w - 0.25 * dw)
            for w, dw in zip(problem.parameters.weights, first.weights, strict=True)
        ),
        tuple(
            column(b - 0.25 * db)
            for b, db in zip(problem.parameters.biases, first.biases, strict=True)
        ),
    )
    second = replace(network, parameters=moved).backprop(problem.x, problem.y)
    for w, dw, stepped in zip(moved.weights, second.weights, answer.step.weights, strict=True):
        assert np.array_equal(w - 0.25 * dw, stepped)


def test_only_what_is_asked_is_answered() -> None:
    asked: tuple[Part, ...] = ("gradients",)
    expected = expect(replace(some_problem(), asks=asked))
    for answer in (expected.answer, expected.bound):
        assert answer.gradients is not None
        assert (answer.outputs, answer.cost, answer.step, answer.initial) == (None,) * 4


def test_a_problem_answered_before_makes_no_difference() -> None:
    problem = some_problem()
    before = replace(some_problem(seed=5, samples=2), parameters=problem.parameters)
    alone, after = answer_bounded(problem), answer_bounded(replace(problem, after=before))
    assert after.answer.cost == alone.answer.cost
    assert agree(after.answer, alone.answer, alone.bound)


def test_a_step_carries_the_errors_of_the_steps_before() -> None:
    problem = replace(some_problem(), asks=("step",))
    one, many = answer_bounded(problem), answer_bounded(replace(problem, steps=4))
    assert one.bound.step is not None
    assert many.bound.step is not None
    assert all(
        np.all(later > 2.0 * earlier)
        for earlier, later in zip(one.bound.step.weights, many.bound.step.weights, strict=True)
    )


def test_the_bound_of_a_coarser_precision_includes_the_reference_itself() -> None:
    problem = some_problem()
    single, double = answer_bounded(problem, RIGHT, FLOAT32), answer_bounded(problem)
    both = expect(problem, FLOAT32)
    assert single.bound.cost is not None
    assert both.bound.cost == single.bound.cost + (double.bound.cost or np.nan)
    assert expect(problem, FLOAT64).bound.cost == 2.0 * (double.bound.cost or np.nan)


def one_unit_at(z: float) -> Problem:
    """Return a network of one ReLU unit before a linear one, whose weighted input is z."""
    one = matrix(np.ones((1, 1)))
    return Problem(
        parameters=Parameters((one, one), (column(np.array([[z - 1.0]])), column(-2.0 * one))),
        activations=("relu", "identity"),
        cost="quadratic",
        x=one,
        y=one,
        asks=("gradients",),
    )


def test_at_a_kink_the_bound_spans_both_branches() -> None:
    expected = expect(one_unit_at(0.0))
    gradients, bound = expected.answer.gradients, expected.bound.gradients
    assert gradients is not None
    assert bound is not None
    for slope in (0.0, 0.5, 1.0):
        assert abs(-3.0 * slope - gradients.weights[0][0, 0]) <= bound.weights[0][0, 0]
    clear = expect(one_unit_at(2.0**-20)).bound.gradients
    assert clear is not None
    assert clear.weights[0][0, 0] < 1e-14


def test_what_overflows_is_not_judged() -> None:
    huge = Parameters(
        tuple(matrix(1e200 * w) for w in some_problem().parameters.weights),
        some_problem().parameters.biases,
    )
    problem = replace(some_problem(("identity", "identity", "quadratic")), parameters=huge)
    bound = expect(problem).bound
    assert bound.cost == np.inf
    assert bound.gradients is not None
    assert all(np.isinf(w).all() for w in bound.gradients.weights)


def test_what_overflows_in_float32_is_not_judged_there() -> None:
    large = Parameters(
        tuple(matrix(1e15 * w) for w in some_problem().parameters.weights),
        some_problem().parameters.biases,
    )
    problem = replace(some_problem(("identity", "identity", "quadratic")), parameters=large)
    assert expect(problem, FLOAT32).bound.cost == np.inf
    assert np.isfinite(expect(problem).bound.cost or 0.0)


def test_classes_and_counts_come_with_the_outputs_that_decide_them() -> None:
    asked: tuple[Part, ...] = ("predictions", "correct")
    problem = replace(some_problem(HEADS[2]), asks=asked)
    expected = expect(problem)
    outputs, predictions = expected.answer.outputs, expected.answer.predictions
    assert outputs is not None
    assert expected.bound.outputs is not None
    assert predictions is not None
    assert np.array_equal(predictions, outputs.argmax(axis=0))
    assert expected.answer.correct == int(np.sum(predictions == problem.y.argmax(axis=0)))
    assert expected.bound.predictions is None


@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_parameters_follow_the_scheme_and_the_seed(name: str) -> None:
    problem = replace(some_problem(), asks=("initial",), initializer=name, seed=11)
    initial = expect(problem).answer.initial
    drawn = INITIALIZERS[name].parameters(problem.sizes, np.random.default_rng(11))
    assert initial is not None
    assert all(map(np.array_equal, initial.weights, drawn.weights))
    assert all(map(np.array_equal, initial.biases, drawn.biases))


def test_a_problem_no_network_can_answer_is_refused() -> None:
    with pytest.raises(ArgumentError, match="cost"):
        expect(replace(some_problem(), cost="categorical_cross_entropy"))


def test_a_wrong_step_that_raises_fails_only_the_parts_that_need_it() -> None:
    def too_far(trace: Trace, layer: int) -> Bounded:
        return trace.weights[layer + 1] @ trace.deltas[layer + 1]

    answer = answer_bounded(some_problem(), replace(RIGHT, propagated=too_far)).answer
    assert set(answer.failures) == {"gradients", "step"}
    assert answer.failures["gradients"].kind == "ValueError"
    assert "mismatch" in answer.failures["gradients"].message
    assert answer.outputs is not None
    assert answer.gradients is None


def test_an_exception_in_the_right_steps_is_never_swallowed() -> None:
    with pytest.raises(ArgumentError, match="initializer"):
        answer_bounded(replace(some_problem(), asks=("initial",), initializer="magic"))


def test_a_network_with_a_wrong_activation_has_its_cost_from_its_outputs() -> None:
    def sigmoid_again(trace: Trace, layer: int) -> Bounded:
        return sigma("sigmoid", trace.weighted_inputs[layer], 0.0)

    for head in HEADS[:3]:
        problem = replace(some_problem(head), asks=("outputs", "cost"), l2=0.0)
        answer = answer_bounded(problem, replace(RIGHT, activation=sigmoid_again)).answer
        a, y = answer.outputs, problem.y
        assert a is not None
        by_hand = {
            "quadratic": 0.5 * (a - y) ** 2,
            "binary_cross_entropy": -(y * np.log(a) + (1 - y) * np.log(1 - a)),
            "categorical_cross_entropy": -y * np.log(a),
        }[problem.cost]
        assert answer.cost == pytest.approx(by_hand.sum() / problem.samples, rel=1e-12)


def test_every_step_is_a_field_of_its_own_and_documented() -> None:
    documented = Mechanics.__doc__ or ""
    for field in fields(Mechanics):
        assert f"`{field.name}`" in documented


def test_later_passes_see_what_was_computed_before() -> None:
    problem = some_problem()
    before = replace(problem, asks=("step",), steps=2)
    trace = Trace(replace(problem, after=before), RIGHT)
    assert trace.earlier is not None
    assert trace.earlier.descending
    assert trace.earlier.earlier is not None
    assert trace.earlier.earlier.earlier is None
    asked_once = Trace(replace(problem, after=replace(problem, asks=("gradients",))), RIGHT)
    assert asked_once.earlier is not None
    assert not asked_once.earlier.descending
