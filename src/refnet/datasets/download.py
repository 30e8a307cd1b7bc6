"""Asking one mirror for one file: bounded in time and in memory, whatever the mirror does.

Lives here: attempts, redirections, time-outs, and giving a mirror up. It knows HTTP as the
standard library speaks it, nothing of what a file should hold.

The standard library bounds each wait, not their number: a mirror that sends a byte of its header
now and then, or one interim answer after the other, would keep it for ever. So it talks in a
thread, and whoever waits for the thread looks at the clock. A thread that is given up holds no
more than the limit and what one header may hold (6.5 MB, http.client's own bound); nobody listens
to it, and it ends with the process at the latest.
"""

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import IO, Any

Watcher = Callable[[int, int | None], object]
"""Told, several times a second, how many bytes have come and how many were promised, if any were;
in the thread that asks."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a mirror before it is given up.

    `silence`: seconds without a byte; `total`: seconds for one mirror, all attempts and pauses
    included; `attempts`: how often it is asked; `pause`: seconds before the second attempt,
    doubled before each further one.
    """

    silence: float = 15.0
    total: float = 600.0
    attempts: int = 3
    pause: float = 0.5


PATIENCE = Patience()
"""15 s of silence is several times the slowest first answer of a mirror; in 600 s a line of
20 kB/s, slow even for a mobile one, carries the largest file (9.9 MB)."""

_PIECE = 2**16
_LOOKS = 0.1
"""Seconds between two looks at the clock: often enough for a bar that moves smoothly."""
_LONGEST_REASON = 200
"""Most characters quoted of what a mirror said: two lines of a terminal."""


class Refusal(Exception):
    """A mirror did not give the file; `again` says whether asking it again may help."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


def ask(
    url: str,
    limit: int,
    patience: Patience = PATIENCE,
    watch: Watcher = lambda _come, _promised: None,
) -> bytes:
    """Ask a mirror until it gives what is at a URL, at most `limit` bytes, or patience ends.

    Raises Refusal with the last reason. It returns or raises within `patience.total` seconds.
    """
    deadline = time.monotonic() + patience.total
    attempt = 1
    while True:
        try:
            return _attempt(url, limit, patience, deadline, watch)
        except Refusal as refusal:
            pause = patience.pause * 2 ** (attempt - 1)
            in_vain = attempt >= patience.attempts or time.monotonic() + pause >= deadline
            if in_vain or not refusal.again:
                times = "once" if attempt == 1 else f"{attempt} times"
                raise Refusal(f"{refusal} (asked {times})", again=False) from refusal
        time.sleep(pause)
        attempt += 1


def _attempt(url: str, limit: int, patience: Patience, deadline: float, watch: Watcher) -> bytes:
    talk = _Talk(url, limit, patience.silence)
    try:
        while (left := deadline - time.monotonic()) > 0.0:
            if wait([talk.outcome], min(_LOOKS, left)).done:
                return talk.outcome.result()
            watch(len(talk.come), talk.promised)
    finally:
        talk.given_up = True
    raise Refusal(f"took more than {patience.total:g} s", again=False)


class _Talk:
    """One request and its answer, in a thread of its own."""

    def __init__(self, url: str, limit: int, silence: float) -> None:
        self.come = bytearray()
        self.promised: int | None = None
        self.given_up = False
        self.outcome = Future[bytes]()
        self._url, self._limit, self._silence = url, limit, silence
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self.outcome.set_result(self._talk())
        except BaseException as error:  # noqa: BLE001 - raised again where the outcome is awaited
            self.outcome.set_exception(error)

    def _talk(self) -> bytes:
        try:
            self._read()
        except urllib.error.HTTPError as error:
            again = error.code >= 500 or error.code == http.client.TOO_MANY_REQUESTS
            error.close()
            reason = _printable(error.reason)
            raise Refusal(f"answered {error.code} {reason}", again=again) from error
        # URLError and time-outs are OSErrors; HTTPException is a server that speaks no HTTP, and
        # ValueError an address to which it redirects that is none.
        except (OSError, http.client.HTTPException, ValueError) as error:
            cause = error.reason if isinstance(error, urllib.error.URLError) else error
            reason = _printable(cause) or type(cause).__name__
            raise Refusal(f"gave no answer ({reason})", again=True) from error
        if self.promised is not None and len(self.come) != self.promised:
            raise Refusal(f"sent {len(self.come)} of {self.promised} promised bytes", again=True)
        return bytes(self.come)

    def _read(self) -> None:
        with _opener().open(self._url, timeout=self._silence) as response:
            self.promised = _number(response.headers.get("Content-Length", ""))
            while piece := response.read1(_PIECE):
                if self.given_up:
                    return
                self.come += piece
                if len(self.come) > self._limit:
                    raise Refusal(f"sent more than {self._limit} bytes", again=False)


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows a mirror elsewhere, at most ten times (urllib's bound)."""

    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
    ) -> Any:
        """Return the answer of the address that a mirror gives, or None if it gives none."""
        # urllib would go on to read what comes with the redirection, however long that is.
        fp.close()
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener that knows HTTP alone: nothing leads to a file or to another protocol."""
    opener = urllib.request.OpenerDirector()
    opener.addheaders = [("User-Agent", "refnet")]
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirections(),
    ):
        opener.add_handler(handler)
    return opener


def _number(text: str) -> int | None:
    """Return a number of bytes that a mirror promised; None where it is none that can be meant."""
    # Nothing longer than 18 digits: Python takes other scripts for digits, and refuses 5,000.
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _printable(said: object) -> str:
    """Return what a mirror said as part of one line, without what could steer a terminal."""
    words = " ".join(str(said).split())[:_LONGEST_REASON]
    return "".join(letter if letter.isprintable() else "?" for letter in words)
