"""Every element of every gradient is the derivative of the cost.

Guards against any mistake in backpropagation at all, the write-up's reversed product (W delta for
W^T delta, silent where layers are square) among them. This law does not say where the mistake is;
the laws of the single equations do. In the exact regime nothing rounds, and the tolerance is zero.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refnet.law import Exchange, compare_part, compare_within, law, quantities
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asking


@law(
    "gradient/check",
    title="every gradient is the derivative of the cost",
    equation="gradient",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    questions=asking("gradients"),
)
def gradient_check(exchanges: Sequence[Exchange]) -> None:
    """Compare every element of every gradient with the expected one."""
    compare_part(exchanges, "gradients")


@law(
    "gradient/exact",
    title="where nothing rounds, every gradient is exactly right",
    equation="gradient",
    needs=("gradients",),
    suite="exact",
    follows=("gradient/check",),
    questions=asking("gradients"),
)
def gradient_exact(exchanges: Sequence[Exchange]) -> None:
    """Compare with tolerance zero, 0.0 and -0.0 being equal."""
    for exchange in exchanges:
        for quantity in quantities(exchange, "gradients"):
            exactly = replace(quantity, bound=np.zeros(quantity.bound.shape))
            compare_within(exactly, remark="no right computation rounds here")


def test_the_gradients_of_the_reference_are_those_of_the_oracle(head: Head) -> None:
    hold(gradient_check, head)


def test_the_gradients_of_the_reference_are_exact_where_nothing_rounds(exact_head: Head) -> None:
    hold(gradient_exact, exact_head)
