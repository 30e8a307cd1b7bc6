"""The smallest example of every mistake: it shows, it is small, and it is the same each time."""

import re
from dataclasses import replace

import numpy as np
import pytest

from refnet import ArgumentError
from refnet.bugs import BUGS, Simulated
from refnet.demonstration import demonstrate
from refnet.mechanics import RIGHT, expect
from refnet.report.element import find_element
from refnet.report.worked import work
from refnet.verdict import Example

WITHOUT_NUMBERS = ("input-mutated", "bias-gradient-wrong-axis")
"""What is wrong is that something changed, or its shape: on no problem is it one wrong number."""


def by_hand(example: Example) -> dict[str, str]:
    return {line.label: line.text for line in work(example) if line.label}


@pytest.mark.parametrize("slug", BUGS)
def test_every_mistake_has_a_problem_small_enough_to_check_by_hand(slug: str) -> None:
    example = demonstrate(BUGS[slug])
    problem = example.problem
    lines = by_hand(example)
    if "initial" in problem.asks:
        assert re.search(r"standard deviation 0", lines["right"])
        return
    assert len(problem.activations) <= 3
    assert sum(w.size for w in problem.parameters.weights) <= 6
    assert problem.samples <= 2
    assert "your code" in lines
    if slug not in WITHOUT_NUMBERS:
        assert re.search(r"\d|NaN|infinity", lines["right"])
        assert lines["your code"] != lines["right"]


@pytest.mark.parametrize("slug", BUGS)
def test_what_the_mistake_gives_and_what_is_right_are_really_so(slug: str) -> None:
    example = demonstrate(BUGS[slug])
    problem = example.problem
    again = replace(example, answer=Simulated(BUGS[slug].mechanics).answer(problem))
    assert work(again) == work(example)
    right = replace(example, answer=expect(problem).answer)
    assert work(right) != work(example)
    element = find_element(example)
    if element is not None:
        assert not abs(element.got - element.expected) <= element.bound


def test_a_mistake_that_ends_in_an_exception_is_shown_where_it_is_silent() -> None:
    for slug in ("star-for-matmul", "one-dimensional-dot", "row-against-column"):
        example = demonstrate(BUGS[slug])
        assert example.law == "gradient/check"
        assert not example.answer.failures
        assert find_element(example) is not None


def test_a_mistake_is_shown_where_it_is_largest() -> None:
    # At the small one of the two learning rates the step is off by one part in 10^8.
    example = demonstrate(BUGS["updated-weights-used"])
    assert example.problem.learning_rate > 1.0
    got = demonstrate(BUGS["sigmoid-overflow"]).got
    assert got is not None
    assert np.isnan(got)


@pytest.mark.campaign
def test_what_is_no_mistake_has_no_example() -> None:
    bug = replace(BUGS["step-sign"], realisations=(RIGHT,))
    with pytest.raises(ArgumentError, match="bug: got step-sign, which step/update objects to on"):
        demonstrate(bug)
