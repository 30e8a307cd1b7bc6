"""`refnet train`: train a network on MNIST or on drawn digits, with the book's choices as options.

Lives here: the options and the flow of a run. It knows training and the data, nothing of judging.
What is slow to import (rich, the data sets) is imported by `run` alone.
"""

import argparse
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from refnet.activations import activation_by_name
from refnet.commands import Subparsers, picture
from refnet.commands.settings import DATA_SETS, Settings, add_choices, agreed, chosen, read
from refnet.costs import cost_by_name
from refnet.errors import ArgumentError, DataError
from refnet.network import Network, new_network
from refnet.threads import threads_are_chosen

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from refnet.commands.keeping import Keeper
    from refnet.commands.progress import Display
    from refnet.datasets.samples import Samples, Split
    from refnet.sgd import Checkpoint, EpochReport, TrainingResult

INTERRUPTED = 130

INSISTS = "REFNET_REQUIRE_MNIST"
"""The environment variable that forbids drawn digits in the place of MNIST, if it is 1."""


class Limits(Protocol):
    """What is used of threadpoolctl."""

    def __call__(self, *, limits: int | None) -> "AbstractContextManager[object]":
        """Limit the threads of every library that has any, until the context is left."""
        ...


def add_arguments(subparsers: Subparsers) -> None:
    """Register the command and its options."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on MNIST or on drawn digits",
        description="Train a network, showing accuracy and health after every epoch. The defaults "
        "are the improved configuration: ReLU, softmax, categorical cross-entropy, He, L2.",
    )
    add_choices(parser)
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="keep the training here after every epoch"
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="go on with a training that was kept, and keep it there; of its options only "
        "--epochs may change",
    )
    picture.add_plot(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train as the options have it, and return 0, or 130 after Ctrl-C.

    Raises ArgumentError for options that do not fit each other or the training that is resumed,
    DataError for missing data and for a file that cannot be resumed.
    """
    checkpoint, settings = _begun(arguments)
    # What can be refused is refused before the data are loaded or an hour has been trained.
    output = activation_by_name(settings.output_activation)
    cost_by_name(settings.cost).refuse_unless_partner(output)

    from rich.console import Console

    from refnet.commands.keeping import Keeper, refuse_unless_writable
    from refnet.commands.progress import Display

    place = arguments.save or arguments.resume
    refuse_unless_writable(place)
    picture.refuse_unless_drawable(arguments.plot, arguments.save, arguments.resume)
    display = Display(Console(), settings.epochs, len(checkpoint.history) if checkpoint else 0)
    name, data = _load(settings.data, display, may_advise=checkpoint is None)
    settings = replace(settings, data=name)
    generator = np.random.default_rng(settings.seed)
    network = checkpoint.network if checkpoint else _new_network(settings, data, generator)
    display.say(_describe(network, settings))
    if checkpoint:
        display.say(_where_it_goes_on(checkpoint, settings, arguments.resume))
    keeper = Keeper(place, arguments.resume, settings.as_json())
    start = checkpoint or network
    return _train(start, data, settings, generator, display, keeper, arguments.plot)


def _begun(arguments: argparse.Namespace) -> "tuple[Checkpoint | None, Settings]":
    """Return the settings, and the training that goes on if there is one."""
    given = chosen(arguments)
    if arguments.resume is None:
        return None, Settings(**given)

    from refnet.checkpoints import load_checkpoint

    checkpoint, kept = load_checkpoint(arguments.resume)
    settings = agreed(read(kept, arguments.resume), given, arguments.resume)
    trained = len(checkpoint.history)
    if settings.epochs < trained:
        raise ArgumentError(
            f"--epochs: got {settings.epochs}; expected at least {trained}, for as many are in "
            f"{arguments.resume}; give the number of all epochs, those included"
        )
    return checkpoint, settings


def _load(name: str | None, display: "Display", *, may_advise: bool) -> "tuple[str, Split]":
    """Load the data set of this name; without one MNIST, or drawn digits where it cannot be had.

    Whoever sets REFNET_REQUIRE_MNIST=1 insists on MNIST, as for the tests.
    """
    from refnet.commands.download import download_bar
    from refnet.datasets.drawn import drawn_digits
    from refnet.datasets.mnist import load_mnist
    from refnet.datasets.samples import Split

    if name != "drawn":
        try:
            with download_bar() as watch:
                mnist = load_mnist(display.say, watch)
        except DataError as error:
            first, _, rest = str(error).partition("\n")
            if name == "mnist" or os.environ.get(INSISTS) == "1":
                hint = "; --data drawn needs no download" if may_advise else ""
                raise DataError(f"{first}{hint}\n{rest}".rstrip()) from error
            reason = first.partition("; expected")[0]
            display.say(
                f"MNIST cannot be had ({reason}): going on with digits that refnet draws itself; "
                "--data mnist would insist"
            )
        else:
            return "mnist", Split(mnist.training, mnist.validation, mnist.test)
    return "drawn", drawn_digits()


def _new_network(settings: Settings, data: "Split", generator: np.random.Generator) -> Network:
    return new_network(
        (data.training.x.shape[0], *settings.hidden, data.training.classes),
        generator,
        hidden=settings.activation,
        output=settings.output_activation,
        cost=settings.cost,
        initializer=settings.initializer,
        l2=settings.l2,
        training_size=len(data.training),
    )


def _train(
    start: "Network | Checkpoint",
    data: "Split",
    settings: Settings,
    generator: np.random.Generator,
    display: "Display",
    keeper: "Keeper",
    plot: Path | None,
) -> int:
    from refnet.sgd import TrainingOptions, resume, train

    def on_epoch(report: "EpochReport", _now: Network) -> None:
        display.epoch(report)

    sets = (data.training, data.validation)
    # Nobody asks for the digests of the data where nothing is kept.
    watched = (on_epoch, keeper.keep if keeper.keeps else None)
    try:
        with display.running(), _one_thread():
            if isinstance(start, Network):
                options = TrainingOptions(
                    settings.epochs,
                    settings.batch,
                    settings.eta,
                    settings.eta_decay,
                    settings.patience,
                )
                result = train(start, *sets, options, generator, *watched)
            else:
                result = resume(start, *sets, settings.epochs, *watched)
    except KeyboardInterrupt:
        display.say(
            f"interrupted in epoch {display.finished + 1}; {keeper.said()}{keeper.how_to_go_on()}"
        )
        return INTERRUPTED
    _conclude(result, data.test, settings, display)
    if keeper.keeps:
        display.say(keeper.said())
    picture.draw(plot, result, data.test, _called(settings), display)
    return 0


def _called(settings: Settings) -> str:
    """Return what the samples of the test are called, so that nobody takes them for others."""
    return "drawn digits" if settings.data == "drawn" else "MNIST test images"


def _one_thread() -> "AbstractContextManager[object]":
    """Let NumPy multiply in one thread: the same seed gives the same network on any machine."""
    # Which has no types: what is used of it is said here.
    limits = cast("Limits", import_module("threadpoolctl").threadpool_limits)
    return limits(limits=None if threads_are_chosen() else 1)


def _conclude(
    result: "TrainingResult", test: "Samples", settings: Settings, display: "Display"
) -> None:
    from refnet.evaluation import count_correct

    if len(result.history) < settings.epochs:
        display.say(_why_it_stopped(result))
    correct = count_correct(result.network.feedforward(test.x).outputs, test.labels)
    images = "drawn digits" if settings.data == "drawn" else "images"
    display.say(
        f"test accuracy {100.0 * correct / len(test):.2f} %: {correct:,} of "
        f"{len(test):,} {images} that it has never seen"
    )


def _describe(network: Network, settings: Settings) -> str:
    layers = "-".join(str(size) for size in network.sizes)
    epochs = "1 epoch" if settings.epochs == 1 else f"{settings.epochs} epochs"
    decay = "" if settings.eta_decay == 1.0 else f" falling by {settings.eta_decay:g} an epoch"
    patience = "" if settings.patience is None else f", patience {settings.patience}"
    return (
        f"{layers}, {settings.activation} and {network.activations[-1].name}, "
        f"{network.cost.name}, {settings.initializer} initialisation, L2 {network.l2:g}; "
        f"{epochs}, batches of {settings.batch}, eta {settings.eta:g}{decay}{patience}, "
        f"seed {settings.seed}, {DATA_SETS[settings.data or '']}"
    )


def _where_it_goes_on(checkpoint: "Checkpoint", settings: Settings, source: Path) -> str:
    from refnet.sgd import is_over

    trained = len(checkpoint.history)
    if not is_over(replace(checkpoint.options, epochs=settings.epochs), checkpoint.history):
        return f"going on with {source} after epoch {trained}"
    more = "" if trained < settings.epochs else "; --epochs NUMBER trains more"
    return f"the training in {source} has ended after epoch {trained}{more}"


def _why_it_stopped(result: "TrainingResult") -> str:
    from refnet.sgd import best_epoch

    best, last = best_epoch(result.history), len(result.history)
    accuracy = result.history[best - 1].validation_accuracy
    return (
        f"stopped after epoch {last}: the validation accuracy has not been above "
        f"{100.0 * accuracy:.2f} %, that of epoch {best}, since; the network is the one it had then"
    )
