"""Telling a step on the weights that were set from a training that begins with its own.

Lives here: `begun` and `sees_targets`. It knows how a network is asked by a recipe, nothing of what
is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Pair, alike
from refnet.subjects.worker.binding import roles_of, takes
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.late import changed, drawn_alike, weights_of
from refnet.subjects.worker.recipe_trying import Probe, generic, moved
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork


def sees_targets(probe: Probe, recipe: Recipe, sizes: Sequence[int]) -> bool:
    """Tell whether targets make a difference to a step that is handed none: not old ones."""
    if any(name.startswith("<") for name in recipe.step):
        return True
    functions = [probe.bench().function(name) for name in recipe.step]
    if any(takes(each, role) for each in functions for role in ("y", "batch", "row")):
        return True
    question = probe.question(sizes)
    after: list[Pair] = []
    for y in (question.y, np.roll(1.0 - question.y, 1, axis=0)):
        network = RecipeNetwork(probe.bench(sizes), recipe)
        network.set_parameters(*generic(network.get_parameters()))
        network.step(replace(question, y=y))
        after.append(network.get_parameters())
    return moved(*after)


def draws_samples(probe: Probe, recipe: Recipe, sizes: Sequence[int]) -> bool:
    """Tell whether a training in batches draws these at random: a step is on any of them."""
    functions = [probe.bench().function(n) for n in recipe.step if not n.startswith("<")]
    held = [str(name) for name, _ in items_of(probe.bench().owner)]
    if not any(takes(each, "batch_size") for each in functions) and not any(
        "batch_size" in roles_of(name) for name in held
    ):
        return False
    after: list[Pair] = []
    for seed in (0, 1):
        network = RecipeNetwork(probe.bench(sizes), recipe)
        network.seed = seed
        network.set_parameters(*generic(network.get_parameters()))
        with drawn_alike(seed):
            network.step(probe.question(sizes))
        after.append(network.get_parameters())
    ones, others = ([*weights, *biases] for weights, biases in after)
    if all(alike(*each, probe.bench().precision) for each in zip(ones, others, strict=True)):
        return False
    probe.tell(f"{recipe.step[-1].strip('.|')} draws the samples of a step at random")
    return True


def begun(probe: Probe, recipe: Recipe, sizes: Sequence[int]) -> Recipe:
    """Have the weights replaced that a step begins with, where it draws its own.

    Then it ends, at a learning rate of 0, with what has nothing to do with what it was given.
    Raises SubjectError where they cannot be replaced.
    """
    if probe.bench().is_data:
        return recipe
    first, again, other = (_at(probe, recipe, sizes, factor) for factor in (1.0, 1.0, -0.5))
    if not first.moved or (not moved(first.after, again.after) and moved(first.after, other.after)):
        return recipe  # in the latter case, it is a mistake
    drawing = replace(recipe, drawing=first.changed)
    if first.changed and not _at(probe, drawing, sizes, 1.0).moved:
        return drawing
    told = f"{recipe.step[-1].strip('.|')} begins with weights that it draws itself"
    probe.tell(told)
    raise SubjectError(told)


@dataclass(frozen=True, eq=False)
class _After:
    """What a step has made of parameters, and which weights it has changed."""

    moved: bool
    after: Pair
    changed: tuple[str, ...]


def _at(probe: Probe, recipe: Recipe, sizes: Sequence[int], factor: float) -> _After:
    """Take a step at a learning rate of 0, which moves nothing but what is drawn."""
    network = RecipeNetwork(probe.bench(sizes), recipe)
    weights, biases = generic(network.get_parameters())
    network.set_parameters([factor * w for w in weights], [factor * b for b in biases])
    before, held = network.get_parameters(), weights_of(network.bench.owner)
    with drawn_alike():
        network.step(replace(probe.question(sizes), learning_rate=0.0))
    after = network.get_parameters()
    # Where a weight is drawn in place, what would be replaced is not a draw but the step itself.
    return _After(
        moved(before, after) or bool(network.kept),
        after,
        changed(held, weights_of(network.bench.owner)),
    )
