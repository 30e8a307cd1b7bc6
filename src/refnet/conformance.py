"""The flow of a check: open, probe, suite, laws, conventions, diagnosis, example, report.

Lives here: `check`. It knows everything below it and computes nothing itself: the reference is
asked by mechanics, the subject by interview.py, the laws by trial.py, for one case by case.py.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from shlex import quote

import numpy as np

from refnet.activations import ACTIVATIONS
from refnet.advice import advise
from refnet.bugs import BUGS
from refnet.case import Case
from refnet.conventions import in_force
from refnet.diagnosis import Finding, diagnose
from refnet.errors import SubjectError
from refnet.heads import Probed, probing_questions
from refnet.law import Law, load_laws
from refnet.showing import example_of
from refnet.structure import is_well_built
from refnet.subjects.locator import parse_locator
from refnet.subjects.opening import OpenedSubject, open_subject
from refnet.subjects.protocol import Convention, Head
from refnet.verdict import Diagnosis, Report, Verdict

TIMEOUT = 30.0
"""Seconds a subject has for everything it is asked, unless the caller says otherwise."""

_ENOUGH = ("gradient/check", "step/update")
"""One of these must have been judged, beside the outputs: less is no judgement of a network."""


def check(locator: str, *, seed: int = 0, timeout: float = TIMEOUT) -> Report:
    """Judge the implementation that a locator names, "FILE.py:Name" or "package.module:Name".

    `timeout` is in seconds. A subject that cannot be judged gives a report that says why; raises
    ArgumentError only for a locator that is none.
    """
    started = time.monotonic()
    place = parse_locator(locator)
    blank = replace(blank_report(locator, seed, timeout), digest=place.digest)
    laws = load_laws()
    try:
        with open_subject(place, timeout=timeout) as opened:
            report = judge(opened, laws, blank)
    except SubjectError as error:
        report = replace(blank, sentence=f"{locator} could not be judged: {error}")
    return replace(report, seconds=time.monotonic() - started)


def judge(opened: OpenedSubject, laws: Sequence[Law], blank: Report) -> Report:
    """Judge a subject that is open, and fill in the report."""
    case = Case(opened, laws, blank.seed)
    trials = case.by_the_book()
    settled = next((trial for trial in trials if not trial.broken), None)
    settled = settled or case.by_another_convention(trials)
    if settled is not None:
        return _conforming(case, Finding(Diagnosis("none"), settled), blank)
    return _deviating(case, diagnose(case, trials), blank)


def _conforming(case: Case, finding: Finding, blank: Report) -> Report:
    report = _described(case, finding, blank)
    passed = {law.id for law in report.laws if law.status == "passed"}
    silence = finding.trial.silence
    if "forward/outputs" not in passed or not passed.intersection(_ENOUGH) or silence:
        reasons = [law.reason for law in report.laws if law.id in ("forward/outputs", *_ENOUGH)]
        reason = silence or next(filter(None, reasons), "it answered nothing")
        return replace(report, sentence=f"{report.subject} could not be judged: {reason}")
    sentence = f"{report.subject} conforms: every law that could be asked of it holds"
    if report.of > report.ran:
        sentence += f" ({report.of - report.ran} of {report.of} could not be asked)"
    return replace(report, verdict="conforms", sentence=f"{sentence}.")


def _deviating(case: Case, finding: Finding, blank: Report) -> Report:
    report = _described(case, finding, blank)
    if not case.probed.fits and finding.diagnosis.certainty == "unknown" and _is_well_built(case):
        known = ", ".join(ACTIVATIONS)
        return replace(
            report,
            sentence=f"{report.subject} could not be judged: its layers are put together rightly, "
            f"but its outputs are those of none of the activations that refnet knows ({known})",
        )
    verdict = _grade(finding)
    shown = example_of(case, finding)
    return replace(
        report,
        verdict=verdict,
        sentence=_sentence(report.subject, verdict, finding),
        example=shown,
    )


def _is_well_built(case: Case) -> bool:
    return is_well_built(case.interview, probing_questions(case.interview, case.seed))


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
    first = finding.trial.breaches[0].law
    where = f", first at {diagnosis.equation}" if diagnosis.equation else ""
    if not first.equation:
        where = f", first at this: {first.title} ({first.id})"
    return f"{subject} {graded}{where}; no single known mistake explains every answer."


def _described(case: Case, finding: Finding, blank: Report) -> Report:
    trial = finding.trial
    head, conventions = trial.hypothesis.head, trial.hypothesis.conventions
    description = case.opened.description
    return replace(
        blank,
        laws=trial.results,
        conventions=(
            *_head_conventions(head, case.probed),
            *description.conventions,
            *in_force(conventions, case.interview.offered),
        ),
        diagnosis=finding.diagnosis,
        advice=(*description.notes, *advise(head, trial)),
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


def blank_report(locator: str, seed: int = 0, timeout: float = TIMEOUT) -> Report:
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
