"""The one idea: a Problem has an Answer. Plain data, and its exact JSON form.

Lives here: Problem, Answer, Expected, Failure and the names of the parts of an answer. It knows
arrays and Parameters, not how anything is computed: activations and costs are names here.

A Problem is everything a network can be asked about one mini-batch. An Answer is what comes back;
what a subject cannot answer is absent, never faked. The reference, a simulated bug, an oracle and
a student's class differ only in how they get from the one to the other.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np

from refnet.arrays import FloatArray, Matrix, finite_matrix
from refnet.errors import ArgumentError, ShapeError
from refnet.parameters import Parameters

Part = Literal["outputs", "cost", "gradients", "step", "predictions", "correct", "initial"]
"""What can be asked: the activations of the output layer; the cost of the batch; the gradients;
the parameters after the step(s); predicted classes; how many of them are right; initial
parameters."""

PARTS: tuple[Part, ...] = (
    "outputs",
    "cost",
    "gradients",
    "step",
    "predictions",
    "correct",
    "initial",
)


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything a network can be asked about one mini-batch.

    x has shape (inputs, samples), y (outputs, samples). `l2` is lambda and `training_size` n in
    lambda / (2 n) sum W^2. `steps` is the number of consecutive steps of gradient descent at
    `learning_rate`, all on this batch. `after` is a problem that the same network has answered
    just before: it must make no difference. `initializer` and `seed` concern the part "initial"
    alone. Raises ShapeError and ArgumentError.
    """

    parameters: Parameters
    activations: tuple[str, ...]
    cost: str
    x: Matrix
    y: Matrix
    asks: tuple[Part, ...] = ("outputs", "cost", "gradients")
    l2: float = 0.0
    training_size: int = 1
    learning_rate: float = 1.0
    steps: int = 1
    leaky_slope: float = 0.25
    after: "Problem | None" = None
    initializer: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        finite_matrix(self.x, "x")
        finite_matrix(self.y, "y")
        sizes = self.parameters.sizes
        expected = ((sizes[0], self.samples), (sizes[-1], self.samples))
        if (self.x.shape, self.y.shape) != expected:
            raise ShapeError(
                f"x and y: got shapes {self.x.shape} and {self.y.shape}; expected {expected[0]} "
                f"and {expected[1]} for layer sizes {sizes}; one column is one sample"
            )
        if len(self.activations) != len(sizes) - 1:
            raise ArgumentError(
                f"activations: got {len(self.activations)}; expected {len(sizes) - 1}, one for "
                "every layer after the input"
            )
        if unknown := [part for part in self.asks if part not in PARTS]:
            raise ArgumentError(
                f"asks: got {', '.join(map(repr, unknown))}; expected some of "
                f"{', '.join(PARTS)}; check the spelling"
            )
        for name in ("l2", "learning_rate", "leaky_slope"):
            if not math.isfinite(getattr(self, name)):
                raise ArgumentError(
                    f"{name}: got {getattr(self, name)}; expected a finite number; look "
                    "where it arises"
                )
        if self.training_size < 1 or self.steps < 1 or self.l2 < 0:
            raise ArgumentError(
                f"training_size, steps, l2: got {self.training_size}, {self.steps}, {self.l2}; "
                "expected at least 1, at least 1 and not negative; mend the one that is not"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, the input included."""
        return self.parameters.sizes

    @property
    def samples(self) -> int:
        """The number m of samples in the batch."""
        return self.x.shape[1]

    @cached_property
    def key(self) -> tuple[Hashable, ...]:
        """What two problems that are the same question have in common, to the last bit."""
        arrays = (self.x, self.y, *self.parameters.weights, *self.parameters.biases)
        return (
            *((array.shape, array.tobytes()) for array in arrays),
            *(self.activations, self.cost, self.asks, self.l2, self.training_size),
            *(self.learning_rate, self.steps, self.leaky_slope, self.initializer, self.seed),
            None if self.after is None else self.after.key,
        )


def is_one_hot(y: FloatArray) -> bool:
    """Tell whether targets are classes: in each column a single 1 and otherwise 0."""
    return bool(np.isin(y, (0.0, 1.0)).all() and (y.sum(axis=0) == 1.0).all())


def highest_class(problem: Problem) -> int | None:
    """Return the highest class among the targets, None where they are not one-hot."""
    return int(problem.y.argmax(axis=0).max()) if is_one_hot(problem.y) else None


@dataclass(frozen=True, eq=False)
class Layers:
    """Arrays as a subject returned them, one per layer, of whatever shape they have."""

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]


@dataclass(frozen=True)
class Failure:
    """Why a part has no answer though the subject offers it: what was raised, and where."""

    kind: str
    message: str
    where: str = ""


@dataclass(frozen=True, eq=False)
class Answer:
    """What comes back for a Problem; a part that was not asked or cannot be had is None.

    Shapes, where right: outputs (outputs, samples), predictions (samples,), gradients, step and
    initial as the parameters. `failures` says what a part raised; `changed` names the inputs and
    parameters which the call altered and must not have.
    """

    outputs: FloatArray | None = None
    cost: float | None = None
    gradients: Layers | None = None
    step: Layers | None = None
    predictions: FloatArray | None = None
    correct: int | None = None
    initial: Layers | None = None
    failures: Mapping[Part, Failure] = field(default_factory=lambda: MappingProxyType({}))
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kink:
    """Where a derivative jumps within rounding of z: layer, unit and sample, counted from 0."""

    layer: int
    unit: int
    sample: int


@dataclass(frozen=True, eq=False)
class Branch:
    """A right answer for one choice of the slope at every kink, and its bound.

    `shares` has a number for each kink: 0 is the slope left of it, 1 that right of it.
    """

    shares: tuple[float, ...]
    answer: Answer
    bound: Answer


@dataclass(frozen=True, eq=False)
class Kinks:
    """The kinks a problem meets, and the right answers there are because of them.

    `branches` is computed while it is iterated over, the commonest choices first; empty where the
    kinks are too many to try. `bound` is that of the answer which covers every branch.
    """

    places: tuple[Kink, ...]
    branches: Iterable[Branch]
    bound: Answer


@dataclass(frozen=True, eq=False)
class Expected:
    """The trusted answer to a problem, and for every number how far a right one may be off.

    `bound` has the form and the shapes of `answer`; its numbers are not negative, infinite where
    nothing can be said. `predictions` have no bound: a label is right or wrong. Where a kink is
    met there are several right gradients: `bound` covers all, and what lies between, and `kinks`
    has them one by one. `slopes` is empty then; in what is expected on one of the branches it has
    every kink with its slope, 0 that on the left of it and 1 that on the right.
    """

    answer: Answer
    bound: Answer
    kinks: Kinks | None = None
    slopes: tuple[tuple[Kink, float], ...] = ()
