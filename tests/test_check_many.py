"""Many networks at once: a line each, a summary, and nobody who disturbs the others."""

import csv
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from refnet import series
from refnet.cli import main
from refnet.commands.output import PIPED_WIDTH
from refnet.errors import ArgumentError
from refnet.options import Options
from refnet.report.summary import write_summary
from refnet.series import Row, judge_series
from refnet.verdict import Report

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

AMPLE = 30.0
"""Seconds for what comes at once: a machine that is busy must not fail a test."""

NETWORK = (EXAMPLES / "right_network.py").read_text(encoding="utf-8")
WRONG = (EXAMPLES / "cost_for_derivative.py").read_text(encoding="utf-8")

HOSTILE = {
    "ends_its_judge.py": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
    "exits.py": "import os\nos._exit(3)\n",
    "prints.py": "print('x' * 10**7)\nclass Nothing: pass\n",
    "is_no_network.py": "class Shoe:\n    size = 42\n",
    "cannot_be_read.py": "def (:\n",
}


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """Return a folder with a right network, a wrong one, and some that do what they can."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    files = {"right.py": NETWORK, "wrong.py": WRONG, **HOSTILE}
    for name, text in files.items():
        (folder / name).write_text(text)
    for name in (".hidden.py", "notes.txt"):
        (folder / name).write_text("raise SystemExit\n")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "right.py").write_text(NETWORK)
    return folder


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def test_each_of_a_folder_has_a_line_and_none_disturbs_another(
    submissions: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    summary = tmp_path / "all.csv"
    arguments = ["--summary", str(summary), "--timeout", "60", "--jobs", "2", "--only", "bp"]
    assert main(["check", str(submissions), *arguments]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["network", "verdict", "laws", "what", "was", "found"]
    assert all(len(line) <= PIPED_WIDTH for line in lines)
    assert lines[-1].startswith("7 networks: 1 conforms, 1 wrong, 5 not judged; ")
    with summary.open(newline="", encoding="utf-8") as file:
        rows = {Path(row["subject"]).name: row for row in csv.DictReader(file)}
    assert list(rows) == sorted(("right.py", "wrong.py", *HOSTILE)), "in order, and no others"
    assert rows["right.py"]["verdict"] == "conforms"
    assert rows["wrong.py"]["bugs"] == "cost-for-derivative"
    assert rows["wrong.py"]["exit_status"] == "1"
    reasons = {name: rows[name]["sentence"] for name in HOSTILE}
    assert "ended from outside" in reasons["ends_its_judge.py"]
    assert "exit status 3" in reasons["exits.py"]
    assert "SyntaxError" in reasons["cannot_be_read.py"]
    assert "Shoe" in reasons["is_no_network.py"]
    assert all(rows[name]["exit_status"] == "2" for name in HOSTILE)
    assert rows["wrong.py"]["repeat"] == (
        f"refnet check {submissions / 'wrong.py'} --timeout 60 --only bp"
    )


QUICK = ["--only", "bp1", "--jobs", "1"]


@pytest.mark.no_cover
def test_the_exit_status_is_the_highest_and_a_locator_that_is_none_is_a_line(
    submissions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = str(submissions / "right.py"), str(submissions / "wrong.py")
    assert main(["check", right, wrong, *QUICK]) == 1
    capsys.readouterr()
    assert main(["check", right, "nowhere.py", *QUICK]) == 2
    assert "nowhere.py" in capsys.readouterr().out


@pytest.mark.campaign
def test_the_exit_status_is_0_for_right_ones_alone_and_1_for_what_is_expected_in_part(
    submissions: Path,
) -> None:
    right, wrong = str(submissions / "right.py"), str(submissions / "wrong.py")
    assert main(["check", right, f"{right}:Network", *QUICK]) == 0
    expected = ["--expect-broken", "bp1/output-error=late"]
    assert main(["check", wrong, wrong, *QUICK, *expected]) == 1, "another law is broken too"


COLLIDING = ("random", "pickle", "token", "select", "json", "numpy")


@pytest.mark.campaign
def test_networks_may_bear_the_names_of_pythons_own_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one keeps all others in the current folder from being judged."""
    for name in COLLIDING:
        (tmp_path / f"{name}.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    subjects = [f"./{name}.py" for name in COLLIDING[:2]]
    rows = list(judge_series(subjects, Options(only=("shape",), timeout=60.0), 2))
    assert [row.verdict for row in rows] == ["conforms"] * 2, rows
    assert "PYTHONSAFEPATH" not in os.environ


def test_refnet_starts_in_a_folder_of_any_names(tmp_path: Path) -> None:
    for name in COLLIDING:
        (tmp_path / f"{name}.py").write_text("raise OSError\n")
    command = [sys.executable, "-m", "refnet", "--version"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_a_judge_outlives_a_fault_of_refnet_and_whoever_asks_it_twice_to_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One fault would cost all the others their verdict, a second signal the ending its order."""

    def check_with(subject: str, _options: Options) -> Report:
        raise ZeroDivisionError(subject)

    handlers: dict[int, Callable[[int, None], None]] = {}
    monkeypatch.setattr(series, "check_with", check_with)
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    line, theirs = multiprocessing.Pipe()
    judge = threading.Thread(target=series.judge_all, args=(theirs,), daemon=True)
    judge.start()
    for subject in ("first.py", "second.py"):
        line.send((subject, {}))
        assert line.poll(AMPLE)
        row = line.recv()
        assert (row.subject, row.verdict) == (subject, "not judged")
        assert f"refnet itself failed (ZeroDivisionError: {subject})" in row.sentence
    line.close()
    judge.join(AMPLE)
    assert not judge.is_alive()
    assert callable(handlers[signal.SIGINT])
    assert callable(handlers[signal.SIGHUP])
    with pytest.raises(SystemExit):
        handlers[signal.SIGTERM](signal.SIGTERM, None)
    handlers[signal.SIGTERM](signal.SIGTERM, None)


def test_a_folder_without_python_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert "without a Python file directly in it" in capsys.readouterr().err


ROW = Row(
    "a.py",
    "wrong",
    "tied",
    ("one", "two"),
    "BP2",
    12,
    33,
    1,
    0.5,
    'it is "wrong", so',
    "again",
    "",
    "one or two",
)


def test_both_summaries_hold_every_field(tmp_path: Path) -> None:
    write_summary([ROW, ROW], str(tmp_path / "all.json"))
    data = json.loads((tmp_path / "all.json").read_text())
    assert data["format"] == "refnet-summary/1"
    assert data["subjects"] == [{**vars(ROW), "bugs": ["one", "two"]}] * 2
    write_summary([ROW], str(tmp_path / "all.csv"))
    with (tmp_path / "all.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {name: str(value) for name, value in vars(ROW).items()} | {"bugs": "one two"}


def test_every_field_of_the_summary_is_documented() -> None:
    documentation = (EXAMPLES.parent / "docs" / "report.md").read_text(encoding="utf-8")
    assert [name for name in vars(ROW) if f"`{name}`" not in documentation] == []


def test_options_that_cannot_be_meant_are_refused_before_a_process_is_started() -> None:
    with pytest.raises(ArgumentError, match="colour"):
        next(judge_series(["a.py"], Options(declare={"colour": "red"}), 1))


def hangs_in(folder: Path) -> tuple[Path, Path]:
    """Write a network that hangs, and name the file in which it will leave its process's number."""
    mark, hanging = folder / "process", folder / "hangs.py"
    hanging.write_text(
        "import os, time\n"
        "class Network:\n"
        "    def __init__(self, sizes):\n"
        f"        open({str(mark)!r}, 'w').write(str(os.getpid()))\n"
        "        time.sleep(600)\n"
    )
    return hanging, mark


@pytest.mark.parametrize(
    ("number", "networks"),
    [
        (signal.SIGINT, 2),
        (signal.SIGHUP, 1),
        pytest.param(signal.SIGINT, 1, marks=pytest.mark.campaign),
        pytest.param(signal.SIGTERM, 1, marks=pytest.mark.campaign),
        pytest.param(signal.SIGTERM, 2, marks=pytest.mark.campaign),
        pytest.param(signal.SIGHUP, 2, marks=pytest.mark.campaign),
    ],
)
def test_whoever_ends_the_command_ends_the_judges_and_their_networks(
    number: signal.Signals, networks: int, tmp_path: Path
) -> None:
    """Otherwise a network that hangs would go on after everybody has left."""
    hanging, mark = hangs_in(tmp_path)
    command = [sys.executable, "-m", "refnet", "check", *[str(hanging)] * networks]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(scratch)},
    ) as running:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.05)
        running.send_signal(number)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert list(scratch.iterdir()) == []
    assert errors.decode() == "refnet: interrupted\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@pytest.mark.parametrize(
    ("networks", "whole_group"),
    [
        pytest.param(2, True, marks=pytest.mark.campaign),
        (1, False),
        pytest.param(2, False, marks=pytest.mark.campaign),
    ],
)
def test_asking_once_more_or_asking_the_judges_too_disturbs_no_ending(
    networks: int, whole_group: bool, tmp_path: Path
) -> None:
    """`timeout` and a terminal ask the whole group, and so whoever is ending what it started."""
    hanging, mark = hangs_in(tmp_path)
    command = [sys.executable, "-m", "refnet", "check", *[str(hanging)] * networks]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    ask = os.killpg if whole_group else os.kill
    with subprocess.Popen(command, env=environment, start_new_session=True) as running:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.05)
        ask(running.pid, signal.SIGHUP)
        time.sleep(0.2)
        ask(running.pid, signal.SIGTERM)
        assert running.wait(timeout=15) == 128 + signal.SIGHUP
    assert list(scratch.iterdir()) == []


def test_a_judge_is_ended_even_if_it_was_just_being_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise refnet itself fails, with the exit status that accuses a network."""
    begin = BaseProcess.start

    def start(process: BaseProcess) -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.3)
        begin(process)

    monkeypatch.setattr(BaseProcess, "start", start)
    hanging, _ = hangs_in(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        list(judge_series([str(hanging)], Options(), 1))
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_network_that_hangs_is_ended_even_where_its_judge_is_killed(tmp_path: Path) -> None:
    """Otherwise it would run on for ever: it never looks whether there are questions."""
    hanging, mark = hangs_in(tmp_path)
    command = [sys.executable, "-m", "refnet", "check", str(hanging)]
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)}) as running:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.05)
        running.kill()
    worker = Path(f"/proc/{mark.read_text()}/stat")
    until = time.monotonic() + 30.0
    while is_alive(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(worker)


def is_alive(status: Path) -> bool:
    """Tell whether a process is there, and not merely waited for."""
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
