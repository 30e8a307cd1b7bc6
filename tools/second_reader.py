"""A second reader of IDX files, to hold the first one to: small, slow, and sharing nothing with it.

Lives here: the format once more, gzip taken apart by hand (RFC 1952), and `compare`, which reads
bytes by both. It knows the reader under test by its public function alone. The Hypothesis tests
and `make fuzz` both use it, so that what either finds the other can repeat.

Where gzip leaves a choice it is that of Python's module: zeros behind a member are padding, and
the checksum of a header and reserved flags are not looked at.
"""

import gzip
import struct
import zlib

from refnet.datasets.idx import read_idx
from refnet.errors import DataError

CAP = 2**12
"""Most bytes of a file in these comparisons: small, so that inputs reach beyond it."""

EXTRA, NAME, COMMENT, HEADER_CHECKSUM = 4, 8, 16, 2


class Disagreement(Exception):
    """The two readers read the same bytes differently."""


def compare(file: bytes) -> bool:
    """Read bytes by both readers, and tell whether they are a right file.

    Raises Disagreement unless both refuse them or both read the same array; whatever else than
    DataError the reader raises goes through.
    """
    expected = second_opinion(file)
    try:
        array = read_idx(file, cap=CAP)
    except DataError as error:
        if expected is not None:
            raise Disagreement(f"refused ({error}); expected shape {expected[0]}") from error
        return False
    got = (array.shape, array.tobytes())
    if array.dtype.str != "|u1" or got != expected:
        raise Disagreement(f"got {array.dtype} {got}; expected {expected}")
    return True


def second_opinion(file: bytes) -> tuple[tuple[int, ...], bytes] | None:
    """Return shape and elements of an IDX file of unsigned bytes; None if it is not a right one."""
    content = unpacked(file) if file[:2] == b"\x1f\x8b" else file
    if content is None or len(content) > CAP or content[:3] != b"\0\0\x08":
        return None
    dimensions = content[3] if len(content) > 3 else 0
    start = 4 + 4 * dimensions
    if dimensions not in (1, 2, 3) or len(content) < start:
        return None
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    size = 1
    for length in shape:
        size *= length
    return (shape, content[start:]) if size == len(content) - start > 0 else None


def unpacked(file: bytes) -> bytes | None:
    """Return what a gzip file holds, a byte more than CAP at most; None if it is damaged."""
    content = b""
    while file:
        start = header_size(file)
        if start is None:
            return None
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            member = inflater.decompress(file[start:], CAP + 1)
        except zlib.error:
            return None
        content += member
        if len(content) > CAP:
            return content[: CAP + 1]
        behind = inflater.unused_data
        if not inflater.eof or behind[:8] != struct.pack("<II", zlib.crc32(member), len(member)):
            return None
        file = behind[8:].lstrip(b"\0")
    return content


def header_size(file: bytes) -> int | None:
    """Return where the deflated data of a gzip member begin; None if its header is damaged."""
    if len(file) < 10 or file[:3] != b"\x1f\x8b\x08":
        return None
    flags, at = file[3], 10
    if flags & EXTRA:
        at += 2 + int.from_bytes(file[at : at + 2], "little")
    for flag in (NAME, COMMENT):
        if flags & flag:
            at = file.find(b"\0", at) + 1
            if at == 0:
                return None
    if flags & HEADER_CHECKSUM:
        at += 2
    return at


def compose(data: bytes) -> bytes:
    """Make a file of random bytes, often one that is right but for a detail.

    Random bytes are never a gzip file with a right checksum: so the first byte says what is made
    of the others.
    """
    manner, rest = (data[0] % 8, data[1:]) if data else (0, b"")
    if manner >= 4:
        rest = with_header(rest)
    if manner % 4 == 0:
        return rest
    packed = gzip.compress(rest, 1, mtime=0)
    if manner % 4 == 2:
        middle = len(rest) // 2
        packed = gzip.compress(rest[:middle], 1, mtime=0) + gzip.compress(rest[middle:], 1, mtime=0)
    if manner % 4 == 3 and len(data) > 2:
        at = data[1] % len(packed)
        packed = packed[:at] + data[2:3] + packed[at + data[2] % 3 :]
    return packed


def with_header(data: bytes) -> bytes:
    """Put a header before random bytes that fits their number, give or take what they say."""
    if len(data) < 3:
        return data
    rows, excess, body = data[0] % 4, data[1], data[2:]
    shape = [len(body)] if rows == 0 else [rows, len(body) // rows]
    if excess >= 128:
        shape.insert(excess % len(shape), 1)
    shape[0] += (excess % 128) // 126
    element = excess if excess % 32 == 31 else 8
    return bytes([0, 0, element, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + body
