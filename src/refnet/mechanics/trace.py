"""What backpropagation is made of: the steps by name, and what they have computed so far.

Lives here: Mechanics and Trace. It knows problems and tolerance; how any step is rightly done is
in right.py.

Layers count from 0 here: layer l has the weights `weights[l]`, takes `activations[l]`, has the
weighted input `weighted_inputs[l]` and gives `activations[l + 1]`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from refnet.arrays import FloatArray
from refnet.problem import Layers, Problem
from refnet.tolerance import FLOAT64, Bounded, Precision, Rounding

Step = Callable[["Trace"], Bounded]
"""A step of the whole network."""

LayerStep = Callable[["Trace", int], Bounded]
"""A step of one layer, which is counted from 0."""


@dataclass(frozen=True)
class Mechanics:
    """Every step of an answer that somebody may get wrong, in the order in which they happen.

    Each is a function of what has been computed so far; a mistake is one of them replaced
    (`dataclasses.replace(RIGHT, hidden_error=...)`).

    Taking the question in: `received` is the problem as it is understood.
    Forward: `weighted_input` is z of a layer, `activation` its a, `remembered` what is kept in
    the place of z for the way back.
    Cost: `difference` is a - y, `cost` the data cost of the batch, `penalty` what L2 adds; both
    of shape (1, 1).
    Backward: `derivative` is sigma'(z) of a layer; `output_error` is BP1; `propagated` is
    W^T delta of the next layer, `hidden_error` BP2 with it; `divisor` is what the sums over the
    batch are divided by; `bias_gradient` is BP3, `weight_gradient` BP4, both averaged;
    `collected` is the two of them as they end up in the accumulators, (weights, biases);
    `weight_penalty` and `bias_penalty` are what L2 adds to them.
    Step: `descended` is a parameter after one step along a gradient; `updated_weight` and
    `updated_bias` are the parameters of a layer after the step.
    Evaluation: `predictions` are the classes of the samples, `wanted` the classes they have,
    `correct` how many agree.
    Initialisation: `initial` are fresh parameters. `changed` names the inputs and parameters a
    call alters.
    """

    received: Callable[[Problem], Problem]
    weighted_input: LayerStep
    activation: LayerStep
    remembered: LayerStep
    difference: Step
    cost: Step
    penalty: Step
    derivative: LayerStep
    output_error: Step
    propagated: LayerStep
    hidden_error: LayerStep
    divisor: Callable[["Trace"], float]
    weight_gradient: LayerStep
    bias_gradient: LayerStep
    collected: Callable[["Trace", int], tuple[Bounded, Bounded]]
    weight_penalty: Callable[["Trace", int], Bounded | None]
    bias_penalty: Callable[["Trace", int], Bounded | None]
    descended: Callable[["Trace", Bounded, Bounded], Bounded]
    updated_weight: LayerStep
    updated_bias: LayerStep
    predictions: Callable[["Trace"], FloatArray]
    wanted: Callable[["Trace"], FloatArray]
    correct: Callable[["Trace"], int]
    initial: Callable[[Problem], Layers]
    changed: tuple[str, ...] = ()


class Trace:
    """One pass of a batch forward and back: what has been computed, for the steps to build on.

    `descending` tells a pass that is part of a step of gradient descent from one that only asks
    for gradients. The dictionaries are keyed by the layer and fill from the output backwards:
    `deltas`; `data_gradients` (weights, biases) as collected; `weight_gradients` and
    `bias_gradients` with the penalty.
    """

    def __init__(
        self,
        problem: Problem,
        mechanics: Mechanics,
        precision: Precision = FLOAT64,
        *,
        descending: bool = False,
        predecessor: "Trace | None" = None,
    ) -> None:
        """Begin with the problem's parameters, or with those `predecessor` has stepped to."""
        self.problem = problem = mechanics.received(problem)
        self.mechanics = mechanics
        self.precision = precision
        self.descending = descending
        self._predecessor = predecessor
        rounding = Rounding(precision, problem.samples)
        self.x = Bounded.given(problem.x, rounding)
        self.y = Bounded.given(problem.y, rounding)
        if predecessor is None:
            parameters = problem.parameters
            self.weights = tuple(Bounded.given(w, rounding) for w in parameters.weights)
            self.biases = tuple(Bounded.given(b, rounding) for b in parameters.biases)
        else:
            self.weights, self.biases = predecessor.stepped
        self.weighted_inputs: list[Bounded] = []
        self.remembered: list[Bounded] = []
        self.activations: list[Bounded] = []
        self.deltas: dict[int, Bounded] = {}
        self.data_gradients: dict[int, tuple[Bounded, Bounded]] = {}
        self.weight_gradients: dict[int, Bounded] = {}
        self.bias_gradients: dict[int, Bounded] = {}

    @property
    def depth(self) -> int:
        """The number of layers after the input."""
        return len(self.weights)

    @property
    def samples(self) -> int:
        """The number m of samples in the batch."""
        return self.problem.samples

    @property
    def output(self) -> str:
        """The name of the output activation."""
        return self.problem.activations[-1]

    @cached_property
    def earlier(self) -> "Trace | None":
        """What the same network computed just before, its gradients to be had by `back()`.

        The step before this one, or the problem answered before, if there was any.
        """
        if self._predecessor is not None:
            return self._predecessor
        after = self.problem.after
        if after is None:
            return None
        if "step" in after.asks:
            return steps_of(after, self.mechanics, self.precision)[-1]
        return Trace(after, self.mechanics, self.precision)

    def forward(self) -> None:
        """Compute z and a of every layer, unless it has been done."""
        if len(self.activations) > self.depth:
            return
        self.activations[:] = [self.x]
        self.weighted_inputs.clear()
        self.remembered.clear()
        for layer in range(self.depth):
            self.weighted_inputs.append(self.mechanics.weighted_input(self, layer))
            self.activations.append(self.mechanics.activation(self, layer))
            self.remembered.append(self.mechanics.remembered(self, layer))

    def back(self) -> None:
        """Compute the error and the gradients of every layer, unless it has been done."""
        if len(self.bias_gradients) == self.depth:
            return
        self.forward()
        steps = self.mechanics
        for layer in range(self.depth - 1, -1, -1):
            last = layer == self.depth - 1
            delta = steps.output_error(self) if last else steps.hidden_error(self, layer)
            self.deltas[layer] = delta
            self.data_gradients[layer] = weights, biases = steps.collected(self, layer)
            self.weight_gradients[layer] = _plus(weights, steps.weight_penalty(self, layer))
            self.bias_gradients[layer] = _plus(biases, steps.bias_penalty(self, layer))

    @cached_property
    def stepped(self) -> tuple[tuple[Bounded, ...], tuple[Bounded, ...]]:
        """The weights and the biases after one step of gradient descent."""
        self.back()
        layers = range(self.depth)
        return (
            tuple(self.mechanics.updated_weight(self, layer) for layer in layers),
            tuple(self.mechanics.updated_bias(self, layer) for layer in layers),
        )


def steps_of(problem: Problem, mechanics: Mechanics, precision: Precision) -> list[Trace]:
    """Return the passes of the problem's consecutive steps of gradient descent."""
    traces: list[Trace] = []
    for _ in range(problem.steps):
        before = traces[-1] if traces else None
        traces.append(Trace(problem, mechanics, precision, descending=True, predecessor=before))
    return traces


def _plus(gradient: Bounded, penalty: Bounded | None) -> Bounded:
    return gradient if penalty is None else gradient + penalty
