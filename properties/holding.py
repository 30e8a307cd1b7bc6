"""Holding the reference to a law: Hypothesis supplies problems, the oracle what is right.

Lives here: `hold` and the settings of every test in this folder. Deterministic: the same problems
are drawn each time, and no database of examples is left behind in anybody's folder.
"""

from collections.abc import Callable

from hypothesis import HealthCheck, example, given, settings

from refnet.law import Exchange, Law
from refnet.problem import Problem
from refnet.subjects.protocol import Head

from .by_hand import BY_HAND
from .reference_answers import answer, trusted
from .strategies import problems_for

REPEATABLE = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    # Generators mend most of what they would have to reject; what is left is no slow test.
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
"""How every property of the reference is tried: twelve problems for each head and law."""


def unchanged(problem: Problem) -> Problem:
    """Return the problem as it was drawn."""
    return problem


def hold(law: Law, head: Head, prepare: Callable[[Problem], Problem] = unchanged) -> None:
    """Hold the reference to a law on drawn problems of a head, and on those made by hand for it.

    `prepare` changes a problem before the law asks about it. Raises Deviation where the law is
    broken, with the smallest problem that Hypothesis finds.
    """

    def obeys(problem: Problem) -> None:
        exchanges = [
            Exchange(question, answer(question), trusted(question, law.suite))
            for question in law.questions(prepare(problem))
        ]
        if exchanges:
            law.judge(exchanges)

    test = obeys
    for problem in BY_HAND.get((law.suite, head), ()):
        test = example(problem)(test)
    REPEATABLE(given(problems_for(law.suite, head))(test))()
