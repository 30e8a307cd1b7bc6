"""Conventions: choices that are not mistakes, and how an answer is translated by them.

Lives here: Conventions, the list of those worth trying, and their names in a report. It knows
problems and capabilities, not laws or bugs.

A convention is a hypothesis. A subject that sums over the batch answers another problem than the
one it was asked: the same batch, a learning rate m times as large, a penalty 1/m as strong. So a
convention turns a problem into the one that was meant, and an answer into the answer to that; the
laws never hear of it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, replace
from itertools import product
from operator import ne
from typing import Literal

from refnet.problem import Answer, Layers, Part, Problem
from refnet.subjects.protocol import Capabilities, Convention

Direction = Literal["gradient", "descent"]
Reduction = Literal["mean", "sum"]
Penalty = Literal["n", "m", "1", "1/2"]


@dataclass(frozen=True)
class Conventions:
    """What a subject means by its gradients and by its step.

    `direction`: gradients point up the cost, or down ("descent"). `gradients`, `step` and `cost`:
    mean or sum over the batch. `factor`: the data cost is this many times the book's, `outputs`:
    it is their sum over the outputs, or their mean. `l2`: the penalty is divided by n, by the batch
    size m, by nothing, or by 1/2: lambda times the sum of squares, without the customary half.
    """

    direction: Direction = "gradient"
    gradients: Reduction = "mean"
    step: Reduction = "mean"
    factor: float = 1.0
    outputs: Reduction = "sum"
    l2: Penalty = "n"
    cost: Reduction = "mean"

    def meant(self, problem: Problem) -> Problem:
        """Return the problem which the subject answers, in the book's conventions.

        Gradients s (dC + lambda/(s n) w) are s times those of a problem with a penalty of
        lambda / s; a step with them is a step at the learning rate s eta.
        """
        if self == BOOK:
            return problem
        scale = self.scale(problem)
        divisor = {
            "n": 1.0,
            "m": problem.training_size / problem.samples,
            "1": float(problem.training_size),
            "1/2": 2.0 * problem.training_size,
        }
        before = None if problem.after is None else self.meant(problem.after)
        return replace(
            problem,
            l2=problem.l2 * divisor[self.l2] / scale,
            learning_rate=problem.learning_rate * (scale if "step" in problem.asks else 1.0),
            after=before,
        )

    def translate(self, problem: Problem, answer: Answer) -> Answer:
        """Return the answer to the problem that was meant."""
        if self == BOOK:
            return answer
        scale = self.scale(problem) * (-1.0 if self.direction == "descent" else 1.0)
        gradients = answer.gradients
        if gradients is not None:
            gradients = Layers(
                tuple(w / scale for w in gradients.weights),
                tuple(b / scale for b in gradients.biases),
            )
        cost = None if answer.cost is None else answer.cost / self.scale(problem)
        return replace(answer, gradients=gradients, cost=cost)

    def scale(self, problem: Problem) -> float:
        """Return how many times the book's what is asked here is, were there no penalty."""
        if "step" in problem.asks:
            summed = self.step == "sum"
        elif "gradients" in problem.asks:
            summed = self.gradients == "sum"
        elif "cost" in problem.asks:
            summed = self.cost == "sum"
        else:
            summed = False
        outputs = problem.sizes[-1] if self.outputs == "mean" else 1
        return self.factor * (problem.samples if summed else 1) / outputs

    def rounds(self, problem: Problem) -> bool:
        """Tell whether their factor rounds: 1/k does, for k outputs, unless k is a power of two."""
        outputs = problem.sizes[-1]
        return self.outputs == "mean" and outputs & (outputs - 1) != 0

    @property
    def of_steps(self) -> "Conventions":
        """The conventions of gradients that are read off steps: they point up the cost."""
        return replace(self, direction="gradient", gradients=self.step)

    @property
    def distance(self) -> int:
        """How many choices differ from the book's."""
        return self.distance_from(BOOK)

    def distance_from(self, other: "Conventions") -> int:
        """How many choices differ from those of other conventions."""
        mine, theirs = (
            [getattr(one, field.name) for field in fields(self)] for one in (self, other)
        )
        return sum(map(ne, mine, theirs))


BOOK = Conventions()
"""The conventions of the book, and of refnet itself."""

_NOTES = {
    "direction": "if you meant the gradient itself, this is bug output-error-sign",
    "gradients": "if you meant the mean over the batch, this is bug batch-average-missing",
    "step": "if you meant the mean over the batch, this is bug batch-average-missing",
    "factor": "if you meant the book's cost, this is bug cost-mean-over-outputs",
    "outputs": "if you meant the book's cost, this is bug cost-mean-over-outputs",
    "cost": "if you meant the mean over the batch, this is no cost that the gradients are of",
    "l2": "if you meant lambda/n, this is bug l2-by-batch-size or l2-unscaled",
}
"""What each departure from the book would be if it was not meant."""


def admissible(capabilities: Capabilities, l2_declared: bool) -> Iterator[Conventions]:
    """Yield every combination that could explain this subject, the book's first.

    A direction is admitted only where a step shows that it was meant, a reduction only where a
    batch of several samples can be asked, a form of the penalty only where nothing says n. Where
    both cost and gradients of a batch are shown, both are means, or both sums; or the step, which
    is shown as well, divides sums that are shown as gradients by the batch size of the cost.
    """
    asked = capabilities.parts
    several = asked - capabilities.one_sample

    def reductions(part: Part) -> tuple[Reduction, ...]:
        return ("mean", "sum") if part in several else ("mean",)

    penalty = {"gradients", "step"} & asked - capabilities.without_l2
    directions: tuple[Direction, ...] = ("gradient", "descent")
    # Lambda times the sum of squares is a convention where a cost is shown that says so.
    penalties: tuple[Penalty, ...] = ("n", "m", "1", "1/2")
    penalties = penalties if "cost" in asked - capabilities.without_l2 else penalties[:-1]
    whole: tuple[Reduction, ...] = ("sum", "mean")
    combinations = [
        Conventions(direction, gradients, step, factor, outputs, l2, cost)
        for direction, gradients, step, factor, outputs, l2, cost in product(
            directions if {"gradients", "step"} <= asked else directions[:1],
            reductions("gradients"),
            reductions("step"),
            # The cost without its 1/2, and with the 1/2 twice, where no cost is shown to say so.
            (1.0, 2.0, 0.5),
            whole,
            penalties if penalty and not l2_declared else penalties[:1],
            reductions("cost"),
        )
        if (
            cost == gradients
            or not {"cost", "gradients"} <= several
            or ("step" in several and gradients == "sum" and cost == step)
        )
        and not (outputs == "mean" and factor < 1.0)
    ]
    yield from sorted(combinations, key=lambda conventions: conventions.distance)


def in_force(
    conventions: Conventions, capabilities: Capabilities, declared: Collection[str] = ()
) -> tuple[Convention, ...]:
    """Name the conventions for a report: each inferred where it departs from the book's.

    `declared` are the names of the fields that were declared.
    """
    shown: list[Convention] = []
    for field in fields(conventions):
        value = getattr(conventions, field.name)
        departs = value != getattr(BOOK, field.name)
        reduces = field.name in _REDUCED
        if reduces and field.name not in capabilities.parts:
            continue
        key = _KEYS.get(field.name, field.name)
        if field.name in declared:
            shown.append(Convention(key, str(value), "declared"))
        elif departs:
            shown.append(Convention(key, str(value), "inferred", _NOTES[field.name]))
        elif reduces:
            shown.append(Convention(key, str(value), "assumed"))
    return tuple(shown)


_REDUCED = {
    "gradients": "gradients over the batch",
    "step": "step over the batch",
    "cost": "cost over the batch",
}
_KEYS = {**_REDUCED, "outputs": "cost over the outputs"}
"""The reductions over a batch, and what conventions are called in a report."""
