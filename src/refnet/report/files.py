"""How what is written reaches a file: whole or not at all, and refused early where it cannot.

Lives here: `write_text` and `refuse_unless_writable`. It knows files, nothing of reports.
"""

import os
from pathlib import Path

from refnet.errors import ArgumentError
from refnet.files import replace_file

STANDARD_OUTPUT = "-"
"""What is written in the place of a file by those who want it on standard output."""


def write_text(text: str, destination: str, option: str) -> None:
    """Write a file in UTF-8, whole or not at all; `option` is what named it.

    A device or a pipe is written to directly. Raises ArgumentError where that fails.
    """
    path = Path(destination)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
        else:
            # The link stays one: it is what it leads to that is replaced.
            replace_file(path.resolve(), text.encode())
    except OSError as error:
        raise _unwritable(destination, option, error.strerror or str(error)) from error


def refuse_unless_writable(destination: str, option: str) -> None:
    """Raise ArgumentError for a destination that cannot work, before any time is spent.

    Standard output is one for JSON alone.
    """
    if destination == STANDARD_OUTPUT:
        if option == "--json":
            return
        raise _unwritable(destination, option, "standard output is for --json alone")
    try:
        reason = _obstacle(Path(destination))
    except (OSError, ValueError, RuntimeError) as error:  # too long, a null byte, a loop of links
        raise _unwritable(destination, option, str(error)) from error
    if reason:
        raise _unwritable(destination, option, reason)


def _obstacle(path: Path) -> str:
    """Say what stands in the way of writing to a path; empty where nothing does."""
    if path.is_dir():
        return "it is a folder"
    folder = path.resolve().parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    target = path if path.exists() and not path.is_file() else folder
    return "" if os.access(target, os.W_OK) else f"no permission to write to {target}"


def _unwritable(destination: str, option: str, reason: str) -> ArgumentError:
    elsewhere = ", or - for standard output" if option == "--json" else ""
    return ArgumentError(
        f"{option}: got {destination!r}, which cannot be written ({reason}); expected a file in a "
        f"folder that can be written to; name another file{elsewhere}"
    )
