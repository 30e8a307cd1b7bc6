"""One known mistake that is told by what raises, and is set aside so that the rest can be judged.

Lives here: `diagnose_all`. It knows trials and the diagnosis of one case, not reports.

Whoever takes the width of one-hot labels from the labels that are present gets an exception in
every batch without the last class, and in no other. Behind that exception every other mistake would
be hidden. So what raises for that reason is not asked again: of each batch the first sample is made
one of the last class, questions without one are left out, and what is found then comes beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from refnet.case import Case
from refnet.diagnosis import Finding, diagnose
from refnet.problem import highest_class
from refnet.simulation import OF_SHAPES
from refnet.trial import Trial
from refnet.verdict import Diagnosis, LawResult

SLUG = "one-hot-from-max"


def diagnose_all(case: Case, trials: Sequence[Trial]) -> Finding:
    """Find the mistakes that explain every answer, be one of them told by what raises alone.

    `trials` in order of preference, each with something broken.
    """
    # What raises with the last class, too, is not asked a second time.
    if _raised(trials[0], lacking=True) != {True} or True in _raised(trials[0], lacking=False):
        return diagnose(case, trials)
    rest = case.with_the_last_class()
    first = rest.by_the_book()
    if _raised(first[0], lacking=False) != {False}:
        return diagnose(case, trials)
    settled = rest.settled(first)
    found = diagnose(rest, first) if settled is None else Finding(Diagnosis("none"), settled)
    return Finding(_beside(found.diagnosis), _joined(trials[0], found.trial), rest)


def _raised(trial: Trial, *, lacking: bool) -> set[bool]:
    """Tell of targets that lack the last class, or have it, whether they raised and whether not.

    Where all are of the first class, one-hot labels of one row are broadcast, and nothing raises.
    Exceptions that are not about shapes count as none.
    """
    return {
        any(failure.kind in OF_SHAPES for failure in exchange.answer.failures.values())
        for exchange in trial.exchanges
        if {"gradients", "step"} & {*exchange.problem.asks}
        and (highest := highest_class(exchange.problem))
        and (highest < exchange.problem.sizes[-1] - 1) is lacking
    }


def _beside(found: Diagnosis) -> Diagnosis:
    """Return a diagnosis with the mistake that was set aside."""
    if found.certainty == "none":
        return Diagnosis("unique", (SLUG,), "BP1")
    if found.certainty != "tied":
        return replace(found, bugs=(*found.bugs, SLUG))
    explanations = found.pairs or tuple((slug,) for slug in found.bugs)
    pairs = tuple((SLUG, *slugs) for slugs in explanations)
    return replace(found, bugs=(SLUG, *found.bugs), pairs=pairs)


def _joined(whole: Trial, rest: Trial) -> Trial:
    """Return what was found in both: what is broken in either is broken."""
    breaches = {breach.law.id: breach for breach in (*whole.breaches, *rest.breaches)}
    results = tuple(_results(whole, rest))
    return replace(
        rest,
        results=results,
        breaches=tuple(breaches[result.id] for result in results if result.id in breaches),
        exchanges=(*rest.exchanges, *whole.exchanges),
    )


def _results(whole: Trial, rest: Trial) -> Iterator[LawResult]:
    for before, after in zip(whole.results, rest.results, strict=True):
        yield before if before.status == "broken" and after.status != "broken" else after
