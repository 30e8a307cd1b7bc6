"""The reference as a subject, and what it should answer according to the oracle.

Lives here: `answer` and `trusted`. The rule is that the reference is never judged by itself:
values come from the oracle, which differentiates the loss alone; of what is built on the
network's equations only the error bounds are used.
"""

from dataclasses import replace

import numpy as np

from refnet import oracle
from refnet.arrays import FloatArray
from refnet.evaluation import count_correct, predictions
from refnet.initializers import initializer_by_name
from refnet.law import Suite
from refnet.mechanics import expect
from refnet.network import Network
from refnet.oracle import complex_step, rational
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Layers, Problem
from refnet.reference import network_of
from refnet.sgd import step


def answer(problem: Problem) -> Answer:
    """Answer a problem by the reference, after the problem that comes before it."""
    if problem.after is not None:
        answer(problem.after)
    network = network_of(problem)
    asked = set(problem.asks)
    outputs = network.feedforward(problem.x).outputs
    return Answer(
        outputs=outputs if "outputs" in asked else None,
        cost=network.cost_of(problem.x, problem.y) if "cost" in asked else None,
        gradients=(
            _layers(network.backprop(problem.x, problem.y)) if "gradients" in asked else None
        ),
        step=_layers(_stepped(network, problem)) if "step" in asked else None,
        predictions=(predictions(outputs).astype(np.float64) if "predictions" in asked else None),
        correct=count_correct(outputs, problem.y) if "correct" in asked else None,
        initial=_layers(_fresh(problem)) if "initial" in asked else None,
    )


def trusted(problem: Problem, suite: Suite) -> Expected:
    """Return the oracle's values with the error bounds of the mechanics.

    The bound of `expect` allows for two computations in float64, that of whoever is judged and
    that of the trusted answer; here the latter is the oracle's complex step, which carries the
    same sums of products forward instead of backward, and may lose what underflows. In the exact
    regime the oracle is rational arithmetic, and there is nothing to allow for.
    """
    bound = expect(problem).bound
    if suite == "exact":
        return Expected(rational.answer(problem), bound)
    value = oracle.answer(problem)
    if bound.outputs is not None and value.outputs is None:
        # The outputs tell a law whether a prediction is decided.
        value = replace(value, outputs=oracle.answer(replace(problem, asks=("outputs",))).outputs)
    return Expected(
        value,
        replace(bound, gradients=_widened(bound.gradients), step=_widened(bound.step)),
    )


def _widened(bound: Layers | None) -> Layers | None:
    def wider(array: FloatArray) -> FloatArray:
        return array + complex_step.LOST

    if bound is None:
        return None
    return Layers(tuple(map(wider, bound.weights)), tuple(map(wider, bound.biases)))


def _stepped(network: Network, problem: Problem) -> Parameters:
    for _ in range(problem.steps):
        network = step(network, problem.x, problem.y, problem.learning_rate)
    return network.parameters


def _fresh(problem: Problem) -> Parameters:
    scheme = initializer_by_name("he" if problem.initializer is None else problem.initializer)
    return scheme.parameters(problem.sizes, np.random.default_rng(problem.seed))


def _layers(parameters: Parameters) -> Layers:
    return Layers(parameters.weights, parameters.biases)
