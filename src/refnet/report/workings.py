"""The numbers on the way from a problem to its answer, and the equations that link them.

Lives here: Line, Workings and the lines of BP1 to BP4, of the cost and of the step for one number
in question. It knows the reference network, which every number comes from; nothing of what a
subject answered except which number of it is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from refnet.activations import Activation, activation_by_name
from refnet.arrays import FloatArray, Matrix, matrix
from refnet.costs import cost_by_name
from refnet.network import ForwardPass, Network
from refnet.parameters import Parameters
from refnet.problem import Kink, Problem
from refnet.regularization import l2_penalty
from refnet.report.decimals import array, decimal, factor
from refnet.report.element import Element

WIDTH = 66
"""Characters of a formula that fit a line: 80 columns less an indent and the label."""

FACTORS = 4
"""Elementwise products of larger arrays are not written out: only their result is."""

TERMS = 4
"""Sums of more terms are named, not written out."""

_COSTS = {
    "quadratic": "1/2 sum (a - y)^2 / m",
    "binary_cross_entropy": "-sum [y ln a + (1 - y) ln(1 - a)] / m",
    "categorical_cross_entropy": "-sum y ln a / m",
}


Slopes = tuple[tuple[Kink, float], ...]
"""Kinks and the slope at each, as a share of the way from that on the left to that on the right."""


@dataclass(frozen=True)
class Line:
    """One line of the work: a short label (a layer, an equation) and a formula with numbers."""

    label: str
    text: str


@dataclass(frozen=True, eq=False)
class Workings:
    """All the numbers on the way from a problem to its answer, by the reference."""

    problem: Problem
    network: Network
    forward: ForwardPass
    deltas: tuple[Matrix, ...]
    gradients: Parameters

    @classmethod
    def of(cls, problem: Problem, slopes: Slopes = ()) -> "Workings":
        """Compute them, with the slopes at kinks of the branch that is expected.

        Raises ArgumentError for activations that do not fit the cost.
        """
        activations = [
            activation_by_name(name, problem.leaky_slope) for name in problem.activations
        ]
        for kink, share in slopes:
            activations[kink.layer] = _with_slope(activations[kink.layer], kink, share)
        network = Network(
            problem.parameters,
            tuple(activations),
            cost_by_name(problem.cost),
            problem.l2,
            problem.training_size,
        )
        forward = network.feedforward(problem.x)
        delta = network.cost.output_error(network.activations[-1], forward.zs[-1], problem.y)
        deltas = [delta]
        for layer in range(len(network.activations) - 1, 0, -1):
            sigma_prime = network.activations[layer - 1].derivative(forward.zs[layer - 1])
            delta = matrix((problem.parameters.weights[layer].T @ delta) * sigma_prime)
            deltas.insert(0, delta)
        gradients = network.backprop(problem.x, problem.y)
        return cls(problem, network, forward, tuple(deltas), gradients)


def _with_slope(activation: Activation, kink: Kink, share: float) -> Activation:
    """Return the activation with another derivative at a kink: a share of the way from the left."""

    def derivative(z: Matrix) -> Matrix:
        found = activation.prime(z).copy()
        left = _left_of_kink(activation)
        found[kink.unit, kink.sample] = left + share * (1.0 - left)
        return matrix(found)

    return replace(activation, elementwise_derivative=derivative)


def _left_of_kink(activation: Activation) -> float:
    return activation.leaky_slope if activation.name == "leaky_relu" else 0.0


def kink_lines(workings: Workings, slopes: Slopes) -> Iterator[Line]:
    """Yield the slope that is taken at every kink that is met."""
    for kink, _ in slopes:
        sigma, z = workings.network.activations[kink.layer], workings.forward.zs[kink.layer]
        slope = float(sigma.derivative(z)[kink.unit, kink.sample])
        where = f"z{kink.layer + 1}[{kink.unit}, {kink.sample}]"
        lowest = decimal(_left_of_kink(sigma))
        yield Line("kink", f"{sigma.name}'({where}) = {decimal(slope)} fits best, of {lowest} to 1")


def path_lines(workings: Workings, element: Element) -> Iterator[Line]:
    """Yield the lines between the forward pass and the number in question."""
    if element.kind == "C":
        yield from _cost(workings)
    if element.kind in ("a", "C"):
        return
    yield from _output_error(workings)
    for layer in range(len(workings.deltas) - 1, element.layer - 1, -1):
        yield from _hidden_error(workings, layer)
    yield from (
        _bias(workings, element) if element.kind in ("db", "b") else _weight(workings, element)
    )
    if element.part == "step":
        yield from _step(workings, element)


def incoming(layer: int) -> str:
    """Name what enters a layer, counted from 1."""
    return "x" if layer == 1 else f"a{layer - 1}"


def equation(label: str, *sides: str) -> Iterator[Line]:
    """Yield a chain of equal things on one line, or the numbers below the formula they equal."""
    whole = " = ".join(side for side in sides if side)
    if len(whole) <= WIDTH or len(sides) < 3:
        yield Line(label, whole)
        return
    name, formula, *numbers = sides
    margin = " " * len(name) + " = "
    below = " = ".join(side for side in numbers if side)
    yield Line(label, f"{name} = {formula}")
    if len(margin) + len(below) <= WIDTH:
        yield Line("", margin + below)
    else:
        yield from (Line("", margin + side) for side in numbers if side)


def _cost(workings: Workings) -> Iterator[Line]:
    problem, network = workings.problem, workings.network
    data = network.cost.value(network.activations[-1], workings.forward.zs[-1], problem.y)
    formula = _COSTS[problem.cost].replace("a", f"a{len(workings.deltas)}")
    if not problem.l2:
        yield from equation("cost", "C", formula, decimal(data))
        return
    penalty = l2_penalty(problem.parameters.weights, problem.l2, problem.training_size)
    yield Line("cost", f"{formula} = {decimal(data)}")
    yield Line("penalty", f"lambda / (2 n) sum W^2 = {decimal(penalty)}")
    yield Line("", f"C = {decimal(data)} + {decimal(penalty)} = {decimal(data + penalty)}")


def _output_error(workings: Workings) -> Iterator[Line]:
    problem, layer = workings.problem, len(workings.deltas)
    delta, difference = workings.deltas[-1], workings.forward.outputs - problem.y
    if problem.cost != "quadratic":
        return equation("BP1", f"delta{layer}", f"a{layer} - y", array(difference))
    derivative = workings.network.activations[-1].derivative(workings.forward.zs[-1])
    formula = f"(a{layer} - y) * {problem.activations[-1]}'(z{layer})"
    numbers = _product(difference, derivative)
    return equation("BP1", f"delta{layer}", formula, numbers, array(delta))


def _hidden_error(workings: Workings, layer: int) -> Iterator[Line]:
    """Write BP2 for a hidden layer, counted from 1."""
    w, delta = workings.problem.parameters.weights[layer], workings.deltas[layer]
    derivative = workings.network.activations[layer - 1].derivative(workings.forward.zs[layer - 1])
    sigma = workings.problem.activations[layer - 1]
    formula = f"W{layer + 1}^T delta{layer + 1} * {sigma}'(z{layer})"
    numbers = _product(w.T @ delta, derivative)
    return equation("BP2", f"delta{layer}", formula, numbers, array(workings.deltas[layer - 1]))


def _product(left: FloatArray, right: FloatArray) -> str:
    if left.size > FACTORS:
        return ""
    return f"{array(left)} * {array(right)}"


def _bias(workings: Workings, element: Element) -> Iterator[Line]:
    """Write BP3 for the one bias in question."""
    layer, row = element.layer, element.index[0]
    deltas = workings.deltas[layer - 1][row]
    value = decimal(float(workings.gradients.biases[layer - 1][element.index]))
    formula = _mean(f"delta{layer}[{row}]", len(deltas))
    # With one sample the gradient is delta itself: no number stands between the two.
    numbers = _averaged([decimal(delta) for delta in deltas]) if len(deltas) > 1 else ""
    return equation("BP3", f"db{layer}[{row}]", formula, numbers, value)


def _weight(workings: Workings, element: Element) -> Iterator[Line]:
    """Write BP4 for the one weight in question, with the L2 penalty where there is one."""
    problem, layer = workings.problem, element.layer
    row, k = element.index
    activations = workings.forward.activations[layer - 1][k]
    terms = [
        f"{decimal(delta)} * {factor(a)}"
        for delta, a in zip(workings.deltas[layer - 1][row], activations, strict=True)
    ]
    formula = _mean(f"delta{layer}[{row}] {incoming(layer)}[{k}]", len(terms))
    numbers = _averaged(terms)
    if problem.l2:
        formula += f" + lambda / n W{layer}[{row}, {k}]"
        weight = factor(problem.parameters.weights[layer - 1][element.index])
        penalty = f" + {decimal(problem.l2)} / {problem.training_size} * {weight}"
        numbers = numbers and numbers + penalty
    value = decimal(float(workings.gradients.weights[layer - 1][element.index]))
    return equation("BP4", f"dW{layer}[{row}, {k}]", formula, numbers, value)


def _mean(formula: str, count: int) -> str:
    return formula if count == 1 else f"mean of {formula}"


def _averaged(terms: list[str]) -> str:
    if len(terms) > TERMS:
        return ""
    return terms[0] if len(terms) == 1 else f"({' + '.join(terms)}) / {len(terms)}"


def _step(workings: Workings, element: Element) -> Iterator[Line]:
    problem, at = workings.problem, element.layer - 1
    weights = element.kind == "W"
    before = problem.parameters.weights[at] if weights else problem.parameters.biases[at]
    slopes = workings.gradients.weights[at] if weights else workings.gradients.biases[at]
    old, slope = float(before[element.index]), float(slopes[element.index])
    return equation(
        "step" if problem.steps == 1 else "step 1",
        element.name,
        f"{element.name} - eta d{element.name}",
        f"{decimal(old)} - {factor(problem.learning_rate)} * {factor(slope)}",
        decimal(old - problem.learning_rate * slope),
    )
