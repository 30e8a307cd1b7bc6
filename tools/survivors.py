"""What became of the mutants: which count, which are excused, and the table.

Lives here: Mutant, what cosmic-ray says of one, and the list of survivors in docs/mutants.md. It
knows neither how mutants are made nor how they are tried: mutants.py beside this file does.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

ENOUGH = 0.95
"""The share of mutants that must be killed."""

LISTED = re.compile(r"^- `(\w+)\.py`: `(.+)`$", re.MULTILINE)
"""A survivor in docs/mutants.md: the module, and the line as it was changed."""

Place = tuple[int, int]
"""Line, from 1, and column, from 0."""


@dataclass(frozen=True)
class Mutant:
    """One change and what became of it: `changed` is the new text of its lines."""

    module: str
    changed: str
    killed: bool
    of_message: bool


def spans_of_messages(source: str) -> list[tuple[Place, Place]]:
    """Return where the f-strings of a module begin and end: the texts of its errors."""
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr)
    ]


def mutants_of(module: str, source: str, dumped: Iterable[str]) -> Iterator[Mutant]:
    """Read what `cosmic-ray dump` says of a module, a line for every mutant that was tried."""
    messages = spans_of_messages(source)
    for line in dumped:
        item, result = json.loads(line)
        if result is None:
            continue
        place = tuple(item["mutations"][0]["start_pos"])
        yield Mutant(
            module,
            changed_text(result["diff"]),
            result["test_outcome"] == "killed",
            any(begin <= place < end for begin, end in messages),
        )


def changed_text(diff: str) -> str:
    """Return the lines that a diff adds, as one; where it adds none, those it takes away."""
    body = [line for line in diff.splitlines() if not line.startswith(("+++", "---", "@@"))]
    added = [line[1:].strip() for line in body if line.startswith("+")]
    taken = [line[1:].strip() for line in body if line.startswith("-") and line[1:].strip()]
    return " ".join(added) if added else f"without {' '.join(taken)}"


def table(mutants: Sequence[Mutant]) -> str:
    """Return what became of the mutants as a table in Markdown, messages apart, the sum last."""
    lines = [
        "| module | mutants | of messages, not counted | killed | survived | share killed |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in [*dict.fromkeys(mutant.module for mutant in mutants), ""]:
        mine = [mutant for mutant in mutants if name in ("", mutant.module)]
        counted = [mutant for mutant in mine if not mutant.of_message]
        killed = sum(mutant.killed for mutant in counted)
        label = f"`{name}.py`" if name else "all"
        lines.append(
            f"| {label} | {len(counted)} | {len(mine) - len(counted)} | {killed} | "
            f"{len(counted) - killed} | {100.0 * share_killed(mine):.1f} % |"
        )
    return "\n".join(lines)


def share_killed(mutants: Iterable[Mutant]) -> float:
    """Return the share of the mutants outside messages that some test noticed; 1 of none."""
    counted = [mutant.killed for mutant in mutants if not mutant.of_message]
    return sum(counted) / len(counted) if counted else 1.0


def survivors(mutants: Iterable[Mutant]) -> set[tuple[str, str]]:
    """Return the module and the changed text of those that no test noticed."""
    return {(m.module, m.changed) for m in mutants if not m.killed and not m.of_message}


def listed_survivors(document: str) -> set[tuple[str, str]]:
    """Return the module and the changed text of those that a document gives a reason for."""
    return {(module, changed) for module, changed in LISTED.findall(document)}


def verdict(mutants: Sequence[Mutant], document: str) -> list[str]:
    """Say what is wrong: too few killed, or a survivor that nobody has given a reason for."""
    faults = [
        f"no test notices, and docs/mutants.md gives no reason: `{module}.py`: `{changed}`"
        for module, changed in sorted(survivors(mutants) - listed_survivors(document))
    ]
    share = share_killed(mutants)
    if share < ENOUGH:
        faults.append(f"killed: got {100.0 * share:.1f} %, expected {100.0 * ENOUGH:.0f} %")
    return faults
