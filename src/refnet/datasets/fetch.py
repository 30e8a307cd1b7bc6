"""Downloading files whose content is known beforehand, into a cache that is never half written.

Lives here: mirrors, time-outs, retries, digests, atomic placement. It knows the IDX reader and the
errors, nothing of what the files mean.

Nothing a mirror says is believed: the size is bounded, and the SHA-256 of the decompressed content
decides. (Not of the compressed file: the same content is compressed differently in different
places.) A file appears in the cache whole and verified or not at all, so that two processes may
fetch at once.
"""

import hashlib
import http.client
import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from refnet.datasets.idx import read_content
from refnet.errors import DataError


@dataclass(frozen=True)
class KnownFile:
    """A file that is known beforehand: its name at the mirrors, the bytes and the SHA-256 (in
    hexadecimal) of its decompressed content.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Patience:
    """How long to wait for a mirror before it is given up.

    `silence`: seconds without a byte; `total`: seconds for one attempt; `attempts`: how often a
    mirror is asked; `pause`: seconds before the second attempt, doubled before each further one.
    """

    silence: float = 15.0
    total: float = 600.0
    attempts: int = 3
    pause: float = 0.5


PATIENCE = Patience()
"""15 s of silence is several times the slowest first answer of a mirror; in 600 s a line of
20 kB/s, slow even for a mobile one, carries the largest file (9.9 MB)."""

_PIECE = 2**16
# Deflate enlarges what it cannot compress by 5 bytes in 16 kB and a header: 1/1000 is above both.
_GZIP_OVERHEAD = 1000


class _Refusal(Exception):
    """One attempt failed; `again` says whether asking the same mirror again may help."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


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
    advice: str = "",
    announce: Callable[[str], None] = lambda _line: None,
) -> bytes:
    """Return the content of a file, from the folder, or from the first mirror that has it.

    What is fetched is kept in the folder, in the place of a damaged copy if there is one. `advice`
    ends the message where the file cannot be had; `announce` is told when a download begins.
    Raises DataError with what every mirror said.
    """
    path = folder / known.name
    complaints: list[str] = []
    if path.exists():
        try:
            return verified_content(path, known)
        except DataError as error:
            complaints.append(f"the copy at hand: {error}")
            announce(f"{path} is damaged; fetching it anew")
    for mirror in mirrors:
        url = mirror + known.name
        announce(f"downloading {url}")
        try:
            packed = _ask(url, known, patience)
            content = verified_content(packed, known, url)
        except (_Refusal, DataError) as error:
            complaints.append(f"{url}: {error}")
            continue
        place(path, packed)
        return content
    said = "".join(f"\n  {complaint}" for complaint in complaints)
    raise DataError(
        f"{known.name}: got it from no mirror; expected one of {len(mirrors)} to have it; "
        f"{advice or 'check the connection'}{said}"
    )


def place(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, making its folder if need be.

    Raises DataError where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(path)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror or error}); expected a folder with room "
            "and permission; free it, or point XDG_CACHE_HOME elsewhere"
        ) from error


def _ask(url: str, known: KnownFile, patience: Patience) -> bytes:
    """Ask one mirror until it answers or patience ends."""
    attempt = 1
    while True:
        try:
            return _download(url, known, patience)
        except _Refusal as refusal:
            if not refusal.again or attempt >= patience.attempts:
                times = "once" if attempt == 1 else f"{attempt} times"
                raise _Refusal(f"{refusal} (asked {times})", again=False) from refusal
        time.sleep(patience.pause * 2 ** (attempt - 1))
        attempt += 1


def _download(url: str, known: KnownFile, patience: Patience) -> bytes:
    limit = known.size + known.size // _GZIP_OVERHEAD + 1024
    # No scheme needs to be refused: mirrors are constants of this package, and a digest decides.
    request = urllib.request.Request(url, headers={"User-Agent": "refnet"})  # noqa: S310
    deadline = time.monotonic() + patience.total
    packed = bytearray()
    try:
        with urllib.request.urlopen(  # noqa: S310
            request, timeout=patience.silence
        ) as response:
            promised = response.headers.get("Content-Length")
            while piece := response.read1(_PIECE):
                packed += piece
                if len(packed) > limit:
                    raise _Refusal(f"sent more than {limit} bytes", again=False)
                if time.monotonic() > deadline:
                    raise _Refusal(f"took more than {patience.total:g} s", again=True)
    except urllib.error.HTTPError as error:
        again = error.code >= 500 or error.code == http.client.TOO_MANY_REQUESTS
        error.close()
        raise _Refusal(f"answered {error.code} {error.reason}", again=again) from error
    # URLError and time-outs are OSErrors; HTTPException is a server that speaks no HTTP.
    except (OSError, http.client.HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        raise _Refusal(f"gave no answer ({cause or type(cause).__name__})", again=True) from error
    if promised is not None and promised.isdigit() and len(packed) != int(promised):
        raise _Refusal(f"sent {len(packed)} of {promised} promised bytes", again=True)
    return bytes(packed)
