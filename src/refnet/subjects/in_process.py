"""A subject in this very process: for debugging, and for objects that no other process has.

Lives here: `InProcessPanel`, `open_locator_in_process` and `open_object`. It knows the worker's
code, which does the same work here; nothing of pipes.

There is no time-out and no protection: what hangs, hangs. What a subject prints is printed. State
that it shares with the judge, the global random generators and the settings of NumPy's floating
point, is put back after every message. Ctrl-C raises Interruption meanwhile, so that it is not
taken for something that the subject raises.
"""

import inspect
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType

import numpy as np

from refnet.errors import Interruption
from refnet.problem import Answer, Problem
from refnet.subjects.locator import Locator
from refnet.subjects.worker.adapted import Taken
from refnet.subjects.worker.loading import Loaded, load
from refnet.subjects.worker.own_rate import rate_named_in
from refnet.subjects.worker.recognition import recognise
from refnet.subjects.worker.respondent import Respondent


class InProcessPanel:
    """A Panel over a subject that has been taken in, in this process."""

    def __init__(self, loaded: Loaded, home: Path | None, labels: str = "") -> None:
        """Take the subject in. Raises SubjectError for one that is not recognised.

        `labels` is the declared form of the labels of its test data, if any.
        """
        with _apart():
            taken: Taken = recognise(loaded).with_labels(labels)
        self._respondent = Respondent(taken, home, notes=loaded.notes)
        said = taken.description
        self.description = replace(
            said,
            notes=(*loaded.notes, *said.notes),
            learning_rate=said.learning_rate or rate_named_in(loaded),
        )

    def answer_all(self, problems: Sequence[Problem]) -> list[Answer]:
        """Answer every problem, in order. Raises Interruption where the user interrupts."""
        return [_heard(partial(self._respondent.answer, problem)) for problem in problems]

    def trained(self, problem: Problem, epochs: int) -> Answer:
        """Return, as the step, what so many epochs of its own training make of the parameters."""
        return _heard(partial(self._respondent.trained, problem, epochs))


def _heard(ask: Callable[[], Answer]) -> Answer:
    """Have a question answered. Raises Interruption where the user interrupts."""
    with _apart():
        return ask()


def open_locator_in_process(locator: Locator, labels: str = "") -> InProcessPanel:
    """Import what a locator names into this process, and take it in. Raises SubjectError."""
    path, arguments = list(sys.path), list(sys.argv)
    try:
        with _apart():
            loaded = load(locator)
    finally:
        sys.path[:], sys.argv[:] = path, arguments
    return InProcessPanel(loaded, None if locator.file is None else locator.file.parent, labels)


def open_object(subject: object, home: Path | None, labels: str = "") -> InProcessPanel:
    """Take in an object of this process, whose code lies in `home`. Raises SubjectError."""
    module = subject if isinstance(subject, ModuleType) else inspect.getmodule(subject)
    if module is None:
        module = sys.modules["__main__"]
    return InProcessPanel(Loaded(subject, module), home, labels)


@contextmanager
def _apart() -> Generator[None]:
    """Keep what a subject does to this process from the judge, and what is set here from it."""
    state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 - the subject's
    try:
        with _interruptible(), warnings.catch_warnings(), np.errstate(all="ignore"):
            # As in a worker: formulas that overflow are judged by their answers.
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)  # noqa: NPY002 - the subject's


@contextmanager
def _interruptible() -> Generator[None]:
    """Have Ctrl-C raise Interruption, however it is handled otherwise."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # signals are handled in the main thread alone, and not where they are ignored
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        try:
            before(number, frame)
        except KeyboardInterrupt as error:
            raise Interruption from error

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
