"""When a mistake can show: what a problem must have.

Lives here: small questions about a problem, and `every` to join them. It knows problems and the
reference's forward pass.
"""

from collections.abc import Callable

from refnet.problem import Problem
from refnet.reference import network_of

Situation = Callable[[Problem], bool]
"""Whether a problem has what it takes."""


def always(_problem: Problem) -> bool:
    """Accept every problem."""
    return True


def every(*situations: Situation) -> Situation:
    """Join situations: all of them must hold."""

    def joined(problem: Problem) -> bool:
        return all(situation(problem) for situation in situations)

    return joined


def asks(*parts: str) -> Situation:
    """Require that one of these parts is asked."""

    def asked(problem: Problem) -> bool:
        return not set(parts).isdisjoint(problem.asks)

    return asked


def cost_is(*names: str) -> Situation:
    """Require one of these costs."""
    return lambda problem: problem.cost in names


QUADRATIC = cost_is("quadratic")
CROSS_ENTROPY = cost_is("binary_cross_entropy", "categorical_cross_entropy")
BINARY = cost_is("binary_cross_entropy")
CATEGORICAL = cost_is("categorical_cross_entropy")


def hidden_layers(at_least: int) -> Situation:
    """Require that many hidden layers."""
    return lambda problem: len(problem.activations) > at_least


def some_hidden(*names: str) -> Situation:
    """Require a hidden layer with one of these activations."""
    return lambda problem: any(name in names for name in problem.activations[:-1])


def some_layer(*names: str) -> Situation:
    """Require a layer with one of these activations."""
    return lambda problem: any(name in names for name in problem.activations)


def curved_hidden(problem: Problem) -> bool:
    """Require a hidden layer whose derivative is not always 1."""
    return any(name != "identity" for name in problem.activations[:-1])


def curved_output(problem: Problem) -> bool:
    """Require an output activation whose derivative is not always 1."""
    return problem.activations[-1] != "identity"


def at_zero(*names: str) -> Situation:
    """Require a unit with one of these activations whose z is 0 for some sample."""

    def met(problem: Problem) -> bool:
        zs = network_of(problem).feedforward(problem.x).zs
        layers = zip(problem.activations, zs, strict=True)
        return any(name in names and not z.all() for name, z in layers)

    return met


def unlike_targets(problem: Problem) -> bool:
    """Require targets that differ from sample to sample."""
    return bool((problem.y != problem.y[:, :1]).any())


def several_samples(problem: Problem) -> bool:
    """Require a batch of more than one sample."""
    return problem.samples > 1


def several_outputs(problem: Problem) -> bool:
    """Require more than one output unit."""
    return problem.sizes[-1] > 1


def penalised(problem: Problem) -> bool:
    """Require a penalty."""
    return problem.l2 > 0.0


def asked_before(problem: Problem) -> bool:
    """Require that the network has answered another problem just before, or steps repeatedly."""
    return problem.after is not None or (problem.steps > 1 and "step" in problem.asks)


def another_batch_size_before(problem: Problem) -> bool:
    """Require that the problem answered just before had another number of samples."""
    return problem.after is not None and problem.after.samples != problem.samples
