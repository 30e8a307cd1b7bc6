"""Same question, same answer; and nothing that was handed in is changed.

Guards against accumulators that are not reset (the write-up's nabla_w and nabla_b live from call
to call), aliases of a template list, inputs and parameters overwritten in place, and a batch size
remembered from an earlier call. Judged first: a subject that contradicts itself has no answer
that could be right.
"""

from collections.abc import Sequence
from dataclasses import replace

from refnet.errors import Deviation
from refnet.law import Exchange, compare_answers, law, quantities
from refnet.problem import Part, Problem
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asked, asking, short_batch

_PARTS: tuple[Part, ...] = ("outputs", "gradients")


def once_and_again(problem: Problem) -> tuple[Problem, ...]:
    """Ask alone, after the same question, and after one about a shorter batch."""
    alone = asked(problem, "outputs", "gradients")
    again = (alone, replace(alone, after=alone))
    if problem.samples == 1:
        return again
    return (*again, replace(alone, after=short_batch(alone)))


@law(
    "purity/repeatable",
    title="the same question has the same answer",
    equation="",
    needs=("outputs", "gradients"),
    questions=once_and_again,
)
def repeatable(exchanges: Sequence[Exchange]) -> None:
    """Compare the answer alone with the answers after other questions, within both bounds."""
    alone, *later = exchanges
    for exchange in later:
        before = exchange.problem.after
        of = 0 if before is None else before.samples
        remark = (
            f"that was the answer before the network had been asked about a batch of {of}; look "
            "for sums that are not set to zero and for what a call leaves behind"
        )
        for part in _PARTS:
            _refuse_another_kind(alone, exchange, part, remark)
            compare_answers(alone, exchange, part, remark)


def _refuse_another_kind(alone: Exchange, later: Exchange, part: Part, remark: str) -> None:
    """Object where an exception or another shape has come in the place of a good answer."""
    if not quantities(alone, part):
        return
    failure = later.answer.failures.get(part)
    if failure is not None:
        got = f"{failure.kind}: {failure.message.strip()}"
    elif getattr(later.answer, part) is not None and not quantities(later, part):
        got = "arrays of other shapes"
    else:
        return
    raise Deviation(f"{part}: got {got}, expected an answer as before; {remark}", element=part)


@law(
    "purity/inputs-unchanged",
    title="inputs and parameters are left as they were",
    equation="",
    needs=("outputs", "gradients"),
    questions=asking("outputs", "gradients"),
)
def inputs_unchanged(exchanges: Sequence[Exchange]) -> None:
    """Object where a call altered what it was given, or the parameters."""
    for exchange in exchanges:
        if exchange.answer.changed:
            changed = ", ".join(exchange.answer.changed)
            raise Deviation(
                f"{changed}: got other numbers after the call than before, expected them "
                "unchanged; copy an array before working on it in place (z -= ..., a *= ...)",
                element=exchange.answer.changed[0],
            )


def test_the_reference_repeats_itself(head: Head) -> None:
    hold(repeatable, head)


def test_the_reference_leaves_its_inputs_alone(head: Head) -> None:
    hold(inputs_unchanged, head)
