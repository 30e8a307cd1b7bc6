"""`refnet train --resume`: it goes on with what was kept, and with nothing else."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from refnet.checkpoints import load_checkpoint, save_checkpoint
from refnet.cli import main
from refnet.commands.progress import Display
from refnet.datasets import drawn
from refnet.network import Network
from refnet.sgd import best_epoch
from refnet.storage import load_network, save_network

BRIEF = ("train", "--data", "drawn", "--hidden", "5", "--batch", "20", "--eta", "0.2")


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "TRAINING", 200)
    monkeypatch.setattr(drawn, "VALIDATION", 40)
    monkeypatch.setattr(drawn, "TEST", 50)


def bits(network: Network) -> list[bytes]:
    return [a.tobytes() for a in (*network.parameters.weights, *network.parameters.biases)]


def begun(path: Path, *given: str, epochs: int = 2) -> Path:
    assert main([*BRIEF, *given, "--epochs", str(epochs), "--save", str(path)]) == 0
    return path


def test_more_epochs_give_what_as_many_in_one_go_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = begun(tmp_path / "whole", epochs=5)
    path = begun(tmp_path / "part")
    told = capsys.readouterr().out
    assert main(["train", "--resume", str(path), "--epochs", "5"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("784-5-10, relu and softmax, categorical_cross_entropy, he initial")
    assert "; 5 epochs, batches of 20, eta 0.2, seed 0, drawn digits" in shown[0]
    assert shown[1] == f"going on with {path} after epoch 2"
    figures = [line.split() for line in shown[3:] if not line.startswith("       ! ")]
    assert [line[0] for line in figures[:3]] == ["3", "4", "5"]
    assert shown[-1] == f"the network after epoch 5 is kept in {path}"
    assert shown[-2] in told.splitlines(), "the test accuracy of both is the same"
    assert bits(load_network(path)) == bits(load_network(whole))


def test_the_whole_command_may_be_repeated_with_resume(tmp_path: Path) -> None:
    path = begun(tmp_path / "t.npz", "--seed", "4", "--cost", "quadratic", "--patience", "3")
    given = ("--seed", "4", "--cost", "quadratic", "--output", "sigmoid", "--patience", "3")
    assert main([*BRIEF, *given, "--epochs", "3", "--resume", str(path)]) == 0
    assert len(load_checkpoint(path)[0].history) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", "ten"),
        ("hidden", ["a"]),
        ("hidden", 5),
        ("eta", None),
        ("l2", {}),
        ("seed", [1]),
        ("batch", True),
        ("output", 3),
        ("patience", "x"),
        ("data", "letters"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    name: str, value: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz", epochs=1)
    checkpoint, settings = load_checkpoint(path)
    save_checkpoint(path, checkpoint, settings | {name: value})
    capsys.readouterr()
    assert main(["train", "--resume", str(path)]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith(f"refnet: {path}: settings: {name}")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--eta", "0.3"], "--eta: got 0.3; expected 0.2"),
        (["--hidden", "5,5"], "--hidden: got 5,5; expected 5"),
        (["--batch", "10"], "--batch: got 10; expected 20"),
        (["--l2", "0"], "--l2: got 0; expected 5"),
        (["--seed", "1"], "--seed: got 1; expected 0"),
        (["--activation", "tanh"], "--activation: got tanh; expected relu"),
        (["--cost", "quadratic"], "--cost: got quadratic; expected categorical_cross_entropy"),
        (["--output", "sigmoid"], "--output: got sigmoid; expected softmax"),
        (["--initializer", "glorot"], "--initializer: got glorot; expected he"),
        (["--eta-decay", "0.5"], "--eta-decay: got 0.5; expected 1"),
        (["--patience", "2"], "--patience: got 2; expected none"),
    ],
)
def test_an_option_that_contradicts_what_was_begun_is_refused(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz", epochs=1)
    before = path.read_bytes()
    capsys.readouterr()
    assert main(["train", "--resume", str(path), *given]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"refnet: {said}, with which {path} was begun; leave {given[0]} o")
    assert shown.err.count("\n") == 1
    assert path.read_bytes() == before


def test_fewer_epochs_than_there_have_been_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz", epochs=3)
    before = path.read_bytes()
    capsys.readouterr()
    assert main(["train", "--resume", str(path), "--epochs", "2"]) == 2
    said, error = capsys.readouterr()
    assert "--epochs: got 2; expected at least 3" in error
    assert said == "", "what it would have done is not told first"
    assert path.read_bytes() == before


def test_a_training_that_has_ended_says_so_and_how_good_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz")
    network = bits(load_network(path))
    told = capsys.readouterr().out.splitlines()
    assert main(["train", "--resume", str(path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[1] == (
        f"the training in {path} has ended after epoch 2; --epochs NUMBER trains more"
    )
    assert shown[-2:] == told[-2:]
    assert bits(load_network(path)) == network


def test_it_goes_on_in_the_same_file_or_in_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz")
    before = path.read_bytes()
    other = tmp_path / "other.npz"
    given = ["train", "--resume", str(path), "--epochs", "3", "--save", str(other)]
    assert main(given) == 0
    assert path.read_bytes() == before
    assert len(load_checkpoint(other)[0].history) == 3
    assert capsys.readouterr().out.endswith(f"the network after epoch 3 is kept in {other}\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "got no such file; expected a training"),
        (b"", "got a file that cannot be read"),
        (b"some text", "got a file that cannot be read"),
        ("network", "got a network without a training to go on with"),
        ("half", "got a file that cannot be read"),
        ("by hand", "got a training without the settings of `refnet train`"),
    ],
)
def test_a_file_that_is_no_training_gives_one_clear_error(
    content: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz", epochs=1)
    if content == "network":
        save_network(path, load_network(path))
    elif content == "half":
        path.write_bytes(path.read_bytes()[:-1000])
    elif content == "by hand":
        save_checkpoint(path, load_checkpoint(path)[0], {"notes": "mine"})
    elif content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    capsys.readouterr()
    assert main(["train", "--resume", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"refnet: {path}: {said}")
    assert shown.err.count("\n") == 1


def test_patience_ends_a_training_early_and_says_which_network_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "t.npz", "--patience", "2", "--eta", "0.5", epochs=60)
    shown = capsys.readouterr().out.splitlines()
    checkpoint, _ = load_checkpoint(path)
    trained, best = len(checkpoint.history), best_epoch(checkpoint.history)
    assert best + 2 == trained < 60
    accuracy = 100.0 * checkpoint.history[best - 1].validation_accuracy
    assert "eta 0.5, patience 2, seed 0" in shown[0]
    assert shown[-3] == (
        f"stopped after epoch {trained}: the validation accuracy has not been above "
        f"{accuracy:.2f} %, that of epoch {best}, since; the network is the one it had then"
    )
    assert shown[-1] == f"the best network, after epoch {best}, is kept in {path}"
    right = float(shown[-2].removeprefix("test accuracy ").partition(" %")[0])
    test = drawn.drawn_digits().test
    outputs = load_network(path).feedforward(test.x).outputs
    assert right == 100.0 * np.mean(outputs.argmax(axis=0) == test.labels)
    assert main(["train", "--resume", str(path), "--epochs", "90"]) == 0
    assert f"the training in {path} has ended after epoch {trained}\n" in capsys.readouterr().out


def test_a_falling_learning_rate_is_said_and_makes_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    falling = begun(tmp_path / "falling.npz", "--eta-decay", "0.5")
    assert "eta 0.2 falling by 0.5 an epoch, seed 0" in capsys.readouterr().out
    assert load_checkpoint(falling)[0].options.learning_rate_decay == 0.5
    assert bits(load_network(falling)) != bits(load_network(begun(tmp_path / "staying.npz")))


def test_the_bar_begins_where_the_training_goes_on() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, force_terminal=True, width=60), 7, finished=4)
    with display.running():
        pass
    assert "4/7" in file.getvalue()
