"""Networks in files: `save_network` and `load_network`, bit for bit and without pickle.

Lives here: the file format and what can be wrong with a file. It knows networks, nothing of
training.

A file is an .npz, a zip archive of .npy arrays without compression, so that numpy.load opens it
too: `format` and `version`; `activations`, `leaky_slopes`, `cost`, `l2` and `training_size`; then
`weights_1`, `biases_1` and so on. A file is replaced as a whole or not at all. Whatever a file
has in it, nothing of it is run, and no more memory is taken than it has bytes.
"""

import math
import os
import re
import secrets
import struct
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from refnet.activations import activation_by_name
from refnet.arrays import column, describe, matrix
from refnet.checks import check_kind
from refnet.costs import cost_by_name
from refnet.errors import ArgumentError, DataError
from refnet.network import Network
from refnet.parameters import Parameters

FORMAT = "refnet-network"
VERSION = 1
"""The newest version that can be read. A reader of a later one reads all before it."""

_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<type>[<>](?:[fi][48]|U[0-9]{1,3}))', "
    rb"'fortran_order': (?P<fortran_order>False|True), "
    rb"'shape': \((?P<shape>[0-9, ]*)\), \} *\n",
    re.DOTALL,
)
"""The header of an .npy array, version 1.0, as numpy.lib.format writes it; its reader is lenient,
and raises whatever Python's parser does."""

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


def save_network(path: str | Path, network: Network) -> None:
    """Write a network to a file, replacing the file as a whole or not at all.

    Raises ArgumentError for an activation or a cost that has no name in refnet, DataError where
    the file cannot be written; whatever was there before then still is.
    """
    target = _path(path)
    check_kind(network, Network, "network", "make one by refnet.new_network")
    arrays = _arrays(network)
    try:
        with _replacing(target) as temporary, zipfile.ZipFile(temporary, "x") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w") as member:
                    npy.write_array(member, array, version=(1, 0), allow_pickle=False)
    except OSError as error:
        raise DataError(
            f"{target}: got {error.strerror or error}; expected to write a network there; choose "
            "a folder that exists, may be written to and has room"
        ) from error


def load_network(path: str | Path) -> Network:
    """Read a network from a file: the very bits that were saved.

    Raises DataError for a file that is missing, truncated, damaged, foreign, inconsistent, or
    written by a later version.
    """
    source = _path(path)
    try:
        arrays = _members(source)
    except FileNotFoundError as error:
        raise DataError(
            f"{source}: got no such file; expected a network; check the path"
        ) from error
    except _UNREADABLE as error:
        raise DataError(
            f"{source}: got a file that cannot be read ({error}); expected a network as "
            "save_network writes it; it is damaged or something else: save it again"
        ) from error
    _check_format(source, arrays)
    try:
        return _network(arrays)
    except (ArgumentError, KeyError, ValueError) as error:
        raise DataError(
            f"{source}: got a network that contradicts itself ({error}); expected one as "
            "save_network writes it; save it again"
        ) from error


def _path(path: object) -> Path:
    if not isinstance(path, str | Path):
        raise ArgumentError(
            f"path: got {type(path).__name__}; expected a str or a pathlib.Path; name a file"
        )
    return Path(path)


def _arrays(network: Network) -> Mapping[str, NDArray[Any]]:
    for activation in network.activations:
        activation_by_name(activation.name)
    cost_by_name(network.cost.name)
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "version": np.array(VERSION),
        "activations": np.array([activation.name for activation in network.activations]),
        "leaky_slopes": np.array([activation.leaky_slope for activation in network.activations]),
        "cost": np.array(network.cost.name),
        "l2": np.array(float(network.l2)),
        "training_size": np.array(int(network.training_size)),
    }
    layers = zip(network.parameters.weights, network.parameters.biases, strict=True)
    for layer, (w, b) in enumerate(layers, start=1):
        arrays[f"weights_{layer}"] = w
        arrays[f"biases_{layer}"] = b
    return arrays


@contextmanager
def _replacing(target: Path) -> Generator[Path]:
    """Give the name of a new file that takes the target's place once it is written, or goes."""
    # In the same folder, for only within a file system is replacing atomic.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _members(source: Path) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{name!r} is compressed")
            if name in arrays:
                raise ValueError(f"{name!r} occurs twice")
            arrays[name] = _array(archive.read(member))
    return arrays


def _array(data: bytes) -> NDArray[Any]:
    """Read an .npy array, after seeing that it has the bytes that its header speaks of."""
    header = _HEADER.match(data)
    if header is None or 10 + int.from_bytes(header["length"], "little") != header.end():
        raise ValueError("an array with a header that save_network does not write")
    shape = [int(size) for size in header["shape"].split(b",") if size.strip()]
    dtype = np.dtype(header["type"].decode())
    body = data[header.end() :]
    if not body or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError(f"{len(body)} bytes for an array of shape {shape} and type {dtype}")
    # A copy may be written to, and has the byte order of this machine.
    flat = np.frombuffer(body, dtype).astype(dtype.newbyteorder("="))
    by_columns = header["fortran_order"] == b"True"
    return flat.reshape(shape[::-1]).T if by_columns else flat.reshape(shape)


def _check_format(source: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    try:
        marked = str(_value(arrays, "format", "U")) == FORMAT
        version = int(_value(arrays, "version", "i"))
    except (KeyError, ValueError):
        marked, version = False, 0
    if not marked:
        raise DataError(
            f"{source}: got an archive without the mark {FORMAT!r}; expected a network as "
            "save_network writes it; this file holds something else"
        )
    if not 1 <= version <= VERSION:
        raise DataError(
            f"{source}: got version {version} of the format; expected 1 to {VERSION}; a later "
            "refnet has written it: update refnet"
        )


def _network(arrays: Mapping[str, NDArray[Any]]) -> Network:
    names = _list(arrays, "activations", "U")
    slopes = _list(arrays, "leaky_slopes", "f")
    layers = range(1, len(names) + 1)
    known = {f"{kind}_{layer}" for kind in ("weights", "biases") for layer in layers}
    unknown = set(arrays) - known - _NOT_PARAMETERS
    if unknown:
        raise ValueError(f"an array {min(unknown)!r} of no layer")
    return Network(
        Parameters(
            tuple(matrix(arrays[f"weights_{layer}"]) for layer in layers),
            tuple(column(arrays[f"biases_{layer}"]) for layer in layers),
        ),
        tuple(
            activation_by_name(str(name), float(slope))
            for name, slope in zip(names, slopes, strict=True)
        ),
        cost_by_name(str(_value(arrays, "cost", "U"))),
        float(_value(arrays, "l2", "f")),
        int(_value(arrays, "training_size", "i")),
    )


def _value(arrays: Mapping[str, NDArray[Any]], name: str, kind: str) -> Any:
    if arrays[name].shape != () or arrays[name].dtype.kind != kind:
        raise ValueError(f"{name} is {describe(arrays[name])}")
    return arrays[name].item()


def _list(arrays: Mapping[str, NDArray[Any]], name: str, kind: str) -> list[Any]:
    if arrays[name].ndim != 1 or arrays[name].dtype.kind != kind:
        raise ValueError(f"{name} is {describe(arrays[name])}")
    return [*arrays[name].tolist()]


_NOT_PARAMETERS = frozenset(
    ("format", "version", "activations", "leaky_slopes", "cost", "l2", "training_size")
)
