"""The smallest problem on which a known mistake shows, with what it answers there.

Lives here: `demonstrate`. It knows the catalogue, the laws and choices.py; how an example is
worked through by hand is in report/.

Small problems are tried one after the other, those with fewer numbers first, until the law aimed
at the mistake objects: the same ones each time, so that everybody is shown the same example. Of
the questions which that law asks, the one is taken whose answer is furthest off. A mistake that
ends in an exception or in another shape is silent elsewhere, if the shapes happen to fit: such a
problem is preferred, because it has numbers to compare.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise, product

import numpy as np

from refnet.arrays import FloatArray, column, matrix
from refnet.bugs import Bug, Simulated
from refnet.choices import DYADICS, HEADS, is_decided, is_lively, is_moderate, saturated
from refnet.errors import ArgumentError, Deviation
from refnet.law import Exchange, Law, Quantity, load_laws, quantities
from refnet.mechanics import expect
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.subjects.protocol import Head
from refnet.suite import suite
from refnet.verdict import Example

SIZES = (
    (1, 1),
    (1, 2),
    (2, 2),
    (1, 1, 1),
    (1, 1, 2),
    (1, 1, 1, 1),
    (1, 2, 2),
    (2, 2, 2),
    (2, 1, 3),
)
"""Units per layer, the fewest numbers first: square layers, where a transposed matrix fits, and
others, where it does not."""

SAMPLES = (1, 2)
"""Sizes of a batch: what is wrong with a mean shows with two."""

FILLS = 3
"""Ways to fill a problem with numbers: all 1, in turn, and drawn; each mistake shows on one."""

SATURATIONS = (1000.0, 40.0)
"""The largest |z| of a saturated problem: beyond e^z, and where 1 - a is 0."""

SILENT = "gradient/check"
"""The law that sees a mistake in the numbers where the shapes fit."""


ENOUGH = 250
"""Problems after which a mistake is taken to be silent nowhere: it took 180 at the most."""


def demonstrate(bug: Bug) -> Example:
    """Return the smallest example of a mistake: a problem, the wrong answer and the right one.

    Raises ArgumentError for a mistake that shows on no problem that is tried.
    """
    laws = {law.id: law for law in load_laws()}
    found = next(_examples(laws[bug.aimed_at], bug), None)
    if found is None:
        raise ArgumentError(
            f"bug: got {bug.slug}, which {bug.aimed_at} objects to on none of the problems tried; "
            "expected one; try larger ones in demonstration.py"
        )
    if bug.aimed_at.startswith("shape/"):
        silent = filter(_has_numbers, _examples(laws[SILENT], bug, ENOUGH))
        found = next(silent, found)
    return found


def _examples(law: Law, bug: Bug, most: int | None = None) -> Iterator[Example]:
    """Yield what breaks a law, the smallest first, of that many problems at the most."""
    subject = Simulated(bug.mechanics)
    for problem in islice(_problems(law, bug), most):
        exchanges = [
            Exchange(question, subject.answer(question), expect(question))
            for question in law.questions(problem)
        ]
        try:
            law.judge(exchanges)
        except Deviation as deviation:
            yield Example.of(law, max(exchanges, key=_off), deviation)


def _problems(law: Law, bug: Bug) -> Iterator[Problem]:
    """Yield the problems of a law's kind to which a mistake applies, the smallest first."""
    if law.suite == "initialisation":
        yield from (replace(p, initializer="he") for p in suite(law.suite, HEADS[0], 0))
        return
    for l2, sizes, samples, fill in product((0.0, 1.0), SIZES, SAMPLES, range(FILLS)):
        for head in HEADS:
            if (head.output == "softmax" or law.suite == "evaluation") and sizes[-1] == 1:
                continue
            problem = _filled(head, sizes, samples, l2, fill)
            asked = law.questions(problem)
            if any(bug.applies(question) for question in asked) and is_lively(problem):
                yield from _of_kind(law, problem)


def _of_kind(law: Law, problem: Problem) -> Iterator[Problem]:
    if not is_moderate(problem):
        return
    if law.suite == "saturated":
        for largest, last_alone in product(SATURATIONS, (True, False)):
            yield saturated(problem, largest, last_alone=last_alone)
    elif law.suite != "evaluation" or is_decided(problem):
        yield problem


def _filled(head: Head, sizes: Sequence[int], samples: int, l2: float, fill: int) -> Problem:
    """Make a problem of these shapes: all numbers 1, the dyadic numbers in turn, or drawn."""
    generator = np.random.default_rng([fill, samples, *sizes])

    def numbers(rows: int, columns: int) -> FloatArray:
        if fill == 0:
            return np.ones((rows, columns))
        if fill == 1:
            return np.resize(np.array(DYADICS[:4]), (rows, columns))
        return generator.choice(DYADICS[:6], (rows, columns))

    pairs = list(pairwise(sizes))
    x, y = numbers(sizes[0], samples), -numbers(sizes[-1], samples)
    if head.cost == "binary_cross_entropy":
        y = (y > 0.0).astype(np.float64)
    if head.output == "softmax":
        y = np.eye(sizes[-1])[:, (np.arange(samples) + fill) % sizes[-1]]
    return Problem(
        Parameters(
            tuple(matrix(numbers(units, fan_in)) for fan_in, units in pairs),
            tuple(column(numbers(units, 1)) for _, units in pairs),
        ),
        (head.hidden,) * (len(pairs) - 1) + (head.output,),
        head.cost,
        matrix(x),
        matrix(y),
        l2=l2,
        training_size=samples + 1,
        learning_rate=0.5,
    )


def _off(exchange: Exchange) -> float:
    """Return the largest relative error of an answer, infinite where there are no numbers."""
    if exchange.answer.failures or exchange.answer.changed:
        return np.inf
    largest = 0.0
    for part in exchange.problem.asks:
        compared = quantities(exchange, part)
        if not compared and part != "initial":
            return np.inf
        for quantity in compared:
            largest = max(largest, _relative(quantity))
    return largest


def _relative(quantity: Quantity) -> float:
    """Return the largest relative error beyond the bound; infinite where there is no number."""
    got, expected = quantity.got, quantity.expected
    with np.errstate(all="ignore"):
        gap = np.abs(got - expected)
        share = gap / np.maximum(np.abs(got), np.abs(expected))
    wrong = ~((gap <= quantity.bound) | np.isinf(quantity.bound) | (got == expected))
    return float(np.where(wrong, np.where(np.isnan(share), np.inf, share), 0.0).max(initial=0.0))


def _has_numbers(example: Example) -> bool:
    return math.isfinite(_off(Exchange(example.problem, example.answer, example.trusted)))
