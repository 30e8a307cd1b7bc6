"""What a caller names: a class in a file or a module, or the command of a program.

Lives here: Locator and `parse_locator`. It knows text and files, nothing of processes.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from refnet.errors import ArgumentError

_EXPECTED = "FILE.py:Name or package.module:Name, Name being a class"


@dataclass(frozen=True)
class Locator:
    """Where a subject is: `file` or `module`, and `name` within it, empty for all of it.

    `text` is what the caller wrote.
    """

    text: str
    name: str
    file: Path | None = None
    module: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the file; empty for a module."""
        return "" if self.file is None else hashlib.sha256(self.file.read_bytes()).hexdigest()


def parse_locator(text: str) -> Locator:
    """Take a locator apart. Raises ArgumentError for one that is none, or a file not there."""
    place, colon, name = text.rpartition(":")
    if not colon:
        place, name = text, ""
    if not place or (colon and not all(part.isidentifier() for part in name.split("."))):
        raise ArgumentError(f"subject: got {text!r}; expected {_EXPECTED}; check the spelling")
    if _is_of_another_language(place):
        raise ArgumentError(
            f"subject: got {text!r}, a file that is not Python's; expected {_EXPECTED}; judge a "
            'program in another language by --command, as in --command "node network.js"'
        )
    if place.endswith(".py") or "/" in place:
        return Locator(text, name, file=_existing(text, Path(place)))
    if not all(part.isidentifier() for part in place.split(".")):
        raise ArgumentError(f"subject: got {text!r}; expected {_EXPECTED}; check the spelling")
    return Locator(text, name, module=place)


def _is_of_another_language(place: str) -> bool:
    try:
        return Path(place).suffix not in ("", ".py", ".pyw") and Path(place).is_file()
    except ValueError:  # a null byte
        return False


def _existing(text: str, path: Path) -> Path:
    try:
        found = path.is_file()
    except ValueError:  # a null byte
        found = False
    if not found:
        kind = "a folder" if path.is_dir() else "no such file"
        raise ArgumentError(
            f"subject: got {text!r}, where {path} is {kind}; expected {_EXPECTED}; check the path"
        )
    return path.resolve()
