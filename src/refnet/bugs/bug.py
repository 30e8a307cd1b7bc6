"""What a known mistake is, and how somebody answers who makes it.

Lives here: Bug, Simulation, and the subjects that answer by given mechanics. It knows mechanics,
no particular mistake.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from refnet.arrays import FloatArray
from refnet.mechanics import RIGHT, Mechanics, answer_bounded
from refnet.problem import Answer, Failure, Kinks, Layers, Part, Problem
from refnet.tolerance import FLOAT64, Precision

Grade = Literal["wrong", "unstable"]
"""Wrong is another function; unstable is the right function, lost where units saturate."""


@dataclass(frozen=True, eq=False)
class Bug:
    """A mistake people make, as a step of backpropagation done wrongly.

    `slug` never changes once released. `title` completes "the network is wrong: ..."; `wrong`
    and `right` are the formulas side by side; `symptom` is how it shows in training, `hint` where
    to look in one's own code. `equation` is what it breaks, `aimed_at` the id of the law that must
    object. `realisations` are the ways in which people write this mistake, that differ in their
    numbers, the commonest first; `applies` tells whether it can show on a problem at all.
    """

    slug: str
    title: str
    group: str
    wrong: str
    right: str
    symptom: str
    hint: str
    equation: str
    aimed_at: str
    realisations: tuple[Mechanics, ...]
    applies: Callable[[Problem], bool]
    grade: Grade = "wrong"

    @property
    def mechanics(self) -> Mechanics:
        """The commonest realisation."""
        return self.realisations[0]

    @property
    def replaces(self) -> str:
        """The name of the step of the commonest realisation that is done wrongly."""
        return replaced_steps(self.mechanics)[0]


def replaced_steps(mechanics: Mechanics) -> tuple[str, ...]:
    """Name the steps that are not done as RIGHT does them."""
    return tuple(
        field.name
        for field in fields(Mechanics)
        if getattr(mechanics, field.name) != getattr(RIGHT, field.name)
    )


@dataclass(frozen=True, eq=False)
class Simulation:
    """What somebody answers who makes a mistake, and how far each number may be off.

    `bound` has the form of `answer`. A number that overflows or is none has the bound 0: whoever
    makes this mistake gets no number there either. `kinks` has the answers on either side of them.
    """

    answer: Answer
    bound: Answer
    kinks: Kinks | None = None

    @property
    def failures(self) -> dict[Part, Failure]:
        """What raises an exception in the place of an answer."""
        return dict(self.answer.failures)

    @property
    def changed(self) -> tuple[str, ...]:
        """Which inputs or parameters a call alters."""
        return self.answer.changed


def simulate(mechanics: Mechanics, problem: Problem, precision: Precision = FLOAT64) -> Simulation:
    """Answer a problem as somebody does who computes by the given steps, in this precision."""
    answered = answer_bounded(problem, mechanics, precision)
    bound = _certain_where_undefined(answered.answer, answered.bound)
    return Simulation(answered.answer, bound, answered.kinks)


class Simulated:
    """A subject that answers every question by given mechanics, in float64."""

    def __init__(self, mechanics: Mechanics = RIGHT) -> None:
        """Answer by these steps; by the right ones unless others are given."""
        self.mechanics = mechanics

    def answer(self, problem: Problem) -> Answer:
        """Answer the parts that are asked; an exception becomes a Failure of its part."""
        answer = answer_bounded(problem, self.mechanics).answer
        if "outputs" in problem.asks:
            return answer
        failures = {part: why for part, why in answer.failures.items() if part in problem.asks}
        return replace(answer, outputs=None, failures=failures)


class SimulatedBug(Simulated):
    """A subject that makes one known mistake, in one of its realisations."""

    def __init__(self, bug: Bug, realisation: int = 0) -> None:
        """Make this mistake; realisation 0 is the commonest."""
        super().__init__(bug.realisations[realisation])
        self.bug = bug


def _certain_where_undefined(answer: Answer, bound: Answer) -> Answer:
    return replace(
        bound,
        outputs=_finite(answer.outputs, bound.outputs),
        cost=0.0 if answer.cost is not None and not np.isfinite(answer.cost) else bound.cost,
        gradients=_finite_layers(answer.gradients, bound.gradients),
        step=_finite_layers(answer.step, bound.step),
    )


def _finite(value: FloatArray | None, bound: FloatArray | None) -> FloatArray | None:
    if value is None or bound is None:
        return None
    return np.where(np.isfinite(value), bound, 0.0)


def _finite_layers(value: Layers | None, bound: Layers | None) -> Layers | None:
    if value is None or bound is None:
        return None

    def settled(values: tuple[FloatArray, ...], bounds: tuple[FloatArray, ...]) -> list[FloatArray]:
        return [
            np.where(np.isfinite(number), allowed, 0.0)
            for number, allowed in zip(values, bounds, strict=True)
        ]

    return Layers(
        tuple(settled(value.weights, bound.weights)), tuple(settled(value.biases, bound.biases))
    )
