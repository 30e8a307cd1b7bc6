"""Telling a step on the weights that were set from a training that begins with its own.

Lives here: `begun` and `sees_targets`. It knows how a network is asked by a recipe, nothing of what
is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Pair
from refnet.subjects.worker.binding import takes
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
    still = first.changed and not _at(probe, drawing, sizes, 1.0).moved
    # Where one was drawn in place, what takes its place is no draw but the step itself.
    if still and set(first.changed) <= set(_at(probe, drawing, sizes, 1.0, 0.5).changed):
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


def _at(
    probe: Probe, recipe: Recipe, sizes: Sequence[int], factor: float, rate: float = 0.0
) -> _After:
    network = RecipeNetwork(probe.bench(sizes), recipe)
    weights, biases = generic(network.get_parameters())
    network.set_parameters([factor * w for w in weights], [factor * b for b in biases])
    before, held = network.get_parameters(), weights_of(network.bench.owner)
    with drawn_alike():
        network.step(replace(probe.question(sizes), learning_rate=rate))
    after = network.get_parameters()
    return _After(moved(before, after), after, changed(held, weights_of(network.bench.owner)))
