"""Mistakes in carrying the error backwards through the layers, BP2.

Lives here: wrong versions of delta_l = W_{l+1}^T delta_{l+1} * sigma'(z_l), its two factors
included. It knows mechanics, nothing of laws.
"""

from dataclasses import replace

from refnet.bugs.bug import Bug
from refnet.bugs.situations import (
    asks,
    curved_output,
    every,
    hidden_layers,
)
from refnet.mechanics import RIGHT, Trace
from refnet.mechanics.right import output_error, sigma_prime
from refnet.problem import Problem
from refnet.tolerance import Bounded

_GROUP = "hidden error"
_ONE_HIDDEN = hidden_layers(at_least=1)


def _product_reversed(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer + 1] @ trace.deltas[layer + 1]


def _product_from_the_left(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer + 1] @ trace.weights[layer + 1]


def _raw_error(trace: Trace, layer: int) -> Bounded:
    error = trace.mechanics.difference(trace)
    for above in range(trace.depth - 1, layer, -1):
        error = trace.weights[above].transposed @ error
    return error * trace.mechanics.derivative(trace, layer)


def _visible_raw(problem: Problem) -> bool:
    if len(problem.activations) < 2:
        return False
    inner = any(name != "identity" for name in problem.activations[1:-1])
    return inner or (problem.cost == "quadratic" and curved_output(problem))


def _is_hidden(trace: Trace, layer: int) -> bool:
    return layer < trace.depth - 1


def _weights_already_updated(trace: Trace, layer: int) -> Bounded:
    if not trace.descending:
        return RIGHT.propagated(trace, layer)
    return trace.mechanics.updated_weight(trace, layer + 1).transposed @ trace.deltas[layer + 1]


def _weights_of_this_layer(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer].transposed @ trace.deltas[layer + 1]


def _weights_of_the_mirrored_layer(trace: Trace, layer: int) -> Bounded:
    return trace.weights[trace.depth - 1 - layer].transposed @ trace.deltas[layer + 1]


def _derivative_of_the_next_layer(trace: Trace, layer: int) -> Bounded:
    other = min(layer + 1, trace.depth - 1)
    return sigma_prime(trace, layer, trace.remembered[other])


def _derivative_of_the_layer_before(trace: Trace, layer: int) -> Bounded:
    other = layer if not _is_hidden(trace, layer) else max(layer - 1, 0)
    return sigma_prime(trace, layer, trace.remembered[other])


def _derivative_of_the_mirrored_layer(trace: Trace, layer: int) -> Bounded:
    other = layer if not _is_hidden(trace, layer) else trace.depth - 2 - layer
    return sigma_prime(trace, layer, trace.remembered[other])


def _activations_of_the_layer_before(trace: Trace, layer: int) -> Bounded:
    a = trace.activations[max(layer - 1, 0)]
    return (trace.deltas[layer] @ a.transposed).scaled(1.0, trace.mechanics.divisor(trace))


def _delta_of_the_last_sample(trace: Trace) -> Bounded:
    return output_error(trace).columns([trace.samples - 1] * trace.samples)


def _delta_of_the_first_sample(trace: Trace) -> Bounded:
    return output_error(trace).columns([0] * trace.samples)


def _delta_of_the_sample_before(trace: Trace) -> Bounded:
    return output_error(trace).columns([max(i - 1, 0) for i in range(trace.samples)])


def _delta_of_the_next_layer(trace: Trace, layer: int) -> Bounded:
    return trace.deltas[layer + 1] * trace.mechanics.derivative(trace, layer)


def _sums_of_weights(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer + 1].row_sums().transposed @ trace.deltas[layer + 1]


def _sum_of_all_weights(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer + 1].total() * trace.deltas[layer + 1].column_sums()


def _elementwise(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer + 1].transposed * trace.deltas[layer + 1]


def _matrix_product(trace: Trace, layer: int) -> Bounded:
    return RIGHT.propagated(trace, layer) @ trace.mechanics.derivative(trace, layer)


def _matrix_product_in_the_output_error(trace: Trace) -> Bounded:
    if trace.problem.cost != "quadratic":
        return output_error(trace)
    slope = trace.mechanics.derivative(trace, trace.depth - 1)
    return trace.mechanics.difference(trace) @ slope


def _elementwise_forward(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer] * trace.activations[layer] + trace.biases[layer]


def _elementwise_gradient(trace: Trace, layer: int) -> Bounded:
    product = trace.deltas[layer] * trace.activations[layer].transposed
    return product.scaled(1.0, trace.mechanics.divisor(trace))


BUGS = (
    Bug(
        slug="reversed-product",
        title="the product of BP2 is taken with W in the place of its transpose",
        group=_GROUP,
        wrong="delta_l = W_{l+1} delta_{l+1} * sigma'(z_l)",
        right="delta_l = W_{l+1}^T delta_{l+1} * sigma'(z_l)",
        symptom="An exception about shapes, unless neighbouring layers have the same size: then "
        "it is silent, and the hidden layers learn noise.",
        hint="Forward, W takes a layer to the next; the error goes the other way, so the weight "
        "from unit j to unit k carries the error of k back to j. Write W.T @ delta.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(
            replace(RIGHT, propagated=_product_reversed),
            replace(RIGHT, propagated=_product_from_the_left),
        ),
        applies=_ONE_HIDDEN,
    ),
    Bug(
        slug="raw-error-propagated",
        title="the error is carried back before sigma' is multiplied in",
        group=_GROUP,
        wrong="e_l = W_{l+1}^T e_{l+1}, delta_l = e_l * sigma'(z_l)",
        right="delta_l = W_{l+1}^T delta_{l+1} * sigma'(z_l)",
        symptom="MNIST trains as well as ever, even better: accuracy cannot see it.",
        hint="What goes back through W^T is delta of the next layer, sigma' of that layer "
        "included, not the error before it.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(replace(RIGHT, hidden_error=_raw_error),),
        applies=_visible_raw,
    ),
    Bug(
        slug="updated-weights-used",
        title="the error goes back through weights that have been updated already",
        group=_GROUP,
        wrong="W -= eta dW, then delta_l = W^T delta * sigma'(z_l)",
        right="all gradients first, then W -= eta dW in every layer",
        symptom="The step is off by an amount that vanishes with the learning rate, so that it "
        "trains; a step at a large rate shows it.",
        hint="Finish the loop over the layers before changing any weight.",
        equation="BP2",
        aimed_at="step/update",
        realisations=(replace(RIGHT, propagated=_weights_already_updated),),
        applies=every(_ONE_HIDDEN, asks("step")),
    ),
    Bug(
        slug="layer-off-by-one",
        title="a step of the way back uses W, z or a of a neighbouring layer",
        group=_GROUP,
        wrong="delta_l = W_{l+1}^T delta_{l+1} * sigma'(z of another layer); or W_l, or a_{l-2}",
        right="delta_l = W_{l+1}^T delta_{l+1} * sigma'(z_l), dW_l = delta_l a_{l-1}^T",
        symptom="Right with one hidden layer, an exception where the layers differ in size, "
        "silently wrong where they do not.",
        hint="Print the index of W, z and a in each turn of the backward loop. Lists that were "
        "filled from the output backwards have their first layer at the end.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(
            replace(RIGHT, derivative=_derivative_of_the_mirrored_layer),
            replace(RIGHT, derivative=_derivative_of_the_next_layer),
            replace(RIGHT, derivative=_derivative_of_the_layer_before),
            replace(RIGHT, propagated=_weights_of_this_layer),
            replace(RIGHT, propagated=_weights_of_the_mirrored_layer),
            replace(RIGHT, weight_gradient=_activations_of_the_layer_before),
        ),
        applies=_ONE_HIDDEN,
    ),
    Bug(
        slug="delta-reused",
        title="a delta of another sample or layer is used again",
        group=_GROUP,
        wrong="delta of sample i = delta of sample i - 1, or of the last one",
        right="delta of every sample and layer from its own a, z and y",
        symptom="All samples push in the same direction; accuracy stays low.",
        hint="Look for a delta that is computed outside the loop over the samples, or an index "
        "that is still that of the loop before.",
        equation="BP1",
        aimed_at="batch/mean",
        realisations=(
            replace(RIGHT, output_error=_delta_of_the_last_sample),
            replace(RIGHT, output_error=_delta_of_the_first_sample),
            replace(RIGHT, output_error=_delta_of_the_sample_before),
            replace(RIGHT, hidden_error=_delta_of_the_next_layer),
        ),
        applies=asks("gradients", "step"),
    ),
    Bug(
        slug="summed-weights",
        title="the hidden error uses sums of weights where single weights belong",
        group=_GROUP,
        wrong="e_j = sum over k of (sum over i of w_ki) delta_k, the same for every unit j",
        right="e_j = sum over k of w_kj delta_k",
        symptom="All units of a hidden layer receive the same error and grow alike.",
        hint="The sum in BP2 runs over the units of the next layer and takes one weight for each: "
        "that of the edge between j and k.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(
            replace(RIGHT, propagated=_sums_of_weights),
            replace(RIGHT, propagated=_sum_of_all_weights),
        ),
        applies=_ONE_HIDDEN,
    ),
    Bug(
        slug="star-for-matmul",
        title="* stands where @ belongs, or @ where * does",
        group=_GROUP,
        wrong="W.T * delta, or (W.T @ delta) @ sigma'(z)",
        right="(W.T @ delta) * sigma'(z)",
        symptom="An exception about shapes, or, with a single output or sample, a result of the "
        "wrong shape that broadcasts on silently.",
        hint="On NumPy arrays * is elementwise; the product of matrices is @ or numpy.dot. BP2 has "
        "one of each: @ with the weights, * with sigma'(z).",
        equation="BP2",
        aimed_at="shape/gradients",
        realisations=(
            replace(RIGHT, propagated=_elementwise),
            replace(RIGHT, weighted_input=_elementwise_forward),
            replace(RIGHT, weight_gradient=_elementwise_gradient),
            replace(RIGHT, hidden_error=_matrix_product),
            replace(RIGHT, output_error=_matrix_product_in_the_output_error),
        ),
        applies=_ONE_HIDDEN,
    ),
)
