"""A training that is killed at any moment, or left by Ctrl-C, ends as if it had not been.

Real processes, killed by real signals, at moments drawn from a generator. How many in `make test`
is MOMENTS; `make kills` tries fifty.
"""

import itertools
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.checkpoints import load_checkpoint
from refnet.sgd import best_epoch

MOMENTS = int(os.environ.get("REFNET_KILLS", "6"))

# A network so small that a quarter of the time goes into saving it.
TRAINED = (
    *("train", "--data", "drawn", "--hidden", "4", "--epochs", "12"),
    *("--eta", "0.1", "--eta-decay", "0.97", "--patience", "11", "--seed", "3"),
)


class Trainings:
    """Runs `refnet` in processes that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.printed = folder / "printed.txt"
        self._server = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("training_to_kill.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # As bits are compared: the sums of one thread.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def run(self, *arguments: str, end: int = 0, after: float | None = None) -> int:
        """Run, send the signal `end` after so many seconds, and return the exit status."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps([arguments, str(self.printed)]) + "\n")
        self._server.stdin.flush()
        child = int(self._server.stdout.readline())
        if after is not None:
            moment = time.monotonic() + after
            # Once it has ended there is no such process, and nothing to wait for.
            with suppress(ProcessLookupError):
                while time.monotonic() < moment:
                    os.kill(child, 0)
                    time.sleep(0.001)
                os.kill(child, end)
        return int(self._server.stdout.readline())

    def close(self) -> None:
        with self._server:
            assert self._server.stdin is not None
            self._server.stdin.close()


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainings]:
    server = Trainings(tmp_path_factory.mktemp("printed"))
    yield server
    server.close()


def everything(path: Path) -> tuple[Any, ...]:
    """All that a training comes to; of the reports not the time, which is never the same."""
    checkpoint, settings = load_checkpoint(path)
    networks = [
        [array.tobytes() for array in (*network.parameters.weights, *network.parameters.biases)]
        for network in (checkpoint.network, checkpoint.best)
    ]
    history = [replace(report, seconds=0.0) for report in checkpoint.history]
    return networks, history, checkpoint.generator.bit_generator.state, settings


@pytest.fixture(scope="module")
def whole(trainings: Trainings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, float]:
    """What a training in one go comes to, and the seconds that it takes."""
    path = tmp_path_factory.mktemp("whole") / "whole.npz"
    began = time.monotonic()
    assert trainings.run(*TRAINED, "--save", str(path)) == 0, trainings.printed.read_text()
    seconds = time.monotonic() - began
    checkpoint, _ = load_checkpoint(path)
    assert len(checkpoint.history) == 12
    assert best_epoch(checkpoint.history) < 12, "so that the best network is not the last one"
    return everything(path), seconds


def how_to_begin(path: Path) -> tuple[str, ...]:
    """What a person types: go on if there is something to go on with, else begin."""
    return ("train", "--resume", str(path)) if path.exists() else (*TRAINED, "--save", str(path))


def test_a_training_that_is_killed_at_any_moment_and_resumed_ends_the_same_to_the_last_bit(
    trainings: Trainings, whole: tuple[Any, float], tmp_path: Path
) -> None:
    expected, seconds = whole
    rng = np.random.default_rng(2026)
    kills, found = 0, list[int]()
    for number in itertools.count():
        if kills >= MOMENTS:
            break
        path = tmp_path / f"{number}" / "training.npz"
        path.parent.mkdir()
        status, longest = -signal.SIGKILL, seconds
        while status == -signal.SIGKILL:
            fresh, began = not path.exists(), time.monotonic()
            after = rng.uniform(0.0, longest)
            longest *= 1.2  # a machine that has become slow must not keep it from ever ending
            status = trainings.run(*how_to_begin(path), end=signal.SIGKILL, after=after)
            if fresh and status == 0:  # nor one that has become fast keep it from being killed
                seconds = time.monotonic() - began
            kills += status == -signal.SIGKILL
            # Whatever there is can be read, at any time.
            found.append(len(load_checkpoint(path)[0].history) if path.exists() else -1)
        assert status == 0, trainings.printed.read_text()
        assert everything(path) == expected
        assert [left.name for left in path.parent.iterdir()] == [path.name], "nothing is left over"
        if number == 0:
            assert trainings.run(*how_to_begin(path)) == 0
            assert everything(path) == expected, "resumed at its end it has nothing to do"
    assert len(set(found)) > MOMENTS // 6, "the moments were too much alike"


def test_a_training_that_is_left_by_ctrl_c_says_how_to_go_on_and_then_ends_the_same(
    trainings: Trainings, whole: tuple[Any, float], tmp_path: Path
) -> None:
    expected, seconds = whole
    rng = np.random.default_rng(11)
    told = 0
    for number in range(40):
        if number >= 3 and told:
            break
        path = tmp_path / f"a training {number}.npz"
        status = trainings.run(
            *how_to_begin(path), end=signal.SIGINT, after=rng.uniform(0.3, 0.8) * seconds
        )
        printed = trainings.printed.read_text()
        assert status in {0, 130}, printed
        assert "Traceback" not in printed
        # How long a training takes changes with what else the machine does: come closer to it.
        seconds *= 0.8 if status == 0 else 1.1
        # In the first epoch there is nothing to go on with yet.
        if "interrupted in epoch" in printed and path.exists():
            told += 1
            _, _, command = printed.rstrip().rpartition("to go on: refnet ")
            assert shlex.split(command) == ["train", "--resume", str(path)]
        assert trainings.run(*how_to_begin(path)) == 0
        assert everything(path) == expected
    assert told > 0, "it was never in the middle of training"
