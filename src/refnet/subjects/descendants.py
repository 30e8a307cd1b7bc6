"""Ending what a program has started and left behind, even out of its process group.

Lives here: `family_of`, `end_family`, `end_descendants` and `outlive_the_judge`. It knows Linux's
/proc, nothing of conversations, and imports nothing of refnet: a process of its own runs it.

A child that calls setsid, or whose parent has ended, is in no group of the program any more. Its
environment is still the one that the program was given, and a variable in that, with a value that
nobody else has, tells it from all others. One with another environment is found as long as its
parents live. Where there is no /proc nothing is done: this tidies up after accidents.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

_PROCESSES = Path("/proc")

_ROUNDS = 8
"""How often is looked again: what was found may have started others in the meantime."""


_LOOKS, _SOON = 200, 0.001
"""How often, and after how many seconds, the environment of a child is looked for: it is there when
the kernel has gone on by a few steps, on a busy machine some turns later."""

Family = frozenset[tuple[int, int]]
"""Processes by their numbers and the ticks at which they were started, which tell one from another
that gets its number later."""


def family_of(number: int) -> Family:
    """Return the children of a process and theirs, whatever group they are in."""
    status = {each: read for each in _numbers() if (read := _status(each)) is not None}
    family: set[int] = set()
    found = {number}
    while found:
        found = {child for child, (parent, _) in status.items() if parent in found} - family
        family |= found
    return frozenset((each, status[each][1]) for each in family)


def end_family(family: Family) -> None:
    """Kill those of them that are still there."""
    for number, started in family:
        _end(number, partial(_is_of, number, started))


def end_descendants(variable: str, value: str) -> None:
    """Kill every process in whose first environment the variable has this value."""
    for _ in range(_ROUNDS):
        # Every one is tried before it is looked again.
        if not [number for number in _numbers() if _ended(number, variable, value)]:
            return


def outlive_the_judge(variable: str, folder: str) -> None:
    """Wait for the end of standard input, which a judge holds open for as long as it lives.

    Then kill the process groups that were named there, line by line, and what is left of their
    descendants, and remove the folder.
    """
    groups = [int(line) for line in sys.stdin if line.strip().isdigit()]
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    end_descendants(variable, folder)
    shutil.rmtree(folder, ignore_errors=True)


def _numbers() -> Iterator[int]:
    with suppress(OSError):
        for entry in _PROCESSES.iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                yield int(entry.name)


def _ended(number: int, variable: str, value: str) -> bool:
    """Kill a process if it is one of these; tell whether it was."""

    def is_one() -> bool:
        held = _environment(number).split(b"\0")
        return os.fsencode(f"{variable}={value}") in held

    return _end(number, is_one)


def _environment(number: int) -> bytes:
    """Return the first environment of a process, once it has one. Raises OSError if it is gone.

    A process that has only just been started has none yet, though whoever started it goes on.
    """
    for _ in range(_LOOKS):
        held = (_PROCESSES / str(number) / "environ").read_bytes()
        if held or not _is_being_started(number):
            return held
        time.sleep(_SOON)
    return b""


def _is_being_started(number: int) -> bool:
    """Tell whether a process without an environment is a child of this one that still runs."""
    fields = _fields(number)
    return fields[0] not in ("Z", "X") and fields[1] == str(os.getpid())


def _end(number: int, is_meant: Callable[[], bool]) -> bool:
    """Kill a process if it is still the one that is meant; tell whether it was."""
    with suppress(OSError, AttributeError):  # it has ended, is another's, or this is no Linux
        handle = os.pidfd_open(number)  # from here on the number cannot come to mean another one
        try:
            if is_meant():
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                return True
        finally:
            os.close(handle)
    return False


def _is_of(number: int, started: int) -> bool:
    status = _status(number)
    return status is not None and status[1] == started


def _status(number: int) -> tuple[int, int] | None:
    """Return the parent of a process and when it was started; None where that cannot be read."""
    with suppress(OSError, IndexError, ValueError):
        fields = _fields(number)
        return int(fields[1]), int(fields[19])
    return None


def _fields(number: int) -> list[str]:
    """Return the fields of /proc/N/stat from the third one on: state, parent; start is the 22nd.

    By proc(5); the second is a name in brackets, in which anything may be. Raises OSError.
    """
    text = (_PROCESSES / str(number) / "stat").read_text(errors="replace")
    return text.rpartition(")")[2].split()
