"""Mistakes in the gradients of the parameters, BP3 and BP4.

Lives here: wrong versions of db = mean of delta and dW = delta a^T / m. It knows mechanics,
nothing of laws.
"""

from dataclasses import replace

import numpy as np

from refnet.bugs.bug import Bug
from refnet.bugs.forms import as_column, as_number, as_row, as_vector, flat, partly
from refnet.bugs.situations import (
    always,
    asks,
    every,
    several_outputs,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import collected
from refnet.tolerance import Bounded

_GROUP = "parameter gradients"
_GRADIENTS = asks("gradients", "step")


def _with_own_activation(trace: Trace, layer: int) -> Bounded:
    product = trace.deltas[layer] @ trace.activations[layer + 1].transposed
    return product.scaled(1.0, trace.mechanics.divisor(trace))


def _transposed(trace: Trace, layer: int) -> Bounded:
    return RIGHT.weight_gradient(trace, layer).transposed


def _total(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer].total().scaled(1.0, trace.mechanics.divisor(trace))


def _total_everywhere(trace: Trace, layer: int) -> Bounded:
    everywhere = trace.biases[layer].exact(np.ones(trace.biases[layer].shape))
    return everywhere * _total(trace, layer)


def _mean_everywhere(trace: Trace, layer: int) -> Bounded:
    return _total_everywhere(trace, layer).scaled(1.0, trace.deltas[layer].shape[0])


def _mean(trace: Trace, layer: int) -> Bounded:
    return _total(trace, layer).scaled(1.0, trace.deltas[layer].shape[0])


def _delta_itself(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer].scaled(1.0, trace.mechanics.divisor(trace))


def _delta_in_rows(trace: Trace, layer: int) -> Bounded:
    return _delta_itself(trace, layer).transposed


def _delta_in_rows_of_biases(trace: Trace, layer: int) -> Bounded:
    """Return delta with a row for each sample; one row is what the biases are, and right."""
    return (_delta_in_rows if trace.samples > 1 else _delta_itself)(trace, layer)


def _sum_over_units(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer].column_sums().scaled(1.0, trace.mechanics.divisor(trace))


def _mean_over_units(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer].column_sums().scaled(1.0, trace.deltas[layer].shape[0])


def _unchanged(trace: Trace, layer: int) -> Bounded:
    return trace.biases[layer]


def _no_gradient(trace: Trace, layer: int) -> Bounded:
    return trace.biases[layer].exact(np.zeros(trace.biases[layer].shape))


def _scalar_product(trace: Trace, layer: int) -> Bounded:
    delta, a = trace.deltas[layer], trace.activations[layer]
    if delta.shape[0] != a.shape[0]:
        raise ValueError(
            f"shapes ({delta.shape[0]},) and ({a.shape[0]},) not aligned: {delta.shape[0]} "
            f"(dim 0) != {a.shape[0]} (dim 0)"
        )
    return (delta * a).total().scaled(1.0, trace.mechanics.divisor(trace))


def _scalar_product_everywhere(trace: Trace, layer: int) -> Bounded:
    weights = trace.weights[layer]
    return weights.exact(np.ones(weights.shape)) * _scalar_product(trace, layer)


def _nothing_in(first: bool) -> Mechanics:
    def skipping(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
        weights, biases = collected(trace, layer)
        if trace.depth > 1 and layer == (0 if first else trace.depth - 1):
            return weights.exact(np.zeros(weights.shape)), biases.exact(np.zeros(biases.shape))
        return weights, biases

    return replace(RIGHT, collected=skipping)


BUGS = (
    Bug(
        slug="weight-gradient-uses-own-activation",
        title="the gradient of the weights uses the activation after the layer, not before it",
        group=_GROUP,
        wrong="dW_l = delta_l a_l^T",
        right="dW_l = delta_l a_{l-1}^T",
        symptom="An exception about shapes, unless the layers have the same size: then the "
        "predictions come out inverted.",
        hint="A weight multiplies what comes into the layer, so its gradient does too. Check the "
        "index of the activations: the input counts as the first.",
        equation="BP4",
        aimed_at="bp4/weight-gradient",
        realisations=(
            replace(RIGHT, weight_gradient=_with_own_activation),
            *(
                replace(RIGHT, weight_gradient=each)
                for each in partly(_with_own_activation, RIGHT.weight_gradient)
            ),
        ),
        applies=_GRADIENTS,
    ),
    Bug(
        slug="weight-gradient-transposed",
        title="the gradient of the weights is transposed",
        group=_GROUP,
        wrong="dW_l = a_{l-1} delta_l^T",
        right="dW_l = delta_l a_{l-1}^T",
        symptom="A gradient of the wrong shape, unless the layers have the same size: then it is "
        "silent.",
        hint="dW has the shape of W: one row for each unit of the layer, as delta has.",
        equation="BP4",
        aimed_at="bp4/weight-gradient",
        realisations=(
            replace(RIGHT, weight_gradient=_transposed),
            *(
                replace(RIGHT, weight_gradient=each)
                for each in partly(_transposed, RIGHT.weight_gradient)
            ),
        ),
        applies=_GRADIENTS,
    ),
    Bug(
        slug="bias-gradient-scalar",
        title="all biases of a layer get one number, the sum over all its units",
        group=_GROUP,
        wrong="db = np.sum(delta) / m",
        right="db = sum of delta over the samples / m",
        symptom="The biases of a layer stay equal; under softmax those of the output never learn, "
        "since delta sums to 0 there.",
        hint="Sum over the samples only: axis=1 where one column is one sample, axis=0 where one "
        "row is, with keepdims=True.",
        equation="BP3",
        aimed_at="bp3/bias-gradient",
        realisations=(
            replace(RIGHT, bias_gradient=_total_everywhere),
            replace(RIGHT, bias_gradient=_mean_everywhere),
            replace(RIGHT, bias_gradient=_total),
            replace(RIGHT, bias_gradient=as_number(_total)),
            replace(RIGHT, bias_gradient=as_number(_mean)),
            *(
                replace(RIGHT, bias_gradient=each)
                for each in partly(_total_everywhere, RIGHT.bias_gradient)
            ),
            *(
                replace(RIGHT, bias_gradient=each)
                for wrong in (as_number(_total), _mean_everywhere, as_number(_mean))
                for each in partly(wrong, RIGHT.bias_gradient)
            ),
        ),
        applies=every(several_outputs, _GRADIENTS),
    ),
    Bug(
        slug="bias-gradient-wrong-axis",
        title="the gradient of the biases is summed along the wrong axis, or not at all",
        group=_GROUP,
        wrong="db = delta / m, or sum of delta over the units / m",
        right="db = sum of delta over the samples / m",
        symptom="b grows from one column or row to as many as there are samples, at the first "
        "step; the next batch of another size fails.",
        hint="Summing over the samples is axis=1 where one column is one sample, axis=0 where one "
        "row is.",
        equation="BP3",
        aimed_at="shape/gradients",
        realisations=(
            replace(RIGHT, bias_gradient=_delta_itself),
            replace(RIGHT, bias_gradient=_delta_in_rows),
            replace(RIGHT, bias_gradient=_delta_in_rows_of_biases),
            *(
                replace(RIGHT, bias_gradient=form(over_units))
                for over_units in (_sum_over_units, _mean_over_units)
                for form in (as_row, flat, as_vector, as_column)
            ),
        ),
        applies=_GRADIENTS,
    ),
    Bug(
        slug="bias-frozen",
        title="the biases of a layer, or of all, are never updated",
        group=_GROUP,
        wrong="b stays b",
        right="b -= eta db",
        symptom="The biases keep their first values; harmless on MNIST, fatal where the classes "
        "are not centred.",
        hint="Look for the line that updates the biases, and for a gradient that is computed but "
        "never subtracted.",
        equation="step",
        aimed_at="step/update",
        realisations=(
            replace(RIGHT, updated_bias=_unchanged),
            replace(RIGHT, bias_gradient=_no_gradient),
            replace(RIGHT, bias_gradient=_unchanged),
            *(replace(RIGHT, updated_bias=each) for each in partly(_unchanged, RIGHT.updated_bias)),
        ),
        applies=_GRADIENTS,
    ),
    Bug(
        slug="layer-skipped",
        title="the backward loop leaves out a layer, which never learns",
        group=_GROUP,
        wrong="for l in range(L - 1, 1, -1)",
        right="for l in range(L - 1, 0, -1)",
        symptom="Accuracy hardly changes: random first-layer weights are good features already.",
        hint="Compare the first layer's weights before and after training. Check where the "
        "backward loop ends.",
        equation="BP4",
        aimed_at="bp2/hidden-error",
        realisations=(_nothing_in(first=True), _nothing_in(first=False)),
        applies=every(lambda problem: len(problem.activations) > 1, _GRADIENTS),
    ),
    Bug(
        slug="one-dimensional-dot",
        title="the dot product of two one-dimensional arrays stands for their outer product",
        group=_GROUP,
        wrong="dW = np.dot(delta, a), one number",
        right="dW = np.outer(delta, a), or delta @ a.T of columns",
        symptom="An exception about shapes; where the layers have the same size, one number that "
        "broadcasts over all weights.",
        hint="Keep vectors as columns of shape (n, 1); then delta @ a.T is the outer product.",
        equation="BP4",
        aimed_at="shape/gradients",
        realisations=(
            replace(RIGHT, weight_gradient=_scalar_product_everywhere),
            replace(RIGHT, weight_gradient=as_number(_scalar_product)),
            *(
                replace(RIGHT, weight_gradient=each)
                for each in partly(_scalar_product_everywhere, RIGHT.weight_gradient)
            ),
            *(
                replace(RIGHT, weight_gradient=each)
                for each in partly(as_number(_scalar_product), RIGHT.weight_gradient)
            ),
        ),
        applies=always,
    ),
)
