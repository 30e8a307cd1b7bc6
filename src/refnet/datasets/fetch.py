"""Downloading files whose content is known beforehand, into a cache that is never half written.

Lives here: mirrors in their order, digests, the cache. It knows the IDX reader and the errors,
nothing of what the files mean; how one mirror is asked stands in download.py.

Nothing a mirror says is believed: the size is bounded, and the SHA-256 of the decompressed content
decides. (Not of the compressed file: the same content is compressed differently in different
places.) A file appears in the cache whole and verified or not at all, so that two processes may
fetch at once.

Whatever the mirrors do, one file takes at most `Patience.total` seconds for each of them, and the
time to unpack what came (12 s for the worst that was made of the 47 MB that the largest file may
have: two million gzip members with nothing in them); and at most COPIES_HELD times its known size
in memory.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from refnet.datasets.download import PATIENCE, Patience, Refusal, Watcher, ask
from refnet.datasets.idx import read_content
from refnet.errors import DataError
from refnet.files import replace_file

COPIES_HELD = 3
"""A packed file is at most as large as its content but for a thousandth; beside it, while it is
unpacked, there are the content as it grows and the content as it is returned."""


@dataclass(frozen=True)
class KnownFile:
    """A file that is known beforehand: its name at the mirrors, the bytes and the SHA-256 (in
    hexadecimal) of its decompressed content.
    """

    name: str
    size: int
    sha256: str


# Deflate enlarges what it cannot compress by 5 bytes in 16 kB: 1/1000 is above that. A header has
# room for a name and a comment in 1024 bytes.
_GZIP_OVERHEAD = 1000


def verified_content(source: Path | bytes, known: KnownFile, name: str = "") -> bytes:
    """Return the decompressed content of a file that must be the known one.

    `name` stands in messages for the source. Raises DataError for anything else than exactly that.
    """
    title = name or (known.name if isinstance(source, bytes) else str(source))
    content = read_content(source, title, cap=known.size)
    digest = hashlib.sha256(content).hexdigest()
    if digest != known.sha256:
        raise DataError(
            f"{title}: got content with SHA-256 {digest}; expected {known.sha256}, that of "
            f"{known.name}; the file is damaged or another one: delete it and fetch it again"
        )
    return content


def obtain(
    known: KnownFile,
    folder: Path,
    mirrors: Sequence[str],
    *,
    patience: Patience = PATIENCE,
    advice: str = "check the connection",
    announce: Callable[[str], None] = lambda _line: None,
    watch: Watcher = lambda _come, _promised: None,
) -> bytes:
    """Return the content of a file, from the folder, or from the first mirror that has it.

    What is fetched is kept in the folder, in the place of a damaged copy if there is one. `advice`
    ends the message where the file cannot be had; `announce` is told when a download begins, and
    `watch` how it goes on. Raises DataError with what every mirror said, or why it cannot be kept.
    """
    path = folder / known.name
    complaints: list[str] = []
    if present(path):
        try:
            return verified_content(path, known)
        except DataError as error:
            complaints.append(f"the copy at hand: {error}")
            announce(f"{path} is damaged; fetching it anew")
    for mirror in mirrors:
        url = mirror + known.name
        announce(f"downloading {url}")
        try:
            packed = ask(url, most_packed(known), patience, watch)
            content = verified_content(packed, known, url)
        except (Refusal, DataError) as error:
            complaints.append(f"{url}: {error}")
            continue
        place(path, packed)
        return content
    said = "".join(f"\n  {complaint}" for complaint in complaints)
    raise DataError(
        f"{known.name}: got it from no mirror; expected one of {len(mirrors)} to have it; "
        f"{advice}{said}"
    )


def place(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, making its folder if need be.

    Raises DataError where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror or error}); expected a folder with room "
            "and permission; free it, or point XDG_CACHE_HOME elsewhere"
        ) from error


def present(path: Path) -> bool:
    """Tell whether there is something at a path; not where one may not look."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def most_packed(known: KnownFile) -> int:
    """Return the most bytes that a file can have before it is unpacked."""
    return known.size + known.size // _GZIP_OVERHEAD + 1024
