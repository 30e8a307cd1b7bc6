"""The verdict in one sentence.

Lives here: `in_praise` and `in_blame`. It knows verdicts, laws and the titles of mistakes; nothing
of how a verdict is reached.
"""

from collections.abc import Sequence

from refnet.bugs import BUGS
from refnet.diagnosis import Finding
from refnet.law import Law, load_laws
from refnet.verdict import Diagnosis, Report, Verdict

_GRADIENT_LAWS = frozenset(
    (
        "bp1/output-error",
        "bp2/hidden-error",
        "bp3/bias-gradient",
        "bp4/weight-gradient",
        "gradient/check",
        "step/update",
    )
)
"""Laws of which one is broken where gradients are wrong."""


def in_praise(report: Report, laws: Sequence[Law]) -> str:
    """Say that a network conforms, and how many laws it could not be held to."""
    whole = len(laws) == len(load_laws())
    which = "every law that could be" if whole else "every law that was chosen and could be"
    sentence = f"{report.subject} conforms: {which} asked of it holds"
    if report.of > report.ran:
        sentence += f" ({report.of - report.ran} of {report.of} could not be asked)"
    return f"{sentence}."


def in_blame(subject: str, verdict: Verdict, finding: Finding) -> str:
    """Say what is wrong with a network: the mistakes, or where to look for them."""
    graded = "is numerically unstable" if verdict == "unstable" else "is wrong"
    diagnosis, raised = finding.diagnosis, finding.trial.breaches[0].raised
    if diagnosis.certainty != "unknown":
        return f"{subject} {graded}: {_explained(diagnosis)}."
    if raised and not diagnosis.bugs:
        return f"{subject} {graded}: {raised}."
    seen = "".join(f"; {_titled(slug)}" for slug in diagnosis.bugs)
    return f"{subject} {graded}{_unexplained(finding)}{seen}."


def _explained(diagnosis: Diagnosis) -> str:
    titled = {slug: _titled(slug) for slug in diagnosis.bugs}
    if diagnosis.certainty == "unique":
        these = {1: "this one mistake", 2: "these two mistakes together"}
        fits = these.get(len(titled), "these mistakes together")
        return f"{', and '.join(titled.values())}; every answer fits {fits}"
    others = [slug for slug in titled if slug not in diagnosis.certain]
    alone = all(len(pair) == len(diagnosis.certain) + 1 for pair in diagnosis.pairs)
    known = f"{len(others)} known mistakes" if alone else "several pairs of known mistakes"
    apart = f"{known}, which no question tells apart"
    named = ", ".join(others) if alone else diagnosis.named
    if not diagnosis.certain:
        return f"every answer fits {apart}: {named}"
    mistake = ", and ".join(titled[slug] for slug in diagnosis.certain)
    return f"{mistake}; and, beside it, one of {apart}: {named}"


def _titled(slug: str) -> str:
    return f"{BUGS[slug].title} ({slug})"


def _unexplained(finding: Finding) -> str:
    first = finding.trial.breaches[0].law
    equation = finding.diagnosis.equation
    where = f", first at {equation}" if equation else ""
    if not first.equation:
        where = f", first at this: {first.title} ({first.id})"
    if _GRADIENT_LAWS & finding.trial.broken and "cost/value" in finding.trial.broken:
        other = "are its gradients" if first.id == "cost/value" else "is the cost that it reports"
        where += f", and so {other}"
    if first.id in ("forward/outputs", "shape/outputs"):
        return (
            f"{where}, in a way that no known mistake explains: suspect what connects refnet with "
            "it before the network itself (the adapter, or which parameters were taken for which)"
        )
    return f"{where}; no single known mistake explains every answer"
