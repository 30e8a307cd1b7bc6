"""Arrays in a file: replaced as a whole or not at all, and read with suspicion.

Lives here: the .npz format, a zip archive of .npy arrays without compression, so that numpy.load
opens it too, and what can be wrong with one. It knows arrays by name, nothing of what they mean.

Whatever a file has in it, nothing of it is run, and no more memory is taken than it has bytes. A
process that is killed while it writes leaves the old file as it was, and beside it a temporary
one, which the next one to write there takes away.
"""

import math
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from refnet.arrays import describe
from refnet.errors import ArgumentError, DataError
from refnet.files import refuse_unless_regular, replacing, sweep

Arrays = Mapping[str, NDArray[Any]]

_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<type>\|u1|[<>](?:[fi][48]|U[0-9]{1,3}))', "
    rb"'fortran_order': (?P<fortran_order>False|True), "
    rb"'shape': \((?P<shape>[0-9, ]*)\), \} *\n",
    re.DOTALL,
)
"""The header of an .npy array, version 1.0, as numpy.lib.format writes it; its reader is lenient,
and raises whatever Python's parser does."""

_END = b"PK\5\6"
_END_SIZE = 22
"""How the end of a zip archive without a comment begins, and the bytes that it takes."""

_UNREADABLE = (
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,  # a method of compression or a version of zip that does not exist
    OSError,
    RuntimeError,  # an encrypted member
    ValueError,
)
"""What zipfile raises on damaged bytes, and `_array`."""


def write_arrays(target: Path, arrays: Arrays, what: str) -> None:
    """Write arrays to a file, replacing it as a whole or not at all; `what` they are is for errors.

    Raises DataError where the file cannot be written; whatever was there before then still is.
    """
    try:
        sweep(target)
        with replacing(target) as file, zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w") as member:
                    npy.write_array(member, array, version=(1, 0), allow_pickle=False)
    except OSError as error:
        raise DataError(
            f"{target}: got {error.strerror or error}; expected to write a {what} there; choose "
            "a folder that exists, may be written to and has room"
        ) from error


def read_arrays(source: Path, what: str) -> dict[str, NDArray[Any]]:
    """Read all arrays of a file: the very bits that were written.

    Raises DataError for a file that is missing, truncated, damaged or no such archive.
    """
    try:
        return _members(source)
    except FileNotFoundError as error:
        raise DataError(f"{source}: got no such file; expected a {what}; check the path") from error
    except _UNREADABLE as error:
        raise DataError(
            f"{source}: got a file that cannot be read ({error}); expected a {what} as refnet "
            "saves it; it is damaged or something else: take another, or save a new one"
        ) from error


def checked_path(path: object) -> Path:
    """Return what names a file as a Path. Raises ArgumentError for anything else."""
    if not isinstance(path, str | Path):
        raise ArgumentError(
            f"path: got {type(path).__name__}; expected a str or a pathlib.Path; name a file"
        )
    return Path(path)


def value_of(arrays: Mapping[str, NDArray[Any]], name: str, kind: str) -> Any:
    """Return the value of an array of rank 0 of a kind; raises KeyError and ValueError."""
    if arrays[name].shape != () or arrays[name].dtype.kind != kind:
        raise ValueError(f"{name} is {describe(arrays[name])}")
    return arrays[name].item()


def list_of(arrays: Mapping[str, NDArray[Any]], name: str, kind: str) -> list[Any]:
    """Return the values of an array of rank 1 of a kind; raises KeyError and ValueError."""
    if arrays[name].ndim != 1 or arrays[name].dtype.kind != kind:
        raise ValueError(f"{name} is {describe(arrays[name])}")
    return [*arrays[name].tolist()]


def _members(source: Path) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    refuse_unless_regular(source)
    with source.open("rb") as file, zipfile.ZipFile(file) as archive:
        _refuse_more_than(archive, file)
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{name!r} is compressed")
            if name in arrays:
                raise ValueError(f"{name!r} occurs twice")
            arrays[name] = _array(archive.read(member))
    return arrays


def _refuse_more_than(archive: zipfile.ZipFile, file: IO[bytes]) -> None:
    """Raise ValueError for bytes before or after an archive, which zipfile passes over.

    As many as come before the archive it adds to the places of the members.
    """
    before = min((member.header_offset for member in archive.infolist()), default=0)
    file.seek(-_END_SIZE, os.SEEK_END)
    if before or not file.read().startswith(_END):
        raise ValueError("bytes before or after the archive")


def _array(data: bytes) -> NDArray[Any]:
    """Read an .npy array, after seeing that it has the bytes that its header speaks of."""
    header = _HEADER.match(data)
    if header is None or 10 + int.from_bytes(header["length"], "little") != header.end():
        raise ValueError("an array with a header that refnet does not write")
    shape = [int(size) for size in header["shape"].split(b",") if size.strip()]
    dtype = np.dtype(header["type"].decode())
    body = data[header.end() :]
    if not body or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError(f"{len(body)} bytes for an array of shape {shape} and type {dtype}")
    # A copy may be written to, and has the byte order of this machine.
    flat = np.frombuffer(body, dtype).astype(dtype.newbyteorder("="))
    by_columns = header["fortran_order"] == b"True"
    return flat.reshape(shape[::-1]).T if by_columns else flat.reshape(shape)
