"""What a check comes to: plain data, from which every form of report is made.

Lives here: LawResult, Diagnosis, Example and Report. It knows problems and laws, not how a verdict
is reached (conformance.py) nor how it is shown (report/).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from refnet.errors import Deviation
from refnet.law import Exchange, Law, settled
from refnet.problem import Answer, Expected, Problem
from refnet.subjects.protocol import Convention

Status = Literal["passed", "broken", "blocked", "unanswerable"]
Verdict = Literal["conforms", "unstable", "wrong", "not judged"]
Certainty = Literal["unique", "tied", "unknown", "none"]


@dataclass(frozen=True)
class LawResult:
    """How one law came out; `reason` is empty where it passed.

    broken: the answer breaks it. blocked: a law it follows is broken, so that it would say
    nothing new. unanswerable: the subject cannot be asked what it needs.
    """

    id: str
    title: str
    equation: str
    status: Status
    reason: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """Which known mistake explains every answer.

    unique: one bug does, or several together; tied: several do and no question tells them apart;
    unknown: none does, and a bug that is named all the same has been seen and is not all; none:
    nothing is broken. `bugs` are slugs of the catalogue, `equation` the first one broken.
    `measured` says, where the certainty is unknown, by which factors wrong numbers differ from the
    right ones, if they do by any. `pairs` are, where several at a time are tied, each of these
    sets; `bugs` then has each of them once, those first that are in every set.
    """

    certainty: Certainty
    bugs: tuple[str, ...] = ()
    equation: str = ""
    measured: str = ""
    pairs: tuple[tuple[str, ...], ...] = ()

    @property
    def certain(self) -> tuple[str, ...]:
        """The bugs that are in every explanation."""
        if self.certainty in ("unique", "unknown"):
            return self.bugs
        return tuple(
            slug for slug in self.bugs if self.pairs and all(slug in p for p in self.pairs)
        )

    @property
    def named(self) -> str:
        """The bugs as they belong together, as in "a and (b or c)"; empty where none is named."""
        if self.certainty in ("unique", "unknown"):
            return " and ".join(self.bugs)
        if not self.pairs:
            return " or ".join(self.bugs)
        rest = ([slug for slug in pair if slug not in self.certain] for pair in self.pairs)
        choices = " or ".join(s[0] if len(s) == 1 else f"({' and '.join(s)})" for s in rest)
        return " and ".join((*self.certain, f"({choices})")) if self.certain else choices


@dataclass(frozen=True, eq=False)
class Example:
    """The smallest problem found on which a law is broken, with both answers.

    `law` is its id, `message` the deviation in words; `element`, `got`, `expected` and `bound`
    name the one number that is shown, where it is one number.
    """

    law: str
    problem: Problem
    answer: Answer
    trusted: Expected
    message: str
    equation: str = ""
    element: str = ""
    got: float | None = None
    expected: float | None = None
    bound: float | None = None

    @classmethod
    def of(cls, law: Law, shown: Exchange, deviation: Deviation) -> "Example":
        """Make the example of a broken law out of the exchange that is shown and what it said.

        What is trusted at a kink is the branch which the law compared with.
        """
        for part in shown.problem.asks:
            shown = settled(shown, part)
        return cls(
            law=law.id,
            problem=shown.problem,
            answer=shown.answer,
            trusted=shown.expected,
            message=str(deviation),
            equation=deviation.equation or law.equation,
            element=deviation.element,
            got=deviation.got,
            expected=deviation.expected,
            bound=deviation.bound,
        )


@dataclass(frozen=True, eq=False)
class Report:
    """The outcome of a check.

    `sentence` is the verdict in plain words; `ran` of `of` laws were judged (passed or broken);
    `repeat` is the command that gives the same verdict again; `seconds` is wall-clock time;
    `digest` is the SHA-256 of the subject's file, empty where it is not a file. `further` are
    examples of other laws than that of `example`. `expected_broken` are laws that the caller knows
    to be broken, each with the reason; `accepts_unstable` tells that a numerically unstable network
    is no failure.
    """

    subject: str
    verdict: Verdict
    sentence: str
    laws: tuple[LawResult, ...]
    conventions: tuple[Convention, ...]
    diagnosis: Diagnosis
    example: Example | None
    advice: tuple[str, ...]
    versions: Mapping[str, str]
    seed: int
    repeat: str
    seconds: float
    digest: str = ""
    further: tuple[Example, ...] = ()
    expected_broken: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(dict[str, str]())
    )
    accepts_unstable: bool = False

    @property
    def ran(self) -> int:
        """The number of laws that were judged: passed or broken."""
        return sum(law.status in ("passed", "broken") for law in self.laws)

    @property
    def of(self) -> int:
        """The number of laws there are."""
        return len(self.laws)

    @property
    def broken(self) -> frozenset[str]:
        """The ids of the laws that are broken."""
        return frozenset(law.id for law in self.laws if law.status == "broken")

    @property
    def exit_status(self) -> int:
        """0 conforms, 1 wrong or unstable, 2 could not be judged.

        What was expected, or is accepted, is no failure; an expected breach that is none is one.
        """
        if self.verdict == "not judged":
            return 2
        if not self.expected_broken.keys() <= self.broken:
            return 1
        accepted = self.verdict == "unstable" and self.accepts_unstable
        expected = self.broken and self.broken <= self.expected_broken.keys()
        return 0 if self.verdict == "conforms" or accepted or expected else 1
