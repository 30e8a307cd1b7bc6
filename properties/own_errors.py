"""The errors delta of a subject, read off its own gradients of one sample without penalty.

Lives here: Gradients, and delta as dW and db each have it. It knows the reference's forward pass;
of the subject only its gradients.

For one sample and lambda 0, BP4 says dW = delta a^T and BP3 db = delta. So delta can be read off
dW through any column j as dW[:, j] / a_j (the largest |a_j| loses least), and off db directly.

Every relation that the laws test is linear in the subject's numbers, with coefficients of the
reference's. A right subject's numbers are within `bound` of the expected ones; so whatever linear
combination is formed, its value for the subject is within the same combination of bounds, with
absolute coefficients, of its value for the expected answer. No allowance is made up: each law
compares the subject's residual of the equation with the residual of the expected answer, which is
0 but for rounding. At a kink the expected answer is that of the branch the subject is on, so that
whatever slope it takes there is no residual.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import Deviation
from refnet.law import Exchange, Quantity, compare_within, quantities, settled
from refnet.network import ForwardPass
from refnet.reference import network_of

ROUNDOFF = 2.0**-53
"""Unit roundoff of the float64 in which the laws themselves compute."""


@dataclass(frozen=True, eq=False)
class Gradients:
    """The gradients of one sample, of a subject and as expected, with the forward pass.

    `weights` and `biases` hold a Quantity for every layer, the first layer first, with bounds
    widened where the subject's numbers are too large.
    """

    forward: ForwardPass
    weights: tuple[Quantity, ...]
    biases: tuple[Quantity, ...]

    @property
    def depth(self) -> int:
        """The number of layers after the input."""
        return len(self.weights)

    def entering(self, layer: int) -> FloatArray:
        """Return the activations that enter a layer, counted from 0; shape (units, 1)."""
        return self.forward.activations[layer]


def gradients_of(exchange: Exchange) -> Gradients | None:
    """Return the gradients of an exchange about one sample, or None where they cannot be judged."""
    on_its_branch = settled(exchange, "gradients")
    found = [quantity.with_own_bound() for quantity in quantities(on_its_branch, "gradients")]
    if not found or exchange.problem.samples != 1:
        return None
    found.reverse()
    forward = network_of(exchange.problem).feedforward(exchange.problem.x)
    return Gradients(forward, tuple(found[1::2]), tuple(found[0::2]))


def error_from_weights(gradients: Gradients, layer: int) -> Quantity | None:
    """Read delta of a layer, counted from 0, off its dW; None where every input to it is 0.

    Shape (units, 1). Division rounds once: u |delta| is allowed for it.
    """
    a = gradients.entering(layer)[:, 0]
    through = int(np.abs(a).argmax())
    if a[through] == 0.0:
        return None
    scale = a[through]
    dw = gradients.weights[layer]
    got = dw.got[:, [through]] / scale
    return Quantity(
        f"delta of layer {layer + 1}, read off dW",
        got,
        dw.expected[:, [through]] / scale,
        dw.bound[:, [through]] / abs(scale) + 2.0 * ROUNDOFF * np.abs(got),
        ("unit", ""),
    )


def error_from_biases(gradients: Gradients, layer: int) -> Quantity:
    """Read delta of a layer, counted from 0, off its db; shape (units, 1)."""
    return replace(
        gradients.biases[layer],
        name=f"delta of layer {layer + 1}, read off db",
        axes=("unit", ""),
    )


def outer_product(gradients: Gradients, layer: int) -> Quantity | None:
    """Return dW of a layer beside delta a^T, delta read off one column of it: BP4.

    None where every input to the layer is 0. What is expected is delta a^T plus the residual of
    the expected answer; the bound is that of dW plus that of delta times |a|.
    """
    delta = error_from_weights(gradients, layer)
    if delta is None:
        return None
    a = gradients.entering(layer).T
    dw = gradients.weights[layer]
    residual = dw.expected - delta.expected * a
    rounding = 4.0 * ROUNDOFF * (np.abs(delta.got * a) + np.abs(delta.expected * a))
    return replace(
        dw,
        expected=delta.got * a + residual,
        bound=dw.bound + delta.bound * np.abs(a) + rounding,
    )


def own_errors(gradients: Gradients, layer: int) -> tuple[Quantity, ...]:
    """Return delta of a layer, counted from 0, as the subject has it: off dW, and off db.

    Off db alone where dW is not delta a^T: a wrong BP4 must not look like a wrong BP1 or BP2.
    """
    outer = outer_product(gradients, layer)
    delta = error_from_weights(gradients, layer)
    biases = error_from_biases(gradients, layer)
    if outer is None or delta is None or not holds(outer):
        return (biases,)
    return (delta, biases)


def settled_error(
    errors: tuple[Quantity, ...], against: Callable[[Quantity], Quantity]
) -> tuple[Quantity, Quantity]:
    """Return the first of a subject's own errors that obeys an equation, or the first of all.

    `against` puts an error beside what the equation makes of it; both are returned. Where dW and db
    disagree about delta, one that is right is enough for the equation that delta itself obeys: BP3
    and BP4 are about the other.
    """
    compared = [(error, against(error)) for error in errors]
    return next((pair for pair in compared if holds(pair[1])), compared[0])


def holds(quantity: Quantity) -> bool:
    """Tell whether every number is within its bound."""
    try:
        compare_within(quantity)
    except Deviation:
        return False
    return True
