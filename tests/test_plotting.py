"""The picture of a training: what it shows is what was, legibly, whatever the network."""

import itertools
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from refnet import plotting
from refnet.arrays import labels, matrix
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, DataError, ShapeError
from refnet.evaluation import accuracy, confusion_matrix
from refnet.network import Network, new_network
from refnet.plotting import plot_training
from refnet.plotting.curves import spread
from refnet.plotting.images import mosaic, side_of
from refnet.plotting.mistakes import worst_mistakes
from refnet.plotting.page import Page
from refnet.sgd import EpochReport, TrainingOptions, train

ROOT = Path(__file__).resolve().parent.parent


def drawn(inputs: int, classes: int, count: int, seed: int) -> Samples:
    """Draw samples of classes that lie apart, but for some of them."""
    centres = np.random.default_rng(99).standard_normal((inputs, classes))
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, classes, count)
    x = centres[:, chosen] + 0.8 * generator.standard_normal((inputs, count))
    return Samples(matrix(x), labels(chosen, classes), classes)


Trained = tuple[Network, tuple[EpochReport, ...], Samples]


def trained(*sizes: int, epochs: int = 3, eta: float = 0.05, **choices: Any) -> Trained:
    """Train a network; return it with its history and the samples to test it on."""
    generator = np.random.default_rng(0)
    training, validation, test = (drawn(sizes[0], sizes[-1], 200, seed) for seed in (1, 2, 3))
    network = new_network(sizes, generator, training_size=len(training), **choices)
    options = TrainingOptions(epochs, 10, eta)
    result = train(network, training, validation, options, generator)
    return result.network, result.history, test


def never_wrong() -> Trained:
    network, history, test = trained(6, 8, 2)
    right = (network.feedforward(test.x).outputs.argmax(axis=0) == test.labels).nonzero()[0]
    return network, history, Samples(matrix(test.x[:, right]), labels(test.labels[right], 2), 2)


def counted_by_thousands(classes: int) -> Trained:
    network, history, _ = trained(17, 9, classes)
    return network, history, drawn(17, classes, 9_000, 3)


def long_and_ill() -> Trained:
    network, history, test = trained(64, 20, 10, epochs=1)
    ill = replace(history[0], illnesses=(20 * "a long complaint " + "; advice", "another"))
    return network, tuple(replace(ill, epoch=epoch) for epoch in range(1, 101)), test


def late() -> Trained:
    """A training that was resumed: its epochs do not begin at 1."""
    network, history, test = trained(64, 20, 10)
    return network, tuple(replace(report, epoch=report.epoch + 40) for report in history), test


SITUATIONS: dict[str, Callable[[], Trained]] = {
    "one hidden layer": lambda: trained(64, 30, 10),
    "three hidden layers": lambda: trained(64, 20, 15, 12, 10, epochs=14),
    "twelve hidden layers": lambda: trained(20, *12 * (8,), 4, hidden="tanh"),
    "no hidden layer": lambda: trained(64, 10),
    "two classes, no images": lambda: trained(6, 8, 2),
    "one input": lambda: trained(1, 3, 2),
    "many units": lambda: trained(64, 130, 10),
    "sixty classes": lambda: trained(17, 5, 60),
    "twelve classes": lambda: trained(17, 9, 12),
    "eight classes of thousands": lambda: counted_by_thousands(8),
    "twelve classes of hundreds": lambda: counted_by_thousands(12),
    "one class": lambda: trained(5, 3, 1, output="sigmoid", cost="binary_cross_entropy"),
    "one epoch": lambda: trained(64, 20, 10, epochs=1),
    "no probabilities": lambda: trained(64, 20, 10, output="sigmoid", cost="quadratic"),
    "nothing moves": lambda: trained(64, 20, 10, eta=1e-300),
    "far too fast": lambda: trained(64, 20, 10, eta=20.0, epochs=8, output="sigmoid",
                                    cost="quadratic", hidden="sigmoid"),
    "a steep cost": lambda: trained(100, 20, 10, eta=1.0, l2=300.0),
    "no mistakes": never_wrong,
    "a hundred epochs with complaints": long_and_ill,
    "resumed": late,
}  # fmt: skip


def page_of(situation: Trained, folder: Path, samples: str = "test samples") -> Any:
    """Draw a situation, and return the figure in the place of writing it."""
    figures: list[Any] = []

    def keep(page: Page, _path: Path) -> None:
        figures.append(page.figure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "write", keep)
        plot_training(folder / "picture.png", *situation, samples)
    return figures[0]


def texts(figure: Any) -> list[Text]:
    """Return every text that is drawn; axes also have names for ticks that are out of sight."""
    seen: list[Text] = []
    draw = Text.draw

    def noting(self: Text, renderer: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            seen.append(self)
        draw(self, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", noting)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    return seen


@pytest.mark.campaign
@pytest.mark.parametrize("name", SITUATIONS)
def test_all_type_can_be_read_at_1600_pixels_and_none_lies_over_another(
    name: str, tmp_path: Path
) -> None:
    figure = page_of(SITUATIONS[name](), tmp_path)
    drawn_texts = texts(figure)
    boxes = [(text.get_text(), text.get_window_extent()) for text in drawn_texts]
    width, height = figure.canvas.get_width_height()
    assert len(boxes) > 20
    assert min(float(text.get_fontsize()) for text in drawn_texts) * 1600 / 16 / 72 >= 11.0
    for text, box in boxes:
        assert 0 <= box.x0 < box.x1 <= width, text
        assert 0 <= box.y0 < box.y1 <= height, text
    # A tenth of a line may be shared: the boxes of type are higher than its letters.
    overlapping = [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5
        and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.1 * min(a.height, b.height)
    ]
    assert overlapping == []


def lines_of(figure: Any, place: int) -> list[list[float]]:
    return [[float(y) for y in line.get_ydata()] for line in figure.axes[place].lines]


def test_the_curves_are_the_history(tmp_path: Path) -> None:
    network, history, test = trained(64, 30, 10)
    figure = page_of((network, history, test), tmp_path, "drawn digits")
    share = 100 * accuracy(network.feedforward(test.x).outputs, test.labels)
    assert lines_of(figure, 0) == [
        [report.training_cost for report in history],
        [report.validation_cost for report in history],
    ]
    assert lines_of(figure, 1) == [
        [100 * report.validation_accuracy for report in history],
        [share],
    ]
    assert lines_of(figure, 2) == [
        [report.health[layer].update_ratio for report in history] for layer in range(2)
    ]
    seen = {text.get_text() for text in texts(figure)}
    assert f"{share:.2f} % of 200 drawn digits are right" in seen
    assert f"validation\n{100 * history[-1].validation_accuracy:.2f} %" in seen
    described = "64-30-10, relu and softmax, categorical cross entropy, after 3 epochs"
    assert described in seen


def test_the_units_that_no_longer_learn_are_shown_layer_by_layer(tmp_path: Path) -> None:
    network, history, test = trained(64, 20, 15, 10)
    shares = [(0.0, 0.3), (0.2, 0.0), (0.1, 0.9)]
    ill = [
        replace(
            report,
            health=tuple(
                replace(layer, dead_share=dead, saturated_share=flat)
                for layer, (dead, flat) in zip(report.health, shares, strict=True)
            ),
        )
        for report in history
    ]
    figure = page_of((network, tuple(ill), test), tmp_path)
    (strips,) = figure.axes[3].images
    # Of the outputs only the dead: saturated ones are what a network gives that has learnt.
    assert np.allclose(strips.get_array(), np.array([3 * [0.3], 3 * [0.2], 3 * [0.1]]))
    assert {"30 %", "20 %", "10 %"} <= {text.get_text() for text in texts(figure)}


def test_every_panel_has_the_epochs_that_there_were(tmp_path: Path) -> None:
    figure = page_of(late(), tmp_path)
    assert [panel.get_xlim() for panel in figure.axes[:4]] == 4 * [(40.5, 43.5)]
    assert figure.axes[3].images[0].get_extent()[:2] == [40.5, 43.5]
    assert [float(x) for x in figure.axes[0].lines[0].get_xdata()] == [41.0, 42.0, 43.0]


def test_the_first_complaint_stands_below_the_title(tmp_path: Path) -> None:
    network, history, test = trained(6, 8, 2)
    ill = replace(history[-1], illnesses=("the cost rises; a smaller eta helps", "so it goes"))
    figure = page_of((network, (*history[:-1], ill), test), tmp_path)
    assert "The cost rises (and 1 more)" in {text.get_text() for text in texts(figure)}


def test_the_confusion_matrix_has_the_counts(tmp_path: Path) -> None:
    network, history, test = trained(64, 30, 10, epochs=1)
    figure = page_of((network, history, test), tmp_path)
    confusion = confusion_matrix(network.feedforward(test.x).outputs, test.labels)
    assert confusion.trace() < confusion.sum(), "there are mistakes to be seen"
    cells = {
        tuple(round(part) for part in text.get_position()): text.get_text()
        for text in figure.axes[4].texts
    }
    assert cells == {
        (column, row): str(confusion[row, column])
        for row, column in np.argwhere(confusion).tolist()
    }


def test_the_weights_are_shown_unit_by_unit(tmp_path: Path) -> None:
    network, history, test = trained(64, 5, 10, epochs=1)
    figure = page_of((network, history, test), tmp_path)
    (image,) = figure.axes[5].images
    shown = np.ma.filled(image.get_array(), np.nan)
    weights = network.parameters.weights[0]
    assert shown.shape == (17, 26), "two rows of three images of 8 pixels, a line between them"
    assert np.array_equal(shown[:8, :8], weights[0].reshape(8, 8))
    assert np.array_equal(shown[9:, 9:17], weights[4].reshape(8, 8))
    assert np.isnan(shown[8]).all()
    assert np.isnan(shown[9:, 18:]).all()

    network, history, test = trained(6, 5, 2, epochs=1)
    figure = page_of((network, history, test), tmp_path)
    (image,) = figure.axes[5].images
    assert np.array_equal(image.get_array(), network.parameters.weights[0])


def test_each_mistake_is_shown_with_its_sample_and_its_probabilities(tmp_path: Path) -> None:
    network, history, test = trained(64, 30, 10, epochs=1)
    outputs = matrix(network.feedforward(test.x).outputs)
    mistakes = worst_mistakes(outputs, test)
    figure = page_of((network, history, test), tmp_path)
    panels = figure.axes[6:]
    seen = [text.get_text() for text in figure.texts]
    assert len(panels) == min(15, mistakes.number) > 3
    for panel, mistake in zip(panels, mistakes.worst, strict=True):
        assert np.array_equal(panel.images[0].get_array(), mistake.x.reshape(8, 8))
    assert seen[-4 * len(panels) :] == [
        text
        for mistake in mistakes.worst
        for text in (
            str(mistake.said),
            f"{100 * mistake.output_of_said:.1f} %",
            str(mistake.true),
            f"{100 * mistake.output_of_true:.1f} %",
        )
    ]


def test_the_worst_mistake_is_the_one_that_the_network_is_surest_of() -> None:
    outputs = matrix(
        np.array([[0.6, 0.1, 0.5, 0.2, 0.0], [0.3, 0.8, 0.4, 0.7, 1.0], [0.1, 0.1, 0.1, 0.1, 0.0]])
    )
    x = matrix(np.arange(10.0).reshape(2, 5))
    samples = Samples(x, labels(np.array([1, 0, 0, 2, 1]), 3), 3)
    found = worst_mistakes(outputs, samples)
    assert [(m.said, m.true, m.output_of_said, m.output_of_true) for m in found.worst] == [
        (1, 0, 0.8, 0.1),
        (1, 2, 0.7, 0.1),
        (0, 1, 0.6, 0.3),
    ]
    assert [m.x.tolist() for m in found.worst] == [[1.0, 6.0], [3.0, 8.0], [0.0, 5.0]]
    assert (found.number, found.samples) == (3, 5)
    assert len(worst_mistakes(outputs, samples, most=2).worst) == 2
    assert worst_mistakes(outputs, samples, most=2).number == 3


def test_a_square_of_pixels_is_an_image_and_a_few_inputs_are_not() -> None:
    assert (side_of(784), side_of(64), side_of(100)) == (28, 8, 10)
    assert [side_of(inputs) for inputs in (1, 4, 49, 65, 783)] == [None] * 5


def test_a_mosaic_of_one_unit_is_its_image() -> None:
    weights = matrix(np.arange(64.0).reshape(1, 64))
    assert np.array_equal(mosaic(weights, 8), weights.reshape(8, 8))


@example([0.5, 0.5, 0.5], 0.1)
@example([0.0, 0.0], 0.3)
@example([1.0, 1.0, 1.0], 0.9)
@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0.01, 0.3))
def test_names_are_moved_apart_in_their_order_and_no_further_than_needed(
    heights: list[float], gap: float
) -> None:
    placed = spread(heights, gap)
    fits = (len(heights) - 1) * gap <= 1.0
    order = sorted(range(len(heights)), key=lambda index: (heights[index], -index))
    for below, above in itertools.pairwise(order):
        assert placed[above] - placed[below] >= min(gap, 1 / (len(heights) - 1)) - 1e-9
    if fits:
        assert all(-1e-9 <= height <= 1 + 1e-9 for height in placed)
    apart = all(heights[b] - heights[a] > gap + 1e-9 for a, b in itertools.pairwise(order))
    if apart:
        assert placed == pytest.approx(heights), "what is far apart stays where it is"


def test_names_that_meet_are_moved_both_ways() -> None:
    assert spread([0.5, 0.5], 0.2) == pytest.approx([0.6, 0.4])
    assert spread([0.1, 0.5, 0.5], 0.2) == pytest.approx([0.1, 0.6, 0.4])
    assert spread([1.0, 0.99], 0.2) == pytest.approx([1.0, 0.8])


@pytest.fixture(scope="module")
def small() -> Trained:
    return trained(6, 4, 2, epochs=2)


BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".pdf": b"%PDF-", ".svg": b"<?xml"}


@pytest.mark.parametrize(
    "suffix",
    [
        ".svg",
        *(pytest.param(each, marks=pytest.mark.campaign) for each in (".png", ".pdf", ".PNG")),
    ],
)
@pytest.mark.no_cover
def test_the_suffix_says_how_it_is_drawn_and_twice_gives_the_same(
    suffix: str, small: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if suffix != ".png":  # which alone is held to its size
        monkeypatch.setattr("refnet.plotting.page.RESOLUTION", 20)
    for name in ("one", "two"):
        plot_training(tmp_path / f"{name}{suffix}", *small)
    one, two = (tmp_path / f"{name}{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes().startswith(BEGINNINGS[suffix.lower()])
    if suffix == ".png":
        assert struct.unpack(">II", one.read_bytes()[16:24]) == (3200, 1800)
    assert sorted(tmp_path.iterdir()) == [one, two], "nothing is left beside them"


HERMIT = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[2])
from test_plotting import trained
from refnet.plotting import plot_training
import matplotlib
before = dict(matplotlib.rcParams)
plot_training(sys.argv[1], *trained(6, 4, 2, epochs=2))
print("matplotlib.pyplot" in sys.modules, dict(matplotlib.rcParams) == before)
"""


@pytest.mark.no_cover
def test_neither_screen_nor_settings_of_the_user_are_needed_or_changed(
    small: Trained, tmp_path: Path
) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "backend: TkAgg\ntext.usetex: True\naxes.facecolor: black\nfont.size: 40\nsavefig.dpi: 3\n"
        "savefig.bbox: tight\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    shown = subprocess.run(
        [sys.executable, "-c", HERMIT, str(tmp_path / "other.png"), str(ROOT / "tests")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.stdout, shown.stderr) == ("False True\n", "")
    plot_training(tmp_path / "here.png", *small)
    assert (tmp_path / "here.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_settings_of_the_user_are_given_back_after_an_error_too(
    small: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(plotting, "draw_cost", fail)
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError):
        plot_training(tmp_path / "picture.png", *small)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("picture.jpg", "picture.jpg; expected a file name that ends in .png, .pdf or .svg"),
        ("picture", "picture; expected a file name that ends in .png"),
        (".png", ".png; expected a file name that ends in"),
        ("absent/picture.png", "absent/picture.png; expected a file in a folder that exists; make"),
        ("folder.png", "folder.png; expected a file in a folder that exists; name a file in it"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused(
    name: str, said: str, small: Trained, tmp_path: Path
) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ArgumentError) as caught:
        plot_training(tmp_path / name, *small)
    assert f"path: got {tmp_path / name}" in str(caught.value)
    assert said in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_a_folder_that_may_not_be_written_is_refused(
    small: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever runs the tests may be root, who may write everywhere.
    def refuse(*_: object) -> bool:
        return False

    monkeypatch.setattr("os.access", refuse)
    with pytest.raises(ArgumentError, match="expected a folder that may be written"):
        plot_training(tmp_path / "picture.png", *small)


def test_what_does_not_fit_is_refused(small: Trained, tmp_path: Path) -> None:
    network, history, test = small
    path = tmp_path / "picture.png"
    with pytest.raises(ArgumentError, match="history: got none; expected the report of at least"):
        plot_training(path, network, (), test)
    with pytest.raises(
        ShapeError, match=r"test: got samples of 5 inputs and 3 classes; expected 6"
    ):
        plot_training(path, network, history, drawn(5, 3, 4, 1))
    with pytest.raises(ArgumentError, match="network: got tuple"):
        plot_training(path, (), history, test)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="test: got None"):
        plot_training(path, network, history, None)  # type: ignore[arg-type]
    assert not path.exists()


def test_a_full_disk_leaves_the_old_picture(
    small: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match=rf"{path}: got No space left on device; expected to write"):
        plot_training(path, *small)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
