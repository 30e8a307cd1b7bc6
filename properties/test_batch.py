"""A batch is the mean of its samples, in any order, whatever was asked before.

Guards against sums where a mean is declared, means taken twice or of the biases not at all, the
gradient of the last sample alone, samples left out, and a batch size remembered from before.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refnet.law import (
    Exchange,
    Quantity,
    compare_answers,
    compare_within,
    law,
    quantities,
)
from refnet.problem import Problem
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asked, short_batch, singles, turned, without_penalty

ROUNDOFF = 2.0**-53
"""Unit roundoff of the float64 in which the law itself takes the mean."""


def whole_and_singles(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the gradients of the batch and of every sample of it, lambda 0."""
    whole = asked(without_penalty(problem), "gradients")
    return (whole, *singles(whole)) if problem.samples > 1 else ()


@law(
    "batch/mean",
    title="the gradient of a batch is the mean of the gradients of its samples",
    equation="mean",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    otherwise="it takes one sample at a time",
    questions=whole_and_singles,
)
def batch_mean(exchanges: Sequence[Exchange]) -> None:
    """Compare the gradient of the batch with the mean of the single ones.

    The bound is that of the batch plus the mean of the single ones, and gamma(m) of the law's own
    sum.
    """
    whole, *parts = [quantities(exchange, "gradients") for exchange in exchanges]
    if not whole or not all(parts):
        return
    for together, *apart in zip(whole, *parts, strict=True):
        compare_within(_against_the_mean(together.with_own_bound(), apart))


def _against_the_mean(together: Quantity, apart: Sequence[Quantity]) -> Quantity:
    m = len(apart)
    widened = [single.with_own_bound() for single in apart]
    mean = np.sum([single.got for single in apart], axis=0) / m
    sizes = np.sum([np.abs(single.got) for single in apart], axis=0) / m
    bound = np.sum([single.bound for single in widened], axis=0) / m
    return replace(
        together,
        expected=mean,
        bound=together.bound + bound + 2.0 * m * ROUNDOFF * sizes,
    )


def turned_round(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the gradients of the batch, and of the same samples in another order."""
    whole = asked(problem, "gradients")
    return (whole, turned(whole)) if problem.samples > 1 else ()


@law(
    "batch/order",
    title="the order of the samples in a batch makes no difference",
    equation="mean",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    otherwise="it takes one sample at a time",
    questions=turned_round,
)
def batch_order(exchanges: Sequence[Exchange]) -> None:
    """Compare the gradients of both orders, within both bounds."""
    first, second = exchanges
    compare_answers(
        first, second, "gradients", "that was the gradient of the same samples in another order"
    )


def two_sizes_in_turn(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the whole batch and a short one, each alone, and each after the other."""
    if problem.samples == 1:
        return ()
    whole = asked(problem, "gradients")
    short = short_batch(whole)
    return (whole, short, replace(whole, after=short), replace(short, after=whole))


@law(
    "batch/sizes",
    title="a batch of another size before makes no difference",
    equation="mean",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    otherwise="it takes one sample at a time",
    questions=two_sizes_in_turn,
)
def batch_sizes(exchanges: Sequence[Exchange]) -> None:
    """Compare the gradients after a batch of another size with those of the same batch alone."""
    whole, short, whole_after, short_after = exchanges
    for alone, after in ((whole, whole_after), (short, short_after)):
        compare_answers(
            alone, after, "gradients", "that was the gradient without another batch size before it"
        )


def test_the_reference_takes_the_mean_over_a_batch(head: Head) -> None:
    for about_batches in (batch_mean, batch_order, batch_sizes):
        hold(about_batches, head)
