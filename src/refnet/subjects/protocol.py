"""What the judge meets: somebody who answers problems, and what they say of themselves.

Lives here: the Subject and Panel protocols, Capabilities, Convention and Description. It knows
problems, not how any subject computes its answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from refnet.arrays import column, matrix
from refnet.parameters import Parameters
from refnet.problem import Answer, Part, Problem, is_one_hot

Origin = Literal["declared", "detected", "inferred", "assumed"]
"""How a convention is known: said by the subject, beyond doubt from shapes, because all answers
fit it, or because nothing speaks against it."""

PrecisionName = Literal["float64", "float32"]
"""The format a subject computes in."""


class Subject(Protocol):
    """Whoever answers problems: the reference, a simulated bug, an oracle, a student's class."""

    def answer(self, problem: Problem) -> Answer:
        """Answer the parts that are asked and known; leave the others None.

        Raises SubjectError where nothing can be asked any more.
        """
        ...


class Panel(Protocol):
    """A subject that is asked many problems in one go, because each message to it costs."""

    def answer_all(self, problems: Sequence[Problem]) -> list[Answer]:
        """Answer every problem, in order; a problem that hung or crashed has Failures for parts."""
        ...


@runtime_checkable
class Trainer(Protocol):
    """A panel whose subject has a training loop of its own, if its description says so."""

    def trained(self, problem: Problem, epochs: int) -> Answer:
        """Return, as the step, what so many epochs of its own training make of the parameters.

        The samples of the problem are those that it trains on, at the problem's learning rate.
        """
        ...


@dataclass(frozen=True)
class Head:
    """The activations and the cost a subject is built with: a hypothesis where probed."""

    hidden: str
    output: str
    cost: str


@dataclass(frozen=True)
class Convention:
    """A choice that is not a mistake, and how it is known.

    `note` says what else it could have been: "if you meant the quadratic cost, this is bug
    output-sigma-prime-missing".
    """

    key: str
    value: str
    origin: Origin
    note: str = ""


@dataclass(frozen=True)
class Capabilities:
    """What a subject can be asked.

    `one_sample` and `without_l2` are the parts that take a single sample, or know no penalty,
    `labelled` those that take class labels, so that targets have to be one-hot. `lost` are parts
    that hung or crashed when they were tried out: nothing is read off them. `without_biases`
    tells that it has none: they are 0, and so are their gradients. `sizes` is
    set where the layer sizes are hard-wired, `depth` where the number of layers after the input is.
    `heads` are those the subject declares; empty where they have to be found out.
    """

    parts: frozenset[Part]
    heads: tuple[Head, ...] = ()
    one_sample: frozenset[Part] = frozenset()
    without_l2: frozenset[Part] = frozenset()
    labelled: frozenset[Part] = frozenset()
    lost: frozenset[Part] = frozenset()
    without_biases: bool = False
    sizes: tuple[int, ...] | None = None
    depth: int | None = None

    def refusal(self, problem: Problem, parts: Sequence[Part] = ()) -> str | None:
        """Say why this problem cannot be asked, or these parts of it alone; None if it can."""
        if self.sizes is not None and problem.sizes != self.sizes:
            return f"the subject's layer sizes are always {list(self.sizes)}"
        if self.depth is not None and len(problem.sizes) - 1 != self.depth:
            layers = {1: "one layer, and no hidden one,"}.get(self.depth, f"{self.depth} layers")
            return f"the subject always has {layers} after the input"
        for part in parts or problem.asks:
            if part not in self.parts:
                return f"the subject offers no {part}"
            if part in self.one_sample and problem.samples != 1:
                return f"the subject's {part} takes one sample at a time"
            if part in self.without_l2 and problem.l2 != 0.0:
                return f"the subject's {part} knows no L2 penalty"
            if part in self.labelled and not is_one_hot(problem.y):
                return f"the subject's {part} takes class labels"
        if self.without_biases and any(b.any() for b in problem.parameters.biases):
            return "the subject has no biases"
        if self.without_biases and problem.steps > 1:
            return "the subject has no biases, those of the reference move with the first step"
        return None

    def fit(self, problem: Problem, parts: frozenset[Part]) -> Problem:
        """Cut a problem down to what can be asked of these parts.

        One sample, no penalty, class labels for targets, biases of 0.
        """
        if parts & self.one_sample and problem.samples != 1:
            problem = replace(problem, x=matrix(problem.x[:, :1]), y=matrix(problem.y[:, :1]))
        if parts & self.without_l2 and problem.l2 != 0.0:
            problem = replace(problem, l2=0.0)
        if parts & self.labelled and not is_one_hot(problem.y):
            labels = problem.y.argmax(axis=0)
            problem = replace(problem, y=matrix(np.eye(problem.sizes[-1])[:, labels]))
        if self.without_biases:
            biases = tuple(column(0.0 * b) for b in problem.parameters.biases)
            problem = replace(problem, parameters=Parameters(problem.parameters.weights, biases))
        return problem


@dataclass(frozen=True)
class Description:
    """What a subject says of itself when it is opened.

    `style` names the shape of code that was recognised. `l2_declared` tells whether it is handed n
    beside lambda, so that lambda / n can be held against it. `conventions` are those settled by
    shapes, `declared` those that it wants to be held to, by key (declarations.py has the keys);
    `notes` are sentences for the report's advice. `learning_rate` is the one that its own code
    trains with, None where it names none; `trains` tells that its panel is a Trainer.
    """

    style: str
    capabilities: Capabilities
    precision: PrecisionName = "float64"
    l2_declared: bool = False
    conventions: tuple[Convention, ...] = ()
    notes: tuple[str, ...] = ()
    declared: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))
    learning_rate: float | None = None
    trains: bool = False
