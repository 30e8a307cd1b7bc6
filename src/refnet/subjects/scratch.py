"""The scratch folder of a running program, and those that a judge left behind when it was killed.

Lives here: Scratch and `sweep`. It knows folders and locks, nothing of what goes on in them.

A judge that is killed by SIGKILL tidies nothing up. A small process beside it does, at once: the
guard, whose standard input ends with the judge. Should that be killed, too, the next judge does:
each holds a lock on a file in each of its folders for as long as it lives, and whoever can take
that lock knows that nobody uses the folder any more, and what still runs with it as its TMPDIR has
lost its judge. The lock is put in its place when it is held already, so that a folder without one
is new, and not looked at.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from refnet.subjects.descendants import end_descendants

VARIABLE = "TMPDIR"
"""The variable that names the scratch folder; by it whoever left the group is found."""

_PREFIX = "refnet-"
_LOCK = ".judged"

# Without refnet, site and the user's settings: it is there in hundredths of a second.
_GUARD = (
    "-ISc",
    """import sys
sys.path.insert(0, sys.argv[1])
import descendants
descendants.outlive_the_judge(*sys.argv[2:])""",
    str(Path(__file__).resolve().parent),
    VARIABLE,
)


class Scratch:
    """A new folder that is in use until it is removed."""

    def __init__(self) -> None:
        sweep(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        before = self.path / f"{_LOCK}-soon"
        # Not inherited by the program: it must not hold the lock in its judge's place.
        self._held = os.open(before, os.O_CREAT | os.O_RDWR, 0o600)
        with suppress(OSError):  # a file system without locks: then it is never taken for stale
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before.rename(self.path / _LOCK)
        self._guard: subprocess.Popen[bytes] | None = None
        try:
            self._guard = _guard_of(self.path)
        except BaseException:  # Ctrl-C: one that is started all the same ends by itself
            self.remove()
            raise

    def guard(self, group: int) -> None:
        """Have a process group ended where the judge cannot do it any more."""
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(OSError):  # somebody has ended the guard
                self._guard.stdin.write(b"%d\n" % group)

    def end_descendants(self) -> None:
        """Kill what was started with this folder and is left over."""
        end_descendants(VARIABLE, str(self.path))

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._held)
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()


def _guard_of(folder: Path) -> "subprocess.Popen[bytes] | None":
    """Start the guard of a folder; None where that fails: the next judge tidies up, then."""
    try:
        # Of a session of its own: what ends the judge's group must not end it, too.
        return subprocess.Popen(
            [sys.executable, *_GUARD, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None


@cache
def sweep(folder: str) -> None:
    """Remove the scratch folders of judges that are gone, and end what runs there; once."""
    with suppress(OSError):
        for path in Path(folder).glob(f"{_PREFIX}*/{_LOCK}"):
            with suppress(OSError):
                _remove_if_stale(path)


def _remove_if_stale(lock: Path) -> None:
    """Remove the folder of a lock that nobody holds. Raises OSError where it is another's."""
    descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        end_descendants(VARIABLE, str(lock.parent))
        shutil.rmtree(lock.parent, ignore_errors=True)
    finally:
        os.close(descriptor)
