"""What keeps a worker within bounds and speaking, and lets it say where it was when it ended.

Lives here: limits of memory, the end together with the judge, descriptors that a subject does not
close, and Whereabouts. It knows the operating system, nothing of subjects and questions.

All this protects from accidents. What is put in the place of functions of `os` does what they do,
but for the two descriptors and the file that a worker needs.
"""

import faulthandler
import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from refnet.subjects.whereabouts import WHEREABOUTS, dump_of

MEMORY_SHARE = 1 / 2
"""Of the machine's memory what a worker may allocate: beyond, the machine itself would suffer."""

LEAST_MEMORY = 2 << 30
"""Bytes that are always granted: what PyTorch or JAX take before they have done anything."""

PRIVATE_FROM = 200
"""The least number of a private descriptor: above those of files that a program opens, and below
256, the lowest customary limit."""

WATCHED_SHARE = 0.9
"""Of the time until the judge gives up: then is written down where the code is."""

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""What prctl(2) is asked for, by linux/prctl.h: a signal at the parent's end, and to become the
parent of descendants that lose theirs."""

_ENDING = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGUSR1")
"""Signals that end a process which does not handle them, and of which faulthandler writes nothing
by itself."""


def limit_memory() -> None:
    """Limit what may be allocated, and leave no image of the memory behind."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        allowed = max(LEAST_MEMORY, int(MEMORY_SHARE * physical))
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_the_judge() -> None:
    """Have Linux kill this process with the thread that started it: a judge may be killed, too.

    Otherwise a subject that hangs, and so never sees its questions end, would run on for ever.
    """
    with suppress(ImportError, AttributeError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # By their parents the judge finds those who have left the group.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def moved_away(descriptor: int) -> int:
    """Return the same open file under a number that a program does not come upon."""
    with suppress(ImportError, ValueError, OSError):  # a lower limit of open files
        import fcntl

        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, PRIVATE_FROM)
        os.close(descriptor)
        return moved
    return descriptor


def spare(private: Collection[int]) -> None:
    """Have a subject that closes all descriptors leave these open.

    A child that it forks gets nothing in their place, since it must not answer twice, and forks no
    further: one that goes on where its parent does would double with every call.
    """
    close, close_range, duplicate = os.close, os.closerange, os.dup2

    def silence() -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for each in private:
            duplicate(nowhere, each)
        os.fork = _refuse_to_fork

    def close_others(fd: int) -> None:
        if fd not in private:
            close(fd)

    def close_other_range(fd_low: int, fd_high: int, /) -> None:
        for each in sorted(private):
            if fd_low <= each < fd_high:
                close_range(fd_low, each)
                fd_low = each + 1
        close_range(fd_low, fd_high)

    def duplicate_elsewhere(fd: int, fd2: int, inheritable: bool = True) -> int:
        return fd2 if fd2 in private else duplicate(fd, fd2, inheritable)

    os.close, os.closerange, os.dup2 = close_others, close_other_range, duplicate_elsewhere
    os.register_at_fork(after_in_child=silence)


def _refuse_to_fork() -> NoReturn:
    raise OSError("a child of a network that is judged forks no further")


class Whereabouts:
    """The file in which a worker writes where its code is: when it ends, and when it hangs."""

    def __init__(self) -> None:
        # Kept open for as long as the process lives: a crash has no time to open a file.
        path = Path(os.environ["TMPDIR"]) / WHEREABOUTS
        opened = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        self.descriptor = moved_away(opened)
        self._process = os.getpid()

    def write_at_the_end(self) -> None:
        """Have it written down wherever the process is ended, by a crash, a signal or itself."""
        faulthandler.enable(self.descriptor, all_threads=True)
        for name in _ENDING:
            with suppress(AttributeError, OSError, RuntimeError):  # of another system, or not free
                faulthandler.register(getattr(signal, name), self.descriptor, chain=True)
        for module, name in (
            (os, "_exit"),
            (os, "execv"),
            (os, "execve"),
            (os, "kill"),
            (os, "killpg"),
            (signal, "raise_signal"),
        ):
            if hasattr(module, name):
                setattr(module, name, self._noted(getattr(module, name)))

    def watch(self, until: float) -> None:
        """Have it written down shortly before `until`, on the clock of time.monotonic.

        By a thread of Python's own, which no signal handler and no lock of the subject's holds up.
        """
        seconds = WATCHED_SHARE * (until - time.monotonic())
        # No time may be left, and the subject may have left no room for a thread.
        with suppress(OSError, RuntimeError, ValueError):
            os.lseek(self.descriptor, 0, os.SEEK_SET)
            os.ftruncate(self.descriptor, 0)  # what was written before is of another question
            faulthandler.dump_traceback_later(seconds, file=self.descriptor)

    def write(self, traceback: TracebackType | None) -> None:
        """Write down where something was raised."""
        os.write(self.descriptor, dump_of(traceback).encode("utf-8", "replace"))

    def _noted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that writes down where it is called, in the worker itself.

        Not where one of its children ends, nor where it signals to somebody else. To everybody, by
        the number -1, nothing is sent at all.
        """
        ours = {0, self._process, -self._process}

        @wraps(function)
        def noted(*arguments: Any, **named: Any) -> Any:
            others = function.__name__ in ("kill", "killpg") and arguments[:1] not in {
                (each,) for each in ours
            }
            if function.__name__ == "kill" and arguments[:1] == (-1,):
                raise PermissionError("a network that is judged sends no signal to all processes")
            if os.getpid() == self._process and not others:
                faulthandler.dump_traceback(self.descriptor)
            return function(*arguments, **named)

        return noted
