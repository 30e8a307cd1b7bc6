"""ReLU's slope as a mask: where a unit is off, its error is set to 0 instead of multiplied by it.

Lives here: `masked`. It knows mechanics, no particular mistake.

The two are the same but for what is no number: NaN times 0 is NaN. So a mistake that ends in NaN
looks otherwise in code that writes `delta[z <= 0] = 0`.
"""

from dataclasses import replace

import numpy as np

from refnet.mechanics import Mechanics, Trace
from refnet.tolerance import Bounded


def masked(mechanics: Mechanics) -> Mechanics:
    """Return the mechanics of somebody who does all else in this way, and masks ReLU."""

    def propagated(trace: Trace, layer: int) -> Bounded:
        error = mechanics.propagated(trace, layer)
        if trace.problem.activations[layer] != "relu":
            return error
        off = (trace.weighted_inputs[layer].value <= 0.0) & ~np.isfinite(error.value)
        return Bounded(
            np.where(off, 0.0, error.value), np.where(off, 0.0, error.error), error.rounding
        )

    return replace(mechanics, propagated=propagated)
