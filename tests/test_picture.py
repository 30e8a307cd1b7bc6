"""`refnet train --plot`: asked for it is drawn, what cannot be is refused at once, and it is no
burden to those who do not ask.
"""

import io
import os
import re
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from refnet.arrays import labels, matrix
from refnet.cli import main
from refnet.commands.download import download_bar
from refnet.datasets import drawn as drawing
from refnet.datasets import mnist
from refnet.datasets.mnist import Mnist
from refnet.datasets.samples import Samples

BRIEF = ("train", "--epochs", "2", "--hidden", "5", "--eta", "0.1")


def drawn(count: int, seed: int) -> Samples:
    """Draw samples of three classes that a small network can tell apart."""
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, 3, count)
    x = generator.standard_normal((6, count)) * 0.3
    x[chosen, np.arange(count)] += 1.0
    return Samples(matrix(x), labels(chosen, 3), 3)


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small samples be MNIST."""
    small = Mnist(drawn(60, 1), drawn(20, 2), drawn(30, 3))

    def load(*_: object) -> Mnist:
        return small

    monkeypatch.setattr(mnist, "load_mnist", load)


def test_the_picture_is_drawn_and_its_place_said(
    small_data: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "picture.png"
    assert main([*BRIEF, "--plot", str(path)]) == 0
    assert struct.unpack(">II", path.read_bytes()[16:24]) == (3200, 1800)
    assert capsys.readouterr().out.endswith(f"the picture of the training is in {path}\n")


@pytest.mark.parametrize(
    ("data", "samples"), [("mnist", "MNIST test images"), ("drawn", "drawn digits")]
)
def test_the_picture_says_which_digits_they_are(
    data: str, samples: str, small_data: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise an accuracy on drawn digits would pass for one on MNIST."""
    said: list[object] = []

    def keep(*arguments: object) -> None:
        said.append(arguments[-1])

    monkeypatch.setattr("refnet.plotting.plot_training", keep)
    monkeypatch.setattr(drawing, "drawn_digits", mnist.load_mnist)
    assert main([*BRIEF, "--data", data, "--plot", str(tmp_path / "picture.png")]) == 0
    assert said == [samples]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("picture.jpg", "expected a file name that ends in .png, .pdf or .svg; rename it"),
        ("absent/picture.png", "expected a file in a folder that exists; make"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_anything_is_loaded(
    name: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(mnist, "load_mnist")
    assert main([*BRIEF, "--plot", str(tmp_path / name)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith(f"refnet: --plot: got {tmp_path / name}; {said}")


def test_without_matplotlib_one_is_told_how_to_get_it_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(mnist, "load_mnist")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main([*BRIEF, "--plot", str(tmp_path / "picture.png")]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.endswith('run pip install "refnet[plot]"\n')


WITHOUT = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules["matplotlib"] = None
import test_picture
from refnet import cli
from refnet.datasets import mnist
small = test_picture.drawn(40, 1)
mnist.load_mnist = lambda *_: mnist.Mnist(small, small, small)
print(cli.main(test_picture.BRIEF), "refnet.plotting" in sys.modules)
"""


def test_without_the_option_nothing_is_asked_of_matplotlib() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0 False"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_download_is_shown_on_a_terminal_and_nowhere_else(terminal: bool) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=80)
    with download_bar(console) as watch:
        for come, promised in ((0, None), (500_000, 2_000_000), (1_000_000, 2_000_000)):
            watch(come, promised)
            time.sleep(0.11)  # rich shows ten times a second
        watch(3, 400)
        time.sleep(0.11)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())
    assert ("1.0/2.0 MB" in plain) == terminal
    assert ("3/400 bytes" in plain) == terminal
    assert terminal or file.getvalue() == ""


def test_a_download_that_is_not_needed_shows_nothing() -> None:
    file = io.StringIO()
    with download_bar(Console(file=file, force_terminal=True, width=80)):
        time.sleep(0.11)
    assert re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\s", "", file.getvalue()) == ""
