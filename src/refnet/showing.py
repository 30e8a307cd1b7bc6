"""Which broken law is shown on an example, and the example itself.

Lives here: `examples_of`. It knows findings, shrinking and the catalogue; not how it is printed.

A reader follows numbers more easily than a relation between several answers, and an equation more
easily than an exception. So of the laws that a diagnosed mistake breaks one is taken that names
numbers of a single answer, even if it was blocked by an exception elsewhere.
"""

from collections.abc import Iterator

from refnet.bugs import BUGS
from refnet.case import Case
from refnet.diagnosis import Finding
from refnet.law import Exchange, Law
from refnet.shrinking import smallest_breach
from refnet.trial import Breach
from refnet.verdict import Example

PLAINER = {"bp1/derivative-not-cost": "bp1/output-error"}
"""A law that is about the same thing, on a single answer."""


def examples_of(case: Case, finding: Finding) -> Iterator[Example]:
    """Yield the smallest example found of each broken law, that which shows best first."""
    hypothesis, sizes = finding.trial.hypothesis, case.interview.offered.sizes
    seen: set[str] = set()
    for shown in _breaches(case, finding):
        if shown.law.id in seen:
            continue
        seen.add(shown.law.id)
        # A hang or a crash is never shrunk: each attempt would cost a time-out.
        if _failed(shown):
            yield _example(shown)
        else:
            yield _example(smallest_breach(case.court, shown.law, hypothesis, shown, sizes))


def _breaches(case: Case, finding: Finding) -> Iterator[Breach]:
    """Yield breaches, those first that show best."""
    trial = finding.trial
    bugs = [BUGS[slug] for slug in finding.diagnosis.bugs]
    aimed_at = [bug.aimed_at for bug in sorted(bugs, key=lambda bug: bug.grade == "unstable")]
    laws = {law.id: law for law in case.laws}
    for name in dict.fromkeys([PLAINER.get(name, name) for name in aimed_at] + aimed_at):
        # Of a selection of laws, the one aimed at may not be among those judged.
        found = _first_breach(case, finding, laws[name]) if name in laws else None
        if found is not None:
            yield found
    yield from trial.breaches


def _first_breach(case: Case, finding: Finding, law: Law) -> Breach | None:
    """Return a breach with numbers in the place of an exception, on the problems of the suite."""
    hypothesis = finding.trial.hypothesis
    questions = case.court.questions(law, hypothesis)
    if isinstance(questions, str):
        return None
    found = (case.court.breach_of(law, problem, hypothesis) for problem, _ in questions)
    return next((breach for breach in found if breach is not None and not _failed(breach)), None)


def _failed(breach: Breach) -> bool:
    return any(exchange.answer.failures for exchange in breach.exchanges)


def _example(breach: Breach) -> Example:
    return Example.of(breach.law, _telling(breach), breach.deviation)


def _telling(breach: Breach) -> Exchange:
    """Pick the exchange to work through: the one that failed, else the first."""
    return next(
        (exchange for exchange in breach.exchanges if exchange.answer.failures),
        breach.exchanges[0],
    )
