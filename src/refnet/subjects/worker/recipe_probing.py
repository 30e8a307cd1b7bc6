"""Finding out by which recipe a network is asked: by names, signatures and shapes.

Lives here: `recognise_by_recipe`. It knows customary names and the forms of a recipe; nothing of
what is right. Ways to ask are tried on a network of uneven layers, and again on one of square ones,
where a product the wrong way round raises nothing.
"""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Array, Pair, Taken
from refnet.subjects.worker.gradient_reading import find_reader
from refnet.subjects.worker.jax_functions import for_jax
from refnet.subjects.worker.label_forms import means_classes
from refnet.subjects.worker.loading import Loaded
from refnet.subjects.worker.local_outputs import find_local_outputs
from refnet.subjects.worker.making import Made, find_making, turned_round
from refnet.subjects.worker.online import is_online
from refnet.subjects.worker.own_sizes import with_own_sizes
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.recipe_beginning import (
    begun,
    draws_samples,
    minds_targets,
    sees_targets,
)
from refnet.subjects.worker.recipe_description import describe
from refnet.subjects.worker.recipe_extras import with_extras
from refnet.subjects.worker.recipe_forward import find_forwards
from refnet.subjects.worker.recipe_loop import LoopingNetwork, has_loop
from refnet.subjects.worker.recipe_ordering import in_order, orders_like
from refnet.subjects.worker.recipe_trying import Probe, is_in_shape, moved, of_neurons
from refnet.subjects.worker.recipe_ways import NOWHERE, is_last_resort, ways_back, ways_to_step
from refnet.subjects.worker.recipes import LabelForm, Recipe, RecipeNetwork
from refnet.subjects.worker.scores import scale_of
from refnet.subjects.worker.settling import passes_over_a_layer, settle
from refnet.subjects.worker.target_gradients import scale_by_targets


def recognise_by_recipe(
    loaded: Loaded, found: object, without: Sequence[str], doing: Callable[[str], None]
) -> Taken:
    """Take in a network of any form. Raises SubjectError that says what is missing."""
    probe, best = _searched(loaded, found, frozenset(without), doing)
    if passes_over_a_layer(probe, best):
        probe.made = replace(probe.made, depth=2)
    recipe = with_extras(probe, best)
    recipe = replace(recipe, scale=scale_of(probe, recipe))
    doing("")
    if _shows_nothing(probe, recipe):
        raise SubjectError(
            f"got {probe.name} with weights and the forward pass {recipe.forward.strip('.|')}, but "
            "nothing that gives gradients or takes a step at a learning rate of one's choice"
            f"{probe.why}; expected one of the two"
        )
    trains = has_loop(probe.bench(), recipe)
    kind = LoopingNetwork if trains else RecipeNetwork

    def taken(recipe: Recipe) -> Taken:
        def relabelled(labels: str) -> Taken:
            return taken(replace(recipe, counted="one-hot" if labels == "one-hot" else "integer"))

        return Taken(
            replace(describe(probe.bench(), recipe, probe.made), trains=trains),
            lambda sizes: kind(probe.bench(sizes), recipe),
            relabelled if recipe.evaluate else None,
        )

    return taken(recipe)


def _searched(
    loaded: Loaded, found: object, without: frozenset[str], doing: Callable[[str], None]
) -> tuple[Probe, Recipe]:
    """Find out how a network is made and asked. Raises SubjectError where it has no forward pass.

    Where nothing shows how it learns, that is tried again with the sizes that it has by default.
    """
    made = find_making(found)
    if "jax" in sys.modules:
        made = for_jax(made)
    probe = Probe(loaded, made, without, doing)
    try:
        best = _Search(probe).best()
    except SubjectError as error:
        other = turned_round(made) or _deeper(probe)
        if other is None:
            raise
        probe = Probe(loaded, other, without, doing)
        try:
            best = _Search(probe).best()
        except SubjectError:
            raise error from None  # what was tried first says the most
    for other in with_own_sizes(found, made) if _shows_nothing(probe, best) else ():
        with suppress(SubjectError):
            again = Probe(loaded, other, without, doing)
            better = _Search(again).best()
            if not _shows_nothing(again, better):
                return again, better
    return probe, best


_LACKS_A_LAYER = re.compile(r"KeyError|IndexError|not enough values to unpack")
"""What code raises that is written for more layers than the network has."""


def _deeper(probe: Probe) -> Made | None:
    """Return how a network of any depth is made with three layers, where two are too few."""
    free = probe.made.fixed is None and probe.made.depth is None
    lacking = any(map(_LACKS_A_LAYER.search, probe.raised))
    return replace(probe.made, depth=3) if free and lacking else None


def _shows_nothing(probe: Probe, recipe: Recipe) -> bool:
    """Tell whether neither gradients nor steps were found, though they were looked for."""
    looked = not {"gradients", "step"} & probe.without
    return looked and not recipe.gradients and not recipe.step


@dataclass(eq=False)
class _Search:
    """The search for the recipe of a network under examination."""

    probe: Probe
    found_step: bool = False

    def best(self) -> Recipe:
        """Find how the network is asked. Raises SubjectError where it has no forward pass."""
        forwards = find_forwards(self.probe, lambda: self.found_step)
        try:
            first = next(forwards)
        except SubjectError:
            within = self.most_able(find_local_outputs(self.probe))
            if within is None:
                raise
            return within
        return self.most_able(chain([first], forwards)) or first

    def most_able(self, forwards: Iterable[Recipe]) -> Recipe | None:
        """Take the first way to hand over samples by which gradients or steps can be had."""
        found: list[Recipe] = []
        for recipe in forwards:
            if not found:
                settle(self.probe, recipe)
            tried = self.step(self.backward(recipe))
            if recipe.outputs[0] == "local":
                scale = scale_by_targets(self.probe, tried)
                if scale is None:
                    continue
                tried = replace(tried, scale=scale)
            if tried.gradients:
                return tried
            found.append(tried)
            self.found_step = self.found_step or bool(tried.step)
        return next((recipe for recipe in found if recipe.step), next(iter(found), None))

    def backward(self, recipe: Recipe) -> Recipe:
        """Find out how gradients are had, and what form of labels they take."""
        if "gradients" in self.probe.without:
            return recipe
        self.probe.doing("gradients")
        spare = recipe
        for sizes in self.probe.all_sizes():
            for tried in ways_back(self.probe.bench(), recipe):
                found = self._reader(tried, sizes)
                if not found:
                    continue
                giving = replace(tried, reader=found)
                if is_last_resort(self.probe.bench(), tried) and not minds_targets(
                    self.probe, giving, sizes
                ):
                    continue
                if self._in_shape(giving, sizes):
                    return self._in_its_labels(giving, sizes)
                spare = spare if spare.gradients else self._in_its_labels(giving, sizes)
        return spare

    def _in_shape(self, recipe: Recipe, sizes: Sequence[int]) -> bool:
        """Tell whether gradients are not broadcast, as where one unit's targets are of no use."""
        if sizes[-1] > 1:
            return True
        network = RecipeNetwork(self.probe.bench(sizes), recipe)
        with Trying():
            found = network.ask("gradients", self.probe.question(sizes))
            return is_in_shape(network.get_parameters(), cast(Pair, found))
        return False

    def _reader(self, recipe: Recipe, sizes: Sequence[int]) -> str:
        """Try a way to gradients; return where they are then, "" if nowhere or it was a step."""
        network = RecipeNetwork(self.probe.bench(sizes), recipe)
        before = network.get_parameters()
        environment = network.environment(self.probe.question(sizes), 0 if recipe.single else None)
        try:
            said = network.run(recipe.gradients, environment)
        except BaseException as error:  # noqa: BLE001 - a wrong guess may raise anything
            self.probe.note(recipe.gradients[-1], error)
            return ""
        if moved(before, network.get_parameters()):
            return ""
        bench = network.bench
        names = network.names_of(recipe.gradients[-1])
        found = find_reader(said, names, bench.owner, bench.layers)
        if not found or len(orders_like(found, said, bench.owner, bench.layers)) < 2:
            return found
        return in_order(self.probe, recipe, found, sizes)

    def _in_its_labels(self, recipe: Recipe, sizes: Sequence[int]) -> Recipe:
        """Return a recipe with the form of labels that is meant, where both raise nothing."""
        question = self.probe.question(sizes)

        def rows(form: LabelForm, y: Array) -> Array:
            network = RecipeNetwork(self.probe.bench(sizes), replace(recipe, labels=form))
            weights, biases = network.get_parameters()
            spread = [np.linspace(-0.7, 0.5, w.size).reshape(w.shape) for w in weights]
            network.set_parameters(spread, [0.1 * np.ones(b.shape) for b in biases])
            asked = replace(question, y=y)
            if recipe.gradients:
                return cast(Pair, network.ask("gradients", asked))[0][-1]
            network.step(asked)
            return network.get_parameters()[0][-1]

        with Trying():
            precision = self.probe.bench(sizes).precision
            if recipe.labels == "one-hot" and means_classes(rows, question.y, precision):
                return replace(recipe, labels="integer")
        return recipe

    def step(self, recipe: Recipe) -> Recipe:
        """Find out how a step is taken, and where its learning rate is."""
        if "step" in self.probe.without:
            return recipe
        self.probe.doing("step")
        for sizes in self.probe.all_sizes():
            for tried in ways_to_step(self.probe.bench(), recipe):
                if tried.rate == NOWHERE:
                    name = tried.step[-1].strip(".|")
                    self.probe.tell(
                        f"{name} takes no learning rate, and none is kept as an attribute"
                    )
                    continue
                with Trying():
                    started = begun(self.probe, tried, sizes)
                    if self._moves(started, sizes) and not self._moves_before(started, sizes):
                        self.probe.raised.clear()
                        meant = started if recipe.gradients else self._in_its_labels(started, sizes)
                        meant = replace(meant, online=self._is_online(meant, sizes))
                        if meant.online or not draws_samples(self.probe, meant, sizes):
                            return meant
        return recipe

    def _moves(self, recipe: Recipe, sizes: Sequence[int]) -> bool:
        """Tell whether a step by this recipe changes parameters."""
        network = RecipeNetwork(self.probe.bench(sizes), recipe)
        before = network.get_parameters()
        network.step(self.probe.question(sizes))
        after = network.get_parameters()
        kept = is_in_shape(before, after) or not (of_neurons(network.bench) or sizes[-1] == 1)
        return moved(before, after) and kept and sees_targets(self.probe, recipe, sizes)

    def _is_online(self, recipe: Recipe, sizes: Sequence[int]) -> bool:
        return not recipe.single and is_online(
            lambda made: RecipeNetwork(self.probe.bench(made), recipe),
            sizes,
            self.probe.bench(sizes).precision,
        )

    def _moves_before(self, recipe: Recipe, sizes: Sequence[int]) -> bool:
        """Tell whether they have changed before the last function is called: that is two steps."""
        before = recipe.step[:-1]
        return len(before) > 1 and self._moves(replace(recipe, step=before), sizes)
