"""The IDX reader: right files are read exactly, wrong ones end in one clear error, cheaply."""

import gzip
import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

import fuzz
import second_reader
from refnet.datasets.idx import parse_idx, read_content, read_idx
from refnet.errors import DataError
from second_reader import CAP, Disagreement, compare, compose, second_opinion


def idx(*shape: int, content: bytes | None = None, element: int = 8) -> bytes:
    """Write an IDX file, by default with the bytes 0, 1, 2, ... after its header."""
    header = bytes([0, 0, element, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
    count = int(np.prod(shape, dtype=np.int64))
    return header + (bytes(i % 256 for i in range(count)) if content is None else content)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (1,), (300, 2, 1)])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_right_file_is_read_whatever_its_name(
    shape: tuple[int, ...], compressed: bool, tmp_path: Path
) -> None:
    content = gzip.compress(idx(*shape)) if compressed else idx(*shape)
    # The name claims the opposite: what decides is the content.
    path = tmp_path / ("data" if compressed else "data.gz")
    path.write_bytes(content)
    expected = (np.arange(np.prod(shape)) % 256).reshape(shape)
    for source in (path, content):
        array = read_idx(source)
        assert array.dtype == np.uint8
        assert array.shape == shape
        assert np.array_equal(array, expected)


def test_the_content_is_the_same_compressed_or_not() -> None:
    assert read_content(gzip.compress(idx(2, 2), mtime=1)) == read_content(idx(2, 2)) == idx(2, 2)


def test_a_file_of_several_gzip_members_is_one_file() -> None:
    whole = idx(4)
    assert read_content(gzip.compress(whole[:5]) + gzip.compress(whole[5:])) == whole


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "first bytes (none); expected the two zero bytes"),
        (b"\0\0\x08", "first bytes 00 00 08; expected the two zero bytes"),
        (b"<html>no such file</html>", "first bytes 3c 68 74 6d"),
        (b"PK\3\4" + bytes(60), "first bytes 50 4b 03 04"),
        (idx(2, element=0x0D), "type 0x0d (four-byte float); expected 0x08, unsigned bytes"),
        (idx(2, element=0x07), "type 0x07 (unknown)"),
        (b"\0\0\x08\0" + bytes(9), "got 0 dimensions; expected 1 (labels) to 3 (images)"),
        (b"\0\0\x08\xff" + bytes(2000), "got 255 dimensions"),
        (idx(2, 3)[:9], "a header of 9 bytes; expected 12 for 2 dimensions; the file is truncated"),
        (idx(5)[:-1], "only 12 bytes; expected 13, as its header claims"),
        (idx(5)[:8], "only 8 bytes; expected 13"),
        (idx(5) + b"\0", "got more bytes; expected 13, as its header claims (dimensions (5,))"),
        (idx(0, content=b""), "got dimensions (0,); expected at least 1 of each"),
        (idx(3, 0, 3, content=b""), "got dimensions (3, 0, 3)"),
        (idx(0, 2**32 - 1, content=b""), "got dimensions (0, 4294967295)"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_every_defect_is_named_with_the_file(
    content: bytes, message: str, compressed: bool, tmp_path: Path
) -> None:
    path = tmp_path / "broken"
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: got ")
    with pytest.raises(DataError, match=r"^the mirror: got "):
        read_idx(content, "the mirror")


PACKED = gzip.compress(idx(7, 100), mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:1] + b"\x8b",
        PACKED[:5],
        PACKED[:30],
        PACKED[:-9],
        PACKED[:-1],
        PACKED[:2] + b"\x07" + PACKED[3:],
        PACKED[:12] + b"\xff\xff\xff\xff" + PACKED[16:],
        PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:],
        PACKED[:-4] + b"\xff\xff\xff\xff",
        PACKED + b"garbage",
        PACKED + b"\x1f\x8b",
    ],
    ids=[
        "only the magic",
        "header cut",
        "data cut",
        "all of the trailer cut",
        "a byte of the trailer cut",
        "unknown method",
        "damaged data",
        "wrong checksum",
        "wrong length",
        "something behind it",
        "a second member begun",
    ],
)
def test_broken_gzip_data_is_named(content: bytes) -> None:
    with pytest.raises(DataError, match=r"^it: got gzip data that cannot be decompressed"):
        read_idx(content, "it")


def test_no_header_makes_the_reader_allocate() -> None:
    """Sizes of 2^32 - 1, more than the file holds, and a gzip bomb stay cheap."""
    zeros = bytes(2**24)
    bomb = gzip.compress(idx(10, content=zeros), compresslevel=1)
    claims = [
        idx(2**32 - 1, 2**32 - 1, 2**32 - 1, content=b""),
        idx(2**32 - 1, content=b""),
        idx(2**26, content=b"x"),
        idx(2**25, content=b"x"),
        bomb,
    ]
    tracemalloc.start()
    try:
        for claim in claims:
            with pytest.raises(DataError):
                read_content(claim)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20, "a few pieces of 1 MiB are the most that may be held"


@pytest.mark.parametrize("size", [2**20, 2**20 - 1, 2**20 + 1])
def test_bytes_behind_the_end_are_noticed_wherever_the_end_lies(size: int) -> None:
    whole = idx(size - 8, content=bytes(size - 8))
    assert read_content(whole) == whole
    assert read_content(gzip.compress(whole, 1)) == whole
    with pytest.raises(DataError, match="got more bytes"):
        read_content(whole + b"\0")
    with pytest.raises(DataError, match="cannot be decompressed"):
        read_content(gzip.compress(whole, 1)[:-1] + b"\1")


def test_the_cap_is_what_a_file_may_hold_header_included() -> None:
    assert read_content(idx(10), cap=18) == idx(10)
    with pytest.raises(DataError, match=r"claims 18 bytes \(dimensions \(10,\)\); expected at mos"):
        read_content(idx(10), cap=17)


def test_a_path_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError, match=f"^{path}: cannot be read"):
            read_idx(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "labels.gz")
    with pytest.raises(DataError, match=r"labels.gz: cannot be read .no regular file but a pipe"):
        read_content(tmp_path / "labels.gz", cap=100)


def test_content_that_was_never_checked_is_refused_by_the_parser() -> None:
    with pytest.raises(DataError, match="got 14 bytes; expected 13"):
        parse_idx(idx(5) + b"\0")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a right file, compressed or not, with up to three pieces of it changed or left out."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    file = idx(*shape)
    if draw(st.booleans()):
        cut = draw(st.integers(0, len(file)))
        file = b"".join(
            gzip.compress(part, 1, mtime=0) for part in (file[:cut], file[cut:]) if part
        )
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(file)))
        file = file[:at] + draw(st.binary(max_size=3)) + file[at + draw(st.integers(0, 3)) :]
    return file


@example(b"")
@example(b"\x1f\x8b")
@example(PACKED + bytes(3))
@example(PACKED[:3] + b"\x1e" + PACKED[4:10] + b"\2\0xxname\0comment\0cc" + PACKED[10:])
@example(idx(CAP - 8))
@example(idx(CAP - 7))
@example(gzip.compress(idx(CAP - 8) + b"\0", mtime=0))
@given(st.one_of(damaged(), st.binary(max_size=60).map(compose), st.binary(max_size=40)))
def test_two_readers_that_share_nothing_read_alike_or_both_refuse(file: bytes) -> None:
    """Nothing but a DataError or the right array comes out, whatever goes in."""
    compare(file)


def test_the_second_reader_reads_what_the_first_one_should() -> None:
    """It is wrong in another way than the first one, if it is: held to arrays written down."""
    files = [idx(3), idx(2, 2), PACKED, gzip.compress(idx(4)[:5]) + gzip.compress(idx(4)[5:])]
    assert [second_opinion(file) for file in files] == [
        ((3,), b"\0\1\2"),
        ((2, 2), b"\0\1\2\3"),
        ((7, 100), bytes(i % 256 for i in range(700))),
        ((4,), b"\0\1\2\3"),
    ]
    assert second_opinion(idx(3) + b"\0") is None
    assert second_opinion(idx(3)[:-1]) is None


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(1, np.uint8),
        np.arange(3, dtype=np.uint8)[::-1],
        np.arange(3, dtype=np.uint8).reshape(3, 1),
        np.arange(3, dtype=np.int8),
    ],
    ids=["another length", "another order", "another shape", "another type"],
)
def test_a_reader_that_reads_something_else_is_caught(
    array: NDArray[np.generic], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> NDArray[np.generic]:
        return array

    monkeypatch.setattr(second_reader, "read_idx", read)
    with pytest.raises(Disagreement, match="expected"):
        compare(idx(3))


def test_a_reader_that_refuses_what_is_right_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DataError("no")

    monkeypatch.setattr(second_reader, "read_idx", refuse)
    with pytest.raises(Disagreement, match=r"refused \(no\); expected shape \(3,\)"):
        compare(idx(3))
    assert not compare(b"")


def test_what_the_fuzzer_begins_with_takes_every_way_of_making_a_file() -> None:
    seeds = fuzz.seeds().values()
    assert {seed[0] for seed in seeds} == set(range(8))
    assert sum(compare(compose(seed)) for seed in seeds) >= 6


def test_a_python_without_the_fuzzer_is_told_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert fuzz.main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "got no atheris in Python" in shown.err
    assert "expected Python 3.11 to 3.13 on Linux x86_64, for which it has wheels" in shown.err
