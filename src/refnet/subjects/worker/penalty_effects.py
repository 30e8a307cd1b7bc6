"""What a number that a network keeps does to its answers: that of lambda in an L2 penalty?

Lives here: `penalised_by`, `is_without_half`, `is_divisor` and `is_of_signs`. They know networks
and how they are asked, nothing of what is right: with a wrong sign, or on biases, too, a penalty is
one.

Lambda changes gradients, steps or the cost by what does not depend on the data and is proportional
to lambda; in gradients and steps to the weights, in the cost to their squares. No learning rate, no
momentum, no slope and no strength of an L1 penalty does that.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from refnet.problem import Part
from refnet.subjects.protocol import Capabilities
from refnet.subjects.worker.adapted import Adapted, Array, Pair, Question, alike
from refnet.subjects.worker.making import SHAPES
from refnet.subjects.worker.raising import Trying

PARTS: tuple[Part, ...] = ("gradients", "step", "cost")
"""What a penalty is part of."""

_SAMPLES, _TRAINING_SIZE = 3, 7
"""Neither is a power of two, or of the other: what is lambda over m, lambda over n, and 2 lambda
is seen by the factor alone."""

_RATE = 0.3
"""Ten is no product of these: what shrinks weights by lambda, not by eta lambda, is seen, too."""

_IN_USE = {
    2.0**twos * _SAMPLES**m * _TRAINING_SIZE**n: twos
    for twos, m, n in product((0, 1, -1, 2, -2), (0, -1, 1, -2), (0, -1, 1))
}
"""The factors by which lambda W may be part of a gradient, right or wrong, and how often they have
2 for a factor: with the mean or the sum over a batch, with n or without, of a penalty with 1/2 or
without. A network that divides by a number of its own is left alone."""


@dataclass(frozen=True, eq=False)
class Trial:
    """How a network is tried: `made` makes one in which the number is what it is called with.

    `sizes` are its units per layer, `single` the parts that take one sample at a time.
    """

    made: Callable[[float], Adapted]
    sizes: Sequence[int]
    single: frozenset[Part]
    precision: str

    def question(self, part: Part, shift: int = 0) -> Question:
        """Return a batch, another one for another shift."""
        inputs, units = self.sizes[0], self.sizes[-1]
        samples = 1 if part in self.single else _SAMPLES
        x = np.cos(np.arange(1.0 + shift, 1.0 + shift + inputs * samples).reshape(inputs, samples))
        y = np.eye(units)[:, [(at + shift) % units for at in range(samples)]]
        return Question(x, y, _RATE, 0.0, _TRAINING_SIZE)

    def answer(self, part: Part, number: float, question: Question, scale: float = 1.0) -> Pair:
        """Return the answer, with arrays by layer; the cost as the only one of them."""
        network = self.made(number)
        weights, biases = parameters(network, scale)
        network.set_parameters(weights, biases)
        said = network.ask(part, question)
        if part == "cost":
            return [np.array(said, dtype=np.float64).reshape(1)], []
        return network.get_parameters() if part == "step" else said

    def change(
        self, part: Part, number: float, question: Question, scale: float = 1.0
    ) -> list[Array]:
        """Return by how much the answer is another one than with 0.

        What differs in the last digits alone does not: a loop may add up in any order.
        """
        pairs = zip(
            _flat(self.answer(part, number, question, scale)),
            _flat(self.answer(part, 0.0, question, scale)),
            strict=True,
        )
        return [
            0.0 * one if alike(one, other, self.precision) else one - other for one, other in pairs
        ]

    def alike(self, one: Sequence[Array], other: Sequence[Array]) -> bool:
        """Tell whether changes are the same."""
        return all(alike(a, b, self.precision) for a, b in zip(one, other, strict=True))


def tried_sizes(able: Capabilities) -> tuple[int, ...]:
    """Return the layer sizes on which a network is tried, uneven ones where it has a choice."""
    depth = able.depth or 2
    return able.sizes or next(sizes for sizes in SHAPES if len(sizes) == depth + 1)


def parameters(network: Adapted, scale: float = 1.0) -> Pair:
    """Return parameters of which none is 0, in the shapes of a network."""
    weights, biases = network.get_parameters()
    spread = [np.linspace(-0.7, 0.5, w.size).reshape(w.shape) * scale for w in weights]
    return spread, [0.1 * scale * np.ones(b.shape) for b in biases]


def _flat(pair: Pair) -> list[Array]:
    return [np.asarray(array, dtype=np.float64) for kind in pair for array in kind]


def penalised_by(trial: Trial, parts: Iterable[Part]) -> frozenset[Part]:
    """Name the parts that a number changes as lambda does; none if it does anything else."""
    changed: set[Part] = set()
    penalty = False
    for part in parts:
        with Trying():
            question = trial.question(part)
            change = trial.change(part, 1.0, question)
            if not any(map(np.any, change)):
                continue
            if not _is_steady(trial, part, change):
                return frozenset()
            changed.add(part)
            penalty = penalty or (
                _is_quadratic(trial, change) if part == "cost" else _is_decay(trial, part, change)
            )
    return frozenset(changed) if penalty else frozenset()


def _is_steady(trial: Trial, part: Part, change: Sequence[Array]) -> bool:
    """Tell whether it is the same for other data, and twice as much for twice the number."""
    other = trial.change(part, 1.0, trial.question(part, shift=1))
    half = trial.change(part, 0.5, trial.question(part))
    return trial.alike(change, other) and trial.alike(change, [2.0 * each for each in half])


def _is_quadratic(trial: Trial, change: Sequence[Array]) -> bool:
    twice = trial.change("cost", 1.0, trial.question("cost"), scale=2.0)
    return trial.alike([4.0 * each for each in change], twice)


def _is_decay(trial: Trial, part: Part, change: Sequence[Array]) -> bool:
    """Tell whether the weights of a layer change in proportion, by a factor that is in use."""
    return any(True for _ in _doublings(trial, part, change))


def is_without_half(trial: Trial, part: Part) -> bool:
    """Tell whether weights change by 2 lambda W, as a penalty without its 1/2 makes them."""
    change = trial.change(part, 1.0, trial.question(part))
    return all(twos == 1 for twos in _doublings(trial, part, change))


def _doublings(trial: Trial, part: Part, change: Sequence[Array]) -> Iterator[int]:
    """Yield how often the factor has 2 for a factor, for every layer where it is in use."""
    weights, _ = parameters(trial.made(0.0))
    unit = _RATE if part == "step" else 1.0
    for at, w in enumerate(weights):
        factor = float(np.sum(change[at] * w) / np.sum(w * w))
        if alike(change[at], factor * w, trial.precision):
            size = abs(factor) / unit
            # Of float32, too, more than three digits are right.
            yield from (twos for known, twos in _IN_USE.items() if abs(size / known - 1.0) < 1e-3)


def is_of_signs(trial: Trial, parts: Iterable[Part]) -> bool:
    """Tell whether a number is the strength of an L1 penalty: it adds signs, whatever the data.

    Then what it changes is the same for weights twice as large; in the cost it is twice as much.
    """
    for part in parts:
        with Trying():
            change = trial.change(part, 1.0, trial.question(part))
            if any(map(np.any, change)):
                twice = trial.change(part, 1.0, trial.question(part), scale=2.0)
                factor = 2.0 if part == "cost" else 1.0
                same = trial.alike([factor * each for each in change], twice)
                return same and _is_steady(trial, part, change)
    return False


def is_divisor(of_lambda: Callable[[float], Trial], part: Part) -> bool:
    """Tell whether twice a number is half the change that lambda makes, and nothing else: it is n.

    `of_lambda` returns the trial of lambda where that number is what it is called with.
    """
    with Trying():
        first, second = of_lambda(8.0), of_lambda(16.0)
        question = first.question(part)
        bare = [_flat(each.answer(part, 0.0, question)) for each in (first, second)]
        once, twice = (each.change(part, 1.0, question) for each in (first, second))
        halved = any(map(np.any, once)) and first.alike(once, [2.0 * each for each in twice])
        return halved and first.alike(*bare)
    return False
