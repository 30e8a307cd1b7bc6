"""A program behind a pipe: started, written to, read from in time, and ended with all it started.

Lives here: Conversation. It knows processes and lines, nothing of problems.

The program speaks JSON lines on descriptors of its own; its standard streams are drained and
their end is kept, so that it may print what it likes. It leads a session of its own: at the end
its whole process group is killed, with whatever has left it, and its scratch folder removed,
whatever state it is in.
"""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from refnet.errors import SubjectError
from refnet.subjects.descendants import end_family, family_of
from refnet.subjects.scratch import VARIABLE, Scratch
from refnet.threads import ONE_THREAD

Streams = Literal["standard", "private"]
"""Where a program reads questions and writes answers: on its standard input and output, or on two
descriptors whose numbers are appended to its command."""

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one answer. The gradients of a 784-100-10 network are 2 MB as JSON; a program that
writes without end must not fill the judge's memory."""

KEPT_OUTPUT = 64 * 1024
"""Bytes of what a program printed that are kept: the end, where a traceback stands."""

GRACE = 0.5
"""Seconds a program has to leave when its input is closed: time to flush, not to work."""

_CHUNK = 1 << 16

_POLL = 0.005
"""Seconds between two looks at whether a process has ended."""


class Ended(SubjectError):
    """The program has ended in the place of an answer; the message says how."""


class TooLate(SubjectError):
    """The program has not answered within its time."""


class Conversation:
    """A running program, and the two pipes it is spoken to through."""

    def __init__(
        self,
        command: Sequence[str],
        streams: Streams = "private",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the program. Raises SubjectError where that fails."""
        self._scratch = Scratch()
        self._printed = bytearray()
        self._received = bytearray()
        self._closed = False
        theirs_in, self._outward = os.pipe()
        self._inward, theirs_out = os.pipe()
        os.set_blocking(self._outward, False)
        try:
            self._process = self._start(command, streams, environment, theirs_in, theirs_out)
        except BaseException as error:  # Ctrl-C, too: then it may have been started
            for descriptor in (self._outward, self._inward):
                os.close(descriptor)
            self._scratch.end_descendants()
            self._scratch.remove()
            if not isinstance(error, OSError | ValueError):
                raise
            raise SubjectError(
                f"{command[0]}: got {error}; expected a program that starts; check the path, and "
                "that it may be executed"
            ) from error
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._scratch.guard(self._process.pid)
        printed = self._process.stderr if streams == "standard" else self._process.stdout
        self._drainer = threading.Thread(target=self._drain, args=(printed,), daemon=True)
        self._drainer.start()

    def _start(
        self,
        command: Sequence[str],
        streams: Streams,
        environment: Mapping[str, str] | None,
        theirs_in: int,
        theirs_out: int,
    ) -> subprocess.Popen[bytes]:
        scratch = {VARIABLE: str(self.scratch)}
        settings = {**ONE_THREAD, **os.environ, **scratch, **(environment or {})}
        if streams == "standard":
            return subprocess.Popen(
                list(command),
                stdin=theirs_in,
                stdout=theirs_out,
                stderr=subprocess.PIPE,
                env=settings,
                start_new_session=True,
            )
        return subprocess.Popen(
            [*command, str(theirs_in), str(theirs_out)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(theirs_in, theirs_out),
            env=settings,
            start_new_session=True,
        )

    @property
    def scratch(self) -> Path:
        """The folder that the program has for its own files."""
        return self._scratch.path

    @property
    def printed(self) -> str:
        """The end of what the program has printed."""
        return bytes(self._printed).decode("utf-8", "replace")

    def say(self, line: str, deadline: float) -> None:
        """Send a line; `deadline` is on the clock of time.monotonic.

        Raises Ended where nobody reads any more, TooLate where it is not taken in time.
        """
        rest = memoryview(f"{line}\n".encode())
        with selectors.DefaultSelector() as selector:
            selector.register(self._outward, selectors.EVENT_WRITE)
            while rest:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TooLate("it did not read its question in time")
                try:
                    rest = rest[os.write(self._outward, rest[:_CHUNK]) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise self._ended() from error

    def hear(self, deadline: float) -> str:
        """Receive a line. Raises Ended, TooLate, or SubjectError for a line beyond all measure."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._inward, selectors.EVENT_READ)
            searched = 0
            # One that writes without end always has something to be read, and lines that were.
            if time.monotonic() > deadline:
                raise TooLate("it did not answer in time")
            while (end := self._received.find(b"\n", searched)) < 0:
                searched = len(self._received)
                if searched > LONGEST_LINE:
                    raise SubjectError(
                        f"got a line of more than {LONGEST_LINE} bytes; expected one answer"
                    )
                left = deadline - time.monotonic()
                if left <= 0.0 or not selector.select(left):
                    raise TooLate("it did not answer in time")
                chunk = os.read(self._inward, _CHUNK)
                if not chunk:
                    raise self._ended()
                self._received += chunk
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line.decode("utf-8", "replace")

    def close(self) -> None:
        """End the program and everything in its group, and remove its scratch folder."""
        if self._closed:
            return
        self._closed = True
        family = family_of(self._process.pid)  # while it is there to be their parent
        os.close(self._outward)
        self._left_within(GRACE)
        self._signal(signal.SIGKILL)
        end_family(family)
        self._process.wait()
        self._scratch.end_descendants()
        os.close(self._inward)
        # Whoever is left all the same may hold the stream open: it is not waited for long.
        self._drainer.join(GRACE)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None and not self._drainer.is_alive():
                stream.close()
        self._scratch.remove()

    def kill(self) -> None:
        """End the program at once, because it does not answer."""
        self._signal(signal.SIGSTOP)  # it must not start others while it is looked at
        family = family_of(self._process.pid)
        self._signal(signal.SIGKILL)
        end_family(family)
        self.close()

    def _signal(self, number: signal.Signals) -> None:
        # Not yet waited for, the leader keeps its number, which is the group's, from being reused.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _left_within(self, seconds: float) -> "os.waitid_result | None":
        """Wait for the program to end, but leave it to be waited for by `close`."""
        deadline = time.monotonic() + seconds
        options = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while True:
            with suppress(ChildProcessError):
                left = os.waitid(os.P_PID, self._process.pid, options)
                if left is not None:
                    return left
            if time.monotonic() > deadline:
                return None
            time.sleep(_POLL)

    def _ended(self) -> Ended:
        left = self._left_within(GRACE)
        if left is None:
            return Ended("it closed its answers and went on; expected an answer")
        if left.si_code == os.CLD_EXITED:
            return Ended(f"the process ended itself with exit status {left.si_status}")
        known = left.si_status in set(signal.Signals)
        name = signal.Signals(left.si_status).name if known else f"signal {left.si_status}"
        return Ended(f"the process was ended by {name}")

    def _drain(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with suppress(OSError, ValueError):
            while chunk := os.read(stream.fileno(), _CHUNK):
                self._printed += chunk
                del self._printed[:-KEPT_OUTPUT]
