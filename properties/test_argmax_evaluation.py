"""A prediction is the class of the largest output, for each sample on its own.

Guards against the write-up's three misuses of argmax: over the batch instead of the classes, over
the flattened matrix, and of a label that is already an index; also max for argmax, labels read
along the wrong axis, and ties counted twice. On MNIST each of them shows as about 10 % accuracy, or
as a flattering one.

Asked only where the top two outputs are further apart than both bounds, and about batches whose
size is not the number of classes, so that an axis taken for the other has another shape or value.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from refnet.arrays import column, matrix
from refnet.errors import Deviation
from refnet.law import (
    Exchange,
    Quantity,
    compare_within,
    law,
    quantities,
    refuse_failure,
)
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import (
    asked,
    asking,
    samples_of,
    singles,
    turned,
    with_layers,
    with_rows,
    with_targets,
)


@law(
    "evaluation/predictions",
    title="the prediction is the class of the largest output",
    equation="argmax",
    needs=("predictions",),
    suite="evaluation",
    follows=("forward/outputs",),
    questions=asking("predictions"),
)
def predictions(exchanges: Sequence[Exchange]) -> None:
    """Compare the predicted classes where the outputs decide; there is one for every sample."""
    for exchange in exchanges:
        refuse_failure(exchange, "predictions")
        got = exchange.answer.predictions
        if got is not None and got.shape != (exchange.problem.samples,):
            raise Deviation(
                f"predictions: got shape {got.shape}, expected {(exchange.problem.samples,)}, one "
                "for every sample; take argmax over the classes: axis 0 where a column is a sample",
                element="predictions",
            )
        for quantity in quantities(exchange, "predictions"):
            compare_within(_where_decided(exchange, quantity))


def _where_decided(exchange: Exchange, quantity: Quantity) -> Quantity:
    """Abstain for samples whose top two outputs are closer than both of their bounds."""
    outputs, bound = exchange.expected.answer.outputs, exchange.expected.bound.outputs
    if outputs is None or bound is None or outputs.shape[0] < 2:
        return quantity
    order = np.argsort(outputs, axis=0)
    first, second = (np.take_along_axis(outputs, order[[-at]], axis=0) for at in (1, 2))
    slack = np.max(bound, axis=0, keepdims=True)
    undecided = (first - second)[0] <= 2.0 * slack[0]
    return replace(quantity, bound=np.where(undecided, np.inf, 0.0))


def as_it_is_and_turned(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the predictions of a batch, and of the same samples in another order."""
    whole = asked(problem, "predictions")
    return (whole, turned(whole)) if problem.samples > 1 else ()


@law(
    "evaluation/permuted-samples",
    title="permuting the samples permutes the predictions",
    equation="argmax",
    needs=("predictions",),
    suite="evaluation",
    follows=("forward/outputs",),
    questions=as_it_is_and_turned,
)
def permuted_samples(exchanges: Sequence[Exchange]) -> None:
    """Compare the predictions of the permuted batch with the permuted predictions."""
    first, second = [quantities(exchange, "predictions") for exchange in exchanges]
    for one, other in zip(first, second, strict=False):
        decided = _where_decided(exchanges[1], other)
        compare_within(
            replace(decided, expected=np.roll(one.got, 1)),
            remark="that was the prediction for the same sample in another place of the batch",
        )


def as_it_is_and_relabelled(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the predictions, and for those with the output units in another order."""
    whole = asked(problem, "predictions")
    return (whole, with_rows(whole, len(problem.activations) - 1, _relabelling(problem)))


def _relabelling(problem: Problem) -> list[int]:
    """Return which unit each new unit was: every one moves up by one."""
    classes: list[int] = np.roll(np.arange(problem.sizes[-1]), 1).tolist()
    return classes


@law(
    "evaluation/permuted-classes",
    title="permuting the output units permutes the classes",
    equation="argmax",
    needs=("predictions",),
    suite="evaluation",
    follows=("forward/outputs",),
    questions=as_it_is_and_relabelled,
)
def permuted_classes(exchanges: Sequence[Exchange]) -> None:
    """Compare the predictions of the relabelled network with the relabelled predictions."""
    first, second = [quantities(exchange, "predictions") for exchange in exchanges]
    relabelling = _relabelling(exchanges[0].problem)
    for one, other in zip(first, second, strict=False):
        decided = _where_decided(exchanges[1], other)
        classes = range(len(relabelling))
        if not np.isin(one.got, classes).all():
            continue
        moved = np.array([relabelling.index(int(was)) for was in one.got], dtype=np.float64)
        compare_within(
            replace(decided, expected=moved),
            remark="that is where the unit of the earlier prediction has moved to",
        )


def every_label(problem: Problem) -> tuple[Problem, ...]:
    """Ask of one sample, for each label in turn, how many are right; then where two outputs tie."""
    one = asked(samples_of(problem, [0]), "correct")
    return (*_labelled(one), *_labelled(_tied(one)))


def _labelled(problem: Problem) -> list[Problem]:
    return [with_targets(problem, y.reshape(-1, 1)) for y in np.eye(problem.sizes[-1])]


def _tied(problem: Problem) -> Problem:
    """Return the problem with the parameters of the largest output given to another one as well.

    Whichever of the two a network takes, it can take only one.
    """
    outputs = network_of(problem).feedforward(problem.x).outputs[:, 0]
    top = int(outputs.argmax())
    order = list(range(outputs.size))
    order[(top + 1) % outputs.size] = top
    weights, biases = problem.parameters.weights, problem.parameters.biases
    return with_layers(
        problem,
        (*weights[:-1], matrix(weights[-1][order])),
        (*biases[:-1], column(biases[-1][order])),
    )


@law(
    "evaluation/count",
    title="of all labels that one sample may have, exactly one counts as right",
    equation="argmax",
    needs=("correct",),
    suite="evaluation",
    follows=("forward/outputs",),
    questions=every_label,
)
def count(exchanges: Sequence[Exchange]) -> None:
    """Add up the counts over all labels of a sample; where nothing ties, compare each."""
    classes = len(exchanges) // 2
    for exchange in exchanges:
        refuse_failure(exchange, "correct")
    for tied, group in ((False, exchanges[:classes]), (True, exchanges[classes:])):
        counts = [quantity for exchange in group for quantity in quantities(exchange, "correct")]
        if len(counts) < classes:
            continue
        _one_counts(np.sum([one.got for one in counts]), tied=tied)
        if not tied:
            for label, one in enumerate(counts):
                compare_within(replace(one, name=f"count of one sample with label {label}"))


def _one_counts(total: np.float64, *, tied: bool) -> None:
    if total != 1.0:
        where = ", two outputs being equal and the largest" if tied else ""
        raise Deviation(
            f"sum over the labels: got {total:g} right answers for one sample, expected 1{where}; "
            "compare the index of the largest output with the index of the label",
            element="sum over the labels",
            got=float(total),
            expected=1.0,
            bound=0.0,
        )


def whole_and_parts(problem: Problem) -> tuple[Problem, ...]:
    """Ask how many are right in the batch, and in every sample of it."""
    whole = asked(problem, "correct")
    return (whole, *singles(whole)) if problem.samples > 1 else ()


@law(
    "evaluation/count-adds-up",
    title="the count of a set is the sum of the counts of its samples",
    equation="argmax",
    needs=("correct",),
    suite="evaluation",
    follows=("forward/outputs",),
    questions=whole_and_parts,
)
def count_adds_up(exchanges: Sequence[Exchange]) -> None:
    """Compare the count of the batch with the sum of the single counts."""
    whole, *parts = [quantities(exchange, "correct") for exchange in exchanges]
    refuse_failure(exchanges[0], "correct")
    if whole and all(parts):
        total = np.sum([single.got for (single,) in parts], axis=0)
        compare_within(
            replace(whole[0], expected=total),
            remark="that is what its samples count one by one",
        )


def test_the_reference_predicts_the_largest_output(head: Head) -> None:
    for about_predictions in (predictions, permuted_samples, permuted_classes):
        hold(about_predictions, head)


def test_the_reference_counts_each_sample_once(head: Head) -> None:
    hold(count, head)
    hold(count_adds_up, head)
