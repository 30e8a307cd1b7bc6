"""Answering problems by a network that has been recognised.

Lives here: Respondent. It knows problems and Adapted, nothing of any style of code.

Every question gets a fresh network with parameters set anew, except after a problem that the same
network is said to have answered just before. Arrays are copied both ways; what a call changes
that it must not is noted.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from refnet.errors import Interruption
from refnet.parameters import Parameters
from refnet.problem import Answer, Failure, Layers, Part, Problem
from refnet.subjects.telling import message_of, raised
from refnet.subjects.whereabouts import place_in_traceback
from refnet.subjects.worker.adapted import (
    Adapted,
    Arrays,
    Pair,
    Question,
    Taken,
    Trained,
    numbers,
)
from refnet.subjects.worker.loading import left_out

# NumPy's legacy generator takes seeds of 32 bits.
_SEEDS = 2**32


def seed_globally(seed: int) -> None:
    """Seed the global generators, from which learners' networks draw."""
    random.seed(seed % _SEEDS)
    np.random.seed(seed % _SEEDS)  # noqa: NPY002 - it is the subject's, not refnet's


class Respondent:
    """Answers problems by a network; `home` is the folder of its code, `doing` hears each part.

    `notes` are about statements of its file that raised: a name that is missing then is no mistake
    of the network's.
    """

    def __init__(
        self,
        taken: Taken,
        home: Path | None = None,
        doing: Callable[[str], None] = lambda _part: None,
        notes: Sequence[str] = (),
    ) -> None:
        self._taken = taken
        self._home = home
        self._doing = doing
        self._notes = notes

    def answer(self, problem: Problem) -> Answer:
        """Answer the parts that are asked; what raises becomes a Failure of its part."""
        network: Adapted | None = None
        if set(problem.asks) != {"initial"}:
            try:
                network = self._taken.make(problem.sizes)
            except Interruption:
                raise
            except BaseException as error:  # noqa: BLE001 - a subject may raise anything, SystemExit too
                return self._failed(problem, error)
            if problem.after is not None:
                self._answer(network, problem.after)
        return self._answer(network, problem)

    def trained(self, problem: Problem, epochs: int) -> Answer:
        """Train a network by its own loop; return its parameters as the step."""
        self._doing("step")
        try:
            seed_globally(problem.seed)
            network = _trained(self._taken.make(problem.sizes))
            network.set_parameters(*_copies(problem.parameters))
            network.train(_question(problem), epochs)
            answer = Answer(step=_layers(network.get_parameters()))
        except Interruption:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            answer = self._failed(problem, error)
        self._doing("")
        return answer

    def _answer(self, network: Adapted | None, problem: Problem) -> Answer:
        answer = Answer()
        failures: dict[Part, Failure] = {}
        changed: list[str] = []
        for part in problem.asks:
            self._doing(part)
            try:
                value, altered = (
                    (self._initial(problem), [])
                    if part == "initial" or network is None
                    else self._asked(network, part, problem)
                )
                answer = replace(answer, **cast(Any, {part: value}))
                changed.extend(name for name in altered if name not in changed)
            except Interruption:
                raise
            except BaseException as error:  # noqa: BLE001 - as above
                failures[part] = self._failure(error)
        self._doing("")
        return replace(answer, failures=MappingProxyType(failures), changed=tuple(changed))

    def _initial(self, problem: Problem) -> Layers:
        """Make a network with the seed that is given, and return what it begins with."""
        seed_globally(problem.seed)
        return _layers(self._taken.make(problem.sizes).get_parameters())

    def _asked(self, network: Adapted, part: Part, problem: Problem) -> tuple[Any, list[str]]:
        """Ask for one part; return it with the names of what was changed and must not be."""
        network.set_parameters(*_copies(problem.parameters))
        before = network.get_parameters()
        question = _question(problem)
        changed: list[str] = []
        value: Any = None
        for _ in range(problem.steps if part == "step" else 1):
            value = network.ask(part, question)
            for name, now, given in (("x", question.x, problem.x), ("y", question.y, problem.y)):
                if not np.array_equal(now, given):
                    changed.append(name)
                    now[...] = given
        if part == "step":
            return _layers(network.get_parameters()), changed
        if not _same(before, network.get_parameters()):
            changed.append("parameters")
        return _CONVERSIONS[part](value), changed

    def _failed(self, problem: Problem, error: BaseException) -> Answer:
        failure = self._failure(error)
        return Answer(failures=MappingProxyType(dict.fromkeys(problem.asks, failure)))

    def _failure(self, error: BaseException) -> Failure:
        place = place_in_traceback(error.__traceback__, self._home)
        if self._notes and isinstance(error, NameError):
            return Failure("Crash", f"{raised(error)}{left_out(self._notes)}", str(place or ""))
        return Failure(type(error).__name__, message_of(error), str(place or ""))


def _trained(network: Adapted) -> Trained:
    if not isinstance(network, Trained):
        raise TypeError(f"got {type(network).__name__}; expected a network with a training loop")
    return network


def _copies(parameters: Parameters) -> Pair:
    return [w.copy() for w in parameters.weights], [b.copy() for b in parameters.biases]


def _question(problem: Problem) -> Question:
    return Question(
        problem.x.copy(),
        problem.y.copy(),
        problem.learning_rate,
        problem.l2,
        problem.training_size,
    )


def _scalar(value: object) -> float:
    array = numbers(value)
    if array.size != 1:
        raise ValueError(f"got a cost of shape {array.shape}; expected one number")
    return float(array.reshape(()))


def _count(value: object) -> int:
    number = _scalar(value)
    if number != int(number):
        raise ValueError(f"got {number} correct answers; expected a whole number")
    return int(number)


def _layers(pair: tuple[Sequence[Any], Sequence[Any]]) -> Layers:
    weights, biases = pair
    return Layers(tuple(map(numbers, weights)), tuple(map(numbers, biases)))


_CONVERSIONS: dict[Part, Callable[[Any], Any]] = {
    "outputs": numbers,
    "cost": _scalar,
    "gradients": _layers,
    "predictions": numbers,
    "correct": _count,
}


def _same(before: tuple[Arrays, Arrays], after: tuple[Arrays, Arrays]) -> bool:
    return all(
        len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))
        for ours, theirs in zip(before, after, strict=True)
    )
