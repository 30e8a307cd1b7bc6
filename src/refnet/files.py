"""Files that are there whole or not at all.

Lives here: putting a file in the place of another at once, and clearing away what writers that were
killed have left behind. It knows the standard library, nothing of what a file holds or of whom to
blame where it cannot be written.
"""

import fcntl
import glob
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_PREFIX = 50
"""Most characters of a name that its scratch file bears too: file systems allow 255 bytes, and a
character may take four."""


def refuse_unless_regular(path: Path) -> None:
    """Raise OSError for a pipe or a device, which may never begin or never end when it is read."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # of a folder open() says it
        raise OSError("no regular file but a pipe or a device")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, in the place of an older one.

    Raises OSError where that fails: the older one then is as it was, and nothing is left beside it.
    """
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Generator[IO[bytes]]:
    """Give a new file that takes the place of an older one, and its permissions, once written.

    Raises OSError where that fails. Whatever happens while it is written, the older one then is as
    it was; unless the process is killed, nothing is left beside it either.
    """
    # In the same folder, for only within a file system is replacing atomic.
    scratch = path.with_name(f"{_beginning(path)}{secrets.token_hex(8)}")
    try:
        with scratch.open("xb") as file:
            with suppress(OSError):  # some network file systems know no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            # Without it a machine that loses power may keep the new name and not what it names.
            os.fsync(file.fileno())
            with suppress(FileNotFoundError):
                scratch.chmod(stat.S_IMODE(path.stat().st_mode))
            scratch.replace(path)
    finally:
        with suppress(OSError):
            scratch.unlink()


def sweep(path: Path) -> None:
    """Remove what killed processes have left beside a file: those whose lock nobody holds."""
    for left in path.parent.glob(f"{glob.escape(_beginning(path))}{'[0-9a-f]' * 16}"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _beginning(path: Path) -> str:
    return f".{path.name[:_PREFIX]}."
