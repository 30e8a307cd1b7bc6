"""The one example that is shown: the smallest problem on which a law is still broken.

Lives here: `smallest_breach`. It knows trials and, at run time alone, the strategies of the
properties. Hypothesis is imported here and nowhere else in the package.

Hypothesis shrinks towards small integers and short layers within a budget of calls and seconds.
A hang or a crash is never shrunk: each attempt would cost a time-out.
"""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from typing import Protocol, cast

from hypothesis import HealthCheck, Phase, Verbosity, configuration, find, settings
from hypothesis.errors import HypothesisException, NoSuchExample
from hypothesis.strategies import SearchStrategy

from refnet.law import Law, Suite
from refnet.problem import Problem
from refnet.subjects.protocol import Head
from refnet.trial import Breach, Court, Hypothesis

CALLS = 400
"""Problems put to the subject at the most: each costs it about a millisecond."""

SECONDS = 1.5
"""Time for shrinking, of the five seconds in which a verdict is promised."""


class Strategies(Protocol):
    """What this module uses of refnet.properties.strategies."""

    def problems_for(self, suite: Suite, head: Head) -> SearchStrategy[Problem]:
        """Return the problems of a suite for a head, simplest first."""
        ...


def smallest_breach(
    court: Court, law: Law, hypothesis: Hypothesis, found: Breach, sizes: tuple[int, ...] | None
) -> Breach:
    """Return the smallest breach of a law that Hypothesis finds, or the one already found.

    A subject with hard-wired `sizes` is not shrunk: its smallest network is its only one.
    """
    if sizes is not None:
        return found
    strategies = cast("Strategies", import_module("refnet.properties.strategies"))
    deadline = time.monotonic() + SECONDS
    best: list[Breach] = []

    def breaks(problem: Problem) -> bool:
        if time.monotonic() > deadline:
            return False
        # What was found out about the subject, or declared, holds for small problems too.
        problem = replace(
            problem,
            leaky_slope=found.problem.leaky_slope,
            initializer=found.problem.initializer,
        )
        breach = court.breach_of(law, problem, hypothesis)
        if breach is not None:
            best.append(breach)
        return breach is not None

    # Out of time, or out of luck: then what the suite found is shown.
    with suppress(NoSuchExample, HypothesisException), _without_a_folder():
        find(strategies.problems_for(law.suite, hypothesis.head), breaks, settings=_BUDGET)
    return min((*best, found), key=_size)


@contextmanager
def _without_a_folder() -> Generator[None]:
    """Keep Hypothesis from leaving a folder where the user is: it keeps constants it has read.

    Where its folder cannot be made, it goes without.
    """
    before = vars(configuration).get("__hypothesis_home_directory")
    configuration.set_hypothesis_home_dir(os.devnull)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)


def _size(breach: Breach) -> tuple[int, int, int, float]:
    """Order breaches by how much a reader has to work through: layers, numbers, length."""
    problem = breach.problem
    parameters = (*problem.parameters.weights, *problem.parameters.biases, problem.x, problem.y)
    numbers = sum(array.size for array in parameters)
    distinct = sum(float(abs(array - 1.0).sum()) for array in parameters)
    return len(problem.activations), problem.samples, numbers, distinct


_BUDGET = settings(
    max_examples=CALLS,
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
    verbosity=Verbosity.quiet,
    suppress_health_check=(
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ),
)
