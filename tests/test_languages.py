"""Networks in other languages: the examples in C and JavaScript, and the protocol they speak.

Skipped where a compiler or an interpreter is missing, unless REFNET_REQUIRE_LANGUAGES=1 is set.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.conformance import check
from refnet.declarations import CHOICES
from refnet.json_values import dumps
from refnet.problem import PARTS
from refnet.subjects.description import description_to_json
from refnet.subjects.process import Conversation
from refnet.subjects.protocol import Capabilities, Convention, Description, Head
from refnet.verdict import Report

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PROTOCOL = ROOT / "docs" / "protocol.md"
SCHEMAS = files("refnet") / "schemas"

SLOW = 120.0
"""Seconds: a machine that is busy must not be taken for a program that hangs."""

Validate = Callable[[object], None]


def needed(*programs: str) -> str:
    """Return the path of the first of these programs; skip, or fail, where there is none."""
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is not None:
        return found
    if os.environ.get("REFNET_REQUIRE_LANGUAGES") == "1":
        pytest.fail(f"REFNET_REQUIRE_LANGUAGES=1, but there is no {' or '.join(programs)}")
    pytest.skip(f"there is no {' or '.join(programs)} here")


@pytest.fixture(scope="module")
def javascript() -> str:
    return shlex.join((needed("node", "nodejs"), str(EXAMPLES / "network.js")))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    compiler = needed("gcc", "cc")

    def compile_(*options: str) -> str:
        program = tmp_path_factory.mktemp("c") / "network"
        strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
        source = str(EXAMPLES / "network.c")
        subprocess.run([compiler, *strict, *options, "-o", program, source, "-lm"], check=True)
        return shlex.quote(str(program))

    return compile_


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def validator(name: str) -> Validate:
    made: Any = import_module("jsonschema").Draft202012Validator(schema(name))
    validate: Validate = made.validate
    return validate


class Lines:
    """All lines that refnet sent and programs answered, as they went over the pipe."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.answered: list[Any] = []


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    heard = Lines()
    say, hear = Conversation.say, Conversation.hear

    def say_and_note(self: Conversation, line: str, deadline: float) -> None:
        heard.sent.append(json.loads(line))
        say(self, line, deadline)

    def hear_and_note(self: Conversation, deadline: float) -> str:
        line = hear(self, deadline)
        heard.answered.append(json.loads(line))
        return line

    monkeypatch.setattr(Conversation, "say", say_and_note)
    monkeypatch.setattr(Conversation, "hear", hear_and_note)
    return heard


def hold_to_the_schema(lines: Lines) -> None:
    """Hold every line to its schema; the first answer is the hello."""
    question, hello, answer = map(validator, ("question", "hello", "answer"))
    for line in lines.sent:
        question(line)
    hello(lines.answered[0])
    for line in lines.answered[1:]:
        answer(line)
    assert len(lines.sent) == len(lines.answered) > 100


def judged(report: Report) -> set[str]:
    return {law.id for law in report.laws if law.status == "passed"}


@pytest.mark.campaign
def test_the_network_in_javascript_conforms_and_keeps_to_the_schema(
    javascript: str, lines: Lines
) -> None:
    report = check(javascript, program=True, timeout=SLOW)
    assert report.verdict == "conforms", report.sentence
    assert {"cost/value", "gradient/check", "step/lockstep", "batch/mean"} <= judged(report)
    hold_to_the_schema(lines)


def test_the_wrong_twin_in_javascript_is_told_what_it_does(javascript: str) -> None:
    report = check(f"{javascript} --wrong", program=True, timeout=SLOW, training=False)
    assert report.diagnosis.bugs == ("raw-error-propagated",), report.sentence


def test_the_network_in_c_conforms_and_keeps_to_the_schema(
    compiled: Callable[..., str], lines: Lines
) -> None:
    report = check(compiled(), program=True, timeout=SLOW, training=False)
    assert report.verdict == "conforms", report.sentence
    assert {"gradient/check", "step/lockstep", "evaluation/predictions", "evaluation/count"} <= (
        judged(report)
    )
    hold_to_the_schema(lines)


@pytest.mark.campaign
def test_the_wrong_twin_in_c_is_told_what_it_does(compiled: Callable[..., str]) -> None:
    report = check(compiled("-DWRONG"), program=True, timeout=SLOW, training=False)
    assert report.diagnosis.bugs == ("bias-gradient-not-averaged",), report.sentence


def transcript() -> tuple[list[str], list[str]]:
    (block,) = re.findall(
        r"^```text\n(.*?)^```$", PROTOCOL.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    said = [line.partition(" ") for line in block.splitlines()]
    return [line for who, _, line in said if who == ">"], [
        line for who, _, line in said if who == "<"
    ]


def test_the_transcript_in_the_documentation_is_what_the_example_answers(javascript: str) -> None:
    sent, answered = transcript()
    done = subprocess.run(
        shlex.split(javascript),
        input="".join(f"{line}\n" for line in sent),
        capture_output=True,
        text=True,
        check=True,
    )
    hello, answer = (json.loads(line) for line in done.stdout.splitlines())
    assert hello == json.loads(answered[0])
    wanted = json.loads(answered[1])
    assert answer["id"] == wanted["id"]
    for path in (("outputs",), ("gradients", "weights", 0), ("gradients", "biases", 1)):
        got, right = (_at(data["answer"], path) for data in (answer, wanted))
        np.testing.assert_allclose(got, right, rtol=1e-14)


def _at(data: Any, path: Sequence[Any]) -> Any:
    for step in path:
        data = data[step]
    return data


def test_the_transcript_keeps_to_the_schema() -> None:
    sent, answered = transcript()
    for name, line in zip(
        ("question", "hello", "question", "answer"),
        (sent[0], answered[0], sent[1], answered[1]),
        strict=True,
    ):
        validator(name)(json.loads(line))


EVERYTHING = Description(
    "made up",
    Capabilities(
        frozenset(PARTS),
        (Head("relu", "softmax", "categorical_cross_entropy"),),
        one_sample=frozenset({"gradients"}),
        without_l2=frozenset({"step"}),
        labelled=frozenset({"correct"}),
        without_biases=True,
        sizes=(2, 3, 4),
        depth=2,
    ),
    "float32",
    l2_declared=True,
    conventions=(Convention("samples", "columns", "detected", "a note"),),
    notes=("A sentence.",),
    declared={"gradients": "sum", "leaky_slope": "0.01"},
)


@pytest.mark.parametrize("description", [EVERYTHING, Description("", Capabilities(frozenset()))])
def test_what_refnets_own_workers_say_keeps_to_the_schema_too(description: Description) -> None:
    validator("hello")(json.loads(dumps(description_to_json(description))))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("hello", {"refnet": 2, "capabilities": {"parts": []}}),
        ("hello", {"refnet": 1}),
        ("hello", {"refnet": 1, "capabilities": {"parts": ["weights"]}}),
        ("hello", {"refnet": 1, "capabilities": {"parts": []}, "conventions": {"colour": "red"}}),
        ("question", {"id": 1, "problem": {}}),
        ("answer", {"id": 1, "answer": {"gradients": {"weights": []}}}),
        ("answer", {"id": 1, "answer": {"outputs": [["nan"]]}}),
        ("answer", {"answer": {}}),
    ],
)
def test_the_schema_refuses_what_refnet_refuses(name: str, line: object) -> None:
    with pytest.raises(import_module("jsonschema").ValidationError):
        validator(name)(line)


def test_the_schema_and_the_documentation_know_every_capability() -> None:
    known = schema("hello")["$defs"]["capabilities"]["properties"].keys()
    lost = {"lost"}  # what hangs or crashes nobody says of themselves
    assert known == {each.name for each in fields(Capabilities)} - lost
    documentation = PROTOCOL.read_text("utf-8")
    assert [key for key in known if f"`capabilities.{key}`" not in documentation] == []


def test_the_schema_and_the_documentation_know_every_convention() -> None:
    known = schema("hello")["$defs"]["conventions"]["properties"]
    assert known.keys() == CHOICES.keys()
    for key, choices in CHOICES.items():
        assert known[key].get("enum", []) == list(choices)
    documentation = PROTOCOL.read_text("utf-8")
    assert [key for key in CHOICES if f"`{key}`" not in documentation] == []


# A program in Python that answers as it is told, to see how it is reported.
PROGRAM = """
import json, sys, time
import numpy as np
def hello(**more):
    print(json.dumps({"refnet": 1, "capabilities": {"parts": PARTS}, **more}), flush=True)
def sigmoid(z): return 1 / (1 + np.exp(-z))
def network(p):
    ws, bs = ([np.array(a, float) for a in p[k]] for k in ("weights", "biases"))
    acts = [np.array(p["x"])]
    for w, b in zip(ws, bs): acts.append(sigmoid(w @ acts[-1] + b))
    m, delta, dw, db = acts[0].shape[1], None, [], []
    for l in reversed(range(len(ws))):
        e = acts[-1] - np.array(p["y"]) if delta is None else ws[l + 1].T @ delta
        a = acts[l + 1]
        delta = e * a * (1 - a) if SIGMA_PRIME or l < len(ws) - 1 else e
        dw.insert(0, delta @ acts[l].T / (1 if SUM else m)
            + p["l2"] / p["training_size"] * ws[l])
        db.insert(0, delta.sum(1, keepdims=True) / (1 if SUM else m))
    return acts[-1], dw, db
PARTS, SUM, SIGMA_PRIME, HELLO = ["outputs", "gradients"], False, True, {}
def reply(i, p):
    out, dw, db = network(p)
    return {"id": i, "answer": {"outputs": out.tolist(),
        "gradients": {"weights": [w.tolist() for w in dw], "biases": [b.tolist() for b in db]}}}
def say(i, p): print(json.dumps(reply(i, p)), flush=True)
@@
for line in sys.stdin:
    message = json.loads(line)
    if "hello" in message: hello(**HELLO)
    else: say(message["id"], message["problem"])
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """Return the command of a right network with some lines of its own."""

    def write(changes: str = "") -> str:
        path = tmp_path / "program.py"
        path.write_text(PROGRAM.replace("@@", changes))
        return shlex.join((sys.executable, str(path)))

    return write


def test_the_program_of_these_tests_is_right_where_nothing_is_changed(
    program: Callable[[str], str],
) -> None:
    assert check(program(""), program=True, timeout=SLOW, training=False).verdict == "conforms"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ("say = lambda i, p: time.sleep(60)", "no answer within 2 seconds"),
        ("say = lambda i, p: print('hello there', flush=True)", "JSON: got 'hello there'"),
        ("say = lambda i, p: print('[1]', flush=True)", "got '[1]'; expected a JSON object"),
        (
            "say = lambda i, p: print(json.dumps(reply(1000, p)), flush=True)",
            "got an answer to question 1000; expected one to question ",
        ),
        (
            "reply = lambda i, p: {'id': i, 'answer': {'outputs': [[1], [1, 2]]}}",
            "answer: outputs[1]: got a list of 2; expected 1",
        ),
        (
            "say = lambda i, p: print(json.dumps({'id': i, 'answer': {'output': 1}}), flush=True)",
            "got 'output'; expected no fields but outputs",
        ),
        ("say = lambda i, p: sys.exit('gone')", "the process ended itself with exit status 1"),
        ("hello = lambda: sys.exit('no licence')", "the last it printed: no licence"),
        (
            "hello = lambda: sys.exit('Error: no licence\\nversion 7')",
            "the last it printed: Error: no licence",
        ),
        pytest.param(
            "hello = lambda: time.sleep(60)",
            "no answer within 2.67 seconds",
            marks=pytest.mark.campaign,
        ),
        ("hello = lambda: print('{}', flush=True)", "hello: refnet: got None; expected 1"),
        ("HELLO = {'conventions': {'colour': 'red'}}", "got 'colour'; expected one of hidden"),
        ("HELLO = {'conventions': {'cost': 'cubic'}}", "cost: got 'cubic'; expected one of quad"),
        ("PARTS = ['outputs']", "the subject offers no gradients"),
        ("reply = lambda i, p: {'id': i, 'answer': {}}", "got an answer without outputs"),
    ],
)
def test_a_program_that_cannot_be_judged_is_told_exactly_why(
    changes: str, reason: str, program: Callable[[str], str]
) -> None:
    report = check(program(changes), program=True, timeout=8.0)
    assert report.verdict == "not judged"
    assert "could not be judged: " in report.sentence
    assert reason in report.sentence
    assert report.exit_status == 2


@pytest.mark.campaign
def test_a_wrong_shape_is_a_broken_law_and_no_malformed_answer(
    program: Callable[[str], str],
) -> None:
    changes = (
        "def say(i, p):\n    r = reply(i, p)\n    r['answer']['gradients']['biases'] = "
        "[[row[0] for row in b] for b in r['answer']['gradients']['biases']]\n"
        "    print(json.dumps(r), flush=True)"
    )
    report = check(program(changes), program=True, timeout=SLOW, training=False)
    assert report.verdict == "wrong"
    assert "shape/gradients" in report.broken


def declaring(**conventions: str) -> str:
    return f"HELLO = {{'conventions': {conventions}}}\n"


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("changes", "key", "value", "bug"),
    [
        ("SUM = True\n", "gradients", "mean", "batch-average-missing"),
        ("SIGMA_PRIME = False\n", "cost", "quadratic", "output-sigma-prime-missing"),
        ("", "cost", "binary_cross_entropy", "cross-entropy-extra-sigma-prime"),
    ],
)
def test_a_departure_from_what_is_declared_is_a_bug_and_none_where_nothing_is(
    changes: str, key: str, value: str, bug: str, program: Callable[[str], str]
) -> None:
    free = check(program(changes), program=True, timeout=SLOW, training=False)
    assert free.verdict == "conforms", free.sentence
    by_program = check(
        program(changes + declaring(**{key: value})), program=True, timeout=SLOW, examples=0
    )
    assert by_program.diagnosis.bugs == (bug,), by_program.sentence
    by_caller = check(
        program(changes), program=True, timeout=SLOW, declare={key: value}, examples=0
    )
    assert by_caller.diagnosis.bugs == (bug,), by_caller.sentence
    assert any(made.value == value and made.origin == "declared" for made in by_caller.conventions)


def test_what_the_caller_declares_beats_what_the_program_does(
    program: Callable[[str], str],
) -> None:
    changes = "SUM = True\n" + declaring(gradients="mean")
    report = check(
        program(changes), program=True, timeout=SLOW, declare={"gradients": "sum"}, training=False
    )
    assert report.verdict == "conforms", report.sentence
