"""The worker's side of the pipe: hello, questions, answers, one JSON object a line.

Lives here: `serve`, and `main`. It knows the protocol and the Respondent, nothing of any style of
code.
"""

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO, cast

from refnet.errors import RefnetError, SubjectError
from refnet.json_values import JSON, dumps, loads
from refnet.subjects.description import description_to_json
from refnet.subjects.locator import Locator
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.own_rate import rate_named_in
from refnet.subjects.worker.recognition import recognise
from refnet.subjects.worker.respondent import Respondent, seed_globally
from refnet.subjects.worker.safeguards import (
    Whereabouts,
    end_with_the_judge,
    limit_memory,
    moved_away,
    spare,
)
from refnet.wire import answer_to_json, problem_from_json


def serve(
    questions: TextIO, answers: TextIO, watch: Callable[[float], None] = lambda _until: None
) -> None:
    """Answer line by line, until there are no more questions.

    `watch` hears, on the clock of time.monotonic, until when a line is to be answered.
    """
    respondent: Respondent | None = None

    def say(content: dict[str, JSON]) -> None:
        answers.write(f"{dumps(content)}\n")
        answers.flush()

    def doing(part: str) -> None:
        say({"doing": part})

    for line in questions:
        message = cast("dict[str, JSON]", loads(line))
        if "until" in message:
            watch(cast("float", message["until"]))
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
    notes = (*loaded.notes, *taken.description.notes)
    said = taken.description
    rate = said.learning_rate or rate_named_in(loaded)
    say(description_to_json(replace(said, notes=notes, learning_rate=rate)))
    return Respondent(taken, home, doing, loaded.notes)


def main(inward: int, outward: int) -> None:
    """Serve on two descriptors, within bounds; write down where the code is if it is ended."""
    limit_memory()
    end_with_the_judge()
    inward, outward = moved_away(inward), moved_away(outward)
    whereabouts = Whereabouts()
    whereabouts.write_at_the_end()
    spare((inward, outward, whereabouts.descriptor))
    sys.dont_write_bytecode = True
    # What a learner's formulas overflow at is judged by its answer, not by how it warns.
    warnings.simplefilter("ignore")
    with (
        os.fdopen(inward, encoding="utf-8") as questions,
        os.fdopen(outward, "w", encoding="utf-8") as answers,
        suppress(BrokenPipeError, RefnetError),
    ):
        try:
            serve(questions, answers, whereabouts.watch)
        except BaseException as error:
            # What refnet itself needs has been taken away: by the code that it ends in, if any.
            whereabouts.write(error.__traceback__)
            raise
    # Threads that a subject has left running must not keep the process alive.
    os._exit(0)
