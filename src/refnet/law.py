"""What a law is: a question about a problem, and a judgement of the answer.

Lives here: Exchange, Law, the decorator that makes a law of a function, and the comparison every
law uses. It knows problems and errors; never a subject, a bug or a diagnosis.

A law is pure. It is handed problems with the subject's answers and the expected ones, and returns
nothing or raises `Deviation`. So the same function serves the fixed suite of `refnet check`, the
Hypothesis test beside it, and the shrinking of the example that is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import Deviation
from refnet.problem import Answer, Expected, Part, Problem

Suite = Literal["moderate", "saturated", "exact", "evaluation", "initialisation"]
"""Which kind of problems a law is about (strategies.py makes them)."""


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
