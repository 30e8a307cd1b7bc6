"""What ails a network in training, measured layer by layer and said in plain sentences.

Lives here: dead and saturated units (units.py), norms of gradients and weights and the size of a
step beside the weights it changes (layers.py), all of it for plain lists of arrays of any
framework (`examine`, examination.py), and `diagnose` (diagnosis.py). It knows arrays, activations
by name alone.

Each threshold stands beside its reason. A sentence is for a person who has nothing but print
statements: a healthy network gets none, so that none can be ignored.
"""

from refnet.health.diagnosis import (
    EXPLODING_RATIO,
    HEALTHY_RATIO,
    SICK_SHARE,
    STUCK_RATIO,
    VANISHING_RATIO,
    chance,
    diagnose,
    rises,
)
from refnet.health.examination import examine, real_matrix, rows_per_unit
from refnet.health.layers import LayerHealth, measure
from refnet.health.units import ALMOST_ALL, FLAT, UnitCounts, count_units

__all__ = [
    "ALMOST_ALL",
    "EXPLODING_RATIO",
    "FLAT",
    "HEALTHY_RATIO",
    "SICK_SHARE",
    "STUCK_RATIO",
    "VANISHING_RATIO",
    "LayerHealth",
    "UnitCounts",
    "chance",
    "count_units",
    "diagnose",
    "examine",
    "measure",
    "real_matrix",
    "rises",
    "rows_per_unit",
]
