"""`refnet check`: judge an implementation and say what was found.

Lives here: its arguments, and where the report goes. It knows conformance and the report by name;
both are imported when the command runs, so that `refnet --help` stays quick.

The terminal report comes first, then the file: a full disk loses no verdict. Whatever goes wrong
in refnet itself is "not judged": exit status 1 is kept for what the subject did.
"""

import argparse
import io
import math
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from platform import python_version
from shlex import quote
from typing import TYPE_CHECKING

from refnet.commands import Subparsers
from refnet.errors import ArgumentError, RefnetError
from refnet.verdict import Diagnosis, Report

if TYPE_CHECKING:
    from rich.status import Status

TIMEOUT = 30.0
"""Seconds a subject has for everything it is asked, unless told otherwise."""

PIPED_WIDTH = 80
"""Columns of a report that goes to a file or a pipe: what mails and documents can show."""

_OUR_FAULT = "This says nothing about your network. Please report it with the lines above."


def add_arguments(subparsers: Subparsers) -> None:
    """Register the command and its arguments."""
    parser = subparsers.add_parser(
        "check",
        help="judge an implementation of a neural network",
        description=(
            "Judge an implementation: which law it breaks, by which known mistake, on an example "
            "small enough to check by hand. Exit status: 0 conforms, 1 wrong or unstable, 2 could "
            "not be judged. The network runs in a process of its own, which protects from "
            "accidents and is no sandbox: do not judge what you would not run."
        ),
    )
    parser.add_argument(
        "subject", metavar="SUBJECT", help="FILE.py:Name or package.module:Name of a class"
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="also write the report as JSON; with - it goes to standard output and nothing else",
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        default=0,
        metavar="N",
        help="number from which the problems are drawn (default: 0)",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"time the network has for all its answers (default: {TIMEOUT:g})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge, show and write the report, and return the exit status.

    Raises ArgumentError for a locator that is none and for a file that cannot be written.
    """
    from refnet.report.json_form import layout, refuse_unless_writable, write_json

    destination: str | None = arguments.json
    if destination is not None:
        refuse_unless_writable(destination)
    report, usage = _judged(arguments)
    if destination != "-" and usage is None:
        _show(report)
    if destination == "-":
        _write(layout(report))
    elif destination is not None:
        write_json(report, destination)
    if usage is not None:
        raise usage
    return report.exit_status


def _judged(arguments: argparse.Namespace) -> tuple[Report, ArgumentError | None]:
    """Return the report, with the error if it was the caller's."""
    from refnet.conformance import check

    locator: str = arguments.subject
    try:
        with _waiting(locator):
            return check(locator, seed=arguments.seed, timeout=arguments.timeout), None
    except ArgumentError as error:
        return _not_judged(arguments, str(error)), error
    except RefnetError as error:
        return _not_judged(arguments, str(error)), None
    except Exception as error:  # noqa: BLE001
        # Left alone it would end the process with status 1, which accuses the subject.
        traceback.print_exc()
        fault = f"{type(error).__name__}: {error}"
        report = _not_judged(arguments, f"refnet itself failed ({fault}).")
        return replace(report, advice=(_OUR_FAULT,)), None


def _waiting(locator: str) -> "Status":
    """Show on standard error, where that is a terminal, that something is going on."""
    from rich.console import Console
    from rich.markup import escape

    return Console(stderr=True).status(f"Judging {escape(locator)}")


def _show(report: Report) -> None:
    """Print the report for a person, on standard output."""
    from rich.console import Console

    from refnet.report.terminal import print_report

    recorder = _Recorder()
    file = io.TextIOWrapper(recorder, encoding=sys.stdout.encoding or "utf-8")
    print_report(report, Console(file=file, width=None if file.isatty() else PIPED_WIDTH))
    file.flush()
    _write(recorder.getvalue().decode(file.encoding))


class _Recorder(io.BytesIO):
    """What rich takes for standard output: rich itself would end the process with status 1, an
    accusation, where nobody reads what it writes.
    """

    def isatty(self) -> bool:
        """Be a terminal where standard output is one."""
        return sys.stdout.isatty()


def _write(text: str) -> None:
    """Write to standard output. Raises RefnetError where that fails, but for a closed pipe."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # The interpreter flushes once more when it ends, and would end with a status of its own.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise RefnetError(
            f"standard output: cannot be written ({error.strerror}); expected a place for the "
            "report; make room, or redirect it elsewhere"
        ) from error


def _not_judged(arguments: argparse.Namespace, reason: str) -> Report:
    locator: str = arguments.subject
    seed = f" --seed {arguments.seed}" if arguments.seed else ""
    timeout = f" --timeout {arguments.timeout:g}" if arguments.timeout != TIMEOUT else ""
    return Report(
        subject=locator,
        verdict="not judged",
        sentence=f"{locator} could not be judged: {reason}",
        laws=(),
        conventions=(),
        diagnosis=Diagnosis("none"),
        example=None,
        advice=(),
        versions={name: version(name) for name in ("refnet", "numpy")}
        | {"python": python_version()},
        seed=arguments.seed,
        repeat=f"refnet check {quote(locator)}{seed}{timeout}",
        seconds=0.0,
    )


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if seed < 0:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected an integer of at least 0")
    return seed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number of seconds above 0")
    return seconds
