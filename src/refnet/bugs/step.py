"""Mistakes in the L2 penalty and in the step of gradient descent.

Lives here: wrong versions of lambda / n W, of lambda / (2 n) sum w^2 and of W -= eta dW. It knows
mechanics, nothing of laws.
"""

from dataclasses import replace

from refnet.bugs.bug import Bug
from refnet.bugs.situations import asks, every, penalised
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import collected, penalty
from refnet.problem import Problem
from refnet.tolerance import Bounded

_GROUP = "regularisation and step"
_GRADIENTS = asks("gradients", "step")


def _bias_decay(trace: Trace, layer: int) -> Bounded | None:
    problem = trace.problem
    if problem.l2 == 0.0:
        return None
    return trace.biases[layer].scaled(problem.l2, problem.training_size)


def _by_batch_size(trace: Trace, layer: int) -> Bounded | None:
    if trace.problem.l2 == 0.0:
        return None
    return trace.weights[layer].scaled(trace.problem.l2, trace.samples)


def _times(factor: float, *, divided: bool) -> Mechanics:
    def weight_penalty(trace: Trace, layer: int) -> Bounded | None:
        problem = trace.problem
        if problem.l2 == 0.0:
            return None
        size = problem.training_size if divided else 1
        return trace.weights[layer].scaled(factor * problem.l2, size)

    return replace(RIGHT, weight_penalty=weight_penalty)


def _no_penalty(_trace: Trace, _layer: int) -> Bounded | None:
    return None


def _no_cost(trace: Trace) -> Bounded:
    return penalty(trace).scaled(0.0)


def _cost_per_sample(trace: Trace) -> Bounded:
    return penalty(trace).scaled(trace.samples)


def _cost_per_training_sample(trace: Trace) -> Bounded:
    return penalty(trace).scaled(trace.problem.training_size)


def _ascended(trace: Trace, parameter: Bounded, gradient: Bounded) -> Bounded:
    return parameter + gradient.scaled(trace.problem.learning_rate)


def _turned_in_steps(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    weights, biases = collected(trace, layer)
    if not trace.descending:
        return weights, biases
    return weights.scaled(-1.0), biases.scaled(-1.0)


def _rate_twice(trace: Trace, parameter: Bounded, gradient: Bounded) -> Bounded:
    eta = trace.problem.learning_rate
    return parameter - gradient.scaled(eta).scaled(eta)


def _gradient_with_rate(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    weights, biases = collected(trace, layer)
    eta = trace.problem.learning_rate
    return weights.scaled(eta), biases.scaled(eta)


def _gradient_with_rate_in_steps(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    return (_gradient_with_rate if trace.descending else collected)(trace, layer)


def _default_rate(default: float) -> Mechanics:
    def received(problem: Problem) -> Problem:
        return replace(problem, learning_rate=problem.learning_rate or default)

    return replace(RIGHT, received=received)


DEFAULT_RATES = (0.1, 0.01, 0.001, 0.5, 1.0, 3.0)
"""What people make the default learning rate."""

BUGS = (
    Bug(
        slug="l2-on-biases",
        title="the biases are decayed as the weights are",
        group=_GROUP,
        wrong="db = mean of delta + lambda/n b",
        right="db = mean of delta",
        symptom="Hardly any: biases stay a little too small. A test with zero biases cannot see "
        "it.",
        hint="The penalty sums the squares of the weights alone; leave the biases out of it.",
        equation="L2",
        aimed_at="step/biases-not-decayed",
        realisations=(replace(RIGHT, bias_penalty=_bias_decay),),
        applies=every(penalised, _GRADIENTS),
    ),
    Bug(
        slug="l2-by-batch-size",
        title="the penalty is divided by the batch size, not by the size of the training set",
        group=_GROUP,
        wrong="dW = ... + lambda/m W",
        right="dW = ... + lambda/n W",
        symptom="Weights shrink to nothing: the penalty is n/m times too strong.",
        hint="n is the number of training samples, m the number in this batch. The penalty is "
        "part of the cost of the whole training set.",
        equation="L2",
        aimed_at="gradient/check",
        realisations=(replace(RIGHT, weight_penalty=_by_batch_size),),
        applies=every(penalised, _GRADIENTS),
    ),
    Bug(
        slug="l2-unscaled",
        title="the gradient of the penalty has the wrong factor",
        group=_GROUP,
        wrong="dW = ... + lambda W, or 2 lambda W",
        right="dW = ... + lambda/n W",
        symptom="Weights shrink to nothing unless lambda is made tiny.",
        hint="The derivative of lambda/(2n) w^2 is lambda/n w. Without the 2 in the cost there is "
        "a 2 in the gradient; without n in one there is none in the other.",
        equation="L2",
        aimed_at="gradient/check",
        realisations=(
            _times(1.0, divided=False),
            _times(2.0, divided=False),
            _times(2.0, divided=True),
            _times(0.5, divided=True),
        ),
        applies=every(penalised, _GRADIENTS),
    ),
    Bug(
        slug="l2-wrong-sign",
        title="the penalty makes the weights grow",
        group=_GROUP,
        wrong="dW = ... - lambda/n W",
        right="dW = ... + lambda/n W",
        symptom="The weights blow up, the faster the larger lambda is.",
        hint="The penalty is added to the cost, so its gradient is added to the gradient: W times "
        "(1 - eta lambda/n) in the step, not (1 + ...).",
        equation="L2",
        aimed_at="gradient/check",
        realisations=(_times(-1.0, divided=True),),
        applies=every(penalised, _GRADIENTS),
    ),
    Bug(
        slug="l2-gradient-only",
        title="the penalty is in the gradient but not in the cost",
        group=_GROUP,
        wrong="C = data cost, dW = ... + lambda/n W",
        right="C = data cost + lambda/(2n) sum w^2",
        symptom="The reported cost rises late in training although everything works.",
        hint="Add the penalty to the cost you report, or say that the data cost alone is meant.",
        equation="L2",
        aimed_at="cost/value",
        realisations=(replace(RIGHT, penalty=_no_cost),),
        applies=every(penalised, asks("cost")),
    ),
    Bug(
        slug="l2-cost-only",
        title="the penalty is in the cost but not in the gradient",
        group=_GROUP,
        wrong="C = data cost + lambda/(2n) sum w^2, dW without lambda",
        right="dW = ... + lambda/n W",
        symptom="Changing lambda changes the reported cost and nothing else.",
        hint="Each part of the cost needs its part of the gradient.",
        equation="L2",
        aimed_at="gradient/check",
        realisations=(replace(RIGHT, weight_penalty=_no_penalty),),
        applies=every(penalised, _GRADIENTS),
    ),
    Bug(
        slug="l2-cost-per-sample",
        title="the penalty is added to the cost once for every sample",
        group=_GROUP,
        wrong="C = mean over samples + m lambda/(2n) sum w^2",
        right="C = mean over samples + lambda/(2n) sum w^2",
        symptom="The reported cost is dominated by the penalty and grows with the batch.",
        hint="Add the penalty after the loop over the samples.",
        equation="L2",
        aimed_at="cost/value",
        realisations=(
            replace(RIGHT, penalty=_cost_per_sample),
            replace(RIGHT, penalty=_cost_per_training_sample),
        ),
        applies=every(penalised, asks("cost")),
    ),
    Bug(
        slug="step-sign",
        title="the step goes up the gradient",
        group=_GROUP,
        wrong="W += eta dW",
        right="W -= eta dW",
        symptom="The cost rises from the first step on.",
        hint="Descent subtracts. If backprop returns the negative gradient, add; never both.",
        equation="step",
        aimed_at="step/update",
        realisations=(
            replace(RIGHT, descended=_ascended),
            # The weights still decay: W = (1 - eta lambda/n) W + eta dW.
            replace(RIGHT, collected=_turned_in_steps),
        ),
        applies=asks("step"),
    ),
    Bug(
        slug="learning-rate-twice",
        title="the learning rate is multiplied in twice",
        group=_GROUP,
        wrong="dW = eta * ..., then W -= eta dW",
        right="W -= eta dW",
        symptom="Training is far too slow for eta below 1 and diverges above; at eta = 1 all is "
        "well.",
        hint="Look for the learning rate in backprop and in the step: it belongs in the step.",
        equation="step",
        aimed_at="step/update",
        realisations=(
            replace(RIGHT, descended=_rate_twice),
            replace(RIGHT, collected=_gradient_with_rate),
            replace(RIGHT, collected=_gradient_with_rate_in_steps),
        ),
        applies=every(lambda problem: problem.learning_rate != 1.0, _GRADIENTS),
    ),
    Bug(
        slug="falsy-zero",
        title="a value of 0 is taken for one that is missing, and replaced by a default",
        group=_GROUP,
        wrong="eta = eta or 0.1",
        right="eta = 0.1 if eta is None else eta",
        symptom="A learning rate of 0 trains, a bias of 0 is impossible.",
        hint="0 is false in Python. Ask `is None`.",
        equation="step",
        aimed_at="step/zero-rate",
        realisations=tuple(_default_rate(rate) for rate in DEFAULT_RATES),
        applies=every(lambda problem: problem.learning_rate == 0.0, asks("step")),
    ),
)
