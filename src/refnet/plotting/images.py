"""What a network has learnt and where it is wrong: confusions, weights, the worst mistakes.

Lives here: the lower row of the page. It knows counts, weights, mistakes and the page, nothing of
how they came about. Inputs that are a square become images; others are drawn as what they are.
"""

import math

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import Matrix, matrix
from refnet.evaluation import Counts
from refnet.plotting.mistakes import Mistakes
from refnet.plotting.page import (
    BLUE,
    BODY,
    FAINT,
    HEIGHT,
    INK,
    ORANGE,
    SMALL,
    WIDTH,
    Page,
    Panel,
    colours,
    whole_numbers,
)

TOP, BOTTOM = 0.46, 0.06
ROOM = TOP - 0.04 - BOTTOM
"""Height of what stands below a heading."""

LEFTS = (0.035, 0.315, 0.6)

SMALLEST_SIDE = 8
"""Pixels of the side of an image, from which on a square number of inputs is taken for one: the
smallest digits in use (of scikit-learn) are 8 x 8; 4 or 9 inputs are a square by chance."""

MOST_IMAGES = 100
"""Weights are shown of as many units: 10 x 10 images of 28 pixels fill the height there is."""

MOST_NAMED = 12
"""Classes that are named at the edge of the confusion matrix: of more, every second or third."""

DIGIT = 0.64
"""Width of a digit, as a share of the size of its type."""

SMALLEST = 8.0
"""Type in the cells of the confusion matrix: counts that would need a smaller one, which is 11
pixels high on a page of 1600, are left to the colours."""

FULL_COLOUR = 1 / 20
"""Share of a class from which on a confusion may have the full colour: one mistake in a hundred
must not look as bad as one in two, however good the network is."""

COLUMNS, ROWS = 5, 3
SAMPLE = 0.076
"""Height of the image of a mistake, two lines of type below it."""


def side_of(inputs: int) -> int | None:
    """Return the side of the square image that so many inputs are; None if they are no image."""
    side = math.isqrt(inputs)
    return side if side * side == inputs and side >= SMALLEST_SIDE else None


def mosaic(weights: Matrix, side: int) -> NDArray[np.float64]:
    """Lay the images of units out in one array, row by row, with NaN between them.

    weights has shape (units, side * side).
    """
    units = weights.shape[0]
    columns = math.ceil(math.sqrt(units))
    rows = math.ceil(units / columns)
    step = side + 1
    laid = np.full((rows * step - 1, columns * step - 1), np.nan)
    for unit, image in enumerate(weights):
        row, column = divmod(unit, columns)
        laid[row * step : row * step + side, column * step : column * step + side] = image.reshape(
            side, side
        )
    return laid


def draw_confusion(page: Page, confusion: Counts) -> None:
    """Draw how often each class was taken for each: right answers grey, mistakes orange."""
    classes = confusion.shape[0]
    note = "row: what it is; column: what the network said"
    page.heading(LEFTS[0], TOP, "Confusion matrix", note)
    panel = page.panel(LEFTS[0] + 0.015, BOTTOM, ROOM * HEIGHT / WIDTH, ROOM - 0.02)
    shares = confusion / np.maximum(1, confusion.sum(axis=1, keepdims=True))
    wrong = np.where(np.eye(classes, dtype=bool), np.nan, shares)
    worst = float(np.nanmax(wrong)) if classes > 1 else 0.0
    full = max(worst, FULL_COLOUR)
    panel.imshow(np.where(np.eye(classes, dtype=bool), 1.0, np.nan), cmap=colours(FAINT, FAINT))
    panel.imshow(wrong, cmap=colours("white", ORANGE), vmin=0.0, vmax=full)
    every = math.ceil(classes / MOST_NAMED)
    ticks = range(0, classes, every)
    panel.set(xticks=list(ticks), yticks=list(ticks))
    panel.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    panel.spines[:].set_visible(False)
    cell = 72.0 * HEIGHT * (ROOM - 0.02) / classes
    size = min(BODY, cell / (DIGIT * len(str(confusion.max()))))
    if size >= SMALLEST:
        for row, column in np.ndindex(classes, classes):
            if count := int(confusion[row, column]):
                dark = row != column and wrong[row, column] > 0.6 * full
                colour = "white" if dark else INK
                panel.text(
                    column, row, str(count),
                    ha="center", va="center", fontsize=size, color=colour,
                )  # fmt: skip


def draw_weights(page: Page, weights: Matrix) -> None:
    """Draw the weights of the first layer, as an image for every unit if the inputs are one."""
    units, inputs = weights.shape
    shown = matrix(weights[:MOST_IMAGES])
    # The few largest weights would leave all others pale.
    largest = float(np.quantile(np.abs(shown), 0.995)) or 1.0
    of = "" if units == len(shown) else f"the first {len(shown)} of {units:,} units; "
    most = f"{largest:.2g}" if largest < 100.0 else f"{largest:,.0f}"
    note = f"{of}orange: positive, blue: negative, up to {most}"
    page.heading(LEFTS[1], TOP, "Weights of the first layer", note)
    panel = page.panel(LEFTS[1], BOTTOM, ROOM * HEIGHT / WIDTH * 1.15, ROOM)
    scale = {"cmap": colours(BLUE, "white", ORANGE), "vmin": -largest, "vmax": largest}
    side = side_of(inputs)
    if side is not None:
        panel.imshow(mosaic(shown, side), interpolation="nearest", **scale)
        panel.set(anchor="NW", xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
    else:
        panel.imshow(shown, aspect="auto", interpolation="nearest", **scale)
        panel.set(xlabel="input", ylabel="unit")
        panel.xaxis.set_major_locator(whole_numbers(8))
        panel.yaxis.set_major_locator(whole_numbers(8))


def draw_mistakes(page: Page, mistakes: Mistakes, classes: int, activation: str) -> None:
    """Draw the samples that the network is most wrong about."""
    left = LEFTS[2]
    what = "probability" if activation == "softmax" else "output"
    number = f"of {mistakes.samples:,} test samples"
    if not mistakes.worst:
        page.heading(left, TOP, "No mistakes", number)
        return
    title = f"The worst of {mistakes.number:,} mistakes"
    if mistakes.number == len(mistakes.worst):
        title = "The only mistake" if mistakes.number == 1 else f"All {mistakes.number} mistakes"
    note = f"{number}; orange: what it said, black: what it is, with the {what}"
    page.heading(left, TOP, title, note)
    width, height = (1.0 - left) / COLUMNS, ROOM / ROWS
    for place, mistake in enumerate(mistakes.worst[: ROWS * COLUMNS]):
        row, column = divmod(place, COLUMNS)
        x, top = left + column * width, TOP - 0.04 - row * height
        _draw_sample(page.panel(x, top - SAMPLE, SAMPLE * HEIGHT / WIDTH, SAMPLE), mistake.x)
        for line, unit, output, colour in (
            (1, mistake.said, mistake.output_of_said, ORANGE),
            (2, mistake.true, mistake.output_of_true, INK),
        ):
            y = top - SAMPLE - 0.017 * line
            page.write_text(x, y, str(unit), fontsize=BODY, fontweight="bold", color=colour)
            figure = _figure(output, activation)
            beside = x + 0.007 + 0.006 * len(str(classes - 1))
            page.write_text(beside, y, figure, fontsize=SMALL, color=colour)


def _draw_sample(panel: Panel, x: NDArray[np.float64]) -> None:
    side = side_of(x.size)
    if side is not None:
        panel.imshow(x.reshape(side, side), cmap=colours("white", INK), interpolation="nearest")
    else:
        places = np.arange(x.size + 1)
        panel.fill_between(places, np.append(x, x[-1]), 0.0, step="post", color=BLUE, linewidth=0)
        panel.set(xlim=(0, x.size))
    panel.set(xticks=[], yticks=[])
    panel.spines[:].set_color(FAINT)
    panel.spines[:].set_visible(True)


def _figure(output: float, activation: str) -> str:
    return f"{100.0 * output:.1f} %" if activation == "softmax" else f"{output:.3f}"
