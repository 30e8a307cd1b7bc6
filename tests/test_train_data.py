"""`refnet train --data`: MNIST, drawn digits, and which of them when one cannot be had."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from refnet.arrays import labels, matrix
from refnet.checkpoints import load_checkpoint
from refnet.cli import main
from refnet.commands.train import INSISTS
from refnet.datasets import drawn, mnist
from refnet.datasets.drawn import drawn_digits
from refnet.datasets.mnist import FILES, FOLDER_VARIABLE, Mnist
from refnet.datasets.samples import Samples
from refnet.errors import DataError
from refnet.storage import load_network

BRIEF = ("train", "--epochs", "2", "--hidden", "5", "--eta", "0.2")

ABSENT = DataError(
    "train-images-idx3-ubyte.gz: got it from no mirror; expected one of 2 to have it; check the "
    "connection, or put them into a folder\n  first mirror: gave no answer\n  second mirror: 404"
)


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "TRAINING", 200)
    monkeypatch.setattr(drawn, "VALIDATION", 40)
    monkeypatch.setattr(drawn, "TEST", 50)
    for variable in (FOLDER_VARIABLE, INSISTS):
        monkeypatch.delenv(variable, raising=False)


def images(count: int, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    return Samples(matrix(rng.random((784, count))), labels(np.arange(count) % 10, 10), 10)


def there(*_: object) -> Mnist:
    return Mnist(images(60, 0), images(20, 1), images(30, 2))


def absent(announce: Callable[[str], None], *_: object) -> Mnist:
    announce("downloading from the first mirror")
    raise ABSENT


def test_without_data_it_is_mnist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mnist, "load_mnist", there)
    for given in ((), ("--data", "mnist")):
        assert main([*BRIEF, *given]) == 0
        out = capsys.readouterr().out
        assert out.partition("\n")[0].endswith(", MNIST")
        assert "of 30 images that it has never seen" in out


def test_drawn_digits_are_drawn_and_nothing_is_loaded_or_said_of_mnist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mnist, "load_mnist", None)
    assert main([*BRIEF, "--data", "drawn"]) == 0
    shown = capsys.readouterr()
    assert shown.out.partition("\n")[0].endswith(", drawn digits")
    assert "of 50 drawn digits that it has never seen" in shown.out
    assert "mnist" not in (shown.out + shown.err).lower()


def test_where_mnist_cannot_be_had_it_is_said_in_one_line_and_drawn_digits_are_trained_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(mnist, "load_mnist", absent)
    assert main([*BRIEF, "--save", str(tmp_path / "n.npz")]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    lines = shown.out.splitlines()
    assert lines[1] == (
        "MNIST cannot be had (train-images-idx3-ubyte.gz: got it from no mirror): going on with "
        "digits that refnet draws itself; --data mnist would insist"
    )
    assert sum("MNIST" in line for line in lines) == 1
    assert lines[2].endswith(", drawn digits")
    assert load_network(tmp_path / "n.npz").sizes == (784, 5, 10)
    checkpoint, settings = load_checkpoint(tmp_path / "n.npz")
    assert settings["data"] == "drawn"
    assert checkpoint.data[0] == drawn_digits().training.digest


def test_whoever_insists_on_mnist_gets_mnist_or_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mnist, "load_mnist", absent)
    assert main([*BRIEF, "--data", "mnist"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("refnet: train-images-idx3-ubyte.gz: got it from no mirror")
    assert "; --data drawn needs no download\n  first mirror: gave no answer\n" in shown.err
    assert "drawn digits" not in shown.out


@pytest.mark.parametrize("content", [None, b"not an image file"])
def test_a_folder_named_for_mnist_that_does_not_have_it_is_named_and_a_network_trained(
    content: bytes | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """`make train` always ends in a trained network, and nobody takes it for one of MNIST."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "mnist"))
    if content is not None:
        (tmp_path / "mnist").mkdir()
        (tmp_path / "mnist" / FILES[0].name).write_bytes(content)
    assert main(BRIEF) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    lines = shown.out.splitlines()
    assert lines[0].startswith(f"MNIST cannot be had ({tmp_path / 'mnist'}")
    assert lines[0].endswith("; --data mnist would insist")
    assert lines[1].endswith(", drawn digits")


@pytest.mark.parametrize("insisting", ["--data mnist", "REFNET_REQUIRE_MNIST=1"])
def test_whoever_insists_is_told_what_is_wrong_with_the_folder(
    insisting: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "mnist"))
    by_option = insisting.startswith("--")
    if not by_option:
        monkeypatch.setenv(*insisting.split("="))
    assert main([*BRIEF, *(insisting.split() if by_option else ())]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert str(tmp_path / "mnist") in shown.err
    assert shown.err.endswith("; --data drawn needs no download\n")
    assert main([*BRIEF, "--data", "drawn"]) == 0, "which does not look into that folder"


def test_going_on_needs_the_data_it_was_begun_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    begun = {name: str(tmp_path / f"{name}.npz") for name in ("drawn", "mnist")}
    monkeypatch.setattr(mnist, "load_mnist", there)
    for name, path in begun.items():
        assert main([*BRIEF, "--data", name, "--save", path]) == 0
    before = {name: Path(path).read_bytes() for name, path in begun.items()}
    capsys.readouterr()

    assert main(["train", "--resume", begun["drawn"], "--data", "mnist"]) == 2
    assert "--data: got mnist; expected drawn, with which" in capsys.readouterr().err
    assert main(["train", "--resume", begun["mnist"], "--data", "drawn"]) == 2
    assert "--data: got drawn; expected mnist, with which" in capsys.readouterr().err
    monkeypatch.setattr(mnist, "load_mnist", absent)
    assert main(["train", "--resume", begun["mnist"]]) == 2, "not with drawn digits instead"
    error = capsys.readouterr().err
    assert "got it from no mirror" in error
    assert "--data drawn" not in error, "which would be refused"
    monkeypatch.setattr(drawn, "TRAINING", 210)
    assert main(["train", "--resume", begun["drawn"], "--epochs", "3"]) == 2
    assert capsys.readouterr().err.startswith("refnet: ")
    monkeypatch.setattr(drawn, "TRAINING", 200)
    monkeypatch.setattr(drawn, "drawn_digits", lambda: drawn_digits(seed=1))
    assert main(["train", "--resume", begun["drawn"], "--epochs", "3"]) == 2
    error = capsys.readouterr().err
    assert "got other samples than the training was begun with" in error
    assert error.count("\n") == 1
    assert before == {name: Path(path).read_bytes() for name, path in begun.items()}
