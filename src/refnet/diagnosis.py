"""Which known mistake explains every answer: diagnosis by simulation.

Lives here: `diagnose`. It knows the catalogue of bugs and trials, not reports.

Single bugs come first; where none fits everything, two together are tried.

Every bug of the catalogue is put through the very questions that the subject was asked, in each
of its numerical realisations, and compared number by number within its own error bound. A bug
that fits everything is a candidate; one candidate is unique, several are tied (no question asked
tells them apart), none leaves the first broken equation. The book's conventions come first, then
each of the others, the nearest first.
"""

import itertools
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from refnet.bugs import BUGS, Bug, replaced_steps
from refnet.case import Case
from refnet.conventions import Conventions
from refnet.factors import measured
from refnet.first_weights import GROUP, mistakes_in_drawing
from refnet.guards import with_their_guard
from refnet.law import Exchange, quantities
from refnet.law import settled as on_its_branch
from refnet.mechanics import RIGHT
from refnet.misfits import misfitting
from refnet.pairing import CLEARLY_LESS, Pair, fitting_pairs
from refnet.simulation import Simulator
from refnet.subjects.protocol import Head
from refnet.trial import Hypothesis, Trial
from refnet.verdict import Certainty, Diagnosis

_MOST_CONVENTIONS = 2
"""Conventions that are tried with two mistakes, each a second's work: the likeliest."""

_SOME = 3
"""Problems by which it is seen which conventions are likely; one alone may have lambda 0."""

MOST_PAIRS = 6
"""Pairs that are named at the most where no question tells them apart: as many as the mistakes that
are ever tied alone. More say too little of where to look."""

_FURTHER_QUESTIONS = 8
"""By which pairs are sifted, beside those that broke a law."""

_WITHOUT_GRADIENTS = frozenset(("cost", "penalty", "predictions", "wanted", "correct", "initial"))
"""Steps of which no gradient is made: who is wrong in these alone has the right gradients."""

_DIVIDED_TWICE = ("batch-average-twice",)
"""What right gradients seem to be where the cost lacks its mean: that is no mistake of theirs."""

_SEEN = MappingProxyType({"purity/inputs-unchanged": "input-mutated"})
"""Mistakes that are seen, and need no numbers that fit: whatever else they make wrong, or is."""

_SCREEN = ("gradient/check", "step/update")
"""The laws whose questions nearly every mistake answers wrongly: asked first of each convention."""


@dataclass(frozen=True, eq=False)
class Finding:
    """A diagnosis with the trial it rests on: the hypothesis under which the bugs fit.

    `case` is that of the trial, where it is not the whole one.
    """

    diagnosis: Diagnosis
    trial: Trial
    case: Case | None = None


def diagnose(case: Case, trials: Sequence[Trial]) -> Finding:
    """Find the bugs that explain every answer under the first hypothesis where any does.

    `trials` in order of preference, each with something broken. Where nothing fits, the trial
    with the fewest broken laws is shown: of these, or of others in which gradients and steps hold.
    """
    suspects = _Suspects(case, trials[0])
    settled = [trial for trial in trials if _is_right_but_for_what_is_judged_apart(trial)]
    near = None if settled else case.nearly_by_another_convention(trials)
    settled = settled if near is None else [near]
    right = any(not trial.broken & {*_SCREEN} for trial in trials)
    trials = settled or trials
    shown = list(trials)
    # What is right but for the extremes or the first weights is neither another head nor another
    # convention, in which a mistake would have to make up for the difference.
    for trial in settled or _more_trials(case, trials, suspects):
        if not trial.broken & {*_SCREEN}:
            shown.append(trial)
        explanations = suspects.explanations(trial)
        if explanations and not (right and trial not in trials and _DIVIDED_TWICE in explanations):
            return Finding(_named(explanations), trial)
    wrong = list(itertools.filterfalse(_unstable_alone, trials))
    for trial in itertools.chain(wrong, _in_likely_conventions(case, wrong, suspects)):
        shown += [] if trial in shown else [trial]
        pairs = suspects.fitting_pairs(trial)
        if 1 <= len(pairs) <= MOST_PAIRS:
            return Finding(_named(pairs), trial)
    # A cost that is right to the last digit says which one is meant.
    best = min(shown, key=lambda trial: ("cost/value" in trial.broken, len(trial.breaches)))
    misfits = misfitting(case, suspects.simulator, best, suspects.fitting)
    if misfits:
        return Finding(_named(misfits), best)
    factors = measured(_suspects_first(best))
    seen = (_SEEN[law] for law in sorted(best.broken & _SEEN.keys()))
    return Finding(Diagnosis("unknown", tuple(seen), _first_equation(best), factors), best)


def _named(explanations: Sequence[tuple[str, ...]]) -> Diagnosis:
    """Name the one explanation, or all that are tied, the bugs first that are in every one.

    What is wrong comes before what is unstable only.
    """
    certainty: Certainty = "unique" if len(explanations) == 1 else "tied"
    counts = Counter(slug for explanation in explanations for slug in explanation)
    graver = sorted(counts, key=lambda slug: BUGS[slug].grade == "unstable")
    slugs = tuple(sorted(graver, key=lambda slug: counts[slug] < len(explanations)))
    tied_pairs = certainty == "tied" and len(explanations[0]) > 1
    pairs = tuple(explanations) if tied_pairs else ()
    return Diagnosis(certainty, slugs, BUGS[slugs[0]].equation, pairs=pairs)


def _is_right_but_for_what_is_judged_apart(trial: Trial) -> bool:
    return all(law.startswith(("extremes/", GROUP)) for law in trial.broken)


def _in_likely_conventions(
    case: Case, trials: Sequence[Trial], suspects: "_Suspects"
) -> Iterator[Trial]:
    """Yield the trials in those conventions in which more of a few numbers are right."""
    for by_the_book in trials:
        head = by_the_book.hypothesis.head
        least = suspects.right_numbers(by_the_book.hypothesis)
        near = (Hypothesis(head, conventions) for conventions in case.near_conventions())
        right = {hypothesis: suspects.right_numbers(hypothesis) for hypothesis in near}
        nearest = sorted(right, key=lambda each: each.conventions.distance_from(case.base))
        likely = sorted(nearest, key=lambda each: right[each], reverse=True)
        for hypothesis in likely[:_MOST_CONVENTIONS]:
            if right[hypothesis] > least:
                yield _with_what_broke(case, trials, hypothesis)


def _unstable_alone(trial: Trial) -> bool:
    return all(law.startswith("extremes/") for law in trial.broken)


def _more_trials(case: Case, trials: Sequence[Trial], suspects: "_Suspects") -> Iterator[Trial]:
    """Yield the trials by the book, then those in other conventions in which some bug may fit."""
    yield from trials
    heads = [trial.hypothesis.head for trial in trials]
    for conventions in case.near_conventions():
        for head in heads:
            if suspects.may_explain(head, conventions):
                yield _with_what_broke(case, trials, Hypothesis(head, conventions))


def _with_what_broke(case: Case, trials: Sequence[Trial], hypothesis: Hypothesis) -> Trial:
    """Try every law, and add what was asked by those that are broken by the book.

    In other conventions they may be blocked, and an answer that nobody looks at fits any mistake.
    """
    trial = case.court.try_laws(case.laws, hypothesis)
    broken = {law for by_the_book in trials for law in by_the_book.broken}
    again: list[Exchange] = []
    for law in case.laws:
        if law.id in broken:
            questions = case.court.questions(law, hypothesis)
            if not isinstance(questions, str):
                for _, asked in questions:
                    again.extend(case.court.hear(asked, hypothesis))
    return replace(trial, exchanges=(*trial.exchanges, *again))


def _first_equation(trial: Trial) -> str:
    """Name the first equation broken, in the order in which the laws are judged."""
    named = (breach.deviation.equation or breach.law.equation for breach in trial.breaches)
    return next(filter(None, named), "")


@dataclass(eq=False)
class _Suspects:
    """The catalogue, held against what one subject answered."""

    case: Case
    first: Trial
    simulator: Simulator = field(init=False)
    bugs: Mapping[str, Bug] = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = Simulator(self.case.interview, self.case.precision)
        self.bugs = with_their_guard(self.case, self.simulator, self.first)

    def explanations(self, trial: Trial) -> list[tuple[str, ...]]:
        """Return the bugs that, in one of their realisations, fit all that was asked in a trial.

        The first weights are judged apart from all else: where both are wrong, each has a bug of
        its own.
        """
        of_drawing = [breach for breach in trial.breaches if breach.law.id.startswith(GROUP)]
        if not of_drawing:
            return [(slug,) for slug in self._fitting_in(trial)]
        drawing = mistakes_in_drawing(of_drawing)
        if len(of_drawing) == len(trial.breaches):
            return [(slug,) for slug in drawing]
        fitting = self._fitting_in(trial) if len(drawing) == 1 else []
        return [(slug, drawing[0]) for slug in fitting]

    def _fitting_in(self, trial: Trial) -> list[str]:
        supports = self._supports(_suspects_first(trial))
        if not any(supports.values()) and _unstable_alone(trial):
            # Where all overflows no bound is left to tell right from wrong.
            return [slug for slug in supports if BUGS[slug].aimed_at in trial.broken]
        return _clearly_most(supports)

    def fitting(self, exchanges: Sequence[Exchange]) -> list[str]:
        """Return the bugs that, in one of their realisations, fit these exchanges."""
        return _clearly_most(self._supports(exchanges))

    def _supports(self, exchanges: Sequence[Exchange]) -> dict[str, int]:
        found = {bug.slug: self._support(bug, exchanges) for bug in self.bugs.values()}
        return {slug: support for slug, support in found.items() if support is not None}

    def _support(self, bug: Bug, exchanges: Sequence[Exchange]) -> int | None:
        """Return how many wrong numbers a bug explains at best, None if it is contradicted."""
        found = (self.simulator.support(exchanges, each) for each in bug.realisations)
        return max((support for support in found if support is not None), default=None)

    def fitting_pairs(self, trial: Trial) -> list[Pair]:
        """Return the pairs of bugs that together fit all that was asked, and neither alone."""
        exchanges = _suspects_first(trial)
        broken = len({each.problem.key for breach in trial.breaches for each in breach.exchanges})
        screen = sorted(exchanges[:broken], key=_work)
        screen += sorted(exchanges[broken:][:_FURTHER_QUESTIONS], key=_work)
        return fitting_pairs(self.simulator, list(self.bugs.values()), screen, exchanges)

    def may_explain(self, head: Head, conventions: Conventions) -> bool:
        """Tell whether any bug fits a few questions in these conventions, or they are right.

        Where they are, the mistake is one that these questions do not show.
        """
        exchanges = list(self._screen(Hypothesis(head, conventions)))
        if not exchanges:
            return False
        right = self.simulator.support(exchanges, RIGHT) is not None
        ways = (
            way
            for bug in self.bugs.values()
            for way in bug.realisations
            if {*replaced_steps(way)} - _WITHOUT_GRADIENTS
        )
        return right or any(self.simulator.support(exchanges, way) for way in ways)

    def right_numbers(self, hypothesis: Hypothesis) -> int:
        """Count the numbers that are right in answers to a few questions in these conventions."""
        found = (
            quantity
            for exchange in self._screen(hypothesis, (*_SCREEN, "cost/value"), _SOME)
            for part in exchange.problem.asks
            for quantity in quantities(on_its_branch(exchange, part), part)
        )
        return sum(
            int(np.count_nonzero(np.abs(each.got - each.expected) <= each.bound)) for each in found
        )

    def _screen(
        self, hypothesis: Hypothesis, laws: Sequence[str] = _SCREEN, problems: int = 1
    ) -> Iterator[Exchange]:
        for law in self.case.laws:
            if law.id in laws:
                questions = self.case.court.questions(law, hypothesis)
                if not isinstance(questions, str):
                    for _, asked in questions[:problems]:
                        yield from self.case.court.hear(asked, hypothesis)


def _clearly_most(supports: Mapping[str, int]) -> list[str]:
    best = max(supports.values(), default=0)
    return [slug for slug, support in supports.items() if support > CLEARLY_LESS * best]


def _work(exchange: Exchange) -> int:
    """Estimate what an exchange costs to simulate."""
    problem = exchange.problem
    return len(problem.asks) * problem.steps * len(problem.activations)


def _suspects_first(trial: Trial) -> list[Exchange]:
    """List what was asked, each question once, what broke a law first: most bugs end there."""
    broken = [exchange for breach in trial.breaches for exchange in breach.exchanges]
    unique: dict[Hashable, Exchange] = {}
    for exchange in (*broken, *trial.exchanges):
        unique.setdefault(exchange.problem.key, exchange)
    return [exchange for exchange in unique.values() if "initial" not in exchange.problem.asks]
