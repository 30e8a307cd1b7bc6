"""Being asked to end: what a command has started is ended with it.

Lives here: Terminated and `orderly_ending`. It knows signals, nothing of what a command does.
"""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from refnet.errors import Interruption

_REQUESTS = (signal.SIGTERM, signal.SIGHUP)
"""How a time limit or another program asks a process to end, and a terminal that is closed."""


class Terminated(Interruption):
    """Somebody asked the process to end, by the signal of this number."""

    def __init__(self, number: int) -> None:
        """Keep the number of the signal."""
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def orderly_ending() -> Generator[None]:
    """Let a request to end interrupt the block as Ctrl-C does; left alone, it leaves subjects.

    Whoever ignores these signals, as `nohup` does, or has a way of their own keeps it. Raises
    Terminated inside the block, once: a second request does not disturb what ends things.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread alone
        return
    taken = [number for number in _REQUESTS if signal.getsignal(number) is signal.SIG_DFL]

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        # A time limit asks the process and its group, which it is in as well: that makes two.
        for each in taken:
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(number)

    for number in taken:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
