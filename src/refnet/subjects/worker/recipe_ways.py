"""Ways to ask a network for gradients and for a step: which functions could be meant.

Lives here: `ways_back` and `ways_to_step`. They are candidates by name and signature alone; which
of them does anything is tried out by recipe_probing.py.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from refnet.subjects.worker.binding import takes
from refnet.subjects.worker.customary import (
    BACK_LIKE,
    BACKPROP,
    COST,
    MORE_BACK,
    MORE_COST,
    MORE_STEP,
    STEP,
    STEP_LIKE,
)
from refnet.subjects.worker.kept_rates import rate_of
from refnet.subjects.worker.leaves import box_of
from refnet.subjects.worker.places import ArrayLayer
from refnet.subjects.worker.recipes import GRAD, OPTIMISER, SELF, SLOPE, LabelForm, Recipe
from refnet.subjects.worker.workbench import Bench

FORMS: tuple[LabelForm, ...] = ("one-hot", "integer")


def forms_of(bench: Bench, recipe: Recipe) -> tuple[LabelForm, ...]:
    """List the forms in which targets may be handed over: one unit alone knows no classes."""
    if bench.layers[-1].ends[1] > 1:
        return FORMS
    return ("vector", "one-hot") if recipe.flat else ("one-hot", "vector")


Way = tuple[str, ...]
"""Functions to be called one after the other."""


def ways_back(bench: Bench, recipe: Recipe) -> Iterator[Recipe]:
    """Yield ways to gradients."""
    ways: list[Way] = []
    for name in bench.find((*BACKPROP, *MORE_BACK), BACK_LIKE):
        function = bench.function(name)
        own = () if name == recipe.forward else (recipe.forward,)
        if name == "|backward" or takes_slope(bench, name):
            if bench.loss.slope is not None:
                ways.append((*own, SLOPE, name))
        elif takes(function, "y") or not takes(function, "output_gradient"):
            ways.append((*own, name))
    if differentiates_itself(bench):
        ways.append((recipe.forward, SELF))
    ways += [(name,) for name in _of_both(bench) if (name,) not in ways]
    if bench.is_data and "jax" in sys.modules:
        ways += [(recipe.forward, f"{GRAD}{name}") for name in bench.find((*COST, *MORE_COST))]
    for way in ways:
        for labels in forms_of(bench, recipe):
            yield replace(recipe, gradients=way, labels=labels)


def _of_both(bench: Bench) -> list[str]:
    """List what is handed inputs and targets, and is called neither as a step nor as a cost."""
    found = [name for name in bench.others() if not re.search(STEP_LIKE, name, re.IGNORECASE)]
    return [
        name
        for name in found
        if takes(bench.function(name), "x")
        and takes(bench.function(name), "y")
        and not takes(bench.function(name), "epochs")
    ]


def ways_to_step(bench: Bench, recipe: Recipe) -> Iterator[Recipe]:
    """Yield ways to a step; one whose `rate` is NOWHERE cannot be told its learning rate."""
    back = recipe.gradients
    for way in _step_ways(bench, recipe):
        told = OPTIMISER in way or any(
            takes(bench.function(n), "learning_rate") for n in way if not n.startswith("<")
        )
        rate = "" if told else rate_of(bench) or NOWHERE
        for labels in (recipe.labels,) if back else forms_of(bench, recipe):
            yield replace(recipe, step=way, labels=labels, rate=rate)
            if recipe.samples == "single vector" and len(way) == 1 and not back:
                # A loop goes through rows, each of which a forward pass takes as a vector.
                yield replace(recipe, step=way, labels=labels, rate=rate, step_samples="rows")


NOWHERE = "nowhere"
"""In the place of a learning rate: none that could be set was found."""


def _step_ways(bench: Bench, recipe: Recipe) -> list[Way]:
    back = recipe.gradients
    # Backward passes whose gradients are nowhere to be seen may be followed by a step, too.
    backs = dict.fromkeys([back] if back else [each.gradients for each in ways_back(bench, recipe)])
    slope = bench.loss.slope is not None
    ways: list[Way] = []
    if bench.chain is not None and slope and bench.chain.steps_back:
        ways.append((recipe.forward, SLOPE, "|step_back"))
    for name in bench.find((*STEP, *MORE_STEP), STEP_LIKE):
        function = bench.function(name)
        if bench.is_data and not bench.takes_parameters(function):
            continue  # it trains a network of its own
        if takes_slope(bench, name):
            ways += [(recipe.forward, SLOPE, name)] if slope else []
            continue
        ways += [(*each, name) for each in backs if name not in each]
        alone = takes(function, "x") or takes(function, "row")
        ways.append((name,) if alone else (recipe.forward, name))
    if back and bench.chain is not None and bench.chain.updates:
        ways.append((*back, "|update"))
    if bench.optimiser is not None:
        ways += [(*each, OPTIMISER) for each in backs]
    return ways


def takes_slope(bench: Bench, name: str) -> bool:
    """Tell whether a function is handed the derivative of the cost, and no targets."""
    function = bench.function(name)
    return takes(function, "output_gradient") and not takes(function, "y")


def differentiates_itself(bench: Bench) -> bool:
    """Tell whether parameters have a .grad that a backward pass fills in."""
    if bench.torch is not None:
        return True
    layer = bench.layers[0]
    if isinstance(layer, ArrayLayer):
        return hasattr(bench.leaf, "backward") and box_of(bench.leaf) is not None
    return layer.gradients() is not None
