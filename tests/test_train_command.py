"""`refnet train`: what is asked for is what is trained, shown and kept."""

import io
import itertools
import re
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from refnet import sgd
from refnet.arrays import labels, matrix
from refnet.cli import main
from refnet.commands.keeping import Keeper
from refnet.commands.progress import Display
from refnet.datasets import mnist
from refnet.datasets.mnist import Mnist
from refnet.datasets.samples import Samples
from refnet.evaluation import count_correct
from refnet.network import Network, new_network
from refnet.sgd import EpochReport, TrainingOptions, steps, train, training
from refnet.storage import load_network
from refnet.threads import ONE_THREAD

BRIEF = ("train", "--epochs", "3", "--batch", "7", "--eta", "0.5", "--hidden", "8")


def drawn(count: int, seed: int) -> Samples:
    """Draw samples of three classes that a small network can tell apart."""
    generator = np.random.default_rng(seed)
    digits = generator.integers(0, 3, count)
    x = generator.standard_normal((6, count)) * 0.3
    x[digits, np.arange(count)] += 1.0
    return Samples(matrix(x), labels(digits, 3), 3)


SMALL = Mnist(drawn(60, 1), drawn(20, 2), drawn(1500, 3))


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small samples be MNIST."""

    def load(*_: object) -> Mnist:
        return SMALL

    monkeypatch.setattr(mnist, "load_mnist", load)


def trained(
    epochs: int = 3, seed: int = 0, hidden: tuple[int, ...] = (8,), l2: float = 5.0
) -> Network:
    """Train directly what `BRIEF` trains by the command."""
    generator = np.random.default_rng(seed)
    network = new_network((6, *hidden, 3), generator, l2=l2, training_size=60)
    options = TrainingOptions(epochs, 7, 0.5)
    return train(network, SMALL.training, SMALL.validation, options, generator).network


def same(one: Network, other: Network) -> bool:
    """Tell whether two networks have the same parameters to the last bit."""
    pairs = zip(
        (*one.parameters.weights, *one.parameters.biases),
        (*other.parameters.weights, *other.parameters.biases),
        strict=True,
    )
    return all(np.array_equal(a, b) for a, b in pairs)


def test_it_says_what_it_trains_each_epoch_and_how_it_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(BRIEF) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    first, titles, *epochs, last, _ = [*shown.out.split("\n")]
    assert first == (
        "6-8-3, relu and softmax, categorical_cross_entropy, he initialisation, L2 5; "
        "3 epochs, batches of 7, eta 0.5, seed 0, MNIST"
    ), "one line, however narrow the terminal that is not there"
    assert titles.split("  ") == [
        "epoch",
        "training cost",
        "validation cost",
        "validation accuracy",
        "seconds",
    ]
    figures = [line.split() for line in epochs if not line.startswith("       ! ")]
    assert [line[0] for line in figures] == ["1", "2", "3"]

    network = trained()
    cost = network.cost_of(SMALL.training.x, SMALL.training.targets)
    assert figures[-1][1] == f"{cost:.4f}"
    right = count_correct(network.feedforward(SMALL.test.x).outputs, SMALL.test.labels)
    assert last.startswith(f"test accuracy {100 * right / 1500:.2f} %: {right:,} of 1,500 images")
    assert right > 1000, "a network that has learnt nothing would make this test worthless"


def test_what_is_shown_elsewhere_than_on_a_terminal_is_plain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(BRIEF)
    assert "\x1b" not in capsys.readouterr().out


def test_it_trains_what_train_trains(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    assert main([*BRIEF, "--save", str(path)]) == 0
    assert same(load_network(path), trained())
    assert main([*BRIEF, "--save", str(path), "--seed", "5"]) == 0
    assert same(load_network(path), trained(seed=5))
    assert not same(trained(), trained(seed=5))
    assert main([*BRIEF, "--save", str(path), "--epochs", "1", "--l2", "0"]) == 0
    assert same(load_network(path), trained(epochs=1, l2=0.0))


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        (["--hidden", "5,4"], (8, 5, 4)),
        (["--hidden", "5", "--hidden", "4"], (8, 5, 4)),
    ],
)
def test_several_hidden_layers(given: list[str], hidden: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    assert main([*BRIEF, *given, "--save", str(path)]) == 0
    assert load_network(path).sizes == (6, *hidden, 3)


@pytest.mark.parametrize(
    ("given", "activations", "cost"),
    [
        (["--cost", "quadratic"], ("relu", "sigmoid"), "quadratic"),
        (["--cost", "binary_cross_entropy"], ("relu", "sigmoid"), "binary_cross_entropy"),
        (["--cost", "categorical_cross_entropy"], ("relu", "softmax"), "categorical_cross_entropy"),
        (["--cost", "quadratic", "--output", "tanh"], ("relu", "tanh"), "quadratic"),
        (["--activation", "leaky_relu"], ("leaky_relu", "softmax"), "categorical_cross_entropy"),
    ],
)
def test_the_output_follows_the_cost_unless_it_is_named(
    given: list[str], activations: tuple[str, ...], cost: str, tmp_path: Path
) -> None:
    path = tmp_path / "network.npz"
    assert main([*BRIEF, *given, "--eta", "0.1", "--save", str(path)]) == 0
    network = load_network(path)
    assert tuple(activation.name for activation in network.activations) == activations
    assert network.cost.name == cost


def test_the_defaults_are_the_improved_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train"]) == 0
    assert capsys.readouterr().out.startswith(
        "6-100-3, relu and softmax, categorical_cross_entropy, he initialisation, L2 5; "
        "10 epochs, batches of 10, eta 0.05, seed 0, MNIST\n"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--hidden", "0"], "argument --hidden: got '0'; expected a whole number of at least 1"),
        (["--hidden", "30,"], "argument --hidden: got ''; expected a whole number"),
        (["--hidden", "1e3"], "argument --hidden: got '1e3'"),
        (["--epochs", "0"], "argument --epochs: got '0'; expected a whole number of at least 1"),
        (["--epochs", "2.5"], "argument --epochs: got '2.5'"),
        (["--batch", "-1"], "argument --batch: got '-1'; expected a whole number of at least 1"),
        (["--eta", "0"], "argument --eta: got '0'; expected a number above 0"),
        (["--eta", "nan"], "argument --eta: got 'nan'; expected a number above 0"),
        (["--eta", "much"], "argument --eta: got 'much'"),
        (["--l2", "-0.1"], "argument --l2: got '-0.1'; expected a number of at least 0"),
        (["--l2", "inf"], "argument --l2: got 'inf'"),
        (["--eta-decay", "0"], "argument --eta-decay: got '0'; expected a number above 0 and at"),
        (["--eta-decay", "1.5"], "argument --eta-decay: got '1.5'; expected a number above 0 and"),
        (["--patience", "0"], "argument --patience: got '0'; expected a whole number of at least"),
        (["--data", "cifar"], "argument --data: invalid choice: 'cifar'"),
        (["--resume", "nowhere.npz"], "nowhere.npz: got no such file; expected a training"),
        (["--seed", "-3"], "argument --seed: got '-3'; expected a whole number of at least 0"),
        (["--activation", "softmax"], "argument --activation: invalid choice: 'softmax'"),
        (["--cost", "hinge"], "argument --cost: invalid choice: 'hinge'"),
        (["--initializer", "xavier"], "argument --initializer: invalid choice: 'xavier'"),
        (["--output", "softmax", "--cost", "quadratic"], "got quadratic with softmax outputs"),
        (["--save", "nowhere/at/all.npz"], "--save: got nowhere/at/all.npz; expected a file in"),
        (["--save", "."], "--save: got .; expected a file in a folder that exists; name a file"),
    ],
)
def test_a_bad_option_is_refused_in_one_line_before_anything_is_loaded(
    given: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(mnist, "load_mnist")
    assert main(["train", *given]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err


def test_a_folder_that_may_not_be_written_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, _mode: int) -> bool:
        return path != tmp_path

    # Whoever runs the tests may be root, who may write everywhere.
    monkeypatch.setattr("os.access", refuse)
    assert main([*BRIEF, "--save", str(tmp_path / "network.npz")]) == 2
    assert "expected a folder that may be written" in capsys.readouterr().err


def test_a_picture_never_replaces_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "training.png"
    assert main([*BRIEF, "--save", str(path)]) == 0
    kept = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    for given in (["--save", str(path)], ["--resume", str(path), "--epochs", "4"]):
        capsys.readouterr()
        assert main(["train", *given, "--plot", "training.png"]) == 2
        shown = capsys.readouterr()
        assert (shown.out, shown.err.count("\n")) == ("", 1)
        assert "--plot: got training.png, which is the file of the training" in shown.err
        assert path.read_bytes() == kept


@pytest.mark.parametrize("units", ["1" + 15 * "0", "9" * 30])
def test_more_units_than_memory_are_refused_in_one_line(
    units: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BRIEF, "--hidden", units]) == 2
    error = capsys.readouterr().err
    assert "expected layers whose weights fit into memory" in error
    assert error.count("\n") == 1


def test_memory_that_runs_out_later_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError("Unable to allocate 7 TiB")

    monkeypatch.setattr(sgd, "train", exhausted)
    assert main(BRIEF) == 2
    error = capsys.readouterr().err
    assert error.startswith("refnet: got not enough memory (Unable to allocate 7 TiB); expected")
    assert error.count("\n") == 1


def test_a_training_that_runs_away_ends_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--activation", "identity", "--cost", "quadratic", "--output", "identity"]
    assert main([*BRIEF, *given, "--eta", "1e30"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("refnet: training has run away in epoch 1")
    assert error.count("\n") == 1


GO_ON = "; to go on: refnet train --resume {path}\n"


@pytest.mark.parametrize(
    ("after", "saved", "said"),
    [
        (
            2,
            True,
            "interrupted in epoch 3; the network after epoch 2 is kept in {path}" + GO_ON,
        ),
        (2, False, "interrupted in epoch 3; nothing was kept; --save FILE keeps the training aft"),
        (
            0,
            True,
            "interrupted in epoch 1; the network before the first epoch is kept in {path}" + GO_ON,
        ),
    ],
)
def test_ctrl_c_says_what_was_kept_and_how_to_go_on(
    after: int,
    saved: bool,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "network.npz"
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, after)
        assert main([*BRIEF, *(["--save", str(path)] if saved else [])]) == 130
    shown = capsys.readouterr()
    assert said.format(path=path) in shown.out
    assert "test accuracy" not in shown.out
    assert shown.err == ""
    assert path.exists() == saved
    if saved:
        assert same(load_network(path), trained(epochs=2) if after else beginning())
        assert main(["train", "--resume", str(path)]) == 0
        assert same(load_network(path), trained()), "and that is how to go on"


def press_ctrl_c(patch: pytest.MonkeyPatch, after: int) -> None:
    """Send the signal of Ctrl-C in the epoch after this one."""
    descend = steps.descend_through
    epochs = itertools.count()

    def pressed(*arguments: Any) -> Any:
        if next(epochs) == after:
            signal.raise_signal(signal.SIGINT)
        return descend(*arguments)

    patch.setattr(training, "descend_through", pressed)


def beginning() -> Network:
    return new_network((6, 8, 3), np.random.default_rng(0), l2=5.0, training_size=60)


def test_a_network_that_is_there_is_replaced_after_the_first_epoch_and_not_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "network.npz"
    assert main([*BRIEF, "--save", str(path)]) == 0
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, 0)
        assert main([*BRIEF, "--seed", "1", "--save", str(path)]) == 130
    shown = capsys.readouterr().out
    assert f"nothing was kept: {path} is replaced after the first epoch\n" in shown
    assert same(load_network(path), trained())
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, 1)
        assert main([*BRIEF, "--seed", "1", "--save", str(path)]) == 130
    assert same(load_network(path), trained(epochs=1, seed=1))


def test_what_is_no_network_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "thesis.docx"
    path.write_bytes(b"PK\x03\x04 three years of work")
    before = path.read_bytes()
    assert main([*BRIEF, "--save", str(path)]) == 2
    assert f"--save: got {path}, which is there and no network" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_what_was_kept_is_said_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "network.npz"
    main([*BRIEF, "--save", str(path)])
    assert capsys.readouterr().out.endswith(f"the network after epoch 3 is kept in {path}\n")


REPORT = EpochReport(
    epoch=2,
    training_cost=0.25,
    validation_cost=0.5,
    validation_accuracy=0.9575,
    health=(),
    illnesses=("41 % of the units of layer 1 are [dead]: dying ReLU", "the cost rises"),
    seconds=1.25,
)


@pytest.mark.parametrize("terminal", [False, True])
def test_illnesses_stand_below_their_epoch_and_a_terminal_has_a_bar(terminal: bool) -> None:
    file = io.StringIO()
    display = Display(Console(file=file, force_terminal=terminal, width=60), 7)
    with display.running():
        display.epoch(REPORT)
    text = file.getvalue()
    assert ("2/7" in text or "1/7" in text) == terminal
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert (plain != text) == terminal
    expected = (
        "    2         0.2500           0.5000              95.75 %      1.2\n"
        "       ! 41 % of the units of layer 1 are [dead]: dying ReLU\n"
        "       ! the cost rises\n"
    )
    assert all(line in plain for line in expected.splitlines())
    if not terminal:
        assert text.endswith(expected)


@pytest.mark.parametrize("chosen", [False, True])
def test_it_trains_in_one_thread_unless_the_user_says_otherwise(
    chosen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a seed gives another network where there are more cores, and later."""
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    if chosen:
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
    threadpoolctl: Any = import_module("threadpoolctl")
    pools: list[int] = []

    def watched(*arguments: Any) -> Any:
        pools.extend(pool["num_threads"] for pool in threadpoolctl.threadpool_info())
        return train(*arguments)

    monkeypatch.setattr(sgd, "train", watched)
    if not threadpoolctl.threadpool_info():
        pytest.skip("the threads of the library that NumPy multiplies by cannot be counted here")
    with threadpoolctl.threadpool_limits(limits=2):
        assert main(BRIEF) == 0
    assert set(pools) == ({2} if chosen else {1})


def test_nothing_is_said_to_be_replaced_where_nothing_is(tmp_path: Path) -> None:
    """Ctrl-C while the first file is being written."""
    keeper = Keeper(tmp_path / "n.npz", None, {})
    assert keeper.said() == f"nothing is kept in {tmp_path / 'n.npz'} yet"
    (tmp_path / "n.npz").touch()
    assert keeper.said().endswith("is replaced after the first epoch")
    assert keeper.how_to_go_on() == ""
