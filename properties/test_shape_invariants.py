"""Every answer has the shape of what it is about, for every batch size.

Guards against rows mistaken for columns: a (k, 1) minus y (k,) is broadcast to (k, k) without a
word, gradients grow to the width of the batch, and a bias becomes a matrix. An exception in the
place of an answer breaks the law of that answer's shape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from refnet.arrays import FloatArray
from refnet.errors import Deviation
from refnet.law import Exchange, law, refuse_failure
from refnet.problem import Layers, Part, Problem
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import Questions, asked, samples_of, short_batch


def every_batch_size(part: Part) -> Questions:
    """Ask about the whole batch, about one sample, and about a short batch after a full one."""

    def questions(problem: Problem) -> tuple[Problem, ...]:
        whole = asked(problem, part)
        if problem.samples == 1:
            return (whole,)
        one = samples_of(whole, [0])
        return (whole, one, replace(short_batch(whole), after=whole))

    return questions


def refuse_shape(name: str, got: tuple[int, ...], wanted: tuple[int, ...], batch: int) -> None:
    """Raise a Deviation where an array has another shape than it should."""
    if got != wanted:
        raise Deviation(
            f"{name}: got shape {got}, expected {wanted} for a batch of {batch}; print the shapes "
            "on the way: a (k,) beside a (k, 1) is broadcast to (k, k)",
            element=name,
        )


@law(
    "shape/outputs",
    title="outputs have one row per unit, one column per sample",
    equation="",
    needs=("outputs",),
    questions=every_batch_size("outputs"),
)
def outputs(exchanges: Sequence[Exchange]) -> None:
    """Compare the shape of the outputs with (units, samples)."""
    for exchange in exchanges:
        refuse_failure(exchange, "outputs")
        got = exchange.answer.outputs
        if got is not None:
            batch = exchange.problem.samples
            refuse_shape("outputs", got.shape, (exchange.problem.sizes[-1], batch), batch)


@law(
    "shape/gradients",
    title="every gradient has the shape of its parameter",
    equation="",
    needs=("gradients",),
    questions=every_batch_size("gradients"),
)
def gradients(exchanges: Sequence[Exchange]) -> None:
    """Compare the shape of every dW and db with that of W and b."""
    for exchange in exchanges:
        refuse_failure(exchange, "gradients")
        _compare_shapes(exchange, exchange.answer.gradients, ("dW", "db"))


@law(
    "shape/step",
    title="a step keeps the shape of every parameter",
    equation="",
    needs=("step",),
    questions=every_batch_size("step"),
)
def step(exchanges: Sequence[Exchange]) -> None:
    """Compare the shape of every W and b after a step with that before."""
    for exchange in exchanges:
        refuse_failure(exchange, "step")
        _compare_shapes(exchange, exchange.answer.step, ("W after the step", "b after the step"))


def _compare_shapes(exchange: Exchange, got: Layers | None, names: tuple[str, str]) -> None:
    if got is None:
        return
    before = exchange.problem.parameters
    batch = exchange.problem.samples
    for name, arrays, wanted in (
        (names[0], got.weights, before.weights),
        (names[1], got.biases, before.biases),
    ):
        if len(arrays) != len(wanted):
            raise Deviation(
                f"{name}: got {len(arrays)} arrays, expected {len(wanted)}, one for every layer "
                "after the input; look where the lists are built",
                element=name,
            )
        for layer, shape, right in _shapes(arrays, wanted):
            refuse_shape(f"{name} of layer {layer}", shape, right, batch)


def _shapes(
    arrays: Sequence[FloatArray], wanted: Sequence[FloatArray]
) -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    for layer, (array, right) in enumerate(zip(arrays, wanted, strict=True), start=1):
        yield layer, array.shape, right.shape


def test_the_reference_answers_in_the_right_shapes(head: Head) -> None:
    hold(outputs, head)
    hold(gradients, head)
    hold(step, head)
