"""`refnet check`: judge an implementation and say what was found.

Lives here: the flow of the command, and where a report goes. It knows conformance and the report by
name; both are imported when the command runs, so that `refnet --help` stays quick.

The terminal report comes first, then the file: a full disk loses no verdict. Whatever goes wrong
in refnet itself is "not judged": exit status 1 is kept for what the subject did.
"""

import argparse
import io
import sys
import traceback
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from shlex import quote

from refnet.commands import Subparsers
from refnet.commands.check_arguments import add_check_arguments, options_of
from refnet.commands.ending import orderly_ending
from refnet.commands.output import PIPED_WIDTH, write_out
from refnet.errors import ArgumentError, RefnetError
from refnet.options import Options
from refnet.verdict import Report

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
            "accidents and is no sandbox: do not judge what you would not run. Of several "
            "networks, or a folder of files, a table is shown; the exit status is the highest."
        ),
    )
    add_check_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Judge, show and write the report, and return the exit status.

    Raises ArgumentError for arguments that cannot be meant and for files that cannot be written.
    """
    subjects: list[str] = arguments.subjects
    program: str | None = arguments.program
    if (program is None) == (not subjects):
        raise ArgumentError(
            f"check: got {'both SUBJECT and --command' if subjects else 'nothing to judge'}; "
            "expected SUBJECT, several of them, or --command; see refnet check --help"
        )
    options = options_of(arguments)
    if len(subjects) > 1 or any(Path(subject).is_dir() for subject in subjects):
        from refnet.commands.check_many import run_many

        with orderly_ending():
            return run_many(arguments, options)
    for name in ("summary", "jobs"):
        if getattr(arguments, name) is not None:
            raise ArgumentError(
                f"--{name}: got it for a single network; expected several, or a folder; a single "
                "report is written by --json, --junit and --html"
            )
    return _run_one(arguments, options)


def _run_one(arguments: argparse.Namespace, options: Options) -> int:
    from refnet.report.files import refuse_unless_writable
    from refnet.report.html_form import write_html
    from refnet.report.json_form import layout, write_json
    from refnet.report.junit import write_junit

    writers = {"json": write_json, "junit": write_junit, "html": write_html}
    wanted = {name: getattr(arguments, name) for name in writers if getattr(arguments, name)}
    for name, destination in wanted.items():
        refuse_unless_writable(destination, f"--{name}")
    alone = wanted.get("json") == "-"
    if alone and options.in_process:
        raise ArgumentError(
            "--in-process, --json: got both, with - for standard output; expected a file for the "
            "JSON; what the network prints in this process would get into it"
        )
    report, usage = _judged(arguments, options)
    if not alone and usage is None:
        _show(report)
    if alone:
        write_out(layout(report))
        del wanted["json"]
    for name, destination in wanted.items():
        writers[name](report, destination)
    if usage is not None:
        raise usage
    return report.exit_status


def _judged(arguments: argparse.Namespace, options: Options) -> tuple[Report, ArgumentError | None]:
    """Return the report, with the error if it was the caller's."""
    from refnet import conformance

    program: str | None = arguments.program
    subject: str = arguments.subjects[0] if program is None else program
    try:
        with orderly_ending(), _waiting(subject, options):
            report = conformance.check_with(subject, options, program=program is not None)
            return report, None
    except ArgumentError as error:
        return _not_judged(subject, program, options, str(error)), error
    except RefnetError as error:
        return _not_judged(subject, program, options, str(error)), None
    except Exception as error:  # noqa: BLE001 - any fault of refnet's own
        # Left alone it would end the process with status 1, which accuses the subject.
        traceback.print_exc()
        fault = f"{type(error).__name__}: {error}"
        report = _not_judged(subject, program, options, f"refnet itself failed ({fault}).")
        return replace(report, advice=(_OUR_FAULT,)), None


def _waiting(subject: str, options: Options) -> AbstractContextManager[object]:
    """Show on standard error, where that is a terminal, that something is going on."""
    from rich.console import Console
    from rich.markup import escape

    if options.in_process:  # a debugger may want the terminal
        return nullcontext()
    return Console(stderr=True).status(f"Judging {escape(subject)}")


def _show(report: Report) -> None:
    """Print the report for a person, on standard output."""
    from rich.console import Console

    from refnet.report.terminal import print_report

    recorder = _Recorder()
    file = io.TextIOWrapper(recorder, encoding=sys.stdout.encoding or "utf-8")
    print_report(report, Console(file=file, width=None if file.isatty() else PIPED_WIDTH))
    file.flush()
    write_out(recorder.getvalue().decode(file.encoding))


class _Recorder(io.BytesIO):
    """What rich takes for standard output: rich itself would end the process with status 1, an
    accusation, where nobody reads what it writes.
    """

    def isatty(self) -> bool:
        """Be a terminal where standard output is one."""
        return sys.stdout.isatty()


def _not_judged(subject: str, program: str | None, options: Options, reason: str) -> Report:
    from refnet.conformance import blank_report

    blank = blank_report(subject, options)
    if program is not None:
        blank = replace(blank, repeat=options.command(f"--command {quote(program)}"))
    return replace(blank, sentence=f"{subject} could not be judged: {reason}")
