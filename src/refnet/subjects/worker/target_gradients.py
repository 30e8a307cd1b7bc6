"""Telling outputs by the gradients of two targets: where these would be 0, targets are the outputs.

Lives here: `scale_by_targets` and `spread_out`. It knows how a network is asked by a recipe,
nothing of what is right: gradients of the last layer that are not in proportion to an error tell
nothing.
"""

from typing import cast

import numpy as np

from refnet.subjects.worker.adapted import Array, Pair, Question, alike
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.recipe_trying import Probe
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork
from refnet.subjects.worker.scales import SCALES, Scale

_BIASES = (0.1, 0.3)


def scale_by_targets(probe: Probe, recipe: Recipe) -> Scale | None:
    """Return what makes outputs of what a forward pass gives, by the gradients; None if nothing."""
    sizes = probe.all_sizes()[0]
    x = np.linspace(-0.5, 1.0, sizes[0]).reshape(-1, 1)
    with Trying():
        said = spread_out(probe, recipe, _BIASES).ask(
            "outputs", _question(x, np.eye(sizes[-1])[:, :1])
        )
        expected = np.array([[_where_right(probe, recipe, x, at)] for at in range(sizes[-1])])
        scales: tuple[Scale, ...] = ("", "exp", "softmax", "sigmoid")
        for scale in scales:
            if alike(SCALES[scale](said), expected, probe.bench().precision):
                return scale
    return None


def _where_right(probe: Probe, recipe: Recipe, x: Array, at: int) -> float:
    """Return the output of a unit at which its gradients would be 0, by those of two targets."""
    units = probe.all_sizes()[0][-1]
    targets = [np.zeros((units, 1)), np.zeros((units, 1))]
    targets[1][at] = 1.0
    if units > 1:
        targets[0][(at + 1) % units] = 1.0
    without, with_it = (_last_weights(probe, recipe, _question(x, y))[at] for y in targets)
    change = without - with_it
    return float((without * change).sum() / (change * change).sum())


def _question(x: Array, y: Array) -> Question:
    return Question(x.copy(), y, 0.5, 0.0, 1)


def _last_weights(probe: Probe, recipe: Recipe, asked: Question) -> Array:
    """Return the gradient of the last weights, or what a step changes of them."""
    network = spread_out(probe, recipe, _BIASES)
    if recipe.gradients:
        return cast(Pair, network.ask("gradients", asked))[0][-1]
    before = network.get_parameters()[0][-1]
    network.step(asked)
    return np.asarray(before - network.get_parameters()[0][-1])


def spread_out(probe: Probe, recipe: Recipe, biases_between: tuple[float, float]) -> RecipeNetwork:
    """Make a network whose outputs are all different, and small: none is like another."""
    network = RecipeNetwork(probe.bench(), recipe)
    weights, biases = network.get_parameters()
    network.set_parameters(
        [np.linspace(-1.5, 2.0, w.size).reshape(w.shape) / w.shape[1] for w in weights],
        [np.linspace(*biases_between, b.size).reshape(b.shape) for b in biases],
    )
    return network
