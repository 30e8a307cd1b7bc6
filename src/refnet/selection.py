"""Part of the laws, and several reports in one: what a caller chose, what a subject declares.

Lives here: `select`, the laws that options choose; `with_those_not_chosen`, so that no report of a
part passes for one of the whole; `together`, one report of those by each head.
"""

from collections.abc import Sequence
from dataclasses import replace

from refnet.errors import ArgumentError
from refnet.law import Law
from refnet.options import Options
from refnet.subjects.protocol import Convention, Head
from refnet.verdict import LawResult, Report, Status

NOT_CHOSEN = "not chosen"
"""The reason of a law that was left out by --only."""

_GRAVEST = ("conforms", "not judged", "unstable", "wrong")
_MOST_TELLING: tuple[Status, ...] = ("broken", "passed", "blocked", "unanswerable")


def select(laws: Sequence[Law], options: Options) -> tuple[Law, ...]:
    """Return the laws to judge. Raises ArgumentError for one that is unknown or not among them."""
    for name in options.only:
        if not any(_matches(law, name) for law in laws):
            raise ArgumentError(
                f"only: got {name!r}; expected the id of a law or how ids begin, as bp2 or "
                f"step/update; the ids are {', '.join(law.id for law in laws)}"
            )
    chosen = [
        law for law in laws if not options.only or any(_matches(law, name) for name in options.only)
    ]
    known = {law.id for law in chosen}
    for name, reason in options.expect_broken.items():
        if name not in known:
            raise ArgumentError(
                f"expect_broken: got {name!r}; expected the whole id of a law that is judged; the "
                f"ids are {', '.join(law.id for law in chosen)}"
            )
        if not reason.strip():
            raise ArgumentError(
                f"expect_broken: got {name!r} without a reason; expected LAW=REASON; say why it "
                "may be broken"
            )
    return tuple(chosen)


def _matches(law: Law, name: str) -> bool:
    return bool(name) and law.id.startswith(name)


def with_those_not_chosen(
    results: Sequence[LawResult], laws: Sequence[Law]
) -> tuple[LawResult, ...]:
    """Return a result for every law there is, in order; those that were left out say so."""
    known = {result.id: result for result in results}
    return tuple(
        known.get(law.id) or LawResult(law.id, law.title, law.equation, "unanswerable", NOT_CHOSEN)
        for law in laws
    )


def together(reports: Sequence[Report], heads: Sequence[Head]) -> Report:
    """Return the gravest of several reports, one by each head; a law holds that holds by each."""
    gravest = max(reports, key=lambda report: _GRAVEST.index(report.verdict))
    if len(heads) < 2:
        return gravest
    names = ", ".join(f"{head.hidden} / {head.output} / {head.cost}" for head in heads)
    judged = Convention("judged by each of the heads", names, "declared")
    laws = gravest.laws
    if gravest.verdict == "conforms":
        laws = tuple(
            min(results, key=lambda result: _MOST_TELLING.index(result.status))
            for results in zip(*(report.laws for report in reports), strict=True)
        )
    return replace(gravest, laws=laws, conventions=(*gravest.conventions, judged))
