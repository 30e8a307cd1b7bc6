"""Storage: the very bits that were saved, or one clear error; never half a file."""

import errno
import io
import os
import stat
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refnet.activations import ACTIVATIONS, Activation, activation_by_name
from refnet.arrays import column, matrix
from refnet.costs import COSTS, cost_by_name
from refnet.errors import ArgumentError, DataError
from refnet.network import Network, new_network
from refnet.parameters import Parameters
from refnet.storage import load_network, save_network

HEADS = [(activation, cost) for cost in COSTS for activation in COSTS[cost].partners]


def small() -> Network:
    return new_network(
        [2, 2, 1],
        np.random.default_rng(0),
        hidden="leaky_relu",
        output="sigmoid",
        cost="quadratic",
        leaky_slope=0.25,
        l2=0.1,
        training_size=7,
    )


def bits(network: Network) -> tuple[Any, ...]:
    """Everything there is to a network; arrays as bytes, for 0.0 equals -0.0."""
    return (
        tuple(w.tobytes() for w in network.parameters.weights),
        tuple(b.tobytes() for b in network.parameters.biases),
        network.sizes,
        tuple((sigma.name, sigma.leaky_slope) for sigma in network.activations),
        network.cost.name,
        network.l2,
        network.training_size,
    )


finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    output, cost = draw(st.sampled_from(HEADS))
    hidden = st.sampled_from([name for name in ACTIVATIONS if name != "softmax"])
    names = [*(draw(hidden) for _ in sizes[2:]), output]
    slope = draw(st.floats(0, 1, exclude_min=True, exclude_max=True))

    def values(rows: int, columns: int) -> Any:
        count = rows * columns
        return np.array(draw(st.lists(finite, min_size=count, max_size=count))).reshape(
            rows, columns
        )

    return Network(
        Parameters(
            tuple(matrix(values(b, a)) for a, b in pairwise(sizes)),
            tuple(column(values(b, 1)) for b in sizes[1:]),
        ),
        tuple(activation_by_name(name, slope) for name in names),
        cost_by_name(cost),
        draw(st.floats(0, 1e308)),
        draw(st.integers(1, 2**62)),
    )


@given(network=networks())
def test_what_is_loaded_is_what_was_saved_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, network: Network
) -> None:
    path = tmp_path_factory.mktemp("round-trip") / "network.npz"
    save_network(path, network)
    assert bits(load_network(path)) == bits(network)


def test_what_is_loaded_computes_the_same_and_may_be_trained_on(tmp_path: Path) -> None:
    network = new_network([4, 5, 3], np.random.default_rng(0))
    save_network(str(tmp_path / "network"), network)
    loaded = load_network(str(tmp_path / "network"))
    x = matrix(np.random.default_rng(1).standard_normal((4, 6)))
    assert np.array_equal(loaded.feedforward(x).outputs, network.feedforward(x).outputs)
    assert all(w.flags.writeable for w in loaded.parameters.weights)
    assert all(w.dtype.isnative for w in loaded.parameters.weights)


def test_weights_in_any_memory_layout_come_back_alike(tmp_path: Path) -> None:
    w = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    for layout in (w, w[:, ::-1], w.copy(order="C")):
        network = Network(
            Parameters((matrix(layout),), (column(np.zeros((2, 1))),)),
            (activation_by_name("identity"),),
            cost_by_name("quadratic"),
        )
        save_network(tmp_path / "n", network)
        assert np.array_equal(load_network(tmp_path / "n").parameters.weights[0], layout)


def test_numpy_opens_a_file_too_and_finds_no_pickle_in_it(tmp_path: Path) -> None:
    save_network(tmp_path / "n.npz", small())
    with np.load(tmp_path / "n.npz", allow_pickle=False) as archive:
        assert str(archive["format"]) == "refnet-network"
        assert np.array_equal(archive["weights_1"], small().parameters.weights[0])


def test_the_same_network_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_network(tmp_path / name, small())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# Replaced as a whole or not at all


def test_a_file_is_replaced_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    save_network(tmp_path / "n.npz", new_network([2, 3], np.random.default_rng(0)))
    save_network(tmp_path / "n.npz", small())
    assert bits(load_network(tmp_path / "n.npz")) == bits(small())
    assert [path.name for path in tmp_path.iterdir()] == ["n.npz"]
    if os.name == "posix":
        umask = os.umask(0)
        os.umask(umask)
        assert stat.S_IMODE((tmp_path / "n.npz").stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize(
    "point", ["numpy.lib.format.write_array", "os.fsync", "pathlib.Path.replace"]
)
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    path = tmp_path / "n.npz"
    save_network(path, small())
    before = path.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(point, full)
    with pytest.raises(DataError, match=r"n\.npz: got No space left on device; expected to write"):
        save_network(path, new_network([2, 3], np.random.default_rng(0)))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == ["n.npz"]


def test_an_interrupted_save_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_network(tmp_path / "n", small())

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_network(tmp_path / "n", new_network([2, 3], np.random.default_rng(0)))
    assert bits(load_network(tmp_path / "n")) == bits(small())
    assert [left.name for left in tmp_path.iterdir()] == ["n"]


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        order.append(f"sync {os.fstat(descriptor).st_size > 1000}")
        fsync(descriptor)

    def replaced(self: Path, target: Path) -> Path:
        order.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    save_network(tmp_path / "n", small())
    assert order == ["sync True", "replace"]


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"got No such file or directory; expected to write a net"):
        save_network(tmp_path / "nowhere" / "n.npz", small())
    with pytest.raises(DataError, match=r"got Is a directory; expected to write a network there"):
        save_network(tmp_path, small())
    assert list(tmp_path.iterdir()) == []


# What is no network


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"n\.npz: got no such file; expected a network; check"):
        load_network(tmp_path / "n.npz")
    with pytest.raises(DataError, match="got a file that cannot be read"):
        load_network(tmp_path)


def test_every_file_cut_short_is_refused(tmp_path: Path) -> None:
    save_network(tmp_path / "whole", small())
    whole = (tmp_path / "whole").read_bytes()
    cut = tmp_path / "cut"
    for length in range(0, len(whole), 5):
        cut.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"cut: got a file that cannot be read \(.*\); expect"):
            load_network(cut)


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.campaign)])
def test_a_changed_bit_is_refused_or_changes_nothing(stride: int, tmp_path: Path) -> None:
    """Zip keeps dates and attributes that say nothing of a network: those may change."""
    save_network(tmp_path / "whole", small())
    whole = (tmp_path / "whole").read_bytes()
    damaged = tmp_path / "damaged"
    refused = 0
    places = range(0, len(whole), stride)
    for position in places:
        changed = bytes([whole[position] ^ 1 << position % 8])
        damaged.write_bytes(whole[:position] + changed + whole[position + 1 :])
        try:
            loaded = load_network(damaged)
        except DataError:
            refused += 1
        else:
            assert bits(loaded) == bits(small()), f"byte {position}"
    assert refused > 0.6 * len(places)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_archive_are_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("foreign") / "n"
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        load_network(path)


def parts() -> dict[str, bytes]:
    """The members of a sound file, each to be replaced."""
    stream = io.BytesIO()
    network = small()
    arrays: dict[str, Any] = {
        "format": np.array("refnet-network"),
        "version": np.array(1),
        "activations": np.array([sigma.name for sigma in network.activations]),
        "leaky_slopes": np.array([sigma.leaky_slope for sigma in network.activations]),
        "cost": np.array(network.cost.name),
        "l2": np.array(network.l2),
        "training_size": np.array(network.training_size),
        "weights_1": network.parameters.weights[0],
        "biases_1": network.parameters.biases[0],
        "weights_2": network.parameters.weights[1],
        "biases_2": network.parameters.biases[1],
    }
    members: dict[str, bytes] = {}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array, (1, 0))
        members[name] = stream.getvalue()
    return members


def npy(array: Any, version: tuple[int, int] = (1, 0)) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version)
    return stream.getvalue()


def header(text: str) -> bytes:
    padded = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


def write(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def test_a_file_put_together_by_hand_is_read(tmp_path: Path) -> None:
    """So that the refusals below are for the one thing that is wrong."""
    assert bits(load_network(write(tmp_path / "n", parts()))) == bits(small())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("format", None, "an archive without the mark 'refnet-network'"),
        ("format", npy("something else"), "an archive without the mark"),
        ("version", None, "an archive without the mark"),
        ("version", npy([1]), "an archive without the mark"),
        ("version", npy("1"), "an archive without the mark"),
        ("version", npy(2), "version 2 of the format"),
        ("version", npy(0), "version 0 of the format"),
        ("activations", None, "contradicts itself .*activations"),
        ("activations", npy("relu"), "contradicts itself"),
        ("activations", npy(["relu"]), "contradicts itself"),
        ("activations", npy(["gelu", "sigmoid"]), "contradicts itself .*got 'gelu'"),
        ("activations", npy(["relu", "softmax"]), "contradicts itself .*quadratic with softmax"),
        ("activations", npy(np.array([], "U4")), "cannot be read"),
        ("leaky_slopes", npy([0.25]), "contradicts itself"),
        ("leaky_slopes", npy([2.0, 0.25]), "contradicts itself .*leaky_slope: got 2.0"),
        ("leaky_slopes", npy(["x", "y"]), "contradicts itself"),
        ("cost", None, "contradicts itself"),
        ("cost", npy("hinge"), "contradicts itself .*cost: got 'hinge'"),
        ("l2", npy(-1.0), "contradicts itself .*l2: got -1.0"),
        ("l2", npy(np.nan), "contradicts itself .*l2: got nan"),
        ("l2", npy([1.0, 2.0]), "contradicts itself"),
        ("training_size", npy(0), "contradicts itself .*training_size: got 0"),
        ("training_size", npy(2.5), "contradicts itself .*training_size"),
        ("weights_1", None, "contradicts itself .*weights_1"),
        ("weights_1", npy(np.zeros((3, 2))), "contradicts itself .*biases of layer 1"),
        ("weights_1", npy(np.zeros((2, 2), np.float32)), "contradicts itself .*float32"),
        ("weights_1", npy(np.full((2, 2), np.nan)), "contradicts itself .*got nan"),
        ("weights_2", npy(np.zeros((1, 3))), "contradicts itself .*weights of layer 2"),
        ("biases_2", npy(np.zeros(1)), "contradicts itself"),
        ("weights_3", npy(np.zeros((1, 1))), "contradicts itself .*'weights_3' of no layer"),
        ("notes", npy("hello"), "contradicts itself .*'notes' of no layer"),
        ("weights_1", b"", "cannot be read"),
        ("weights_1", b"\x80\x04K\x07.", "cannot be read"),
        (
            "weights_1",
            npy(np.zeros((2, 2)), (2, 0)),
            "cannot be read .*a header that refnet does not write",
        ),
        ("weights_1", npy(np.zeros((2, 2)))[:-8], "cannot be read .*24 bytes for an array of sha"),
        ("weights_1", npy(np.zeros((2, 2))) + b"12345678", "cannot be read .*40 bytes for an arr"),
        ("weights_1", npy(np.zeros((2, 2), complex)), "cannot be read .*a header that"),
        (
            "weights_1",
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 9999999), }"),
            "cannot be read .*0 bytes for an array of shape",
        ),
        (
            "weights_1",
            header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }") + b"8 bytes.",
            "cannot be read",
        ),
        (
            "weights_1",
            header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + b"8 bytes.",
            "cannot be read .*a header that",
        ),
        ("weights_1", header("__import__('os')"), "cannot be read"),
        ("weights_1", header("{'descr': '<f8'"), "cannot be read"),
        ("weights_1", header("("), "cannot be read"),
        ("weights_1", npy(np.zeros((2, 0))), "cannot be read .*0 bytes for an array of shape"),
    ],
)
def test_one_thing_wrong_with_a_file_is_said_in_words(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    members = parts()
    members.pop(name, None)
    if content is not None:
        members[name] = content
    path = write(tmp_path / "n.npz", members)
    with pytest.raises(DataError, match=rf"(?s)n\.npz: got .*{message}.*; expected .*; "):
        load_network(path)


def test_an_archive_of_something_else_is_foreign(tmp_path: Path) -> None:
    np.savez(tmp_path / "n.npz", w=np.ones(3))
    with pytest.raises(DataError, match="without the mark 'refnet-network'"):
        load_network(tmp_path / "n.npz")


def test_a_compressed_archive_is_refused_for_it_may_be_larger_than_the_memory(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "n.npz", parts(), zipfile.ZIP_DEFLATED)
    with pytest.raises(DataError, match=r"cannot be read \(.*compressed"):
        load_network(path)


def test_a_member_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "n.npz", parts())
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("l2.npy", npy(9.0))
    with pytest.raises(DataError, match=r"cannot be read \(.*twice"):
        load_network(path)


@pytest.mark.parametrize("path", [None, 3, b"n.npz"])
def test_only_a_path_names_a_file(path: Any) -> None:
    with pytest.raises(ArgumentError, match=r"path: got .*; expected a str or a pathlib\.Path"):
        load_network(path)
    with pytest.raises(ArgumentError, match=r"path: got .*; expected a str or a pathlib\.Path"):
        save_network(path, small())


def test_only_networks_of_known_parts_are_saved(tmp_path: Path) -> None:
    nothing: Any = None
    with pytest.raises(ArgumentError, match="network: got NoneType; expected Network"):
        save_network(tmp_path / "n", nothing)
    own = Activation("gelu", lambda z: z, lambda z: z)
    network = Network(small().parameters, (own, activation_by_name("sigmoid")), small().cost)
    with pytest.raises(ArgumentError, match="activation: got 'gelu'; expected one of"):
        save_network(tmp_path / "n", network)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("around", [(b"x" * 100, b""), (b"", b"y" * 100), (b"", None)])
def test_bytes_before_or_after_the_archive_are_refused(
    tmp_path: Path, around: tuple[bytes, bytes | None]
) -> None:
    """Python's own reader of archives would pass over them."""
    save_network(tmp_path / "n", small())
    whole = (tmp_path / "n").read_bytes()
    before, after = around
    (tmp_path / "n").write_bytes(before + whole + (whole if after is None else after))
    with pytest.raises(
        DataError, match=r"n: got a file that cannot be read .bytes before or after"
    ):
        load_network(tmp_path / "n")


def test_what_never_begins_or_never_ends_is_not_read(tmp_path: Path) -> None:
    """A pipe would keep the reader waiting, and a device would take all memory."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link"):
        with pytest.raises(DataError, match=f"{name}: got a file .* .no regular file but a pipe"):
            load_network(tmp_path / name)
