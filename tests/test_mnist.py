"""MNIST: the canonical files and no others, split as the book splits them."""

import gzip
import hashlib
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from refnet.arrays import labels, matrix
from refnet.datasets import mnist
from refnet.datasets.fetch import KnownFile
from refnet.datasets.mnist import (
    FILES,
    FOLDER_VARIABLE,
    MIRRORS,
    as_samples,
    cache_folder,
    load_mnist,
    split,
)
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, DataError, ShapeError


def idx(values: NDArray[np.uint8]) -> bytes:
    """Write an array as an IDX file."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()


IMAGES = np.arange(7 * 2 * 3, dtype=np.uint8).reshape(7, 2, 3) * 6
DIGITS = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)
SMALL = (idx(IMAGES), idx(DIGITS), idx(IMAGES[:2] + 1), idx(DIGITS[:2]))


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> tuple[KnownFile, ...]:
    """Let seven small images be MNIST, and forbid the network."""
    known = tuple(
        KnownFile(file.name, len(content), hashlib.sha256(content).hexdigest())
        for file, content in zip(FILES, SMALL, strict=True)
    )
    monkeypatch.setattr(mnist, "FILES", known)
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/nowhere/",))

    def split_off_three(training: Samples, test: Samples) -> mnist.Mnist:
        return split(training, test, 3)

    monkeypatch.setattr(mnist, "split", split_off_three)
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    return known


def fill(folder: Path, *, compressed: bool = True) -> Path:
    """Put the small files into a folder."""
    folder.mkdir(parents=True)
    for file, content in zip(FILES, SMALL, strict=True):
        if compressed:
            (folder / file.name).write_bytes(gzip.compress(content))
        else:
            (folder / file.name.removesuffix(".gz")).write_bytes(content)
    return folder


def test_pixels_are_bytes_over_255_in_columns_that_lie_in_one_piece() -> None:
    every_byte = np.arange(256, dtype=np.uint8).reshape(16, 4, 4)
    x = as_samples(every_byte, np.zeros(16, np.uint8)).x
    assert x.shape == (16, 16)
    assert np.array_equal(x[:, 3], np.arange(48, 64) / 255.0), "column 3 is image 3, row by row"
    assert (x.min(), x.max()) == (0.0, 1.0)
    assert x.flags.f_contiguous, "gathering columns of another order takes eight times as long"


@pytest.mark.parametrize("compressed", [False, True])
def test_the_last_training_images_validate(
    compressed: bool,
    small_files: tuple[KnownFile, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = fill(tmp_path / "files", compressed=compressed)
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    data = load_mnist()
    assert [len(part) for part in (data.training, data.validation, data.test)] == [4, 3, 2]
    assert data.training.labels.tolist() == [3, 1, 4, 1]
    assert data.validation.labels.tolist() == [5, 9, 2]
    assert data.test.labels.tolist() == [3, 1]
    assert np.array_equal(data.validation.x, IMAGES[4:].reshape(3, 6).T / 255)
    assert np.array_equal(data.test.x, (IMAGES[:2] + 1).reshape(2, 6).T / 255)
    assert data.training.targets.shape == (10, 4)


def test_the_sets_share_memory_with_what_was_split() -> None:
    whole = as_samples(IMAGES, DIGITS)
    data = split(whole, whole, 3)
    assert np.shares_memory(data.training.x, whole.x)
    assert np.shares_memory(data.validation.x, whole.x)


def test_nothing_left_to_train_on_is_refused() -> None:
    whole = as_samples(IMAGES, DIGITS)
    with pytest.raises(ShapeError, match="at least one row and one column"):
        split(whole, whole, 7)


def test_a_label_above_nine_and_a_missing_label_are_refused() -> None:
    with pytest.raises(ArgumentError, match="got 10 at position 1; expected 0 to 9"):
        as_samples(IMAGES[:2], np.array([0, 10], np.uint8))
    with pytest.raises(ShapeError, match="7 samples and 6 labels"):
        as_samples(IMAGES, DIGITS[:6])


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("change", ["absent", "another", "empty"])
def test_a_named_folder_is_never_believed(
    which: int,
    change: str,
    small_files: tuple[KnownFile, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = fill(tmp_path / "files")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    path = folder / FILES[which].name
    if change == "absent":
        path.unlink()
        expected = f"{folder}: got no {path.name}, compressed or not; .* unset {FOLDER_VARIABLE}"
    elif change == "another":
        path.write_bytes(SMALL[which][:-1] + b"\x07")
        expected = f"{path}: got content with SHA-256 .*; expected {small_files[which].sha256}"
    else:
        path.write_bytes(b"")
        expected = f"{path}: got first bytes"
    with pytest.raises(DataError, match=expected):
        load_mnist()


def test_a_file_of_another_data_set_is_refused_before_it_is_unpacked(
    small_files: tuple[KnownFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(tmp_path / "files")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    (folder / FILES[0].name).write_bytes(gzip.compress(idx(np.zeros((99, 2, 3), np.uint8))))
    with pytest.raises(DataError, match="a header that claims 610 bytes"):
        load_mnist()


def test_without_a_named_folder_the_cache_serves(
    small_files: tuple[KnownFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "cache_folder", lambda: tmp_path / "cache")
    fill(tmp_path / "cache")
    announced: list[str] = []
    assert len(load_mnist(announced.append).training) == 4
    assert announced == [], "nothing was downloaded"


def test_where_it_cannot_be_had_one_is_told_how_to_get_it(
    small_files: tuple[KnownFile, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    monkeypatch.setattr(mnist, "cache_folder", lambda: tmp_path / "cache")
    announced: list[str] = []
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with pytest.raises(DataError) as caught:
        load_mnist(announced.append)
    message = str(caught.value)
    assert "train-images-idx3-ubyte.gz: got it from no mirror; expected one of 1" in message
    assert f"name it in {FOLDER_VARIABLE}" in message
    assert "http://127.0.0.1:9/nowhere/train-images-idx3-ubyte.gz: gave no answer" in message
    assert announced == ["downloading http://127.0.0.1:9/nowhere/train-images-idx3-ubyte.gz"]


def test_the_cache_is_the_user_s_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder().parts[-2:] == ("refnet", "mnist")


def test_both_public_mirrors_are_asked_by_https() -> None:
    assert len(MIRRORS) == 2
    assert all(mirror.startswith("https://") and mirror.endswith("/mnist/") for mirror in MIRRORS)


def test_samples_of_the_split_are_the_samples_of_the_whole() -> None:
    x = matrix(np.arange(12.0).reshape(2, 6))
    whole = Samples(x, labels(np.array([0, 1, 2, 0, 1, 2]), 3), 3)
    data = split(whole, whole, 2)
    assert np.array_equal(np.hstack([data.training.x, data.validation.x]), x)
    assert data.training.labels.tolist() + data.validation.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert data.test is whole
