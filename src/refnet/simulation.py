"""Whether an answer is that of somebody who makes a given mistake.

Lives here: Simulator. It knows bugs and the interview, not laws or trials.

What a mistake makes of a question is computed with its own error bound and compared number by
number. Where gradients are read off a step, the mistake takes the step too.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import FloatArray
from refnet.bugs import Simulation, simulate
from refnet.interview import UNANSWERED, Interview
from refnet.law import Exchange, settled
from refnet.mechanics import Mechanics
from refnet.problem import Answer, Branch, Expected, Failure, Kinks, Layers, Part, Problem
from refnet.tolerance import Precision

OF_SHAPES = ("ValueError", "IndexError", "RuntimeError", "TypeError", "ShapeError")
"""What arrays raise whose shapes do not fit: NumPy the first two, PyTorch the third, JAX the fourth
as well; the last is what refnet says where gradients are read off a step that has changed them."""

_OF_FLOATS = ("OverflowError", "ZeroDivisionError", "FloatingPointError")
"""What numbers raise that are too large, or divided by 0, where they are not those of an array."""


@dataclass(frozen=True, eq=False)
class Effect:
    """What a mistake does to one answer: to the form of each part, and to each of its numbers.

    Truth values, one for a form or a number. `changed` tells whether it makes something else of it
    than what is right, `said` whether what it makes is what the subject said, `touched` whether it
    makes something else of any number of the same array. The form is the shapes, or that an
    exception is raised; numbers in a wrong form are left out.
    """

    changed: NDArray[np.bool_]
    said: NDArray[np.bool_]
    touched: NDArray[np.bool_]


@dataclass(eq=False)
class Simulator:
    """Mistakes put through questions as the subject got them, each once."""

    interview: Interview
    precision: Precision
    _known: dict[Hashable, tuple[Simulation, Mechanics]] = field(
        default_factory=dict[Hashable, tuple[Simulation, Mechanics]]
    )

    def support(self, exchanges: Sequence[Exchange], mechanics: Mechanics) -> int | None:
        """Return how many wrong numbers these mechanics explain; None if anything contradicts them.

        A wrong number is explained where it is what they give within their bound, and the right one
        is not. A mistake that raises at every question, or whose bound covers everything, explains
        nothing. NumPy broadcasts in one style of code what it refuses in another: that a mistake
        raises is no evidence against a subject that answers wrongly, if it explains what else is
        answered. Where it explains none of it, exceptions at other questions say nothing for it.
        """
        total, explained, refused = 0, 0, 0
        for exchange in exchanges:
            simulation = self._simulated(mechanics, exchange.problem)
            if exchange.answer.changed and not simulation.changed:
                return None
            # Not every call changes what it is given.
            total += bool(exchange.answer.changed)
            explained += bool(exchange.answer.changed)
            for part in exchange.problem.asks:
                found = _support(part, *_settled(part, exchange, simulation))
                if found is None:
                    return None
                total += found
                if part not in exchange.answer.failures:
                    explained += found
                    refused += part in simulation.failures
        return None if refused and total > explained == 0 else total

    def effect(self, exchange: Exchange, mechanics: Mechanics) -> Effect:
        """Return what these mechanics do to each number of an answer."""
        simulation = self._simulated(mechanics, exchange.problem)
        found = [
            effect
            for part in exchange.problem.asks
            for effect in _effects(part, *_settled(part, exchange, simulation))
        ]
        none = np.zeros(0, dtype=np.bool_)
        return Effect(
            np.concatenate([none, *(each.changed for each in found)]),
            np.concatenate([none, *(each.said for each in found)]),
            np.concatenate([none, *(each.touched for each in found)]),
        )

    def _simulated(self, mechanics: Mechanics, problem: Problem) -> Simulation:
        # Kept beside the mechanics themselves, so that their identity is not used again.
        key = (id(mechanics), problem.key)
        if key not in self._known:
            asked = self.interview.outward(problem)
            derived = self.interview.derives(problem)
            if derived:
                asked = replace(asked, learning_rate=problem.learning_rate)
            made = simulate(mechanics, asked, self.precision)
            if derived:
                made = self._read_off(problem, made)
            expected = Expected(made.answer, made.bound, made.kinks)
            expected = self.interview.without_biases(expected)
            made = Simulation(expected.answer, expected.bound, expected.kinks)
            self._known[key] = (made, mechanics)
        return self._known[key][0]

    def _read_off(self, problem: Problem, made: Simulation) -> Simulation:
        def read(answer: Answer, bound: Answer) -> Expected:
            rate = problem.learning_rate
            found = self.interview.read(problem, answer, rate)
            gradients = Expected(found, replace(bound, step=None))
            return self.interview.widened(gradients, Expected(answer, bound), rate)

        found, kinks = read(made.answer, made.bound), made.kinks
        if kinks is not None:
            kinks = Kinks(kinks.places, _BranchesRead(kinks.branches, read), found.bound)
        return Simulation(found.answer, found.bound, kinks)


@dataclass(frozen=True, eq=False)
class _BranchesRead:
    """The gradients on every branch at a kink, read off its step when they are needed."""

    branches: Iterable[Branch]
    read: Callable[[Answer, Answer], Expected]

    def __iter__(self) -> Iterator[Branch]:
        for branch in self.branches:
            found = self.read(branch.answer, branch.bound)
            yield Branch(branch.shares, found.answer, found.bound)


def _settled(part: Part, exchange: Exchange, simulation: Simulation) -> tuple[Exchange, Simulation]:
    """Return both on the branch that the subject is on at a kink, or nearest to.

    The bound that covers every branch would also cover a slope that no right network has, and
    another mistake would be blamed for it.
    """
    if exchange.expected.kinks is None:
        return exchange, simulation
    simulated = Expected(simulation.answer, simulation.bound, simulation.kinks)
    made = settled(replace(exchange, expected=simulated), part).expected
    return settled(exchange, part), Simulation(made.answer, made.bound)


def _support(part: Part, exchange: Exchange, simulation: Simulation) -> int | None:
    """Count the wrong numbers of a part that a simulation explains; None if it contradicts."""
    failure = exchange.answer.failures.get(part)
    said = _numbers(exchange.answer, part)
    if part in simulation.failures or failure is not None or said is None:
        if failure is None and said is not None and _is_right(part, said, exchange):
            return None
        undefined = not all(
            np.isfinite(each).all() for each in _numbers(simulation.answer, part) or ()
        )
        return _support_of_failures(failure, part in simulation.failures, undefined)
    simulated = _numbers(simulation.answer, part)
    if simulated is None or _shapes(said) != _shapes(simulated):
        return None
    right = _numbers(exchange.expected.answer, part)
    slack = _slack(simulation.bound, part, said)
    if right is None or _shapes(right) != _shapes(said):
        # A wrong shape, and the same one. Both have rounded, what was said and what is simulated.
        agree = (
            _same(got, value, 2.0 * own).all()
            for got, value, own in zip(said, simulated, slack, strict=True)
        )
        return 1 if all(agree) else None
    trusted = _slack(exchange.expected.bound, part, said)
    total = 0
    for got, value, own, true, bound in zip(said, simulated, slack, right, trusted, strict=True):
        if not _same(got, value, own + bound).all():
            return None
        wrong = ~_same(got, true, bound)
        total += int(np.count_nonzero(wrong & ~_same(value, true, own + bound)))
    return total


def _is_right(part: Part, said: Sequence[FloatArray], exchange: Exchange) -> bool:
    """Tell whether an answer is the right one: a mistake that raises there has not been made."""
    right = _numbers(exchange.expected.answer, part)
    if right is None or _shapes(right) != _shapes(said):
        return False
    bound = _slack(exchange.expected.bound, part, said)
    return all(_same(*each).all() for each in zip(said, right, bound, strict=True))


def _effects(part: Part, exchange: Exchange, simulation: Simulation) -> Iterator[Effect]:
    """Yield what a simulation does to the form of a part of an answer, and to its numbers."""
    right = _numbers(exchange.expected.answer, part)
    failure = exchange.answer.failures.get(part)
    said = None if failure else _numbers(exchange.answer, part)
    simulated = None if part in simulation.failures else _numbers(simulation.answer, part)
    if right is None or (said is None and (failure is None or failure.kind not in OF_SHAPES)):
        return
    forms = [None if arrays is None else _shapes(arrays) for arrays in (said, simulated)]
    proper = _shapes(right)
    # That a simulation raises is no evidence against a subject that answers.
    changed = forms[1] != proper and (forms[1] is not None or forms[0] is None)
    said_so = forms[0] == (forms[1] if changed else proper)
    yield Effect(np.array([changed]), np.array([said_so]), np.array([changed]))
    if said is None or forms[0] != proper:
        return
    zeros = [np.zeros(array.shape) for array in right]
    trusted = _slack(exchange.expected.bound, part, right)
    if simulated is None or forms[1] != proper:
        # What has none of these numbers explains none.
        simulated, slack = right, zeros
    else:
        slack = _slack(simulation.bound, part, right)
    still = _where_nothing_is_learnt(part, exchange.problem) or zeros
    for got, value, own, true, bound, alone in zip(
        said, simulated, slack, right, trusted, still, strict=True
    ):
        # A factor makes nothing of a 0, as a ReLU leaves it; together with another mistake, it may.
        silent = _same(alone, true, bound)
        differs: NDArray[np.bool_] = np.logical_or(silent, ~_same(value, true, own + bound))
        explained: NDArray[np.bool_] = np.logical_or(silent, _same(got, value, own + bound))
        touched = np.full(differs.size, differs.any())
        yield Effect(differs.ravel(), explained.ravel(), touched)


def _where_nothing_is_learnt(part: Part, problem: Problem) -> list[FloatArray] | None:
    """Return what a part comes to where the gradient of the data cost is 0."""
    weights, biases = problem.parameters.weights, problem.parameters.biases
    decay = problem.l2 / problem.training_size
    if part == "gradients":
        return [*(decay * w for w in weights), *(0.0 * b for b in biases)]
    if part == "step" and problem.steps == 1:
        return [*((1.0 - problem.learning_rate * decay) * w for w in weights), *biases]
    return None


def _support_of_failures(failure: Failure | None, simulated: bool, undefined: bool) -> int | None:
    """Hold an exception, or none, against that of a simulation, or against what is no number.

    Where arrays have infinity or NaN, Python's own floats raise.
    """
    if failure is None or failure.kind in UNANSWERED:
        return 0  # whether it is evidence, is told by all questions together
    if failure.kind in _OF_FLOATS or "math domain error" in failure.message:
        return 1 if undefined else None
    return 1 if simulated and failure.kind in OF_SHAPES else None


def _shapes(arrays: Sequence[FloatArray]) -> list[tuple[int, ...]]:
    return [array.shape for array in arrays]


def _same(got: FloatArray, value: FloatArray, allowed: FloatArray) -> NDArray[np.bool_]:
    """Tell of every number whether it is within what is allowed; NaN is the same as NaN."""
    with np.errstate(invalid="ignore"):
        near = np.abs(got - value) <= allowed
    same: NDArray[np.bool_] = (
        near | (got == value) | (np.isnan(got) & np.isnan(value)) | np.isinf(allowed)
    )
    return same


def _slack(bound: Answer, part: Part, values: Sequence[FloatArray]) -> list[FloatArray]:
    """Return the bounds of a part with these values; 0 where it has none, as labels."""
    return _numbers(bound, part) or [np.zeros(array.shape) for array in values]


def _numbers(answer: Answer, part: Part) -> list[FloatArray] | None:
    value = getattr(answer, part)
    if value is None:
        return None
    if isinstance(value, Layers):
        return [*value.weights, *value.biases]
    return [np.asarray(value, dtype=np.float64)]
