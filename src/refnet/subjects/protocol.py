"""What the judge meets: somebody who answers problems.

Lives here: the Subject protocol, the capabilities of a subject, and how a problem is cut down to
what a subject can be asked. It knows problems, not how any subject computes its answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from refnet.arrays import matrix
from refnet.problem import Answer, Part, Problem


class Subject(Protocol):
    """Whoever answers problems: the reference, a simulated bug, an oracle, a student's class."""

    def answer(self, problem: Problem) -> Answer:
        """Answer the parts that are asked and known; leave the others None.

        Raises SubjectError where nothing can be asked any more.
        """
        ...


class Panel(Protocol):
    """A subject that is asked many problems in one go, because each message to it costs."""

    def answer_all(self, problems: Sequence[Problem]) -> list[Answer]:
        """Answer every problem, in order; a problem that hung or crashed has Failures for parts."""
        ...


@dataclass(frozen=True)
class Head:
    """The activations and the cost a subject is built with: a hypothesis where probed."""

    hidden: str
    output: str
    cost: str


@dataclass(frozen=True)
class Capabilities:
    """What a subject can be asked.

    `heads` in order of preference; `one_sample` and `without_l2` are the parts that take a single
    sample, or know no penalty; `sizes` is set where the layer sizes are hard-wired, `depth` where
    the number of layers is.
    """

    parts: frozenset[Part]
    heads: tuple[Head, ...]
    one_sample: frozenset[Part] = frozenset()
    without_l2: frozenset[Part] = frozenset()
    sizes: tuple[int, ...] | None = None
    single_steps: bool = False

    def refusal(self, problem: Problem) -> str | None:
        """Say why this problem cannot be asked, or None if it can."""
        for part in problem.asks:
            if part not in self.parts:
                return f"the subject offers no {part}"
            if part in self.one_sample and problem.samples != 1:
                return f"the subject's {part} takes one sample at a time"
            if part in self.without_l2 and problem.l2 != 0.0:
                return f"the subject's {part} knows no L2 penalty"
        return None

    def fit(self, problem: Problem, parts: frozenset[Part]) -> Problem:
        """Cut a problem down to what can be asked of these parts: one sample, no penalty."""
        if parts & self.one_sample and problem.samples != 1:
            problem = replace(problem, x=matrix(problem.x[:, :1]), y=matrix(problem.y[:, :1]))
        if parts & self.without_l2 and problem.l2 != 0.0:
            problem = replace(problem, l2=0.0)
        return problem
