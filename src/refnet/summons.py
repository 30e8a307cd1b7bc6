"""Who is called before the judge: what a locator names, a program, or an object of this process.

Lives here: Summons and `summon`. It knows how each is named and opened, not how any is judged.
Whatever the caller has got wrong is refused here, before any time is spent.
"""

import shlex
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

from refnet.errors import ArgumentError
from refnet.options import Options
from refnet.subjects.locator import parse_locator
from refnet.subjects.opening import (
    OpenedSubject,
    digest_of,
    open_in_process,
    open_program,
    open_subject,
)


@dataclass(frozen=True, eq=False)
class Summons:
    """A subject that is named but not opened yet.

    `text` is how a report calls it, `repeat` the command or call that judges it again, `digest` the
    SHA-256 of its file. `open` opens it until the end of a block; it raises SubjectError.
    """

    text: str
    repeat: str
    digest: str
    open: Callable[[], AbstractContextManager[OpenedSubject]]


def summon(subject: object, options: Options, *, program: bool = False) -> Summons:
    """Call a subject: a locator, the command of a program, or else an object of this process.

    Raises ArgumentError for a locator or a command that is none, and for options that do not go
    with this kind of subject.
    """
    if program:
        return _program(str(subject), options)
    if isinstance(subject, str):
        return _located(subject, options)
    if options.python:
        raise ArgumentError(
            f"python: got {options.python!r} for an object of this process; expected a locator, "
            'as "FILE.py:Name"; an object is judged where it is'
        )
    name, labels = _name(subject), options.declare.get("labels", "")
    return Summons(
        name, options.call(name), digest_of(subject), partial(open_in_process, subject, labels)
    )


def _located(text: str, options: Options) -> Summons:
    locator, labels = parse_locator(text), options.declare.get("labels", "")
    repeat = options.command(shlex.quote(text))
    if options.in_process:
        return Summons(text, repeat, locator.digest, partial(open_in_process, locator, labels))
    python = interpreter(options.python) if options.python else sys.executable
    opening = partial(open_subject, locator, timeout=options.timeout, python=python, labels=labels)
    return Summons(text, repeat, locator.digest, opening)


def _program(text: str, options: Options) -> Summons:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ArgumentError(
            f"command: got {text!r} ({error}); expected a program and its arguments as in a shell; "
            "close every quotation"
        ) from None
    if not words:
        raise ArgumentError(
            "command: got nothing; expected a program and its arguments; put both in quotation "
            'marks, as "node network.js"'
        )
    for name, given in (("in_process", options.in_process), ("python", options.python)):
        if given:
            raise ArgumentError(
                f"{name}: got it together with a command; expected one of them; a program is a "
                "process of its own, started as the command says"
            )
    if "labels" in options.declare:
        raise ArgumentError(
            f"declare: labels: got {options.declare['labels']!r} together with a command; expected "
            "none; a program always gets one-hot columns"
        )
    repeat = options.command(f"--command {shlex.quote(text)}")
    return Summons(text, repeat, "", partial(open_program, words, timeout=options.timeout))


def interpreter(python: str) -> str:
    """Return the path of an interpreter. Raises ArgumentError for one that cannot be run."""
    found = shutil.which(python)
    if found is None:
        kind = "a folder" if Path(python).is_dir() else "no program that can be run"
        raise ArgumentError(
            f"python: got {python!r}, which is {kind}; expected a Python interpreter; name its "
            "path, as venv/bin/python"
        )
    # Not resolved: that of a virtual environment knows its packages by where it lies.
    return str(Path(found).absolute())


def _name(subject: object) -> str:
    if isinstance(subject, ModuleType):
        return subject.__name__
    named: object = getattr(subject, "__qualname__", None) or type(subject).__qualname__
    return str(named)
