"""Finding out how a step that is handed x and y takes them, where backprop takes one sample.

Lives here: `find_step_samples`. It knows how a network of Nielsen's shape is asked.

Such a step may go through a batch by itself, or be for one sample as backprop is. A batch is tried
first: it is for one sample where that raises, or gives parameters of other shapes.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.layouts import SampleLayout, trial_samples
from refnet.subjects.worker.nielsen import NielsenNetwork, Ways
from refnet.subjects.worker.raising import Trying

_BATCHES: dict[SampleLayout, tuple[SampleLayout, ...]] = {
    "single column": ("columns",),
    "single vector": ("rows", "columns"),
    "single row": ("rows",),
}
"""What a batch of such samples may look like."""


def find_step_samples(ways: Ways, fresh: Callable[[], Any], sizes: Sequence[int]) -> Ways:
    """Add how the step takes its samples; unchanged where that is as forward takes them.

    `fresh` makes a network of these sizes.
    """
    for layout in _BATCHES.get(ways.samples, ()):
        tried = replace(ways, step_samples=layout)
        with Trying():
            if _keeps_shapes(NielsenNetwork(fresh(), tried), sizes):
                return tried
    return ways


def _keeps_shapes(network: NielsenNetwork, sizes: Sequence[int]) -> bool:
    samples = sum(sizes)  # as many as no layer has units
    x, y = trial_samples(sizes, samples)
    before = network.get_parameters()
    network.ask("step", Question(x, y, 1.0, 0.0, samples))
    return _shapes(network.get_parameters()) == _shapes(before)


def _shapes(parameters: tuple[Sequence[Any], Sequence[Any]]) -> list[tuple[int, ...]]:
    return [np.shape(array) for arrays in parameters for array in arrays]
