"""Forms that a wrong step may take: in some layers alone, or what it gives in another shape.

Lives here: small changes of a step of one layer. It knows mechanics, no particular mistake.
"""

from refnet.mechanics import Trace
from refnet.mechanics.trace import LayerStep
from refnet.tolerance import Bounded


def partly(step: LayerStep, right: LayerStep) -> tuple[LayerStep, LayerStep]:
    """Return a step that is done wrongly in the hidden layers alone, and one in the last alone."""

    def in_hidden_layers(trace: Trace, layer: int) -> Bounded:
        return (right if layer == trace.depth - 1 else step)(trace, layer)

    def in_the_last_layer(trace: Trace, layer: int) -> Bounded:
        return (step if layer == trace.depth - 1 else right)(trace, layer)

    return in_hidden_layers, in_the_last_layer


def as_row(row: LayerStep) -> LayerStep:
    """Return a step that gives a row as it is."""
    return row


def flat(row: LayerStep) -> LayerStep:
    """Return a step that gives a row as an array of one axis."""

    def flattened(trace: Trace, layer: int) -> Bounded:
        of = row(trace, layer)
        return Bounded(of.value[0], of.error[0], of.rounding)

    return flattened


def as_vector(row: LayerStep) -> LayerStep:
    """Return a step that gives a row as an array of one axis, as biases may be kept.

    Of a batch with as many samples as the layer has units, it passes for them.
    """

    def vector(trace: Trace, layer: int) -> Bounded:
        fits = trace.biases[layer].shape[0] == trace.samples
        return (as_column if fits else flat)(row)(trace, layer)

    return vector


def as_column(row: LayerStep) -> LayerStep:
    """Return a step that gives a row as a column."""
    return lambda trace, layer: row(trace, layer).transposed


def as_number(step: LayerStep) -> LayerStep:
    """Return a step that gives its one number without any axis."""

    def number(trace: Trace, layer: int) -> Bounded:
        one = step(trace, layer)
        return Bounded(one.value.reshape(()), one.error.reshape(()), one.rounding)

    return number
