"""Finding the step of a network of Nielsen's shape, and how one that is handed x and y takes them.

Lives here: `first_step`, and `find_step_samples`, where backprop takes one sample. It knows how a
network of that shape is asked.

A step that is handed gradients follows a backprop: it is asked as networks of any other form are.
One that is handed x and y may go through a batch by itself, or be for one sample as backprop is. A
batch is tried first: it is for one sample where that raises, or gives parameters of other shapes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.calling import first_method, method, parameters_of
from refnet.subjects.worker.customary import STEP
from refnet.subjects.worker.layouts import SampleLayout, trial_samples
from refnet.subjects.worker.nielsen import NielsenNetwork, Ways
from refnet.subjects.worker.raising import Trying

_BATCHES: dict[SampleLayout, tuple[SampleLayout, ...]] = {
    "single column": ("columns",),
    "single vector": ("rows", "columns"),
    "single row": ("rows",),
}
"""What a batch of such samples may look like."""


_GRADIENT = re.compile(
    r"grad|nabla|^d_?(w|b|weights?|bias(es)?)s?$|^delta_?[wb]|^g_?[wb]s?$", re.IGNORECASE
)
"""What parameters that take gradients are called: dW, db, grads, nabla_w, ..."""


def first_step(owner: object) -> tuple[str, bool]:
    """Name the first method that takes a step by itself; tell whether another one does not.

    That is handed gradients, or no samples. The name is "" where there is none.
    """
    found = {name: method(owner, (name,)) for name in STEP}
    after = [n for n, each in found.items() if _is_handed_gradients(each) or _has_none(each)]
    return first_method(owner, [name for name in STEP if name not in after]), bool(after)


def _has_none(function: Callable[..., Any] | None) -> bool:
    """Tell whether a method is handed no samples: it follows a backward pass."""
    if function is None:
        return False
    beside = {"learning_rate", "l2", "training_size"}
    return all(role in beside for _, role, _ in parameters_of(function).roles)


def _is_handed_gradients(function: Callable[..., Any] | None) -> bool:
    if function is None:
        return False
    roles = parameters_of(function).roles
    return any(needed and role is None and _GRADIENT.search(name) for name, role, needed in roles)


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
