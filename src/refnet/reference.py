"""The reference network that a problem is about.

Lives here: network_of. It knows problems and the network, nothing of expectations or bounds.
"""

from refnet.activations import activation_by_name
from refnet.costs import cost_by_name
from refnet.network import Network
from refnet.problem import Problem


def network_of(problem: Problem) -> Network:
    """Return the reference network that a problem is about.

    Raises ArgumentError for activations and a cost that do not belong together.
    """
    return Network(
        problem.parameters,
        tuple(activation_by_name(name, problem.leaky_slope) for name in problem.activations),
        cost_by_name(problem.cost),
        problem.l2,
        problem.training_size,
    )
