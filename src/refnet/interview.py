"""Asking a subject: each question once, in one message, and gradients out of steps.

Lives here: Interview. It knows problems and the panel, not what a right answer is.

A subject that exposes only a step is asked for one at a huge learning rate: the parameters
before, minus those after, divided by the rate, are the gradient.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Failure, Layers, Part, Problem
from refnet.subjects.protocol import Capabilities, Panel

LARGE_RATE = 2.0**20
"""At this learning rate parameters of order 1 blur a gradient read off a step by 2^-73 only; a
power of two, so that multiplying and dividing by it is exact."""

ROUNDOFF = 2.0**-53
"""Unit roundoff of the float64 in which gradients are read off a step."""

UNANSWERED = ("Timeout", "Crash", "Malformed")
"""Failures of the process, not of the arithmetic: they say nothing about a law."""


@dataclass(eq=False)
class Interview:
    """Questions put to a panel, each once.

    `offered` is what the subject says it can be asked, `capabilities` adds what its steps yield.
    """

    panel: Panel
    offered: Capabilities
    _answers: dict[Hashable, Answer] = field(default_factory=dict[Hashable, Answer])

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked, gradients read off steps included."""
        offered = self.offered
        if not self._has_steps:
            return offered

        def limited(parts: frozenset[Part]) -> frozenset[Part]:
            """Gradients are bound by a limit where neither way to them is free of it."""
            direct = "gradients" in offered.parts and "gradients" not in parts
            bound: frozenset[Part] = frozenset({"gradients"})
            return parts - bound if direct or "step" not in parts else parts | bound

        return replace(
            offered,
            parts=offered.parts | {"gradients"},
            one_sample=limited(offered.one_sample),
            without_l2=limited(offered.without_l2),
            labelled=limited(offered.labelled),
        )

    @property
    def _has_steps(self) -> bool:
        return "step" in self.offered.parts - self.offered.lost

    def derives(self, problem: Problem) -> bool:
        """Tell whether gradients that are asked here are read off a step.

        They are where the subject shows none, or none of a batch, or none with the penalty.
        """
        if "gradients" not in problem.asks or not self._has_steps:
            return False
        return self.offered.refusal(problem, ("gradients",)) is not None

    def ask(self, problems: Iterable[Problem]) -> list[Answer]:
        """Answer every problem in order, sending only those that were never asked."""
        wanted = [self.outward(problem) for problem in problems]
        keys = [problem.key for problem in wanted]
        fresh = {
            key: problem
            for key, problem in zip(keys, wanted, strict=True)
            if key not in self._answers
        }
        if fresh:
            answers = self.panel.answer_all(list(fresh.values()))
            self._answers.update(zip(fresh, answers, strict=True))
        return [self._answers[key] for key in keys]

    def read(self, problem: Problem, answer: Answer, rate: float = LARGE_RATE) -> Answer:
        """Turn what was said into an answer to the problem as the law put it.

        `rate` is the learning rate of the step off which gradients are read.
        """
        if not self.derives(problem):
            return answer
        failures = dict(answer.failures)
        if "step" in failures:
            failures["gradients"] = failures.pop("step")
        if answer.step is None:
            return replace(answer, failures=failures)
        before = problem.parameters
        if not _fits(answer.step, before):
            wrong = [array.shape for array in (*answer.step.weights, *answer.step.biases)]
            failures["gradients"] = Failure(
                "ShapeError", f"the step returned parameters of the shapes {wrong}"
            )
            return replace(answer, step=None, failures=failures)
        gradients = Layers(
            _differences(before.weights, answer.step.weights, rate),
            _differences(before.biases, answer.step.biases, rate),
        )
        return replace(answer, gradients=gradients, step=None, failures=failures)

    def widened(self, expected: Expected, stepped: Expected, rate: float = LARGE_RATE) -> Expected:
        """Return the trusted gradients with the bound that reading them off a step leaves.

        `stepped` is the trusted answer to the question as the subject got it: what its step may be
        off by, divided by the rate, and 3 u |g| for the subtraction and the division here.
        """
        gradients, step = expected.answer.gradients, stepped.bound.step
        if gradients is None or step is None:
            return expected

        def per_rate(
            bounds: Sequence[FloatArray], gs: Sequence[FloatArray]
        ) -> tuple[FloatArray, ...]:
            return tuple(
                bound / rate + 3.0 * ROUNDOFF * np.abs(g)
                for bound, g in zip(bounds, gs, strict=True)
            )

        bound = Layers(
            per_rate(step.weights, gradients.weights), per_rate(step.biases, gradients.biases)
        )
        return replace(expected, bound=replace(expected.bound, gradients=bound))

    def without_biases(self, expected: Expected) -> Expected:
        """Return what is expected of a network that has no biases: theirs are 0 and stay so."""
        if not self.offered.without_biases:
            return expected
        return Expected(_unbiased(expected.answer), _unbiased(expected.bound))

    def outward(self, problem: Problem) -> Problem:
        """Return the question as the subject gets it: a step where gradients are read off one."""
        before = None if problem.after is None else self.outward(problem.after)
        if not self.derives(problem):
            return problem if before is problem.after else replace(problem, after=before)
        asks = tuple(part for part in problem.asks if part not in ("gradients", "step"))
        return replace(
            problem, asks=(*asks, "step"), learning_rate=LARGE_RATE, steps=1, after=before
        )


def _unbiased(answer: Answer) -> Answer:
    def free(layers: Layers | None) -> Layers | None:
        if layers is None:
            return None
        return Layers(layers.weights, tuple(np.zeros(b.shape) for b in layers.biases))

    return replace(answer, gradients=free(answer.gradients), step=free(answer.step))


def _fits(step: Layers, before: Parameters) -> bool:
    return [array.shape for array in (*step.weights, *step.biases)] == [
        array.shape for array in (*before.weights, *before.biases)
    ]


def _differences(
    before: Sequence[FloatArray], after: Sequence[FloatArray], rate: float
) -> tuple[FloatArray, ...]:
    with np.errstate(all="ignore"):
        return tuple((old - new) / rate for old, new in zip(before, after, strict=True))
