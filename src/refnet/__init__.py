"""refnet: a trusted reference neural network, and the judge that validates others against it.

Importing refnet imports NumPy and nothing else heavy. Read refnet/network.py first.
"""

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
    "column",
    "labels",
    "matrix",
    "new_network",
    "one_hot",
]

__version__ = "0.1.0"
