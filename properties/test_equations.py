"""Each of the four equations on its own, on the subject's own numbers.

Guards against the write-up's reversed product (W delta in the place of W^T delta) and everything
else that is wrong with one equation, and says which: one sample, lambda 0, so that averaging and
the penalty have no part in it. Where the output error is wrong and everything behind it follows
from it rightly, BP1 is broken and BP3 and BP4 are not.

How delta is read off a subject's gradients, and why no allowance is made up: own_errors.py.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from refnet.costs import cost_by_name
from refnet.law import Exchange, Quantity, compare_within, law
from refnet.reference import network_of
from refnet.subjects.protocol import Head

from .holding import hold
from .own_errors import (
    ROUNDOFF,
    Gradients,
    error_from_weights,
    gradients_of,
    holds,
    outer_product,
    own_errors,
    settled_error,
)
from .questions import one_sample_without_penalty


@law(
    "bp1/output-error",
    title="delta of the output layer = dC/da * sigma'(z)",
    equation="BP1",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    questions=one_sample_without_penalty,
)
def output_error(exchanges: Sequence[Exchange]) -> None:
    """Compare the subject's delta of the output layer with the formula."""
    for exchange in exchanges:
        gradients = gradients_of(exchange)
        if gradients is not None:
            _, compared = _output_error(exchange, gradients)
            compare_within(compared, "BP1")


def _output_error(exchange: Exchange, gradients: Gradients) -> tuple[Quantity, Quantity]:
    """Return the subject's delta of the output layer, and the same beside BP1.

    The formula is evaluated by the reference; by how much it differs from the expected answer is
    added to the bound.
    """
    network = network_of(exchange.problem)
    cost = cost_by_name(exchange.problem.cost)
    z, y = gradients.forward.zs[-1], exchange.problem.y
    formula = cost.output_error(network.activations[-1], z, y)

    def against(delta: Quantity) -> Quantity:
        off = np.abs(formula - delta.expected)
        return replace(delta, expected=formula, bound=delta.bound + off)

    return settled_error(own_errors(gradients, gradients.depth - 1), against)


@law(
    "bp2/hidden-error",
    title="delta of a layer = (W^T delta of the next layer) * sigma'(z)",
    equation="BP2",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs", "bp1/output-error"),
    questions=one_sample_without_penalty,
)
def hidden_error(exchanges: Sequence[Exchange]) -> None:
    """Put the subject's own delta of each layer through BP2, compare with its delta before."""
    for exchange in exchanges:
        gradients = gradients_of(exchange)
        if gradients is None:
            continue
        behind, _ = _output_error(exchange, gradients)
        for layer in range(gradients.depth - 2, -1, -1):
            through = _through(exchange, gradients, layer, behind)
            behind, compared = settled_error(own_errors(gradients, layer), through)
            remark = f"that is what its own delta of layer {layer + 2} becomes by BP2"
            compare_within(compared, "BP2", remark)


def _through(
    exchange: Exchange, gradients: Gradients, layer: int, behind: Quantity
) -> Callable[[Quantity], Quantity]:
    """Return what puts delta of a layer, counted from 0, beside BP2 of the delta behind it.

    The subject's residual delta_l - (W^T delta_(l+1)) sigma'(z_l) is held to that of the expected
    answer, within E(delta_l) + (|W^T| E(delta_(l+1))) |sigma'(z_l)| and what the law itself rounds:
    gamma(fan-out + 2) of the absolute terms, for both.
    """
    network = network_of(exchange.problem)
    back = network.parameters.weights[layer + 1].T
    slope = network.activations[layer].derivative(gradients.forward.zs[layer])
    through = (back @ behind.got) * slope
    sizes = (np.abs(back) @ (np.abs(behind.got) + np.abs(behind.expected))) * np.abs(slope)
    rounding = 2.0 * (behind.got.shape[0] + 2) * ROUNDOFF * sizes
    spread = (np.abs(back) @ behind.bound) * np.abs(slope)

    def against(delta: Quantity) -> Quantity:
        residual = delta.expected - (back @ behind.expected) * slope
        bound = delta.bound + spread + rounding
        return replace(delta, expected=through + residual, bound=bound)

    return against


@law(
    "bp3/bias-gradient",
    title="dC/db of a layer = its delta",
    equation="BP3",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    questions=one_sample_without_penalty,
)
def bias_gradient(exchanges: Sequence[Exchange]) -> None:
    """Compare db with the delta read off dW, in every layer whose dW is delta times a."""
    for gradients, layer, outer in _outer_products(exchanges):
        delta = error_from_weights(gradients, layer)
        if delta is None or not holds(outer):
            continue
        db = gradients.biases[layer]
        compare_within(
            replace(
                db,
                expected=delta.got + (db.expected - delta.expected),
                bound=db.bound + delta.bound,
            ),
            "BP3",
            "that is its own delta, read off dW",
        )


@law(
    "bp4/weight-gradient",
    title="dC/dW of a layer = its delta times the activations that enter it",
    equation="BP4",
    needs=("gradients",),
    follows=("shape/gradients", "forward/outputs"),
    questions=one_sample_without_penalty,
)
def weight_gradient(exchanges: Sequence[Exchange]) -> None:
    """Compare dW with delta a^T, delta read off the column of dW where |a| is largest."""
    for _, _, outer in _outer_products(exchanges):
        compare_within(outer, "BP4", "that is its own delta, read off another column, times a")


def _outer_products(
    exchanges: Sequence[Exchange],
) -> Iterator[tuple[Gradients, int, Quantity]]:
    """Yield dW beside delta a^T where it can be, layer by layer from the last one."""
    for exchange in exchanges:
        gradients = gradients_of(exchange)
        if gradients is None:
            continue
        for layer in range(gradients.depth - 1, -1, -1):
            outer = outer_product(gradients, layer)
            if outer is not None:
                yield gradients, layer, outer


def test_each_equation_holds_in_the_reference(head: Head) -> None:
    for equation in (output_error, hidden_error, bias_gradient, weight_gradient):
        hold(equation, head)
