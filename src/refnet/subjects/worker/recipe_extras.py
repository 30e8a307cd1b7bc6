"""What a network offers beside outputs, gradients and steps: costs, classes, counts.

Lives here: `with_extras`. It knows names and the shape of what comes back.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.binding import needed_by, returned_names
from refnet.subjects.worker.customary import (
    COST,
    EVALUATE,
    MORE_COST,
    MORE_EVALUATE,
    MORE_PREDICT,
    PREDICT,
)
from refnet.subjects.worker.leaves import read, shape_of
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.recipe_trying import SAMPLES, Probe
from refnet.subjects.worker.recipe_ways import FORMS
from refnet.subjects.worker.recipes import COST as COST_OF_OUTPUTS
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork
from refnet.subjects.worker.workbench import Bench

_UNITS: tuple[tuple[Literal["one", "share", "percent"], float], ...] = (
    ("one", float(SAMPLES)),
    ("share", 1.0),
    ("percent", 100.0),
)
"""What one right answer in SAMPLES adds up to, by what is counted."""


def with_extras(probe: Probe, recipe: Recipe) -> Recipe:
    """Find out about costs, predictions and counting."""
    bench = probe.bench()
    ways: list[tuple[str, ...]] = []
    costs = bench.find((*COST, *MORE_COST))
    # What returns the gradients has their cost as well, penalty and all.
    ways += [(name,) for name in costs if name in recipe.gradients[-1:]]
    # What a forward pass returns beside its outputs, as z2, is not to be taken for these.
    ways += [(recipe.forward, name) for name in costs if _names_what(bench, recipe.forward, name)]
    if bench.loss.value is not None:
        ways.append((recipe.forward, COST_OF_OUTPUTS))
    for name in costs:
        ways += [(name,), (recipe.forward, name)] if name != recipe.forward else [(name,)]
    if re.search(r"^\.?\w*(loss|cost)", "".join(recipe.gradients[-1:]), re.IGNORECASE):
        ways.append(recipe.gradients)
    recipe = _first(
        probe,
        recipe,
        "cost",
        ways,
        lambda said: shape_of(said) is not None and read(said).size == 1,
    )
    ways = []
    for name in bench.find((*PREDICT, *MORE_PREDICT)):
        if name != recipe.forward:
            ways += [(name,), (recipe.forward, name)]
    units = 0 if recipe.single else probe.all_sizes()[0][-1]
    sizes = probe.all_sizes()[0]
    samples = probe.question(sizes).samples if sizes[-1] > 1 else 0
    classes = _first(
        probe,
        recipe,
        "predictions",
        ways,
        lambda said: are_classes(said, units) or np.shape(said) == (samples,),
    )
    if classes.predict or "correct" in probe.without:
        recipe = classes
    return _counting(probe, recipe, bench)


def _names_what(bench: Bench, forward: str, cost: str) -> bool:
    """Tell whether a cost is handed what the forward pass returns, called as it is there."""
    returned = set(returned_names(bench.function(forward)))
    return forward != cost and any(name in returned for name in needed_by(bench.function(cost)))


def _first(
    probe: Probe,
    recipe: Recipe,
    part: Literal["cost", "predictions"],
    ways: Sequence[tuple[str, ...]],
    fits: Callable[[Any], bool],
) -> Recipe:
    if part in probe.without:
        return recipe
    probe.doing(part)
    for way in ways:
        tried = replace(recipe, cost=way) if part == "cost" else replace(recipe, predict=way)
        with Trying():
            said = RecipeNetwork(probe.bench(), tried).ask(
                part, probe.question(probe.all_sizes()[0])
            )
            if fits(said):
                return tried
    return recipe


def _counting(probe: Probe, recipe: Recipe, bench: Bench) -> Recipe:
    """Find out how right answers are counted: of one repeated sample, exactly one label is.

    So it has to be for most of the classes that the sample may be taken for: a class that is called
    1 is like the 1 of a one-hot label, by chance.
    """
    if "correct" in probe.without or recipe.single:
        return recipe
    probe.doing("correct")
    for name in bench.find((*EVALUATE, *MORE_EVALUATE)):
        for way in ((name,), (*recipe.predict, name), (recipe.forward, name)):
            for form in dict.fromkeys((recipe.labels, *FORMS)):
                tried = replace(recipe, evaluate=way, counted=form)
                with Trying():
                    totals = _totals(probe, tried, biased=bench.biased)
                    for per_count, one in _UNITS:
                        if 2 * totals.count(one) > len(totals):
                            return replace(tried, per_count=per_count)
    return recipe


def _totals(probe: Probe, recipe: Recipe, *, biased: bool) -> list[float]:
    """Add up over all labels, for each of a few classes that biases make a network predict."""
    last = probe.all_sizes()[0][-1] - 1
    classes = dict.fromkeys((0, 1, last)) if biased else (None,)
    return [_total(probe, recipe, favoured) for favoured in classes]


def _total(probe: Probe, recipe: Recipe, favoured: int | None) -> float:
    sizes = probe.all_sizes()[0]
    x = np.linspace(-1.0, 1.0, sizes[0]).reshape(-1, 1).repeat(SAMPLES, axis=1)
    total = 0.0
    for label in range(sizes[-1]):
        y = np.eye(sizes[-1])[:, [label] * SAMPLES]
        network = RecipeNetwork(probe.bench(), recipe)
        if favoured is not None:
            weights, biases = network.get_parameters()
            last = np.where(np.arange(sizes[-1]) == favoured, 0.5, -0.5).reshape(-1, 1)
            network.set_parameters(
                [*weights[:-1], np.zeros(weights[-1].shape)], [*biases[:-1], last]
            )
        total += float(network.ask("correct", Question(x, y, 1.0, 0.0, 1)))
    return total


def are_classes(said: Any, units: int) -> bool:
    """Tell whether these are classes, one whole number for each sample.

    Or one for each of so many units, of a batch: an argmax over the wrong axis, for the laws.
    """
    values = np.asarray(said)
    whole = values.ndim == 1 and bool(np.all(values == np.round(values)))
    return whole and (values.size >= SAMPLES or values.size == units)
