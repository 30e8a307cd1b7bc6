"""The judge's side of the pipe, against programs that answer rightly, late, or not at all."""

import json
import shlex
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.choices import HEADS
from refnet.errors import SubjectError
from refnet.interview import Interview
from refnet.problem import Part, Problem
from refnet.subjects.description import description_from_json, description_to_json
from refnet.subjects.locator import parse_locator
from refnet.subjects.opening import OpenedSubject, open_program, open_subject
from refnet.subjects.protocol import Capabilities, Convention, Description, Head
from refnet.suite import suite
from written import before_backprop, changed

AMPLE = 60.0

BEGINNING = """
import json, os, sys, time
def say(**fields):
    print(json.dumps(fields), flush=True)
def right(question):
    return say(id=question["id"], answer={"outputs": [[0.5]]})
for line in sys.stdin:
    question = json.loads(line)
    if "hello" in question:
        say(refnet=1, capabilities={"parts": ["outputs", "cost", "gradients"]})
        continue
    asks = question["problem"]["asks"]
"""

PROBLEM = replace(suite("moderate", HEADS[0], 0)[0], asks=("outputs",))


@contextmanager
def opened(folder: Path, body: str, timeout: float = AMPLE) -> Generator[OpenedSubject]:
    """Open a program that answers the hello and then does what the body says."""
    program = folder / "program.py"
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    program.write_text(f"{BEGINNING}{indented}\n", encoding="utf-8")
    with open_program([sys.executable, str(program)], timeout=timeout) as subject:
        yield subject


def kind_of(subject: OpenedSubject, problem: Problem = PROBLEM) -> str:
    (answer,) = subject.panel.answer_all([problem])
    return answer.failures["outputs"].kind


def message_of(subject: OpenedSubject) -> str:
    (answer,) = subject.panel.answer_all([PROBLEM])
    return answer.failures["outputs"].message


def test_questions_are_answered_in_order(tmp_path: Path) -> None:
    body = 'say(id=question["id"], answer={"outputs": question["problem"]["x"]})'
    problems = [replace(PROBLEM, learning_rate=float(rate)) for rate in range(3)]
    with opened(tmp_path, body) as subject:
        answers = subject.panel.answer_all(problems)
    for problem, answer in zip(problems, answers, strict=True):
        assert answer.outputs is not None
        np.testing.assert_array_equal(answer.outputs, problem.x)


def test_word_of_what_is_being_done_is_no_answer(tmp_path: Path) -> None:
    with opened(tmp_path, 'say(doing="outputs"); right(question)') as subject:
        (answer,) = subject.panel.answer_all([PROBLEM])
    assert answer.outputs is not None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('print("hello", flush=True)', "expected one JSON value on one line"),
        ("print(3, flush=True)", "expected a JSON object on one line"),
        ('say(id=question["id"] + 1, answer={})', "expected one to question 1"),
        ('say(id=question["id"])', "expected the field answer"),
        ('say(id=question["id"], answer={}, answers={})', "got the fields ['answers']"),
        ('say(id=question["id"], answer={"outputs": "many"})', "answer: outputs: got 'many'"),
        ('say(id=question["id"], answer={"out": 1})', "no fields but"),
        ('print("NaN", flush=True)', 'expected the string "NaN"'),
        ('say(id=question["id"], answer={})', "got an answer without outputs; expected what was"),
        ('say(id=question["id"], answer={"outputs": None})', "got an answer without outputs"),
    ],
)
def test_a_malformed_reply_is_reported_as_exactly_that(
    body: str, said: str, tmp_path: Path
) -> None:
    with opened(tmp_path, body) as subject:
        assert said in message_of(subject)
        assert kind_of(subject) == "Malformed"


@pytest.mark.parametrize("flood", ['say(doing="outputs")', 'sys.stdout.write("x" * 9)'])
def test_a_program_that_says_something_without_end_is_late(flood: str, tmp_path: Path) -> None:
    """Otherwise there is always something to be read, and the time is never over."""
    with opened(tmp_path, f"while True: {flood}", timeout=2.0) as subject:
        began = time.monotonic()
        assert kind_of(subject) == "Timeout"
        assert time.monotonic() - began < 2.0


def test_what_a_program_that_ends_has_printed_is_quoted(tmp_path: Path) -> None:
    with opened(tmp_path, 'sys.exit("no licence\\x1b[31m" + 999 * "x")') as subject:
        message = message_of(subject)
    assert "exit status 1; the last it printed: no licence?[31mxxx" in message
    assert len(message) < 400


def test_a_part_that_hangs_is_not_asked_again_and_the_others_are(tmp_path: Path) -> None:
    body = """
if "gradients" in asks:
    say(doing="gradients"); time.sleep(1000)
right(question)"""
    both = replace(PROBLEM, asks=("outputs", "gradients"))
    with opened(tmp_path, body, timeout=4.0) as subject:
        first, second = subject.panel.answer_all([both, replace(both, after=both)])
    for answer in (first, second):
        assert answer.outputs is not None, "what did not hang is asked on its own"
        assert answer.failures["gradients"].kind == "Timeout"


def test_a_part_that_crashes_is_asked_twice(tmp_path: Path) -> None:
    """A crash may be due to one question; after a second one there is no point."""
    counter = tmp_path / "crashes"
    body = f"""
if "gradients" in asks:
    open({str(counter)!r}, "a").write("x")
    os._exit(9)
right(question)"""
    problems = [
        replace(PROBLEM, asks=("gradients",), learning_rate=float(rate)) for rate in range(4)
    ]
    with opened(tmp_path, body) as subject:
        answers = subject.panel.answer_all(problems)
        assert subject.panel.answer_all([PROBLEM])[0].outputs is not None
    assert {answer.failures["gradients"].kind for answer in answers} == {"Crash"}
    assert "exit status 9" in answers[0].failures["gradients"].message
    assert counter.read_text() == "xx"


def test_when_its_time_is_over_nothing_more_is_asked(tmp_path: Path) -> None:
    with opened(tmp_path, "time.sleep(0.3); right(question)", timeout=1.5) as subject:
        problems = [replace(PROBLEM, learning_rate=float(rate)) for rate in range(40)]
        answers = subject.panel.answer_all(problems)
    assert answers[0].outputs is not None
    assert answers[-1].failures["outputs"].kind == "Timeout"
    assert {one.failures["outputs"].message for one in answers if one.failures} == {
        "its 1.5 seconds are over"
    }, "not that of one question, which may have got the last millisecond"


@pytest.mark.parametrize(
    ("hello", "said"),
    [
        ({"refnet": 2, "capabilities": {"parts": []}}, "hello: refnet: got 2; expected 1"),
        ({"refnet": 1}, "hello: capabilities: got None"),
        ({"refnet": 1, "capabilities": {"parts": ["all"]}}, "capabilities.parts: got 'all'"),
        ({"refnet": 1, "capabilities": {"parts": [], "sizes": [3]}}, "capabilities.sizes"),
        ({"refnet": 1, "capabilities": {"parts": [], "sizes": [3, 0]}}, "at least 1"),
        (
            {"refnet": 1, "capabilities": {"parts": [], "sizes": [10**9, 9]}},
            "at most 4194304 param",
        ),
        ({"refnet": 1, "capabilities": {"parts": [], "sizes": [1] * 102}}, "at most 100"),
        ({"refnet": 1, "capabilities": {"parts": [], "depth": 10**9}}, "at most 100"),
        ({"refnet": 1, "capabilities": {"parts": []}, "precision": "half"}, "precision"),
        ({"refnet": 1, "capabilities": {"parts": []}, "l2_declared": 1}, "true or false"),
        ({"error": "no data today"}, "no data today"),
    ],
)
def test_a_hello_that_cannot_be_meant_is_refused(
    hello: dict[str, Any], said: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"input(); print({json.dumps(json.dumps(hello))}); input()")
    with (
        pytest.raises(SubjectError, match=said.replace("(", r"\(")),
        open_program([sys.executable, str(program)], timeout=AMPLE),
    ):
        pass


def test_a_program_that_ends_or_hangs_at_once_is_refused_with_its_last_words() -> None:
    with (
        pytest.raises(SubjectError, match="exit status 4; the last it printed: no licence"),
        open_program(shlex.split("sh -c 'echo no licence >&2; exit 4'"), timeout=AMPLE),
    ):
        pass
    with (
        pytest.raises(SubjectError, match="no answer within"),
        open_program(["sleep", "1000"], timeout=0.6),
    ):
        pass


def test_a_description_survives_json() -> None:
    description = Description(
        style="program",
        capabilities=Capabilities(
            parts=frozenset({"outputs", "step"}),
            heads=(Head("relu", "softmax", "categorical_cross_entropy"),),
            one_sample=frozenset({"step"}),
            without_l2=frozenset({"step"}),
            sizes=(2, 3, 1),
            depth=2,
        ),
        precision="float32",
        l2_declared=True,
        conventions=(Convention("samples", "rows", "detected", "a note"),),
        notes=("a sentence",),
        declared={"gradients": "sum"},
    )
    assert description_from_json(description_to_json(description)) == description


def test_conventions_of_a_program_count_as_declared() -> None:
    made = description_from_json(
        {"refnet": 1, "capabilities": {"parts": ["outputs"]}, "conventions": {"step": "sum"}}
    )
    assert made.declared == {"step": "sum"}
    assert made.conventions == (), "those are what was found out"


def test_what_cannot_be_asked_is_said() -> None:
    able = Capabilities(
        parts=frozenset({"outputs", "gradients"}),
        one_sample=frozenset({"gradients"}),
        without_l2=frozenset({"gradients"}),
    )
    gradients = replace(PROBLEM, asks=("gradients",))
    assert able.refusal(PROBLEM) is None
    assert able.refusal(replace(PROBLEM, asks=("step",))) == "the subject offers no step"
    assert "one sample" in str(able.refusal(gradients))
    fitted = able.fit(gradients, frozenset({"gradients"}))
    assert (fitted.samples, fitted.l2) == (1, 0.0)
    assert able.refusal(fitted) is None
    assert "always [4, 1]" in str(replace(able, sizes=(4, 1)).refusal(PROBLEM))
    assert "always has 5 layers" in str(replace(able, depth=5).refusal(PROBLEM))


def test_a_file_that_removes_itself_is_opened_all_the_same(tmp_path: Path) -> None:
    """Otherwise refnet would fail, and say that it was its own fault."""
    statement = "import os; os.path.exists(__file__) and os.remove(__file__)"
    locator = changed(tmp_path, before_backprop(statement))
    digest = parse_locator(locator).digest
    with open_subject(parse_locator(locator), timeout=60.0) as subject:
        assert subject.digest == digest
    assert not (tmp_path / "network.py").exists()


def test_nothing_is_read_off_a_step_that_ends_the_process(tmp_path: Path) -> None:
    """Otherwise gradients that could be asked for are not judged, for what the step does."""
    stepping = "    def update_mini_batch(self, mini_batch, eta):\n"
    locator = changed(tmp_path, (stepping, f"{stepping}        import os; os._exit(3)\n"))
    with open_subject(parse_locator(locator), timeout=AMPLE) as subject:
        interview = Interview(subject.panel, subject.description.capabilities)
        wanted: frozenset[Part] = frozenset({"gradients"})
        single = interview.capabilities.fit(replace(PROBLEM, asks=("gradients",)), wanted)
        (answer,) = interview.ask([single])
        (stepped,) = interview.ask([replace(PROBLEM, asks=("step",))])
    assert answer.gradients is not None
    assert stepped.failures["step"].where == "network.py, line 33, in update_mini_batch"
