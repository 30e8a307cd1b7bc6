"""`--plot FILE` of `refnet train`: the picture of a training, for those who ask for one.

Lives here: the option, and when it is refused and drawn. It knows the pictures by name; they and
matplotlib are imported if there is one to draw and not else.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from refnet.errors import ArgumentError

if TYPE_CHECKING:
    from refnet.commands.progress import Display
    from refnet.datasets.samples import Samples
    from refnet.sgd import TrainingResult


def add_plot(parser: argparse.ArgumentParser) -> None:
    """Register the option."""
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw cost, accuracy, health, confusions, weights and the worst mistakes into a .png, "
        ".pdf or .svg; needs refnet[plot]",
    )


def refuse_unless_drawable(place: Path | None, *trainings: Path | None) -> None:
    """Refuse a picture that cannot be drawn or would replace a training, before time is spent on
    one. Raises ArgumentError.
    """
    if place is None:
        return

    from refnet import plotting

    plotting.refuse_unless_drawable(place, "--plot")
    if place.resolve() in [kept.resolve() for kept in trainings if kept is not None]:
        raise ArgumentError(
            f"--plot: got {place}, which is the file of the training; expected another one, for "
            "the picture would replace it; rename it"
        )


def draw(
    place: Path | None,
    result: "TrainingResult",
    test: "Samples",
    samples: str,
    display: "Display",
) -> None:
    """Draw the picture if one was asked for, and say where it is.

    `samples` is what the title calls those of the test.
    Raises DataError where it cannot be written.
    """
    if place is not None:
        from refnet.plotting import plot_training

        plot_training(place, result.network, result.history, test, samples)
        display.say(f"the picture of the training is in {place}")
