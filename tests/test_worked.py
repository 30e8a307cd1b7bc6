"""The worked example: every number in it is right, and no problem can break it."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refnet.arrays import FloatArray, column, matrix
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Failure, Layers, Part, Problem
from refnet.report import worked
from refnet.report.decimals import array, decimal, factor, pair
from refnet.report.element import find_element
from refnet.report.worked import ends_in_the_message, work
from refnet.report.workings import Workings
from refnet.verdict import Example

QUADRATIC = (("sigmoid", "sigmoid"), "quadratic")
BINARY = (("tanh", "sigmoid"), "binary_cross_entropy")
CATEGORICAL = (("relu", "softmax"), "categorical_cross_entropy")


def make_problem(
    sizes: Sequence[int] = (1, 1, 1),
    head: tuple[tuple[str, ...], str] = QUADRATIC,
    samples: int = 1,
    asks: tuple[Part, ...] = ("outputs", "cost", "gradients"),
    **more: Any,
) -> Problem:
    """Make a problem of small dyadic numbers, none of them zero."""
    generator = np.random.default_rng(7)

    def numbers(rows: int, columns: int) -> FloatArray:
        return np.asarray(generator.choice([-1.5, -0.5, 0.25, 0.75, 1.0, 2.0], (rows, columns)))

    y = np.zeros((sizes[-1], samples))
    y[np.arange(samples) % sizes[-1], np.arange(samples)] = 1.0
    problem = Problem(
        Parameters(
            tuple(matrix(numbers(b, a)) for a, b in pairwise(sizes)),
            tuple(column(numbers(b, 1)) for b in sizes[1:]),
        ),
        head[0],
        head[1],
        matrix(numbers(sizes[0], samples)),
        matrix(y),
        asks,
    )
    return replace(problem, **more)


def right_answer(problem: Problem) -> Answer:
    """Answer everything as the reference does."""
    workings = Workings.of(problem)
    gradients = workings.gradients
    eta = problem.learning_rate
    cost = problem.l2 * 0.0 + workings.network.cost_of(problem.x, problem.y)
    best = np.argmax(workings.forward.outputs, axis=0)
    return Answer(
        outputs=workings.forward.outputs,
        cost=cost,
        gradients=Layers(gradients.weights, gradients.biases),
        step=Layers(
            tuple(
                w - eta * g
                for w, g in zip(problem.parameters.weights, gradients.weights, strict=True)
            ),
            tuple(
                b - eta * g
                for b, g in zip(problem.parameters.biases, gradients.biases, strict=True)
            ),
        ),
        predictions=best.astype(np.float64),
        correct=int((best == np.argmax(problem.y, axis=0)).sum()),
        initial=Layers(problem.parameters.weights, problem.parameters.biases),
    )


def make_example(problem: Problem, answer: Answer, **more: Any) -> Example:
    """Put an answer beside the right one, each number of which may be off by 1e-12."""
    right = right_answer(problem)

    def bounds(layers: Layers | None) -> Layers:
        assert layers is not None
        return Layers(
            tuple(np.full(w.shape, 1e-12) for w in layers.weights),
            tuple(np.full(b.shape, 1e-12) for b in layers.biases),
        )

    assert right.outputs is not None
    bound = Answer(
        outputs=np.full(right.outputs.shape, 1e-12),
        cost=1e-12,
        gradients=bounds(right.gradients),
        step=bounds(right.step),
    )
    example = Example("bp2/hidden-error", problem, answer, Expected(right, bound), "it differs")
    return replace(example, **more)


def changed_at(layers: Layers | None, kind: str, layer: int, index: tuple[int, int]) -> Layers:
    """Add a half to one number of one layer, counted from 1."""
    assert layers is not None
    weights = [w.copy() for w in layers.weights]
    biases = [b.copy() for b in layers.biases]
    (weights if kind == "W" else biases)[layer - 1][index] += 0.5
    return Layers(tuple(weights), tuple(biases))


def shown(example: Example) -> str:
    """Write the lines of an example below each other."""
    return "\n".join(f"{line.label:<11} {line.text}" for line in work(example))


PLAIN_ARITHMETIC = re.compile(r"[-+*/(). 0-9e]+")


def check_arithmetic(text: str) -> int:
    """Evaluate every chain of equal numbers as a pocket calculator does; count the chains."""
    joined = re.sub(r"\n {12,}= ", " = ", text)
    chains = 0
    for line in joined.splitlines():
        sides = line[12:].split("    ")[0].split(" = ")[1:]
        numbers = [eval(side) for side in sides if PLAIN_ARITHMETIC.fullmatch(side)]  # noqa: S307
        for number in numbers[1:]:
            assert math.isclose(number, numbers[0], rel_tol=1e-4, abs_tol=1e-6), line
            chains += 1
    return chains


@pytest.mark.parametrize("head", [QUADRATIC, BINARY, CATEGORICAL])
@pytest.mark.parametrize("l2", [0.0, 0.5])
@pytest.mark.parametrize("samples", [1, 2])
@pytest.mark.parametrize("kind", ["W", "b"])
@pytest.mark.parametrize("part", ["gradients", "step"])
def test_the_arithmetic_on_the_way_to_a_gradient_or_a_step_adds_up(
    head: tuple[tuple[str, ...], str], l2: float, samples: int, kind: str, part: Part
) -> None:
    more: dict[str, Any] = {"l2": l2, "training_size": 10, "learning_rate": 0.25}
    problem = make_problem((1, 1, 1), head, samples, (part,), **more)
    right = right_answer(problem)
    wrong = changed_at(getattr(right, part), kind, 1, (0, 0))
    answer = Answer(gradients=wrong) if part == "gradients" else Answer(step=wrong)
    text = shown(make_example(problem, answer))
    place = "[0, 0]" if kind == "W" else "[0]"
    name = f"{'d' if part == 'gradients' else ''}{kind}1{place}"
    value = getattr(right, part).weights if kind == "W" else getattr(right, part).biases
    assert f"your code   {name} = {decimal(float(value[0][0, 0]) + 0.5)}" in text
    assert f"right       {name} = {decimal(float(value[0][0, 0]))}" in text
    assert ("BP4" in text) == (kind == "W")
    assert ("BP3" in text) == (kind == "b")
    assert (" + lambda / n W1[0, 0]" in text) == (kind == "W" and l2 > 0), "biases never decay"
    assert ("eta" in text) == (part == "step")
    assert check_arithmetic(text) >= (1 if samples > 1 or kind == "W" or part == "step" else 0)


def test_a_small_network_is_worked_on_less_than_a_screen() -> None:
    for sizes in ((1, 1, 1), (2, 2, 2), (1, 1, 1, 1)):
        activations = ("sigmoid",) * (len(sizes) - 1)
        problem = make_problem(sizes, (activations, "quadratic"))
        wrong = changed_at(right_answer(problem).gradients, "W", 1, (0, 0))
        lines = work(make_example(problem, Answer(gradients=wrong)))
        assert 10 < len(lines) <= 25, sizes


def test_every_hidden_error_on_the_way_down_is_written_and_none_below() -> None:
    problem = make_problem((2, 2, 2, 2), (("sigmoid",) * 3, "quadratic"))
    right = right_answer(problem).gradients
    for layer, errors in ((3, 0), (2, 1), (1, 2)):
        wrong = changed_at(right, "W", layer, (1, 0))
        text = shown(make_example(problem, Answer(gradients=wrong)))
        assert text.count("BP2") == errors
        assert f"dW{layer}[1, 0] = " in text


def test_the_wrong_number_nearest_to_the_output_is_worked_because_it_is_the_shortest() -> None:
    problem = make_problem((2, 2, 2))
    both = changed_at(right_answer(problem).gradients, "W", 1, (0, 0))
    both = changed_at(both, "b", 2, (1, 0))
    assert "your code   db2[1]" in shown(make_example(problem, Answer(gradients=both)))


def test_the_number_which_the_law_named_is_worked_wherever_it_is() -> None:
    problem = make_problem((2, 2, 2))
    right = right_answer(problem).gradients
    assert right is not None
    both = changed_at(changed_at(right, "W", 1, (0, 1)), "b", 2, (1, 0))
    named: dict[str, Any] = {
        "got": float(both.weights[0][0, 1]),
        "expected": float(right.weights[0][0, 1]),
    }
    assert "your code   dW1[0, 1]" in shown(make_example(problem, Answer(gradients=both), **named))


def test_the_number_which_the_law_named_is_told_from_one_that_should_be_the_same() -> None:
    problem = make_problem((1, 2, 1))
    gradients = Layers((np.zeros((2, 1)), np.zeros((1, 2))), (np.zeros((2, 1)), np.zeros((1, 1))))
    wrong = changed_at(changed_at(gradients, "W", 2, (0, 0)), "W", 1, (1, 0))
    wrong.weights[0][1, 0] = 7.0
    expected = Expected(Answer(gradients=gradients), Answer())
    example = Example("x/y", problem, Answer(gradients=wrong), expected, "", got=7.0, expected=0.0)
    element = find_element(example)
    assert element is not None
    assert element.name == "dW1[1, 0]"


def test_a_number_of_which_nothing_can_be_said_is_never_called_wrong() -> None:
    problem = make_problem()
    right = right_answer(problem)
    wrong = replace(right, gradients=changed_at(right.gradients, "W", 2, (0, 0)))
    boundless = Layers((np.ones((1, 1)), np.full((1, 1), np.inf)), (np.ones((1, 1)),) * 2)
    expected = Expected(right, Answer(outputs=np.ones((1, 1)), cost=1.0, gradients=boundless))
    assert find_element(Example("x/y", problem, wrong, expected, "")) is None
    assert wrong.gradients is not None
    wrong.gradients.weights[1][0, 0] = np.nan
    assert find_element(Example("x/y", problem, wrong, expected, "")) is None


def test_a_number_that_is_none_is_found_and_shown() -> None:
    problem = make_problem()
    right = right_answer(problem).gradients
    assert right is not None
    broken = Layers((np.array([[np.nan]]), right.weights[1]), right.biases)
    example = make_example(problem, Answer(gradients=broken))
    assert "your code   dW1[0, 0] = NaN" in shown(example)
    named = replace(example, got=float("nan"), expected=float(right.weights[0][0, 0]))
    assert "your code   dW1[0, 0] = NaN" in shown(named)


@pytest.mark.parametrize("head", [QUADRATIC, BINARY, CATEGORICAL])
@pytest.mark.parametrize("l2", [0.0, 2.0])
def test_a_wrong_cost_is_worked_with_its_penalty(
    head: tuple[tuple[str, ...], str], l2: float
) -> None:
    problem = make_problem((2, 2, 2), head, 2, ("cost",), l2=l2, training_size=4)
    cost = right_answer(problem).cost
    assert cost is not None
    text = shown(make_example(problem, Answer(cost=cost + 1.0)))
    assert f"your code   C = {decimal(cost + 1.0)}" in text
    assert f"right       C = {decimal(cost)}" in text
    assert ("lambda / (2 n) sum W^2" in text) == (l2 > 0)
    assert check_arithmetic(text) == (l2 > 0), "data and penalty are added up"
    assert "BP1" not in text


def test_wrong_outputs_are_worked_forwards_only() -> None:
    problem = make_problem((2, 1, 2), asks=("outputs",))
    outputs = right_answer(problem).outputs
    assert outputs is not None
    text = shown(make_example(problem, Answer(outputs=outputs + 0.5)))
    assert f"your code   a2[0, 0] = {decimal(float(outputs[0, 0]) + 0.5)}" in text
    assert "BP" not in text
    assert check_arithmetic(text) >= 1, "z of the one hidden unit is written as a sum"


def test_a_batch_too_large_to_sum_by_hand_is_named_and_not_written_out() -> None:
    problem = make_problem((3, 2, 2), samples=7)
    wrong = changed_at(right_answer(problem).gradients, "W", 2, (0, 0))
    text = shown(make_example(problem, Answer(gradients=wrong)))
    assert "mean of delta2[0] a1[0]" in text
    assert "x = <3 x 7 numbers>" in text
    assert max(map(len, text.splitlines())) < 160


def test_what_matters_of_the_question_is_given() -> None:
    before = make_problem(samples=3)
    more: dict[str, Any] = {
        "after": before,
        "steps": 3,
        "learning_rate": 0.5,
        "l2": 0.1,
        "training_size": 7,
    }
    problem = make_problem(asks=("step",), **more)
    wrong = changed_at(right_answer(problem).step, "b", 2, (0, 0))
    text = shown(make_example(problem, Answer(step=wrong)))
    for given_line in (
        "asked just after a batch of 3 samples",
        "eta = 0.5    3 steps",
        "lambda = 0.1    n = 7",
        "step 1",
    ):
        assert given_line in text


def test_an_evaluation_shows_the_largest_of_each_column_and_both_counts() -> None:
    problem = make_problem((2, 2, 3), samples=3, asks=("predictions", "correct"))
    right = right_answer(problem)
    assert right.predictions is not None
    assert right.correct == 1, "not the number of wrong ones too"
    answer = Answer(predictions=np.array([2.0, 2.0, 2.0]), correct=7)
    text = shown(make_example(problem, answer))
    assert "your code   predictions = [2, 2, 2]" in text
    assert f"right       predictions = {array(right.predictions)}    labels = [0, 1, 2]" in text
    assert "right       1 of 3 samples correct" in text
    assert "your code   7 of 3 samples correct" in text
    only = replace(problem, asks=("predictions",), l2=0.5)
    assert "labels" not in shown(make_example(only, answer)), "nobody asked who is right"
    assert "lambda" not in shown(make_example(only, answer))
    counted = shown(make_example(problem, Answer(correct=7)))
    assert "your code   predictions" not in counted
    many = make_problem((2, 2, 3), samples=9, asks=("predictions",))
    assert "largest" not in shown(make_example(many, Answer(predictions=np.zeros(9))))


def test_an_exception_is_shown_with_its_place_beside_the_shapes() -> None:
    problem = make_problem((2, 3, 2), after=make_problem(samples=4))
    failure = Failure("ValueError", "shapes do not match", "net.py:12")
    text = shown(make_example(problem, Answer(failures={"gradients": failure})))
    assert "gradients: ValueError: shapes do not match, at net.py:12" in text
    assert "W (3, 2)    b (3, 1)" in text
    assert "asked just after a batch of 4 samples" in text
    quoted = make_example(
        problem, Answer(failures={"gradients": failure}), message="x: shapes do not match"
    )
    assert "your code" not in shown(quoted), "the message has said it"
    assert "W (3, 2)    b (3, 1)" in shown(quoted)
    nowhere = Failure("Timeout", "no answer within 3 s")
    assert shown(make_example(problem, Answer(failures={"cost": nowhere}))).endswith(
        "cost: Timeout: no answer within 3 s"
    )


def test_wrong_shapes_and_missing_layers_are_shown_as_shapes_alone() -> None:
    problem = make_problem((2, 3, 2))
    right = right_answer(problem)
    assert right.gradients is not None
    flat = Layers(tuple(w[0] for w in right.gradients.weights), right.gradients.biases[:1])
    text = shown(make_example(problem, Answer(outputs=np.zeros((2, 2)), gradients=flat)))
    assert "outputs has shape (2, 2); right: (2, 1)" in text
    assert "dW of layer 1 has shape (2,); right: (3, 2)" in text
    assert "1 arrays db; right: 2" in text
    assert "BP" not in text


def test_what_a_call_changed_is_named() -> None:
    text = shown(make_example(make_problem(), Answer(changed=("x", "weights of layer 1"))))
    assert "your code   changed x, weights of layer 1; a call must not" in text
    assert "x = 0.75    y = 1" in text


def test_initial_weights_are_described_by_their_spread() -> None:
    problem = make_problem((2, 3, 2), asks=("initial",), initializer="he")
    drawn = Layers(problem.parameters.weights, problem.parameters.biases)
    text = shown(make_example(problem, Answer(initial=drawn)))
    assert "layer sizes 2-3-2    initializer = he" in text
    assert "your W: 6 weights" in text
    assert "fan-in 3" in text
    nothing = make_example(replace(problem, initializer=None), Answer())
    assert shown(nothing).splitlines() == ["given       layer sizes 2-3-2"]


def test_numbers_that_are_not_an_element_of_the_answer_are_still_set_side_by_side() -> None:
    problem = make_problem()
    right = right_answer(problem)
    example = make_example(
        problem, right, element="sum of the parts", got=2.0, expected=3.0, bound=0.0
    )
    assert find_element(replace(example, got=None)) is None
    lines = shown(example).splitlines()
    assert lines[-2:] == [
        "your code   sum of the parts = 2",
        "right       sum of the parts = 3, exactly",
    ]
    unbounded = shown(replace(example, bound=None, element="")).splitlines()
    assert unbounded[-2:] == ["your code   2", "right       3"]
    assert "your code" not in shown(replace(example, got=None))


def test_what_has_another_shape_is_never_compared_number_by_number() -> None:
    problem = make_problem((2, 2, 2))
    misshapen = Answer(outputs=np.full((2, 2), 9.0), cost=right_answer(problem).cost)
    assert find_element(make_example(problem, misshapen)) is None


def test_an_example_without_any_bound_is_compared_exactly() -> None:
    problem = make_problem()
    right = right_answer(problem)
    wrong = changed_at(right.gradients, "W", 2, (0, 0))
    example = Example(
        "x/y", problem, replace(right, gradients=wrong), Expected(right, Answer()), ""
    )
    assert ", exactly" in shown(example)


def test_a_broken_explanation_leaves_the_verdict_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_example: Example) -> None:
        raise ZeroDivisionError

    example = make_example(make_problem(), Answer())
    monkeypatch.setattr(worked, "unusable_lines", fail)
    assert work(example) == ()


ARRAYS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    elements=st.floats(),
)
ANYTHING = st.one_of(st.none(), ARRAYS)
LISTS = st.lists(ARRAYS, max_size=3).map(tuple)
LAYERS = st.one_of(st.none(), st.builds(Layers, LISTS, LISTS))


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        Answer,
        outputs=ANYTHING,
        cost=st.one_of(st.none(), st.floats()),
        gradients=LAYERS,
        step=LAYERS,
        predictions=ANYTHING,
        correct=st.one_of(st.none(), st.integers()),
        initial=LAYERS,
    ),
    st.sampled_from([QUADRATIC, BINARY, CATEGORICAL]),
    st.sampled_from([(1, 1, 1), (2, 3, 2)]),
    st.sampled_from(
        [("gradients",), ("cost", "step"), ("predictions",), ("correct",), ("initial",)]
    ),
    st.one_of(st.none(), st.floats()),
)
def test_no_answer_whatever_can_break_the_explanation(
    answer: Answer,
    head: tuple[tuple[str, ...], str],
    sizes: tuple[int, ...],
    asks: tuple[Part, ...],
    number: float | None,
) -> None:
    example = make_example(make_problem(sizes, head, 1, asks), answer)
    named = replace(example, got=number, expected=0.5)
    assert work(named) != (), "it fell back on the message"
    assert ends_in_the_message(named) in (True, False)


def test_short_numbers_are_exact_and_long_ones_have_six_digits() -> None:
    for k in range(1, 128):
        assert float(decimal(k / 128)) == k / 128
    assert decimal(0.1 + 0.2) == "0.3"
    assert decimal(2.0 / 3.0) == "0.666667"
    assert decimal(-1e-300) == "-1e-300"
    assert decimal(1e22) == "1e+22"
    assert [decimal(x) for x in (0.0, -0.0, 3.0, -2.5)] == ["0", "0", "3", "-2.5"]
    infinity = float("inf")
    assert [decimal(x) for x in (float("nan"), infinity, -infinity)] == [
        "NaN",
        "infinity",
        "-infinity",
    ]
    assert factor(-2.0) == "(-2)"
    assert factor(2.0) == "2"


def test_two_numbers_get_as_many_digits_as_tell_them_apart() -> None:
    assert pair(0.5, 0.25) == ("0.5", "0.25")
    assert pair(1 / 3, 1 / 3 + 1e-9) == ("0.333333333", "0.333333334")
    almost = np.nextafter(1 / 3, 1.0)
    mine, right = pair(1 / 3, float(almost))
    assert mine != right
    assert pair(1 / 3, 1 / 3) == ("0.333333", "0.333333")


def test_arrays_are_written_as_numpy_takes_them() -> None:
    assert array(np.array([[0.5]])) == "0.5"
    assert array([[1, 2], [3, 4]]) == "[[1, 2], [3, 4]]"
    assert array(np.zeros((0, 2))) == "[]"
    assert array(np.zeros((4, 5))) == "<4 x 5 numbers>"
