"""The reported cost is the cost whose gradient is taken, penalty included.

Guards against the derivative in the place of the cost, -Y^T log A summed over pairs of samples,
a norm that was never squared, and a penalty that only the gradient knows of.
"""

from collections.abc import Sequence

from refnet.law import Exchange, compare_part, law, refuse_failure
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asking


@law(
    "cost/value",
    title="the cost is the mean over the batch plus lambda/(2n) sum W^2",
    equation="cost",
    needs=("cost",),
    follows=("forward/outputs",),
    questions=asking("cost"),
)
def cost_value(exchanges: Sequence[Exchange]) -> None:
    """Compare the cost with the expected one; an exception in its place is a breach."""
    for exchange in exchanges:
        refuse_failure(exchange, "cost")
    compare_part(exchanges, "cost")


def test_the_reference_costs_what_the_oracle_says(head: Head) -> None:
    hold(cost_value, head)
