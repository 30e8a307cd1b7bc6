"""The report: what a person reads first, what a machine reads, and that neither is ever lost."""

import io
import json
import os
import re
import stat
import threading
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import pytest
from rich.console import Console

from refnet.arrays import column, matrix
from refnet.bugs import BUGS
from refnet.errors import ArgumentError
from refnet.json_values import loads
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Layers, Problem
from refnet.report.files import refuse_unless_writable
from refnet.report.json_form import layout, report_to_json, write_json
from refnet.report.terminal import print_report
from refnet.subjects.protocol import Convention
from refnet.verdict import (
    Certainty,
    Diagnosis,
    Example,
    LawResult,
    Report,
    Status,
    Verdict,
)
from refnet.wire import answer_from_json, problem_from_json

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "report.md"

PASSED = LawResult("purity/repeatable", "the same question has the same answer", "", "passed")
BROKEN = LawResult(
    "bp2/hidden-error", "the error comes back through W^T", "BP2", "broken", "dW is off"
)
BLOCKED = LawResult(
    "batch/mean", "a batch is the mean of its samples", "", "blocked", "follows bp2/hidden-error"
)
UNANSWERABLE = LawResult(
    "cost/value", "the cost is the mean over the batch", "", "unanswerable", "it offers no cost"
)
BY_STATUS: Mapping[Status, LawResult] = {
    law.status: law for law in (PASSED, BROKEN, BLOCKED, UNANSWERABLE)
}

PROBLEM = Problem(
    Parameters(
        (matrix(np.array([[1.0]])), matrix(np.array([[1.0]]))),
        (column(np.array([[0.0]])), column(np.array([[0.0]]))),
    ),
    ("sigmoid", "sigmoid"),
    "quadratic",
    matrix(np.array([[1.0]])),
    matrix(np.array([[0.0]])),
    ("gradients",),
)
RIGHT = Layers((np.array([[0.25]]), np.array([[0.5]])), (np.array([[0.25]]), np.array([[0.75]])))
WRONG = Layers((np.array([[np.nan]]), np.array([[0.5]])), RIGHT.biases)
EXAMPLE = Example(
    "bp2/hidden-error",
    PROBLEM,
    Answer(gradients=WRONG),
    Expected(Answer(gradients=RIGHT), Answer(gradients=RIGHT)),
    "dW of layer 1, row 0, column 0: got NaN, expected 0.25",
    equation="BP2",
    element="dW of layer 1, row 0, column 0",
    got=float("nan"),
    expected=0.25,
    bound=float("inf"),
)


def make_report(**more: Any) -> Report:
    """Make a report of a wrong network; `more` replaces fields."""
    report = Report(
        subject="net.py:Network",
        verdict="wrong",
        sentence="net.py:Network is wrong: its verdict in one plain sentence.",
        laws=(PASSED, BROKEN, BLOCKED, UNANSWERABLE),
        conventions=(
            Convention("cost", "quadratic", "inferred", "if you meant another, say so"),
            Convention("hidden activation", "sigmoid", "detected"),
        ),
        diagnosis=Diagnosis("unique", ("raw-error-propagated",), "BP2"),
        example=EXAMPLE,
        advice=("Look at your labels.",),
        versions={"refnet": "0.1.0", "numpy": "2.4.6", "python": "3.11.7"},
        seed=3,
        repeat="refnet check net.py:Network --seed 3",
        seconds=1.26,
        digest="0123456789abcdef" * 4,
    )
    return replace(report, **more)


def printed(report: Report, width: int = 80, **console: Any) -> str:
    """Print a report as into a file."""
    file = io.StringIO()
    print_report(report, Console(file=file, width=width, **console))
    return file.getvalue()


def flat(text: str) -> str:
    """Undo the wrapping of lines."""
    return " ".join(text.split())


EVERY_COMBINATION = list(
    product(get_args(Verdict), get_args(Certainty), (*get_args(Status), "none of them"))
)


def combination(verdict: str, certainty: str, status: str) -> Report:
    bugs = {"unique": ("raw-error-propagated",), "tied": ("zeros", "constant")}
    return make_report(
        verdict=verdict,
        sentence=f"net.py:Network: {verdict}.",
        laws=(BY_STATUS[cast(Status, status)],) if status in BY_STATUS else (),
        diagnosis=Diagnosis(
            cast(Certainty, certainty),
            bugs.get(certainty, ()),
            "" if certainty == "none" else "BP2",
            "dW, hidden layers: 1.7 times what is right" if certainty == "unknown" else "",
        ),
        example=EXAMPLE if verdict in ("wrong", "unstable") else None,
    )


@pytest.mark.parametrize(("verdict", "certainty", "status"), EVERY_COMBINATION)
def test_every_kind_of_report_opens_with_its_verdict_and_ends_with_what_repeats_it(
    verdict: str, certainty: str, status: str
) -> None:
    report = combination(verdict, certainty, status)
    lines = printed(report).splitlines()
    assert lines[0] == f"net.py:Network: {verdict}."
    assert lines[-2] == "Again: refnet check net.py:Network --seed 3"
    assert lines[-1] == (
        "refnet 0.1.0, numpy 2.4.6, python 3.11.7; seed 3; SHA-256 0123456789ab; 1.3 s"
    )
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)


@pytest.mark.parametrize(("verdict", "certainty", "status"), EVERY_COMBINATION)
def test_every_kind_of_report_has_every_field_in_json_and_reads_back(
    verdict: str, certainty: str, status: str
) -> None:
    report = combination(verdict, certainty, status)
    data = json.loads(layout(report), parse_constant=pytest.fail)
    assert data == report_to_json(report)
    assert list(data) == [
        "format",
        "subject",
        "verdict",
        "sentence",
        "ran",
        "of",
        "diagnosis",
        "example",
        "laws",
        "conventions",
        "advice",
        "versions",
        "seed",
        "repeat",
        "seconds",
        "digest",
        "further_examples",
        "expected_broken",
        "exit_status",
    ]
    assert data["format"] == "refnet-report/1"
    assert data["verdict"] == verdict
    assert data["diagnosis"] == {
        "certainty": certainty,
        "bugs": list(report.diagnosis.bugs),
        "equation": report.diagnosis.equation,
        "measured": report.diagnosis.measured,
        "pairs": [],
    }
    assert [law["status"] for law in data["laws"]] == [law.status for law in report.laws]
    assert (data["ran"], data["of"]) == (report.ran, report.of)
    assert (data["example"] is None) == (report.example is None)


def test_the_colour_repeats_what_the_words_say() -> None:
    for verdict in get_args(Verdict):
        report = combination(verdict, "none", "passed")
        coloured = printed(report, force_terminal=True, color_system="standard")
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == printed(report)


def test_only_a_network_that_conforms_is_ever_green() -> None:
    green = "\x1b[1;32m"
    for verdict in get_args(Verdict):
        report = combination(verdict, "none", "passed")
        first = printed(report, force_terminal=True, color_system="standard").splitlines()[0]
        assert (green in first) == (verdict == "conforms")


def test_a_partial_run_is_said_on_the_very_next_line() -> None:
    report = make_report(verdict="conforms", laws=(PASSED, UNANSWERABLE))
    assert printed(report).splitlines()[1] == ("Ran 1 of 2 laws, all hold; 1 could not be asked.")
    whole = make_report(verdict="conforms", laws=(PASSED, PASSED))
    assert printed(whole).splitlines()[1] == "Ran 2 of 2 laws, all hold."
    mixed = printed(make_report()).splitlines()[1]
    assert mixed == "Ran 2 of 4 laws, 1 broken; 1 blocked by a broken one; 1 could not be asked."
    nothing = make_report(laws=(UNANSWERABLE,))
    assert printed(nothing).splitlines()[1] == "Ran 0 of 1 laws; 1 could not be asked."
    assert "Ran" not in printed(make_report(laws=()))


@pytest.mark.parametrize("slug", BUGS)
def test_every_bug_is_explained_by_both_formulas_its_symptom_and_a_hint(slug: str) -> None:
    bug = BUGS[slug]
    text = flat(printed(make_report(diagnosis=Diagnosis("unique", (slug,), bug.equation))))
    for line in (
        f"The mistake: {slug} ({bug.equation})",
        f"your code {bug.wrong}",
        f"right {bug.right}",
        f"shows as {bug.symptom}",
        f"hint {bug.hint}",
    ):
        assert flat(line) in text


def test_tied_bugs_are_all_listed_with_what_they_are() -> None:
    tied = Diagnosis("tied", ("zeros", "constant"), "initialisation")
    text = flat(printed(make_report(diagnosis=tied)))
    assert "no question asked tells them apart" in text
    for slug in tied.bugs:
        assert f"{slug} (initialisation): {BUGS[slug].title}" in text


def test_an_unknown_mistake_leaves_the_first_broken_equation_and_what_it_reads() -> None:
    text = flat(printed(make_report(diagnosis=Diagnosis("unknown", (), "BP2"))))
    assert "No single known mistake explains every answer." in text
    assert "BP2, the first equation broken, reads delta of a layer = (W of the next" in text
    other = flat(printed(make_report(diagnosis=Diagnosis("unknown", (), "cost"))))
    assert "cost, the first equation broken hint" in other
    nameless = flat(printed(make_report(diagnosis=Diagnosis("unknown"))))
    assert "look at" not in nameless


def test_a_bug_this_version_does_not_know_is_named_all_the_same() -> None:
    text = printed(make_report(diagnosis=Diagnosis("unique", ("from-the-future",), "BP2")))
    assert "The mistake: from-the-future" in text


def test_a_network_that_could_not_be_judged_gets_advice_on_what_to_do() -> None:
    report = make_report(
        verdict="not judged", laws=(), example=None, diagnosis=Diagnosis("none"), advice=()
    )
    assert "what to do" not in printed(replace(report, advice=("Do this.",)))
    text = flat(printed(report))
    assert "what to do" in text
    assert ".weights and .biases" in text
    assert "Ran" not in text


def test_the_laws_stand_in_a_table_by_status_and_every_reason_above_its_laws_once() -> None:
    twin = replace(BLOCKED, id="batch/order", equation="BP4")
    text = printed(make_report(laws=(PASSED, BLOCKED, BROKEN, UNANSWERABLE, twin)))
    table = text[text.index("The laws:") : text.index("Taken as:")]
    assert [line for line in table.splitlines() if line] == [
        "The laws:",
        "  broken",
        "    bp2/hidden-error   the error comes back through W^T",
        "  blocked: follows bp2/hidden-error",
        "    batch/mean         a batch is the mean of its samples",
        "    batch/order        a batch is the mean of its samples (BP4)",
        "  unanswerable: it offers no cost",
        "    cost/value         the cost is the mean over the batch",
        "  passed",
        "    purity/repeatable  the same question has the same answer",
    ]
    assert "The laws" not in printed(make_report(laws=()))


def test_the_laws_message_is_left_out_only_where_the_work_ends_in_its_numbers() -> None:
    assert EXAMPLE.message not in flat(printed(make_report()))
    for other in (
        replace(EXAMPLE, got=None),
        replace(EXAMPLE, expected=0.125),
        replace(EXAMPLE, answer=Answer(changed=("x",))),
    ):
        assert EXAMPLE.message in flat(printed(make_report(example=other)))


def test_the_conventions_name_their_origin_and_what_else_they_could_be() -> None:
    text = flat(printed(make_report()))
    assert "cost: quadratic (inferred; if you meant another, say so)" in text
    assert "hidden activation: sigmoid (detected)" in text
    assert "Taken as" not in printed(make_report(conventions=()))


def test_what_a_subject_says_can_neither_colour_nor_break_the_report() -> None:
    hostile = "\x1b[31mred\x1b[0m [bold]bold[/] \x07 \ud800 \u2028 end"
    report = make_report(sentence=hostile, example=replace(EXAMPLE, message=hostile))
    text = printed(report, force_terminal=True, color_system="standard")
    assert "\x1b[31mred" not in text
    assert "[bold]bold[/]" in text
    assert "\\x1b[31mred" in text
    assert "\\x07" in text
    layout(report).encode("ascii")


def test_a_terminal_that_knows_ascii_alone_still_shows_everything() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    print_report(make_report(sentence="\u03b4 is wrong."), Console(file=file, width=80))
    file.flush()
    assert raw.getvalue().startswith(b"\\u03b4 is wrong.")


def test_a_command_to_be_copied_is_never_broken_over_lines() -> None:
    command = "refnet check " + "a_rather_long_folder/" * 6 + "net.py:Network"
    assert f"Again: {command}\n" in printed(make_report(repeat=command))


def test_a_narrow_terminal_and_a_wide_one_get_readable_lines() -> None:
    assert max(map(len, printed(make_report(), width=20).splitlines())) <= 110
    assert max(map(len, printed(make_report(), width=300).splitlines())) <= 100


def test_a_version_without_digest_says_nothing_of_one() -> None:
    assert "SHA" not in printed(make_report(digest=""))


def test_the_example_in_json_is_the_problem_and_both_answers_to_the_last_bit() -> None:
    data = cast(dict[str, Any], loads(layout(make_report())))["example"]
    assert problem_from_json(data["problem"]).asks == PROBLEM.asks
    gradients = answer_from_json(data["answer"]).gradients
    trusted = answer_from_json(data["trusted"]).gradients
    assert gradients is not None
    assert trusted is not None
    assert np.isnan(gradients.weights[0][0, 0])
    assert trusted.weights[0][0, 0] == 0.25
    assert answer_from_json(data["bounds"]).gradients is not None
    assert (data["got"], data["expected"], data["bound"]) == ("NaN", 0.25, "Infinity")
    assert data["law"] == "bp2/hidden-error"
    bare = make_report(example=replace(EXAMPLE, got=None, expected=None, bound=None))
    empty = cast(dict[str, Any], report_to_json(bare)["example"])
    assert (empty["got"], empty["expected"], empty["bound"]) == (None, None, None)


def test_every_field_of_the_json_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", DOCUMENTATION.read_text(encoding="utf-8")))
    data = cast(dict[str, Any], loads(layout(make_report())))
    named = {*data, *data["example"], *data["laws"][0], *data["conventions"][0]}
    assert named | set(data["diagnosis"]) <= documented


def test_a_file_is_written_whole_with_ordinary_permissions(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    mask = os.umask(0o022)
    try:
        write_json(make_report(), str(path))
    finally:
        os.umask(mask)
    assert json.loads(path.read_text())["verdict"] == "wrong"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path], "no temporary file is left"


def test_an_existing_file_keeps_its_permissions_and_a_link_its_target(tmp_path: Path) -> None:
    path, link = tmp_path / "report.json", tmp_path / "link.json"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to(path)
    write_json(make_report(), str(link))
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["seed"] == 3


def test_a_failure_while_writing_keeps_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ArgumentError, match=r"No space left on device.*name another file"):
        write_json(make_report(), str(path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    # A pipe stands for every device: run as root, a broken writer would replace a real one.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refuse_unless_writable(str(pipe), "--json")
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text()), daemon=True)
    reader.start()
    write_json(make_report(), str(pipe))
    reader.join(10)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert json.loads(received[0])["verdict"] == "wrong"


def test_a_path_that_cannot_work_is_refused_before_judging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, reason in (
        (str(tmp_path), "it is a folder"),
        (str(tmp_path / "missing" / "report.json"), "there is no folder"),
        ("\0", "null"),
        (str(loop / "report.json"), "cannot be written"),
    ):
        with pytest.raises(ArgumentError, match=reason):
            refuse_unless_writable(path, "--json")
    refuse_unless_writable(str(tmp_path / "report.json"), "--json")
    refuse_unless_writable("-", "--json")
    assert list(tmp_path.iterdir()) == [loop], "asking leaves nothing behind"
    with pytest.raises(ArgumentError, match="cannot be written"):
        refuse_unless_writable("long" * 1000, "--json")

    def refused(_path: Path, _mode: int) -> bool:
        return False

    monkeypatch.setattr(os, "access", refused)
    with pytest.raises(ArgumentError, match="no permission"):
        refuse_unless_writable(str(tmp_path / "report.json"), "--json")


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ((("a", "b"), ("a", "c")), "together: a and (b or c)."),
        ((("a", "b", "c"), ("a", "b", "d")), "together: a and b and (c or d)."),
        ((("a", "b"), ("c", "d")), "together: (a and b) or (c and d)."),
    ],
)
def test_of_mistakes_that_are_tied_it_is_said_which_belong_together(
    pairs: tuple[tuple[str, ...], ...], said: str
) -> None:
    """With two mistakes that are certain, "the first of these" would hide the second."""
    slugs = tuple(sorted({slug for pair in pairs for slug in pair}))
    assert said in flat(printed(make_report(diagnosis=Diagnosis("tied", slugs, pairs=pairs))))
