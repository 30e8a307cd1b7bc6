"""What an answer looks like where its numbers do not matter: shapes, exceptions, random weights.

Lives here: the lines of an example whose answer cannot be compared number by number. It knows
problems, answers and initialisation schemes, nothing of how a network computes.
"""

from collections.abc import Iterator

import numpy as np

from refnet.arrays import FloatArray
from refnet.initializers import INITIALIZERS
from refnet.problem import Layers, Problem
from refnet.report.decimals import ENTRIES, array, decimal
from refnet.report.workings import Line
from refnet.verdict import Example


def unusable_lines(example: Example) -> Iterator[Line]:
    """Yield shapes and what is wrong with them, where a part raised or has a wrong shape.

    What the law's message quotes already is not said again.
    """
    misshapen = list(_misshapen(example))
    if not misshapen and not example.answer.failures:
        return
    yield from shape_lines(example.problem)
    for part, failure in example.answer.failures.items():
        if failure.message not in example.message:
            where = f", at {failure.where}" if failure.where else ""
            yield Line("your code", f"{part}: {failure.kind}: {failure.message}{where}")
    yield from misshapen


def _misshapen(example: Example) -> Iterator[Line]:
    got, right = example.answer, example.trusted.answer
    if got.outputs is not None and right.outputs is not None:
        yield from _shape_pair("outputs", got.outputs, right.outputs)
    for mine, trusted, prefix in (
        (got.gradients, right.gradients, "d"),
        (got.step, right.step, ""),
        (got.initial, right.initial, ""),
    ):
        if mine is not None and trusted is not None:
            yield from _layer_shapes(mine, trusted, prefix)


def shape_lines(problem: Problem) -> Iterator[Line]:
    """Yield the shapes of everything that was handed over."""
    yield Line("given", f"x {problem.x.shape}    y {problem.y.shape}    one column per sample")
    if problem.after is not None:
        yield Line("", f"asked just after a batch of {samples(problem.after)}")
    parameters = problem.parameters
    for layer, (w, b) in enumerate(
        zip(parameters.weights, parameters.biases, strict=True), start=1
    ):
        yield Line(f"layer {layer}", f"W {w.shape}    b {b.shape}")


def initial_lines(example: Example) -> Iterator[Line]:
    """Yield the mean and the spread of initial weights, layer by layer, and what they should be."""
    problem, initial = example.problem, example.answer.initial
    sizes = "-".join(map(str, problem.sizes))
    named = f"    initializer = {problem.initializer}" if problem.initializer else ""
    yield Line("given", f"layer sizes {sizes}{named}")
    for layer, w in enumerate(() if initial is None else initial.weights, start=1):
        fan_in = problem.sizes[layer - 1]
        yield Line(
            f"layer {layer}",
            f"your W: {w.size} weights, mean {decimal(float(np.mean(w)), 3)}, standard "
            f"deviation {decimal(float(np.std(w)), 3)}; fan-in {fan_in}",
        )
        scheme = None if problem.initializer is None else INITIALIZERS.get(problem.initializer)
        if scheme is not None:
            spread = scheme.deviation(fan_in, problem.sizes[layer])
            yield Line("right", f"mean 0, standard deviation {decimal(spread, 3)}")


def samples(problem: Problem) -> str:
    """Count the samples of a batch in words."""
    return "1 sample" if problem.samples == 1 else f"{problem.samples} samples"


def _layer_shapes(got: Layers, right: Layers, prefix: str) -> Iterator[Line]:
    for name, mine, trusted in (
        (f"{prefix}W", got.weights, right.weights),
        (f"{prefix}b", got.biases, right.biases),
    ):
        if len(mine) != len(trusted):
            yield Line("your code", f"{len(mine)} arrays {name}; right: {len(trusted)}")
        for layer, (one, other) in enumerate(zip(mine, trusted, strict=False), start=1):
            yield from _shape_pair(f"{name} of layer {layer}", one, other)


def _shape_pair(name: str, got: FloatArray, right: FloatArray) -> Iterator[Line]:
    if got.shape != right.shape:
        yield Line("your code", f"{name} has shape {got.shape}; right: {right.shape}")
        if max(got.size, right.size) <= ENTRIES:
            yield Line("", f"{array(got)}; right: {array(right)}")
