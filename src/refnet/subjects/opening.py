"""Opening a subject: a locator or a command becomes a panel that can be asked.

Lives here: OpenedSubject and `open_subject`. It knows processes and the worker's command line, not
what the worker does.
"""

import inspect
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

from refnet.json_values import JSON
from refnet.subjects.locator import Locator
from refnet.subjects.panel import PipePanel
from refnet.subjects.process import Conversation
from refnet.subjects.protocol import Description, Panel

# The worker is given refnet by its place alone, so that an interpreter in which it is not installed
# can run it, and nothing else of this environment gets on its path.
_BOOT = """
import importlib.util, sys
place = sys.argv[1]
spec = importlib.util.spec_from_file_location(
    "refnet", place + "/__init__.py", submodule_search_locations=[place]
)
module = sys.modules["refnet"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from refnet.subjects.worker.serving import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""

_ENVIRONMENT = {
    # No window may open, and no folder of compiled files be left beside the subject.
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    # One thread: problems are small, and several workers share a machine.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@dataclass(frozen=True, eq=False)
class OpenedSubject:
    """A subject that answers: the panel, and what it said of itself.

    `by_worker` tells that refnet's own worker answers for it, which can say what parameters it has
    even where they are not what a new one begins with.
    """

    panel: Panel
    description: Description
    digest: str = ""
    by_worker: bool = True


@contextmanager
def open_subject(
    locator: Locator, *, timeout: float, python: str = sys.executable, labels: str = ""
) -> Generator[OpenedSubject]:
    """Open what a locator names in a worker process, until the end of the block.

    `timeout` is in seconds of waiting for it; `python` is the interpreter it runs in; `labels` the
    declared form of the labels of its test data, "integers" or "one-hot", if any. Raises
    SubjectError for one that cannot be loaded or recognised.
    """
    # -P: what lies in the current folder, such as a random.py, must not be taken for a module.
    command = [python, "-P", "-c", _BOOT, str(Path(__file__).resolve().parent.parent)]
    hello: dict[str, JSON] = {
        "text": locator.text,
        "name": locator.name,
        "file": None if locator.file is None else str(locator.file),
        "module": locator.module,
        "labels": labels,
    }
    home = None if locator.file is None else locator.file.parent
    digest = locator.digest  # before it runs: a file may remove itself
    panel = PipePanel(
        lambda: Conversation(command, "private", _ENVIRONMENT), hello, timeout, home, packed=True
    )
    try:
        yield OpenedSubject(panel, panel.description, digest)
    finally:
        panel.close()


@contextmanager
def open_in_process(subject: Locator | object, labels: str = "") -> Generator[OpenedSubject]:
    """Open a subject in this very process: what a locator names, or an object as it is.

    There is no time-out and no protection. Raises SubjectError for one that cannot be loaded or
    recognised.
    """
    # Imported here: it reaches the worker's code, which a judge of workers does not need.
    from refnet.subjects import in_process

    if isinstance(subject, Locator):
        panel = in_process.open_locator_in_process(subject, labels)
        yield OpenedSubject(panel, panel.description, subject.digest)
    else:
        file = _source_of(subject)
        panel = in_process.open_object(subject, None if file is None else file.parent, labels)
        yield OpenedSubject(panel, panel.description, digest_of(subject))


def _source_of(subject: object) -> Path | None:
    """Return the file that an object is defined in, None for one that was typed in."""
    try:
        file = Path(inspect.getfile(cast("type", subject)))
    except (TypeError, OSError):
        return None
    return file if file.is_file() else None


def digest_of(subject: object) -> str:
    """Return the SHA-256 of the file that an object is defined in; empty where there is none."""
    file = _source_of(subject)
    return "" if file is None else sha256(file.read_bytes()).hexdigest()


@contextmanager
def open_program(command: Sequence[str], *, timeout: float) -> Generator[OpenedSubject]:
    """Open a program that speaks JSON lines on its standard streams, until the end of the block.

    Raises SubjectError for one that does not start or does not say what it is.
    """
    panel = PipePanel(lambda: Conversation(command, "standard"), {}, timeout)
    try:
        yield OpenedSubject(panel, panel.description, by_worker=False)
    finally:
        panel.close()
