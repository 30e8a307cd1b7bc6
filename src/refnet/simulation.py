"""Whether an answer is that of somebody who makes a given mistake.

Lives here: Simulator. It knows bugs and the interview, not laws or trials.

What a mistake makes of a question is computed with its own error bound and compared number by
number. Where gradients are read off a step, the mistake takes the step too.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs import Simulation, simulate
from refnet.interview import LARGE_RATE, ROUNDOFF, UNANSWERED, Interview
from refnet.law import Exchange
from refnet.mechanics import RIGHT, Mechanics
from refnet.problem import Answer, Failure, Layers, Part, Problem
from refnet.tolerance import Precision


Agreement = Literal["agreement", "nothing said", "contradiction"]

_OF_SHAPES = ("ValueError", "IndexError", "RuntimeError", "TypeError")
"""What arrays raise whose shapes do not fit: NumPy the first two, PyTorch the third, JAX the last."""


@dataclass(eq=False)
class Simulator:
    """Mistakes put through questions as the subject got them, each once."""

    interview: Interview
    precision: Precision
    _known: dict[Hashable, tuple[Simulation, Mechanics]] = field(
        default_factory=dict[Hashable, tuple[Simulation, Mechanics]]
    )

    def fits(self, exchanges: Sequence[Exchange], mechanics: Mechanics) -> bool:
        """Tell whether these mechanics explain all of the exchanges.

        No part may contradict them; and one at least that no right network gives must be just what
        they give. A mistake that raises an exception at every question would else fit anything.
        """
        explained = False
        for exchange in exchanges:
            agreements = self._agreements(exchange, mechanics)
            if "contradiction" in agreements.values():
                return False
            explained = explained or any(
                agreement == "agreement" and self._agreements(exchange, RIGHT)[part] != agreement
                for part, agreement in agreements.items()
            )
        return explained

    def _agreements(self, exchange: Exchange, mechanics: Mechanics) -> dict[str, Agreement]:
        """Hold every part of an exchange against what these mechanics would have made of it."""
        simulation = self._simulated(mechanics, exchange.problem)
        found: dict[str, Agreement] = {
            part: _of_part(part, exchange, simulation) for part in exchange.problem.asks
        }
        same = bool(exchange.answer.changed) == bool(simulation.changed)
        found["changed"] = "agreement" if same else "contradiction"
        return found

    def _simulated(self, mechanics: Mechanics, problem: Problem) -> Simulation:
        # Kept beside the mechanics themselves, so that their identity is not used again.
        key = (id(mechanics), problem.key)
        if key not in self._known:
            asked = self.interview.outward(problem)
            made = simulate(mechanics, asked, self.precision)
            if self.interview.derives(problem):
                made = self._read_off(problem, made)
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


def _of_part(part: Part, exchange: Exchange, simulation: Simulation) -> Agreement:
    failure = exchange.answer.failures.get(part)
    if failure is not None and failure.kind in UNANSWERED:
        return "nothing said"
    if part in simulation.failures:
        # NumPy broadcasts in one style of code what it refuses in another: that a simulation
        # raises is no evidence against a subject that answers.
        return "nothing said" if failure is None else _of_failures(failure)
    if failure is not None:
        return "contradiction"
    said = _numbers(exchange.answer, part)
    if said is None:
        return "nothing said"
    simulated = _numbers(simulation.answer, part)
    if simulated is None or [a.shape for a in said] != [a.shape for a in simulated]:
        return "contradiction"
    slack = _numbers(simulation.bound, part)
    trusted = _numbers(exchange.expected.bound, part)
    same = all(
        _within(got, value, *bounds)
        for got, value, *bounds in zip(
            said, simulated, *_present(slack, trusted, like=simulated), strict=True
        )
    )
    return "agreement" if same else "contradiction"


def _of_failures(failure: Failure) -> Agreement:
    """Hold an exception against one that a simulation runs into: both are about shapes, or not."""
    return "agreement" if failure.kind in _OF_SHAPES else "contradiction"


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
