"""Steps that are no plain gradient descent, told by what they do, and left out of what is judged.

Lives here: `without_adaptive_step`. It knows networks and how they are asked, nothing of what is
right.

Adam, RMSprop and Adagrad divide every gradient by its own size. From a state of nothing, such as a
network that has just been made has, all weights move by the same amount then, whatever the data
(Kingma and Ba 2015, section 2.1). No plain step does that, right or wrong: it is proportional to
gradients, which differ.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.protocol import Convention
from refnet.subjects.worker.adapted import Array, Taken
from refnet.subjects.worker.penalty_effects import Trial, parameters, tried_sizes
from refnet.subjects.worker.raising import Trying

ADAPTIVE = Convention(
    "step",
    "every weight moves by the same amount, as by Adam or RMSprop: not judged",
    "detected",
)
"""How such a step is named in a report."""

_LIKE_ALL = 1.1
"""How much further than another a weight may move: what keeps Adam from dividing by 0 makes the
smallest gradients count less. The gradients of a plain step differ by more than ten."""

_FEWEST = 6
"""Of fewer weights that move nothing is concluded."""


def without_adaptive_step(taken: Taken, doing: Callable[[str], None]) -> Taken:
    """Return a subject whose step is not asked for where it is adaptive.

    Raises SubjectError where nothing else shows its gradients.
    """
    said = taken.description
    able = said.capabilities
    if "step" not in able.parts:
        return taken
    sizes = tried_sizes(able)
    trial = Trial(lambda _: taken.make(sizes), sizes, able.one_sample, said.precision)
    doing("step")
    adaptive = is_adaptive(trial)
    doing("")
    if not adaptive:
        return taken
    if "gradients" not in able.parts:
        raise SubjectError(
            "got a network that learns by an adaptive step alone, as Adam's, in which every weight "
            "moves by the same amount; expected gradients, or a step of plain gradient descent: "
            "return the gradients from a method of their own"
        )
    return _without_step(taken)


def _without_step(taken: Taken) -> Taken:
    said, relabelled = taken.description, taken.relabelled
    able = replace(said.capabilities, parts=said.capabilities.parts - {"step"})

    def again(labels: str) -> Taken:
        return _without_step(cast("Callable[[str], Taken]", relabelled)(labels))

    return replace(
        taken,
        description=replace(said, capabilities=able, conventions=(*said.conventions, ADAPTIVE)),
        relabelled=None if relabelled is None else again,
    )


def is_adaptive(trial: Trial) -> bool:
    """Tell whether a first step moves every weight by the same amount, that of another, too.

    Up or down, as its gradient says, and in every layer: what is alike without gradients is none.
    """
    moves: list[Array] = []
    with Trying():
        moves += [_moves(trial, shift, scale) for shift, scale in ((0, 1.0), (1, 2.0))]
    if not moves or min(each.size for each in moves) < _FEWEST:
        return False
    every = np.concatenate(moves)
    far = np.abs(every)
    both = every.min() < 0.0 < every.max()
    return bool(both and np.all(np.isfinite(every)) and far.max() <= _LIKE_ALL * far.min())


def _moves(trial: Trial, shift: int, scale: float) -> Array:
    """Return how far each weight moves that does; nothing where a layer stays as it is."""
    network = trial.made(0.0)
    before, biases = parameters(network, scale)
    network.set_parameters(before, biases)
    network.ask("step", trial.question("step", shift))
    after, _ = network.get_parameters()
    moves = [(new - old).ravel() for new, old in zip(after, before, strict=True)]
    if not all(map(np.any, moves)):
        return np.zeros(0)
    return np.concatenate([move[move != 0.0] for move in moves])
