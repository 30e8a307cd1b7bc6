"""The training itself: so many steps on drawn digits, and what is said of it.

Lives here: Schooling and `school`. It knows the learner, drawn digits and what explains a short
training; nothing of reports.

The number of steps is always the same, so that the same is said of the same subject on every
machine; one that would need too much time for them is not trained, and that is said. Pixels, labels
and the direction of the steps are right by construction or by the laws, and so is a learning rate
that refnet chooses: then they are no causes.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from refnet.arrays import matrix
from refnet.case import Case
from refnet.errors import ArgumentError, RefnetError
from refnet.health import chance
from refnet.network import Network
from refnet.problem import Layers
from refnet.sgd.appraisal import appraise
from refnet.sgd.steps import Rows, copied, descend_through
from refnet.short_training import Moment, ShortTraining, explain
from refnet.short_training.digits import digits_for, refusal_of
from refnet.short_training.signs import Kind
from refnet.subject_training.learner import (
    Learner,
    Silent,
    customary_rate,
    parameters_of,
)
from refnet.subject_training.lessons import EPOCHS, STEPS, Lessons, is_finite
from refnet.subjects.worker.own_loop import BATCH
from refnet.trial import Trial

PATIENCE = 40
"""Epochs for which the reference goes on where nothing has been learnt yet: half of an epoch of the
book, 2,400 steps, in half a second. Narrow initial weights and small learning rates begin late."""

SPOILT = 1 / 5
"""A loop of its own is at fault where it reads no more than a guess may, and right steps this share
of the rest or more: of networks that begin to learn at that very moment, as standard normal ones
may, the order of the samples decides which of two trainings is the earlier."""

OTHERS = 300
"""Samples that are not trained on: enough to tell 10 % from 16 % (refnet.health.chance)."""

ABSURDLY_SMALL = 1 / 1000
"""A learning rate below this share of a customary one: what others learn in 120 steps then takes
the 150,000 of the book's 30 epochs. A rate that is merely small learns nothing in a training as
short as this one and is none the worse for it."""

PREREQUISITES = ("forward/outputs", "gradient/check")
HARMLESS = ("cost/", "evaluation/", "extremes/", "initialisation/")
"""What may be broken, and the gradients are right all the same."""


@dataclass(frozen=True)
class Schooling:
    """What came of a training: how it went, or why there was none, and its illnesses.

    `course` is empty where nothing is to be said; `is_done` tells that there was a training.
    """

    course: str = ""
    illnesses: tuple[str, ...] = ()
    is_done: bool = False


def school(case: Case, trial: Trial, seconds: float) -> Schooling:
    """Train the subject shortly, in so many seconds at the most, and say what ails it.

    Nothing is said of one whose outputs or gradients are not right, or were not judged. Whatever
    goes wrong on the way is a sentence, never an error.
    """
    if not _is_sound(trial):
        return Schooling()
    try:
        learner = Learner(case, trial)
        return _Course(learner, Lessons(learner, seconds), case.seed).held()
    except RefnetError as error:
        return Schooling(f"Not trained on drawn digits: {str(error).rstrip('.')}.")


def _is_sound(trial: Trial) -> bool:
    passed = {law.id for law in trial.results if law.status == "passed"}
    return passed >= {*PREREQUISITES} and all(law.startswith(HARMLESS) for law in trial.broken)


@dataclass(eq=False)
class _Course:
    """A training from its beginning to its end."""

    learner: Learner
    lessons: Lessons
    seed: int
    costs: list[float] = field(default_factory=list[float])
    accuracies: list[float] = field(default_factory=list[float])
    wakes_after: int | None = None
    begins_alike: bool = False
    spoilt: bool = False

    def held(self) -> Schooling:
        """Train. Raises Silent where the subject cannot be trained, does not answer, or is slow."""
        inputs, outputs = self.learner.sizes[0], self.learner.sizes[-1]
        refusal = refusal_of(inputs, outputs)
        if refusal:
            raise Silent(refusal)
        network = self.learner.begin(self.seed)
        generator = np.random.default_rng(self.seed)
        self.training = digits_for(inputs, outputs, STEPS * BATCH, generator)
        self.others = digits_for(inputs, outputs, OTHERS, generator)
        self.lessons.prepare(network, self.others)
        with np.errstate(all="ignore"):
            before = self._moment(network)
            after = self._taught(network, generator)
            return self._told(network, before, after)

    def _taught(self, network: Network, generator: np.random.Generator) -> Moment:
        """Train the network; return what has become of it."""
        taught = network
        # Units that begin alike stay alike, however long it goes on.
        hidden = [w for w in network.parameters.weights[:-1] if w.shape[0] > 1]
        self.begins_alike = any(bool((w == w[0]).all()) for w in hidden)
        self._appraise(network)
        for _ in range(EPOCHS):
            moved = self.lessons.epoch(taught, self.training, generator)
            if not is_finite(moved):
                return self._run_away(moved)
            taught = replace(taught, parameters=parameters_of(moved))
            self._appraise(taught)
        level = chance(self.others.labels, self.others.classes)
        if max(self.accuracies) <= level:
            # What its own loop does is held against what its steps would have done.
            start = network if self.lessons.by_its_own_loop else taught
            self._step_rightly(level, start, generator)
        return self._moment(taught)

    def _step_rightly(self, level: float, network: Network, generator: np.random.Generator) -> None:
        """Find out after how many epochs of right steps more is right than that, and how much is
        after as many as there have been.

        A subject that has passed the laws steps as the reference does, which needs no pipe.
        """
        changing, rows = copied(network), Rows.of(self.training)
        for epoch in range(1, PATIENCE + 1):
            descend_through(changing, rows, BATCH, self.learner.rate.meant, generator)
            try:
                accuracy = appraise(changing, self.others).accuracy
            except ArgumentError:
                return
            if self.wakes_after is None and accuracy > level:
                self.wakes_after = epoch
            if epoch == EPOCHS:
                self.spoilt = self.lessons.by_its_own_loop and accuracy > level + SPOILT * (
                    1.0 - level
                )
            if self.wakes_after is not None and epoch >= EPOCHS:
                return

    def _appraise(self, network: Network) -> None:
        """Write down the cost, and after an epoch the accuracy; a cost too large is infinite."""
        try:
            cost, accuracy = (
                appraise(network, self.training).cost,
                appraise(network, self.others).accuracy,
            )
        except ArgumentError:
            cost, accuracy = math.inf, 0.0
        self.accuracies += [accuracy] if self.costs else []
        self.costs.append(cost)

    def _moment(self, network: Network) -> Moment:
        """Take what is measured of a network, its gradients by the training."""
        x, y = (self.training.x[:, :OTHERS], self.training.targets[:, :OTHERS])
        return Moment(
            network.parameters.weights,
            network.unchecked_feedforward(self.others.x).activations[1:],
            network.unchecked_backprop(matrix(x), matrix(y)).weights,
        )

    def _run_away(self, moved: Layers) -> Moment:
        """Take what is left of a network whose parameters are no numbers any more."""
        self.costs.append(math.nan)
        self.accuracies.append(0.0)
        lost = [np.full((units, OTHERS), math.nan) for units in self.learner.sizes[1:]]
        return Moment(moved.weights, lost)

    def _told(self, network: Network, before: Moment, after: Moment) -> Schooling:
        """Say how the training went."""
        illnesses = explain(
            ShortTraining(
                [activation.name for activation in network.activations],
                self.others.x,
                self.costs,
                [] if self._begins_late else self.accuracies,
                chance(self.others.labels, self.others.classes),
                before,
                after,
                ruled_out=self._ruled_out(),
            )
        )
        return Schooling(self._summary(), illnesses, is_done=True)

    @property
    def _begins_late(self) -> bool:
        """Whether it would learn if only it were trained for longer."""
        return self.wakes_after is not None and not (self.spoilt or self.begins_alike)

    def _ruled_out(self) -> tuple[Kind, ...]:
        """Return the causes that cannot be, because it is known that they are not."""
        rate = self.learner.rate
        if self.spoilt:
            # Steps at this rate would have learnt: what its loop makes of the rate is its own.
            return ("pixels",)
        own_fault = self.lessons.by_its_own_loop and self.wakes_after is not None
        given: tuple[Kind, ...] = () if own_fault else ("labels", "steps")
        if not rate.is_its_own:
            return ("pixels", *given, "rate too large", "rate too small")
        usual = customary_rate(self.learner.trial.hypothesis.head)
        if rate.meant >= ABSURDLY_SMALL * usual:
            return ("pixels", *given, "rate too small")
        return ("pixels", *given)

    def _summary(self) -> str:
        rate, side = self.learner.rate, math.isqrt(self.learner.sizes[0])
        steps = f"{EPOCHS} epochs of {self.lessons.steps} steps"
        how = "by its own loop, " if self.lessons.by_its_own_loop else ""
        whose = "which its code names" if rate.is_its_own else "which refnet chose"
        result = f"{100.0 * self.accuracies[-1]:.0f} % of {OTHERS} others are right"
        if not math.isfinite(self.costs[-1]):
            result = "its cost or its parameters have become no numbers, or too large for a float"
        later = ""
        if self._begins_late:
            later = f", and after {self.wakes_after} more epochs more than a guess"
        begins = (
            "its own initial parameters"
            if self.learner.begins_anew
            else "the parameters that it has"
        )
        return (
            f"Trained on drawn digits of {side} x {side} pixels from {begins}, "
            f"{how}{steps} at the learning rate {rate.told:g}, {whose}: "
            f"{result}{later}."
        )
