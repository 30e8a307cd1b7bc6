"""Asking a subject: each question once, in one message, and gradients out of steps.

Lives here: Interview. It knows problems and the panel, not what a right answer is.

A subject that exposes only a step is asked for one at a huge learning rate: the parameters
before, minus those after, divided by the rate, are the gradient.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Failure, Layers, Part, Problem
from refnet.subjects.protocol import Capabilities, Panel
from refnet.wire import dumps, problem_to_json

LARGE_RATE = 2.0**20
"""At this learning rate parameters of order 1 blur a gradient read off a step by 2^-73 only; a
power of two, so that multiplying and dividing by it is exact."""

UNANSWERED = ("Timeout", "Crash")
"""Failures of the process, not of the arithmetic: they say nothing about a law."""


@dataclass(eq=False)
class Interview:
    """Questions put to a panel, each once.

    `capabilities` are those of the subject with gradients added where a step yields them.
    """

    panel: Panel
    offered: Capabilities
    roundoff: float = 2.0**-53
    _answers: dict[str, Answer] = field(default_factory=dict[str, Answer])

    @property
    def gradients_from_step(self) -> bool:
        """Whether the subject shows no gradients, so that they are read off its steps."""
        return "gradients" not in self.offered.parts and "step" in self.offered.parts

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked, derived parts included."""
        if not self.gradients_from_step:
            return self.offered

        def as_step(parts: frozenset[Part]) -> frozenset[Part]:
            return parts | {"gradients"} if "step" in parts else parts

        return replace(
            self.offered,
            parts=as_step(self.offered.parts),
            one_sample=as_step(self.offered.one_sample),
            without_l2=as_step(self.offered.without_l2),
        )

    def ask(self, problems: Iterable[Problem]) -> list[Answer]:
        """Answer every problem in order, sending only those that were never asked."""
        wanted = [self._outward(problem) for problem in problems]
        keys = [dumps(problem_to_json(problem)) for problem in wanted]
        fresh = {
            key: problem
            for key, problem in zip(keys, wanted, strict=True)
            if key not in self._answers
        }
        if fresh:
            answers = self.panel.answer_all(list(fresh.values()))
            self._answers.update(zip(fresh, answers, strict=True))
        return [self._answers[key] for key in keys]

    def read(self, problem: Problem, answer: Answer) -> Answer:
        """Turn what was said into an answer to the problem as the law put it."""
        if not self._derives(problem):
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
            _differences(before.weights, answer.step.weights),
            _differences(before.biases, answer.step.biases),
        )
        return replace(answer, gradients=gradients, step=None, failures=failures)

    def widen(self, problem: Problem, answer: Answer, expected: Expected) -> Expected:
        """Add to the bound of gradients what reading them off a step costs.

        Two subtractions, of the subject and of `read`, each off by u times its result, and the
        rounding of the rate divided by m: u (2 |theta| + 2 eta |g|) / eta + 3 u |g|.
        """
        bound = expected.bound.gradients
        if not self._derives(problem) or answer.gradients is None or bound is None:
            return expected

        def wider(
            bounds: Sequence[FloatArray], thetas: Sequence[FloatArray], gs: Sequence[FloatArray]
        ) -> tuple[FloatArray, ...]:
            return tuple(
                e + self.roundoff * (2.0 * np.abs(theta) / LARGE_RATE + 5.0 * np.abs(g))
                for e, theta, g in zip(bounds, thetas, gs, strict=True)
            )

        got = answer.gradients
        widened = Layers(
            wider(bound.weights, problem.parameters.weights, got.weights),
            wider(bound.biases, problem.parameters.biases, got.biases),
        )
        return replace(expected, bound=replace(expected.bound, gradients=widened))

    def _derives(self, problem: Problem) -> bool:
        return self.gradients_from_step and "gradients" in problem.asks

    def _outward(self, problem: Problem) -> Problem:
        before = None if problem.after is None else self._outward(problem.after)
        if not self._derives(problem):
            return problem if before is problem.after else replace(problem, after=before)
        asks = tuple(part for part in problem.asks if part not in ("gradients", "step"))
        return replace(
            problem, asks=(*asks, "step"), learning_rate=LARGE_RATE, steps=1, after=before
        )


def _fits(step: Layers, before: Parameters) -> bool:
    return [array.shape for array in (*step.weights, *step.biases)] == [
        array.shape for array in (*before.weights, *before.biases)
    ]


def _differences(
    before: Sequence[FloatArray], after: Sequence[FloatArray]
) -> tuple[FloatArray, ...]:
    with np.errstate(all="ignore"):
        return tuple((old - new) / LARGE_RATE for old, new in zip(before, after, strict=True))
