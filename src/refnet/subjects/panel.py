"""A subject behind a pipe: opened, asked question by question, and started anew where it fails.

Lives here: PipePanel. It knows the protocol of lines and time-outs; not what is at the other end,
a Python class in a worker or a program in any language.

A question that is not answered becomes Failures of its parts, of kind Timeout, Crash or Malformed:
they say nothing about the arithmetic. A part that hung once is not asked again, one that crashed
twice neither, so that the rest is still judged in time.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from refnet.errors import SubjectError
from refnet.json_values import JSON, dumps, in_one_line
from refnet.problem import PARTS, Answer, Failure, Part, Problem
from refnet.subjects.description import VERSION, description_from_json
from refnet.subjects.process import Conversation, Ended, TooLate
from refnet.subjects.protocol import Description
from refnet.subjects.replies import answer_in, last_words, message_in
from refnet.subjects.whereabouts import WHEREABOUTS, Place, place_in_dump
from refnet.wire import problem_to_json

QUESTION_SHARE = 1 / 4
"""Of all its time what one question may take: when one part hangs, there is time for the rest."""

OPENING_SHARE = 1 / 3
"""Of all its time what opening may take: imports are slow, and it may have to be opened again."""

FAULTS = 2
"""Crashes or malformed answers after which a part is not asked again: one may be due to a single
question."""


class PipePanel:
    """A Panel over a pipe, to be closed in the end."""

    def __init__(
        self,
        launch: Callable[[], Conversation],
        hello: dict[str, JSON],
        timeout: float,
        home: Path | None = None,
        *,
        packed: bool = False,
    ) -> None:
        """Open the subject; `timeout` is in seconds of waiting for it, for all that it is asked.

        `home` is the folder of its code; `packed` tells that refnet's own worker is at the other
        end. Raises SubjectError for one that does not open.
        """
        self._launch = launch
        self._hello: dict[str, JSON] = hello
        self._timeout = timeout
        self._home = home
        self._packed = packed
        self._left = timeout
        self._conversation: Conversation | None = None
        self._asked = 0
        self._doing = ""
        self._given_up: dict[Part, Failure] = {}
        self._faults: Counter[Part] = Counter()
        try:
            self.description = self._open()
        except BaseException:  # Ctrl-C, too: what has been started must not go on
            self.close()
            raise

    def answer_all(self, problems: Sequence[Problem]) -> list[Answer]:
        """Answer every problem, in order; what hung or crashed has Failures for its parts."""
        return [self._answer(problem) for problem in problems]

    def trained(self, problem: Problem, epochs: int) -> Answer:
        """Return, as the step, what so many epochs of its own training make of the parameters."""
        return self._answer(problem, epochs)

    def close(self) -> None:
        """End the program and remove what it leaves behind."""
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None

    def _open(self) -> Description:
        """Start the program and hear what it says of itself. Raises SubjectError."""
        where: Place | None = None
        while True:
            if self._left <= 0.0:
                raise TooLate(f"its {self._timeout:g} seconds are over{_at(where)}")
            self._doing = "opening"
            self._conversation = self._launch()
            try:
                said = self._exchange({"refnet": VERSION, "hello": self._hello}, OPENING_SHARE)
                return self._described(said)
            except (Ended, TooLate) as error:
                kind, where, printed = self._post_mortem(error)
                failure = Failure(kind, f"{error}{_words(kind, printed)}", str(where or ""))
                if not (self._without_part(failure) or self._without_statements(failure, where)):
                    self._refuse(error, where, printed)
            except SubjectError:
                self.close()
                raise

    def _described(self, said: dict[str, JSON]) -> Description:
        """Take in what the subject says of itself. Raises SubjectError if it says why not."""
        if "error" in said:
            raise SubjectError(in_one_line(str(said["error"])))
        description = description_from_json(said)
        able = description.capabilities
        lost = frozenset(self._given_up)
        able = replace(able, parts=able.parts | lost, lost=lost)
        return replace(description, capabilities=able)

    def _without_part(self, failure: Failure) -> bool:
        """Tell whether to try again without the part that hung or crashed while it was tried out.

        It stays among what the subject offers, given up: the laws about it say why.
        """
        parts: dict[str, Part] = {part: part for part in PARTS}
        part = parts.get(self._doing)
        if part is None or part == "outputs" or part in self._given_up:
            return False
        self._given_up[part] = failure
        without: list[JSON] = [*self._given_up]
        self._hello = {**self._hello, "without": without}
        return True

    def _without_statements(self, failure: Failure, where: Place | None) -> bool:
        """Tell whether to try again: only definitions, from the line on where the file ended."""
        if where is None or "definitions_from" in self._hello:
            return False
        if where.file != self._hello.get("file"):
            return False
        self._hello = {
            **self._hello,
            "definitions_from": where.line,
            "hung_in": f"{where}: {failure.message}",
        }
        return True

    def _refuse(self, error: SubjectError, where: Place | None, printed: str) -> NoReturn:
        raise SubjectError(f"{error}{_at(where)}{last_words(printed)}") from error

    def _answer(self, problem: Problem, epochs: int = 0) -> Answer:
        given_up: dict[Part, Failure] = {
            part: self._given_up[part] for part in problem.asks if part in self._given_up
        }
        if given_up:
            return self._answer_but_for(problem, given_up)
        if problem.after is not None and self._given_up.keys() & {*problem.after.asks}:
            problem = replace(problem, after=_without(problem.after, self._given_up))
        if self._left <= 0.0:
            over = Failure("Timeout", f"its {self._timeout:g} seconds are over")
            return Answer(failures=MappingProxyType(dict.fromkeys(problem.asks, over)))
        try:
            if self._conversation is None:
                self._open()
            return self._ask(problem, epochs)
        except (Ended, TooLate) as error:
            kind, where, printed = self._post_mortem(error)
            failure = Failure(kind, f"{error}{_words(kind, printed)}", str(where or ""))
        except SubjectError as error:
            self.close()
            failure = Failure("Malformed", str(error))
        blamed = self._blamed(problem)
        for part in blamed:
            self._faults[part] += 1
            if failure.kind == "Timeout" or self._faults[part] >= FAULTS:
                self._given_up[part] = failure
        return self._answer_but_for(problem, dict.fromkeys(blamed, failure))

    def _answer_but_for(self, problem: Problem, failures: dict[Part, Failure]) -> Answer:
        """Answer the parts that have not failed, and add those that have."""
        rest = _without(problem, failures)
        answer = Answer() if rest is None else self._answer(rest)
        everything: dict[Part, Failure] = {**answer.failures, **failures}
        return replace(answer, failures=MappingProxyType(everything))

    def _ask(self, problem: Problem, epochs: int) -> Answer:
        self._asked += 1
        self._doing = ""
        question: dict[str, JSON] = {
            "id": self._asked,
            "problem": problem_to_json(problem, packed=self._packed),
        }
        if epochs:
            question["epochs"] = epochs
        said = self._exchange(question, QUESTION_SHARE)
        return answer_in(said, self._asked, problem)

    def _exchange(self, message: dict[str, JSON], share: float) -> dict[str, JSON]:
        """Send a line, and return the next one that is more than word of what is being done."""
        if self._conversation is None:
            raise Ended("the process is gone")
        began = time.monotonic()
        allowed = min(self._left, share * self._timeout)
        until = began + allowed
        if self._packed:
            message = {**message, "until": until}
        try:
            self._conversation.say(dumps(message), until)
            while set(said := message_in(self._conversation.hear(until))) == {"doing"}:
                self._doing = str(said["doing"])
        except TooLate:
            # What is left at the end may be next to nothing, and says nothing of this question.
            over = allowed < share * self._timeout
            within = f"no answer within {allowed:.3g} seconds"
            raise TooLate(f"its {self._timeout:g} seconds are over" if over else within) from None
        else:
            return said
        finally:
            self._left -= time.monotonic() - began

    def _post_mortem(self, error: SubjectError) -> tuple[str, Place | None, str]:
        """End the program; return how it failed, where it was, and what it has printed."""
        conversation, self._conversation = self._conversation, None
        kind = "Timeout" if isinstance(error, TooLate) else "Crash"
        if conversation is None:
            return kind, None, ""
        dump = ""
        with suppress(OSError):
            path = conversation.scratch / WHEREABOUTS
            dump = path.read_text(encoding="utf-8", errors="replace")
        conversation.kill()
        return kind, place_in_dump(dump, self._home), conversation.printed

    def _blamed(self, problem: Problem) -> list[Part]:
        """Return the part that was being worked on, or all that were asked if none was named."""
        before = () if problem.after is None else problem.after.asks
        doing: list[Part] = [part for part in (*problem.asks, *before) if part == self._doing]
        return doing[:1] or list(problem.asks)


def _at(where: Place | None) -> str:
    return f" (at {where})" if where else ""


def _words(kind: str, printed: str) -> str:
    """Quote the last words of a program that has ended: what it printed then may say why."""
    return last_words(printed) if kind == "Crash" else ""


def _without(problem: Problem, parts: Collection[Part]) -> Problem | None:
    """Return the problem without these parts, before it too; None if nothing is left to ask."""
    asks = tuple(part for part in problem.asks if part not in parts)
    if not asks:
        return None
    after = None if problem.after is None else _without(problem.after, parts)
    return replace(problem, asks=asks, after=after)
