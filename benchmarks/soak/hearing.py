"""Putting the questions of the laws to a variant, and judging what it answers.

Lives here: Hearing, everything that is asked about one drawn problem. It knows laws, the trusted
answer and its bound; a variant only as somebody who answers.

A question that several laws put is answered once and judged by all of them, as `refnet check`
does; the trusted answer is computed once for every precision and serves all variants.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import Deviation
from refnet.law import Exchange, Law, quantities
from refnet.mechanics import expect
from refnet.problem import Expected, Part, Problem
from refnet.tolerance import Precision
from soak.tally import Alarm, Record, Tally
from soak.variants.variant import Variant

MEASURED: tuple[Part, ...] = ("outputs", "cost", "gradients", "step")
"""The parts whose numbers have a bound; labels and counts are right or wrong."""


class Hearing:
    """One drawn problem, the questions of the laws about it, and the trusted answers to them."""

    def __init__(self, problem: Problem, laws: Iterable[Law], where: str) -> None:
        """Collect the questions; `where` says which problem this is."""
        self._where = where
        self._places: dict[tuple[Hashable, ...], int] = {}
        self._questions: list[Problem] = []
        self._cases = [
            (law, [self._place(question) for question in questions])
            for law in laws
            if (questions := law.questions(problem))
        ]
        self._expected: dict[tuple[int, Precision], Expected] = {}

    def judge(self, variant: Variant) -> Record:
        """Ask a variant everything it knows, and return what came of it."""
        exchanges: dict[int, Exchange] = {}
        alarms: list[Alarm] = []
        judgements = 0
        for law, places in self._cases:
            if not law.needs <= variant.parts:
                continue
            for place in places:
                if place not in exchanges:
                    exchanges[place] = self._exchange(place, variant)
            asked = [exchanges[place] for place in places]
            judgements += 1
            try:
                law.judge(asked)
            except Deviation as deviation:
                problems = tuple(exchange.problem for exchange in asked)
                alarms.append(Alarm(variant.name, law.id, str(deviation), problems))
        measured = sum((self._measured(exchange) for exchange in exchanges.values()), start=Tally())
        counted = Tally(int(bool(exchanges)), len(exchanges), judgements, len(alarms))
        return Record({variant.name: counted + measured}, tuple(alarms))

    def _place(self, question: Problem) -> int:
        """Return where a question stands among those that differ, adding it if it is new."""
        place = self._places.setdefault(question.key, len(self._questions))
        if place == len(self._questions):
            self._questions.append(question)
        return place

    def _exchange(self, place: int, variant: Variant) -> Exchange:
        question = self._questions[place]
        key = (place, variant.precision)
        if key not in self._expected:
            self._expected[key] = expect(question, variant.precision)
        return Exchange(question, variant.answer(question), self._expected[key])

    def _measured(self, exchange: Exchange) -> Tally:
        """Compare every number that has a bound with the trusted one, in units of the bound."""
        numbers = abstained = 0
        largest, where = 0.0, ""
        for part in MEASURED:
            for errors, bounds in _errors(exchange, part):
                numbers += bounds.size
                judged = np.isfinite(bounds)
                abstained += int(bounds.size - judged.sum())
                ratios = errors[judged & (bounds > 0.0)] / bounds[judged & (bounds > 0.0)]
                # A NaN is never within its bound, and the law has said so.
                if ratios.size and ratios.max() > largest:
                    largest, where = float(ratios.max()), f"{self._where}, {part}"
        return Tally(numbers=numbers, abstained=abstained, largest=largest, where=where)


def _errors(exchange: Exchange, part: Part) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the errors of every array of a part, and their bounds."""
    for quantity in quantities(exchange, part):
        with np.errstate(all="ignore"):
            yield np.abs(quantity.got - quantity.expected), quantity.bound


def hear(hearings: Sequence[Hearing], variant: Variant) -> Record:
    """Judge a variant on several drawn problems."""
    return sum((hearing.judge(variant) for hearing in hearings), start=Record())
