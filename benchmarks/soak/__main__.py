"""The command line of the soak: `make soak`, or PYTHONPATH=benchmarks python -m soak.

Lives here: options, progress, the table, and the place in a document where it goes. It knows the
campaign. Exit status: 0 without an alarm, 1 with one, 2 where it could not begin or go on, 130
after Ctrl-C.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from refnet.errors import ArgumentError, RefnetError
from soak.campaign import ROOT, Campaign, Unit
from soak.tally import Record, table
from soak.variants import VARIANTS, is_available, make_variants

PROBLEMS = 200_000
"""Problems answered in a soak, unless the caller says otherwise."""

BEGIN, END = "<!-- soak table -->", "<!-- end of soak table -->"
"""Between these lines of a document the table is written."""

INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """A parser that reports a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise ArgumentError in the place of printing the usage and leaving."""
        raise ArgumentError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Soak, and return the exit status."""
    try:
        arguments = _parser().parse_args(argv)
        return _run(arguments)
    except RefnetError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("soak: interrupted; what is done is kept, and the next call goes on", file=sys.stderr)
        return INTERRUPTED


def _parser() -> Parser:
    parser = Parser(prog="soak", description="Try every law on correct networks.")
    parser.add_argument(
        "--problems",
        type=_at_least_one,
        default=PROBLEMS,
        metavar="N",
        help=f"problems to be answered, by all variants together (default {PROBLEMS})",
    )
    parser.add_argument(
        "--variants",
        default="",
        metavar="NAMES",
        help="names with commas between (default: all whose packages are installed)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / "build" / "soak",
        metavar="FOLDER",
        help="where results are kept (default build/soak)",
    )
    parser.add_argument(
        "--into", type=Path, metavar="FILE", help=f"write the table into FILE, after {BEGIN}"
    )
    return parser


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a whole number of at least 1")
    return int(text)


def _run(arguments: argparse.Namespace) -> int:
    names = _chosen(arguments.variants)
    if arguments.into is not None:
        _refuse_unless_marked(arguments.into)
    campaign = Campaign(arguments.folder, make_variants(names))
    record = _shown(campaign, arguments.problems)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    versions = ", ".join(f"{name} {version}" for name, version in campaign.versions.items())
    text = f"{today}; {versions}.\n\n{table(record, VARIANTS)}"
    print(text)
    worst = record.total
    print(f"\nlargest error / T: {worst.largest:.3f} ({worst.where})")
    for alarm in record.alarms:
        print(f"ALARM: {alarm.variant}: {alarm.law}: {alarm.message}")
    if record.alarms:
        print(f"The problems are in {campaign.folder}, as JSON.")
    if arguments.into is not None:
        _write_between(arguments.into, text)
    return 1 if record.alarms else 0


def _chosen(text: str) -> list[str]:
    """Return the names of variants asked for, or all that can be had here."""
    if not text:
        return list(filter(is_available, VARIANTS))
    names = text.split(",")
    for name in names:
        if name not in VARIANTS:
            raise ArgumentError(
                f"--variants: got {name!r}; expected some of {', '.join(VARIANTS)}; check the "
                "spelling"
            )
        if not is_available(name):
            raise ArgumentError(
                f"--variants: got {name}, whose package {VARIANTS[name].package} is not installed; "
                "expected one that can be had here; use make soak, which installs it"
            )
    return names


def _shown(campaign: Campaign, problems: int) -> Record:
    """Run the campaign; on a terminal a bar moves, elsewhere there is a line now and then."""
    console = Console(stderr=True)
    steps = 20
    shown = 0
    with Progress(
        TextColumn("problems"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=problems)

        def told(unit: Unit, record: Record) -> None:
            nonlocal shown
            total = record.total
            said = f"{total.alarms} alarms"
            progress.update(task, completed=min(total.problems, problems), description=said)
            reached = steps * total.problems // problems
            if not console.is_terminal and reached > shown:
                shown = reached
                print(f"{total.problems} problems, {said}; at {unit.name}", file=sys.stderr)

        return campaign.run(problems, told)


def _refuse_unless_marked(path: Path) -> None:
    _parts(path)


def _parts(path: Path) -> tuple[str, str]:
    """Return what stands before and after the table of a document."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(
            f"--into: got {path}, which cannot be read ({error}); expected a document; check the "
            "path"
        ) from None
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ArgumentError(
            f"--into: got {path} without the lines {BEGIN} and {END}; expected both; add them "
            "where the table belongs"
        )
    return before + begin, end + after


def _write_between(path: Path, text: str) -> None:
    before, after = _parts(path)
    scratch = path.with_name(f"{path.name}.part")
    scratch.write_text(f"{before}{text}\n{after}", encoding="utf-8")
    scratch.replace(path)


if __name__ == "__main__":
    sys.exit(main())
