"""Every element of every gradient is the derivative of the cost.

Guards against any mistake in backpropagation at all, the write-up's reversed product (W delta for
W^T delta, silent where layers are square) among them. This law does not say where the mistake is;
the laws of the single equations do. In the exact regime nothing rounds, and the tolerance is zero.
At a kink there are several right gradients, of which a subject must have one, and not NaN: the
slope of ReLU by way of a / z is 0 / 0 there.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refnet.activations import KINKED
from refnet.arrays import column
from refnet.choices import MODERATE
from refnet.law import Exchange, compare_part, compare_within, law, quantities
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asked, asking, with_layers


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
    otherwise="it needs ReLU, leaky ReLU or identity in every layer, and the quadratic cost",
    questions=asking("gradients"),
)
def gradient_exact(exchanges: Sequence[Exchange]) -> None:
    """Compare with tolerance zero, 0.0 and -0.0 being equal."""
    for exchange in exchanges:
        for quantity in quantities(exchange, "gradients"):
            exactly = replace(quantity, bound=np.zeros(quantity.bound.shape))
            compare_within(exactly, remark="no right computation rounds here")


def unit_at_its_kink(problem: Problem) -> tuple[Problem, ...]:
    """Ask with a unit of the first hidden layer at z = 0 for one sample, where it has a kink there.

    All numbers of the problem are short: -W x is exact in every format and any order. A unit is
    taken that leaves the problem moderate, since what is lost in saturation is not asked here.
    """
    if problem.activations[0] not in KINKED or len(problem.activations) < 2:
        return ()
    for unit, sample in np.ndindex(problem.sizes[1], problem.samples):
        moved = _at_its_kink(problem, unit, sample)
        zs = network_of(moved).feedforward(moved.x).zs
        if all(np.abs(z).max() <= MODERATE for z in zs):
            return (moved,)
    return ()


def _at_its_kink(problem: Problem, unit: int, sample: int) -> Problem:
    weights, biases = problem.parameters.weights, list(problem.parameters.biases)
    first = biases[0].copy()
    first[unit, 0] = -(weights[0][unit] @ problem.x[:, sample])
    biases[0] = column(first)
    return asked(with_layers(problem, weights, biases), "gradients")


@law(
    "gradient/kink",
    title="at a kink the gradient has one of the slopes between left and right",
    equation="gradient",
    needs=("gradients",),
    follows=("gradient/check",),
    otherwise="it has no ReLU or leaky ReLU",
    questions=unit_at_its_kink,
)
def gradient_kink(exchanges: Sequence[Exchange]) -> None:
    """Compare with the branch that the subject is on; which one is kinks.share_taken."""
    compare_part(exchanges, "gradients")


def test_the_gradients_of_the_reference_are_those_of_the_oracle(head: Head) -> None:
    hold(gradient_check, head)


def test_the_reference_is_on_a_branch_at_a_kink(head: Head) -> None:
    hold(gradient_kink, head)


def test_the_gradients_of_the_reference_are_exact_where_nothing_rounds(exact_head: Head) -> None:
    hold(gradient_exact, exact_head)
