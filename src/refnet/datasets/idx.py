"""The IDX format, in which MNIST is distributed: a short header, then unsigned bytes.

Lives here: the reader, for plain and gzip-compressed files alike (told apart by their content, not
by their name). It knows NumPy and the errors, nothing of MNIST or of networks.

A header is two zero bytes, the code of the element type, the number of dimensions, and each
dimension as four bytes, most significant first. Nothing in a file is believed: the header is
checked before anything is allocated, decompression never yields more than the header claims plus
one byte, and the header may never claim more than a cap. Every defect is a DataError.
"""

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from refnet.errors import DataError
from refnet.files import refuse_unless_regular

CAP = 64 * 2**20
"""Most bytes that a file may hold, decompressed: the largest file of MNIST holds 47,040,016."""

MOST_DIMENSIONS = 3
"""Images are (samples, rows, columns): nothing refnet reads has more dimensions."""

UNSIGNED_BYTE = 0x08
_OTHER_TYPES = {
    0x09: "signed byte",
    0x0B: "two-byte integer",
    0x0C: "four-byte integer",
    0x0D: "four-byte float",
    0x0E: "eight-byte float",
}
_GZIP_MAGIC = b"\x1f\x8b"
# A read of n bytes reserves n bytes at once: small pieces keep a lying header cheap.
_PIECE = 2**20


def read_idx(source: Path | bytes, name: str = "", *, cap: int = CAP) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, compressed or not, from a path or from memory.

    `name` stands in messages for the source, `cap` is the most bytes it may hold decompressed.
    The shape is that of the header. Raises DataError for whatever is wrong with the file.
    """
    return parse_idx(read_content(source, name, cap=cap))


def read_content(source: Path | bytes, name: str = "", *, cap: int = CAP) -> bytes:
    """Return the decompressed content of an IDX file, header included, neither short nor long.

    This is what a digest is taken of: unlike the compressed file it is the same everywhere.
    Raises DataError for whatever is wrong with the file.
    """
    if isinstance(source, bytes):
        return _read_stream(io.BytesIO(source), name or "IDX content", cap)
    try:
        refuse_unless_regular(source)
        with source.open("rb") as file:
            return _read_stream(file, name or str(source), cap)
    except OSError as error:
        raise DataError(
            f"{source}: cannot be read ({error.strerror or error}); expected an IDX file; "
            "check the path and its permissions"
        ) from error


def parse_idx(content: bytes) -> NDArray[np.uint8]:
    """Give content that `read_content` has checked its shape; the array is read-only.

    Raises DataError for a damaged header or a wrong length.
    """
    shape = _shape(io.BytesIO(content), "IDX content")
    start = _header_size(len(shape))
    if len(content) != start + math.prod(shape):
        raise DataError(
            f"IDX content: got {len(content)} bytes; expected {start + math.prod(shape)} for "
            f"shape {shape}; read it with read_content, which says what is wrong"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _read_stream(file: BinaryIO, name: str, cap: int) -> bytes:
    compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    file.seek(0)
    if not compressed:
        return _read_plain(file, name, cap)
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            return _read_plain(cast(BinaryIO, unpacked), name, cap)
    # BadGzipFile is an OSError; EOFError is gzip's word for a file that ends too early.
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(
            f"{name}: got gzip data that cannot be decompressed ({error}); expected a whole "
            "gzip file and nothing after it; fetch the file again"
        ) from error


def _read_plain(file: BinaryIO, name: str, cap: int) -> bytes:
    shape = _shape(file, name)
    start = _header_size(len(shape))
    claimed = start + math.prod(shape)
    if claimed > cap:
        raise DataError(
            f"{name}: got a header that claims {claimed} bytes (dimensions {shape}); expected at "
            f"most {cap}; this is no file of MNIST, or its header is damaged: fetch it again"
        )
    file.seek(0)
    content = bytearray()
    while len(content) <= claimed:
        # One byte more than claimed, so that bytes behind the end are noticed.
        piece = file.read(min(_PIECE, claimed + 1 - len(content)))
        if not piece:
            break
        content += piece
    if len(content) != claimed:
        got = f"only {len(content)}" if len(content) < claimed else "more"
        raise DataError(
            f"{name}: got {got} bytes; expected {claimed}, as its header claims (dimensions "
            f"{shape}); the file is {'truncated' if len(content) < claimed else 'too long'}: "
            "fetch it again"
        )
    return bytes(content)


def _header_size(dimensions: int) -> int:
    return 4 + 4 * dimensions


def _shape(file: BinaryIO, name: str) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(
            f"{name}: got first bytes {magic.hex(' ') or '(none)'}; expected the two zero bytes, "
            "type and number of dimensions with which an IDX file begins; this is another "
            "format, or a page that says why the file cannot be had"
        )
    element, dimensions = magic[2], magic[3]
    if element != UNSIGNED_BYTE:
        raise DataError(
            f"{name}: got elements of type 0x{element:02x} "
            f"({_OTHER_TYPES.get(element, 'unknown')}); expected 0x08, unsigned bytes; convert "
            "the file, or check that it is the one that was meant"
        )
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise DataError(
            f"{name}: got {dimensions} dimensions; expected 1 (labels) to {MOST_DIMENSIONS} "
            "(images); check that it is the file that was meant"
        )
    header = file.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise DataError(
            f"{name}: got a header of {4 + len(header)} bytes; expected "
            f"{_header_size(dimensions)} for {dimensions} dimensions; the file is truncated: "
            "fetch it again"
        )
    shape = tuple(int.from_bytes(header[at : at + 4], "big") for at in range(0, 4 * dimensions, 4))
    if 0 in shape:
        raise DataError(
            f"{name}: got dimensions {shape}; expected at least 1 of each; the file holds "
            "nothing: check that it is the one that was meant"
        )
    return shape
