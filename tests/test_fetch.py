"""Fetching: whatever a mirror does, what ends in the cache is the right file or nothing."""

import contextlib
import errno
import gzip
import hashlib
import os
import re
import resource
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from refnet.datasets.download import PATIENCE, Patience
from refnet.datasets.fetch import COPIES_HELD, KnownFile, obtain, place, present, verified_content
from refnet.errors import DataError

CONTENT = b"\0\0\x08\1\0\0\4\0" + bytes(i * 7 % 256 for i in range(1024))
OTHER = CONTENT[:-1] + b"!"
KNOWN = KnownFile("digits.gz", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HASTE = Patience(silence=0.3, total=5.0, attempts=2, pause=0.01)
NO_TIME = Patience(silence=0.3, total=0.5, attempts=2, pause=0.01)

# Large enough to be told from what everything else takes, and without anything to compress.
LARGE = b"\0\0\x08\1\0\x20\0\0" + bytes(os.urandom(2**21))
LARGE_KNOWN = KnownFile("digits.gz", len(LARGE), hashlib.sha256(LARGE).hexdigest())
PACKED_LARGE = gzip.compress(LARGE, 1)
LARGE_BOMB = gzip.compress(LARGE[:8] + bytes(2**25), 9)
# The right header, and then a thousand times what it claims.
BOMB = gzip.compress(CONTENT[:8] + bytes(2**20), 9)
CLAIM = gzip.compress(b"\0\0\x08\1\1\0\0\0" + bytes(2**24), 9)


class Mirror(BaseHTTPRequestHandler):
    """A mirror with a folder for each way in which mirrors fail; counts what it is asked."""

    asked: dict[str, int]
    closing: threading.Event
    meeting: threading.Barrier

    def do_GET(self) -> None:
        """Answer as the first folder of the path says, the second telling where to send on."""
        manner = self.path.split("/")[1]
        self.asked[manner] = self.asked.get(manner, 0) + 1
        answer: Callable[[], None] = getattr(self, manner, self.absent)
        with contextlib.suppress(OSError):  # the client may have had enough
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

    def slow(self) -> None:
        """Send the right file a few bytes at a time."""
        packed = gzip.compress(CONTENT)
        self.head("Content-Length", str(len(packed)))
        for start in range(0, len(packed), 20):
            self.wfile.write(packed[start : start + 20])
            time.sleep(0.02)

    def dripping(self) -> None:
        """Send a byte now and then, so that no single wait is long."""
        self.head()
        self.go_on(b"x", 0.05)

    def dripping_header(self) -> None:
        """Send the header so, before there is anything to read."""
        self.go_on(b"H", 0.05)

    def interim(self) -> None:
        """Say that an answer will come, again and again."""
        self.go_on(b"HTTP/1.1 100 Continue\r\n\r\n", 0.001)

    def trailing(self) -> None:
        """Send the right file, and then what follows the content of a chunked answer for ever."""
        packed = gzip.compress(CONTENT)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.wfile.write(b"%x\r\n%b\r\n0\r\n" % (len(packed), packed))
        self.go_on(b"Never: ends\r\n", 0.001)

    def chunked(self) -> None:
        """Send the right file in chunks."""
        packed = gzip.compress(CONTENT)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(packed), 100):
            piece = packed[start : start + 100]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def redirecting(self) -> None:
        """Send on to a good mirror."""
        self.send_on("/good/digits.gz")

    def circling(self) -> None:
        """Send back to itself."""
        self.send_on(self.path)

    def luring(self) -> None:
        """Send on to where the rest of the path says, which is no mirror."""
        self.send_on(bytes.fromhex(self.path.split("/")[2]).decode())

    def burying(self) -> None:
        """Send on to nowhere, with more beside it than any memory holds."""
        self.send_response(302)
        self.send_header("Location", "/absent/digits.gz")
        self.end_headers()
        self.go_on(bytes(2**20), 0.0, times=100)

    def promising(self) -> None:
        """Promise a length that is a digit to Python and no number."""
        self.head("Content-Length", "\xb2")
        self.wfile.write(gzip.compress(CONTENT))

    def boasting(self) -> None:
        """Promise a length of more digits than Python reads."""
        self.head("Content-Length", "9" * 5000)
        self.wfile.write(gzip.compress(CONTENT))

    def hanging_up(self) -> None:
        """Hang up without a word."""

    def steering(self) -> None:
        """Answer with what would clear a terminal, and at length."""
        self.wfile.write(b"HTTP/1.1 404 \x1b[2J" + b"gone " * 1000 + b"\r\n\r\n")

    def bomb(self) -> None:
        """Send what unpacks to a thousand times what it should."""
        self.send(BOMB)

    def claiming(self) -> None:
        """Send a header that claims 16 MiB, and that much after it."""
        self.send(CLAIM)

    def large(self) -> None:
        """Send a large right file."""
        self.send(PACKED_LARGE)

    def large_lying(self) -> None:
        """Send a large file with a wrong last byte, and so a wrong checksum."""
        self.send(PACKED_LARGE[:-9] + b"!" + PACKED_LARGE[-8:])

    def large_bomb(self) -> None:
        """Send what unpacks to sixteen times what it should."""
        self.send(LARGE_BOMB)

    def together(self) -> None:
        """Send the right file once both have asked, and not at once."""
        self.meeting.wait(30)
        self.slow()

    def nonsense(self) -> None:
        """Speak no HTTP."""
        self.wfile.write(b"good day\r\n\r\n")

    def send(self, content: bytes, promised: int | None = None) -> None:
        """Send a complete answer."""
        self.head("Content-Length", str(len(content) if promised is None else promised))
        self.wfile.write(content)

    def head(self, *header: str) -> None:
        """Send the header of an answer."""
        self.send_response(200)
        if header:
            self.send_header(*header)
        self.end_headers()

    def send_on(self, where: str) -> None:
        """Send a redirection."""
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def go_on(self, piece: bytes, pause: float, times: int = 10_000) -> None:
        """Send the same again and again, until nobody listens or the test is over."""
        for _ in range(times):
            self.wfile.write(piece)
            self.wfile.flush()
            if self.closing.wait(pause):
                return

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
    Mirror.meeting = threading.Barrier(2)
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


@pytest.mark.parametrize(
    "manner",
    ["good", "plain", "recovering", "slow", "chunked", "redirecting", "promising", "boasting"],
)
def test_the_file_is_fetched_once_and_kept(mirror: str, manner: str, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet" / "there"
    announced: list[str] = []
    for _ in range(2):
        content = obtain(
            KNOWN, folder, [f"{mirror}{manner}/"], patience=HASTE, announce=announced.append
        )
        assert content == CONTENT
    assert Mirror.asked.pop("good", 1) == 1
    assert Mirror.asked.get(manner, 1) == (2 if manner == "recovering" else 1)
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
        ("bomb", "got more bytes; expected 1032", 1),
        ("claiming", "sent more than 2057 bytes", 1),
        ("silent", "gave no answer (timed out)", 2),
        ("nonsense", "gave no answer (good day", 2),
        ("hanging_up", "gave no answer (Remote end closed connection without response)", 2),
        ("circling", "answered 302 ", 1),
        ("steering", "answered 404 ?[2Jgone gone", 1),
    ],
)
def test_a_bad_mirror_is_left_for_a_good_one(
    mirror: str, manner: str, said: str, asked: int, tmp_path: Path
) -> None:
    bad, good = f"{mirror}{manner}/", f"{mirror}good/"
    assert obtain(KNOWN, tmp_path, [bad, good], patience=HASTE) == CONTENT
    if manner != "circling":
        assert Mirror.asked == {manner: asked, "good": 1}

    empty = tmp_path / "empty"
    with pytest.raises(DataError) as caught:
        obtain(KNOWN, empty, [bad, f"{mirror}absent/"], patience=HASTE, advice="buy a book")
    message = str(caught.value)
    first, *mirrors = message.split("\n")
    assert first == "digits.gz: got it from no mirror; expected one of 2 to have it; buy a book"
    assert len(mirrors) == 2, "one line for each, whatever they say"
    assert mirrors[0].startswith(f"  {bad}digits.gz: ")
    assert said in mirrors[0]
    assert f"(asked {asked} times)" in mirrors[0] or asked == 1
    assert len(mirrors[0]) < 500
    assert mirrors[1] == f"  {mirror}absent/digits.gz: answered 404 Not Found (asked once)"
    assert not empty.exists(), "nothing is written before it has been verified"


@pytest.mark.parametrize("manner", ["dripping", "dripping_header", "interim", "trailing"])
def test_a_mirror_that_never_comes_to_an_end_is_given_up(
    mirror: str, manner: str, tmp_path: Path
) -> None:
    """No single wait is long in these: only the clock ends them."""
    with pytest.raises(DataError, match=r"digits.gz: took more than 0.5 s \(asked once\)$"):
        obtain(KNOWN, tmp_path, [f"{mirror}{manner}/"], patience=NO_TIME)
    assert Mirror.asked == {manner: 1}, "it has had its time"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("file://{folder}/digits.gz", "answered 302 "),
        ("data:,digits", "answered 302 "),
        ("ftp://127.0.0.1:9/digits.gz", "gave no answer (unknown url type: ftp)"),
        ("http://[::1/digits.gz", "gave no answer (Invalid IPv6 URL)"),
        (f"http://{70 * 'a'}/digits.gz", "gave no answer ("),
        ("http://127.0.0.1:port/digits.gz", "gave no answer (nonnumeric port: 'port')"),
        ("http://127.0.0.1:9/\x01", "gave no answer ("),
        ("//", "answered 302 The HTTP server returned"),
    ],
)
def test_a_redirection_leads_to_another_mirror_or_nowhere(
    mirror: str, where: str, said: str, tmp_path: Path
) -> None:
    """Least of all to a file of this machine, even if it is the right one."""
    (tmp_path / "digits.gz").write_bytes(gzip.compress(CONTENT))
    lure = where.format(folder=tmp_path).encode().hex()
    with pytest.raises(DataError, match=rf"digits.gz: {re.escape(said)}"):
        obtain(KNOWN, tmp_path / "cache", [f"{mirror}luring/{lure}/"], patience=HASTE)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "manner",
    ["large", "large_lying", "large_bomb", "claiming", "bomb", "burying", "endless"],
)
def test_no_mirror_makes_more_be_held_than_is_said(
    mirror: str, manner: str, tmp_path: Path
) -> None:
    tracemalloc.start()
    try:
        with contextlib.suppress(DataError):
            obtain(LARGE_KNOWN, tmp_path, [f"{mirror}{manner}/"], patience=HASTE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert present(tmp_path / "digits.gz") == (manner == "large")
    # Beside the copies a piece of 1 MiB or two, in the reader and in the mirror of this test.
    assert peak < COPIES_HELD * len(LARGE) + 3 * 2**20
    assert manner != "large" or peak > 2 * len(LARGE), "the figure says something"


def test_how_a_download_goes_on_is_told_where_it_was_asked_for(mirror: str, tmp_path: Path) -> None:
    told: list[tuple[int, int | None, threading.Thread]] = []

    def watch(come: int, promised: int | None) -> None:
        told.append((come, promised, threading.current_thread()))

    obtain(KNOWN, tmp_path, [f"{mirror}slow/"], patience=HASTE, watch=watch)
    assert told, "the slow mirror takes longer than the time between two looks"
    size = len(gzip.compress(CONTENT))
    assert all(0 <= come <= size and promised in (size, None) for come, promised, _ in told)
    assert {thread for _, _, thread in told} == {threading.main_thread()}


def test_the_patience_of_refnet_is_bounded() -> None:
    assert PATIENCE.total <= 600.0
    assert PATIENCE.silence * PATIENCE.attempts < PATIENCE.total


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
        obtain(KNOWN, tmp_path, [f"{mirror}broken/"], patience=Patience(1, 9, 4, 0.5))
    assert pauses == [0.5, 1.0, 2.0]


def test_no_pause_is_begun_that_would_outlast_the_patience(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with pytest.raises(DataError, match="asked 2 times"):
        obtain(KNOWN, tmp_path, [f"{mirror}broken/"], patience=Patience(1, 10, 4, 6.0))
    assert pauses == [6.0]


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


FETCH = """
import hashlib, sys
from pathlib import Path
from refnet.datasets.fetch import KnownFile, obtain
url, folder, size, digest = sys.argv[1:]
known = KnownFile("digits.gz", int(size), digest)
print(hashlib.sha256(obtain(known, Path(folder), [url])).hexdigest())
"""


def test_two_processes_at_once_both_get_it_and_leave_one_file(mirror: str, tmp_path: Path) -> None:
    arguments = [f"{mirror}together/", str(tmp_path), str(KNOWN.size), KNOWN.sha256]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FETCH, *arguments], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    got = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert got == [KNOWN.sha256] * 2
    assert Mirror.asked == {"together": 2}, "neither found the file of the other"
    assert verified_content(tmp_path / KNOWN.name, KNOWN) == CONTENT
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_full_disk_leaves_what_was_there_and_no_scratch(
    mirror: str, old: bytes | None, tmp_path: Path
) -> None:
    """A limit on the size of files stops a write half way, as a full disk does."""
    path = tmp_path / "digits.gz"
    if old is not None:
        path.write_bytes(old)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    try:
        with pytest.raises(DataError, match=rf"{path}: cannot be written \(File too large\)"):
            obtain(LARGE_KNOWN, tmp_path, [f"{mirror}large/"], patience=HASTE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert present(path) == (old is not None)
    assert old is None or path.read_bytes() == old
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_no_scratch(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / KNOWN.name
    path.write_bytes(b"old")

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os if step == "fsync" else Path, step, full_disk)
    with pytest.raises(DataError, match=rf"{path}: cannot be written \(No space left on device\)"):
        place(path, b"new")
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_a_name_as_long_as_can_be_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / (255 * "a")
    place(path, b"new")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_where_one_may_not_look_has_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Whoever runs the tests may be root, who may look everywhere.
    monkeypatch.setattr(Path, "lstat", refuse)
    assert not present(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"file/digits.gz: cannot be written .*XDG_CACHE_HOME"):
        place(tmp_path / "file" / KNOWN.name, b"new")


@pytest.mark.parametrize("grown", [CONTENT + b"\0", CONTENT[:5] + b"\1" + CONTENT[6:]])
def test_content_of_another_size_is_never_unpacked_beyond_the_known_one(grown: bytes) -> None:
    with pytest.raises(DataError):
        verified_content(gzip.compress(grown), KNOWN)
