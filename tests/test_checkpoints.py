"""Trainings in files: all that was saved comes back to the last bit, or one clear error does."""

import json
import math
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.arrays import labels, matrix
from refnet.checkpoints import BIT_GENERATORS, load_checkpoint, save_checkpoint
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, DataError
from refnet.network import Network, new_network
from refnet.parameters import Parameters
from refnet.sgd import Checkpoint, TrainingOptions, resume, train
from refnet.storage import load_network, save_network


def samples(count: int, seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    return Samples(matrix(rng.standard_normal((2, count))), labels(rng.integers(0, 3, count), 3), 3)


TRAINING, VALIDATION = samples(30, 0), samples(30, 1)


def checkpoints(generator: np.random.Generator | None = None, **options: Any) -> list[Checkpoint]:
    """What there is between the epochs of a small training; nothing in it is easily learnt."""
    seen: list[Checkpoint] = []
    chosen: dict[str, Any] = {"epochs": 5, "batch_size": 7, "learning_rate": 0.5} | options
    train(
        new_network([2, 3, 3], np.random.default_rng(0), hidden="tanh", l2=1.0, training_size=30),
        TRAINING,
        VALIDATION,
        TrainingOptions(**chosen),
        generator or np.random.default_rng(0),
        on_checkpoint=seen.append,
    )
    return seen


def bits(network: Network) -> tuple[Any, ...]:
    parameters = (*network.parameters.weights, *network.parameters.biases)
    return (
        [array.tobytes() for array in parameters],
        [(sigma.name, sigma.leaky_slope) for sigma in network.activations],
        (network.cost.name, network.l2, network.training_size),
    )


def everything(checkpoint: Checkpoint) -> tuple[Any, ...]:
    return (
        bits(checkpoint.network),
        bits(checkpoint.best),
        checkpoint.options,
        checkpoint.history,
        checkpoint.first_cost,
        str(checkpoint.generator.bit_generator.state),
        checkpoint.data,
    )


# There and back


@pytest.mark.parametrize("options", [{}, {"patience": 2, "learning_rate_decay": 0.9, "epochs": 9}])
def test_all_of_a_checkpoint_comes_back(tmp_path: Path, options: Any) -> None:
    path = tmp_path / "training.npz"
    seen = checkpoints(**options)
    for checkpoint in seen:
        save_checkpoint(path, checkpoint, {"data": "drawn", "hidden": [3], "eta": 0.1})
        loaded, settings = load_checkpoint(str(path))
        assert everything(loaded) == everything(checkpoint)
        assert settings == {"data": "drawn", "hidden": [3], "eta": 0.1}
    assert (seen[-1].best is not seen[-1].network) == ("patience" in options)


@pytest.mark.parametrize("kind", BIT_GENERATORS)
def test_every_generator_of_numpy_goes_on_where_it_was(tmp_path: Path, kind: str) -> None:
    generator = np.random.Generator(BIT_GENERATORS[kind](7))
    generator.integers(0, 2**31, 3, dtype=np.int32)  # half a word is left over
    seen = checkpoints(generator)
    save_checkpoint(tmp_path / "t", seen[1])
    loaded, _ = load_checkpoint(tmp_path / "t")
    whole = resume(seen[1], TRAINING, VALIDATION)
    assert bits(resume(loaded, TRAINING, VALIDATION).network) == bits(whole.network)
    ours, theirs = loaded.generator, seen[1].generator
    assert ours.permutation(50).tolist() == theirs.permutation(50).tolist()


def test_a_number_that_json_does_not_have_comes_back(tmp_path: Path) -> None:
    """The weights of a layer are 0 and move: that is a change beyond measure."""
    seen = checkpoints()[-1]
    report = seen.history[-1]
    health = (replace(report.health[0], update_ratio=math.inf), *report.health[1:])
    odd = replace(seen, history=(*seen.history[:-1], replace(report, health=health)))
    save_checkpoint(tmp_path / "t", odd)
    loaded, settings = load_checkpoint(tmp_path / "t")
    assert loaded.history == odd.history
    assert settings == {}


def test_the_network_to_use_is_read_by_load_network(tmp_path: Path) -> None:
    last = checkpoints(patience=2, epochs=9)[-1]
    save_checkpoint(tmp_path / "t", last)
    assert bits(load_network(tmp_path / "t")) == bits(last.best)
    assert bits(last.best) != bits(last.network)


def test_weights_keep_their_layout_for_a_product_may_be_rounded_by_it(tmp_path: Path) -> None:
    seen = checkpoints()[0]
    parameters = seen.network.parameters
    laid_out = Parameters(
        tuple(matrix(np.asfortranarray(w)) for w in parameters.weights), parameters.biases
    )
    network = replace(seen.network, parameters=laid_out)
    save_checkpoint(tmp_path / "t", replace(seen, network=network, best=network))
    loaded, _ = load_checkpoint(tmp_path / "t")
    assert loaded.network.parameters.weights[0].flags.f_contiguous


# What a killed process leaves


def test_what_a_killed_process_left_is_taken_away_by_the_next_one_to_save(tmp_path: Path) -> None:
    left = tmp_path / f".t.npz.{'0123456789abcdef'}"
    others = [tmp_path / ".t.npz.notes", tmp_path / ".other.npz.0123456789abcdef"]
    for path in (left, *others):
        path.write_bytes(b"half a file")
    save_network(tmp_path / "t.npz", checkpoints()[0].network)
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "t.npz"])


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    import fcntl

    theirs = tmp_path / ".t.npz.0123456789abcdef"
    with theirs.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        save_network(tmp_path / "t.npz", checkpoints()[0].network)
        assert theirs.exists()


def test_a_file_system_without_locks_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: Any) -> None:
        raise OSError(95, os.strerror(95))

    left = tmp_path / ".t.npz.0123456789abcdef"
    left.write_bytes(b"whose?")
    monkeypatch.setattr("fcntl.flock", unsupported)
    save_network(tmp_path / "t.npz", checkpoints()[0].network)
    load_network(tmp_path / "t.npz")
    assert left.exists(), "nobody can tell whether it is being written"


# What is no training


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.npz: got no such file; expected a training; check"):
        load_checkpoint(tmp_path / "t.npz")


def test_a_network_alone_is_no_training(tmp_path: Path) -> None:
    save_network(tmp_path / "n", checkpoints()[0].network)
    with pytest.raises(DataError, match="n: got a network without a training to go on with; exp"):
        load_checkpoint(tmp_path / "n")


def test_every_file_cut_short_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "whole", checkpoints(patience=2)[-1])
    whole = (tmp_path / "whole").read_bytes()
    for length in range(0, len(whole), 41):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"cut: got a file that cannot be read \(.*\); expect"):
            load_checkpoint(tmp_path / "cut")


def test_a_changed_bit_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    saved = checkpoints(patience=2)[-1]
    save_checkpoint(tmp_path / "whole", saved)
    whole = (tmp_path / "whole").read_bytes()
    refused = 0
    positions = range(0, len(whole), 23)
    for position in positions:
        changed = bytes([whole[position] ^ 1 << position % 8])
        (tmp_path / "damaged").write_bytes(whole[:position] + changed + whole[position + 1 :])
        try:
            loaded, _ = load_checkpoint(tmp_path / "damaged")
        except DataError:
            refused += 1
        else:
            assert everything(loaded) == everything(saved), f"byte {position}"
    assert refused > 0.6 * len(positions)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x07.", b"\x89PNG", b"{}"])
def test_bytes_of_something_else_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(DataError, match="t: got a file that cannot be read"):
        load_checkpoint(tmp_path / "t")


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Change the JSON of a sound file, with everything about the file still sound."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    written = json.loads(arrays["checkpoint"].tobytes())
    change(written)
    arrays["checkpoint"] = np.frombuffer(json.dumps(written).encode(), np.uint8)
    np.savez(path.with_suffix(".npz"), **arrays)
    return path.with_suffix(".npz")


def setting(*keys: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(written: Any) -> None:
        for key in keys[:-1]:
            written = written[key]
        written[keys[-1]] = to

    return change


def without(*keys: Any) -> Callable[[dict[str, Any]], None]:
    def change(written: Any) -> None:
        for key in keys[:-1]:
            written = written[key]
        del written[keys[-1]]

    return change


def test_a_file_put_together_by_hand_is_read(tmp_path: Path) -> None:
    """So that the refusals below are for the one thing that is wrong."""
    saved = checkpoints()[3]
    save_checkpoint(tmp_path / "t.npz", saved)
    loaded, _ = load_checkpoint(rewritten(tmp_path / "t.npz", lambda _: None))
    assert everything(loaded) == everything(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("options"), "options"),
        (without("generator"), "generator"),
        (without("options", "patience"), "patience"),
        (without("history", 1, "health"), "health"),
        (without("history", 0), "history.*epoch 1 of 2 layers"),
        (setting("more", to=1), "no fields but options"),
        (setting("options", "epochs", to=0), "epochs: got 0"),
        (setting("options", "epochs", to="5"), "epochs: got '5'"),
        (setting("options", "learning_rate", to="NaN"), "learning_rate: got nan"),
        (setting("options", "patience", to=-1), "patience: got -1"),
        (setting("history", to={}), "history: got {}"),
        (setting("history", 1, "epoch", to=7), "epoch 2 of 2 layers"),
        (setting("history", 1, "training_cost", to=[]), "history"),
        (setting("history", 1, "illnesses", to=[1]), "history"),
        (setting("history", 1, "health", to=[]), "epoch 2 of 2 layers"),
        (setting("history", 1, "health", 0, "layer", to=2), "epoch 2 of 2 layers"),
        (setting("history", 1, "health", 0, "dead_share", to="x"), "health"),
        (setting("first_cost", to=None), "first_cost"),
        (setting("first_cost", to="NaN"), "first_cost: got 'NaN'; expected a finite number"),
        (setting("data", to=["x"]), "data: got .*two digests"),
        (setting("settings", to=[]), "settings: got"),
        (setting("generator", to=7), "generator: got 7"),
        (setting("generator", "bit_generator", to="Dice"), "generator: got 'Dice'; expected one"),
        (setting("generator", "bit_generator", to="SFC64"), "generator: got"),
        (setting("generator", "state", "state", to=-1), "generator: got"),
        (setting("generator", "state", "inc", to=2**200), "generator: got"),
        (setting("generator", "state", to={}), "generator: got"),
        (setting("generator", "more", to=1), "generator: got"),
    ],
)
def test_one_thing_wrong_with_a_training_is_said_in_words(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    save_checkpoint(tmp_path / "t.npz", checkpoints()[3])
    path = rewritten(tmp_path / "t.npz", change)
    expected = rf"(?s)t\.npz: got a training that contradicts itself \(.*{message}.*\); expected .*"
    with pytest.raises(DataError, match=expected):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("checkpoint", np.array([1.0, 2.0]), "contradicts itself .*expected bytes"),
        ("checkpoint", np.frombuffer(b"{", np.uint8), "contradicts itself .*JSON"),
        ("checkpoint", np.frombuffer(b"\xff\xfe", np.uint8), "contradicts itself .*JSON"),
        ("checkpoint", np.frombuffer(b"[" * 100_000, np.uint8), "contradicts itself .*JSON"),
        ("latest_weights_1", np.zeros((4, 2)), "contradicts itself"),
        ("latest_weights_2", None, "contradicts itself .*latest_weights_2"),
        ("latest_biases_1", np.zeros(3), "contradicts itself"),
        ("latest_weights_3", np.zeros((3, 3)), "'latest_weights_3' of no layer"),
        ("version", np.array(2), "version 2 of the format"),
        ("format", np.array("something else"), "without the mark"),
    ],
)
def test_one_array_wrong_is_said_in_words(
    tmp_path: Path, name: str, array: Any, message: str
) -> None:
    save_checkpoint(tmp_path / "t.npz", checkpoints(patience=2, epochs=9)[-1])
    with np.load(tmp_path / "t.npz") as archive:
        arrays = {key: archive[key] for key in archive.files}
    arrays.pop(name, None)
    if array is not None:
        arrays[name] = array
    np.savez(tmp_path / "t.npz", **arrays)
    with pytest.raises(DataError, match=rf"(?s)t\.npz: got .*{message}.*; expected"):
        load_checkpoint(tmp_path / "t.npz")


def test_parameters_of_another_network_are_refused(tmp_path: Path) -> None:
    last = checkpoints(patience=2, epochs=9)[-1]
    other = new_network([2, 4, 3], np.random.default_rng(0), hidden="tanh")
    save_checkpoint(tmp_path / "t.npz", replace(last, network=other))
    with pytest.raises(DataError, match=r"latest: got \(2, 4, 3\); expected the sizes \(2, 3, 3\)"):
        load_checkpoint(tmp_path / "t.npz")


def test_no_more_is_run_of_a_file_than_is_read(tmp_path: Path) -> None:
    """A pickle in the place of an array is refused before it is looked into."""
    save_checkpoint(tmp_path / "t.npz", checkpoints()[0])
    with zipfile.ZipFile(tmp_path / "t.npz", "a") as archive:
        archive.writestr("latest_weights_1.npy", b"\x80\x04cos\nsystem\n.")
    with pytest.raises(DataError, match="cannot be read"):
        load_checkpoint(tmp_path / "t.npz")


# What cannot be saved


def test_only_a_checkpoint_with_a_known_generator_is_saved(tmp_path: Path) -> None:
    nothing: Any = None
    with pytest.raises(ArgumentError, match="checkpoint: got NoneType; expected Checkpoint"):
        save_checkpoint(tmp_path / "t", nothing)

    class Dice(np.random.PCG64):
        @property
        def state(self) -> Any:
            return {"bit_generator": "Dice"}

        @state.setter
        def state(self, value: Any) -> None:
            del value

    own = replace(checkpoints()[0], generator=np.random.Generator(Dice(1)))
    with pytest.raises(ArgumentError, match="generator: got 'Dice'; expected one of PCG64"):
        save_checkpoint(tmp_path / "t", own)
    bad: Any = 3
    with pytest.raises(ArgumentError, match="path: got int"):
        save_checkpoint(bad, checkpoints()[0])
    assert list(tmp_path.iterdir()) == []
