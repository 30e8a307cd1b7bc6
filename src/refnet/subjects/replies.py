"""What a program says, taken for what it is: an answer to the question, or why it is none.

Lives here: `answer_in` and `last_words`. It knows the protocol's lines; nothing of processes.
"""

from dataclasses import replace
from types import MappingProxyType

from refnet.errors import SubjectError
from refnet.json_values import JSON, excerpt, in_one_line, loads
from refnet.problem import Answer, Failure, Problem
from refnet.wire import answer_from_json

LAST_WORDS = 200
"""Characters that are quoted of what a program printed last."""


def message_in(line: str) -> dict[str, JSON]:
    """Read a line. Raises SubjectError for anything but a JSON object."""
    said = loads(line)
    if not isinstance(said, dict):
        raise SubjectError(f"got {excerpt(line)}; expected a JSON object on one line")
    return said


def answer_in(said: dict[str, JSON], asked: int, problem: Problem) -> Answer:
    """Take a message for the answer to the question of this number, each part that was asked.

    Raises SubjectError for one that is none. What is missing in it is a failure, as is what it says
    that failed.
    """
    if said.get("id") != asked:
        raise SubjectError(
            f"got an answer to question {excerpt(said.get('id'))}; expected one to question "
            f"{asked}; send the id of the question with its answer"
        )
    if "answer" not in said:
        raise SubjectError(
            f"got {excerpt(said)}; expected the field answer beside the id, {{}} at the least"
        )
    if unknown := said.keys() - {"id", "answer"}:
        raise SubjectError(
            f"got the fields {excerpt(sorted(unknown))} beside the answer; expected none but "
            "id and answer; check the spelling"
        )
    answer = answer_from_json(said["answer"])
    failures = {
        part: Failure(*map(in_one_line, (failure.kind, failure.message, failure.where)))
        for part, failure in answer.failures.items()
    }
    for part in problem.asks:
        if getattr(answer, part) is None and part not in failures:
            missing = f"got an answer without {part}; expected what was asked for"
            failures[part] = Failure("Malformed", missing)
    return replace(answer, failures=MappingProxyType(failures))


def last_words(printed: str) -> str:
    """Quote what a program has printed last; empty where it has printed nothing."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    # Some end with their version, or with where they were: what names an error says more.
    telling = [line for line in lines if "error" in line.lower()] or lines
    return f"; the last it printed: {in_one_line(telling[-1][:LAST_WORDS])}" if telling else ""
