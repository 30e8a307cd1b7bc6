"""Many subjects, side by side: each is judged in a process that the others never notice.

Lives here: Row, what is kept of a verdict, `judge_series`, and `judge_all`, the life of a judge. It
knows conformance and processes, not how a table looks.

A judge lives in a process of its own and judges one subject after the other; the subject runs in a
worker of that judge. Should a judge itself be lost, say because a subject ends its parent, only
the subject it was at is not judged, and another judge takes its place.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from shlex import quote
from types import FrameType
from typing import Any, NoReturn

from refnet.conformance import blank_report, check_with
from refnet.declarations import declared
from refnet.errors import RefnetError
from refnet.law import load_laws
from refnet.options import Options
from refnet.selection import select
from refnet.summons import interpreter
from refnet.verdict import Certainty, Report, Verdict

GRACE = 2.0
"""Seconds a judge has to end its subject and leave, before it is ended itself."""

_SAFE_PATH, _OURS = "PYTHONSAFEPATH", "refnet"
"""What keeps Python from looking for modules in the current folder: a random.py there, perhaps one
of the networks, must not be taken for Python's own. Any value will do; by this one it is ours."""


@dataclass(frozen=True)
class Row:
    """What is kept of a report: its fields of the same names, and those of its diagnosis.

    `named` are the bugs as they belong together, in words.
    """

    subject: str
    verdict: Verdict
    certainty: Certainty
    bugs: tuple[str, ...]
    equation: str
    ran: int
    of: int
    exit_status: int
    seconds: float
    sentence: str
    repeat: str
    digest: str
    named: str


def row_of(report: Report) -> Row:
    """Keep of a report what a line of a table has room for."""
    diagnosis = report.diagnosis
    return Row(
        report.subject,
        report.verdict,
        diagnosis.certainty,
        diagnosis.bugs,
        diagnosis.equation,
        report.ran,
        report.of,
        report.exit_status,
        report.seconds,
        report.sentence,
        report.repeat,
        report.digest,
        diagnosis.named,
    )


def usual_jobs() -> int:
    """Return how many subjects are judged at a time: one for each processor we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _path_kept_safe() -> Generator[None]:
    """Have Python, where it is started meanwhile, look into the current folder for no modules."""
    if os.environ.setdefault(_SAFE_PATH, _OURS) != _OURS:
        yield  # the user has it so for all programs
        return
    try:
        yield
    finally:
        del os.environ[_SAFE_PATH]


def judge_series(subjects: Sequence[str], options: Options, jobs: int) -> Generator[Row]:
    """Judge what each locator names, so many at a time, and yield the rows in their order.

    Raises ArgumentError for options that cannot be meant, before anything is judged.
    """
    refuse_unless_meant(options)
    judges = [_Judge() for _ in range(min(jobs, len(subjects)))]
    free: SimpleQueue[_Judge] = SimpleQueue()
    for judge in judges:
        free.put(judge)

    def row(subject: str) -> Row:
        judge = free.get()
        try:
            return judge.row(subject, options.plain)
        finally:
            free.put(judge)

    threads = ThreadPoolExecutor(max(len(judges), 1))
    try:
        with _path_kept_safe():
            yield from threads.map(row, subjects)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for judge in judges:
            judge.dismiss()
        threads.shutdown(wait=True)


def refuse_unless_meant(options: Options) -> None:
    """Raise ArgumentError for a law, a convention or an interpreter that there is not."""
    select(load_laws(), options)
    declared(options.declare, "declare")
    if options.python:
        interpreter(options.python)


class _Judge:
    """A process that judges one subject after the other, replaced when it is lost."""

    def __init__(self) -> None:
        # The caller dismisses a judge while another thread may be about to begin it.
        self._changing = threading.Lock()
        self._is_dismissed = False
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    def row(self, subject: str, choices: Mapping[str, Any]) -> Row:
        """Judge a subject."""
        line = self._line or self._begin()
        try:
            line.send((subject, choices))
            row: Row = line.recv()
        except (EOFError, OSError):
            self._end()
            reason = "the process that judged it was ended from outside, perhaps by the subject"
            return row_of(_not_judged(subject, choices, reason))
        return row

    def dismiss(self) -> None:
        """End the process, and with it the subject that it is at; no other is begun."""
        with self._changing:
            self._is_dismissed = True
        self._end()

    def _end(self) -> None:
        # Taken first: the caller and the thread that waits for an answer may both come here.
        with self._changing:
            process, self._process = self._process, None
            line, self._line = self._line, None
        if process is not None:
            process.terminate()
            process.join(GRACE)
            process.kill()
            process.join()
        if line is not None:
            line.close()

    def _begin(self) -> Connection:
        """Start a process. Raises EOFError for a judge that has been dismissed."""
        # Spawned, not forked: the caller has threads.
        context = multiprocessing.get_context("spawn")
        with self._changing:
            if self._is_dismissed:
                raise EOFError
            line, theirs = context.Pipe()
            process = context.Process(target=judge_all, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._line, self._process = line, process
        return line


def judge_all(line: Connection) -> None:
    """Judge what is sent, until the line is closed: the life of a judge's process."""
    # Ctrl-C and a terminal that is closed, which the whole group hears of, are for the caller, who
    # ends this process so that its subject is ended too.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _ignore)
    signal.signal(signal.SIGTERM, _leave)
    if os.environ.get(_SAFE_PATH) == _OURS:
        del os.environ[_SAFE_PATH]  # it is not for what a subject starts
    with suppress(EOFError):
        while True:
            subject, choices = line.recv()
            line.send(row_of(_report(subject, choices)))


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Let nothing come of a signal; unlike SIG_IGN this is not passed on to subjects."""


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    # A time limit asks the whole group, and then the caller asks: that must not disturb the ending.
    signal.signal(number, _ignore)
    sys.exit()


def _report(subject: str, choices: Mapping[str, Any]) -> Report:
    options = Options(**choices)
    try:
        # A line has no room for an example or for advice, and both take time; whoever repeats
        # wants them.
        report = check_with(subject, replace(options, examples=0, training=False))
        return replace(report, repeat=options.command(quote(subject)))
    except RefnetError as error:
        return _not_judged(subject, choices, str(error))
    except Exception as error:  # noqa: BLE001 - one fault must not disturb the other subjects
        fault = f"refnet itself failed ({type(error).__name__}: {error})"
        return _not_judged(subject, choices, fault)


def _not_judged(subject: str, choices: Mapping[str, Any], reason: str) -> Report:
    blank = blank_report(subject, Options(**choices))
    return replace(blank, sentence=f"{subject} could not be judged: {reason}")
