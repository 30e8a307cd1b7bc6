"""Files that are there whole or not at all.

Lives here: putting a file in place at once. It knows the standard library, nothing of what a file
holds or of whom to blame where it cannot be written.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

_PREFIX = 100
"""Most characters of a name that its scratch file bears too: file systems allow 255 bytes."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, in the place of an older one.

    Raises OSError where that fails: the older one then is as it was, and nothing is left beside it.
    """
    # In the same folder, for only within a file system is replacing atomic.
    scratch = path.with_name(f".{path.name[:_PREFIX]}.{secrets.token_hex(8)}")
    try:
        with scratch.open("xb") as file:
            file.write(content)
            file.flush()
            # Without it a machine that loses power may keep the new name and not what it names.
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException:
        with suppress(OSError):
            scratch.unlink()
        raise
