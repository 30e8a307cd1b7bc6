"""Trainings in files: `save_checkpoint` and `load_checkpoint`, without pickle.

Lives here: how a Checkpoint is written beside its network. It knows training and the file of a
network (storage.py), of which this is one: `load_network` reads the network to use from it.

What a network does not have is one array of bytes, `checkpoint`, which is JSON: the options, the
reports, the state of the generator, the digests of the data, and settings, which whoever saves it
wants to find again. Where the network to use is not the one to train on, `latest_weights_1` and so
on are the parameters of the latter.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from refnet.archive import Arrays, checked_path, read_arrays, write_arrays
from refnet.checks import check_kind, entry
from refnet.errors import ArgumentError, DataError
from refnet.health import LayerHealth
from refnet.json_values import JSON, Reader, dumps, loads, write_number
from refnet.network import Network
from refnet.sgd import Checkpoint, EpochReport, TrainingOptions
from refnet.storage import (
    CHECKPOINT,
    LATEST,
    network_arrays,
    network_of,
    parameter_arrays,
    parameters_of,
)

BIT_GENERATORS: Mapping[str, type[np.random.BitGenerator]] = MappingProxyType(
    {
        "PCG64": np.random.PCG64,
        "PCG64DXSM": np.random.PCG64DXSM,
        "MT19937": np.random.MT19937,
        "Philox": np.random.Philox,
        "SFC64": np.random.SFC64,
    }
)
"""Those of NumPy, whose states can be written down."""

_PARTS = ("options", "history", "first_cost", "generator", "data", "settings")
_OPTIONS = tuple(asdict(TrainingOptions()))
_REPORT = (
    "epoch",
    "training_cost",
    "validation_cost",
    "validation_accuracy",
    "health",
    "illnesses",
    "seconds",
)
_HEALTH = (
    "layer",
    "activation",
    "dead_share",
    "saturated_share",
    "gradient_norm",
    "weight_norm",
    "update_ratio",
)


def save_checkpoint(
    path: str | Path, checkpoint: Checkpoint, settings: Mapping[str, JSON] | None = None
) -> None:
    """Write a training and its network to a file, replacing it as a whole or not at all.

    `settings` is whatever the caller wants to find again. Raises ArgumentError for a generator
    or a part of the network that has no name, DataError where the file cannot be written;
    whatever was there before then still is.
    """
    target = checked_path(path)
    check_kind(checkpoint, Checkpoint, "checkpoint", "refnet.sgd.train passes one on")
    state = checkpoint.generator.bit_generator.state
    entry(state["bit_generator"], BIT_GENERATORS, "generator")
    written = dumps(
        {
            "options": _plain(asdict(checkpoint.options)),
            "history": [_plain(asdict(report)) for report in checkpoint.history],
            "first_cost": checkpoint.first_cost,
            "generator": _plain(state),
            "data": list(checkpoint.data),
            "settings": dict(settings or {}),
        }
    )
    arrays = {
        **network_arrays(checkpoint.best),
        CHECKPOINT: np.frombuffer(written.encode(), np.uint8),
    }
    if checkpoint.network is not checkpoint.best:
        arrays |= parameter_arrays(checkpoint.network.parameters, LATEST)
    write_arrays(target, arrays, "training")


def load_checkpoint(path: str | Path) -> tuple[Checkpoint, dict[str, JSON]]:
    """Read a training from a file, and the settings that were saved with it.

    Raises DataError for a file that is missing, truncated, damaged, foreign, inconsistent or
    written by a later version, and for a network that was saved without its training.
    """
    source = checked_path(path)
    arrays = read_arrays(source, "training")
    best = network_of(source, arrays)
    if CHECKPOINT not in arrays:
        raise DataError(
            f"{source}: got a network without a training to go on with; expected one as `refnet "
            "train --save` and refnet.checkpoints save it; begin a new training"
        )
    try:
        return _checkpoint(best, arrays)
    except (ArgumentError, DataError, KeyError) as error:
        raise DataError(
            f"{source}: got a training that contradicts itself ({error}); expected one as refnet "
            "saves it; begin a new training"
        ) from error


def _plain(value: Any) -> JSON:
    """Turn dictionaries, sequences, arrays and numbers into JSON."""
    if isinstance(value, Mapping):
        items = cast(Mapping[str, object], value).items()
        return {key: _plain(item) for key, item in items}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast(list[object], value)]
    return write_number(value) if isinstance(value, float) else cast(JSON, value)


def _checkpoint(best: Network, arrays: Arrays) -> tuple[Checkpoint, dict[str, JSON]]:
    reader = Reader("checkpoint", DataError, DataError)
    written = arrays[CHECKPOINT]
    if written.dtype != np.uint8 or written.ndim != 1:
        raise reader.refusal("", written, "bytes", "save it again")
    parts = reader.mapping(loads(written.tobytes(), DataError), "", _PARTS)
    layers = len(best.activations)
    network = best
    if any(name.startswith(LATEST) for name in arrays):
        network = replace(best, parameters=parameters_of(arrays, layers, LATEST))
    if network.sizes != best.sizes:
        raise reader.refusal("latest", network.sizes, f"the sizes {best.sizes}", "save it again")
    data = reader.texts(parts["data"], "data")
    if len(data) != 2:
        raise reader.refusal("data", data, "two digests", "save it again")
    history = tuple(
        _report(reader, report, epoch, layers)
        for epoch, report in enumerate(reader.sequence(parts["history"], "history"), start=1)
    )
    checkpoint = Checkpoint(
        network,
        best,
        _options(reader, parts["options"]),
        history,
        reader.number(parts["first_cost"], "first_cost"),
        _generator(reader, parts["generator"]),
        (data[0], data[1]),
    )
    if not math.isfinite(checkpoint.first_cost):
        raise reader.refusal("first_cost", parts["first_cost"], "a finite number", "save it again")
    settings = parts["settings"]
    if not isinstance(settings, dict):
        raise reader.refusal("settings", settings, "a JSON object", "save it again")
    return checkpoint, cast(dict[str, JSON], settings)


def _options(reader: Reader, value: object) -> TrainingOptions:
    found = reader.mapping(value, "options", _OPTIONS)
    patience = found["patience"]
    return TrainingOptions(
        reader.integer(found["epochs"], "epochs"),
        reader.integer(found["batch_size"], "batch_size"),
        reader.number(found["learning_rate"], "learning_rate"),
        reader.number(found["learning_rate_decay"], "learning_rate_decay"),
        None if patience is None else reader.integer(patience, "patience"),
    )


def _report(reader: Reader, value: object, epoch: int, layers: int) -> EpochReport:
    field = f"history[{epoch - 1}]"
    found = reader.mapping(value, field, _REPORT)
    health = [
        _health(reader, layer, f"{field}.health")
        for layer in reader.sequence(found["health"], f"{field}.health")
    ]
    numbered = [layer.layer for layer in health]
    if reader.integer(found["epoch"], field) != epoch or numbered != [*range(1, layers + 1)]:
        raise reader.refusal(
            field, (found["epoch"], numbered), f"epoch {epoch} of {layers} layers", "save it again"
        )
    return EpochReport(
        epoch,
        reader.number(found["training_cost"], field),
        reader.number(found["validation_cost"], field),
        reader.number(found["validation_accuracy"], field),
        tuple(health),
        reader.texts(found["illnesses"], field),
        reader.number(found["seconds"], field),
    )


def _health(reader: Reader, value: object, field: str) -> LayerHealth:
    found = reader.mapping(value, field, _HEALTH)
    return LayerHealth(
        reader.integer(found["layer"], field),
        reader.text(found["activation"], field),
        *(reader.number(found[name], field) for name in _HEALTH[2:]),
    )


def _generator(reader: Reader, value: object) -> np.random.Generator:
    """Make a generator that goes on where the saved one was."""
    if not isinstance(value, dict):
        raise reader.refusal("generator", value, "a state", "save it again")
    state = cast(dict[str, object], value)
    bits = entry(state.get("bit_generator"), BIT_GENERATORS, "generator")(0)
    try:
        bits.state = state
    except (IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise reader.refusal("generator", state, "a state", "save it again") from error
    if _plain(bits.state) != state:
        raise reader.refusal("generator", state, "a state", "save it again")
    return np.random.Generator(bits)
