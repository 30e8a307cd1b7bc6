"""What a network does beside plain gradient descent, by numbers it keeps: set to nothing.

Lives here: Setting, and `settings_beside`. It knows customary names, nothing of what is right.

Momentum, dropout and the clipping of gradients are no mistakes, and no part of what is judged. With
the number that means none of it, a network is one without it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from refnet.subjects.protocol import Convention
from refnet.subjects.worker.kept_numbers import Places


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


def settings_beside(places: Places) -> Iterator[Setting]:
    """Yield the settings of a network that are not set to nothing already."""
    for what, called, none in _BESIDE:
        for name in places.names((), called):
            numbers = [number for _, number in places.kept(name)]
            if any(
                number not in (0, none) and number > _SMALLEST.get(none, 0) for number in numbers
            ):
                yield Setting(what, name, none)
