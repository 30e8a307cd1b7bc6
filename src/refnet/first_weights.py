"""Which known mistake in drawing the first weights a subject makes.

Lives here: `mistakes_in_drawing`. It knows the catalogue and breaches; random numbers are never
compared one by one, only how they are distributed.

Weights that are all 0, all the same, or the same in every row show a pattern, and a bug that leaves
the same pattern explains them. Others are held against a sample that the bug draws: mean and mean
square of each layer must agree as those of two samples of one distribution do.
"""

from collections.abc import Sequence

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs import BUGS, simulate
from refnet.problem import Answer
from refnet.trial import Breach

GROUP = "initialisation/"
"""How the ids of the laws about the first weights begin."""

_FURTHEST = 6.1
"""Standard deviations by which two means may differ: a normal one differs by more once in 10^9."""


def mistakes_in_drawing(breaches: Sequence[Breach]) -> list[str]:
    """Return the bugs whose first weights are like those that broke a law of initialisation."""
    broken = {breach.law.id for breach in breaches}
    exchanges = [exchange for breach in breaches for exchange in breach.exchanges]
    return [
        bug.slug
        for bug in BUGS.values()
        if bug.aimed_at in broken
        and any(
            all(
                _alike(exchange.answer, simulate(mechanics, exchange.problem).answer)
                for exchange in exchanges
            )
            for mechanics in bug.realisations
        )
    ]


def _alike(said: Answer, drawn: Answer) -> bool:
    if said.initial is None or drawn.initial is None:
        return False
    weights, others = said.initial.weights, drawn.initial.weights
    if [w.shape for w in weights] != [w.shape for w in others]:
        return False
    pattern = _pattern(weights[0])
    if pattern != _pattern(others[0]):
        return False
    # One constant is as wrong as another, and one row repeated is too little to tell a spread by.
    return pattern != "different" or all(map(_alike_in_spread, weights, others))


def _pattern(w: FloatArray) -> str:
    """Say how alike the weights of the first layer are."""
    if not w.any():
        return "all 0"
    if (w == w.flat[0]).all():
        return "all the same"
    return "rows the same" if (w == w[:1]).all() else "different"


def _alike_in_spread(one: FloatArray, other: FloatArray) -> bool:
    return _same_mean(one, other) and _same_mean(one**2, other**2)


def _same_mean(one: FloatArray, other: FloatArray) -> bool:
    """Compare two means by the standard error of their difference."""
    error = np.sqrt((one.var() + other.var()) / one.size)
    return bool(abs(one.mean() - other.mean()) <= _FURTHEST * error)
