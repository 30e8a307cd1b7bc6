"""The report as HTML and as JUnit XML, and what expectations make of it."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from rich.console import Console

from refnet.arrays import column, matrix
from refnet.errors import ArgumentError
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Layers, Problem
from refnet.report.files import refuse_unless_writable
from refnet.report.html_form import fragment, page, write_html
from refnet.report.json_form import write_json
from refnet.report.junit import junit, write_junit
from refnet.report.terminal import print_report
from refnet.subjects.protocol import Convention
from refnet.verdict import Diagnosis, Example, LawResult, Report

ONE = matrix(np.array([[1.0]]))
PROBLEM = Problem(
    Parameters((ONE,), (column(np.array([[0.5]])),)), ("sigmoid",), "quadratic", ONE, ONE
)
RIGHT = Layers((np.array([[0.25]]),), (np.array([[0.75]]),))
EXAMPLE = Example(
    "bp1/output-error",
    PROBLEM,
    Answer(gradients=Layers((np.array([[0.5]]),), RIGHT.biases)),
    Expected(Answer(gradients=RIGHT), Answer(gradients=RIGHT)),
    "dW of layer 1: got 0.5, expected 0.25",
)
OTHER = replace(EXAMPLE, law="step/update", message="W of layer 1: got 3, expected 4")

HOSTILE = "<script>alert(1)</script> & \x1b[31m \x00 ]]> \ud800 \ufffe"
"""What a subject may have printed: markup, and letters that no document may hold."""


def make_report(**more: Any) -> Report:
    report = Report(
        subject="net.py:Network",
        verdict="wrong",
        sentence="net.py:Network is wrong: sigma' is missing.",
        laws=(
            LawResult("forward/outputs", "outputs are right", "", "passed"),
            LawResult("bp1/output-error", "delta is right", "BP1", "broken", "db2 is off"),
            LawResult("bp2/hidden-error", "delta comes back", "BP2", "blocked", "follows it"),
            LawResult("cost/value", "the cost is right", "", "unanswerable", "it offers no cost"),
        ),
        conventions=(Convention("cost", "quadratic", "inferred", "if not, say so"),),
        diagnosis=Diagnosis("unique", ("output-sigma-prime-missing",), "BP1"),
        example=EXAMPLE,
        advice=("Look at your labels.",),
        versions={"refnet": "0.1.0", "numpy": "2.4.6", "python": "3.11.7"},
        seed=3,
        repeat="refnet check net.py:Network --seed 3",
        seconds=1.26,
        digest="0123456789abcdef" * 4,
    )
    return replace(report, **more)


class Elements(HTMLParser):
    """Reads a document: its text, its elements, and whether all of them are closed in order."""

    VOID = ("meta",)

    def __init__(self, document: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.words: list[str] = []
        self.attributes: list[str] = []
        self.feed(document)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes.extend(name for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.extend(data.split())


def as_text(report: Report) -> str:
    file = io.StringIO()
    print_report(report, Console(file=file, width=80))
    return file.getvalue()


REPORTS = [
    make_report(),
    make_report(verdict="conforms", diagnosis=Diagnosis("none"), example=None),
    make_report(
        verdict="not judged", laws=(), diagnosis=Diagnosis("none"), advice=(), example=None
    ),
    make_report(further=(OTHER,), diagnosis=Diagnosis("unknown", (), "BP1")),
    make_report(diagnosis=Diagnosis("tied", ("output-sigma-prime-missing", "zeros"), "BP1")),
    make_report(
        diagnosis=Diagnosis("tied", ("a", "b", "c"), "BP1", pairs=(("a", "b"), ("a", "c")))
    ),
    make_report(expected_broken={"bp1/output-error": "late", "cost/value": "early"}),
    make_report(verdict="unstable", accepts_unstable=True),
]


@pytest.mark.parametrize("report", REPORTS)
def test_html_says_what_the_terminal_says(report: Report) -> None:
    """Otherwise one of them would leave something out."""
    said = Elements(page(report)).words
    title = f"refnet: {report.subject}: {report.verdict}".split()
    assert said == [*title, *as_text(report).split()]


@pytest.mark.parametrize("report", REPORTS)
def test_html_needs_nothing_from_anywhere_and_runs_nothing(report: Report) -> None:
    found = Elements(page(report))
    assert not {"script", "link", "img", "iframe"} & set(found.seen)
    assert not {"src", "href", "onclick"} & set(found.attributes)
    assert "url(" not in page(report)
    assert "@import" not in page(report)


def test_a_fragment_styles_nothing_but_itself() -> None:
    """Otherwise a report in a notebook would change the whole notebook."""
    (style,) = re.findall(r"<style>(.*?)</style>", fragment(make_report()), re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media[^{]*\{", "", style))
    assert selectors
    for selector in selectors:
        assert all(each.strip().startswith(".refnet") for each in selector.split(","))


def test_what_a_subject_printed_is_no_markup_anywhere() -> None:
    report = make_report(
        subject=HOSTILE,
        sentence=HOSTILE,
        advice=(HOSTILE,),
        laws=(LawResult("bp1/output-error", HOSTILE, "", "broken", HOSTILE),),
        repeat=HOSTILE,
    )
    html = page(report)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert html.encode("utf-8").decode("utf-8").isascii()
    ET.fromstring(junit(report))  # noqa: S314 - our own
    assert "<script" not in junit(report)


def outcomes(report: Report) -> dict[str, str]:
    (suite,) = ET.fromstring(junit(report))  # noqa: S314 - our own
    cases = suite.findall("testcase")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    found = {str(case.get("name")): next((child.tag for child in case), "passed") for case in cases}
    values = list(found.values())
    assert counts == {
        "tests": str(len(values)),
        "failures": str(values.count("failure")),
        "errors": str(values.count("error")),
        "skipped": str(values.count("skipped")),
    }
    return found


def test_junit_has_a_test_case_for_every_law() -> None:
    assert outcomes(make_report()) == {
        "forward/outputs": "passed",
        "bp1/output-error": "failure",
        "bp2/hidden-error": "skipped",
        "cost/value": "skipped",
    }
    text = junit(make_report())
    assert "db2 is off" in text
    assert "refnet check net.py:Network --seed 3" in text


def test_advice_is_in_junit_and_no_outcome() -> None:
    sentences = ("Look at your labels.", f"The likely cause: {HOSTILE}")
    suite = ET.fromstring(junit(make_report(advice=sentences)))[0]  # noqa: S314 - our own
    said = suite.findtext("system-out") or ""
    assert said.startswith("Look at your labels.\nThe likely cause: ")
    assert outcomes(make_report(advice=sentences)) == outcomes(make_report(advice=()))


def test_a_subject_that_could_not_be_judged_is_an_error_in_junit() -> None:
    """Otherwise a service would show a suite without tests as a success."""
    report = make_report(verdict="not judged", laws=(), diagnosis=Diagnosis("none"), example=None)
    assert list(outcomes(report).values()) == ["error"]


@pytest.mark.parametrize(
    ("more", "status", "in_junit", "words"),
    [
        ({}, 1, "failure", ""),
        ({"expected_broken": {"bp1/output-error": "late"}}, 0, "skipped", "as expected: late"),
        (
            {"expected_broken": {"bp1/output-error": "late", "cost/value": "no"}},
            1,
            "skipped",
            "cost/value was expected to be broken (no), and is not",
        ),
        ({"expected_broken": {"cost/value": "no"}}, 1, "failure", "take the expectation back"),
        ({"verdict": "unstable", "accepts_unstable": True}, 0, "skipped", "is accepted here"),
        ({"verdict": "unstable"}, 1, "failure", ""),
        ({"accepts_unstable": True}, 1, "failure", ""),
    ],
)
def test_what_is_expected_or_accepted_is_no_failure_and_nothing_else_is_forgiven(
    more: dict[str, Any], status: int, in_junit: str, words: str
) -> None:
    report = make_report(**more)
    assert report.exit_status == status
    assert outcomes(report)["bp1/output-error"] == in_junit
    assert (outcomes(report)["cost/value"] == "failure") == ("cost/value" in report.expected_broken)
    assert words in " ".join(as_text(report).split())


def test_an_expectation_is_strict_where_everything_holds_and_void_where_nothing_was_judged() -> (
    None
):
    expected = {"forward/outputs": "late"}
    laws = (LawResult("forward/outputs", "outputs are right", "", "passed"),)
    holds = make_report(verdict="conforms", laws=laws, expected_broken=expected)
    assert holds.exit_status == 1
    assert make_report(verdict="not judged", laws=(), expected_broken=expected).exit_status == 2
    assert make_report(verdict="wrong", laws=laws).exit_status == 1


Writer = Callable[[Report, str], None]


@pytest.mark.parametrize(
    ("write", "option"), [(write_html, "--html"), (write_junit, "--junit"), (write_json, "--json")]
)
def test_a_file_appears_whole_or_not_at_all_and_is_refused_by_its_option(
    write: Writer, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report"
    write(make_report(), str(path))
    before = path.read_bytes()
    assert before

    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ArgumentError, match=rf"^{option}: .*No space left"):
        write(make_report(seed=4), str(path))
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
    assert path.read_bytes() == before
    with pytest.raises(ArgumentError, match=rf"^{option}: .*there is no folder"):
        refuse_unless_writable(str(tmp_path / "no" / "report"), option)


def test_further_examples_are_shown_each_with_its_law() -> None:
    text = as_text(make_report(further=(OTHER,)))
    assert text.count("The smallest example found that breaks") == 2
    assert "breaks step/update" in text
