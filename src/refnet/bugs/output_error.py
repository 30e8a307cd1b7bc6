"""Mistakes in the output error, BP1.

Lives here: wrong versions of delta = dC/da sigma'(z) at the output layer. It knows mechanics,
nothing of laws.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from refnet.bounded_functions import complement
from refnet.bugs.bug import Bug
from refnet.bugs.situations import (
    BINARY,
    CATEGORICAL,
    CROSS_ENTROPY,
    always,
    cost_is,
    curved_output,
    every,
    several_outputs,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import cost_terms, output_error, times_sigma_prime
from refnet.tolerance import Bounded

_GROUP = "output error"


def _cost_of_each_unit(trace: Trace) -> Bounded:
    return times_sigma_prime(trace, cost_terms(trace))


def _cost_of_the_batch(trace: Trace) -> Bounded:
    everywhere = trace.y.exact(np.ones(trace.y.shape))
    return times_sigma_prime(trace, trace.mechanics.cost(trace) * everywhere)


def _cost_of_each_sample(trace: Trace) -> Bounded:
    everywhere = trace.y.exact(np.ones(trace.y.shape))
    return times_sigma_prime(trace, cost_terms(trace).column_sums() * everywhere)


def _square(trace: Trace) -> Bounded:
    off = trace.mechanics.difference(trace)
    return times_sigma_prime(trace, off * off)


def _half_square(trace: Trace) -> Bounded:
    off = trace.mechanics.difference(trace)
    return times_sigma_prime(trace, (off * off).scaled(1.0, 2.0))


def _square_with_sign(trace: Trace) -> Bounded:
    off = trace.mechanics.difference(trace)
    return times_sigma_prime(trace, off * abs(off))


def _slope_of_the_cost(trace: Trace) -> Bounded:
    """Return dC/da, which has sigma'(z) in its denominator where C is the binary cross-entropy."""
    if trace.problem.cost == "binary_cross_entropy":
        a = trace.activations[-1]
        return trace.mechanics.difference(trace) / (a * complement(a))
    return trace.mechanics.difference(trace)


def _difference_times_sigma_prime(trace: Trace) -> Bounded:
    off = trace.mechanics.difference(trace)
    return off * trace.mechanics.derivative(trace, trace.depth - 1)


def _diagonal_of_the_jacobian(trace: Trace) -> Bounded:
    if trace.output != "softmax":
        return output_error(trace)
    return -(trace.y * complement(trace.activations[-1]))


def _reversed(trace: Trace) -> Bounded:
    return -output_error(trace)


def _parenthesis(trace: Trace) -> Bounded:
    if trace.problem.cost != "binary_cross_entropy":
        return output_error(trace)
    a = trace.activations[-1]
    slope = trace.mechanics.difference(trace) / a * complement(a)
    return slope * trace.mechanics.derivative(trace, trace.depth - 1)


def _parenthesis_alone(trace: Trace) -> Bounded:
    if trace.problem.cost != "binary_cross_entropy":
        return output_error(trace)
    a = trace.activations[-1]
    return trace.mechanics.difference(trace) / a * complement(a)


def _scaled(trace: Trace, numerator: float, over_outputs: bool) -> Bounded:
    units = trace.problem.sizes[-1] if over_outputs else 1
    return output_error(trace).scaled(numerator, units)


def _scale(numerator: float, *, over_outputs: bool) -> Mechanics:
    return replace(
        RIGHT, output_error=partial(_scaled, numerator=numerator, over_outputs=over_outputs)
    )


def _scaled_cost(trace: Trace, numerator: float, over_outputs: bool) -> Bounded:
    units = trace.problem.sizes[-1] if over_outputs else 1
    return RIGHT.cost(trace).scaled(numerator, units)


def _scale_cost(numerator: float, *, over_outputs: bool) -> Mechanics:
    return replace(
        RIGHT, cost=partial(_scaled_cost, numerator=numerator, over_outputs=over_outputs)
    )


BUGS = (
    Bug(
        slug="cost-for-derivative",
        title="the cost itself stands where its derivative belongs",
        group=_GROUP,
        wrong="delta = 1/2 (a - y)^2 * sigma'(z)",
        right="delta = (a - y) * sigma'(z)",
        symptom="The sign of the error is lost: the cost rises as often as it falls, and accuracy "
        "stays at chance.",
        hint="Backpropagation starts from dC/da, never from C. For 1/2 (a - y)^2 that is a - y: "
        "negative where the output is too small. Look for the function you also use to report "
        "the cost, or for a square, at the start of backprop.",
        equation="BP1",
        aimed_at="bp1/derivative-not-cost",
        realisations=(
            replace(RIGHT, output_error=_cost_of_each_unit),
            replace(RIGHT, output_error=_square),
            replace(RIGHT, output_error=_half_square),
            replace(RIGHT, output_error=_cost_of_each_sample),
            replace(RIGHT, output_error=_cost_of_the_batch),
            replace(RIGHT, output_error=_square_with_sign),
        ),
        applies=always,
    ),
    Bug(
        slug="output-sigma-prime-missing",
        title="sigma'(z) is missing from the output error",
        group=_GROUP,
        wrong="delta = dC/da, which is a - y for the quadratic cost",
        right="delta = dC/da * sigma'(z)",
        symptom="It trains well, often faster than the right rule; only the gradient is not that "
        "of the cost you report.",
        hint="a - y alone is the output error of the cross-entropy, in which sigma'(z) has "
        "cancelled. Either multiply dC/da by sigma'(z) of the output layer, or say that your cost "
        "is the cross-entropy.",
        equation="BP1",
        aimed_at="bp1/output-error",
        realisations=(replace(RIGHT, output_error=_slope_of_the_cost),),
        applies=every(cost_is("quadratic", "binary_cross_entropy"), curved_output),
    ),
    Bug(
        slug="cross-entropy-extra-sigma-prime",
        title="the output error of the cross-entropy is multiplied by sigma'(z)",
        group=_GROUP,
        wrong="delta = (a - y) * sigma'(z)",
        right="delta = a - y",
        symptom="Learning starts slowly where the output is badly wrong: the very thing the "
        "cross-entropy is there to prevent.",
        hint="In the cross-entropy sigma'(z) has cancelled already (Nielsen, chapter 3). Drop the "
        "factor for this cost, or say that your cost is the quadratic one.",
        equation="BP1",
        aimed_at="bp1/output-error",
        realisations=(replace(RIGHT, output_error=_difference_times_sigma_prime),),
        applies=CROSS_ENTROPY,
    ),
    Bug(
        slug="softmax-jacobian-diagonal",
        title="softmax is differentiated as if its units did not see each other",
        group=_GROUP,
        wrong="delta = -y/a * a (1 - a) = -y (1 - a)",
        right="delta = a - y",
        symptom="It learns, but the units of the wrong classes are never pushed down; a gradient "
        "check fails for them.",
        hint="Every output of softmax depends on every z: da_j/dz_k = -a_j a_k for j != k. Summed "
        "over j, the whole is a - y. Use that, not a (1 - a).",
        equation="BP1",
        aimed_at="bp1/output-error",
        realisations=(replace(RIGHT, output_error=_diagonal_of_the_jacobian),),
        applies=every(CATEGORICAL, several_outputs),
    ),
    Bug(
        slug="output-error-sign",
        title="the output error has the wrong sign",
        group=_GROUP,
        wrong="delta = y - a, with w -= eta dw",
        right="delta = a - y, with w -= eta dw",
        symptom="The cost rises from the first step on.",
        hint="Descent subtracts the gradient, and the gradient of 1/2 (a - y)^2 is a - y. Turn "
        "the difference round, or add instead of subtracting, but not both.",
        equation="BP1",
        aimed_at="bp1/output-error",
        realisations=(replace(RIGHT, output_error=_reversed),),
        applies=always,
    ),
    Bug(
        slug="parenthesis-cross-entropy",
        title="a parenthesis is missing from the derivative of the cross-entropy",
        group=_GROUP,
        wrong="delta = (a - y) / a * (1 - a) * sigma'(z)",
        right="delta = (a - y) / (a * (1 - a)) * sigma'(z) = a - y",
        symptom="Outputs near 0 learn much too fast, outputs near 1 hardly at all.",
        hint="x / a * b is (x / a) * b in Python. Write x / (a * b), or simply a - y.",
        equation="BP1",
        aimed_at="bp1/output-error",
        realisations=(
            replace(RIGHT, output_error=_parenthesis),
            replace(RIGHT, output_error=_parenthesis_alone),
        ),
        applies=BINARY,
    ),
    Bug(
        slug="cost-mean-over-outputs",
        title="the gradient is a multiple of that of the cost which is reported",
        group=_GROUP,
        wrong="delta = (a - y) * sigma'(z) / k, k outputs; or times 2, or times 1/2",
        right="delta = (a - y) * sigma'(z)",
        symptom="It trains as with another learning rate; nothing else shows.",
        hint="If the cost is a mean over the output units, report that cost too; if it has no "
        "1/2, its derivative has a 2. Cost and gradient must be of one function.",
        equation="BP1",
        aimed_at="gradient/check",
        realisations=(
            _scale(1.0, over_outputs=True),
            _scale(2.0, over_outputs=False),
            _scale(0.5, over_outputs=False),
            _scale(2.0, over_outputs=True),
            # The other way round: the cost is a mean over the outputs, and the gradient is not.
            _scale_cost(1.0, over_outputs=True),
            _scale_cost(2.0, over_outputs=True),
            _scale_cost(2.0, over_outputs=False),
            _scale_cost(0.5, over_outputs=False),
        ),
        applies=several_outputs,
    ),
)
