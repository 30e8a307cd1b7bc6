"""The flow of a check: probe, suite, laws, conventions, diagnosis, example, report.

Lives here: `check`. It knows everything below it and computes nothing itself: the reference is
asked by mechanics.py, the subject by interview.py, the laws by trial.py.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from shlex import quote

import numpy as np

from refnet.advice import advise
from refnet.bugs import BUGS
from refnet.conventions import BOOK, Conventions, admissible, in_force
from refnet.diagnosis import Finding, diagnose
from refnet.errors import SubjectError
from refnet.interview import Interview
from refnet.law import Exchange, Law, Suite, load_laws
from refnet.mechanics import expect
from refnet.problem import Expected, Problem
from refnet.shrinking import smallest_breach
from refnet.subjects.opening import OpenedSubject, open_subject
from refnet.subjects.probing import Probed, probe_heads
from refnet.subjects.protocol import Head
from refnet.suite import suite
from refnet.tolerance import Precision
from refnet.trial import Breach, Court, Hypothesis, Trial
from refnet.verdict import Convention, Diagnosis, Example, Report, Verdict
from refnet.wire import dumps, problem_to_json

TIMEOUT = 30.0
"""Seconds a subject has for everything it is asked, unless the caller says otherwise."""


def check(locator: str, *, seed: int = 0, timeout: float = TIMEOUT) -> Report:
    """Judge the implementation that a locator names, "FILE.py:Name" or "package.module:Name".

    `timeout` is in seconds. A subject that cannot be judged gives a report that says why; raises
    ArgumentError only for a locator that is none.
    """
    started = time.monotonic()
    blank = _blank(locator, seed, timeout)
    laws = load_laws()
    try:
        with open_subject(locator, timeout=timeout) as opened:
            report = _judge(opened, laws, replace(blank, digest=opened.digest))
    except SubjectError as error:
        report = replace(blank, sentence=f"{locator} could not be judged: {error}")
    return replace(report, seconds=time.monotonic() - started)


def _judge(opened: OpenedSubject, laws: Sequence[Law], blank: Report) -> Report:
    interview = Interview(opened.panel, opened.capabilities, opened.precision.roundoff)
    probed = probe_heads(interview)
    case = Case(opened, laws, blank.seed, interview, probed)
    trials = [case.court.try_laws(laws, Hypothesis(head, BOOK)) for head in probed.heads]
    settled = next((trial for trial in trials if not trial.broken), None)
    settled = settled or case.by_another_convention(trials)
    if settled is not None:
        finding = Finding(Diagnosis("none"), settled)
        return _conforming(case, finding, blank)
    return _deviating(case, diagnose(trials), blank)


@dataclass(eq=False)
class Case:
    """One subject under judgement: who it is, what it may be, and the court that hears it."""

    opened: OpenedSubject
    laws: Sequence[Law]
    seed: int
    interview: Interview
    probed: Probed

    def __post_init__(self) -> None:
        self._suites: dict[tuple[Suite, Head], Sequence[Problem]] = {}
        self._expected: dict[str, Expected] = {}
        self.court = Court(self.interview, self._problems, self._expect)

    def by_another_convention(self, trials: Sequence[Trial]) -> Trial | None:
        """Find the nearest conventions under which nothing is broken, if there are any.

        Conventions touch gradients, steps and costs alone: where anything else is broken, none
        can help. Those laws come first that most wrong conventions break.
        """
        touched = [law for law in self.laws if law.needs & {"gradients", "step", "cost"}]
        ids = {law.id for law in touched}
        touched.sort(key=lambda law: law.id not in ("gradient/check", "step/update"))
        heads = [trial.hypothesis.head for trial in trials if trial.broken <= ids]
        for conventions in self._conventions():
            for head in heads:
                hypothesis = Hypothesis(head, conventions)
                if self.court.passes(touched, hypothesis):
                    trial = self.court.try_laws(self.laws, hypothesis)
                    if not trial.broken:
                        return trial
        return None

    def _conventions(self) -> Iterable[Conventions]:
        tried = admissible(self.interview.offered, self.opened.l2_declared)
        return (conventions for conventions in tried if conventions != BOOK)

    def _problems(self, kind: Suite, head: Head) -> Sequence[Problem]:
        if (kind, head) not in self._suites:
            sizes = self.opened.capabilities.sizes
            made = suite(kind, head, self.seed, sizes)
            slope = self.probed.leaky_slope
            self._suites[kind, head] = [
                problem if slope is None else replace(problem, leaky_slope=slope)
                for problem in made
            ]
        return self._suites[kind, head]

    def _expect(self, problem: Problem) -> Expected:
        key = dumps(problem_to_json(problem))
        if key not in self._expected:
            self._expected[key] = expect(problem, self.opened.precision)
        return self._expected[key]


def _conforming(case: Case, finding: Finding, blank: Report) -> Report:
    report = _described(case, finding, blank)
    missing = report.of - report.ran
    if not any(law.status == "passed" and law.id == "forward/outputs" for law in report.laws):
        reason = next((law.reason for law in report.laws if law.reason), "it answered nothing")
        return replace(report, sentence=f"{report.subject} could not be judged: {reason}")
    sentence = f"{report.subject} conforms: every law that could be asked of it holds"
    if missing:
        sentence += f" ({missing} of {report.of} could not be asked)"
    return replace(report, verdict="conforms", sentence=f"{sentence}.")


def _deviating(case: Case, finding: Finding, blank: Report) -> Report:
    report = _described(case, finding, blank)
    trial = finding.trial
    verdict = _grade(finding)
    bugs = finding.diagnosis.bugs
    aimed_at = {BUGS[slug].aimed_at for slug in bugs}
    shown = next((b for b in trial.breaches if b.law.id in aimed_at), trial.breaches[0])
    hung = any(exchange.answer.failures for exchange in shown.exchanges)
    if not hung:
        sizes = case.opened.capabilities.sizes
        shown = smallest_breach(case.court, shown.law, trial.hypothesis, shown, sizes)
    return replace(
        report,
        verdict=verdict,
        sentence=_sentence(report.subject, verdict, finding),
        example=_example(shown),
    )


def _grade(finding: Finding) -> Verdict:
    """Tell wrong from unstable: by the one bug's own grade, else by which laws are broken."""
    bugs = finding.diagnosis.bugs
    if finding.diagnosis.certainty == "unique":
        return BUGS[bugs[0]].grade
    only_extremes = all(law.startswith("extremes/") for law in finding.trial.broken)
    return "unstable" if only_extremes else "wrong"


def _sentence(subject: str, verdict: Verdict, finding: Finding) -> str:
    graded = "is numerically unstable" if verdict == "unstable" else "is wrong"
    diagnosis = finding.diagnosis
    if diagnosis.certainty == "unique":
        bug = BUGS[diagnosis.bugs[0]]
        return f"{subject} {graded}: {bug.title} ({bug.slug}); every answer fits this one mistake."
    if diagnosis.certainty == "tied":
        return (
            f"{subject} {graded}: every answer fits {len(diagnosis.bugs)} known mistakes, which "
            f"no question tells apart: {', '.join(diagnosis.bugs)}."
        )
    where = f"first at {diagnosis.equation}" if diagnosis.equation else "in " + (
        finding.trial.breaches[0].law.title
    )
    return f"{subject} {graded}, {where}; no single known mistake explains every answer."


def _described(case: Case, finding: Finding, blank: Report) -> Report:
    trial = finding.trial
    head, conventions = trial.hypothesis.head, trial.hypothesis.conventions
    return replace(
        blank,
        laws=trial.results,
        conventions=(
            *_head_conventions(head, case.probed),
            *case.opened.conventions,
            *in_force(conventions, case.interview.offered),
        ),
        diagnosis=finding.diagnosis,
        advice=advise(head, trial),
    )


def _head_conventions(head: Head, probed: Probed) -> tuple[Convention, ...]:
    other = {
        "binary_cross_entropy": "the quadratic cost, this is bug output-sigma-prime-missing",
        "quadratic": "the cross-entropy, this is bug cross-entropy-extra-sigma-prime",
    }
    undecided = len({candidate.cost for candidate in probed.heads}) > 1
    note = f"if you meant {other[head.cost]}" if undecided and head.cost in other else ""
    return (
        Convention("hidden activation", head.hidden, probed.activations),
        Convention("output activation", head.output, probed.activations),
        Convention("cost", head.cost, probed.cost, note),
    )


def _example(breach: Breach) -> Example:
    deviation = breach.deviation
    shown = _telling(breach)
    return Example(
        law=breach.law.id,
        problem=shown.problem,
        answer=shown.answer,
        trusted=shown.expected,
        message=str(deviation),
        equation=deviation.equation or breach.law.equation,
        element=deviation.element,
        got=deviation.got,
        expected=deviation.expected,
        bound=deviation.bound,
    )


def _telling(breach: Breach) -> Exchange:
    """Pick the exchange to work through: the one that failed, else the first."""
    return next(
        (exchange for exchange in breach.exchanges if exchange.answer.failures),
        breach.exchanges[0],
    )


def _blank(locator: str, seed: int, timeout: float) -> Report:
    """Return the report of a check that has not judged anything yet."""
    options = "" if seed == 0 else f" --seed {seed}"
    options += "" if timeout == TIMEOUT else f" --timeout {timeout:g}"
    return Report(
        subject=locator,
        verdict="not judged",
        sentence="",
        laws=(),
        conventions=(),
        diagnosis=Diagnosis("none"),
        example=None,
        advice=(),
        versions={
            "refnet": version("refnet"),
            "numpy": np.__version__,
            "python": ".".join(map(str, sys.version_info[:3])),
        },
        seed=seed,
        repeat=f"refnet check {quote(locator)}{options}",
        seconds=0.0,
    )
