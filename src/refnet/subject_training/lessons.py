"""An epoch of the training: by the subject's own loop, or step by step; and the time it may take.

Lives here: Lessons. It knows the learner and samples; not what a training shows.

The number of steps is always the same, so that the same is said of the same subject on every
machine: one that would take too long is not trained at all, which it says as soon as it is known.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from refnet.arrays import Matrix, labels, matrix
from refnet.datasets.samples import Samples
from refnet.network import Network
from refnet.problem import Layers
from refnet.sgd.steps import mini_batches
from refnet.subject_training.learner import Learner, Silent, parameters_of
from refnet.subjects.worker.own_loop import BATCH

EPOCHS = 2
STEPS = 60
"""Of an epoch, where a step is for BATCH samples. 120 of them take a second at 8 ms each, and are
enough: what dies at its learning rate does so in the first dozen, and what is healthy reads most
digits in the end."""

SHARE = 1 / 3
"""Of the time that a subject has for everything, what its training may take. In NumPy 120 steps
take less than a second and 1,200 of single samples a few, in plain Python half a minute and more: a
limit between them, so that what is said hardly depends on what else the machine does."""

WARMING_UP = 2
"""Steps that are not timed: what compiles itself for these layer sizes does so once."""

TIMED = 3
"""Steps after which the time of all of them is foretold."""


@dataclass(eq=False)
class Lessons:
    """How the subject is taken through an epoch, in so many seconds for all of them.

    One that takes a single sample at a time makes more of them in the same time.
    """

    learner: Learner
    seconds: float

    def __post_init__(self) -> None:
        self.by_its_own_loop = False
        self._taken = 0.0
        self._steps = 0

    @property
    def steps(self) -> int:
        """The steps of an epoch."""
        return STEPS if self.by_its_own_loop else STEPS * BATCH // self.learner.batch

    def prepare(self, network: Network, samples: Samples) -> None:
        """Find out whether it has a loop that works, and whether it is quick enough.

        Raises Silent for one of which a single answer takes too long.
        """
        one = matrix(samples.x[:, :1])
        self._foretell(min(self._timed(network, one) for _ in range(2)))
        few = Samples(
            matrix(samples.x[:, :BATCH]),
            labels(samples.labels[:BATCH], samples.classes),
            samples.classes,
        )
        try:
            taken = min(self._timed_alone(network, few) for _ in range(2))
        except Silent:
            return
        self.by_its_own_loop = True
        self._foretell(taken)

    def _timed_alone(self, network: Network, samples: Samples) -> float:
        """Return the seconds of a step by its own loop, the question and the answer included."""
        began = time.monotonic()
        self.learner.trained(network, samples)
        return time.monotonic() - began

    def epoch(self, network: Network, samples: Samples, generator: np.random.Generator) -> Layers:
        """Return the parameters after an epoch; they may be no numbers. Raises Silent."""
        if self.by_its_own_loop:
            return self.learner.trained(network, samples)
        moved = Layers(network.parameters.weights, network.parameters.biases)
        for batch in mini_batches(len(samples), self.learner.batch, generator):
            began = time.monotonic()
            x, y = (matrix(each[:, batch]) for each in (samples.x, samples.targets))
            moved = self.learner.moved(network, x, y)
            self._count(time.monotonic() - began)
            if not is_finite(moved):
                break
            network = replace(network, parameters=parameters_of(moved))
        return moved

    def _timed(self, network: Network, x: Matrix) -> float:
        began = time.monotonic()
        self.learner.try_out(network, x)
        return time.monotonic() - began

    def _count(self, seconds: float) -> None:
        """Raise Silent as soon as some steps show that all of them will take too long."""
        self._steps += 1
        timed = self._steps - WARMING_UP
        self._taken += seconds if timed > 0 else 0.0
        if timed == TIMED or (timed > TIMED and self._taken > self.seconds):
            self._foretell(self._taken / timed)

    def _foretell(self, per_step: float) -> None:
        steps = EPOCHS * self.steps
        whole = per_step * steps
        if whole > self.seconds:
            raise Silent(
                f"{steps} steps of layer sizes {list(self.learner.sizes)} would take about "
                f"{whole:.2g} seconds, and by its time-out they may take {self.seconds:.2g}; a "
                "longer one leaves time for them"
            )


def is_finite(layers: Layers) -> bool:
    """Tell whether all parameters are numbers."""
    return all(bool(np.isfinite(array).all()) for array in (*layers.weights, *layers.biases))
