"""Subjects in this process: somebody who answers by given mechanics, with one head of their own.

Lives here: `SimulatedPanel` and `opened`, for tests of the judge that need no worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from refnet.bugs import Simulated
from refnet.mechanics import RIGHT, Mechanics
from refnet.problem import PARTS, Answer, Part, Problem
from refnet.subjects.opening import OpenedSubject
from refnet.subjects.protocol import Capabilities, Description, Head


@dataclass(eq=False)
class SimulatedPanel:
    """Answers by mechanics whatever activations and cost a problem names: its head is its own."""

    head: Head
    mechanics: Mechanics = RIGHT
    slope: float = 0.25

    def answer_all(self, problems: Sequence[Problem]) -> list[Answer]:
        """Answer every problem as one of this head."""
        return [Simulated(self.mechanics).answer(self.own(problem)) for problem in problems]

    def own(self, problem: Problem) -> Problem:
        """Return the problem as this network takes it."""
        hidden = (self.head.hidden,) * (len(problem.activations) - 1)
        return replace(
            problem,
            activations=(*hidden, self.head.output),
            cost=self.head.cost,
            leaky_slope=self.slope,
            after=None if problem.after is None else self.own(problem.after),
        )


def opened(
    head: Head,
    mechanics: Mechanics = RIGHT,
    parts: Sequence[Part] = PARTS,
    *,
    declared: bool = False,
    slope: float = 0.25,
) -> OpenedSubject:
    """Return a subject that answers these parts; its head is declared, or has to be found out."""
    able = Capabilities(parts=frozenset(parts), heads=(head,) if declared else ())
    description = Description("simulated", able, l2_declared=True)
    return OpenedSubject(SimulatedPanel(head, mechanics, slope), description)
