"""Whether an answer is that of somebody who makes a given mistake.

Lives here: Simulator. It knows bugs and the interview, not laws or trials.

What a mistake makes of a question is computed with its own error bound and compared number by
number. Where gradients are read off a step, the mistake takes the step too.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import FloatArray
from refnet.bugs import Simulation, simulate
from refnet.interview import LARGE_RATE, ROUNDOFF, UNANSWERED, Interview
from refnet.law import Exchange
from refnet.mechanics import Mechanics
from refnet.problem import Answer, Expected, Failure, Layers, Part, Problem
from refnet.tolerance import Precision

_OF_SHAPES = ("ValueError", "IndexError", "RuntimeError", "TypeError")
"""What arrays raise whose shapes do not fit: NumPy the first two, PyTorch the third, JAX both."""


@dataclass(eq=False)
class Simulator:
    """Mistakes put through questions as the subject got them, each once."""

    interview: Interview
    precision: Precision
    _known: dict[Hashable, tuple[Simulation, Mechanics]] = field(
        default_factory=dict[Hashable, tuple[Simulation, Mechanics]]
    )

    def support(self, exchanges: Sequence[Exchange], mechanics: Mechanics) -> int | None:
        """Return how many wrong numbers these mechanics explain; None if anything contradicts them.

        A wrong number is explained where it is what they give within their bound, and the right one
        is not. A mistake that raises at every question, or whose bound covers everything, explains
        nothing.
        """
        total = 0
        for exchange in exchanges:
            simulation = self._simulated(mechanics, exchange.problem)
            if bool(exchange.answer.changed) != bool(simulation.changed):
                return None
            total += bool(simulation.changed)
            for part in exchange.problem.asks:
                found = _support(part, exchange, simulation)
                if found is None:
                    return None
                total += found
        return total

    def _simulated(self, mechanics: Mechanics, problem: Problem) -> Simulation:
        # Kept beside the mechanics themselves, so that their identity is not used again.
        key = (id(mechanics), problem.key)
        if key not in self._known:
            asked = self.interview.outward(problem)
            made = simulate(mechanics, asked, self.precision)
            if self.interview.derives(problem):
                made = self._read_off(problem, made)
            expected = self.interview.without_biases(Expected(made.answer, made.bound))
            made = Simulation(expected.answer, expected.bound)
            self._known[key] = (made, mechanics)
        return self._known[key][0]

    def _read_off(self, problem: Problem, made: Simulation) -> Simulation:
        answer = self.interview.read(problem, made.answer)
        gradients, step = answer.gradients, made.bound.step
        if gradients is None or step is None:
            return Simulation(answer, replace(made.bound, step=None))
        bound = Layers(
            tuple(map(_per_rate, step.weights, gradients.weights)),
            tuple(map(_per_rate, step.biases, gradients.biases)),
        )
        return Simulation(answer, replace(made.bound, gradients=bound, step=None))


def _per_rate(bound: FloatArray, gradient: FloatArray) -> FloatArray:
    return bound / LARGE_RATE + 3.0 * ROUNDOFF * np.abs(gradient)


def _support(part: Part, exchange: Exchange, simulation: Simulation) -> int | None:
    """Count the wrong numbers of a part that a simulation explains; None if it contradicts."""
    failure = exchange.answer.failures.get(part)
    said = _numbers(exchange.answer, part)
    if part in simulation.failures or failure is not None or said is None:
        if failure is None and said is not None and _is_right(part, said, exchange):
            return None
        return _support_of_failures(failure, part in simulation.failures)
    simulated = _numbers(simulation.answer, part)
    if simulated is None or _shapes(said) != _shapes(simulated):
        return None
    right, trusted = (
        _numbers(exchange.expected.answer, part),
        _numbers(exchange.expected.bound, part),
    )
    slack = _numbers(simulation.bound, part) or [np.zeros(array.shape) for array in said]
    if right is None or _shapes(right) != _shapes(said):
        # A wrong shape, and the same one.
        agree = (_same(*each).all() for each in zip(said, simulated, slack, strict=True))
        return 1 if all(agree) else None
    trusted = trusted or [np.zeros(array.shape) for array in said]
    total = 0
    for got, value, own, true, bound in zip(said, simulated, slack, right, trusted, strict=True):
        if not _same(got, value, own + bound).all():
            return None
        wrong = ~_same(got, true, bound)
        total += int(np.count_nonzero(wrong & ~_same(value, true, own + bound)))
    return total


def _is_right(part: Part, said: Sequence[FloatArray], exchange: Exchange) -> bool:
    """Tell whether an answer is the right one: a mistake that raises there has not been made."""
    right = _numbers(exchange.expected.answer, part)
    if right is None or _shapes(right) != _shapes(said):
        return False
    bound = _numbers(exchange.expected.bound, part) or [np.zeros(array.shape) for array in said]
    return all(_same(*each).all() for each in zip(said, right, bound, strict=True))


def _support_of_failures(failure: Failure | None, simulated: bool) -> int | None:
    """Hold an exception, or none, against that of a simulation."""
    if failure is None or failure.kind in UNANSWERED:
        # NumPy broadcasts in one style of code what it refuses in another: that a simulation
        # raises is no evidence against a subject that answers wrongly.
        return 0
    return 1 if simulated and failure.kind in _OF_SHAPES else None


def _shapes(arrays: Sequence[FloatArray]) -> list[tuple[int, ...]]:
    return [array.shape for array in arrays]


def _same(got: FloatArray, value: FloatArray, allowed: FloatArray) -> NDArray[np.bool_]:
    """Tell of every number whether it is within what is allowed; NaN is the same as NaN."""
    with np.errstate(invalid="ignore"):
        near = np.abs(got - value) <= allowed
    same: NDArray[np.bool_] = (
        near | (got == value) | (np.isnan(got) & np.isnan(value)) | np.isinf(allowed)
    )
    return same


def _numbers(answer: Answer, part: Part) -> list[FloatArray] | None:
    value = getattr(answer, part)
    if value is None:
        return None
    if isinstance(value, Layers):
        return [*value.weights, *value.biases]
    return [np.asarray(value, dtype=np.float64)]
