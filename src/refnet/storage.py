"""Networks in files: `save_network` and `load_network`, bit for bit and without pickle.

Lives here: which arrays a network is in a file, and what can contradict itself there. It knows
networks, nothing of training; of a training that is saved with its network (checkpoints.py) it
knows the names of the arrays alone, and passes over them.

The arrays are `format` and `version`; `activations`, `leaky_slopes`, `cost`, `l2` and
`training_size`; then `weights_1`, `biases_1` and so on.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnet.activations import activation_by_name
from refnet.archive import Arrays, checked_path, list_of, read_arrays, value_of, write_arrays
from refnet.arrays import column, matrix
from refnet.checks import check_kind
from refnet.costs import cost_by_name
from refnet.errors import ArgumentError, DataError
from refnet.network import Network
from refnet.parameters import Parameters

FORMAT = "refnet-network"
VERSION = 1
"""The newest version that can be read. A reader of a later one reads all before it."""

CHECKPOINT = "checkpoint"
"""The array in which a training is kept beside its network."""

LATEST = "latest_"
"""How the names of parameters begin that a training goes on from, if the network has others."""


def save_network(path: str | Path, network: Network) -> None:
    """Write a network to a file, replacing the file as a whole or not at all.

    Raises ArgumentError for an activation or a cost that has no name in refnet, DataError where
    the file cannot be written; whatever was there before then still is.
    """
    target = checked_path(path)
    check_kind(network, Network, "network", "make one by refnet.new_network")
    write_arrays(target, network_arrays(network), "network")


def load_network(path: str | Path) -> Network:
    """Read a network from a file: the very bits that were saved.

    Raises DataError for a file that is missing, truncated, damaged, foreign, inconsistent, or
    written by a later version.
    """
    source = checked_path(path)
    return network_of(source, read_arrays(source, "network"))


def network_arrays(network: Network) -> Arrays:
    """Return the arrays of a network, by name.

    Raises ArgumentError for an activation or a cost that has no name in refnet.
    """
    for activation in network.activations:
        activation_by_name(activation.name)
    cost_by_name(network.cost.name)
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "version": np.array(VERSION),
        "activations": np.array([activation.name for activation in network.activations]),
        "leaky_slopes": np.array([activation.leaky_slope for activation in network.activations]),
        "cost": np.array(network.cost.name),
        "l2": np.array(float(network.l2)),
        "training_size": np.array(int(network.training_size)),
    }
    return arrays | parameter_arrays(network.parameters)


def parameter_arrays(parameters: Parameters, prefix: str = "") -> dict[str, NDArray[Any]]:
    """Return the arrays of parameters, by names that begin with a prefix."""
    arrays: dict[str, NDArray[Any]] = {}
    layers = zip(parameters.weights, parameters.biases, strict=True)
    for layer, (w, b) in enumerate(layers, start=1):
        arrays[f"{prefix}weights_{layer}"] = w
        arrays[f"{prefix}biases_{layer}"] = b
    return arrays


def network_of(source: Path, arrays: Arrays) -> Network:
    """Make a network of the arrays of a file. Raises DataError for arrays that do not make one."""
    _check_format(source, arrays)
    try:
        return _network(arrays)
    except (ArgumentError, KeyError, ValueError) as error:
        raise DataError(
            f"{source}: got a network that contradicts itself ({error}); expected one as "
            "refnet saves it; save it again"
        ) from error


def parameters_of(arrays: Arrays, layers: int, prefix: str = "") -> Parameters:
    """Make parameters of arrays, the opposite of `parameter_arrays`.

    Raises KeyError for an array that is missing, ArgumentError for one that does not fit.
    """
    numbers = range(1, layers + 1)
    return Parameters(
        tuple(matrix(arrays[f"{prefix}weights_{layer}"]) for layer in numbers),
        tuple(column(arrays[f"{prefix}biases_{layer}"]) for layer in numbers),
    )


def _check_format(source: Path, arrays: Arrays) -> None:
    try:
        marked = str(value_of(arrays, "format", "U")) == FORMAT
        version = int(value_of(arrays, "version", "i"))
    except (KeyError, ValueError):
        marked, version = False, 0
    if not marked:
        raise DataError(
            f"{source}: got an archive without the mark {FORMAT!r}; expected a network as "
            "refnet saves it; this file holds something else"
        )
    if not 1 <= version <= VERSION:
        raise DataError(
            f"{source}: got version {version} of the format; expected 1 to {VERSION}; a later "
            "refnet has written it: update refnet"
        )


def _network(arrays: Arrays) -> Network:
    names = list_of(arrays, "activations", "U")
    slopes = list_of(arrays, "leaky_slopes", "f")
    layers = range(1, len(names) + 1)
    known = {
        f"{prefix}{kind}_{layer}"
        for prefix in ("", LATEST)
        for kind in ("weights", "biases")
        for layer in layers
    }
    unknown = set(arrays) - known - _NOT_PARAMETERS
    if unknown:
        raise ValueError(f"an array {min(unknown)!r} of no layer")
    return Network(
        parameters_of(arrays, len(names)),
        tuple(
            activation_by_name(str(name), float(slope))
            for name, slope in zip(names, slopes, strict=True)
        ),
        cost_by_name(str(value_of(arrays, "cost", "U"))),
        float(value_of(arrays, "l2", "f")),
        int(value_of(arrays, "training_size", "i")),
    )


_NOT_PARAMETERS = frozenset(
    ("format", "version", "activations", "leaky_slopes", "cost", "l2", "training_size", CHECKPOINT)
)
