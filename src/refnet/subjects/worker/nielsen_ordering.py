"""Which end of a network of Nielsen's shape comes first in the gradients that it returns.

Lives here: `in_order`. It knows how such a network is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.layouts import trial_samples
from refnet.subjects.worker.nielsen import NielsenNetwork, Ways
from refnet.subjects.worker.recipe_ordering import tells_the_first

SQUARE = (3, 3, 3)
"""Layer sizes at which a product the wrong way round raises nothing."""


def in_order(ways: Ways, fresh: Callable[[Sequence[int]], Any], sizes: Sequence[int]) -> Ways:
    """Tell by inputs of 0 which end comes first of gradients whose shapes do not tell.

    Then those of the first weights are 0, and no others: they are multiples of the inputs.
    """
    shapes = [NielsenNetwork(fresh(sizes), ways).shapes[at] for at in (0, 1)]
    if ways.form != "returned" or any(each != each[::-1] for each in shapes):
        return ways
    for tried in (ways, replace(ways, last_layer_first=not ways.last_layer_first)):
        network = NielsenNetwork(fresh(sizes), tried)
        weights, biases = network.get_parameters()
        network.set_parameters(weights, [np.full(b.shape, 0.3) for b in biases])
        x, y = trial_samples(sizes, 1 if network.single else 5)
        dws = network.ask("gradients", Question(0.0 * x, y, 1.0, 0.0, 1))[0]
        if tells_the_first(dws):
            return tried
    return ways
