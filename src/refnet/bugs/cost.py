"""Mistakes in the value of the cost, the gradient being right.

Lives here: wrong versions of C, which are only seen where a network reports its cost. It knows
mechanics, nothing of laws.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from refnet.bounded_functions import LIBRARY, complement, natural_logarithm, square_root
from refnet.bugs.bug import Bug
from refnet.bugs.masking import masked
from refnet.bugs.situations import (
    BINARY,
    CROSS_ENTROPY,
    QUADRATIC,
    asks,
    curved_output,
    every,
    several_samples,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import weighed
from refnet.mechanics.trace import Step
from refnet.tolerance import Bounded

_GROUP = "cost"
_COST = asks("cost")

LOGARITHMIC = ("binary_cross_entropy", "categorical_cross_entropy")
"""The costs that take logarithms of the outputs."""

Guard = Callable[[Bounded], Bounded]
"""What is done to an output before its logarithm is taken."""


def _mean(trace: Trace, terms: Bounded) -> Bounded:
    return terms.total(LIBRARY).scaled(1.0, trace.samples)


def _only_for(costs: Collection[str], wrong: Step) -> Mechanics:
    """Make the mechanics of somebody who gets only these costs wrong."""

    def cost(trace: Trace) -> Bounded:
        return wrong(trace) if trace.problem.cost in costs else RIGHT.cost(trace)

    return replace(RIGHT, cost=cost)


def _categorical(trace: Trace) -> Bounded:
    return _mean(trace, -weighed(trace.y, natural_logarithm(trace.activations[-1])))


def _half_square_of_delta(trace: Trace) -> Bounded:
    delta = trace.mechanics.output_error(trace)
    return _mean(trace, (delta * delta).scaled(1.0, 2.0))


def _matrix(trace: Trace) -> Bounded:
    a, y = trace.activations[-1], trace.y
    product = y.transposed @ natural_logarithm(a)
    if trace.problem.cost == "binary_cross_entropy":
        product = product + complement(y).transposed @ natural_logarithm(complement(a))
    return _mean(trace, -product)


def _norms(trace: Trace) -> Bounded:
    off = trace.mechanics.difference(trace)
    return _mean(trace, square_root((off * off).column_sums()))


def _norm_of_the_batch(trace: Trace) -> Bounded:
    off = trace.mechanics.difference(trace)
    return square_root((off * off).total())


def _norm_beside(trace: Trace, norm: Step, factor: float, over_outputs: bool) -> Bounded:
    """Return a norm for somebody whose gradients are those of `factor` times the book's cost."""
    units = trace.problem.sizes[-1] if over_outputs else 1
    return norm(trace).scaled(units, factor)


def _every_norm() -> tuple[Mechanics, ...]:
    """List the norms, beside gradients of any customary multiple of the book's cost.

    A convention takes an answer for that multiple; a norm is what it is.
    """
    return tuple(
        _only_for(
            ("quadratic",), partial(_norm_beside, norm=norm, factor=factor, over_outputs=over)
        )
        for norm in (_norms, _norm_of_the_batch)
        for factor in (1.0, 2.0)
        for over in (False, True)
    )


def _plain_logarithms(trace: Trace, guard: Guard, *, nan_is_zero: bool) -> Bounded:
    a, y = trace.activations[-1], trace.y
    terms = y * natural_logarithm(guard(a))
    if trace.problem.cost == "binary_cross_entropy":
        terms = terms + complement(y) * natural_logarithm(guard(complement(a)))
    if nan_is_zero:
        most = terms.rounding.precision.largest
        finite = np.nan_to_num(terms.value, posinf=most, neginf=-most)
        terms = Bounded(finite, terms.error, terms.rounding)
    return _mean(trace, -terms)


def _unguarded(*, nan_is_zero: bool) -> Mechanics:
    unguarded = partial(_plain_logarithms, guard=lambda a: a, nan_is_zero=nan_is_zero)
    return _only_for(LOGARITHMIC, unguarded)


def _with_epsilon(epsilon: float) -> Mechanics:
    def add(a: Bounded) -> Bounded:
        return a + a.exact(np.full((1, 1), epsilon))

    return _only_for(LOGARITHMIC, partial(_plain_logarithms, guard=add, nan_is_zero=False))


def _clipped(epsilon: float) -> Mechanics:
    def clip(a: Bounded) -> Bounded:
        return Bounded(np.clip(a.value, epsilon, 1.0 - epsilon), a.error, a.rounding)

    return _only_for(LOGARITHMIC, partial(_plain_logarithms, guard=clip, nan_is_zero=False))


def _floored(epsilon: float) -> Mechanics:
    def lift(a: Bounded) -> Bounded:
        return Bounded(np.maximum(a.value, epsilon), a.error, a.rounding)

    return _only_for(LOGARITHMIC, partial(_plain_logarithms, guard=lift, nan_is_zero=False))


def _quotient(epsilon: float) -> Mechanics:
    """Make the mechanics that divide by a (1 - a) and multiply by it again."""

    def output_error(trace: Trace) -> Bounded:
        if trace.problem.cost != "binary_cross_entropy":
            return RIGHT.output_error(trace)
        a = trace.activations[-1]
        slope = a * complement(a)
        guarded = slope + slope.exact(np.full((1, 1), epsilon))
        return trace.mechanics.difference(trace) / guarded * slope

    return replace(RIGHT, output_error=output_error)


def _and_quotient(cost: Mechanics) -> Mechanics:
    """Make the mechanics of dC/da = (1 - y) / (1 - a) - y / a, beside that cost."""
    return replace(cost, output_error=_quotient(0.0).output_error)


EPSILONS = (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
"""What people add inside a logarithm."""

RARE_EPSILONS = (
    *(1e-16, 2.0**-52, 1e-14, 1e-11, 1e-13, 1e-6, 1e-5, 1e-4, 1e-3, 2.0**-23, 1e-20, 1e-18),
    *(1e-300, 1e-30, 1e-100, 1e-50, 1e-200, 1e-308, 2.0**-1022),
)
"""What else they add there, looked for where no other does; the machine epsilons among them."""

UNGUARDED = (
    _unguarded(nan_is_zero=False),
    _unguarded(nan_is_zero=True),
    _only_for(("categorical_cross_entropy",), _categorical),  # of the right class alone
)
"""The costs that take logarithms of outputs as they are: right where none is 0 or 1."""

OF_LOGARITHMS = (*UNGUARDED, *(_with_epsilon(epsilon) for epsilon in EPSILONS))
"""The costs that take logarithms of outputs as they are, or of these and an epsilon."""


def rare_guards() -> Iterator[Mechanics]:
    """Yield the costs whose logarithms are kept from 0 as few people keep them."""
    for epsilon in EPSILONS:
        yield _floored(epsilon)
    for epsilon in RARE_EPSILONS:
        yield from (_with_epsilon(epsilon), _clipped(epsilon), _floored(epsilon))


BUGS = (
    Bug(
        slug="sigmoid-with-categorical-cost",
        title="the cost leaves out the units that should be 0",
        group=_GROUP,
        wrong="C = -sum y ln a, with sigmoid outputs and delta = a - y",
        right="C = -sum [y ln a + (1 - y) ln(1 - a)]",
        symptom="The reported cost reaches 0 by all outputs being 1, while the gradient works "
        "against it.",
        hint="a - y is the output error of the binary cross-entropy for sigmoid outputs. -sum y "
        "ln a belongs with softmax, where pushing one output up pushes the others down.",
        equation="cost",
        aimed_at="cost/value",
        realisations=(_only_for(("binary_cross_entropy",), _categorical),),
        applies=every(BINARY, _COST),
    ),
    Bug(
        slug="derivative-for-cost",
        title="the output error stands where a - y belongs in the cost",
        group=_GROUP,
        wrong="C = 1/2 sum ((a - y) sigma'(z))^2",
        right="C = 1/2 sum (a - y)^2",
        symptom="The reported cost is tiny and falls when units saturate on the wrong side.",
        hint="The cost is a function of a and y alone; sigma' belongs to its derivative. Look for "
        "delta in the function that reports the cost.",
        equation="cost",
        aimed_at="cost/value",
        realisations=(_only_for(("quadratic",), _half_square_of_delta),),
        applies=every(QUADRATIC, curved_output, _COST),
    ),
    Bug(
        slug="cost-matrix",
        title="the cost sums over every pair of samples",
        group=_GROUP,
        wrong="C = -sum over all entries of Y^T ln A, an m x m matrix",
        right="C = -sum of Y * ln A, entry by entry",
        symptom="The reported cost grows with the batch and depends on which samples are in it.",
        hint="Y.T @ log(A) multiplies the labels of each sample with the outputs of all the "
        "others. Multiply elementwise with *, then sum.",
        equation="cost",
        aimed_at="cost/value",
        realisations=(_only_for(LOGARITHMIC, _matrix),),
        applies=every(CROSS_ENTROPY, several_samples, _COST),
    ),
    Bug(
        slug="norm-not-squared",
        title="the cost is the norm of the error, not half its square",
        group=_GROUP,
        wrong="C = |a - y|",
        right="C = 1/2 |a - y|^2",
        symptom="The reported cost falls more slowly than it should; the network trains as well "
        "as ever, because its gradient is that of the square.",
        hint="numpy.linalg.norm takes a square root. Square it and halve it.",
        equation="cost",
        aimed_at="cost/value",
        realisations=_every_norm(),
        applies=every(QUADRATIC, _COST),
    ),
    Bug(
        slug="log-without-guard",
        title="a logarithm is taken of an output that has been rounded to 0 or 1",
        group=_GROUP,
        wrong="ln a and ln(1 - a) of what a has been rounded to, also with an epsilon inside ln",
        right="ln a from z: -logaddexp(0, -z) for sigmoid; d - ln(sum of exp(d)) for softmax, with "
        "d = z - max z",
        symptom="NaN or infinity in the cost as soon as a unit saturates; with an epsilon, a cost "
        "that stops growing at -ln(epsilon).",
        hint="From z = 37 on sigmoid is 1 exactly in float64, from 17 in float32, and ln(1 - a) is "
        "-infinity; softmax rounds to 0 what is 746 below the largest z. Compute the cost from z; "
        "an epsilon makes it another function.",
        equation="cost",
        aimed_at="extremes/cost",
        realisations=(
            *OF_LOGARITHMS,
            *(_clipped(epsilon) for epsilon in EPSILONS),
            *(_quotient(epsilon) for epsilon in (0.0, *EPSILONS)),
            masked(_quotient(0.0)),
            *(_and_quotient(cost) for cost in OF_LOGARITHMS),
            *(masked(_and_quotient(cost)) for cost in OF_LOGARITHMS),
        ),
        applies=every(CROSS_ENTROPY, asks("cost", "gradients", "step")),
        grade="unstable",
    ),
)
