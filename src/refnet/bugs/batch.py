"""Mistakes in averaging over the batch, and in what is kept from one batch to the next.

Lives here: wrong versions of the mean over the m samples of this batch. It knows mechanics,
nothing of laws.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from refnet.bugs.bug import Bug
from refnet.bugs.situations import (
    another_batch_size_before,
    asked_before,
    asks,
    every,
    several_samples,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import collected, descended
from refnet.tolerance import Bounded

_GROUP = "batch"
_GRADIENTS = asks("gradients", "step")


def _sum_of_delta(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer].row_sums()


def _one(_trace: Trace) -> float:
    return 1.0


def _square_of_samples(trace: Trace) -> float:
    return float(trace.samples**2)


def _square_of_samples_in_steps(trace: Trace) -> float:
    return float(trace.samples ** (2 if trace.descending else 1))


def _averaged_again(trace: Trace, parameter: Bounded, gradient: Bounded) -> Bounded:
    return descended(trace, parameter, gradient.scaled(1.0, trace.samples))


def _largest_batch(trace: Trace) -> float:
    sizes = [trace.samples]
    earlier = trace.earlier
    while earlier is not None:
        sizes.append(earlier.samples)
        earlier = earlier.earlier
    return float(max(sizes))


def _first_batch(trace: Trace) -> float:
    while trace.earlier is not None:
        trace = trace.earlier
    return float(trace.samples)


def _of_samples(
    chosen: Callable[[int], Sequence[int]], *, divided_by: Callable[[int], float]
) -> Mechanics:
    """Make the mechanics that take their gradients from some of the m samples only."""

    def some(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
        samples = chosen(trace.samples)
        delta = trace.deltas[layer].columns(samples)
        a = trace.activations[layer].columns(samples)
        # NumPy divides by 0 without an exception.
        number = np.float64(divided_by(trace.samples))
        weights = (delta @ a.transposed).scaled(1.0, number)
        return weights, delta.row_sums().scaled(1.0, number)

    return replace(RIGHT, collected=some)


def _in_steps(mechanics: Mechanics) -> Mechanics:
    """Make the mechanics whose gradients are right until they are those of a step."""

    def some(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
        return (mechanics.collected if trace.descending else collected)(trace, layer)

    return replace(RIGHT, collected=some)


_BUT_THE_LAST = _of_samples(lambda m: range(m - 1), divided_by=float)
"""As `for x, y in batch[:-1]`: of a batch of one nothing is left."""


def _added_to_the_call_before(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    weights, biases = collected(trace, layer)
    before = _gradients_before(trace, layer)
    if before is None:
        return weights, biases
    return before[0] + weights, before[1] + biases


def _added_before_averaging(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    weights, biases = collected(trace, layer)
    before = _gradients_before(trace, layer)
    if before is None or trace.earlier is None:
        return weights, biases
    share = float(trace.earlier.samples), trace.mechanics.divisor(trace)
    return before[0].scaled(*share) + weights, before[1].scaled(*share) + biases


def _gradients_before(trace: Trace, layer: int) -> tuple[Bounded, Bounded] | None:
    earlier = trace.earlier
    if earlier is None or not (earlier.descending or "gradients" in earlier.problem.asks):
        return None
    earlier.back()
    return earlier.data_gradients[layer]


BUGS = (
    Bug(
        slug="bias-gradient-not-averaged",
        title="the gradient of the biases is summed over the batch, that of the weights averaged",
        group=_GROUP,
        wrong="db = sum of delta, dW = delta a^T / m",
        right="db = sum of delta / m, dW = delta a^T / m",
        symptom="Biases move m times too fast beside the weights; larger batches train worse.",
        hint="Divide both sums by m, or neither and the learning rate instead.",
        equation="BP3",
        aimed_at="batch/mean",
        realisations=(replace(RIGHT, bias_gradient=_sum_of_delta),),
        applies=every(several_samples, _GRADIENTS),
    ),
    Bug(
        slug="batch-average-missing",
        title="the gradient is summed over the batch where the cost is a mean",
        group=_GROUP,
        wrong="dW = delta a^T, db = sum of delta",
        right="dW = delta a^T / m, db = sum of delta / m",
        symptom="The learning rate is m times what you think; training diverges with large "
        "batches.",
        hint="Divide by the number of samples of this batch, once: in the gradient or in the step.",
        equation="BP4",
        aimed_at="batch/mean",
        realisations=(replace(RIGHT, divisor=_one),),
        applies=every(several_samples, _GRADIENTS),
    ),
    Bug(
        slug="batch-average-twice",
        title="the gradient is divided by the batch size twice",
        group=_GROUP,
        wrong="dW = delta a^T / m, then W -= eta / m dW",
        right="dW = delta a^T / m, then W -= eta dW",
        symptom="Training is m times too slow.",
        hint="Divide in one place only. If backprop averages, the step must not.",
        equation="step",
        aimed_at="step/update",
        realisations=(
            replace(RIGHT, descended=_averaged_again),
            replace(RIGHT, divisor=_square_of_samples),
            replace(RIGHT, divisor=_square_of_samples_in_steps),
        ),
        applies=every(several_samples, _GRADIENTS),
    ),
    Bug(
        slug="last-batch-divided-by-batch-size",
        title="a short last batch is divided by the full batch size",
        group=_GROUP,
        wrong="dW = delta a^T / batch_size",
        right="dW = delta a^T / m, m the samples really in this batch",
        symptom="The last batch of each epoch counts for less than it should.",
        hint="Divide by x.shape[1] of the batch at hand, not by the batch_size that was asked for.",
        equation="BP4",
        aimed_at="batch/sizes",
        realisations=(replace(RIGHT, divisor=_largest_batch),),
        applies=every(another_batch_size_before, _GRADIENTS),
    ),
    Bug(
        slug="remembers-batch-size",
        title="the batch size of the first call is kept for all later ones",
        group=_GROUP,
        wrong="dW = delta a^T / m, m of the first batch",
        right="dW = delta a^T / m, m of this batch",
        symptom="Right until a batch of another size comes, such as the last of an epoch.",
        hint="Look for self.m or self.batch_size that is set once; take it from the batch each "
        "time.",
        equation="BP4",
        aimed_at="batch/sizes",
        realisations=(replace(RIGHT, divisor=_first_batch),),
        applies=every(another_batch_size_before, _GRADIENTS),
    ),
    Bug(
        slug="last-sample-only",
        title="the gradient is that of one sample of the batch",
        group=_GROUP,
        wrong="dW = gradient of the last sample",
        right="dW = mean of the gradients of all samples",
        symptom="Training is as noisy as with batches of one.",
        hint="Look for = where += belongs in the loop over the samples.",
        equation="BP4",
        aimed_at="batch/mean",
        realisations=(
            _of_samples(lambda m: [m - 1], divided_by=lambda m: 1.0),
            _of_samples(lambda m: [m - 1], divided_by=float),
            _of_samples(lambda m: [0], divided_by=lambda m: 1.0),
            _of_samples(lambda m: [0], divided_by=float),
        ),
        applies=every(several_samples, _GRADIENTS),
    ),
    Bug(
        slug="samples-excluded",
        title="the last sample of the batch, or the first, is left out",
        group=_GROUP,
        wrong="for i in range(m - 1), or range(1, m)",
        right="for i in range(m)",
        symptom="A small loss of data, invisible in accuracy.",
        hint="range(m) already stops before m, and randint already excludes its upper end.",
        equation="BP4",
        aimed_at="batch/mean",
        realisations=(
            _of_samples(lambda m: range(max(m - 1, 1)), divided_by=float),
            _of_samples(lambda m: range(max(m - 1, 1)), divided_by=lambda m: float(max(m - 1, 1))),
            _of_samples(lambda m: range(min(1, m - 1), m), divided_by=float),
            _BUT_THE_LAST,
            _in_steps(_BUT_THE_LAST),
            _in_steps(_of_samples(lambda m: range(1, m), divided_by=float)),
            _in_steps(_of_samples(lambda m: range(m - 1), divided_by=lambda m: float(m - 1))),
        ),
        # Of a single sample some leave none.
        applies=_GRADIENTS,
    ),
    Bug(
        slug="accumulator-not-reset",
        title="the gradient of a call is added to that of the call before",
        group=_GROUP,
        wrong="nabla_w += dW, with nabla_w from the call before",
        right="nabla_w = 0 at the start of every batch",
        symptom="Steps grow from batch to batch and training explodes; asking twice gives two "
        "answers.",
        hint="Set the accumulators to zero in each call. [zeros] * n makes n names for one array, "
        "and template[:] copies the list but not the arrays in it.",
        equation="BP4",
        aimed_at="purity/repeatable",
        realisations=(
            replace(RIGHT, collected=_added_to_the_call_before),
            replace(RIGHT, collected=_added_before_averaging),
        ),
        applies=every(asked_before, _GRADIENTS),
    ),
)
