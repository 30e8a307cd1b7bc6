"""The output error is made of the derivative of the cost, not of the cost.

Guards against the write-up's first bug: 1/2 (a - y)^2 sigma'(z) in the place of
(a - y) sigma'(z). A cost is never negative, so delta loses its sign and the network climbs.

No oracle is needed to see it. Seen as a function of the target y at one sample, the output error
of every cost here is linear in a - y: it is 0 at y = a, odd, and twice as large for twice the
error. With the quadratic cost y may be any number, and each of these is asked as it stands. The
cross-entropies are only asked about labels, 0 or 1 and one-hot, since a network may know nothing
else. Linearity then says that the errors for all the labels, weighted with the outputs a,
cancel: sum of a_c (a - e_c) over the classes c is a - a = 0, and so is a (a - 1) + (1 - a) a.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType

import numpy as np

from refnet.arrays import FloatArray
from refnet.law import Exchange, Quantity, compare_within, law
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head

from .holding import hold
from .own_errors import ROUNDOFF, gradients_of, own_errors
from .questions import one_sample_without_penalty, with_targets

OFFSETS = (0.5, -1.0, 1.5, -0.5, 2.0)
"""How far a - y is from 0 for the units in turn: of either sign, exact in every format."""


def moved_targets(problem: Problem) -> tuple[Problem, ...]:
    """Ask at one sample: at y = a, a - e, a + e, a + 2e; or for every label there is."""
    (question,) = one_sample_without_penalty(problem)
    outputs = network_of(question).feedforward(question.x).outputs
    units = outputs.shape[0]
    if question.cost == "categorical_cross_entropy":
        return tuple(with_targets(question, y.reshape(-1, 1)) for y in np.eye(units))
    if question.cost == "binary_cross_entropy":
        return tuple(with_targets(question, np.full((units, 1), bit)) for bit in (1.0, 0.0))
    e = np.resize(np.array(OFFSETS), (units, 1))
    return tuple(with_targets(question, outputs + step * e) for step in (0.0, -1.0, 1.0, 2.0))


@law(
    "bp1/derivative-not-cost",
    title="the output error is linear in a - y: 0 at a = y, odd, doubled by a double error",
    equation="BP1",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    questions=moved_targets,
)
def derivative_not_cost(exchanges: Sequence[Exchange]) -> None:
    """Hold the output errors at several targets to each other."""
    errors = [_output_error(exchange) for exchange in exchanges]
    read = [error for error in errors if error is not None]
    if len(read) == len(exchanges):
        _RELATIONS[exchanges[0].problem.cost](exchanges, read)


def _output_error(exchange: Exchange) -> Quantity | None:
    gradients = gradients_of(exchange)
    return None if gradients is None else own_errors(gradients, gradients.depth - 1)[0]


def _of_any_target(exchanges: Sequence[Exchange], errors: Sequence[Quantity]) -> None:
    at_zero, minus, plus, twice = errors
    # y = a + e is rounded, and a is the reference's: at most u (|a| + 2 |e|) in a - y, and no
    # activation is steeper than 1.
    sizes = np.maximum.reduce([np.abs(exchange.problem.y) for exchange in exchanges])
    rounded = 4.0 * ROUNDOFF * (sizes + max(OFFSETS))
    _vanishes(
        ((1.0, at_zero),),
        rounded,
        "the output error where y = a",
        "where nothing is wrong nothing may change: delta has the factor a - y",
    )
    _vanishes(
        ((1.0, plus), (1.0, minus)),
        2.0 * rounded,
        "the sum of the output errors at y = a + e and y = a - e",
        "delta must change its sign with a - y, as a derivative does and a square does not",
    )
    _vanishes(
        ((1.0, twice), (-2.0, plus)),
        3.0 * rounded,
        "the output error at y = a + 2e less twice that at y = a + e",
        "delta must be twice as large for twice the error",
    )


def _of_bits(exchanges: Sequence[Exchange], errors: Sequence[Quantity]) -> None:
    a = _outputs(exchanges[0])
    _vanishes(
        ((a, errors[0]), (1.0 - a, errors[1])),
        4.0 * ROUNDOFF * np.ones(a.shape),
        "a (delta for y = 1) + (1 - a) (delta for y = 0)",
        "delta must be linear in a - y, as the derivative is: a (a - 1) + (1 - a) a = 0",
    )


def _of_labels(exchanges: Sequence[Exchange], errors: Sequence[Quantity]) -> None:
    a = _outputs(exchanges[0])
    _vanishes(
        tuple((float(share), error) for share, error in zip(a[:, 0], errors, strict=True)),
        2.0 * (len(errors) + 2) * ROUNDOFF * np.ones(a.shape),
        "the output errors for every label, weighted with the outputs and added up",
        "delta must be linear in a - y, as the derivative is: sum of a_c (a - e_c) = 0",
    )


_RELATIONS: Mapping[str, Callable[[Sequence[Exchange], Sequence[Quantity]], None]] = (
    MappingProxyType(
        {
            "quadratic": _of_any_target,
            "binary_cross_entropy": _of_bits,
            "categorical_cross_entropy": _of_labels,
        }
    )
)


def _outputs(exchange: Exchange) -> FloatArray:
    return network_of(exchange.problem).feedforward(exchange.problem.x).outputs


def _vanishes(
    terms: Sequence[tuple[FloatArray | float, Quantity]],
    rounded: FloatArray,
    name: str,
    remark: str,
) -> None:
    """Hold a combination of output errors to 0, within the same combination of their bounds."""
    got = reduce(np.add, [share * error.got for share, error in terms])
    bound = reduce(np.add, [np.abs(share) * error.bound for share, error in terms])
    # The law's own sum: one rounding for each product and each addition.
    sizes = reduce(np.add, [np.abs(share * error.got) for share, error in terms])
    bound = bound + rounded + len(terms) * 2.0 * ROUNDOFF * np.where(np.isfinite(sizes), sizes, 0.0)
    compare_within(Quantity(name, got, np.zeros(got.shape), bound, ("unit", "")), "BP1", remark)


def test_the_output_error_of_the_reference_is_odd_and_linear(head: Head) -> None:
    hold(derivative_not_cost, head)
