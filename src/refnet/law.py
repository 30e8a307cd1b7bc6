"""What a law is: a question about a problem, and a judgement of the answer.

Lives here: Exchange, Law, the decorator that makes a law of a function, and the comparison every
law uses. It knows problems and errors; never a subject, a bug or a diagnosis.

A law is pure. It is handed problems with the subject's answers and the expected ones, and returns
nothing or raises `Deviation`. So the same function serves the fixed suite of `refnet check`, the
Hypothesis test beside it, and the shrinking of the example that is shown.

A law never objects to what another law is about: an exchange whose part is absent, raised an
exception or has the wrong shape has no quantities, and the laws about numbers say nothing of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Literal, Protocol, cast

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import Deviation
from refnet.kinks import narrowed
from refnet.problem import Answer, Expected, Layers, Part, Problem

Suite = Literal["moderate", "saturated", "exact", "evaluation", "initialisation"]
"""Which kind of problems a law is about (suite.py makes them)."""


@dataclass(frozen=True, eq=False)
class Exchange:
    """A problem, what the subject answered, and the trusted answer with its bound."""

    problem: Problem
    answer: Answer
    expected: Expected


@dataclass(frozen=True)
class Law:
    """A law about answers.

    `id` is two-level and never changes once released; `follows` are the laws without which this
    one says nothing new (it is reported as blocked when one of them is broken); `questions` turns
    a problem into what has to be asked, in the order in which `judge` gets the exchanges, and is
    empty where the problem says nothing about this law.
    """

    id: str
    title: str
    equation: str
    needs: frozenset[Part]
    suite: Suite
    follows: tuple[str, ...]
    questions: Callable[[Problem], tuple[Problem, ...]]
    judge: Callable[[Sequence[Exchange]], None]


Judge = Callable[[Sequence[Exchange]], None]


def law(
    id: str,  # noqa: A002 - the name of the field it fills
    *,
    title: str,
    equation: str,
    needs: Iterable[Part],
    questions: Callable[[Problem], tuple[Problem, ...]],
    suite: Suite = "moderate",
    follows: tuple[str, ...] = (),
) -> Callable[[Judge], Law]:
    """Make a Law of the function that judges; its name is then bound to the Law.

    A Deviation that names no equation is given that of the law.
    """

    def made(judge: Judge) -> Law:
        def judge_and_name(exchanges: Sequence[Exchange]) -> None:
            try:
                judge(exchanges)
            except Deviation as deviation:
                deviation.equation = deviation.equation or equation
                raise

        return Law(id, title, equation, frozenset(needs), suite, follows, questions, judge_and_name)

    return made


class _Properties(Protocol):
    LAWS: tuple[Law, ...]


def load_laws() -> tuple[Law, ...]:
    """Return every law, in the order in which they are judged.

    The laws live in refnet.properties, which imports Hypothesis: they are loaded when asked for.
    """
    return cast("_Properties", import_module("refnet.properties")).LAWS


@dataclass(frozen=True, eq=False)
class Quantity:
    """One array of an answer beside what it should be, and how far off a right one may be.

    `got`, `expected` and `bound` have the same shape. `name` says what it is ("dW of layer 2")
    and `axes` what its indices count, from 1 in words; an empty word hides an axis of length 1.
    """

    name: str
    got: FloatArray
    expected: FloatArray
    bound: FloatArray
    axes: tuple[str, ...]

    def element(self, index: Sequence[int]) -> str:
        """Name one number in words: "dW of layer 2, row 1, column 3"."""
        places = (
            f"{axis} {place + 1}" for axis, place in zip(self.axes, index, strict=True) if axis
        )
        return ", ".join((self.name, *places))

    def with_own_bound(self) -> "Quantity":
        """Widen the bound by how much larger the subject's numbers are than the right ones.

        Rounding errors are relative. Where a subject's own numbers are put together, wrong ones
        that are a thousand times too large round a thousand times as much, and that is not what
        the law is about.
        """
        sizes = [
            np.abs(array[np.isfinite(array)]).max(initial=0.0)
            for array in (self.got, self.expected)
        ]
        if not sizes[0] > sizes[1] > 0.0:
            return self
        return replace(self, bound=self.bound * (sizes[0] / sizes[1]))


def quantities(exchange: Exchange, part: Part) -> tuple[Quantity, ...]:
    """Return the arrays of a part, from the last layer backwards, weights before biases.

    Empty where the part is absent, raised an exception, or has a shape that is not the right one
    in every layer.
    """
    found = tuple(_quantities(exchange, part))
    fitting = all(q.got.shape == q.expected.shape == q.bound.shape for q in found)
    return found if fitting else ()


def settled(exchange: Exchange, part: Part) -> Exchange:
    """Return the exchange with what is expected at a kink narrowed to the branch it is on.

    What several steps in a row lead to has branches without number: there the bound covers all.
    """
    got = getattr(exchange.answer, part)
    if not isinstance(got, Layers) or (part == "step" and exchange.problem.steps > 1):
        return exchange
    if part not in ("gradients", "step"):
        return exchange
    return replace(exchange, expected=narrowed(exchange.expected, got, part))


def _quantities(exchange: Exchange, part: Part) -> Iterator[Quantity]:
    if part in exchange.answer.failures:
        return
    got = getattr(exchange.answer, part)
    expected = getattr(exchange.expected.answer, part)
    bound = getattr(exchange.expected.bound, part)
    if got is None or expected is None:
        return
    if isinstance(expected, Layers):
        yield from _layers(part, got, expected, bound)
        return
    target = np.asarray(expected, dtype=np.float64)
    limit = np.zeros(target.shape) if bound is None else np.asarray(bound, dtype=np.float64)
    name, axes = _WORDS[part]
    yield Quantity(name, np.asarray(got, dtype=np.float64), target, limit, axes)


_WORDS: dict[Part, tuple[str, tuple[str, ...]]] = {
    "outputs": ("outputs", ("unit", "sample")),
    "cost": ("cost", ()),
    "predictions": ("predictions", ("sample",)),
    "correct": ("number of correct predictions", ()),
}


def _layers(part: Part, got: Layers, expected: Layers, bound: Layers | None) -> Iterator[Quantity]:
    depth = len(expected.weights)
    if (len(got.weights), len(got.biases)) != (depth, depth):
        return
    weight, bias = ("dW", "db") if part == "gradients" else ("W", "b")
    when = " after the step" if part == "step" else ""
    for at in range(depth - 1, -1, -1):
        for letter, kind, axes in (
            (weight, "weights", ("row", "column")),
            (bias, "biases", ("row", "")),
        ):
            target = getattr(expected, kind)[at]
            limit = np.zeros(target.shape) if bound is None else getattr(bound, kind)[at]
            name = f"{letter} of layer {at + 1}{when}"
            yield Quantity(name, getattr(got, kind)[at], target, limit, axes)


def refuse_failure(exchange: Exchange, part: Part, equation: str = "") -> None:
    """Raise a Deviation that quotes the exception, where a part raised one."""
    failure = exchange.answer.failures.get(part)
    if failure is not None:
        place = f" at {failure.where}" if failure.where else ""
        problem = exchange.problem
        raise Deviation(
            f"{part}: got {failure.kind}: {failure.message.strip()}{place}; expected an answer for "
            f"layer sizes {list(problem.sizes)} and a batch of {problem.samples}",
            equation=equation,
            element=part,
        )


def compare_within(quantity: Quantity, equation: str = "", remark: str = "") -> None:
    """Raise a Deviation where a number is further from the expected one than its bound.

    Of several the one furthest beyond its bound is named, the first of equals. An infinite bound
    abstains; a NaN or an infinity in the place of a finite number is a breach. Numbers that are
    equal, or both NaN, agree whatever the bound.
    """
    got, expected, bound = quantity.got, quantity.expected, quantity.bound
    with np.errstate(all="ignore"):
        off = np.abs(got - expected)
        near = (off <= bound) | (got == expected) | (np.isnan(got) & np.isnan(expected))
        wrong = ~(near | np.isinf(bound) | np.isnan(bound))
        if not wrong.any():
            return
        excess = np.where(np.isnan(off), np.inf, off - bound)
        worst = np.where(wrong, excess, -np.inf).argmax()
    index = [int(place) for place in np.unravel_index(worst, got.shape)]
    numbers = [float(array[tuple(index)]) for array in (got, expected, bound)]
    element = quantity.element(index)
    raise Deviation(
        f"{element}: {_in_words(*numbers)}{'; ' if remark else ''}{remark}",
        equation=equation,
        element=element,
        got=numbers[0],
        expected=numbers[1],
        bound=numbers[2],
    )


def compare_part(exchanges: Iterable[Exchange], part: Part, equation: str = "") -> None:
    """Compare every array of a part of every exchange with the expected one.

    At a kink with the branch it is on: one choice of slopes must explain every number.
    """
    for exchange in exchanges:
        for quantity in quantities(settled(exchange, part), part):
            compare_within(quantity, equation)


def compare_answers(
    first: Exchange, second: Exchange, part: Part, remark: str, equation: str = ""
) -> None:
    """Hold two answers of the same subject equal, within the sum of both bounds.

    The first is what the second should be; `remark` says why.
    """
    firsts, seconds = quantities(first, part), quantities(second, part)
    # One of the two may have none: it was not answered, or in a wrong shape.
    for one, other in zip(firsts, seconds, strict=False):
        allowed = one.with_own_bound().bound + other.with_own_bound().bound
        compare_within(replace(other, expected=one.got, bound=allowed), equation, remark)


def _in_words(got: float, expected: float, bound: float) -> str:
    short = (f"{got:.6g}", f"{expected:.6g}")
    said, wanted = short if short[0] != short[1] else (repr(got), repr(expected))
    return f"got {said}, expected {wanted}" + (f" within {bound:.1e}" if bound else " exactly")
