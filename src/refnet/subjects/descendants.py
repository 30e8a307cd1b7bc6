"""Ending what a program has started and left behind, even out of its process group.

Lives here: `end_descendants`, and `outlive_the_judge`. It knows Linux's /proc, nothing of
conversations, and imports nothing of refnet: a process of its own runs it.

A child that calls setsid, or whose parent has ended, is in no group of the program any more. Its
environment is still the one that the program was given, and a variable in that, with a value that
nobody else has, tells it from all others. Where there is no /proc, or for one that has another
environment, nothing is done: this tidies up after accidents.
"""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")

_ROUNDS = 8
"""How often is looked again: what was found may have started others in the meantime."""


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
    with suppress(OSError, AttributeError):  # it has ended, is another's, or this is no Linux
        handle = os.pidfd_open(number)  # from here on the number cannot come to mean another one
        try:
            held = (_PROCESSES / str(number) / "environ").read_bytes().split(b"\0")
            if os.fsencode(f"{variable}={value}") in held:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                return True
        finally:
            os.close(handle)
    return False
