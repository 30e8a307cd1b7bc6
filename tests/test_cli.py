"""The command line: every ending has its exit status, and one line that says why."""

import argparse
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

import refnet
from refnet import cli
from refnet.cli import main
from refnet.commands import Subparsers
from refnet.commands.ending import Terminated, orderly_ending
from refnet.errors import DataError


class Stub:
    """A command that ends as it is told."""

    def __init__(self, name: str, ending: Callable[[argparse.Namespace], int]) -> None:
        self.name = name
        self.ending = ending

    def add_arguments(self, subparsers: Subparsers) -> None:
        parser = subparsers.add_parser(self.name, help=f"help of {self.name}", description="")
        parser.add_argument("--number", type=int, default=0)

    def run(self, arguments: argparse.Namespace) -> int:
        return self.ending(arguments)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], int]], None]:
    """Let every command end as a test wants."""

    def end(how: Callable[[], int]) -> None:
        commands = {name: Stub(name, lambda _: how()) for name in cli.COMMANDS}
        monkeypatch.setattr(cli, "COMMANDS", commands)

    return end


def raising(error: BaseException) -> Callable[[], int]:
    """Return an ending that raises."""

    def end() -> int:
        raise error

    return end


def test_the_status_is_that_of_the_command_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def noting(name: str) -> Stub:
        def note(arguments: argparse.Namespace) -> int:
            asked.append((name, arguments.number))
            return int(arguments.number)

        return Stub(name, note)

    monkeypatch.setattr(cli, "COMMANDS", {name: noting(name) for name in cli.COMMANDS})
    assert main(["train", "--number", "1"]) == 1
    assert main(["check"]) == 0
    assert main(["bugs", "--number", "7"]) == 7
    assert asked == [("train", 1), ("check", 0), ("bugs", 7)]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["frobnicate"], "invalid choice: 'frobnicate' (choose from"),
        (["train", "--number", "x"], "argument --number: invalid int value: 'x'"),
        (["train", "--unknown"], "unrecognized arguments: --unknown"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_and_status_2(
    argv: list[str],
    said: str,
    ending: Callable[[Callable[[], int]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ending(raising(AssertionError("must not run")))
    assert main(argv) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("refnet: ")
    assert said in shown.err
    assert "--help" in shown.err


def test_an_error_of_refnet_is_one_line_and_status_2(
    ending: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ending(raising(DataError("file: got a stone; expected bread; ask again")))
    assert main(["train"]) == 2
    assert capsys.readouterr().err == "refnet: file: got a stone; expected bread; ask again\n"


def test_a_command_that_leaves_by_itself_is_let_go(
    ending: Callable[[Callable[[], int]], None],
) -> None:
    ending(raising(SystemExit(3)))
    with pytest.raises(SystemExit, match="3"):
        main(["train"])


def test_a_bug_of_refnet_itself_is_not_hidden(
    ending: Callable[[Callable[[], int]], None],
) -> None:
    ending(raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["train"])


def test_ctrl_c_is_status_130(
    ending: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ending(raising(KeyboardInterrupt()))
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "refnet: interrupted\n"


def test_a_request_to_end_leaves_a_block_in_order_and_once() -> None:
    """Otherwise whoever ends a command leaves the networks that it has started."""

    def asked_twice() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGHUP)  # while things are put in order

    with pytest.raises(Terminated, match="SIGTERM") as ended, orderly_ending():
        asked_twice()
    assert ended.value.number == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_whoever_ignores_a_request_to_end_keeps_it_so() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with orderly_ending():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_no_command_shows_the_help_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "usage: refnet" in shown.err
    for name in ("check", "train", "bugs"):
        assert name in shown.err


@pytest.mark.parametrize("argv", [["--help"], ["train", "--help"], ["check", "-h"], ["bugs", "-h"]])
def test_help_goes_to_standard_output(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("usage: refnet")
    assert shown.err == ""


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"refnet {refnet.__version__}\n"


def run_python(*arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    """Run this interpreter in a process of its own."""
    return subprocess.run(
        [sys.executable, *(["-c", script] if script else []), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_the_package_runs_as_a_module() -> None:
    done = run_python("-m", "refnet", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"refnet {refnet.__version__}\n", "")
    assert run_python("-m", "refnet", "train", "--epochs", "0").returncode == 2


def test_the_module_passes_the_status_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["refnet", "train", "--epochs", "0"])
    monkeypatch.delitem(sys.modules, "refnet.__main__", raising=False)
    runpy.run_module("refnet.__main__", run_name="imported")  # does nothing
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("refnet", run_name="__main__")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from refnet.cli import main; main(['--help']); "
        "print(sorted({'rich', 'hypothesis', 'platformdirs', 'urllib.request'} & set(sys.modules)))"
    )
    assert run_python(script=script).stdout.splitlines()[-1] == "[]"


def test_what_nobody_reads_any_more_goes_nowhere(
    ending: Callable[[Callable[[], int]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(lambda: print("line") or 0)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main(["train"]) == 141
        # Closing flushes what is left, as the end of the interpreter does: it must not fail.


def test_a_library_that_leaves_on_a_closed_pipe_gives_no_verdict(
    ending: Callable[[Callable[[], int]], None],
) -> None:
    def leave_as_rich_does() -> int:
        try:
            raising(BrokenPipeError())()
        except BrokenPipeError:
            sys.exit(1)
        return 0

    ending(leave_as_rich_does)
    assert main(["train"]) == 141


@pytest.mark.parametrize("lines", [1, 10_000])
@pytest.mark.parametrize("show", ["print('line')", "Console().print('line')"])
@pytest.mark.skipif(os.name != "posix", reason="pipes close in another way elsewhere")
def test_a_reader_that_leaves_ends_the_command_without_a_traceback(show: str, lines: int) -> None:
    script = (
        "import sys; from types import SimpleNamespace; from refnet import cli; "
        "from rich.console import Console; cli.COMMANDS = {'train': SimpleNamespace("
        "add_arguments=lambda s: s.add_parser('train', help='', description=''), "
        f"run=lambda a: [{show} for _ in range({lines})] and 0)}}; "
        "sys.exit(cli.main(['train']))"
    )
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    os.close(read)
    error = process.communicate(timeout=60)[1]
    assert (process.returncode, error) == (141, "")
