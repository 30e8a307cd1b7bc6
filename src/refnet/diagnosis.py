"""Which known mistake explains every answer: diagnosis by simulation.

Lives here: `diagnose`. It knows the catalogue of bugs and trials, not reports.

Single bugs come first; where none fits everything, two together are tried. A pair is named only
if no other one fits.

Every bug of the catalogue is put through the very questions that the subject was asked, in each
of its numerical realisations, and compared number by number within its own error bound. A bug
that fits everything is a candidate; one candidate is unique, several are tied (no question asked
tells them apart), none leaves the first broken equation. The book's conventions come first, then
each of the others, the nearest first.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from refnet.bugs import BUGS, Bug, replaced_steps, simulate
from refnet.case import Case
from refnet.conventions import Conventions
from refnet.law import Exchange
from refnet.mechanics import RIGHT, Mechanics
from refnet.problem import Answer
from refnet.simulation import Simulator
from refnet.subjects.protocol import Head
from refnet.trial import Hypothesis, Trial
from refnet.verdict import Certainty, Diagnosis

FURTHEST = 3
"""Departures from the book's conventions that are tried together with a mistake: sums for means in
gradients, steps and costs are three, and nearly everybody departs in one way only."""

CLEARLY_LESS = 1 / 2
"""A bug that explains at most this share of the wrong numbers that another one explains is none:
it is not contradicted only because its own error bound is wide there."""

_SCREEN = ("gradient/check", "step/update")
"""The laws whose questions nearly every mistake answers wrongly: asked first of each convention."""


@dataclass(frozen=True, eq=False)
class Finding:
    """A diagnosis with the trial it rests on: the hypothesis under which the bugs fit."""

    diagnosis: Diagnosis
    trial: Trial


def diagnose(case: Case, trials: Sequence[Trial]) -> Finding:
    """Find the bugs that explain every answer under the first hypothesis where any does.

    `trials` in order of preference, each with something broken. Where nothing fits, the trial
    with the fewest broken laws is shown: of these, or of others in which gradients and steps hold.
    """
    suspects = _Suspects(case)
    settled = [trial for trial in trials if _unstable_alone(trial)]
    near = None if settled else case.nearly_by_another_convention(trials)
    settled = settled if near is None else [near]
    trials = settled or trials
    shown = list(trials)
    # What is right but for the extremes is neither another head nor another convention, in which
    # a mistake would have to make up for the difference.
    for trial in settled or _more_trials(case, trials, suspects):
        if not trial.broken & {*_SCREEN}:
            shown.append(trial)
        fitting = suspects.fitting(trial)
        if fitting:
            certainty: Certainty = "unique" if len(fitting) == 1 else "tied"
            equation = BUGS[fitting[0]].equation
            return Finding(Diagnosis(certainty, tuple(fitting), equation), trial)
    for trial in trials:
        pairs = suspects.fitting_pairs(trial)
        if len(pairs) == 1:
            return Finding(Diagnosis("unique", pairs[0], BUGS[pairs[0][0]].equation), trial)
    best = min(shown, key=lambda trial: len(trial.breaches))
    return Finding(Diagnosis("unknown", (), _first_equation(best)), best)


def _unstable_alone(trial: Trial) -> bool:
    return all(law.startswith("extremes/") for law in trial.broken)


def _more_trials(case: Case, trials: Sequence[Trial], suspects: "_Suspects") -> Iterator[Trial]:
    """Yield the trials by the book, then those in other conventions in which some bug may fit."""
    yield from trials
    heads = [trial.hypothesis.head for trial in trials]
    for conventions in case.conventions():
        if conventions.distance_from(case.base) <= FURTHEST:
            for head in heads:
                if suspects.may_explain(head, conventions):
                    yield case.court.try_laws(case.laws, Hypothesis(head, conventions))


def _first_equation(trial: Trial) -> str:
    """Name the first equation broken, in the order in which the laws are judged."""
    named = (breach.deviation.equation or breach.law.equation for breach in trial.breaches)
    return next(filter(None, named), "")


@dataclass(eq=False)
class _Suspects:
    """The catalogue, held against what one subject answered."""

    case: Case
    simulator: Simulator = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = Simulator(self.case.interview, self.case.precision)

    def fitting(self, trial: Trial) -> list[str]:
        """Return the bugs that, in one of their realisations, fit all that was asked in a trial."""
        if any(breach.law.id.startswith("initialisation/") for breach in trial.breaches):
            return list(_of_initialisation(trial))
        exchanges = _suspects_first(trial)
        found = {bug.slug: self._support(bug, exchanges) for bug in BUGS.values()}
        supports = {slug: support for slug, support in found.items() if support is not None}
        best = max(supports.values(), default=0)
        if best == 0 and all(law.startswith("extremes/") for law in trial.broken):
            # Where all overflows no bound is left to tell right from wrong.
            return [slug for slug in supports if BUGS[slug].aimed_at in trial.broken]
        return [slug for slug, support in supports.items() if support > CLEARLY_LESS * best]

    def _support(self, bug: Bug, exchanges: Sequence[Exchange]) -> int | None:
        """Return how many wrong numbers a bug explains at best, None if it is contradicted."""
        found = (self.simulator.support(exchanges, each) for each in bug.realisations)
        return max((support for support in found if support is not None), default=None)

    def fitting_pairs(self, trial: Trial) -> list[tuple[str, str]]:
        """Return the pairs of bugs that together fit all that was asked, and neither alone.

        One of the two must be of the first broken equation: what breaks first is not mended by
        what comes after it. Of neither the law aimed at it may have passed.
        """
        passed = {law.id for law in trial.results if law.status == "passed"}
        suspected = [bug for bug in BUGS.values() if bug.aimed_at not in passed]
        exchanges = _suspects_first(trial)
        first = _first_equation(trial)
        fitting: dict[tuple[str, str], int] = {}
        for one in suspected:
            for other in suspected if one.equation == first else ():
                best = max(map(self._together(exchanges), _combined(one, other)), default=0)
                if best:
                    fitting[one.slug, other.slug] = best
        clearly = CLEARLY_LESS * max(fitting.values(), default=0)
        return [pair for pair, support in fitting.items() if support > clearly]

    def _together(self, exchanges: Sequence[Exchange]) -> Callable[[Mechanics], int]:
        def support(mechanics: Mechanics) -> int:
            try:
                return self.simulator.support(exchanges, mechanics) or 0
            except RecursionError:
                # The cost in the place of its derivative, and the derivative in that of the cost.
                return 0

        return support

    def may_explain(self, head: Head, conventions: Conventions) -> bool:
        """Tell whether any bug fits a few questions in these conventions, or they are right.

        Where they are, the mistake is one that these questions do not show.
        """
        exchanges = list(self._screen(Hypothesis(head, conventions)))
        if not exchanges:
            return False
        right = self.simulator.support(exchanges, RIGHT) is not None
        return right or any(self._support(bug, exchanges) for bug in BUGS.values())

    def _screen(self, hypothesis: Hypothesis) -> Iterator[Exchange]:
        for law in self.case.laws:
            if law.id in _SCREEN:
                questions = self.case.court.questions(law, hypothesis.head)
                if not isinstance(questions, str):
                    yield from self.case.court.hear(questions[0][1], hypothesis)


def _combined(one: Bug, other: Bug) -> Iterator[Mechanics]:
    """Yield the mechanics of both mistakes together, where they are in different steps."""
    for first in one.realisations:
        for second in other.realisations:
            steps = replaced_steps(second)
            if one is not other and not set(steps) & set(replaced_steps(first)):
                yield replace(first, **{step: getattr(second, step) for step in steps})


def _of_initialisation(trial: Trial) -> Iterator[str]:
    """Yield the bugs aimed at by the one broken law that leave the same pattern in the weights.

    Random numbers are never compared; that they are all 0, all the same, or the same in every row,
    can be.
    """
    patterns = {
        _pattern(exchange.answer) for breach in trial.breaches for exchange in breach.exchanges
    }
    problems = [exchange.problem for breach in trial.breaches for exchange in breach.exchanges]
    for bug in BUGS.values():
        made = {
            _pattern(simulate(each, problem).answer)
            for each in bug.realisations
            for problem in problems
        }
        if trial.broken == frozenset((bug.aimed_at,)) and patterns & made:
            yield bug.slug


def _pattern(answer: Answer) -> str:
    """Say how alike the weights of the first layer are."""
    if answer.initial is None or not answer.initial.weights:
        return "none"
    w = answer.initial.weights[0]
    if not w.any():
        return "all 0"
    if (w == w.flat[0]).all():
        return "all the same"
    return "rows the same" if (w == w[:1]).all() else "different"


def _suspects_first(trial: Trial) -> list[Exchange]:
    """List what was asked, each question once, what broke a law first: most bugs end there."""
    broken = [exchange for breach in trial.breaches for exchange in breach.exchanges]
    unique: dict[Hashable, Exchange] = {}
    for exchange in (*broken, *trial.exchanges):
        unique.setdefault(exchange.problem.key, exchange)
    return [exchange for exchange in unique.values() if "initial" not in exchange.problem.asks]
