"""By what somebody keeps a logarithm from 0: found in their cost where units saturate.

Lives here: `with_their_guard`. It knows trials and the catalogue, nothing of diagnoses.

An epsilon can be any number. Those in use most are in the catalogue; among the others there is a
search once, by the cost alone, and not in every pair of mistakes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from refnet.bugs import BUGS, Bug
from refnet.bugs.cost import LOGARITHMIC, rare_guards
from refnet.case import Case
from refnet.law import Exchange
from refnet.mechanics import RIGHT
from refnet.simulation import Simulator
from refnet.trial import Trial

_SLUG = "log-without-guard"
_LAW = BUGS[_SLUG].aimed_at


def with_their_guard(case: Case, simulator: Simulator, trial: Trial) -> Mapping[str, Bug]:
    """Return the catalogue, with what keeps this subject's logarithms from 0 if it is rare."""
    bug = BUGS[_SLUG]
    asked = list(_saturated(case, trial))
    if not asked or simulator.support(asked, RIGHT) is not None:
        return BUGS  # nothing to explain: most wrong networks have a right cost there
    if any(simulator.support(asked, each) for each in bug.realisations):
        return BUGS
    for guarded in rare_guards():
        if simulator.support(asked, guarded):
            return {**BUGS, _SLUG: replace(bug, realisations=(*bug.realisations, guarded))}
    return BUGS


def _saturated(case: Case, trial: Trial) -> Iterator[Exchange]:
    """Ask for the cost where units saturate, without a penalty, which may be wrong as well."""
    if trial.hypothesis.head.cost not in LOGARITHMIC:
        return
    for law in (law for law in case.laws if law.id == _LAW):
        questions = case.court.questions(law, trial.hypothesis)
        if not isinstance(questions, str):
            for _, asked in questions:
                yield from case.court.hear([replace(p, l2=0.0) for p in asked], trial.hypothesis)
