"""The flow of a check: open, probe, suite, laws, conventions, diagnosis, example, report.

Lives here: `check`, `parametrize` and `judge`. It knows everything below it and computes nothing
itself: the reference is asked by mechanics, the subject by interview.py, the laws by trial.py, for
one case by case.py.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from shlex import quote
from typing import Unpack

import numpy as np

from refnet.activations import ACTIVATIONS
from refnet.advice import advise
from refnet.bugs import BUGS
from refnet.case import Case
from refnet.conventions import in_force
from refnet.declarations import NOTHING, Declared, declared, refuse_unless_heads
from refnet.diagnosis import Finding
from refnet.errors import SubjectError
from refnet.heads import probing_questions
from refnet.law import Law, load_laws
from refnet.observations import observed
from refnet.options import DEFAULT, Choices, Options
from refnet.parametrizing import law_tests
from refnet.selection import select, together, with_those_not_chosen
from refnet.setting_aside import diagnose_all
from refnet.showing import examples_of
from refnet.structure import is_well_built
from refnet.subject_training import SHARE, Schooling, school
from refnet.subjects.opening import OpenedSubject
from refnet.subjects.protocol import Description, Head
from refnet.summons import summon
from refnet.verdict import Diagnosis, Report, Verdict
from refnet.verdict_sentences import in_blame, in_praise

_ENOUGH = ("gradient/check", "step/update")
"""One of these must have been judged, beside the outputs: less is no judgement of a network."""


def check(subject: object, *, program: bool = False, **chosen: Unpack[Choices]) -> Report:
    """Judge what a locator names, a program, or an object of this process such as a class.

    A locator is "FILE.py:Name" or "package.module:Name"; with `program` the subject is a command
    that speaks JSON lines. The other arguments are those of Options. A subject that cannot be
    judged gives a report that says why; raises ArgumentError for arguments that cannot be meant.
    """
    return check_with(subject, Options(**chosen), program=program)


def check_with(subject: object, options: Options, *, program: bool = False) -> Report:
    """Judge a subject as the options say: what `check` does."""
    started = time.monotonic()
    everything = load_laws()
    laws = select(everything, options)
    held_to = declared(options.declare, "declare")
    summons = summon(subject, options, program=program)
    blank = replace(
        blank_report(summons.text, options), repeat=summons.repeat, digest=summons.digest
    )
    try:
        with summons.open() as opened:
            seconds = SHARE * options.timeout if options.training else 0.0
            report = judge(opened, laws, blank, options.examples, held_to, seconds)
    except SubjectError as error:
        report = replace(blank, sentence=f"{summons.text} could not be judged: {error}")
    if report.laws:
        report = replace(report, laws=with_those_not_chosen(report.laws, everything))
    return replace(report, seconds=time.monotonic() - started)


def parametrize(
    subject: object, *, program: bool = False, **chosen: Unpack[Choices]
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Return a decorator for pytest that makes one test per law of a function.

    The arguments are those of `check`. With `only` there are tests for these laws alone; a law of
    `expect_broken` is an expected failure, and a failure if it is not broken. Raises ArgumentError
    for arguments that cannot be meant, and without pytest.
    """
    options = Options(**chosen)
    laws = [law.id for law in select(load_laws(), options)]
    declared(options.declare, "declare")
    summon(subject, options, program=program)
    # A test shows no advice.
    untrained = replace(options, training=False)
    judged = partial(check_with, subject, untrained, program=program)
    return law_tests(judged, laws, options.expect_broken)


def judge(
    opened: OpenedSubject,
    laws: Sequence[Law],
    blank: Report,
    examples: int = 1,
    declarations: Declared = NOTHING,
    training: float = 0.0,
) -> Report:
    """Judge a subject that is open, and fill in the report, with so many examples at the most.

    `declarations` beat what the subject declares itself. One that declares several heads is judged
    by each of them. `training` is how many seconds a short training may take, 0 for none. Raises
    SubjectError where what is declared cannot be meant.
    """
    held_to = _held_to(opened.description, declarations)
    heads = held_to.heads_declared(opened.description.capabilities.heads)
    reports: list[Report] = []
    for head in heads or (None,):
        case = Case(_with_head(opened, head), laws, blank.seed, held_to)
        # Where it conforms by all of them, the report is that by the first.
        reports.append(_judged(case, blank, examples, 0.0 if reports else training))
    report = together(reports, heads)
    if report.verdict == "conforms":
        return replace(report, sentence=in_praise(report, laws))
    return report


def _held_to(description: Description, declarations: Declared) -> Declared:
    said = description.declared
    speaker = "adapter" if description.style == "adapter" else "hello"
    declared(said, f"{speaker}: conventions", SubjectError)
    refuse_unless_heads(description.capabilities.heads, "hello: capabilities: heads", SubjectError)
    return declared({**said, **declarations.values}, "conventions", SubjectError)


def _with_head(opened: OpenedSubject, head: Head | None) -> OpenedSubject:
    if head is None:
        return opened
    able = replace(opened.description.capabilities, heads=(head,))
    return replace(opened, description=replace(opened.description, capabilities=able))


def _judged(case: Case, blank: Report, examples: int, training: float) -> Report:
    trials = case.by_the_book()
    settled = case.settled(trials)
    if settled is not None:
        finding = Finding(Diagnosis("none"), settled)
        report = _conforming(case, finding, blank)
    else:
        finding = diagnose_all(case, trials)
        report = _deviating(case, finding, blank, examples)
    seconds = 0.0 if report.verdict == "not judged" else training
    return replace(report, advice=_advised(case, finding, seconds))


def _advised(case: Case, finding: Finding, seconds: float) -> tuple[str, ...]:
    trial = finding.trial
    schooling = school(case, trial, seconds) if seconds > 0.0 else Schooling()
    said = advise(
        trial.hypothesis.head, trial, learns=schooling.is_done and not schooling.illnesses
    )
    course = (schooling.course,) if schooling.course else ()
    return (*case.opened.description.notes, *said, *course, *schooling.illnesses)


def _conforming(case: Case, finding: Finding, blank: Report) -> Report:
    report = _described(case, finding, blank)
    passed = {law.id for law in report.laws if law.status == "passed"}
    silence = finding.trial.silence
    chosen = {law.id for law in case.laws}
    partly = not chosen >= {"forward/outputs", *_ENOUGH}
    enough = bool(passed) if partly else passed >= {"forward/outputs"} and passed & {*_ENOUGH}
    if not enough or silence:
        reasons = [
            law.reason for law in report.laws if partly or law.id in ("forward/outputs", *_ENOUGH)
        ]
        reason = silence or next(filter(None, reasons), "it answered nothing")
        return replace(report, sentence=f"{report.subject} could not be judged: {reason}")
    return replace(report, verdict="conforms", sentence=in_praise(report, case.laws))


def _deviating(case: Case, finding: Finding, blank: Report, examples: int) -> Report:
    report = _described(case, finding, blank)
    odd = not case.probed.fits and "shape/outputs" not in finding.trial.broken
    if odd and finding.diagnosis.certainty == "unknown" and _is_well_built(case):
        return replace(report, sentence=_of_none(report.subject, case))
    verdict = _grade(finding)
    shown = tuple(islice(examples_of(finding.case or case, finding), examples))
    return replace(
        report,
        verdict=verdict,
        sentence=in_blame(report.subject, verdict, finding),
        example=shown[0] if shown else None,
        further=shown[1:],
    )


def _of_none(subject: str, case: Case) -> str:
    """Say that no activation fits; where there may be several hidden layers, that one has to."""
    depth, known = case.opened.description.capabilities.depth, ", ".join(ACTIVATIONS)
    alike = "; every hidden layer has to have the same one" if depth is None or depth > 2 else ""
    return (
        f"{subject} could not be judged: its layers are put together rightly, but its outputs are "
        f"those of none of the activations that refnet knows ({known}){alike}"
    )


def _is_well_built(case: Case) -> bool:
    return is_well_built(case.interview, probing_questions(case.interview, case.seed))


def _grade(finding: Finding) -> Verdict:
    """Tell wrong from unstable: by the one bug's own grade, else by which laws are broken."""
    if finding.diagnosis.certainty == "unique":
        grades = {BUGS[slug].grade for slug in finding.diagnosis.bugs}
        return "wrong" if "wrong" in grades else "unstable"
    only_extremes = all(law.startswith("extremes/") for law in finding.trial.broken)
    return "unstable" if only_extremes else "wrong"


def _described(case: Case, finding: Finding, blank: Report) -> Report:
    trial = finding.trial
    conventions = trial.hypothesis.conventions
    description = case.opened.description
    return replace(
        blank,
        laws=trial.results,
        conventions=(
            *observed(case, trial),
            *(made for made in description.conventions if not case.declared.covers(made)),
            *in_force(conventions, case.interview.offered, case.declared.names),
            *case.declared.remaining,
        ),
        diagnosis=finding.diagnosis,
    )


def blank_report(subject: str, options: Options = DEFAULT) -> Report:
    """Return the report of a check that has not judged anything yet."""
    return Report(
        subject=subject,
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
        seed=options.seed,
        repeat=options.command(quote(subject)),
        seconds=0.0,
        expected_broken=options.expect_broken,
        accepts_unstable=options.accept_unstable,
    )
