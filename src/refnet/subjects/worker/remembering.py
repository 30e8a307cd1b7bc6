"""Steps that depend on those before them: with momentum, or at a rate that decays.

Lives here: `with_first_steps`. It knows networks and how they are asked, nothing of what is right.

From the same parameters, on the same samples, momentum takes a second step that is longer than the
first by its share of it, and a decaying rate one that is shorter; both in the same direction. That
is no mistake, and no part of what is judged: every step is asked of a network that has just been
made, as its first. Twice as long is a second step on gradients that add up: that is one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from refnet.problem import Part
from refnet.subjects.protocol import Convention
from refnet.subjects.worker.adapted import (
    Adapted,
    Array,
    Arrays,
    Pair,
    Question,
    Taken,
    Trained,
    alike,
)
from refnet.subjects.worker.penalty_effects import Trial, parameters, tried_sizes
from refnet.subjects.worker.raising import Trying

REMEMBERING = Convention(
    "step",
    "depends on the steps before, as with momentum or a decaying rate: each is judged as a first",
    "detected",
)
"""How such steps are named in a report."""

_SAME = 1e-6
"""By what share a second step differs from the first at the least: of float32, six digits hold."""


@dataclass(frozen=True)
class FirstSteps:
    """A network of which every step is the first of one that has just been made.

    `rate` is what a learning rate is divided by, for momentum that takes a share of each gradient.
    """

    network: Adapted
    make: Callable[[], Adapted]
    rate: float

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Put copies of the parameters into the network."""
        self.network.set_parameters(weights, biases)

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are."""
        return self.network.get_parameters()

    def ask(self, part: Part, question: Question) -> Any:
        """Return what the network says of this part; take a step with one that is new."""
        if part != "step":
            return self.network.ask(part, question)
        fresh = self.make()
        fresh.set_parameters(*self.network.get_parameters())
        fresh.ask(part, replace(question, learning_rate=question.learning_rate / self.rate))
        self.network.set_parameters(*fresh.get_parameters())
        return None

    def train(self, question: Question, epochs: int) -> None:
        """Train for so many epochs by the network's own loop."""
        cast(Trained, self.network).train(question, epochs)


def with_first_steps(taken: Taken, doing: Callable[[str], None]) -> Taken:
    """Return a subject whose steps are judged as first ones where they depend on others before."""
    able = taken.description.capabilities
    if "step" not in able.parts:
        return taken
    sizes = tried_sizes(able)
    trial = Trial(lambda _: taken.make(sizes), sizes, able.one_sample, taken.description.precision)
    doing("step")
    longer = _second_by_first(trial)
    rate = 1.0
    if longer is not None and "gradients" in able.parts:
        doing("gradients")
        rate = _share(trial, longer)
    doing("")
    return taken if longer is None else _first_steps_of(taken, rate)


def _first_steps_of(taken: Taken, rate: float) -> Taken:
    said, relabelled = taken.description, taken.relabelled

    def make(sizes: Sequence[int]) -> Adapted:
        return FirstSteps(taken.make(sizes), lambda: taken.make(sizes), rate)

    def again(labels: str) -> Taken:
        return _first_steps_of(cast("Callable[[str], Taken]", relabelled)(labels), rate)

    return replace(
        taken,
        description=replace(said, conventions=(*said.conventions, REMEMBERING)),
        make=make,
        relabelled=None if relabelled is None else again,
    )


def _second_by_first(trial: Trial) -> float | None:
    """Return how long a second step is, by the first; None where no momentum and no decay says so.

    A third one confirms it: longer still, or shorter still.
    """
    moves: list[list[Array]] = []
    with Trying():
        network = trial.made(0.0)
        moves += [_move(trial, network) for _ in range(3)]
    if len(moves) < 3:
        return None
    factors = [_factor(trial, moves[at], moves[at + 1]) for at in (0, 1)]
    first, second = factors
    if first is None or second is None:
        return None
    longer, shorter = 1.0 < second < first < 2.0, 0.0 < first < 1.0 and second < 1.0
    return first if (longer or shorter) and abs(first - 1.0) > _SAME else None


def _move(trial: Trial, network: Adapted) -> list[Array]:
    """Return by how much a step moves every array of parameters."""
    before = parameters(network)
    network.set_parameters(*before)
    network.ask("step", trial.question("step"))
    return [
        new - old
        for news, olds in zip(network.get_parameters(), before, strict=True)
        for new, old in zip(news, olds, strict=True)
    ]


def _factor(trial: Trial, one: Sequence[Array], other: Sequence[Array]) -> float | None:
    """Return by what one number all arrays differ; None where by several."""
    square = float(sum(np.sum(a * a) for a in one))
    if not (np.isfinite(square) and square > 0.0):
        return None
    factor = float(sum(np.sum(a * b) for a, b in zip(one, other, strict=True))) / square
    precision = trial.precision
    same = all(alike(factor * a, b, precision) for a, b in zip(one, other, strict=True))
    return factor if same else None


def _share(trial: Trial, longer: float) -> float:
    """Return what multiple of the gradient a first step takes; 1 where no such rule takes it.

    Any other multiple is for the laws.
    """
    with Trying():
        said = trial.answer("gradients", 0.0, trial.question("gradients"))
        rate = trial.question("step").learning_rate
        descent = [-rate * np.asarray(g, dtype=np.float64) for kind in said for g in kind]
        share = _factor(trial, descent, _move(trial, trial.made(0.0)))
        for known in _shares(longer):
            # In which direction it is taken is for the laws, too.
            if share is not None and alike(abs(share), known, trial.precision):
                return abs(share)
    return 1.0


def _shares(longer: float) -> tuple[float, ...]:
    """Return what multiples of the gradient a first step may take, by how much longer a second is.

    Momentum b that takes 1 - b of each gradient has a second step of 1 + b; Nesterov's, which looks
    ahead, takes 1 + b of the first gradient and 1 + b + b^2 of the second. A rate divided by
    1 + d t, with t = 1 at first, has one of (1 + d) / (1 + 2 d); one multiplied by d^t, of d.
    """
    if longer < 1.0:
        return 2.0 - 1.0 / longer, longer
    more = longer - 1.0
    return 2.0 - longer, 1.0 + (more + math.sqrt(more * (more + 4.0))) / 2.0
