"""A step of gradient descent is w - eta dC/dw, and nothing else.

Guards against a step uphill, the learning rate applied twice, a mean taken again in the step,
biases that decay, W^T delta with weights that have already been updated (an error proportional to
eta: two learning rates far apart show it), and a learning rate of 0 taken for none at all.
"""

from collections.abc import Sequence
from dataclasses import replace

from refnet.law import Exchange, compare_part, compare_within, law, quantities
from refnet.problem import Problem
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asked, without_penalty

RATES = (2.0**-10, 2.0**10)
"""Learning rates far apart: at the small one a step is nearly the parameters themselves, at the
large one nearly the gradient, and what is proportional to eta^2 differs by 2^20 between them.
Powers of two multiply without rounding."""

STEPS = 3
"""Steps in a row: the second sees what the first has left behind, the third what both have."""


def two_rates(problem: Problem) -> tuple[Problem, ...]:
    """Ask for one step at each of two learning rates."""
    return tuple(replace(asked(problem, "step"), learning_rate=rate) for rate in RATES)


@law(
    "step/update",
    title="a step subtracts eta times the gradient",
    equation="step",
    needs=("step",),
    follows=("shape/step", "forward/outputs", "gradient/check"),
    questions=two_rates,
)
def update(exchanges: Sequence[Exchange]) -> None:
    """Compare the parameters after one step with the expected ones."""
    compare_part(exchanges, "step")


def with_and_without_penalty(problem: Problem) -> tuple[Problem, ...]:
    """Ask for a step with lambda and without, where there is one."""
    if problem.l2 == 0.0:
        return ()
    question = asked(problem, "step")
    return (question, without_penalty(question))


@law(
    "step/biases-not-decayed",
    title="the L2 penalty leaves biases alone",
    equation="step",
    needs=("step",),
    follows=("shape/step",),
    otherwise="its step takes no penalty",
    questions=with_and_without_penalty,
)
def biases_not_decayed(exchanges: Sequence[Exchange]) -> None:
    """Compare the biases after a step with lambda with those after a step without."""
    with_penalty, without = [quantities(exchange, "step") for exchange in exchanges]
    for penalised, free in zip(with_penalty[1::2], without[1::2], strict=False):
        allowed = penalised.with_own_bound().bound + free.with_own_bound().bound
        compare_within(
            replace(penalised, expected=free.got, bound=allowed),
            remark="that is b after the same step with lambda = 0; only weights are penalised",
        )


def rate_of_zero(problem: Problem) -> tuple[Problem, ...]:
    """Ask for a step at the learning rate 0."""
    return (replace(asked(problem, "step"), learning_rate=0.0),)


@law(
    "step/zero-rate",
    title="a step at the learning rate 0 changes nothing",
    equation="step",
    needs=("step",),
    follows=("shape/step",),
    questions=rate_of_zero,
)
def zero_rate(exchanges: Sequence[Exchange]) -> None:
    """Compare the parameters after the step with those before."""
    for exchange in exchanges:
        before = exchange.problem.parameters
        unchanged = [
            array
            for pair in zip(reversed(before.weights), reversed(before.biases), strict=True)
            for array in pair
        ]
        for quantity, array in zip(quantities(exchange, "step"), unchanged, strict=False):
            compare_within(
                replace(quantity, expected=array),
                remark="0 times a gradient is 0; is 0 taken for no rate at all?",
            )


def several_steps(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the parameters after several steps in a row on the same batch."""
    return (replace(asked(problem, "step"), steps=STEPS),)


@law(
    "step/lockstep",
    title="a run of steps stays in lockstep",
    equation="step",
    needs=("step",),
    follows=("step/update",),
    questions=several_steps,
)
def lockstep(exchanges: Sequence[Exchange]) -> None:
    """Compare the parameters after several steps with the expected ones."""
    compare_part(exchanges, "step")


def test_the_reference_steps_down_the_gradient(head: Head) -> None:
    for about_steps in (update, biases_not_decayed, zero_rate, lockstep):
        hold(about_steps, head)
