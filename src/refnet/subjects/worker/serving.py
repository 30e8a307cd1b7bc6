"""The worker's side of the pipe: hello, questions, answers, one JSON object a line.

Lives here: `serve`, and `main` with what keeps a worker from doing harm by accident. It knows the
protocol and the Respondent, nothing of any style of code.
"""

import faulthandler
import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TextIO, cast

from refnet.errors import RefnetError, SubjectError
from refnet.json_values import JSON, dumps, loads
from refnet.subjects.description import description_to_json
from refnet.subjects.locator import Locator
from refnet.subjects.whereabouts import place_in_traceback
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.own_rate import rate_named_in
from refnet.subjects.worker.recognition import recognise
from refnet.subjects.worker.respondent import Respondent, seed_globally
from refnet.wire import answer_to_json, problem_from_json

MEMORY_SHARE = 1 / 2
"""Of the machine's memory what a worker may allocate: beyond, the machine itself would suffer."""

LEAST_MEMORY = 2 << 30
"""Bytes that are always granted: what PyTorch or JAX take before they have done anything."""

PR_SET_PDEATHSIG = 1
"""What prctl(2) is asked for, by linux/prctl.h: a signal at the parent's end."""


def serve(questions: TextIO, answers: TextIO) -> None:
    """Answer line by line, until there are no more questions."""
    respondent: Respondent | None = None

    def say(content: dict[str, JSON]) -> None:
        answers.write(f"{dumps(content)}\n")
        answers.flush()

    def doing(part: str) -> None:
        say({"doing": part})

    for line in questions:
        message = cast("dict[str, JSON]", loads(line))
        if "hello" in message:
            respondent = _opened(cast("dict[str, JSON]", message["hello"]), say, doing)
        elif respondent is not None:
            problem = problem_from_json(message["problem"])
            epochs = cast("int", message.get("epochs", 0))
            answer = respondent.trained(problem, epochs) if epochs else respondent.answer(problem)
            say({"id": message["id"], "answer": answer_to_json(answer, packed=True)})


def _opened(
    hello: dict[str, JSON],
    say: Callable[[dict[str, JSON]], None],
    doing: Callable[[str], None],
) -> Respondent | None:
    """Load and recognise the subject, and say what it is, or why it could not be taken in."""
    doing("opening")
    file = Path(str(hello["file"])) if hello.get("file") else None
    home = None if file is None else file.parent
    locator = Locator(str(hello["text"]), str(hello["name"]), file, str(hello.get("module", "")))
    seed_globally(0)  # what is recognised must not depend on what weights begin with
    try:
        loaded = load(
            locator,
            cast("int | None", hello.get("definitions_from")),
            str(hello.get("hung_in", "")),
        )
        without = [str(part) for part in cast("list[JSON]", hello.get("without", []))]
        taken = recognise(loaded, without, doing).with_labels(str(hello.get("labels", "")))
    except SubjectError as error:
        say({"error": str(error)})
        return None
    except Exception:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit of a subject, KeyboardInterrupt, its own
        place = place_in_traceback(error.__traceback__, home)
        where = f", at {place}" if place else ""
        say({"error": f"it raised {type(error).__name__}: {error}{where}"})
        return None
    notes = (*loaded.notes, *taken.description.notes)
    said = taken.description
    rate = said.learning_rate or rate_named_in(loaded)
    say(description_to_json(replace(said, notes=notes, learning_rate=rate)))
    return Respondent(taken, home, doing)


def main(inward: int, outward: int) -> None:
    """Serve on two descriptors, within bounds; write down where the code is if it is ended."""
    _limit_memory()
    _end_with_the_judge()
    _write_whereabouts()
    sys.dont_write_bytecode = True
    # What a learner's formulas overflow at is judged by its answer, not by how it warns.
    warnings.simplefilter("ignore")
    with (
        os.fdopen(inward, encoding="utf-8") as questions,
        os.fdopen(outward, "w", encoding="utf-8") as answers,
    ):
        # A subject that forks and forgets the child must not answer twice.
        os.register_at_fork(after_in_child=lambda: _silence(inward, outward))
        with suppress(BrokenPipeError, RefnetError):
            serve(questions, answers)
    # Threads that a subject has left running must not keep the process alive.
    os._exit(0)


def _silence(*descriptors: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        allowed = max(LEAST_MEMORY, int(MEMORY_SHARE * physical))
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_the_judge() -> None:
    """Have Linux kill this process with the thread that started it: a judge may be killed, too.

    Otherwise a subject that hangs, and so never sees its questions end, would run on for ever.
    """
    with suppress(ImportError, AttributeError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _write_whereabouts() -> None:
    """Have Python write where it is, into the scratch folder, when it crashes or is asked."""
    # Kept open for as long as the process lives: a crash has no time to open a file.
    file = (Path(os.environ["TMPDIR"]) / "whereabouts").open("w", encoding="utf-8")
    faulthandler.enable(file, all_threads=True)
    faulthandler.register(signal.SIGUSR1, file, all_threads=True)
    worker, end = os.getpid(), os._exit

    def exit_noted(status: int) -> NoReturn:
        """Write down where the process is ended; not where one of its children is."""
        if os.getpid() == worker:
            faulthandler.dump_traceback(file)
        end(status)

    os._exit = exit_noted
