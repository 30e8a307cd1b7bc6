"""Whole answers: by any mechanics with a bound for every number, and the trusted one.

Lives here: `answer_bounded` and `expect`. It knows the network and mechanics, not who asks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from refnet.activations import KINKED
from refnet.arrays import FloatArray, column, matrix
from refnet.errors import RefnetError
from refnet.mechanics.branches import Branches, kinks_of
from refnet.mechanics.right import RIGHT
from refnet.mechanics.trace import Mechanics, Trace, steps_of
from refnet.network import Network
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Failure, Kinks, Layers, Part, Problem
from refnet.reference import network_of
from refnet.tolerance import FLOAT64, Bounded, Precision

Value = TypeVar("Value")

WHAT_NUMPY_RAISES = (ValueError, IndexError, ZeroDivisionError, OverflowError)
"""The exceptions a mistake in a formula runs into: shapes that do not fit, an index too far."""


def answer_bounded(
    problem: Problem, mechanics: Mechanics = RIGHT, precision: Precision = FLOAT64
) -> Expected:
    """Answer every part asked by the given steps, with the bound T for every number.

    A right computation in this precision is within the bound of the exact answer; so is the
    value, computed in float64. Where z of a ReLU is within rounding of 0, `kinks` has the answers
    on either side. Where nothing can be said the bound is infinite. Counts, initial
    parameters and predictions that are classes have none; outputs come with predictions and
    counts, so that a tie can be seen. What wrong mechanics raise becomes a Failure of the part.
    """
    with np.errstate(all="ignore"):
        run = _Run(problem, mechanics, precision)
        answered = run.answered()
        if mechanics.derivative is not RIGHT.derivative:
            return answered  # whoever has another derivative has no choice of its slope at a kink
        return replace(answered, kinks=_kinks(run, answered.bound, _Run.answered))


def expect(problem: Problem, precision: Precision = FLOAT64) -> Expected:
    """Return the trusted answer: values of the readable network, and how far others may be off.

    The bound is T of the precision of whoever is judged, plus T of float64 for the reference
    itself. Where z of a ReLU is within rounding of 0, `kinks` has the right answers on either
    side. Raises ArgumentError for a problem that no network can answer.
    """
    network = network_of(problem)
    with np.errstate(all="ignore"):
        run = _Run(problem, RIGHT, precision)
        trusted = _twice_rounded(run)
        answer = _by_the_network(network, problem, trusted.answer)
        return Expected(answer, trusted.bound, _kinks(run, trusted.bound, _twice_rounded))


def _twice_rounded(run: "_Run") -> Expected:
    """Answer in float64, with the bound for whoever is judged and for this answer itself."""
    judged = run.answered()
    own = judged
    if run.precision != FLOAT64:
        own = _Run(run.problem, run.mechanics, FLOAT64).answered()
    return Expected(own.answer, _sum(judged.bound, own.bound))


def _kinks(run: "_Run", bound: Answer, answered: "Callable[[_Run], Expected]") -> Kinks | None:
    slopes = tuple(part for part in run.problem.asks if part in ("gradients", "step"))
    if not slopes or set(KINKED).isdisjoint(run.problem.activations):
        return None
    try:
        places = kinks_of(run.once)
    except WHAT_NUMPY_RAISES:
        return None
    question = replace(run.problem, asks=slopes)

    def on_branch(mechanics: Mechanics) -> Expected:
        with np.errstate(all="ignore"):
            return answered(_Run(question, mechanics, run.precision))

    return Kinks(places, Branches(places, on_branch, run.mechanics), bound) if places else None


@dataclass(eq=False)
class _Run:
    """One problem answered by one mechanics; a pass is made when a part first needs it."""

    problem: Problem
    mechanics: Mechanics
    precision: Precision

    @cached_property
    def once(self) -> Trace:
        """The pass from which outputs, cost, gradients and the evaluation are read."""
        trace = Trace(self.problem, self.mechanics, self.precision)
        trace.forward()
        return trace

    def answered(self) -> Expected:
        """Answer every part asked; what wrong mechanics raise becomes a Failure of the part."""
        answered = Expected(Answer(changed=self.mechanics.changed), Answer())
        failures: dict[Part, Failure] = {}
        for part in _computed(self.problem.asks):
            try:
                answered = _PARTS[part](self, answered)
            except WHAT_NUMPY_RAISES as error:
                if self.mechanics is RIGHT:
                    raise
                failures[part] = Failure(type(error).__name__, str(error), "simulation")
        if not failures:
            return answered
        answer = replace(answered.answer, failures=MappingProxyType(failures))
        return Expected(answer, answered.bound)


def _outputs(run: _Run, answered: Expected) -> Expected:
    outputs = run.once.activations[-1]
    return Expected(
        replace(answered.answer, outputs=outputs.value),
        replace(answered.bound, outputs=outputs.settled()),
    )


def _cost(run: _Run, answered: Expected) -> Expected:
    cost = run.mechanics.cost(run.once)
    if run.problem.l2 != 0.0:
        cost = cost + run.mechanics.penalty(run.once)
    return Expected(
        replace(answered.answer, cost=float(cost.value[0, 0])),
        replace(answered.bound, cost=float(cost.settled()[0, 0])),
    )


def _gradients(run: _Run, answered: Expected) -> Expected:
    trace = run.once
    trace.back()
    layers = range(trace.depth)
    weights = [trace.weight_gradients[layer] for layer in layers]
    biases = [trace.bias_gradients[layer] for layer in layers]
    return Expected(
        replace(answered.answer, gradients=_values(weights, biases)),
        replace(answered.bound, gradients=_bounds(weights, biases)),
    )


def _step(run: _Run, answered: Expected) -> Expected:
    weights, biases = steps_of(run.problem, run.mechanics, run.precision)[-1].stepped
    return Expected(
        replace(answered.answer, step=_values(weights, biases)),
        replace(answered.bound, step=_bounds(weights, biases)),
    )


def _predictions(run: _Run, answered: Expected) -> Expected:
    predictions = run.mechanics.predictions(run.once)
    answer = replace(answered.answer, predictions=predictions)
    if predictions.shape != (run.once.samples,) or _whole(predictions):
        return replace(answered, answer=answer)
    # No classes but outputs, by mistake: those may be off.
    off = run.once.activations[-1].settled().max(axis=0)
    return Expected(answer, replace(answered.bound, predictions=off))


def _whole(numbers: FloatArray) -> bool:
    return bool((numbers == np.round(numbers)).all())


def _correct(run: _Run, answered: Expected) -> Expected:
    correct = run.mechanics.correct(run.once)
    return replace(answered, answer=replace(answered.answer, correct=correct))


def _initial(run: _Run, answered: Expected) -> Expected:
    initial = run.mechanics.initial(run.problem)
    return replace(answered, answer=replace(answered.answer, initial=initial))


_PARTS: Mapping[Part, Callable[[_Run, Expected], Expected]] = MappingProxyType(
    {
        "outputs": _outputs,
        "cost": _cost,
        "gradients": _gradients,
        "step": _step,
        "predictions": _predictions,
        "correct": _correct,
        "initial": _initial,
    }
)


def _computed(asks: Iterable[Part]) -> tuple[Part, ...]:
    """Add the outputs to what is asked where their bounds tell a tie from a decision."""
    asked = tuple(asks)
    if "outputs" in asked or not {"predictions", "correct"} & set(asked):
        return asked
    return (*asked, "outputs")


def _values(weights: Sequence[Bounded], biases: Sequence[Bounded]) -> Layers:
    return Layers(tuple(w.value for w in weights), tuple(b.value for b in biases))


def _bounds(weights: Sequence[Bounded], biases: Sequence[Bounded]) -> Layers:
    return Layers(tuple(w.settled() for w in weights), tuple(b.settled() for b in biases))


def _by_the_network(network: Network, problem: Problem, own: Answer) -> Answer:
    """Replace every value that network.py computes by what it says.

    `own` has the values of the mechanics. They remain where the network refuses to go on because
    a number has overflown: their bound is infinite.
    """
    x, y = problem.x, problem.y

    def gradients() -> Layers:
        found = network.backprop(x, y)
        return Layers(found.weights, found.biases)

    return replace(
        own,
        outputs=_unless_refused(own.outputs, lambda: network.feedforward(x).outputs),
        cost=_unless_refused(own.cost, lambda: network.cost_of(x, y)),
        gradients=_unless_refused(own.gradients, gradients),
        step=_unless_refused(own.step, lambda: _descended(network, problem)),
    )


def _unless_refused(own: Value | None, said: Callable[[], Value]) -> Value | None:
    if own is None:
        return None
    try:
        return said()
    except RefnetError:
        return own


def _descended(network: Network, problem: Problem) -> Layers:
    eta = problem.learning_rate
    for _ in range(problem.steps):
        gradients = network.backprop(problem.x, problem.y)
        before = network.parameters
        weights = zip(before.weights, gradients.weights, strict=True)
        biases = zip(before.biases, gradients.biases, strict=True)
        moved = Parameters(
            tuple(matrix(w - eta * dw) for w, dw in weights),
            tuple(column(b - eta * db) for b, db in biases),
        )
        network = replace(network, parameters=moved)
    return Layers(network.parameters.weights, network.parameters.biases)


def _sum(bound: Answer, other: Answer) -> Answer:
    return replace(
        bound,
        outputs=_both(bound.outputs, other.outputs),
        cost=None if bound.cost is None or other.cost is None else bound.cost + other.cost,
        gradients=_both_layers(bound.gradients, other.gradients),
        step=_both_layers(bound.step, other.step),
    )


def _both(bound: FloatArray | None, other: FloatArray | None) -> FloatArray | None:
    return None if bound is None or other is None else bound + other


def _both_layers(bound: Layers | None, other: Layers | None) -> Layers | None:
    if bound is None or other is None:
        return None
    return Layers(
        tuple(a + b for a, b in zip(bound.weights, other.weights, strict=True)),
        tuple(a + b for a, b in zip(bound.biases, other.biases, strict=True)),
    )
