"""A subject that learns: how the judge takes it through a training, one step at a time.

Lives here: Learner, how a subject is asked for its initial network and moved by a mini-batch, and
the learning rates that go with a head. It knows the case and a trial of it; not what is taught, nor
what a training shows.

A subject is moved by its own step where the laws have passed it, else by W - eta dC/dW with its own
gradients. It is asked through its panel, with all the time-outs that hold there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from refnet.arrays import Matrix, column, matrix
from refnet.case import Case
from refnet.datasets.drawn import DIGITS, SIDE
from refnet.datasets.samples import Samples
from refnet.errors import SubjectError
from refnet.network import Network
from refnet.parameters import Parameters
from refnet.problem import Answer, Layers, Part, Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head, Trainer
from refnet.subjects.worker.own_loop import BATCH
from refnet.trial import Trial

HIDDEN_UNITS = 30
"""Units of a hidden layer where the subject leaves that open: the book's first network."""

ONE_AT_A_TIME = 0.3
"""Of the learning rate where a step is for a single sample: about 1 / sqrt(BATCH), for the noise of
a gradient grows by as much."""

RATES: Mapping[tuple[str, str, str], float] = MappingProxyType(
    {
        ("quadratic", "sigmoid", "sigmoid"): 3.0,
        ("quadratic", "tanh", "sigmoid"): 0.5,
        ("quadratic", "relu", "sigmoid"): 0.5,
        ("quadratic", "leaky_relu", "sigmoid"): 0.5,
        ("quadratic", "sigmoid", "tanh"): 0.05,
        ("quadratic", "tanh", "tanh"): 0.05,
        ("binary_cross_entropy", "sigmoid", "sigmoid"): 0.3,
        ("categorical_cross_entropy", "sigmoid", "softmax"): 0.3,
        ("binary_cross_entropy", "tanh", "sigmoid"): 0.05,
        ("binary_cross_entropy", "relu", "sigmoid"): 0.05,
        ("binary_cross_entropy", "leaky_relu", "sigmoid"): 0.05,
        ("categorical_cross_entropy", "tanh", "softmax"): 0.05,
        ("categorical_cross_entropy", "relu", "softmax"): 0.05,
        ("categorical_cross_entropy", "leaky_relu", "softmax"): 0.05,
    }
)
"""Learning rates by cost, hidden and output activation. Measured: after 120 steps of ten drawn
digits the reference reads 70 % of others or more from He's, Glorot's or the book's scaled weights,
and more than it could guess from standard normal ones."""

CAREFUL = 0.01
"""The learning rate of all others: their outputs, or their slopes, have no limit."""


class Rate(NamedTuple):
    """A learning rate as the subject is told it, as the book means it, and whether the subject's
    own code names it.
    """

    told: float
    meant: float
    is_its_own: bool


class Silent(SubjectError):
    """The subject has not answered, and the message says why."""


def customary_rate(head: Head) -> float:
    """Return a learning rate at which a right network of this kind learns digits."""
    return RATES.get((head.cost, head.hidden, head.output), CAREFUL)


@dataclass(frozen=True, eq=False)
class Learner:
    """A subject under one hypothesis of what it is, asked to learn."""

    case: Case
    trial: Trial

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The units per layer that it has, or else those of a network for digits."""
        able = self.case.interview.offered
        hidden = 1 if able.depth is None else able.depth - 1
        return able.sizes or (SIDE * SIDE, *hidden * (HIDDEN_UNITS,), DIGITS)

    @cached_property
    def moved_by(self) -> Part:
        """What it is moved by: its step, or its gradients."""
        passed = {law.id for law in self.trial.results if law.status == "passed"}
        return "step" if "step/update" in passed else "gradients"

    @property
    def batch(self) -> int:
        """The samples by which it is moved at a time."""
        return 1 if self.moved_by in self.case.interview.offered.one_sample else BATCH

    @cached_property
    def rate(self) -> Rate:
        """Its own learning rate where its code names one that goes with how it is moved."""
        scale = 1.0
        if self.moved_by == "step":
            blank = self._problem(_blank(self.sizes), matrix(np.zeros((self.sizes[0], self.batch))))
            scale = self.trial.hypothesis.conventions.meant(blank).learning_rate
        own = self.case.opened.description.learning_rate
        # What a code names goes with its own steps, or else with the gradient of a mini-batch.
        if own is not None and (self.moved_by == "step" or self.batch == BATCH):
            return Rate(own, own * scale, is_its_own=True)
        usual = customary_rate(self.trial.hypothesis.head)
        usual *= ONE_AT_A_TIME if self.batch == 1 else 1.0
        return Rate(usual / scale, usual, is_its_own=False)

    @property
    def begins_anew(self) -> bool:
        """Whether it can be made anew, with initial parameters of its own."""
        return "initial" in self.case.interview.offered.parts

    @property
    def _is_instance(self) -> bool:
        """Whether it is what it is, with the parameters that it has."""
        return self.case.opened.by_worker and self.case.interview.offered.sizes is not None

    def begin(self, seed: int) -> Network:
        """Return the network that it begins with, an instance with the parameters that it has.

        Raises Silent, ShapeError and ArgumentError.
        """
        problem = replace(
            self._problem(_blank(self.sizes), matrix(np.zeros((self.sizes[0], 1)))),
            asks=("initial",),
            initializer=self.case.declared.values.get("initializer"),
            seed=seed,
        )
        if not (self.begins_anew or self._is_instance):
            raise Silent("what it begins with is not its own, or cannot be asked for")
        (answer,) = self.case.interview.panel.answer_all([problem])
        _refuse_failure(answer, "initial")
        initial = answer.initial
        if initial is None or _shapes(initial) != _shapes(problem.parameters):
            raise Silent(f"it shows no initial parameters for the layer sizes {list(self.sizes)}")
        return network_of(replace(problem, parameters=parameters_of(initial)))

    def try_out(self, network: Network, x: Matrix) -> None:
        """Have it say its outputs, which takes a part of the time of a step. Raises Silent."""
        problem = replace(self._problem(network.parameters, x), asks=("outputs",))
        self._answer(problem, "outputs")

    def moved(self, network: Network, x: Matrix, y: Matrix) -> Layers:
        """Return the parameters after it has been moved by a mini-batch; they may be no numbers.

        Raises Silent.
        """
        problem = self._problem(network.parameters, x, y)
        answer = self._answer(problem, self.moved_by)
        stepped = answer.step
        if self.moved_by == "gradients":
            gradients = self.trial.hypothesis.conventions.translate(problem, answer).gradients
            stepped = None if gradients is None else self._descended(network.parameters, gradients)
        if stepped is None or _shapes(stepped) != _shapes(network.parameters):
            raise Silent(f"asked for its {self.moved_by}, it said nothing of the right shapes")
        return stepped

    def trained(self, network: Network, samples: Samples) -> Layers:
        """Return the parameters after an epoch of its own training. Raises Silent."""
        panel, problem = (
            self.case.interview.panel,
            self._problem(network.parameters, samples.x, samples.targets),
        )
        if not (self.case.opened.description.trains and isinstance(panel, Trainer)):
            raise Silent("it has no training loop")
        answer = panel.trained(replace(problem, asks=("step",), seed=self.case.seed), 1)
        _refuse_failure(answer, "step")
        if answer.step is None or _shapes(answer.step) != _shapes(network.parameters):
            raise Silent("its own training left nothing of the right shapes")
        return answer.step

    def _descended(self, before: Parameters, gradients: Layers) -> Layers | None:
        """Return w - eta dC/dw for every w, None where the shapes are not the same."""
        if _shapes(gradients) != _shapes(before):
            return None
        weights, biases = (
            tuple(w - self.rate.meant * dw for w, dw in zip(old, slopes, strict=True))
            for old, slopes in (
                (before.weights, gradients.weights),
                (before.biases, gradients.biases),
            )
        )
        return Layers(weights, biases)

    def _answer(self, problem: Problem, part: Part) -> Answer:
        refusal = self.case.interview.offered.refusal(problem)
        if refusal is not None:
            raise Silent(refusal)
        (answer,) = self.case.interview.panel.answer_all([problem])
        _refuse_failure(answer, part)
        return answer

    def _problem(self, parameters: Parameters, x: Matrix, y: Matrix | None = None) -> Problem:
        """Ask about a mini-batch; where targets make no difference, they are all of class 0."""
        head, slope = self.trial.hypothesis.head, self.case.probed.leaky_slope
        samples = x.shape[1]
        problem = Problem(
            parameters,
            (*(len(self.sizes) - 2) * (head.hidden,), head.output),
            head.cost,
            x,
            matrix(np.eye(self.sizes[-1])[:, samples * [0]]) if y is None else y,
            asks=(self.moved_by,),
            training_size=samples,
            learning_rate=1.0 if y is None else self.rate.told,
        )
        return problem if slope is None else replace(problem, leaky_slope=slope)


def parameters_of(layers: Layers) -> Parameters:
    """Return checked parameters. Raises ShapeError, and ArgumentError for NaN or infinity."""
    return Parameters(
        tuple(matrix(w) for w in layers.weights), tuple(column(b) for b in layers.biases)
    )


def _refuse_failure(answer: Answer, part: Part) -> None:
    failure = answer.failures.get(part)
    if failure is not None:
        where = f", at {failure.where}" if failure.where else ""
        raise Silent(f"asked for its {part}: {failure.kind}: {failure.message}{where}")


def _blank(sizes: tuple[int, ...]) -> Parameters:
    return Parameters(
        tuple(matrix(np.zeros((units, fan_in))) for fan_in, units in pairwise(sizes)),
        tuple(column(np.zeros((units, 1))) for units in sizes[1:]),
    )


def _shapes(layers: Layers | Parameters) -> list[tuple[int, ...]]:
    return [array.shape for array in (*layers.weights, *layers.biases)]
