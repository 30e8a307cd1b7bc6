"""Every step as it should be: the book's equations over values with error bounds.

Lives here: the right steps and RIGHT, the mechanics made of them. It knows the functions of a
network over Bounded, nothing of mistakes.

This is the network of network.py written a second time, for another purpose: there a reader sees
the equations at one glance, here every step can be replaced and carries its error bound.
"""

import numpy as np

from refnet import bounded_functions
from refnet.arrays import FloatArray
from refnet.bounded_functions import LIBRARY, complement, natural_logarithm
from refnet.initializers import initializer_by_name
from refnet.mechanics.trace import Mechanics, Trace
from refnet.problem import Layers, Problem
from refnet.tolerance import Bounded


def received(problem: Problem) -> Problem:
    """Take the problem as it was put."""
    return problem


def weighted_input(trace: Trace, layer: int) -> Bounded:
    """Return z = W a + b; shape (units, samples)."""
    return trace.weights[layer] @ trace.activations[layer] + trace.biases[layer]


def activation(trace: Trace, layer: int) -> Bounded:
    """Return a = sigma(z); shape (units, samples)."""
    return sigma(trace, layer, trace.weighted_inputs[layer])


def sigma(trace: Trace, layer: int, z: Bounded) -> Bounded:
    """Return the layer's activation function of any argument; shape of the argument."""
    problem = trace.problem
    return bounded_functions.activation(problem.activations[layer], z, problem.leaky_slope)


def sigma_prime(trace: Trace, layer: int, z: Bounded) -> Bounded:
    """Return the derivative of the layer's activation function at any argument."""
    problem = trace.problem
    return bounded_functions.derivative(problem.activations[layer], z, problem.leaky_slope)


def remembered(trace: Trace, layer: int) -> Bounded:
    """Return z, kept as it is for the way back."""
    return trace.weighted_inputs[layer]


def difference(trace: Trace) -> Bounded:
    """Return a - y of the output layer; shape (outputs, samples)."""
    return trace.activations[-1] - trace.y


def cost(trace: Trace) -> Bounded:
    """Return the data cost: the sum over units and samples, divided by m; shape (1, 1).

    c further roundings are allowed for the square of a norm, a product per sample and the like.
    """
    terms = cost_terms(trace)
    return terms.total(LIBRARY).scaled(1.0, trace.samples)


def cost_of_inputs(trace: Trace) -> Bounded:
    """Return a cross-entropy as it is had from z, whatever the outputs are; shape (1, 1)."""
    if trace.problem.cost == "quadratic":
        return cost(trace)
    terms = _cost_terms_of_inputs(trace.problem.cost, trace.weighted_inputs[-1], trace.y)
    return terms.total(LIBRARY).scaled(1.0, trace.samples)


def cost_terms(trace: Trace) -> Bounded:
    """Return what every unit and sample contributes to the data cost.

    The cross-entropies are had from z, which rounds least. Where an activation that is a mistake
    gives other outputs than z should, the cost is that of those outputs.
    """
    name = trace.problem.cost
    if name == "quadratic":
        off = trace.mechanics.difference(trace)
        return (off * off).scaled(1.0, 2.0)
    terms = _cost_terms_of_inputs(name, trace.weighted_inputs[-1], trace.y)
    if trace.mechanics.activation is activation:
        return terms
    a, right = trace.activations[-1], activation(trace, trace.depth - 1)
    same = np.abs(a.value - right.value) <= a.error + right.error
    plain = cost_terms_of_outputs(name, a, trace.y)
    return Bounded(
        np.where(same, terms.value, plain.value),
        np.where(same, terms.error, plain.error),
        terms.rounding,
    )


def _cost_terms_of_inputs(name: str, z: Bounded, y: Bounded) -> Bounded:
    if name == "binary_cross_entropy":
        return bounded_functions.binary_cross_entropy(z, y)
    return bounded_functions.categorical_cross_entropy(z, y)


def cost_terms_of_outputs(name: str, a: Bounded, y: Bounded) -> Bounded:
    """Return the terms of a cross-entropy from the activations alone, 0 ln 0 being 0."""
    terms = weighed(y, natural_logarithm(a))
    if name == "binary_cross_entropy":
        terms = terms + weighed(complement(y), natural_logarithm(complement(a)))
    return -terms


def penalty(trace: Trace) -> Bounded:
    """Return lambda / (2 n) sum w^2; shape (1, 1)."""
    problem = trace.problem
    squares = [(w * w).total() for w in trace.weights]
    total = sum(squares[1:], start=squares[0])
    return total.scaled(problem.l2, 2.0 * problem.training_size)


def derivative(trace: Trace, layer: int) -> Bounded:
    """Return sigma'(z); shape (units, samples)."""
    return sigma_prime(trace, layer, trace.remembered[layer])


def output_error(trace: Trace) -> Bounded:
    """Return BP1: (a - y) sigma'(z), or a - y where cost and activation cancel sigma'."""
    return times_sigma_prime(trace, trace.mechanics.difference(trace))


def times_sigma_prime(trace: Trace, off: Bounded) -> Bounded:
    """Return what is in the place of a - y times sigma'(z) at the output layer, if BP1 has it."""
    if trace.problem.cost != "quadratic":
        return off
    return off * trace.mechanics.derivative(trace, trace.depth - 1)


def propagated(trace: Trace, layer: int) -> Bounded:
    """Return W^T delta of the next layer; shape (units of this layer, samples)."""
    return trace.weights[layer + 1].transposed @ trace.deltas[layer + 1]


def hidden_error(trace: Trace, layer: int) -> Bounded:
    """Return BP2: W^T delta of the next layer, times sigma'(z) of this one."""
    return trace.mechanics.propagated(trace, layer) * trace.mechanics.derivative(trace, layer)


def divisor(trace: Trace) -> float:
    """Return m: the gradient of a mean is the mean of the gradients."""
    return float(trace.samples)


def bias_gradient(trace: Trace, layer: int) -> Bounded:
    """Return BP3: the mean of delta over the batch; shape (units, 1)."""
    return trace.deltas[layer].row_sums().scaled(1.0, trace.mechanics.divisor(trace))


def weight_gradient(trace: Trace, layer: int) -> Bounded:
    """Return BP4: the mean over the batch of delta a^T, a of the layer before."""
    summed = trace.deltas[layer] @ trace.activations[layer].transposed
    return summed.scaled(1.0, trace.mechanics.divisor(trace))


def collected(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    """Return the gradients of the data cost by the weights and biases of a layer."""
    steps = trace.mechanics
    return steps.weight_gradient(trace, layer), steps.bias_gradient(trace, layer)


def weight_penalty(trace: Trace, layer: int) -> Bounded | None:
    """Return lambda / n W, or nothing where lambda is 0."""
    problem = trace.problem
    if problem.l2 == 0.0:
        return None
    return trace.weights[layer].scaled(problem.l2, problem.training_size)


def bias_penalty(_trace: Trace, _layer: int) -> Bounded | None:
    """Return nothing: biases are not penalised."""
    return None


def descended(trace: Trace, parameter: Bounded, gradient: Bounded) -> Bounded:
    """Return the parameter minus eta times the gradient."""
    return parameter - gradient.scaled(trace.problem.learning_rate)


def updated_weight(trace: Trace, layer: int) -> Bounded:
    """Return W after a step.

    Allowed for as well: (1 - q) W - eta/m sum, q = eta lambda / n, which rounds 1 - q and the
    product: at most 2u (1 + q) |W| more.
    """
    w = trace.weights[layer]
    stepped = trace.mechanics.descended(trace, w, trace.weight_gradients[layer])
    problem = trace.problem
    if problem.l2 == 0.0:
        return stepped
    decay = abs(problem.learning_rate) * problem.l2 / problem.training_size
    return stepped.widened(2.0 * w.rounding.roundoff * (1.0 + decay) * w.magnitude)


def updated_bias(trace: Trace, layer: int) -> Bounded:
    """Return b after a step."""
    steps = trace.mechanics
    return steps.descended(trace, trace.biases[layer], trace.bias_gradients[layer])


def predictions(trace: Trace) -> FloatArray:
    """Return the class of every sample: which output unit is largest; shape (samples,)."""
    return largest_rows(trace.activations[-1].value)


def largest_rows(scores: FloatArray) -> FloatArray:
    """Return in which row each column is largest, the first of several; shape (samples,)."""
    rows: FloatArray = scores.argmax(axis=0).astype(np.float64)
    return rows


def wanted(trace: Trace) -> FloatArray:
    """Return the class every sample has: where y is largest; shape (samples,)."""
    return largest_rows(trace.y.value)


def correct(trace: Trace) -> int:
    """Return how many predictions are the class wanted."""
    steps = trace.mechanics
    return int(np.sum(steps.predictions(trace) == steps.wanted(trace)))


def initial(problem: Problem) -> Layers:
    """Return fresh parameters by the problem's scheme and seed; He's scheme where none is named."""
    scheme = initializer_by_name("he" if problem.initializer is None else problem.initializer)
    drawn = scheme.parameters(problem.sizes, np.random.default_rng(problem.seed))
    return Layers(drawn.weights, drawn.biases)


def weighed(weight: Bounded, logarithm: Bounded) -> Bounded:
    """Return weight times logarithm, 0 where the weight is 0 whatever the logarithm is."""
    product = weight * logarithm
    nothing = (weight.value == 0.0) & (weight.error == 0.0)
    return Bounded(
        np.where(nothing, 0.0, product.value),
        np.where(nothing, 0.0, product.error),
        product.rounding,
    )


RIGHT = Mechanics(
    received=received,
    weighted_input=weighted_input,
    activation=activation,
    remembered=remembered,
    difference=difference,
    cost=cost,
    penalty=penalty,
    derivative=derivative,
    output_error=output_error,
    propagated=propagated,
    hidden_error=hidden_error,
    divisor=divisor,
    weight_gradient=weight_gradient,
    bias_gradient=bias_gradient,
    collected=collected,
    weight_penalty=weight_penalty,
    bias_penalty=bias_penalty,
    descended=descended,
    updated_weight=updated_weight,
    updated_bias=updated_bias,
    predictions=predictions,
    wanted=wanted,
    correct=correct,
    initial=initial,
)
"""The network of the book, with nothing replaced."""
