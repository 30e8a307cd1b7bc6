"""What a worker keeps when a subject takes everything away: its pipes, and word of where it was."""

import os
import sys
import time
from pathlib import Path

import pytest

from refnet.subjects.process import Conversation, Ended
from refnet.subjects.whereabouts import WHEREABOUTS, place_in_dump
from refnet.subjects.worker.safeguards import Whereabouts

AMPLE = 30.0
"""Seconds for what comes at once: a machine that is busy must not fail a test."""

GUARDED = """
import ctypes, os, signal, sys, time
from refnet.subjects.worker.safeguards import Whereabouts, moved_away, spare
inward, outward = (moved_away(int(number)) for number in sys.argv[1:])
whereabouts = Whereabouts()
whereabouts.write_at_the_end()
spare((inward, outward, whereabouts.descriptor))
questions, answers = os.fdopen(inward), os.fdopen(outward, "w", buffering=1)
"""


def guarded(folder: Path, code: str) -> Conversation:
    """Start a program that is guarded as a worker is."""
    path = folder / "subject.py"
    path.write_text(f"{GUARDED}{code}\n")
    return Conversation([sys.executable, str(path)])


def told_of(conversation: Conversation) -> str:
    """Return the line that was written down, as soon as there is one."""
    path = conversation.scratch / WHEREABOUTS
    until = time.monotonic() + AMPLE
    while not (path.exists() and path.read_text().endswith("\n")) and time.monotonic() < until:
        time.sleep(0.01)
    return str(place_in_dump(path.read_text(), None))


@pytest.mark.parametrize(
    "ending",
    [
        "os._exit(3)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.killpg(0, signal.SIGKILL)",
        "signal.raise_signal(signal.SIGTERM)",
        "signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(60)",
        "os.execv('/bin/sh', ['sh', '-c', 'exit'])",
        "ctypes.string_at(0)",
    ],
)
def test_wherever_a_process_is_ended_its_line_is_written_down(ending: str, tmp_path: Path) -> None:
    """Otherwise a learner hears that their network was ended, and not by which line."""
    conversation = guarded(tmp_path, ending)
    try:
        with pytest.raises(Ended):
            conversation.hear(time.monotonic() + AMPLE)
        assert told_of(conversation) == f"subject.py, line {GUARDED.count(chr(10)) + 1}"
    finally:
        conversation.kill()


def test_a_hang_is_written_down_whatever_signals_are_ignored(tmp_path: Path) -> None:
    code = """
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
whereabouts.watch(time.monotonic() + 0.1)
while True: pass"""
    conversation = guarded(tmp_path, code)
    try:
        line = (GUARDED + code).count("\n") + 1
        assert told_of(conversation) == f"subject.py, line {line}"
    finally:
        conversation.kill()


def test_only_the_last_question_is_told_of(tmp_path: Path) -> None:
    """Otherwise the line would be one at which another question was slow."""
    code = """
whereabouts.watch(time.monotonic() + 0.02); time.sleep(0.2)
whereabouts.watch(time.monotonic() + 60)
answers.write("here\\n"); questions.read()"""
    conversation = guarded(tmp_path, code)
    try:
        assert conversation.hear(time.monotonic() + AMPLE) == "here"
        assert (conversation.scratch / WHEREABOUTS).read_text() == ""
    finally:
        conversation.kill()


def test_what_ends_the_worker_itself_is_written_as_faulthandler_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a network that takes away what refnet needs leaves no line."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    whereabouts = Whereabouts()
    try:
        eval(compile("\n\n1 / 0", tmp_path / "subject.py", "exec"))  # noqa: S307 - of this test
    except ZeroDivisionError as error:
        whereabouts.write(error.__traceback__)
    finally:
        os.close(whereabouts.descriptor)
    dump = (tmp_path / WHEREABOUTS).read_text()
    assert str(place_in_dump(dump, tmp_path)) == "subject.py, line 3"


def test_no_signal_is_sent_to_all_processes_at_once(tmp_path: Path) -> None:
    """Otherwise a child's number that was -1 by mistake ends whatever the user has running."""
    code = """
try: os.kill(-1, 0)
except PermissionError as error: answers.write(f"{error}\\n")"""
    conversation = guarded(tmp_path, code)
    try:
        assert "to all processes" in conversation.hear(time.monotonic() + AMPLE)
    finally:
        conversation.kill()


def test_whoever_closes_all_descriptors_closes_their_own(tmp_path: Path) -> None:
    """As programs do that become a daemon: a network that does so answers all the same."""
    code = """
os.closerange(0, 1000)
for number in range(1000):
    try: os.close(number)
    except OSError: pass
nowhere = os.open(os.devnull, os.O_RDWR)
for number in range(1000):
    if number != nowhere: os.dup2(nowhere, number)
answers.write(questions.readline().upper())"""
    conversation = guarded(tmp_path, code)
    try:
        conversation.say("still here", time.monotonic() + AMPLE)
        assert conversation.hear(time.monotonic() + AMPLE) == "STILL HERE"
    finally:
        conversation.kill()


def test_a_child_that_goes_on_answers_nothing_and_does_not_double(tmp_path: Path) -> None:
    """Otherwise each call of a network that forks and returns doubles what runs beside it."""
    code = """
children = []
for _ in range(12):
    try:
        children.append(os.fork())
    except OSError:
        os._exit(0)
answers.write(f"{len([each for each in children if each])}\\n")
for each in children: os.waitpid(each, 0)
answers.write("all ended\\n")"""
    conversation = guarded(tmp_path, code)
    try:
        said = [conversation.hear(time.monotonic() + AMPLE) for _ in range(2)]
        assert said == ["12", "all ended"]
    finally:
        conversation.kill()
