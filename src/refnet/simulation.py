"""Whether an answer is that of somebody who makes a given mistake.

Lives here: Simulator. It knows bugs and the interview, not laws or trials.

What a mistake makes of a question is computed with its own error bound and compared number by
number. Where gradients are read off a step, the mistake takes the step too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs import Simulation, simulate
from refnet.interview import LARGE_RATE, ROUNDOFF, UNANSWERED, Interview
from refnet.law import Exchange
from refnet.mechanics import Mechanics
from refnet.problem import Answer, Layers, Part, Problem
from refnet.tolerance import Precision


@dataclass(eq=False)
class Simulator:
    """Mistakes put through questions as the subject got them, each once."""

    interview: Interview
    precision: Precision
    _known: dict[tuple[int, int], tuple[Simulation, Problem, Mechanics]] = field(
        default_factory=dict[tuple[int, int], tuple[Simulation, Problem, Mechanics]]
    )

    def agrees(self, exchange: Exchange, mechanics: Mechanics) -> bool:
        """Tell whether an exchange is what these mechanics would have made of it."""
        simulation = self._simulated(mechanics, exchange.problem)
        if bool(exchange.answer.changed) != bool(simulation.changed):
            return False
        return all(_part_agrees(part, exchange, simulation) for part in exchange.problem.asks)

    def _simulated(self, mechanics: Mechanics, problem: Problem) -> Simulation:
        # Kept beside the objects themselves, so that their identities are not used again.
        key = (id(mechanics), id(problem))
        if key not in self._known:
            asked = self.interview.outward(problem)
            made = simulate(mechanics, asked, self.precision)
            if self.interview.derives(problem):
                made = self._read_off(problem, made)
            self._known[key] = (made, problem, mechanics)
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


def _part_agrees(part: Part, exchange: Exchange, simulation: Simulation) -> bool:
    failure = exchange.answer.failures.get(part)
    if part in simulation.failures or (failure is not None and failure.kind in UNANSWERED):
        # NumPy broadcasts in one style of code what it refuses in another: that a simulation
        # raises is no evidence against a subject that answers. A hang is no evidence at all.
        return True
    if failure is not None:
        return False
    said = _numbers(exchange.answer, part)
    if said is None:
        return True
    simulated = _numbers(simulation.answer, part)
    if simulated is None or [a.shape for a in said] != [a.shape for a in simulated]:
        return False
    slack = _numbers(simulation.bound, part)
    trusted = _numbers(exchange.expected.bound, part)
    return all(
        _within(got, value, *bounds)
        for got, value, *bounds in zip(
            said, simulated, *_present(slack, trusted, like=simulated), strict=True
        )
    )


def _present(
    *bounds: list[FloatArray] | None, like: Sequence[FloatArray]
) -> Iterable[list[FloatArray]]:
    shapes = [array.shape for array in like]
    for bound in bounds:
        if bound is not None and [array.shape for array in bound] == shapes:
            yield bound


def _within(got: FloatArray, value: FloatArray, *bounds: FloatArray) -> bool:
    allowed = np.zeros_like(value, dtype=np.float64)
    for bound in bounds:
        allowed = allowed + bound
    with np.errstate(invalid="ignore"):
        near = np.abs(got - value) <= allowed
    same = (got == value) | (np.isnan(got) & np.isnan(value)) | np.isinf(allowed)
    return bool(np.all(near | same))


def _numbers(answer: Answer, part: Part) -> list[FloatArray] | None:
    value = getattr(answer, part)
    if value is None:
        return None
    if isinstance(value, Layers):
        return [*value.weights, *value.biases]
    return [np.asarray(value, dtype=np.float64)]
