"""The bar that is shown while a data set is downloaded.

Lives here: its looks, on standard error where that is a terminal and nowhere else. It knows how a
download tells what has come, nothing of where from.
"""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from refnet.datasets.download import Watcher


@contextmanager
def download_bar(console: Console | None = None) -> Generator[Watcher]:
    """Give what shows how a download goes on; the bar appears with the first bytes and goes after.

    Another download begins where fewer bytes have come than before.
    """
    shown = console if console is not None else Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    )
    task = bar.add_task("", total=None, visible=False)
    before = 0

    def watch(come: int, promised: int | None) -> None:
        nonlocal before
        if come < before:
            bar.reset(task, total=promised)
        before = come
        bar.update(task, completed=come, total=promised, visible=True)

    with bar:
        yield watch
