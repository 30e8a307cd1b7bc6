"""Saturated units neither overflow nor lose the answer.

Guards against exp(z) that overflows, softmax without its shift, logarithms of outputs that have
been rounded to 0, and epsilons against them, which make another function of the cost. All of
these are right where |z| is at most 8, so breaking these laws alone is graded unstable, not wrong.
"""

from collections.abc import Sequence

from refnet.law import Exchange, compare_part, law, refuse_failure
from refnet.problem import Part
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asking

_PARTS: tuple[Part, ...] = ("outputs", "gradients")


@law(
    "extremes/saturated",
    title="outputs and gradients survive |z| of a thousand",
    equation="",
    needs=("outputs", "gradients"),
    suite="saturated",
    follows=("forward/outputs", "gradient/check"),
    questions=asking("outputs", "gradients"),
)
def saturated(exchanges: Sequence[Exchange]) -> None:
    """Compare outputs and gradients; an exception (math range error) breaks the law as NaN does."""
    for exchange in exchanges:
        for part in _PARTS:
            refuse_failure(exchange, part)
    compare_part(exchanges, "outputs")
    compare_part(exchanges, "gradients")


@law(
    "extremes/cost",
    title="the cost survives |z| of a thousand",
    equation="",
    needs=("cost",),
    suite="saturated",
    follows=("cost/value",),
    questions=asking("cost"),
)
def saturated_cost(exchanges: Sequence[Exchange]) -> None:
    """Compare the cost; an exception (math domain error) breaks the law as NaN does."""
    for exchange in exchanges:
        refuse_failure(exchange, "cost")
    compare_part(exchanges, "cost")


def test_the_reference_survives_saturation(head: Head) -> None:
    hold(saturated, head)
    hold(saturated_cost, head)
