"""A program behind a pipe: lines both ways, time-outs, and nothing of it left in the end."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from refnet.errors import SubjectError
from refnet.subjects.descendants import end_descendants, outlive_the_judge
from refnet.subjects.process import KEPT_OUTPUT, Conversation, Ended, TooLate
from refnet.subjects.scratch import sweep
from refnet.threads import ONE_THREAD

AMPLE = 30.0
"""Seconds for what comes at once: a machine that is busy must not fail a test."""

OPEN = """
import os, sys
questions, answers = os.fdopen(int(sys.argv[1])), os.fdopen(int(sys.argv[2]), "w", buffering=1)
"""


def talking(program: str) -> Conversation:
    return Conversation([sys.executable, "-c", OPEN + program])


def soon(seconds: float = AMPLE) -> float:
    return time.monotonic() + seconds


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def ends(pid: int) -> bool:
    """Tell whether a process ends soon; one that does not is ended, so that no test leaves it."""
    until = soon()
    while is_running(pid):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(0.01)
    return True


def test_lines_go_both_ways_whatever_is_printed_meanwhile() -> None:
    program = "print('x' * 300_000)\nfor line in questions: answers.write(line.upper())"
    conversation = talking(program)
    try:
        for line in ("hello", "a longer one " * 20_000):
            conversation.say(line, soon())
            assert conversation.hear(soon()) == line.upper()
        assert set(conversation.printed) <= {"x", "\n"}
        assert len(conversation.printed) <= KEPT_OUTPUT
    finally:
        conversation.close()


def test_standard_streams_can_be_the_pipe() -> None:
    command = ["sh", "-c", "read line; echo got $line; echo noise >&2"]
    conversation = Conversation(command, "standard")
    try:
        conversation.say("this", soon())
        assert conversation.hear(soon()) == "got this"
    finally:
        conversation.close()
    assert "noise" in conversation.printed


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("os._exit(3)", "ended itself with exit status 3"),
        ("os.kill(os.getpid(), 9)", "ended by SIGKILL"),
        ("answers.close(); import time; time.sleep(100)", "closed its answers and went on"),
    ],
)
def test_the_end_of_a_program_is_told_apart(program: str, said: str) -> None:
    conversation = talking(program)
    try:
        with pytest.raises(Ended, match=said):
            conversation.hear(soon())
    finally:
        conversation.kill()


def test_silence_is_too_late_and_so_is_a_question_that_is_not_read() -> None:
    conversation = talking("import time; time.sleep(100)")
    try:
        with pytest.raises(TooLate, match="answer"):
            conversation.hear(soon(0.05))
        with pytest.raises(TooLate, match="read its question"):
            conversation.say("x" * 10_000_000, soon(0.2))
    finally:
        conversation.kill()


def test_a_program_that_has_gone_is_not_written_to() -> None:
    conversation = talking("os._exit(0)")
    try:
        with pytest.raises(Ended):
            conversation.say("x" * 10_000_000, soon())
    finally:
        conversation.close()


def test_nothing_of_its_group_is_left_and_no_scratch_folder() -> None:
    """Otherwise a class of three hundred subjects fills a machine with sleeping processes."""
    program = """
import subprocess, time
child = subprocess.Popen(["sleep", "1000"])
answers.write(f"{child.pid}\\n")
time.sleep(1000)
"""
    conversation = talking(program)
    child = int(conversation.hear(soon()))
    assert is_running(child)
    conversation.kill()
    assert ends(child)
    assert not conversation.scratch.exists()
    conversation.close()  # a second time does no harm


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
@pytest.mark.parametrize("at", [0, 1], ids=["its guard", "itself"])
def test_ctrl_c_while_a_program_is_started_leaves_nothing(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            if at == 0:
                raise KeyboardInterrupt
            super().__init__(*arguments, **options)
            started.append(self)
            if len(started) > at:
                raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        Conversation(["sleep", "1000"], "standard")
    assert len(started) == 2 * at
    for process in started:
        with process:
            assert ends(process.pid)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="this is no Linux")
@pytest.mark.parametrize(("state", "ours", "ended"), [("S", 1, 1), ("Z", 1, 0), ("S", 0, 0)])
def test_a_child_that_has_no_environment_yet_is_looked_at_again(
    state: str, ours: int, ended: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise Ctrl-C at that moment leaves it running; others, and dead ones, never get one."""
    with subprocess.Popen(["sleep", "1000"]) as child:
        process = tmp_path / str(child.pid)
        process.mkdir()
        (process / "environ").write_bytes(b"")
        parent = os.getpid() if ours else 1
        (process / "stat").write_text(f"{child.pid} (a name) {state} {parent} 1")

        def later(_seconds: float) -> None:
            (process / "environ").write_bytes(b"A=1\0")

        monkeypatch.setattr("refnet.subjects.descendants._PROCESSES", tmp_path)
        monkeypatch.setattr("refnet.subjects.descendants._ROUNDS", 1)
        monkeypatch.setattr(time, "sleep", later)
        end_descendants("A", "1")
        monkeypatch.undo()
        child.terminate()  # too late where it has been killed
        assert child.wait() == -(signal.SIGKILL if ended else signal.SIGTERM)


JUDGE = """
import sys, time
sys.executable = sys.argv[1]
from refnet.subjects.process import Conversation
conversation = Conversation(["sh", "-c", "echo $$; exec sleep 1000"], "standard")
print(conversation.scratch, conversation.hear(time.monotonic() + 30), flush=True)
time.sleep(1000)
"""


def test_what_outlives_the_judge_ends_the_groups_that_it_was_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no /proc, nothing else tells it which processes are meant."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as program:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{program.pid}\n"))
        outlive_the_judge("REFNET_NOT_SET", str(folder))
        assert program.wait(AMPLE) == -signal.SIGKILL
    assert not folder.exists()


def test_a_killed_judge_leaves_neither_a_program_nor_a_folder(tmp_path: Path) -> None:
    """Otherwise one that is in an endless loop would use a processor until the next judge comes."""
    own = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", JUDGE, sys.executable], stdout=subprocess.PIPE, text=True, env=own
    ) as judge:
        assert judge.stdout is not None
        folder, orphan = judge.stdout.readline().split()
        judge.kill()
    assert ends(int(orphan))
    until = soon()
    while Path(folder).exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
def test_what_a_killed_judge_has_left_is_tidied_up_and_what_a_living_one_uses_is_not(
    tmp_path: Path,
) -> None:
    """Otherwise folders and programs would pile up where the guard was killed as well, or a
    neighbour would lose its own.
    """
    own = os.environ | {"TMPDIR": str(tmp_path)}
    judges = [
        subprocess.Popen(
            [sys.executable, "-c", JUDGE, "no such guard"],
            stdout=subprocess.PIPE,
            text=True,
            env=own,
        )
        for _ in range(2)
    ]
    try:
        told = [judge.stdout.readline().split() for judge in judges if judge.stdout is not None]
        (dead, orphan), (living, kept) = ((Path(path), int(pid)) for path, pid in told)
        (tmp_path / "refnet-somebody-else").mkdir()
        judges[0].kill()
        judges[0].wait()
        assert dead.exists()
        sweep.cache_clear()
        sweep(str(tmp_path))
        assert ends(orphan)
        assert not dead.exists()
        assert living.exists()
        assert is_running(kept)
        assert (tmp_path / "refnet-somebody-else").exists(), "it has no lock, and may be new"
    finally:
        for judge in judges:
            judge.kill()
            judge.communicate()
    sweep.cache_clear()
    sweep(str(tmp_path))
    assert ends(kept)


LEAVING = {
    "a session of its own": """
child = os.fork()
if child == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "1000"])
answers.write(f"{child}\\n")
""",
    "an orphan": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        answers.write(f"{os.getpid()}\\n")
        time.sleep(1000)
    os._exit(0)
""",
    "a session of its own and another environment": """
import subprocess
child = subprocess.Popen(["sleep", "1000"], env={}, start_new_session=True)
answers.write(f"{child.pid}\\n")
""",
    "an orphan with another environment": """
from refnet.subjects.worker.safeguards import end_with_the_judge
end_with_the_judge()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        answers.write(f"{os.getpid()}\\n"); answers.flush()
        os.execve("/bin/sleep", ["sleep", "1000"], {})
    os._exit(0)
""",
}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
@pytest.mark.parametrize("leaving", LEAVING.values(), ids=LEAVING)
def test_a_child_that_has_left_the_group_is_ended_and_nobody_else(leaving: str) -> None:
    """Otherwise a server that a subject starts runs on for ever."""
    neighbour = talking("questions.readline(); answers.write('here\\n')")
    conversation = talking(f"import time\n{leaving}\ntime.sleep(1000)")
    child = int(conversation.hear(soon()))
    assert is_running(child)
    conversation.kill()
    assert ends(child)
    neighbour.say("are you there?", soon())
    assert neighbour.hear(soon()) == "here"
    neighbour.close()


@pytest.mark.parametrize(("chosen", "expected"), [(None, "1"), ("3", "3")])
def test_a_program_multiplies_in_one_thread_unless_the_user_says_otherwise(
    chosen: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise networks judged side by side wait for each other's threads, minutes long."""
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
        if chosen:
            monkeypatch.setenv(name, chosen)
    program = f"answers.write(' '.join(os.environ[n] for n in {list(ONE_THREAD)}) + '\\n')"
    conversation = talking(program)
    try:
        assert set(conversation.hear(soon()).split()) == {expected}
    finally:
        conversation.close()


@pytest.mark.parametrize("command", [["no such program"], ["/"]])
def test_what_cannot_be_started_says_so(command: list[str]) -> None:
    with pytest.raises(SubjectError, match="expected a program that starts"):
        Conversation(command)
