"""The page that a training is drawn on: its size, its type, its colours, and how it is written.

Lives here: everything that is asked of matplotlib by its own name, typed as far as it is used. It
knows files and errors, nothing of networks.

Places are fractions of the page from its lower left corner, sizes of type are points. The page is
16 x 9 inches: at a width of 1600 pixels a point is 1.4 of them, and the smallest type, SMALL, is
12 pixels high.
"""

import importlib
import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

from refnet.errors import ArgumentError, DataError
from refnet.files import replace_file

INK, QUIET, FAINT = "#1b2733", "#6b7785", "#e6e9ed"
BLUE, ORANGE = "#1f5c99", "#d1571b"
"""Two colours, and greys beside them: told apart by the colour-blind and in print. Blue is what
was measured, orange what wants to be looked at."""

TITLE, HEADING, BODY, SMALL = 19.0, 12.0, 9.5, 8.5

WIDTH, HEIGHT = 16.0, 9.0
RESOLUTION = 200
"""Pixels per inch: 3200 x 1800, which a projector or a screen of twice the density shows sharp."""

SUFFIXES = (".png", ".pdf", ".svg")

_SETTINGS = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.labelsize": SMALL,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "svg.hashsalt": "refnet",  # names in a drawing that would else be new every time
}
# What would tell one run from the next.
_UNDATED: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".svg": {"Date": None, "Creator": None},
}


class Panel(Protocol):
    """A part of the page with axes of its own: what is used of matplotlib's Axes."""

    transAxes: Any  # noqa: N815 - its name in matplotlib
    spines: Any
    xaxis: Any
    yaxis: Any

    def plot(self, x: Any, y: Any, /, **style: Any) -> Any:
        """Draw a line."""
        ...

    def text(self, x: float, y: float, text: str, /, **style: Any) -> Any:
        """Write."""
        ...

    def imshow(self, image: Any, /, **style: Any) -> Any:
        """Draw an array as an image."""
        ...

    def fill_between(self, x: Any, low: Any, high: Any, /, **style: Any) -> Any:
        """Fill what lies between two lines."""
        ...

    def axhspan(self, low: float, high: float, /, **style: Any) -> Any:
        """Fill what lies between two heights."""
        ...

    def set(self, **settings: Any) -> Any:
        """Set limits, scales, ticks and labels."""
        ...

    def tick_params(self, **style: Any) -> Any:
        """Say how ticks look."""
        ...

    def get_ylim(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        ...

    def get_yscale(self) -> str:
        """Return whether values are placed by themselves or by their logarithms."""
        ...


class Page:
    """One page, being drawn; `figure` is what it is to matplotlib."""

    def __init__(self, figure: Any) -> None:
        self.figure = figure

    @classmethod
    @contextmanager
    def being_drawn(cls) -> Generator["Page"]:
        """Give an empty page; what the user has set for matplotlib is set aside meanwhile."""
        library = _module("matplotlib")
        with library.rc_context():
            library.rcdefaults()
            library.rcParams.update(_SETTINGS)
            new_figure = _module("matplotlib.figure").Figure
            yield cls(new_figure(figsize=(WIDTH, HEIGHT), facecolor="white"))

    def headline(self, title: str, below: str, complaint: str) -> None:
        """Write what the page is about, and in orange what there is to complain of."""
        self.write_text(_LEFT, 0.945, title, fontsize=TITLE, fontweight="bold")
        self.write_text(_LEFT, 0.908, _shortened(below), fontsize=HEADING, color=QUIET)
        if complaint:
            self.write_text(_LEFT, 0.878, _shortened(complaint), fontsize=BODY, color=ORANGE)

    def heading(self, left: float, top: float, title: str, note: str = "") -> None:
        """Write the title of a panel and one line that says how to read it."""
        self.write_text(left, top, title, fontsize=HEADING, fontweight="bold")
        self.write_text(left, top - 0.024, note, fontsize=SMALL, color=QUIET)

    def panel(self, left: float, bottom: float, width: float, height: float) -> Panel:
        """Return a new panel; width and height are those of the area between its axes."""
        return cast(Panel, self.figure.add_axes((left, bottom, width, height)))

    def write_text(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write a line that begins at a place of the page."""
        self.figure.text(x, y, text, **{"ha": "left", "va": "baseline"} | style)

    def write(self, path: Path) -> None:
        """Write the page to a file, whole or not at all. Raises DataError where that fails."""
        written = io.BytesIO()
        suffix = path.suffix.lower()
        self.figure.savefig(
            written, format=suffix.removeprefix("."), dpi=RESOLUTION, metadata=_UNDATED[suffix]
        )
        try:
            replace_file(path, written.getvalue())
        except OSError as error:
            raise DataError(
                f"{path}: got {error.strerror or error}; expected to write a picture there; choose "
                "a folder that exists, may be written to and has room"
            ) from error


def colours(*through: str) -> Any:
    """Return a scale of colours that goes through these."""
    return _module("matplotlib.colors").LinearSegmentedColormap.from_list("refnet", through)


def whole_numbers(most: int) -> Any:
    """Return what places the ticks of an axis at whole numbers, not many of them."""
    return _module("matplotlib.ticker").MaxNLocator(most, integer=True, min_n_ticks=1)


def plain_numbers() -> Any:
    """Return what writes the numbers of an axis as they are, all with as many decimals, and not as
    multiples of a power of ten that stands elsewhere.
    """
    formatter = _module("matplotlib.ticker").ScalarFormatter(useOffset=False)
    formatter.set_scientific(False)
    return formatter


def refuse_unless_drawable(path: str | Path, name: str = "path") -> Path:
    """Return the path of a picture that can be drawn and written, before time is spent on it.

    `name` stands in messages for the argument. Raises ArgumentError for a path that cannot work,
    and where matplotlib is missing.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise ArgumentError(
            f"{name}: got {target}; expected a file name that ends in .png, .pdf or .svg; rename it"
        )
    if target.is_dir() or not target.parent.is_dir():
        raise ArgumentError(
            f"{name}: got {target}; expected a file in a folder that exists; "
            f"{'name a file in it' if target.is_dir() else f'make {target.parent} first'}"
        )
    if not os.access(target.parent, os.W_OK):
        raise ArgumentError(
            f"{name}: got {target}; expected a folder that may be written; choose another"
        )
    try:
        _module("matplotlib.figure")
    except ImportError as error:
        raise ArgumentError(
            f"{name}: got a Python without matplotlib ({error}); expected it, since it draws the "
            'picture; run pip install "refnet[plot]"'
        ) from error
    return target


def _module(name: str) -> Any:
    """Import a part of matplotlib. Its own types leave out the options that a drawing consists of,
    so that a strict checker takes none of its calls; Panel has those that are used.
    """
    return importlib.import_module(name)


_LEFT = 0.035
_LONGEST = 165
"""Characters of HEADING that fit the width of the page."""


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}\u2026"
