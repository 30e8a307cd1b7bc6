"""Telling scores from outputs: what is to be put through softmax or sigmoid to be outputs.

Lives here: `scale_of`. It knows how a network is asked by a recipe, nothing of what is right.

Many a forward pass ends before its softmax, which stands in the cost alone. Then the cost is the
cross-entropy of what these scores amount to, or the gradient of the last biases is in the direction
of its difference from the targets. Either will do: where a mistake is in one, the other shows it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from refnet.subjects.worker.adapted import Array, Question, alike
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.recipe_trying import Probe
from refnet.subjects.worker.recipes import Recipe
from refnet.subjects.worker.scales import SCALES, Scale
from refnet.subjects.worker.target_gradients import scale_by_targets, spread_out

_BIASES = (0.25, 1.0)
"""Between which biases are, so that scores say what they are."""

_RATE = 2.0**-4
"""Of the step by which a gradient is seen where none is shown."""


_ENOUGH = 3
"""Outputs of which a direction says something."""

_NEARLY = 2.0**-10
"""Of a cost, by which an epsilon inside the logarithm may change it; no other cost is as near."""


def scale_of(probe: Probe, recipe: Recipe) -> Scale:
    """Return what turns what a forward pass returns into outputs, as cost or gradient show it."""
    sizes = probe.all_sizes()[0]
    if recipe.scale:
        return recipe.scale
    asked = replace(probe.question(sizes), learning_rate=_RATE)
    with Trying():
        scores = spread_out(probe, recipe, _BIASES).ask("outputs", asked)
        for scale, cross_entropy in _CROSS_ENTROPIES.items():
            outputs = SCALES[scale](scores)
            off = outputs - asked.y
            columns = off[:, :1] if recipe.single else off.mean(axis=1, keepdims=True)
            if _in_one_direction(_last_biases(probe, recipe, asked), columns, probe):
                return scale
            if _costs(probe, recipe, asked, cross_entropy(outputs, asked.y)):
                return scale
        if sizes[-1] < _ENOUGH:
            return scale_by_targets(probe, recipe) or ""
    return recipe.scale


def _last_biases(probe: Probe, recipe: Recipe, asked: Question) -> Array:
    """Return the gradient of the last biases, or what a step has made of them."""
    network = spread_out(probe, recipe, _BIASES)
    with Trying():
        if recipe.gradients:
            return np.asarray(network.ask("gradients", asked)[1][-1])
        if recipe.step:
            before = network.get_parameters()[1][-1]
            network.step(asked)
            return np.asarray(network.get_parameters()[1][-1] - before)
    return np.zeros((1, 1))


def _in_one_direction(one: Array, other: Array, probe: Probe) -> bool:
    if one.shape != other.shape or not np.any(one) or not np.all(np.isfinite(one)):
        return False
    if (
        other.size < _ENOUGH
    ):  # differences of softmax outputs add up to 0: of two there is one direction
        return False
    share = float((one * other).sum() / (other * other).sum())
    return alike(one, share * other, probe.bench().precision)


def _costs(probe: Probe, recipe: Recipe, asked: Question, expected: Array) -> bool:
    """Tell whether the cost is this, as a sum or a mean over the samples."""
    if not recipe.cost:
        return False
    with Trying():
        said = float(spread_out(probe, recipe, _BIASES).ask("cost", asked))
        sums = (float(expected.sum()), float(expected.sum()) / asked.samples)
        return any(abs(said - each) < _NEARLY * each for each in sums)
    return False


def _categorical(outputs: Array, y: Array) -> Array:
    return np.asarray(-(y * np.log(outputs)))


def _binary(outputs: Array, y: Array) -> Array:
    return np.asarray(-(y * np.log(outputs) + (1.0 - y) * np.log(1.0 - outputs)))


_CROSS_ENTROPIES: dict[Scale, Callable[[Array, Array], Array]] = {
    "softmax": _categorical,
    "sigmoid": _binary,
}
"""The cross-entropy of every sample and output, by what scores are put through."""
