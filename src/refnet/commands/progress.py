"""What is shown while a network learns: a line per epoch, its illnesses below, a bar meanwhile.

Lives here: the looks of `refnet train`. It knows reports of epochs, nothing of how they come about.
On a terminal a bar moves between the lines; elsewhere there are the plain lines alone, which read
the same and are never broken at a width.
"""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from refnet.sgd import EpochReport

TITLES = "epoch  training cost  validation cost  validation accuracy  seconds"


class Display:
    """Shows a run of training on a console; `finished` is the number of epochs that are trained."""

    def __init__(self, console: Console, epochs: int, finished: int = 0) -> None:
        self.finished = finished
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._epochs = self._progress.add_task("", total=epochs, completed=finished)

    @contextmanager
    def running(self) -> Generator[None]:
        """Show the titles, and until the end of the block the bar."""
        self.say(TITLES, style="bold")
        with self._progress:
            yield

    def epoch(self, report: EpochReport) -> None:
        """Show the figures of an epoch, and what ails the network, one sentence a line."""
        self.say(
            f"{report.epoch:5d}  {report.training_cost:13.4f}  {report.validation_cost:15.4f}  "
            f"{100.0 * report.validation_accuracy:17.2f} %  {report.seconds:7.1f}"
        )
        for sentence in report.illnesses:
            self.say(f"       ! {sentence}", style="yellow")
        self.finished = report.epoch
        self._progress.advance(self._epochs)

    def say(self, line: str, style: str = "") -> None:
        """Show a line as it is: nothing in it is markup."""
        self._console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
