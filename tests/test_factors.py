"""By which factor numbers are wrong: it is said where one fits every question, else nothing is."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from refnet.arrays import FloatArray
from refnet.choices import HEADS
from refnet.factors import measured
from refnet.law import Exchange
from refnet.mechanics import expect
from refnet.problem import Answer, Layers, Problem
from refnet.suite import suite

Wrong = Callable[[Problem, FloatArray, FloatArray], FloatArray]
"""What somebody makes of the right gradient of a parameter."""

Factor = Callable[[Problem], float]
"""What the factor of a question is."""

PROBLEMS = [p for p in suite("moderate", HEADS[0], 0) if len(p.activations) == 2]
"""Of one depth, so that every layer is asked about in batches of several sizes."""


def said(wrong: Wrong) -> set[str]:
    """Return what is said of the weights of somebody whose every gradient is wrong like that.

    Biases are few, and some places are asked about too seldom to tell one unit from another.
    """
    exchanges: list[Exchange] = []
    for problem in PROBLEMS:
        asked = replace(problem, asks=("gradients",))
        expected = expect(asked)
        right, held = expected.answer.gradients, problem.parameters
        assert right is not None
        got = Layers(
            tuple(wrong(problem, *pair) for pair in zip(right.weights, held.weights, strict=True)),
            tuple(wrong(problem, *pair) for pair in zip(right.biases, held.biases, strict=True)),
        )
        exchanges.append(Exchange(asked, Answer(gradients=got), expected))
    sentences = (sentence.partition(": ") for sentence in measured(exchanges).split("; "))
    return {words for places, _, words in sentences if places.startswith("dW")}


FACTORS: dict[str, Factor] = {
    "3.7": lambda problem: 3.7,
    "-2": lambda problem: -2.0,
    "0": lambda problem: 0.0,
    "1 m": lambda problem: problem.samples,
    "0.5/m": lambda problem: 0.5 / problem.samples,
    "1 k": lambda problem: problem.sizes[-1],
    "2/k": lambda problem: 2.0 / problem.sizes[-1],
}


@pytest.mark.parametrize("words", FACTORS)
def test_a_factor_is_said_in_what_it_is_proportional_to(words: str) -> None:
    factor = FACTORS[words]
    found = said(lambda problem, gradient, _parameter: factor(problem) * gradient)
    assert found == {f"{words} times what is right"}


SHARES: dict[str, Factor] = {
    "1 lambda/n": lambda problem: problem.l2 / problem.training_size,
    "1 lambda/m": lambda problem: problem.l2 / problem.samples,
    "-3 lambda": lambda problem: -3.0 * problem.l2,
    "0.25": lambda problem: 0.25,
}


@pytest.mark.parametrize("words", SHARES)
def test_a_multiple_of_the_parameter_is_said_beside_it(words: str) -> None:
    share = SHARES[words]
    found = said(lambda problem, gradient, parameter: gradient + share(problem) * parameter)
    assert found == {f"what is right plus {words} times the parameter"}


def test_of_right_gradients_nothing_is_said() -> None:
    assert said(lambda _problem, gradient, _parameter: gradient) == set()


def test_no_factor_is_said_where_it_is_another_for_every_question() -> None:
    factors = {problem.key: 1.5 + at for at, problem in enumerate(PROBLEMS)}
    assert said(lambda problem, gradient, _parameter: factors[problem.key] * gradient) == set()


def test_no_factor_is_said_where_a_number_is_not_the_multiple() -> None:
    def wrong(_problem: Problem, gradient: FloatArray, _parameter: FloatArray) -> FloatArray:
        off = 3.7 * gradient
        off.flat[0] *= 1.0 + 1e-6
        off.flat[-1] *= 1.0 - 1e-6
        return off

    assert said(wrong) == set()


def test_no_factor_is_said_of_numbers_that_are_none() -> None:
    assert said(lambda _problem, gradient, _parameter: np.full_like(gradient, np.nan)) == set()


def test_of_numbers_whose_inverses_overflow_nothing_is_said_and_nothing_is_warned_of() -> None:
    """Otherwise a user would read NumPy's warnings beside the verdict."""
    asked = replace(PROBLEMS[0], asks=("gradients",))
    right = expect(asked)
    gradients = right.answer.gradients
    assert gradients is not None
    tiny = Layers(
        tuple(1e-310 * w for w in gradients.weights), tuple(1e-310 * b for b in gradients.biases)
    )
    expected = replace(right, answer=Answer(gradients=tiny))
    assert measured([Exchange(asked, Answer(gradients=gradients), expected)]) == ""
