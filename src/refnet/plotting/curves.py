"""What changes from epoch to epoch: cost, accuracy, and the health of every layer.

Lives here: the upper row of the page. It knows reports of epochs and the page, nothing of networks.
"""

import math
from collections.abc import Sequence
from statistics import mean

from refnet.health import HEALTHY_RATIO
from refnet.plotting.page import (
    BLUE,
    BODY,
    FAINT,
    INK,
    ORANGE,
    QUIET,
    SMALL,
    Page,
    Panel,
    colours,
    plain_numbers,
    whole_numbers,
)
from refnet.sgd import EpochReport

History = Sequence[EpochReport]

BOTTOM, HEIGHT, WIDTH = 0.565, 0.225, 0.155
LEFTS = (0.055, 0.305, 0.555, 0.815)
TOP = 0.835

HEALTHY = (HEALTHY_RATIO / 10, 20 * HEALTHY_RATIO)
"""The ratios of networks that learn MNIST well, as refnet.health has them."""

FEW = 12
"""Epochs that are marked one by one."""

STEEP = 30.0
"""The largest of all costs beside the smallest from which on the axis is logarithmic: on a linear
one the smaller half of them would be within a line's width of 0."""

ORDINARY = (1e-3, 1e5)
"""Costs that are written out: beyond these a number would be wider than the room for it."""

NAMED = 8
"""Most layers that are named: more names than these do not fit beside a panel."""

GAP = 0.085
"""Distance of two lines of type beside a panel, as a share of its height."""


def draw_cost(page: Page, history: History) -> None:
    """Draw the cost on the training samples and on the validation samples."""
    panel = _panel(page, 0, "Cost", "with its L2 penalty, if it has one", history)
    training = [report.training_cost for report in history]
    validation = [report.validation_cost for report in history]
    costs = [*training, *validation]
    if min(costs) > 0.0 and max(costs) > STEEP * min(costs):
        _set_logarithmic(panel)
    elif not ORDINARY[0] <= max(costs) < ORDINARY[1]:
        panel.yaxis.set_major_formatter(_shortest)
    _line(panel, history, training, INK)
    _line(panel, history, validation, BLUE)
    _name_ends(panel, [("training", training[-1], INK), ("validation", validation[-1], BLUE)])


def draw_accuracy(page: Page, history: History, tested: float) -> None:
    """Draw the share of the validation samples that is right, and that of the test samples."""
    panel = _panel(page, 1, "Accuracy", "right answers, in per cent", history)
    shares = [100.0 * report.validation_accuracy for report in history]
    _line(panel, history, shares, BLUE)
    panel.plot(
        [history[-1].epoch], [100.0 * tested], color=ORANGE, marker="D", markersize=5, clip_on=False
    )
    low, high = panel.get_ylim()
    # A share that hardly changes must not look as if it did.
    panel.set(ylim=(max(0.0, min(low, high - 1.0)), min(100.0, max(high, low + 1.0))))
    ends = [("validation", shares[-1], BLUE), ("test", 100.0 * tested, ORANGE)]
    _name_ends(panel, [(f"{name}\n{share:.2f} %", share, colour) for name, share, colour in ends])


def draw_steps(page: Page, history: History) -> None:
    """Draw for every layer how far a step moves its weights, beside what is healthy."""
    note = "size of a step / size of the weights; grey: healthy"
    panel = _panel(page, 2, "Health: how fast layers learn", note, history)
    _set_logarithmic(panel)
    panel.axhspan(*HEALTHY, color=FAINT, linewidth=0)
    ends: list[tuple[str, float, str]] = []
    moved: list[float] = []
    tints = _tints(len(history[-1].health))
    for layer, tint in enumerate(tints):
        ratios = [_drawable(report.health[layer].update_ratio) for report in history]
        _line(panel, history, ratios, tint)
        moved += ratios
        ends.append((f"layer {layer + 1}", ratios[-1], tint))
    low, high = panel.get_ylim()
    panel.set(ylim=(min(low, HEALTHY[0] / 3), max(high, 3 * HEALTHY[1])))
    if not any(map(math.isfinite, moved)):
        panel.text(0.5, 0.5, "nothing moves", transform=panel.transAxes, ha="center", color=QUIET)
    every = math.ceil(len(ends) / NAMED)
    named = [end for end in ends[::-1][::every] if math.isfinite(end[1])]
    _name_ends(panel, named)


def draw_units(page: Page, history: History) -> None:
    """Draw for every layer the share of units that no longer learn, epoch by epoch."""
    left = LEFTS[3]
    page.heading(
        left - 0.03, TOP, "Health: units that no longer learn", "dead or saturated, in per cent"
    )
    panel = page.panel(left, BOTTOM, WIDTH - 0.025, HEIGHT)
    layers = len(history[-1].health)
    shares = [[_lost(report, layer) for report in history] for layer in range(layers)]
    begin, end = history[0].epoch - 0.5, history[-1].epoch + 0.5
    panel.imshow(
        shares, aspect="auto", cmap=colours("#f4f6f8", ORANGE), vmin=0.0, vmax=1.0,
        extent=(begin, end, layers - 0.5, -0.5), interpolation="nearest",
    )  # fmt: skip
    every = math.ceil(layers / NAMED)
    rows = range(0, layers, every)
    panel.set(yticks=list(rows), yticklabels=[_short_name(history[-1], row) for row in rows])
    _epochs_below(panel, history)
    panel.tick_params(axis="y", length=0)
    panel.spines[:].set_visible(False)
    for row in range(1, layers):
        panel.plot([begin, end], [row - 0.5] * 2, color="white", linewidth=12 / layers)
    for row in rows:
        share = shares[row][-1]
        panel.text(
            1.03, 1.0 - (row + 0.5) / layers, f"{100.0 * share:.0f} %", transform=panel.transAxes,
            fontsize=BODY, va="center", color=ORANGE if share else QUIET,
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Return heights, cut to 0 and 1, moved apart as little as is needed for type not to overlap.

    They keep their order; of equals the first is above. By the least squares: less their places
    in the order the heights must not fall, and where they do, neighbours share their mean.
    """
    if not heights:
        return []
    order = sorted(range(len(heights)), key=lambda index: (heights[index], -index))
    gap = min(gap, 1.0 / max(1, len(heights) - 1))
    groups: list[list[float]] = []
    for place, index in enumerate(order):
        groups.append([min(max(heights[index], 0.0), 1.0) - place * gap])
        while len(groups) > 1 and mean(groups[-2]) >= mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    levels = [mean(group) for group in groups for _ in group]
    highest = 1.0 - (len(heights) - 1) * gap
    placed = [0.0] * len(heights)
    for place, (index, level) in enumerate(zip(order, levels, strict=True)):
        placed[index] = min(max(level, 0.0), highest) + place * gap
    return placed


def _panel(page: Page, place: int, title: str, note: str, history: History) -> Panel:
    page.heading(LEFTS[place] - 0.02, TOP, title, note)
    panel = page.panel(LEFTS[place], BOTTOM, WIDTH, HEIGHT)
    panel.yaxis.set_major_formatter(plain_numbers())
    _epochs_below(panel, history)
    return panel


def _epochs_below(panel: Panel, history: History) -> None:
    first, last = history[0].epoch, history[-1].epoch
    panel.set(xlim=(first - 0.5, last + 0.5))
    panel.xaxis.set_major_locator(whole_numbers(6))
    panel.text(
        1.0, -0.19, "epoch", transform=panel.transAxes, fontsize=SMALL, color=QUIET, ha="right"
    )


def _set_logarithmic(panel: Panel) -> None:
    panel.set(yscale="log")
    # Only powers of ten are named; with less than two of them matplotlib would name all there is.
    panel.yaxis.set_minor_formatter(_not_at_all)


def _shortest(value: float, _position: int | None) -> str:
    return f"{value:.6g}"


def _not_at_all(_value: float, _position: int | None) -> str:
    return ""


def _line(panel: Panel, history: History, values: Sequence[float], colour: str) -> None:
    marker = "o" if len(history) <= FEW else ""
    epochs = [report.epoch for report in history]
    panel.plot(epochs, values, color=colour, linewidth=1.8, marker=marker, markersize=4)


def _name_ends(panel: Panel, ends: Sequence[tuple[str, float, str]]) -> None:
    """Write the name of every line beside its end, none over another."""
    lines = max(1 + name.count("\n") for name, _, _ in ends) if ends else 1
    # The middle of a name of two lines stays half a line away from top and bottom.
    margin = (lines - 1) * GAP / 2.0
    room = 1.0 - 2.0 * margin
    heights = [(_height_of(panel, value) - margin) / room for _, value, _ in ends]
    for (name, _, colour), height in zip(ends, spread(heights, lines * GAP / room), strict=True):
        panel.text(
            1.03,
            margin + room * height,
            name,
            transform=panel.transAxes,
            fontsize=BODY,
            color=colour,
            va="center",
        )


def _height_of(panel: Panel, value: float) -> float:
    """Return where a value stands in a panel, 0 at the bottom and 1 at the top."""
    low, high = panel.get_ylim()
    if panel.get_yscale() == "log":
        value, low, high = (math.log10(number) for number in (value, low, high))
    return (value - low) / (high - low)


def _tints(layers: int) -> list[str]:
    """Return a colour for every layer, from orange, the first, to blue, the last."""
    if layers == 1:
        return [BLUE]
    scale = colours(ORANGE, "#b9a7a0", BLUE)
    return [
        "#" + "".join(f"{round(255 * part):02x}" for part in scale(layer / (layers - 1))[:3])
        for layer in range(layers)
    ]


def _drawable(ratio: float) -> float:
    """Return a ratio as a logarithmic axis can show it: NaN leaves a gap."""
    return ratio if 0.0 < ratio < math.inf else math.nan


def _lost(report: EpochReport, layer: int) -> float:
    health = report.health[layer]
    # Outputs that are 0 or 1 on almost every sample are what a network gives that has learnt.
    if layer == len(report.health) - 1:
        return health.dead_share
    return max(health.dead_share, health.saturated_share)


def _short_name(report: EpochReport, layer: int) -> str:
    last = layer == len(report.health) - 1
    return "output" if last else f"layer {layer + 1}"
