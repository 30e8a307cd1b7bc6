"""The smallest failing example, worked through by hand, equation by equation.

Lives here: `work`, which turns an example into labelled lines of plain text. It knows workings.py,
which the trusted numbers come from; nothing of terminals or JSON.

Only what leads to the number in question is written: forward through every layer, back down to
its layer, and then that number alone, as the equation has it beside what the code gave.
"""

from collections.abc import Iterator
from math import isnan

import numpy as np

from refnet.problem import Answer, Problem
from refnet.report.decimals import ENTRIES, array, decimal, factor, pair
from refnet.report.element import Element, find_element
from refnet.report.forms import initial_lines, samples, shape_lines, unusable_lines
from refnet.report.workings import (
    TERMS,
    Line,
    Workings,
    equation,
    incoming,
    kink_lines,
    path_lines,
)
from refnet.verdict import Example

SAMPLES = 8
"""Predictions of more samples are not listed one by one."""


def work(example: Example) -> tuple[Line, ...]:
    """Work an example through; empty where that is not possible: its message then stands alone."""
    try:
        return tuple(_lines(example))
    except Exception:  # noqa: BLE001 - whatever it stumbles over
        # The verdict stands whatever a subject returned: explaining it must never lose it.
        return ()


def ends_in_the_message(example: Example) -> bool:
    """Tell whether the number worked out is the very one that the law's message names."""
    element = find_element(example)
    if element is None or example.got is None or example.expected is None:
        return False
    same = element.got == example.got or (isnan(element.got) and isnan(example.got))
    return same and element.expected == example.expected


def _lines(example: Example) -> Iterator[Line]:
    problem, answer = example.problem, example.answer
    unusable = list(unusable_lines(example))
    if unusable:
        yield from unusable
        return
    if answer.changed:
        yield from _given(problem) if problem.x.size <= ENTRIES else shape_lines(problem)
        yield Line("your code", f"changed {', '.join(answer.changed)}; a call must not")
        return
    if "initial" in problem.asks:
        yield from initial_lines(example)
        return
    slopes = example.trusted.slopes
    workings = Workings.of(problem, slopes)
    yield from _given(problem)
    yield from _forward(workings)
    yield from kink_lines(workings, slopes)
    if {"predictions", "correct"} & set(problem.asks):
        yield from _evaluation(workings, answer)
    else:
        element = find_element(example)
        if element is not None:
            yield from path_lines(workings, element)
        yield from _both_numbers(example, element)


def _given(problem: Problem) -> Iterator[Line]:
    batch = "" if problem.samples == 1 else f"    m = {problem.samples} samples, one per column"
    yield Line("given", f"x = {array(problem.x)}    y = {array(problem.y)}{batch}")
    if problem.l2 and {"cost", "gradients", "step"} & set(problem.asks):
        yield Line("", f"lambda = {decimal(problem.l2)}    n = {problem.training_size}")
    if "step" in problem.asks:
        steps = "" if problem.steps == 1 else f"    {problem.steps} steps"
        yield Line("", f"eta = {decimal(problem.learning_rate)}{steps}")
    if problem.after is not None:
        yield Line("", f"asked just after a batch of {samples(problem.after)}")


def _forward(workings: Workings) -> Iterator[Line]:
    problem, forward = workings.problem, workings.forward
    parameters = problem.parameters
    for layer, (w, b) in enumerate(
        zip(parameters.weights, parameters.biases, strict=True), start=1
    ):
        a, z = forward.activations[layer - 1], forward.zs[layer - 1]
        yield Line(f"layer {layer}", f"W{layer} = {array(w)}    b{layer} = {array(b)}")
        sums = ""
        if z.size == 1 and a.size <= TERMS:
            products = [f"{decimal(u)} * {factor(v)}" for u, v in zip(w[0], a[:, 0], strict=True)]
            sums = f"{' + '.join(products)} + {factor(b.item())}"
        yield from equation(
            "", f"z{layer}", f"W{layer} {incoming(layer)} + b{layer}", sums, array(z)
        )
        sigma = f"{problem.activations[layer - 1]}(z{layer})"
        yield from equation("", f"a{layer}", sigma, array(forward.activations[layer]))


def _both_numbers(example: Example, element: Element | None) -> Iterator[Line]:
    if element is not None:
        got, expected, bound, name = element.got, element.expected, element.bound, element.name
    elif example.got is not None and example.expected is not None:
        got, expected, name = example.got, example.expected, example.element
        bound = float("nan") if example.bound is None else example.bound
    else:
        return
    mine, right = pair(got, expected)
    slack = ""
    if np.isfinite(bound):
        slack = ", exactly" if bound == 0.0 else f"    (rounding allows {decimal(bound, 2)})"
    name = f"{name} = " if name else ""
    yield Line("your code", f"{name}{mine}")
    yield Line("right", f"{name}{right}{slack}")


def _evaluation(workings: Workings, answer: Answer) -> Iterator[Line]:
    problem, outputs = workings.problem, workings.forward.outputs
    best, labels = np.argmax(outputs, axis=0), np.argmax(problem.y, axis=0)
    if problem.samples <= SAMPLES:
        largest = [f"{decimal(outputs[k, s])} in row {k}" for s, k in enumerate(best)]
        yield Line("largest", f"of each column: {'; '.join(largest)}")
        given = f"    labels = {array(labels)}" if "correct" in problem.asks else ""
        yield Line("right", f"predictions = {array(best)}{given}")
    if answer.predictions is not None:
        yield Line("your code", f"predictions = {array(answer.predictions)}")
    if answer.correct is not None:
        count = int((best == labels).sum())
        yield Line("right", f"{count} of {samples(problem)} correct")
        yield Line("your code", f"{answer.correct} of {samples(problem)} correct")
