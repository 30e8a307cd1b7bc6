"""The training itself: so many steps on drawn digits, and what is said of it.

Lives here: Schooling and `school`. It knows the learner, drawn digits and what explains a short
training; nothing of reports.

The number of steps is always the same, so that the same is said of the same subject on every
machine; one that would need too much time for them is not trained, and that is said. Pixels, labels
and the direction of the steps are right by construction or by the laws, and so is a learning rate
that refnet chooses: then they are no causes.
"""

import math
import time
from dataclasses import dataclass, field, replace

import numpy as np

from refnet.arrays import matrix
from refnet.case import Case
from refnet.errors import ArgumentError, RefnetError
from refnet.health import chance
from refnet.network import Network
from refnet.problem import Layers
from refnet.sgd.appraisal import appraise
from refnet.sgd.steps import Rows, copied, descend_through, mini_batches
from refnet.short_training import Moment, ShortTraining, explain
from refnet.short_training.digits import digits_for, refusal_of
from refnet.short_training.signs import Kind
from refnet.subject_training.learner import Learner, Rate, Silent, customary_rate, parameters_of
from refnet.trial import Trial

EPOCHS = 2
STEPS = 60
"""Of an epoch. 120 steps of ten samples take a second at 8 ms each, and are enough: what dies at
its learning rate does so in the first dozen, and what is healthy reads most digits in the end."""

PATIENCE = 40
"""Epochs for which the reference goes on where nothing has been learnt yet: half of an epoch of the
book, 2,400 steps, in half a second. Narrow initial weights and small learning rates begin late."""

OTHERS = 300
"""Samples that are not trained on: enough to tell 10 % from 16 % (refnet.health.chance)."""

SHARE = 1 / 10
"""Of the time that a subject has for everything, what its training may take."""

WARMING_UP = 2
"""Steps that are not timed: what compiles itself for these layer sizes does so once."""

ABSURDLY_SMALL = 1 / 1000
"""A learning rate below this share of a customary one: what others learn in 120 steps then takes
the 150,000 of the book's 30 epochs. A rate that is merely small learns nothing in a training as
short as this one and is none the worse for it."""

TIMED = 3
"""Steps after which the time of all of them is foretold."""

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
        return _Course(Learner(case, trial), case.seed, seconds).held()
    except RefnetError as error:
        return Schooling(f"Not trained on drawn digits: {str(error).rstrip('.')}.")


def _is_sound(trial: Trial) -> bool:
    passed = {law.id for law in trial.results if law.status == "passed"}
    return passed >= {*PREREQUISITES} and all(law.startswith(HARMLESS) for law in trial.broken)


@dataclass(eq=False)
class _Course:
    """A training from its beginning to its end."""

    learner: Learner
    seed: int
    seconds: float
    costs: list[float] = field(default_factory=list[float])
    accuracies: list[float] = field(default_factory=list[float])
    further: int = 0
    wakes: bool = False

    def held(self) -> Schooling:
        """Train. Raises Silent where the subject cannot be trained, does not answer, or is slow."""
        inputs, outputs = self.learner.sizes[0], self.learner.sizes[-1]
        refusal = refusal_of(inputs, outputs)
        if refusal:
            raise Silent(refusal)
        network = self.learner.begin(self.seed)
        generator = np.random.default_rng(self.seed)
        samples = STEPS * self.learner.batch
        self.training = digits_for(inputs, outputs, samples, generator)
        self.others = digits_for(inputs, outputs, OTHERS, generator)
        with np.errstate(all="ignore"):
            before = self._moment(network)
            return self._told(network, before, self._taught(network, generator))

    def _taught(self, network: Network, generator: np.random.Generator) -> Moment:
        """Train the network; return what has become of it."""
        self._refuse_if_slow(network)
        self._appraise(network)
        steps = 0
        began = time.monotonic()
        for _ in range(EPOCHS):
            for batch in mini_batches(len(self.training), self.learner.batch, generator):
                x, y = (matrix(each[:, batch]) for each in (self.training.x, self.training.targets))
                moved = self.learner.moved(network, x, y)
                if not _is_finite(moved):
                    return self._run_away(moved)
                network = replace(network, parameters=parameters_of(moved))
                steps += 1
                if steps == WARMING_UP:
                    began = time.monotonic()
                self._refuse_if_late(time.monotonic() - began, steps - WARMING_UP)
            self._appraise(network)
        self._go_on(network, generator)
        return self._moment(network)

    def _go_on(self, network: Network, generator: np.random.Generator) -> None:
        """See whether one that is at chance still is if the training goes on.

        A subject that has passed the laws does what the reference does, which needs no pipe.
        """
        level = chance(self.others.labels, self.others.classes)
        changing, rows = copied(network), Rows.of(self.training)
        accuracy = max(self.accuracies)
        while accuracy <= level and self.further < PATIENCE:
            descend_through(
                changing, rows, self.learner.batch, self.learner.rate.meant, generator
            )
            try:
                accuracy = appraise(changing, self.others).accuracy
            except ArgumentError:
                return
            self.further += 1
        self.wakes = accuracy > level

    def _refuse_if_slow(self, network: Network) -> None:
        """Raise Silent for a subject of which a single answer takes too long."""
        one = matrix(self.others.x[:, :1])
        for _ in range(2):  # what compiles itself does so at the first
            began = time.monotonic()
            self.learner.try_out(network, one)
            taken = time.monotonic() - began
        self._refuse_unless_in_time(taken)

    def _refuse_if_late(self, taken: float, steps: int) -> None:
        """Raise Silent as soon as some steps show that all of them will take too long."""
        if steps == TIMED:
            self._refuse_unless_in_time(taken / steps)
        elif steps > TIMED and taken > self.seconds:
            raise Silent(self._too_slow(taken / steps))

    def _refuse_unless_in_time(self, per_step: float) -> None:
        if per_step * EPOCHS * STEPS > self.seconds:
            raise Silent(self._too_slow(per_step))

    def _too_slow(self, per_step: float) -> str:
        return (
            f"{EPOCHS * STEPS} steps of layer sizes {list(self.learner.sizes)} would take about "
            f"{per_step * EPOCHS * STEPS:.2g} seconds, and it has {self.seconds:.2g}; with ten "
            "times that as --timeout there is time for them"
        )

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
        rate = self.learner.rate
        illnesses = explain(
            ShortTraining(
                [activation.name for activation in network.activations],
                self.others.x,
                self.costs,
                [] if self.wakes else self.accuracies,
                chance(self.others.labels, self.others.classes),
                before,
                after,
                ruled_out=_ruled_out(rate, customary_rate(self.learner.trial.hypothesis.head)),
            )
        )
        whose = "which its own code names" if rate.is_its_own else "which refnet chose"
        later = ""
        if self.wakes and self.further:
            later = f", and {self.further} epochs later more than a guess"
        side = math.isqrt(self.learner.sizes[0])
        return Schooling(
            f"Trained on drawn digits of {side} x {side} pixels from its own initial parameters, "
            f"{EPOCHS} epochs of {STEPS} steps at the learning rate {rate.told:g}, {whose}: "
            f"{100.0 * self.accuracies[-1]:.0f} % of {OTHERS} others are right{later}.",
            illnesses,
            is_done=True,
        )


def _ruled_out(rate: Rate, usual: float) -> tuple[Kind, ...]:
    known: tuple[Kind, ...] = ("pixels", "labels", "steps")
    if not rate.is_its_own:
        return (*known, "rate too large", "rate too small")
    return known if rate.meant < ABSURDLY_SMALL * usual else (*known, "rate too small")


def _is_finite(layers: Layers) -> bool:
    return all(bool(np.isfinite(array).all()) for array in (*layers.weights, *layers.biases))
