"""`refnet check` of several networks, or of a folder: one line each, and a file with all of them.

Lives here: `run_many`, which files of a folder are meant, and how a line looks. It knows the series
and the summary; nothing of how a verdict is reached.
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from refnet.commands.output import PIPED_WIDTH, write_out
from refnet.errors import ArgumentError
from refnet.options import Options
from refnet.report.page import Page
from refnet.report.summary import refuse_unless_summary, write_summary
from refnet.series import Row, judge_series, usual_jobs

NARROWEST = 12
"""Columns for what was found, however narrow the terminal."""

LONGEST_SUBJECT = 40
"""Columns for the name of a network: of a longer one the end is shown, which tells it apart."""

_VERDICT = 10
_LAWS = 6
_GAPS = 6


def run_many(arguments: argparse.Namespace, options: Options) -> int:
    """Judge, show a line for each, write the summary, and return the highest exit status.

    Raises ArgumentError for arguments that cannot be meant.
    """
    _refuse_what_is_for_one(arguments, options)
    subjects = list(_subjects(arguments.subjects))
    destination: str | None = arguments.summary
    if destination is not None:
        refuse_unless_summary(destination)
    started = time.monotonic()
    jobs: int = arguments.jobs or usual_jobs()
    rows = list(_shown(subjects, options, jobs))
    write_out(f"\n{_counted(rows)}; {time.monotonic() - started:.1f} s\n")
    if destination is not None:
        write_summary(rows, destination)
    return max(row.exit_status for row in rows)


def _refuse_what_is_for_one(arguments: argparse.Namespace, options: Options) -> None:
    for name in ("json", "junit", "html"):
        if getattr(arguments, name) is not None:
            raise ArgumentError(
                f"--{name}: got it for several networks; expected it for one; --summary writes "
                "one file about all of them"
            )
    if options.in_process:
        raise ArgumentError(
            "--in-process: got it for several networks; expected one; each of several is judged "
            "apart from the others"
        )


def _subjects(named: Sequence[str]) -> Iterator[str]:
    """Yield what was named, of a folder every Python file directly in it."""
    for name in named:
        folder = Path(name)
        if not folder.is_dir():
            yield name
            continue
        files = sorted(path for path in folder.glob("*.py") if _may_be_a_network(path))
        if not files:
            raise ArgumentError(
                f"subject: got the folder {name!r} without a Python file directly in it; expected "
                "one file per network; name the folder that they are in"
            )
        # With a slash in it, the name of a file is never taken for that of a module.
        yield from (str(path) if "/" in str(path) else f"./{path}" for path in files)


def _may_be_a_network(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.name != "__init__.py"


def _shown(subjects: Sequence[str], options: Options, jobs: int) -> Iterator[Row]:
    """Yield the rows, each shown as soon as it and those before it are there."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH
    name = min(max(map(len, subjects)), LONGEST_SUBJECT)
    rest = max(width - name - _VERDICT - _LAWS - _GAPS, NARROWEST)
    write_out(_line(("network", "verdict", "laws", "what was found"), (name, rest)))
    for row in judge_series(subjects, options, jobs):
        shown = (row.subject, row.verdict, f"{row.ran}/{row.of}" if row.of else "", _found(row))
        write_out(_line(shown, (name, rest)))
        yield row


def _line(cells: tuple[str, str, str, str], widths: tuple[int, int]) -> str:
    subject, verdict, laws, found = cells
    name, rest = widths
    if len(subject) > name:
        subject = f"...{subject[3 - name :]}"
    if len(found) > rest:
        found = f"{found[: rest - 3]}..."
    line = f"{subject:<{name}}  {verdict:<{_VERDICT}}  {laws:<{_LAWS}}  {found}"
    return f"{Page(0, sys.stdout.encoding or 'utf-8').plain(line.rstrip())}\n"


def _found(row: Row) -> str:
    """Say in a few words what is wrong: the mistakes, the equation, or why it was not judged."""
    if row.named:
        return row.named
    if row.verdict in ("wrong", "unstable"):
        if raised := row.sentence.partition(f" {row.verdict}: ")[2]:
            return raised
        return f"first at {row.equation}" if row.equation else "no single known mistake"
    if row.verdict == "not judged":
        reason = row.sentence.partition(" could not be judged: ")[2] or row.sentence
        return " ".join(reason.split())
    return ""


def _counted(rows: Sequence[Row]) -> str:
    counts = Counter[str](row.verdict for row in rows)
    words = ("conforms", "wrong", "unstable", "not judged")
    said = ", ".join(f"{counts[word]} {word}" for word in words if counts[word])
    return f"{len(rows)} networks: {said}"
