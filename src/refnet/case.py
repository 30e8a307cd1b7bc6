"""One subject under judgement: who it is, what it may be, and the court that hears it.

Lives here: Case. It knows openings, heads, suites and the trusted answers, not how a verdict reads.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from refnet.arrays import matrix
from refnet.choices import SLOPE
from refnet.conventions import BOOK, Conventions, admissible
from refnet.declarations import NOTHING, Declared
from refnet.errors import SubjectError
from refnet.heads import SLOPES, Probed, probe_heads
from refnet.interview import Interview
from refnet.law import Law, Suite
from refnet.mechanics import expect
from refnet.problem import Expected, Problem, highest_class
from refnet.subjects.opening import OpenedSubject
from refnet.subjects.protocol import Head
from refnet.suite import suite
from refnet.tolerance import FLOAT32, FLOAT64, Precision
from refnet.trial import Court, Hypothesis, Trial

_TOUCHED = {"gradients", "step", "cost"}
"""The parts of an answer that conventions touch."""


FURTHEST = 2
"""Departures from the book's conventions that are tried together with mistakes: nearly everybody
departs in one way only."""


@dataclass(eq=False)
class Case:
    """One subject, the laws it is held to, and everything that is asked of it once.

    `declared` is what it is held to in the place of what would be inferred. Raises SubjectError
    where that contradicts what was found.
    """

    opened: OpenedSubject
    laws: Sequence[Law]
    seed: int
    declared: Declared = NOTHING

    def __post_init__(self) -> None:
        self._expected: dict[Hashable, Expected] = {}
        self.interview = Interview(self.opened.panel, self.opened.description.capabilities)
        self.base = self.declared.bind(BOOK, self.interview.offered.parts)
        self.probed = self._probed()
        self.court = Court(self.interview, self._problems, self._expect)

    @property
    def precision(self) -> Precision:
        """The format the subject computes in."""
        return FLOAT32 if self.opened.description.precision == "float32" else FLOAT64

    def by_the_book(self) -> list[Trial]:
        """Try every head in the book's conventions, but for those declared otherwise."""
        return [
            self.court.try_laws(self.laws, Hypothesis(head, self.base))
            for head in self.probed.heads
        ]

    def settled(self, trials: Sequence[Trial]) -> Trial | None:
        """Find a trial in which nothing is broken, by the book or else by other conventions."""
        right = next((trial for trial in trials if not trial.broken), None)
        return right or self.by_another_convention(trials)

    def by_another_convention(self, trials: Sequence[Trial]) -> Trial | None:
        """Find the nearest conventions under which nothing is broken, if there are any.

        Conventions touch gradients, steps and costs alone: where anything else is broken, none
        can help.
        """
        return self._under_another_convention(trials, lambda _law: True)

    def nearly_by_another_convention(self, trials: Sequence[Trial]) -> Trial | None:
        """Find the nearest conventions under which nothing but the extremes is broken.

        Whoever departs from the book in a convention may be unstable all the same, and is no more
        than that.
        """
        return self._under_another_convention(trials, lambda law: not law.startswith("extremes/"))

    def _under_another_convention(
        self, trials: Sequence[Trial], counts: Callable[[str], bool]
    ) -> Trial | None:
        """Find the nearest conventions under which no law that counts is broken."""
        touched = {law.id for law in self.laws if law.needs & _TOUCHED}
        hopeful = [trial for trial in trials if set(filter(counts, trial.broken)) <= touched]
        for conventions in self.conventions():
            for by_the_book in hopeful:
                hypothesis = Hypothesis(by_the_book.hypothesis.head, conventions)
                if self._mends(hypothesis, by_the_book, counts):
                    trial = self.court.try_laws(self.laws, hypothesis)
                    if not any(map(counts, trial.broken)):
                        return trial
        return None

    def _mends(self, hypothesis: Hypothesis, trial: Trial, counts: Callable[[str], bool]) -> bool:
        """Tell whether what broke the laws in a trial breaks none of them under this hypothesis."""
        return all(
            self.court.breach_of(breach.law, breach.problem, hypothesis) is None
            for breach in trial.breaches
            if counts(breach.law.id)
        )

    def with_the_last_class(self) -> "Case":
        """Return the case in which every batch begins with a sample of the last class.

        Questions whose targets lack it are left out.
        """
        other = copy(self)

        def suites(kind: Suite, head: Head) -> Sequence[Problem]:
            return tuple(map(_last_class_first, self.court.suites(kind, head)))

        other.court = replace(self.court, suites=suites, left_out=_without_the_last_class)
        return other

    def conventions(self) -> Iterable[Conventions]:
        """Return every convention that could explain this subject, but for those tried first."""
        offered = self.interview.offered
        tried = admissible(offered, self.opened.description.l2_declared)
        bound = dict.fromkeys(self.declared.bind(each, offered.parts) for each in tried)
        return (conventions for conventions in bound if conventions != self.base)

    def near_conventions(self) -> Iterator[Conventions]:
        """Yield the conventions that depart from those tried first in few ways.

        Sums wherever there are means are one way, and so is the mean of squares over the outputs,
        which is another factor and no sum over them.
        """
        everything, base = list(self.conventions()), self.base
        most = max((_sums(each, base) for each in everything), default=0)
        for each in everything:
            sums = _sums(each, base)
            scale = (each.factor != base.factor) or (each.outputs != base.outputs)
            rest = (each.direction != base.direction) + (each.l2 != base.l2)
            if (1 if sums == most else sums) + scale + rest <= FURTHEST:
                yield each

    def _probed(self) -> Probed:
        """Find the heads, and keep those that agree with what is declared."""
        slope = self.declared.leaky_slope
        slopes = SLOPES if slope is None else (slope,)
        found = probe_heads(self.interview, self.seed, self.precision, slopes)
        heads = self.declared.heads(found.heads)
        if not heads:
            outputs = dict.fromkeys(head.output for head in found.heads)
            raise SubjectError(
                f"got the declared cost {self.declared.values['cost']} and {' or '.join(outputs)} "
                "outputs, as its answers show; expected a cost and outputs that belong together; "
                "declare the cost that the code has, or the output activation too"
            )
        slope = found.leaky_slope if slope is None else slope
        # Outputs that are not those of declared activations are wrong, and not unknown.
        fits = found.fits or bool({"hidden", "output"} & self.declared.values.keys())
        return replace(found, heads=heads, leaky_slope=slope, fits=fits)

    def _problems(self, kind: Suite, head: Head) -> Sequence[Problem]:
        slope, scheme = self.probed.leaky_slope, self.declared.values.get("initializer")
        slope = SLOPE if slope is None else slope
        made = suite(kind, head, self.seed, self.interview.offered.sizes, slope)
        if scheme is None or kind != "initialisation":
            return made
        return tuple(replace(problem, initializer=scheme) for problem in made)

    def _expect(self, problem: Problem) -> Expected:
        asked = _Asked(problem.key, self.precision, problem)
        if sum(w.size for w in problem.parameters.weights) <= _SMALL:
            return _expected_of_small(asked)
        if asked.key not in self._expected:
            self._expected[asked.key] = _expected(asked)
        return self._expected[asked.key]


_SMALL = 500
"""Weights up to which answers are kept for the next subject: ten arrays of as many numbers each are
40 kB, all that are kept 160 MB at the most, and a tenth of that for the networks of suite.py."""


@dataclass(frozen=True)
class _Asked:
    """A question in a precision; the same as every other one that is put in the same words."""

    key: Hashable
    precision: Precision
    problem: Problem = field(compare=False)


def _expected(asked: _Asked) -> Expected:
    return expect(asked.problem, asked.precision)


@lru_cache(maxsize=4096)  # a check asks some 700 questions, and the next one nearly the same
def _expected_of_small(asked: _Asked) -> Expected:
    return _expected(asked)


def _sums(conventions: Conventions, base: Conventions) -> int:
    """Count where the batch is reduced in another way."""
    names = ("gradients", "step", "cost")
    return sum(getattr(conventions, name) != getattr(base, name) for name in names)


def _last_class_first(problem: Problem) -> Problem:
    """Exchange two classes, so that the first sample is of the last one."""
    order = np.arange(problem.sizes[-1])
    first = int(problem.y[:, 0].argmax())
    order[[first, -1]] = order[[-1, first]]
    return replace(problem, y=matrix(problem.y[order]))


def _without_the_last_class(problem: Problem) -> str:
    if not {"gradients", "step", "cost"} & {*problem.asks}:
        return ""
    batches = (problem,) if problem.after is None else (problem, problem.after)
    for batch in batches:
        highest = highest_class(batch)
        if highest is not None and highest < batch.sizes[-1] - 1:
            return "it raises where no sample of a batch is of the last class"
    return ""
