"""`refnet check` as it is called: arguments, where the report goes, and the exit status."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from shlex import quote, split
from typing import Any, get_args

import pytest

from refnet import conformance
from refnet.cli import main
from refnet.errors import ArgumentError, DataError
from refnet.options import DEFAULT, Options
from refnet.verdict import Diagnosis, LawResult, Report, Verdict

Judge = Callable[..., Report]
EXIT_STATUSES: dict[Verdict, int] = {"conforms": 0, "unstable": 1, "wrong": 1, "not judged": 2}


def report_of(verdict: Verdict) -> Report:
    return Report(
        subject="net.py:Net",
        verdict=verdict,
        sentence=f"net.py:Net: {verdict}.",
        laws=(LawResult("purity/repeatable", "same question, same answer", "", "passed"),),
        conventions=(),
        diagnosis=Diagnosis("none"),
        example=None,
        advice=(),
        versions={"refnet": "0"},
        seed=0,
        repeat="refnet check net.py:Net",
        seconds=0.5,
    )


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Callable[[Judge], None]:
    """Put another judge in the place of the real one."""

    def install(check: Judge) -> None:
        monkeypatch.setattr(conformance, "check_with", check)

    return install


def answering(verdict: Verdict) -> Judge:
    def check(_subject: str, _options: Options, **_kind: Any) -> Report:
        return report_of(verdict)

    return check


def raising(error: BaseException) -> Judge:
    def check(_subject: str, _options: Options, **_kind: Any) -> Report:
        raise error

    return check


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_the_exit_status_is_that_of_the_verdict_with_json_or_without(
    verdict: Verdict,
    judge: Callable[[Judge], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    judge(answering(verdict))
    assert main(["check", "net.py:Net"]) == EXIT_STATUSES[verdict]
    shown = capsys.readouterr().out
    assert shown.startswith(f"net.py:Net: {verdict}.\n")
    path = tmp_path / "report.json"
    assert main(["check", "net.py:Net", "--json", str(path)]) == EXIT_STATUSES[verdict]
    assert capsys.readouterr().out == shown, "the file comes beside the report"
    assert json.loads(path.read_text())["verdict"] == verdict
    assert main(["check", "net.py:Net", "--json", "-"]) == EXIT_STATUSES[verdict]
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


EVERY_OPTION = [
    *("--seed", "7", "--timeout", "2.5", "--only", "bp1,bp2", "--only", "step/update"),
    *("--declare", "cost=quadratic", "--declare", "gradients=mean", "--examples", "3"),
    *("--expect-broken", "bp1/output-error=it is late", "--accept-unstable"),
    *("--python", sys.executable),
]


def test_every_option_reaches_the_judge_and_stands_in_the_command_that_repeats_it(
    judge: Callable[[Judge], None],
) -> None:
    """Otherwise the command in a report would give another verdict than the report."""
    asked: list[tuple[str, Options, bool]] = []

    def check(subject: str, options: Options, *, program: bool) -> Report:
        asked.append((subject, options, program))
        return report_of("conforms")

    judge(check)
    main(["check", "a.py:B"])
    main(["check", "a.py:B", *EVERY_OPTION])
    main(["check", "--command", "node 'a b.js'", "--declare", "l2=m"])
    main(["check", "a.py:B", "--in-process"])
    assert asked[0] == ("a.py:B", DEFAULT, False)
    chosen = Options(
        seed=7,
        timeout=2.5,
        declare={"cost": "quadratic", "gradients": "mean"},
        only=("bp1", "bp2", "step/update"),
        examples=3,
        expect_broken={"bp1/output-error": "it is late"},
        accept_unstable=True,
        python=sys.executable,
    )
    assert asked[1] == ("a.py:B", chosen, False)
    assert asked[2] == ("node 'a b.js'", Options(declare={"l2": "m"}), True)
    assert asked[3] == ("a.py:B", Options(in_process=True), False)
    before = list(asked)
    for subject, options, program in before:
        named = f"--command {quote(subject)}" if program else subject
        command = split(options.command(named))
        assert command[0] == "refnet"
        main(command[1:])
    assert asked == [*before, *before]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.py:B", "--command", "node a.js"],
        ["a.py:B", "--in-process", "--python", sys.executable],
        ["a.py:B", "--in-process", "--json", "-"],
        ["a.py:B", "--summary", "all.csv"],
        ["a.py:B", "--jobs", "2"],
        ["a.py:B", "c.py:D", "--jobs", "0"],
        ["a.py:B", "c.py:D", "--json", "all.json"],
        ["a.py:B", "c.py:D", "--junit", "all.xml"],
        ["a.py:B", "c.py:D", "--html", "all.html"],
        ["a.py:B", "c.py:D", "--in-process"],
        ["a.py:B", "c.py:D", "--summary", "all.txt"],
        ["a.py:B", "c.py:D", "--summary", "no/such/folder/all.csv"],
        ["a.py:B", "--examples", "-1"],
        ["a.py:B", "--declare", "cost"],
        ["a.py:B", "--declare", "cost="],
        ["a.py:B", "--declare", "cost=quadratic", "--declare", "cost=quadratic"],
        ["a.py:B", "--expect-broken", "bp1/output-error"],
        ["a.py:B", "--junit", "-"],
        ["a.py:B", "--html", "."],
        ["a.py:B", "--junit", "no/such/folder/report.xml"],
        ["a.py:B", "--seed", "-1"],
        ["a.py:B", "--seed", "1.5"],
        ["a.py:B", "--timeout", "0"],
        ["a.py:B", "--timeout", "nan"],
        ["a.py:B", "--timeout", "soon"],
        ["a.py:B", "--json"],
        ["a.py:B", "--json", "no/such/folder/report.json"],
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_and_nothing_is_judged(
    arguments: list[str],
    judge: Callable[[Judge], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    judge(raising(AssertionError("it was judged")))
    assert main(["check", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("refnet: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--only", "bp9"], "got 'bp9'; expected the id of a law or how ids begin"),
        (["--only", ""], "got ''; expected the id of a law"),
        (["--declare", "colour=red"], "got 'colour'; expected one of hidden, output, cost"),
        (["--declare", "cost=cubic"], "got 'cubic'; expected one of quadratic"),
        (["--declare", "leaky_slope=2"], "got '2'; expected a number between 0 and 1"),
        (
            ["--declare", "cost=quadratic", "--declare", "output=softmax"],
            "got cost quadratic with output softmax; expected",
        ),
        (["--expect-broken", "bp1=late"], "got 'bp1'; expected the whole id of a law"),
        (
            ["--only", "bp1", "--expect-broken", "bp2/hidden-error=late"],
            "got 'bp2/hidden-error'; expected the whole id of a law that is judged",
        ),
        (["--python", "no/such/python"], "got 'no/such/python', which is no program"),
        (["--python", "."], "got '.', which is a folder"),
    ],
)
def test_what_there_is_not_is_refused_by_name_before_the_network_is_opened(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"open({str(tmp_path / 'opened')!r}, 'w')\n")
    for subjects in ([str(path)], [str(path), str(path)]):
        assert main(["check", *subjects, *arguments]) == 2
        printed = capsys.readouterr()
        assert expected in printed.err
        assert printed.err.count("\n") == 1
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["node 'a.js"], "No closing quotation"),
        ([" "], "got nothing; expected a program"),
        (["node a.js", "--in-process"], "in_process: got it together with a command"),
        (["node a.js", "--python", sys.executable], "python: got it together with a command"),
    ],
)
def test_a_command_that_is_none_is_one_line(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--command", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert expected in printed.err
    assert printed.err.count("\n") == 1


def test_a_file_in_another_language_is_told_how_it_is_judged(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "network.js"
    path.write_text("")
    assert main(["check", str(path)]) == 2
    assert "by --command" in capsys.readouterr().err


def test_a_locator_that_is_none_is_one_line_and_a_report_for_the_machine(
    judge: Callable[[Judge], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judge(raising(ArgumentError("subject: got 'x'; expected FILE.py:Name")))
    assert main(["check", "x"]) == 2
    assert capsys.readouterr() == ("", "refnet: subject: got 'x'; expected FILE.py:Name\n")
    assert main(["check", "x", "--seed", "4", "--json", "-"]) == 2
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] == "not judged"
    assert "expected FILE.py:Name" in data["sentence"]
    assert data["repeat"] == "refnet check x --seed 4"
    assert main(["check", "a b.py:C", "--timeout", "2", "--json", "-"]) == 2
    again = json.loads(capsys.readouterr().out)["repeat"]
    assert again == "refnet check 'a b.py:C' --timeout 2"


def test_an_error_that_is_nobodys_on_the_command_line_is_not_judged(
    judge: Callable[[Judge], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judge(raising(DataError("a file is damaged")))
    assert main(["check", "net.py:Net"]) == 2
    assert capsys.readouterr().out.startswith("net.py:Net could not be judged: a file is damaged\n")
    assert main(["check", "net.py:Net", "--json", "-"]) == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "not judged"


def test_a_fault_of_refnet_never_accuses_the_subject(
    judge: Callable[[Judge], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judge(raising(ZeroDivisionError("float division by zero")))
    assert main(["check", "net.py:Net"]) == 2
    printed = capsys.readouterr()
    assert "refnet itself failed" in printed.out
    assert "This says nothing about your network." in printed.out
    assert "what to do" not in printed.out, "there is nothing the caller could do"
    assert "Traceback" in printed.err


def test_ctrl_c_ends_a_check_without_a_verdict(
    judge: Callable[[Judge], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judge(raising(KeyboardInterrupt()))
    assert main(["check", "net.py:Net"]) == 130
    assert capsys.readouterr().out == ""


def test_a_disk_that_fills_up_while_judging_loses_no_verdict(
    judge: Callable[[Judge], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def full(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    judge(answering("wrong"))
    monkeypatch.setattr(Path, "replace", full)
    assert main(["check", "net.py:Net", "--json", str(tmp_path / "report.json")]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("net.py:Net: wrong.\n")
    assert "No space left on device" in printed.err


class Full(io.StringIO):
    """Standard output on a disk that is full; it has a descriptor of its own."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")

    def fileno(self) -> int:
        return self.descriptor


@pytest.mark.parametrize("options", [[], ["--json", "-"]])
def test_a_full_disk_behind_standard_output_is_an_error_and_no_accusation(
    options: list[str],
    judge: Callable[[Judge], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    judge(answering("conforms"))
    with (tmp_path / "output").open("w") as file:
        monkeypatch.setattr(sys, "stdout", Full(file.fileno()))
        assert main(["check", "net.py:Net", *options]) == 2
    assert "standard output: cannot be written (No space left" in capsys.readouterr().err


def test_nobody_reading_the_report_is_no_accusation_either(
    judge: Callable[[Judge], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Closed(Full):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    judge(answering("conforms"))
    with (tmp_path / "output").open("w") as file:
        monkeypatch.setattr(sys, "stdout", Closed(file.fileno()))
        assert main(["check", "net.py:Net"]) == 141


def test_a_terminal_gets_its_own_width(
    judge: Callable[[Judge], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge(answering("conforms"))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    main(["check", "net.py:Net"])
    assert "net.py:Net: conforms." in capsys.readouterr().out
