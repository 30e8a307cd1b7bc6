"""Fetching: whatever a mirror does, what ends in the cache is the right file or nothing."""

import contextlib
import gzip
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from refnet.datasets.fetch import KnownFile, Patience, obtain, place, verified_content
from refnet.errors import DataError

CONTENT = b"\0\0\x08\1\0\0\4\0" + bytes(i * 7 % 256 for i in range(1024))
OTHER = CONTENT[:-1] + b"!"
KNOWN = KnownFile("digits.gz", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HASTE = Patience(silence=0.3, total=0.5, attempts=2, pause=0.01)


class Mirror(BaseHTTPRequestHandler):
    """A mirror with a folder for each way in which mirrors fail; counts what it is asked."""

    asked: dict[str, int]
    closing: threading.Event

    def do_GET(self) -> None:
        """Answer as the first folder of the path says."""
        manner = self.path.split("/")[1]
        self.asked[manner] = self.asked.get(manner, 0) + 1
        answer: Callable[[], None] = getattr(self, manner, self.absent)
        answer()

    def good(self) -> None:
        """Send the right file."""
        self.send(gzip.compress(CONTENT))

    def plain(self) -> None:
        """Send the right file without compression."""
        self.send(CONTENT)

    def lying(self) -> None:
        """Send a file of the right size and format, and of other content."""
        self.send(gzip.compress(OTHER))

    def page(self) -> None:
        """Send a page that says to log in, with status 200."""
        self.send(b"<html>Please log in</html>")

    def recovering(self) -> None:
        """Fail once, then send the right file."""
        if self.asked["recovering"] == 1:
            self.send_error(500)
        else:
            self.good()

    def broken(self) -> None:
        """Answer 500."""
        self.send_error(500)

    def busy(self) -> None:
        """Answer 429."""
        self.send_error(429)

    def absent(self) -> None:
        """Answer 404."""
        self.send_error(404)

    def truncated(self) -> None:
        """Promise the whole file and hang up half way."""
        packed = gzip.compress(CONTENT)
        self.send(packed[: len(packed) // 2], promised=len(packed))

    def endless(self) -> None:
        """Send more than any right file could hold."""
        self.send(bytes(2**20))

    def silent(self) -> None:
        """Accept the question and say nothing."""
        self.closing.wait(5)

    def dripping(self) -> None:
        """Send a byte now and then, so that no single wait is long."""
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b"x")
            self.wfile.flush()
            if self.closing.wait(0.05):
                return

    def nonsense(self) -> None:
        """Speak no HTTP."""
        self.wfile.write(b"good day\r\n\r\n")

    def send(self, content: bytes, promised: int | None = None) -> None:
        """Send a complete answer."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) if promised is None else promised))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client may have had enough
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing on standard error."""


class Server(ThreadingHTTPServer):
    """A mirror on this machine that does not complain when a client hangs up."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that give up are the point of these tests."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Mirror.asked = {}
    Mirror.closing = threading.Event()
    server = Server(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        Mirror.closing.set()
        server.shutdown()
        server.server_close()


def refused_port() -> str:
    """Return an address at which nothing listens."""
    server = Server(("127.0.0.1", 0), Mirror)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}/"


def leftovers(folder: Path) -> list[str]:
    """List everything in a folder except the file that was asked for."""
    return [path.name for path in folder.rglob("*") if path.name != KNOWN.name]


@pytest.mark.parametrize("manner", ["good", "plain", "recovering"])
def test_the_file_is_fetched_once_and_kept(mirror: str, manner: str, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet" / "there"
    announced: list[str] = []
    for _ in range(2):
        content = obtain(
            KNOWN, folder, [f"{mirror}{manner}/"], patience=HASTE, announce=announced.append
        )
        assert content == CONTENT
    assert Mirror.asked == {manner: 2 if manner == "recovering" else 1}
    assert announced == [f"downloading {mirror}{manner}/digits.gz"]
    assert verified_content(folder / KNOWN.name, KNOWN) == CONTENT
    assert leftovers(folder) == []


@pytest.mark.parametrize(
    ("manner", "said", "asked"),
    [
        ("absent", "answered 404 Not Found", 1),
        ("broken", "answered 500 Internal Server Error", 2),
        ("busy", "answered 429 Too Many Requests", 2),
        ("truncated", "promised bytes", 2),
        ("lying", f"got content with SHA-256 {hashlib.sha256(OTHER).hexdigest()}", 1),
        ("page", "got first bytes 3c 68 74 6d", 1),
        ("endless", "sent more than", 1),
        ("silent", "gave no answer (timed out)", 2),
        ("dripping", "took more than 0.5 s", 2),
        ("nonsense", "gave no answer (good day", 2),
    ],
)
def test_a_bad_mirror_is_left_for_a_good_one(
    mirror: str, manner: str, said: str, asked: int, tmp_path: Path
) -> None:
    bad, good = f"{mirror}{manner}/", f"{mirror}good/"
    assert obtain(KNOWN, tmp_path, [bad, good], patience=HASTE) == CONTENT
    assert Mirror.asked == {manner: asked, "good": 1}

    empty = tmp_path / "empty"
    with pytest.raises(DataError) as caught:
        obtain(KNOWN, empty, [bad, f"{mirror}absent/"], patience=HASTE, advice="buy a book")
    message = str(caught.value)
    assert "digits.gz: got it from no mirror; expected one of 2 to have it; buy a book" in message
    assert f"{bad}digits.gz" in message
    assert said in message
    assert f"(asked {asked} times)" in message or asked == 1
    assert f"{mirror}absent/digits.gz: answered 404 Not Found" in message
    assert not empty.exists(), "nothing is written before it has been verified"


def test_a_mirror_that_is_not_there_is_left_for_one_that_is(mirror: str, tmp_path: Path) -> None:
    gone = refused_port()
    assert obtain(KNOWN, tmp_path, [gone, f"{mirror}good/"], patience=HASTE) == CONTENT
    with pytest.raises(DataError, match=rf"{gone}digits.gz: gave no answer .*refused.*asked 2 tim"):
        obtain(KNOWN, tmp_path / "empty", [gone], patience=HASTE)


def test_the_pause_doubles_between_attempts(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with pytest.raises(DataError, match="asked 4 times"):
        obtain(KNOWN, tmp_path, [f"{mirror}broken/"], patience=Patience(1, 1, 4, 0.5))
    assert pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("damage", [b"", gzip.compress(CONTENT)[:-3], gzip.compress(OTHER)])
def test_a_damaged_copy_is_noticed_and_fetched_anew(
    mirror: str, damage: bytes, tmp_path: Path
) -> None:
    path = tmp_path / KNOWN.name
    path.write_bytes(damage)
    announced: list[str] = []
    mirrors = [f"{mirror}good/"]
    assert obtain(KNOWN, tmp_path, mirrors, patience=HASTE, announce=announced.append) == CONTENT
    assert announced[0] == f"{path} is damaged; fetching it anew"
    assert verified_content(path, KNOWN) == CONTENT

    path.write_bytes(damage)
    with pytest.raises(DataError, match=f"the copy at hand: {path}: got "):
        obtain(KNOWN, tmp_path, [f"{mirror}absent/"], patience=HASTE)


def test_many_at_once_all_get_it_and_leave_nothing_behind(mirror: str, tmp_path: Path) -> None:
    good = f"{mirror}good/"

    def fetch(url: str) -> bytes:
        return obtain(KNOWN, tmp_path, [url], patience=HASTE)

    stop = threading.Event()
    damaged: list[str] = []

    def watch() -> None:
        path = tmp_path / KNOWN.name
        while not stop.is_set():
            if path.exists():
                try:
                    verified_content(path, KNOWN)
                except DataError as error:
                    damaged.append(str(error))
            time.sleep(0.0005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(8) as pool:
        contents = list(pool.map(fetch, [good] * 8))
    stop.set()
    watcher.join()
    assert contents == [CONTENT] * 8
    assert damaged == [], "a reader never sees a file half written"
    assert leftovers(tmp_path) == []


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_no_scratch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / KNOWN.name
    path.write_bytes(b"old")

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(DataError, match=rf"{path}: cannot be written \(No space left on device\)"):
        place(path, b"new")
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"file/digits.gz: cannot be written .*XDG_CACHE_HOME"):
        place(tmp_path / "file" / KNOWN.name, b"new")


@pytest.mark.parametrize("grown", [CONTENT + b"\0", CONTENT[:5] + b"\1" + CONTENT[6:]])
def test_content_of_another_size_is_never_unpacked_beyond_the_known_one(grown: bytes) -> None:
    with pytest.raises(DataError):
        verified_content(gzip.compress(grown), KNOWN)
