"""What a correct variant is: a subject made of somebody else's arithmetic.

Lives here: Calculus, what a variant brings along, and Variant, the subject that is made of it. It
knows problems and precisions; nothing of the reference, which is what a variant is there to test.

A variant keeps nothing from one question to the next: that a network has answered another problem
before can make no difference, and `after` is not looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import FloatArray, column, matrix
from refnet.errors import ArgumentError
from refnet.parameters import Parameters
from refnet.problem import PARTS, Answer, Layers, Part, Problem
from refnet.subjects.protocol import Head
from refnet.tolerance import FLOAT32, FLOAT64, Precision

Array = NDArray[Any]
"""An array of a variant's own element type."""


class Calculus(Protocol):
    """How a variant computes outputs, cost and gradients: its formulas, its order of summation.

    Whatever it computes with, it returns float64: every float32 number is one.
    """

    def outputs(self, problem: Problem) -> FloatArray:
        """Return the activations of the output layer; shape (outputs, samples)."""
        ...

    def cost(self, problem: Problem) -> float:
        """Return the cost of the batch with its penalty."""
        ...

    def gradients(self, problem: Problem) -> Layers:
        """Return dC/dW and dC/db of every layer, shaped as the parameters."""
        ...


Drawn = Callable[[int, int, str, np.random.Generator], FloatArray]
"""Draws weights of shape (fan-out, fan-in), given fan-in, fan-out and the name of the scheme."""

EVERYTHING = frozenset(PARTS)
WITHOUT_INITIAL = EVERYTHING - {"initial"}

SCHEMES = ("standard_normal", "scaled_normal", "glorot", "he")
"""The initialisation schemes a variant that draws is asked for; all of them are normal."""


def every_head(_head: Head) -> bool:
    """Take any activations and cost."""
    return True


@dataclass(frozen=True, eq=False)
class Variant:
    """A correct subject: a calculus, the precision it works in, and what it can be asked.

    `shrinks` tells how a step goes: W (1 - eta lambda / n) minus eta times the gradient of the
    data cost, as the book has it, or W minus eta times the whole gradient. `draws` is there where
    the parts have "initial".
    """

    name: str
    precision: Precision
    calculus: Calculus
    parts: frozenset[Part] = WITHOUT_INITIAL
    heads: Callable[[Head], bool] = every_head
    shrinks: bool = False
    draws: Drawn | None = None

    def answer(self, problem: Problem) -> Answer:
        """Answer every part that is asked; what NumPy would warn of is for the laws to judge."""
        asked = self.parts & set(problem.asks)
        calculus = self.calculus
        with np.errstate(all="ignore"):
            looked_at = {"outputs", "predictions", "correct"} & asked
            outputs = calculus.outputs(problem) if looked_at else None
            labels = None if outputs is None else outputs.argmax(axis=0)
            right = None if labels is None else int((labels == problem.y.argmax(axis=0)).sum())
            return Answer(
                outputs=outputs if "outputs" in asked else None,
                cost=calculus.cost(problem) if "cost" in asked else None,
                gradients=calculus.gradients(problem) if "gradients" in asked else None,
                step=self._stepped(problem) if "step" in asked else None,
                predictions=(
                    labels.astype(np.float64)
                    if labels is not None and "predictions" in asked
                    else None
                ),
                correct=right if "correct" in asked else None,
                initial=self._fresh(problem) if "initial" in asked else None,
            )

    def _stepped(self, problem: Problem) -> Layers:
        kind = element_type(self.precision)
        rate = kind(problem.learning_rate)
        decay = kind(problem.learning_rate * problem.l2 / problem.training_size)
        keep = kind(1.0) - decay if self.shrinks else kind(1.0)

        def moved(parameter: Array, gradient: Array, kept: Any) -> FloatArray:
            new = kept * parameter.astype(kind) - rate * gradient.astype(kind)
            return np.asarray(new, dtype=np.float64)

        for _ in range(problem.steps):
            before = problem.parameters
            descended = replace(problem, l2=0.0) if self.shrinks else problem
            gradients = self.calculus.gradients(descended)
            weights = zip(before.weights, gradients.weights, strict=True)
            biases = zip(before.biases, gradients.biases, strict=True)
            after = Layers(
                tuple(moved(w, dw, keep) for w, dw in weights),
                tuple(moved(b, db, kind(1.0)) for b, db in biases),
            )
            if not all(np.isfinite(array).all() for array in (*after.weights, *after.biases)):
                return after  # there is no going on from here, and a law will say so
            problem = replace(
                problem,
                parameters=Parameters(
                    tuple(map(matrix, after.weights)), tuple(map(column, after.biases))
                ),
            )
        return Layers(problem.parameters.weights, problem.parameters.biases)

    def _fresh(self, problem: Problem) -> Layers:
        scheme = problem.initializer
        if self.draws is None or scheme not in SCHEMES:
            raise ArgumentError(
                f"initializer: got {scheme!r} for {self.name}; expected one of "
                f"{', '.join(SCHEMES)} and a variant that draws; ask another"
            )
        generator = np.random.default_rng(problem.seed)
        sizes = problem.sizes
        biased = scheme in ("standard_normal", "scaled_normal")
        return Layers(
            tuple(
                self.draws(fan_in, fan_out, scheme, generator)
                for fan_in, fan_out in pairwise(sizes)
            ),
            tuple(
                generator.normal(size=(units, 1)) if biased else np.zeros((units, 1))
                for units in sizes[1:]
            ),
        )


def element_type(precision: Precision) -> Any:
    """Return NumPy's element type of a precision, float64 or float32."""
    return {FLOAT64: np.float64, FLOAT32: np.float32}[precision]


def as_layers(weights: list[Any], biases: list[Any]) -> Layers:
    """Return what a variant computed, layer by layer, as float64; biases as columns."""
    return Layers(
        tuple(np.asarray(w, dtype=np.float64) for w in weights),
        tuple(np.asarray(b, dtype=np.float64).reshape(-1, 1) for b in biases),
    )
