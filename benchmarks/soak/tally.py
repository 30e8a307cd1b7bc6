"""What a soak counts, and its table.

Lives here: Alarm, Tally, their JSON form and the table in Markdown. It knows no variant and no law.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from refnet.problem import Problem
from refnet.wire import JSON, problem_from_json, problem_to_json


@dataclass(frozen=True, eq=False)
class Alarm:
    """A law that objected to a correct variant: what it said, and all that it had asked."""

    variant: str
    law: str
    message: str
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return what is needed to repeat it."""
        return {
            "variant": self.variant,
            "law": self.law,
            "message": self.message,
            "problems": [problem_to_json(problem) for problem in self.problems],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Alarm":
        """Return the alarm that was written."""
        problems = tuple(problem_from_json(problem) for problem in data["problems"])
        return cls(data["variant"], data["law"], data["message"], problems)


@dataclass(frozen=True)
class Tally:
    """What has been counted for one variant, or for several.

    `drawn`: problems drawn for a suite that some law had a question about. `problems`: problems
    put to the variant and answered, each once: what the laws made of those that were drawn.
    `judgements`: laws applied to a set of answers. `alarms`: how often one objected. `numbers`:
    outputs, costs, gradients and parameters after steps that were compared; `abstained`: those of
    them whose bound is infinite. `largest`: the largest error in units of its bound T, `where` it
    was.
    """

    drawn: int = 0
    problems: int = 0
    judgements: int = 0
    alarms: int = 0
    numbers: int = 0
    abstained: int = 0
    largest: float = 0.0
    where: str = ""

    def __add__(self, other: "Tally") -> "Tally":
        """Count both; of the two largest errors the larger one is kept."""
        worse = max(self, other, key=lambda tally: tally.largest)
        return Tally(
            self.drawn + other.drawn,
            self.problems + other.problems,
            self.judgements + other.judgements,
            self.alarms + other.alarms,
            self.numbers + other.numbers,
            self.abstained + other.abstained,
            worse.largest,
            worse.where,
        )

    def to_json(self) -> dict[str, JSON]:
        """Return every field by its name."""
        return asdict(self)


NOTHING = Tally()


@dataclass(frozen=True, eq=False)
class Record:
    """Tallies by the name of the variant, and every alarm."""

    tallies: Mapping[str, Tally] = field(default_factory=dict[str, Tally])
    alarms: tuple[Alarm, ...] = ()

    def __add__(self, other: "Record") -> "Record":
        """Count both."""
        names = [*self.tallies, *(name for name in other.tallies if name not in self.tallies)]
        tallies = {
            name: self.tallies.get(name, NOTHING) + other.tallies.get(name, NOTHING)
            for name in names
        }
        return Record(tallies, self.alarms + other.alarms)

    @property
    def total(self) -> Tally:
        """All variants together."""
        return sum(self.tallies.values(), start=NOTHING)

    def to_json(self) -> dict[str, JSON]:
        """Return the record for a file."""
        return {
            "tallies": {name: tally.to_json() for name, tally in self.tallies.items()},
            "alarms": [alarm.to_json() for alarm in self.alarms],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Record":
        """Return the record that was written. Raises what the wrong fields raise."""
        tallies = {name: replace(NOTHING, **fields) for name, fields in data["tallies"].items()}
        return cls(tallies, tuple(Alarm.from_json(alarm) for alarm in data["alarms"]))


TITLES = (
    "variant",
    "problems drawn",
    "problems answered",
    "judgements",
    "alarms",
    "numbers compared",
    "without a bound",
    "largest error / T",
)


def table(record: Record, order: Iterable[str]) -> str:
    """Return the record as a table in Markdown, variants in this order, their sum last."""
    rows = [(f"`{name}`", record.tallies[name]) for name in order if name in record.tallies]
    rows.append(("all", record.total))
    lines = [f"| {' | '.join(TITLES)} |", "| --- |" + " ---: |" * (len(TITLES) - 1)]
    for name, tally in rows:
        counts = (
            tally.drawn,
            tally.problems,
            tally.judgements,
            tally.alarms,
            tally.numbers,
            tally.abstained,
        )
        cells = [name, *(f"{count:,}" for count in counts), f"{tally.largest:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
