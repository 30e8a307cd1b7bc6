"""Finding out how evaluate counts: which labels it takes, and what one right answer adds.

Lives here: `find_counting`. It knows how a network of Nielsen's shape is asked.

One sample, repeated, is shown with every label it might have: exactly one of them is right. So the
results, added up, are the number of repetitions if evaluate counts, 1 if it gives a share, 100 if
it gives per cent. The form of the labels with which that holds is taken; with neither, integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.calling import method, parameters_of
from refnet.subjects.worker.customary import EVALUATE
from refnet.subjects.worker.nielsen import LabelForm, NielsenNetwork, Ways
from refnet.subjects.worker.raising import Trying

REPEATED = 4
"""How often the sample is repeated: a power of two, so that shares are exact."""


def find_counting(ways: Ways, fresh: Callable[[], Any], sizes: Sequence[int]) -> Ways:
    """Add what was found out about evaluate; unchanged where there is no such method."""
    name = next((name for name in EVALUATE if method(fresh(), (name,)) is not None), "")
    if not name or len({"x", "y"} & parameters_of(getattr(fresh(), name)).known) == 1:
        return ways
    ways = replace(ways, evaluate=name)
    forms: tuple[LabelForm, ...] = ("integer", "one-hot")
    answering: list[LabelForm] = []
    for form in forms:
        with Trying():
            tried = replace(ways, labels=form)
            total = _total(tried, fresh(), sizes)
            answering.append(form)
            if total == REPEATED:
                return tried
            if total == 1.0:
                return replace(tried, per_count="share")
            if total == 100.0:
                return replace(tried, per_count="percent")
    return replace(ways, labels=answering[0] if answering else "integer")


def _total(ways: Ways, network: Any, sizes: Sequence[int]) -> float:
    """Add up what evaluate says of one repeated sample, over all labels."""
    asked = NielsenNetwork(network, ways)
    x = np.linspace(-1.0, 1.0, sizes[0]).reshape(-1, 1).repeat(REPEATED, axis=1)
    total = 0.0
    for label in range(sizes[-1]):
        y = np.zeros((sizes[-1], REPEATED))
        y[label] = 1.0
        total += asked.counted(Question(x, y, 1.0, 0.0, 1))
    return total
