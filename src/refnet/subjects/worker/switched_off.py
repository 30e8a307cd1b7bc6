"""What a network does beside plain gradient descent, by numbers it keeps: set to nothing.

Lives here: Setting, `settings_beside` and `shows_in_outputs`. It knows customary names, nothing of
what is right.

Momentum, dropout and the clipping of gradients are no mistakes, and no part of what is judged. With
the number that means none of it, a network is one without it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from refnet.subjects.protocol import Convention
from refnet.subjects.worker.adapted import Adapted, Array
from refnet.subjects.worker.kept_numbers import Places
from refnet.subjects.worker.penalty_effects import Trial, parameters
from refnet.subjects.worker.raising import Trying


@dataclass(frozen=True)
class Setting:
    """A number that a network keeps: what it is, its name, and what means none of it."""

    what: str
    name: str
    none: float

    @property
    def shown(self) -> Convention:
        """How it is named in a report."""
        told = f"kept in {self.name}, and set to {self.none:g}: not judged"
        return Convention(self.what, told, "detected")


_BESIDE = (
    ("momentum", r"momentum", 0.0),
    ("dropout", r"drop", 0.0),
    ("dropout", r"keepprob|keeprate|probkeep|pkeep", 1.0),
    ("gradient clipping", r"clip|maxnorm|maxgrad", math.inf),
)
"""What is set to nothing, what it is called, and the number that means none."""

_SMALLEST = {math.inf: 1e-2}
"""What is smaller is no threshold of gradients, but an epsilon that outputs are clipped at."""

_TIGHT = 1e-3
"""A threshold that what is clipped in a forward pass exceeds: z, or outputs."""


def settings_beside(places: Places) -> Iterator[Setting]:
    """Yield the settings of a network that are not set to nothing already."""
    for what, called, none in _BESIDE:
        for name in places.names((), called):
            numbers = [number for _, number in places.kept(name)]
            if any(
                number not in (0, none) and number > _SMALLEST.get(none, 0) for number in numbers
            ):
                yield Setting(what, name, none)


def shows_in_outputs(made: Callable[[float], Adapted], trial: Trial) -> bool:
    """Tell whether a threshold is one of outputs or z, and none of gradients.

    `made` makes a network in which the number is what it is called with.
    """
    question = trial.question("gradients")
    said: list[Array] = []
    for number in (_TIGHT, math.inf):
        with Trying():
            network = made(number)
            network.set_parameters(*parameters(network))
            said.append(np.asarray(network.ask("outputs", question)))
    return len(said) < 2 or not np.array_equal(said[0], said[1])
