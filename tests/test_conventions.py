"""Conventions: the translated answer to the problem that was meant is the right answer to it."""

import itertools
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from refnet.arrays import Column, Matrix, column, matrix
from refnet.conventions import (
    BOOK,
    Conventions,
    Direction,
    Penalty,
    Reduction,
    admissible,
    in_force,
)
from refnet.parameters import Parameters
from refnet.problem import Answer, Layers, Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Capabilities, Head

EVERYTHING = Capabilities(
    parts=frozenset({"outputs", "cost", "gradients", "step"}),
    heads=(Head("sigmoid", "sigmoid", "quadratic"),),
)


def some_problem(samples: int) -> Problem:
    """Return a problem with every choice visible: m, n and lambda differ and are not 1."""
    generator = np.random.default_rng(7)

    def weights(rows: int, columns: int) -> Matrix:
        return matrix(generator.standard_normal((rows, columns)))

    def biases(rows: int) -> Column:
        return column(generator.standard_normal((rows, 1)))

    return Problem(
        Parameters((weights(3, 2), weights(2, 3)), (biases(3), biases(2))),
        ("sigmoid", "sigmoid"),
        "quadratic",
        weights(2, samples),
        weights(2, samples),
        l2=0.5,
        training_size=7,
        learning_rate=0.25,
    )


def spoken(problem: Problem, conventions: Conventions, part: Reduction) -> Parameters:
    """Return the gradient as a subject with these conventions has it, derived from the book's."""
    data = replace(network_of(problem), l2=0.0).backprop(problem.x, problem.y)
    n, m = problem.training_size, problem.samples
    scale = conventions.factor * (m if part == "sum" else 1)
    scale /= problem.sizes[-1] if conventions.outputs == "mean" else 1
    strength = problem.l2 / {"n": n, "m": m, "1": 1, "1/2": 0.5}[conventions.l2]
    return Parameters(
        tuple(
            matrix(scale * g + strength * w)
            for g, w in zip(data.weights, problem.parameters.weights, strict=True)
        ),
        tuple(column(scale * g) for g in data.biases),
    )


def all_conventions() -> list[Conventions]:
    """Return every combination of every choice."""
    directions: tuple[Direction, ...] = get_args(Direction)
    reductions: tuple[Reduction, ...] = get_args(Reduction)
    penalties: tuple[Penalty, ...] = get_args(Penalty)
    return [
        Conventions(direction, gradients, step, factor, outputs, l2)
        for direction, gradients, step, factor, outputs, l2 in itertools.product(
            directions, reductions, reductions, (1.0, 2.0, 0.5), reductions, penalties
        )
        if not (outputs == "mean" and factor < 1.0)
    ]


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("conventions", all_conventions(), ids=str)
def test_gradients_under_any_conventions_become_those_of_the_problem_that_was_meant(
    conventions: Conventions, samples: int
) -> None:
    """Otherwise a subject that sums over the batch would be called wrong."""
    problem = replace(some_problem(samples), asks=("gradients",))
    said = spoken(problem, conventions, conventions.gradients)
    sign = -1.0 if conventions.direction == "descent" else 1.0
    answer = Answer(
        gradients=Layers(
            tuple(sign * w for w in said.weights), tuple(sign * b for b in said.biases)
        )
    )
    meant = conventions.meant(problem)
    translated = conventions.translate(problem, answer).gradients
    assert translated is not None
    right = replace(network_of(meant), l2=meant.l2).backprop(meant.x, meant.y)
    for got, expected in zip(translated.weights, right.weights, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13)
    for got, expected in zip(translated.biases, right.biases, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13)


@pytest.mark.parametrize("conventions", all_conventions(), ids=str)
def test_a_step_under_any_conventions_is_a_step_of_the_problem_that_was_meant(
    conventions: Conventions,
) -> None:
    """Otherwise the step of a subject that sums over the batch would be called wrong."""
    problem = replace(some_problem(3), asks=("step",))
    said = spoken(problem, conventions, conventions.step)
    meant = conventions.meant(problem)
    right = replace(network_of(meant), l2=meant.l2).backprop(meant.x, meant.y)
    for mine, theirs in zip(
        (*said.weights, *said.biases), (*right.weights, *right.biases), strict=True
    ):
        np.testing.assert_allclose(
            problem.learning_rate * mine, meant.learning_rate * theirs, rtol=1e-13
        )


def test_a_problem_asked_after_another_is_meant_after_what_the_other_meant() -> None:
    """Otherwise the purity laws would compare answers to different problems."""
    problem = replace(some_problem(3), asks=("step",), after=some_problem(2))
    before = Conventions(step="sum", factor=2.0).meant(problem).after
    assert before is not None
    assert before.l2 == 0.25


def test_the_cost_is_translated_by_the_factor() -> None:
    """Otherwise a cost without its 1/2 would be wrong although its gradient agrees."""
    translated = Conventions(factor=2.0).translate(some_problem(2), Answer(cost=3.0))
    assert translated.cost == 1.5


def test_the_book_comes_first_and_then_what_departs_least() -> None:
    """Otherwise a far-fetched convention would be reported where a near one explains all."""
    tried = list(admissible(EVERYTHING, l2_declared=False))
    assert tried[0] == BOOK
    assert [conventions.distance for conventions in tried] == sorted(
        conventions.distance for conventions in tried
    )
    # Where gradients are sums and the step is a mean, the cost is one or the other.
    either = sum(each.gradients == "sum" and each.step == "mean" for each in all_conventions())
    assert len(set(tried)) == len(tried) == len(all_conventions()) + either


@pytest.mark.parametrize(
    ("capabilities", "l2_declared", "key", "only"),
    [
        (replace(EVERYTHING, parts=frozenset({"gradients"})), False, "direction", "gradient"),
        (replace(EVERYTHING, one_sample=frozenset({"gradients"})), False, "gradients", "mean"),
        (replace(EVERYTHING, parts=frozenset({"gradients"})), False, "step", "mean"),
        (EVERYTHING, True, "l2", "n"),
        (replace(EVERYTHING, without_l2=EVERYTHING.parts), False, "l2", "n"),
    ],
)
def test_a_convention_that_nothing_can_show_is_never_admitted(
    capabilities: Capabilities, l2_declared: bool, key: str, only: str
) -> None:
    """Otherwise a bug could hide behind a convention that no answer supports."""
    assert {getattr(c, key) for c in admissible(capabilities, l2_declared)} == {only}


@pytest.mark.parametrize("without", ["", "step"])
def test_gradients_that_are_sums_go_with_a_cost_that_is_a_mean_where_the_step_divides(
    without: str,
) -> None:
    """Otherwise 1/m in the step would be a mistake, or a missing 1/m none."""
    parts = EVERYTHING.parts - {without}
    tried = admissible(replace(EVERYTHING, parts=parts), l2_declared=True)
    steps = {each.step for each in tried if (each.gradients, each.cost) == ("sum", "mean")}
    assert steps == (set() if without else {"mean"})


def test_a_mean_over_the_outputs_rounds_unless_they_are_a_power_of_two() -> None:
    """Otherwise a right network would be held to numbers that it cannot reach."""
    assert not Conventions(outputs="mean").rounds(some_problem(3)), "two outputs"
    both = some_problem(3)
    first = Parameters(both.parameters.weights[:1], both.parameters.biases[:1])
    three = replace(both, parameters=first, activations=("sigmoid",), y=matrix(np.zeros((3, 3))))
    assert Conventions(outputs="mean").rounds(three), "three outputs"
    assert not Conventions(factor=2.0).rounds(three)


def test_a_report_names_what_departs_from_the_book_and_what_bug_it_would_be() -> None:
    """Otherwise a reader could not tell an accepted convention from a verified choice."""
    shown = in_force(Conventions(step="sum"), EVERYTHING)
    by_key = {convention.key: convention for convention in shown}
    assert by_key["step over the batch"].origin == "inferred"
    assert "batch-average-missing" in by_key["step over the batch"].note
    assert by_key["gradients over the batch"].origin == "assumed"
    assert "factor" not in by_key


def test_a_report_is_silent_about_a_part_that_the_subject_does_not_offer() -> None:
    """Otherwise the report would speak of a step that was never asked for."""
    shown = in_force(BOOK, replace(EVERYTHING, parts=frozenset({"gradients"})))
    assert [convention.key for convention in shown] == ["gradients over the batch"]
