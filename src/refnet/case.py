"""One subject under judgement: who it is, what it may be, and the court that hears it.

Lives here: Case. It knows openings, heads, suites and the trusted answers, not how a verdict reads.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from refnet.conventions import BOOK, Conventions, admissible
from refnet.heads import Probed, probe_heads
from refnet.interview import Interview
from refnet.law import Law, Suite
from refnet.mechanics import expect
from refnet.problem import Expected, Problem
from refnet.subjects.opening import OpenedSubject
from refnet.subjects.protocol import Head
from refnet.suite import suite
from refnet.tolerance import FLOAT32, FLOAT64, Precision
from refnet.trial import Court, Hypothesis, Trial

_CLEARLY = ("gradient/check", "step/update")
"""The laws that most wrong conventions break: tried first."""

_TOUCHED = {"gradients", "step", "cost"}
"""The parts of an answer that conventions touch."""


@dataclass(eq=False)
class Case:
    """One subject, the laws it is held to, and everything that is asked of it once."""

    opened: OpenedSubject
    laws: Sequence[Law]
    seed: int

    def __post_init__(self) -> None:
        self._suites: dict[tuple[Suite, Head], Sequence[Problem]] = {}
        self._expected: dict[Hashable, Expected] = {}
        self.interview = Interview(self.opened.panel, self.opened.description.capabilities)
        self.probed: Probed = probe_heads(self.interview, self.seed, self.precision)
        self.court = Court(self.interview, self._problems, self._expect)

    @property
    def precision(self) -> Precision:
        """The format the subject computes in."""
        return FLOAT32 if self.opened.description.precision == "float32" else FLOAT64

    def by_the_book(self) -> list[Trial]:
        """Try every head in the book's conventions."""
        return [
            self.court.try_laws(self.laws, Hypothesis(head, BOOK)) for head in self.probed.heads
        ]

    def by_another_convention(self, trials: Sequence[Trial]) -> Trial | None:
        """Find the nearest conventions under which nothing is broken, if there are any.

        Conventions touch gradients, steps and costs alone: where anything else is broken, none
        can help. Those laws come first that most wrong conventions break.
        """
        touched = [law for law in self.laws if law.needs & _TOUCHED]
        ids = {law.id for law in touched}
        touched.sort(key=lambda law: law.id not in _CLEARLY)
        heads = [trial.hypothesis.head for trial in trials if trial.broken <= ids]
        for conventions in self.conventions():
            for head in heads:
                hypothesis = Hypothesis(head, conventions)
                if self.court.passes(touched, hypothesis):
                    trial = self.court.try_laws(self.laws, hypothesis)
                    if not trial.broken:
                        return trial
        return None

    def nearly_by_another_convention(self, trials: Sequence[Trial]) -> Trial | None:
        """Find the nearest conventions under which nothing but the extremes is broken.

        Whoever departs from the book in a convention may be unstable all the same, and is no more
        than that.
        """
        touched = [law for law in self.laws if law.needs & _TOUCHED and not _extreme(law.id)]
        ids = {law.id for law in touched}
        heads = [
            trial.hypothesis.head
            for trial in trials
            if {law for law in trial.broken if not _extreme(law)} <= ids
        ]
        touched.sort(key=lambda law: law.id not in _CLEARLY)
        for conventions in self.conventions():
            for head in heads:
                hypothesis = Hypothesis(head, conventions)
                if self.court.passes(touched, hypothesis):
                    trial = self.court.try_laws(self.laws, hypothesis)
                    if all(map(_extreme, trial.broken)):
                        return trial
        return None

    def conventions(self) -> Iterable[Conventions]:
        """Return every convention that could explain this subject, but for the book's."""
        description = self.opened.description
        tried = admissible(self.interview.offered, description.l2_declared)
        return (conventions for conventions in tried if conventions != BOOK)

    def _problems(self, kind: Suite, head: Head) -> Sequence[Problem]:
        if (kind, head) not in self._suites:
            made = suite(kind, head, self.seed, self.interview.offered.sizes)
            slope = self.probed.leaky_slope
            self._suites[kind, head] = [
                problem if slope is None else replace(problem, leaky_slope=slope)
                for problem in made
            ]
        return self._suites[kind, head]

    def _expect(self, problem: Problem) -> Expected:
        if problem.key not in self._expected:
            self._expected[problem.key] = expect(problem, self.precision)
        return self._expected[problem.key]


def _extreme(law: str) -> bool:
    return law.startswith("extremes/")
