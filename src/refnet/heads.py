"""Which activations and which cost a subject has: found out by asking for outputs.

Lives here: Probed and `probe_heads`. It knows the interview, the trusted answers and the bugs of
the forward pass, nothing of laws.

Every pair of a hidden and an output activation is put through the questions that the subject was
asked; those that fit within the bound remain. Which cost goes with them is left to the laws: each
that belongs with the output activation is a hypothesis. Where nothing fits, the pairs remain that
would fit with one known mistake in the forward pass.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs import BUGS, Simulation, replaced_steps, simulate
from refnet.costs import COSTS
from refnet.interview import Interview
from refnet.mechanics import RIGHT, Mechanics
from refnet.problem import Problem
from refnet.subjects.protocol import Head, Origin
from refnet.suite import suite
from refnet.tolerance import FLOAT64, Precision

HIDDEN = ("sigmoid", "tanh", "relu", "identity", "leaky_relu")
OUTPUT = ("sigmoid", "softmax", "identity", "tanh", "relu", "leaky_relu")
"""The activations that are tried, the commonest first."""

SLOPES = (0.01, 0.1, 0.2, 0.25, 0.3, 0.001, 0.02, 0.05, 0.5, 2.0**-6, 2.0**-3)
"""Slopes of leaky ReLU that are tried: the customary ones."""

QUESTIONS = 4
"""Problems by which activations are told apart: two units that agree on all of them by chance
would have to agree in tens of numbers."""

_DRAWN_FOR = Head("tanh", "tanh", "quadratic")
"""The head whose problems are asked: of moderate z, on both sides of 0, whatever the activation."""

_FORWARD_STEPS = {"received", "weighted_input", "activation"}


@dataclass(frozen=True)
class Probed:
    """What a subject may be, in order of preference, and how that is known.

    `fits` tells whether its outputs are those of these activations; where they are not, the heads
    are what is left to try. `leaky_slope` is that of leaky ReLU, None where there is none.
    """

    heads: tuple[Head, ...]
    activations: Origin
    cost: Origin
    leaky_slope: float | None = None
    fits: bool = True


@dataclass(frozen=True)
class Pair:
    """A hypothesis about the activations."""

    hidden: str
    output: str
    slope: float | None = None

    def of(self, problem: Problem) -> Problem:
        """Return the problem as one of a network with these activations."""
        activations = (self.hidden,) * (len(problem.activations) - 1) + (self.output,)
        softmax = self.output == "softmax"
        return replace(
            problem,
            activations=activations,
            cost="categorical_cross_entropy" if softmax else "quadratic",
            leaky_slope=problem.leaky_slope if self.slope is None else self.slope,
        )

    @property
    def heads(self) -> tuple[Head, ...]:
        """Return these activations with every cost that belongs with the output."""
        return tuple(
            Head(self.hidden, self.output, cost.name)
            for cost in COSTS.values()
            if self.output in cost.partners
        )


def probe_heads(interview: Interview, seed: int, precision: Precision = FLOAT64) -> Probed:
    """Find the activations that the subject's outputs fit, or take those that it declares."""
    declared = interview.offered.heads
    if declared:
        return Probed(declared, "declared", "declared")
    problems = probing_questions(interview, seed)
    outputs = [answer.outputs for answer in interview.ask(problems)]
    said = [
        (problem, got) for problem, got in zip(problems, outputs, strict=True) if got is not None
    ]
    single = all(problem.sizes[-1] == 1 for problem in problems)
    pairs = list(_pairs(softmax=not single))
    for mechanics in (RIGHT, *_forward_mistakes()):
        fitting = [pair for pair in pairs if said and _explains(pair, mechanics, said, precision)]
        if fitting:
            return _probed(fitting, fits=mechanics is RIGHT)
    return _probed([Pair("sigmoid", "sigmoid"), Pair("relu", "softmax")][: 1 if single else 2])


def _probed(pairs: Sequence[Pair], *, fits: bool = False) -> Probed:
    """Take the fitting pairs; where leaky ReLU is among them only for its slope, it goes."""
    heads = tuple(dict.fromkeys(head for pair in pairs for head in pair.heads))
    first = pairs[0]
    several = len({head.cost for head in heads}) > 1
    return Probed(
        heads,
        "inferred" if fits else "assumed",
        "inferred" if several else "detected",
        first.slope,
        fits,
    )


def probing_questions(interview: Interview, seed: int) -> list[Problem]:
    """Return the problems by whose outputs activations are told apart."""
    able = interview.offered
    drawn = suite("moderate", _DRAWN_FOR, seed, able.sizes)
    asked = [
        able.fit(replace(problem, asks=("outputs",)), frozenset({"outputs"})) for problem in drawn
    ]
    return [problem for problem in asked if able.refusal(problem) is None][:QUESTIONS]


def _pairs(*, softmax: bool) -> Iterator[Pair]:
    for hidden in HIDDEN:
        for output in OUTPUT:
            leaky = "leaky_relu" in (hidden, output)
            if softmax or output != "softmax":
                yield from (Pair(hidden, output, slope) for slope in (SLOPES if leaky else (None,)))


def _forward_mistakes() -> Iterator[Mechanics]:
    for bug in BUGS.values():
        for mechanics in bug.realisations:
            if _FORWARD_STEPS & set(replaced_steps(mechanics)):
                yield mechanics


def _explains(
    pair: Pair,
    mechanics: Mechanics,
    said: Sequence[tuple[Problem, FloatArray]],
    precision: Precision,
) -> bool:
    return all(
        _agrees(simulate(mechanics, pair.of(problem), precision), got) for problem, got in said
    )


def _agrees(simulation: Simulation, got: FloatArray) -> bool:
    value, bound = simulation.answer.outputs, simulation.bound.outputs
    if value is None or bound is None or value.shape != got.shape:
        return False
    with np.errstate(invalid="ignore"):
        near = np.abs(got - value) <= 2.0 * bound
    return bool(np.all(near | (got == value) | (np.isnan(got) & np.isnan(value)) | np.isinf(bound)))
