"""refnet: a trusted reference neural network, and the judge that validates others against it.

Importing refnet imports NumPy and nothing else heavy: the judge (`refnet.check`,
`refnet.conformance`) is imported when it is first asked for. Read refnet/network.py first.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from refnet import _start as _start
from refnet.arrays import Column, Labels, Matrix, column, labels, matrix, one_hot
from refnet.errors import (
    ArgumentError,
    DataError,
    Deviation,
    RefnetError,
    ShapeError,
    SubjectError,
)
from refnet.network import ForwardPass, Network, new_network
from refnet.parameters import Parameters
from refnet.problem import Answer, Problem

if TYPE_CHECKING:
    from refnet import conformance
    from refnet.checking import check

__all__ = [
    "Answer",
    "ArgumentError",
    "Column",
    "DataError",
    "Deviation",
    "ForwardPass",
    "Labels",
    "Matrix",
    "Network",
    "Parameters",
    "Problem",
    "RefnetError",
    "ShapeError",
    "SubjectError",
    "check",
    "column",
    "conformance",
    "labels",
    "matrix",
    "new_network",
    "one_hot",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import the judge when it is first asked for."""
    if name == "check":
        return import_module("refnet.checking").check
    if name == "conformance":
        return import_module("refnet.conformance")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
