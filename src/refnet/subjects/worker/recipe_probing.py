"""Finding out by which recipe a network is asked: by names, signatures and shapes.

Lives here: `recognise_by_recipe`. It knows customary names and the forms of a recipe; nothing of
what is right. Ways to ask are tried on a network of uneven layers, and again on one of square ones,
where a product the wrong way round raises nothing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Array, Question, Taken
from refnet.subjects.worker.binding import signature_of, takes
from refnet.subjects.worker.customary import BACKPROP, COST, EVALUATE, FORWARD, PREDICT, RATES, STEP
from refnet.subjects.worker.gradient_reading import find_reader
from refnet.subjects.worker.layouts import SampleLayout, WeightLayout
from refnet.subjects.worker.leaves import read, shape_of
from refnet.subjects.worker.loading import Loaded
from refnet.subjects.worker.making import SHAPES, Made, find_making, for_jax
from refnet.subjects.worker.outputs_reading import find_outputs, select
from refnet.subjects.worker.recipe_description import describe
from refnet.subjects.worker.recipes import COST as COST_OF_OUTPUTS
from refnet.subjects.worker.places import ArrayLayer
from refnet.subjects.worker.recipes import GRAD, SELF, SLOPE, LabelForm, Recipe, RecipeNetwork
from refnet.subjects.worker.workbench import Bench

_MORE_FORWARD = (
    "forward_propagate",
    "l_model_forward",
    "model_forward",
    "batched_predict",
    "batch_predict",
    "batch_forward",
    "query",
    "forward_propagation_deep",
    "activate",
    "net",
    "model",
    "predict",
    "loss",
)
_MORE_BACK = (
    "backward_prop",
    "backward_propagation",
    "backprop_step",
    "l_model_backward",
    "model_backward",
    "backward_propagate",
    "backward_propagate_error",
    "back_propagation",
    "loss",
    "compute_loss",
    "loss_and_gradients",
    "grads",
)
_MORE_STEP = (
    "update_params",
    "update_parameters",
    "update_weights",
    "gradient_descent",
    "optimize",
    "apply_gradients",
    "train",
    "fit",
    "train_network",
    "backward",
    "backprop",
    "back_propagation",
    "backpropagation",
    "backward_pass",
    "backward_prop",
    "backward_propagation",
)
_MORE_PREDICT = ("get_predictions", "predict_labels", "predict_class")
_MORE_EVALUATE = ("get_accuracy", "compute_accuracy", "calculate_accuracy")
_MORE_COST = ("calculate_cost", "calculate_loss", "mse", "mse_loss", "cross_entropy")
"""What such functions are called, beside what customary.py has."""

LAYOUTS: tuple[SampleLayout, ...] = (
    "columns",
    "rows",
    "single column",
    "single vector",
    "single row",
)
SAMPLES = 6
"""Samples of a batch that is tried: unlike every number of units in SHAPES."""


def recognise_by_recipe(
    loaded: Loaded, found: object, without: Sequence[str], doing: Callable[[str], None]
) -> Taken:
    """Take in a network of any form. Raises SubjectError that says what is missing."""
    made = find_making(found)
    if "jax" in sys.modules:
        made = for_jax(made)
    probe = Probe(loaded, made, frozenset(without), doing)
    recipe = probe.rest(probe.most_able(probe.forwards()))
    doing("")
    if not recipe.gradients and not recipe.step:
        raise SubjectError(
            f"got {probe.name} with weights and the forward pass {recipe.forward.strip('.|')}, but "
            "nothing that gives gradients or takes a step at a learning rate of one's choice"
            f"{probe.why}; expected one of the two"
        )
    description = describe(probe.bench(), recipe, probe.made, tuple(probe.notes))
    return Taken(description, lambda sizes: RecipeNetwork(probe.bench(sizes), recipe))


@dataclass(eq=False)
class Probe:
    """A network under examination: how it is made, and what is not to be tried."""

    loaded: Loaded
    made: Made
    without: frozenset[str]
    doing: Callable[[str], None]
    notes: list[str] = field(default_factory=list[str])
    raised: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """What it is called, for a message."""
        return type(self.bench().owner).__name__

    @property
    def why(self) -> str:
        """What the last attempts raised, for a message."""
        return f" ({'; '.join(dict.fromkeys(self.raised))})" if self.raised else ""

    def all_sizes(self) -> list[tuple[int, ...]]:
        """List the layer sizes that are tried, uneven ones first."""
        if self.made.fixed is not None:
            return [self.made.fixed]
        depth = self.made.depth or 2
        uneven = next(sizes for sizes in SHAPES if len(sizes) == depth + 1)
        return [uneven, (3,) * (depth + 1)]

    def bench(self, sizes: Sequence[int] | None = None) -> Bench:
        """Make a network and put it on the bench."""
        made = self.made.make(self.all_sizes()[0] if sizes is None else sizes)
        return Bench(made, self.loaded.module, self.made.layout)

    def settle_layout(self, recipe: Recipe) -> None:
        """Find out how a square first layer is kept, by which input its weight [0, 1] counts."""
        sizes = self.made.fixed
        if sizes is None or sizes[0] != sizes[1] or self.made.layout is None:
            return
        question, network = self.question(sizes), RecipeNetwork(self.bench(), recipe)
        weights, biases = network.get_parameters()
        first = np.zeros(weights[0].shape)
        first[(0, 1) if self.made.layout == "out-in" else (1, 0)] = 0.5
        rest = [np.linspace(0.1, 0.7, w.size).reshape(w.shape) for w in weights[1:]]
        network.set_parameters([first, *rest], [np.full(b.shape, 0.1) for b in biases])
        x = np.ones(question.x.shape)
        x[0] = 0.25
        said = [network.ask("outputs", replace(question, x=each)) for each in (np.ones(x.shape), x)]
        # Kept as (out, in), the weight [0, 1] belongs to the second input, and x[0] makes no
        # difference; kept the other way round, it belongs to the first.
        other: WeightLayout = "out-in" if np.array_equal(*said) else "in-out"
        self.made = replace(self.made, layout=other)

    def question(self, sizes: Sequence[int]) -> Question:
        """Return a batch that tells layouts apart: the last class occurs in it."""
        samples = SAMPLES + (SAMPLES in sizes)
        x = np.linspace(-1.0, 1.0, sizes[0] * samples).reshape(sizes[0], samples)
        classes = (sizes[-1] - 1 - np.arange(samples)) % sizes[-1]
        return Question(x, np.eye(sizes[-1])[:, classes], 0.5, 0.0, 2 * samples)

    def forwards(self) -> Iterator[Recipe]:
        """Find forward passes, how they take samples, and where their outputs are, in order.

        Raises SubjectError if there is none.
        """
        self.doing("outputs")
        tried = self.bench().find((*FORWARD, *_MORE_FORWARD))
        for sizes in self.all_sizes():
            ways = (self._forward(name, layout, sizes) for name in tried for layout in LAYOUTS)
            found = False
            for recipe in ways:
                if recipe is not None:
                    found = True
                    yield recipe
            if found:
                return
        held = ", ".join(name.strip(".|") for name in tried)
        raise SubjectError(
            f"got {self.name} with weights of the layer sizes {list(self.all_sizes()[0])}, but "
            + (
                f"{held} gives no outputs of a fitting shape{self.why}"
                if held
                else "no forward pass"
            )
            + "; expected a function that takes inputs and returns outputs; call it forward"
        )

    def most_able(self, forwards: Iterable[Recipe]) -> Recipe:
        """Take the first way to hand over samples by which gradients or steps can be had."""
        found: list[Recipe] = []
        for recipe in forwards:
            if not found:
                with suppress(Exception):
                    self.settle_layout(recipe)
            tried = self.step(self.backward(recipe))
            if tried.gradients:
                return tried
            found.append(tried)
        return next((recipe for recipe in found if recipe.step), found[0])

    def _forward(self, name: str, layout: SampleLayout, sizes: Sequence[int]) -> Recipe | None:
        bench, question = self.bench(sizes), self.question(sizes)
        function = bench.function(name)
        if name.strip(".") == "loss" and not any(p.default is None for p in signature_of(function)):
            return None
        trial = Recipe(layout, name)
        network = RecipeNetwork(bench, trial)
        environment = network.environment(question, 0 if trial.single else None)
        environment.roles.pop("y")
        straight, turned = ANSWERS[layout](question.samples, sizes[-1])
        try:
            said = environment.call(function)
        except Exception as error:  # noqa: BLE001 - a wrong guess may raise anything
            self.raised.append(f"{name.strip('.|')} raised {type(error).__name__}: {error}")
            return None
        selector = find_outputs(
            said,
            network.names_of(name),
            bench.owner,
            len(bench.layers),
            lambda value: shape_of(value) in (straight, turned),
        )
        if selector is None:
            return None
        self.raised.clear()
        shape = shape_of(select(selector, said, bench.owner, len(bench.layers)))
        recipe = Recipe(layout, name, selector, turned=layout == "rows" and shape == turned)
        outputs = RecipeNetwork(self.bench(sizes), recipe).ask("outputs", question)
        if name.strip(".") == "loss":
            return replace(recipe, scale="softmax")
        if bench.torch is not None and bench.torch.scale:
            return replace(recipe, scale=bench.torch.scale)
        logarithms = sizes[-1] > 1 and np.allclose(np.exp(outputs).sum(axis=0), 1.0, atol=1e-4)
        return replace(recipe, scale="exp" if logarithms else "")

    def backward(self, recipe: Recipe) -> Recipe:
        """Find out how gradients are had, and what form of labels they take."""
        if "gradients" in self.without:
            return recipe
        self.doing("gradients")
        for sizes in self.all_sizes():
            for tried in self._ways_back(recipe):
                found = self._reader(tried, sizes)
                if found:
                    return replace(tried, reader=found)
        return recipe

    def _ways_back(self, recipe: Recipe) -> Iterator[Recipe]:
        bench = self.bench()
        forms: tuple[LabelForm, ...] = ("one-hot", "integer")
        ways: list[tuple[str, ...]] = []
        for name in bench.find((*BACKPROP, *_MORE_BACK)):
            function = bench.function(name)
            own = () if name == recipe.forward else (recipe.forward,)
            if name == "|backward" or (
                takes(function, "output_gradient") and not takes(function, "y")
            ):
                if bench.loss.slope is not None:
                    ways.append((*own, SLOPE, name))
            else:
                ways.append((*own, name))
        if differentiates_itself(bench):
            ways.append((recipe.forward, SELF))
        if bench.is_data and "jax" in sys.modules:
            ways += [(recipe.forward, f"{GRAD}{name}") for name in bench.find((*COST, *_MORE_COST))]
        for way in ways:
            for labels in forms:
                yield replace(recipe, gradients=way, labels=labels)

    def _reader(self, recipe: Recipe, sizes: Sequence[int]) -> str:
        """Try a way to gradients; return where they are then, "" if nowhere or it was a step."""
        network = RecipeNetwork(self.bench(sizes), recipe)
        before = network.get_parameters()
        environment = network.environment(self.question(sizes), 0 if recipe.single else None)
        try:
            said = network.run(recipe.gradients, environment)
        except Exception as error:  # noqa: BLE001 - a wrong guess may raise anything
            last = recipe.gradients[-1].strip(".|")
            self.raised.append(f"{last} raised {type(error).__name__}: {error}")
            return ""
        if moved(before, network.get_parameters()):
            return ""
        bench = network.bench
        return find_reader(said, network.names_of(recipe.gradients[-1]), bench.owner, bench.layers)

    def step(self, recipe: Recipe) -> Recipe:
        """Find out how a step is taken, and where its learning rate is."""
        if "step" in self.without:
            return recipe
        self.doing("step")
        for sizes in self.all_sizes():
            for tried in self._ways_forward(recipe):
                with suppress(Exception):
                    if self._moves(tried, sizes) and not self._moves_before(tried, sizes):
                        self.raised.clear()
                        return tried
        return recipe

    def _moves(self, recipe: Recipe, sizes: Sequence[int]) -> bool:
        """Tell whether a step by this recipe changes parameters."""
        network = RecipeNetwork(self.bench(sizes), recipe)
        before = network.get_parameters()
        network.step(self.question(sizes))
        return moved(before, network.get_parameters())

    def _moves_before(self, recipe: Recipe, sizes: Sequence[int]) -> bool:
        """Tell whether they have changed before the last function is called: that is two steps."""
        before = recipe.step[:-1]
        return len(before) > 1 and self._moves(replace(recipe, step=before), sizes)

    def _ways_forward(self, recipe: Recipe) -> Iterator[Recipe]:
        """Yield ways to a step, those in which every sample of a batch counts at once first."""
        bench = self.bench()
        back = recipe.gradients
        backs = [back] if back else [tried.gradients for tried in self._ways_back(recipe)][::2]
        forms: tuple[LabelForm, ...] = (recipe.labels,) if back else ("one-hot", "integer")
        ways: list[tuple[str, ...]] = []
        if bench.chain is not None and bench.loss.slope is not None and bench.chain.steps_back:
            ways.append((recipe.forward, SLOPE, "|step_back"))
        for name in bench.find((*STEP, *_MORE_STEP)):
            function = bench.function(name)
            if bench.is_data and not bench.takes_parameters(function):
                continue  # it trains a network of its own
            if takes(function, "output_gradient") and not takes(function, "y"):
                if bench.loss.slope is not None:
                    ways.append((recipe.forward, SLOPE, name))
            else:
                ways += [(*each, name) for each in backs if name not in each]
                ways.append(
                    (name,)
                    if takes(function, "x") or takes(function, "row")
                    else (recipe.forward, name)
                )
        if back and bench.chain is not None and bench.chain.updates:
            ways.append((*back, "|update"))
        for way in ways:
            for labels in forms:
                tried = replace(recipe, step=way, labels=labels)
                if any(takes(bench.function(n), "learning_rate") for n in way if n[0] != "<"):
                    yield tried
                else:
                    place = rate_of(bench)
                    if place:
                        yield replace(tried, rate=place)
                    else:
                        self._note_rate(way)

    def _note_rate(self, way: tuple[str, ...]) -> None:
        told = f"{way[-1].strip('.|')} takes no learning rate, and none is kept as an attribute"
        if told not in self.raised:
            self.raised.append(told)

    def rest(self, recipe: Recipe) -> Recipe:
        """Find out about costs, predictions and counting."""
        bench = self.bench()
        ways: list[tuple[str, ...]] = []
        if bench.loss.value is not None:
            ways.append((recipe.forward, COST_OF_OUTPUTS))
        for name in bench.find((*COST, *_MORE_COST)):
            ways += [(name,), (recipe.forward, name)] if name != recipe.forward else [(name,)]
        recipe = self._first(
            recipe, "cost", ways, lambda said: shape_of(said) is not None and read(said).size == 1
        )
        ways = []
        for name in bench.find((*PREDICT, *_MORE_PREDICT)):
            if name != recipe.forward:
                ways += [(name,), (recipe.forward, name)]
        classes = self._first(recipe, "predictions", ways, are_classes)
        if classes.predict or "correct" in self.without:
            recipe = classes
        return self._counting(recipe, bench)

    def _first(
        self,
        recipe: Recipe,
        part: str,
        ways: Sequence[tuple[str, ...]],
        fits: Callable[[Any], bool],
    ) -> Recipe:
        if part in self.without:
            return recipe
        self.doing(part)
        name = {"cost": "cost", "predictions": "predict"}[part]
        for way in ways:
            tried = replace(recipe, **{name: way})
            with suppress(Exception):
                said = RecipeNetwork(self.bench(), tried).ask(
                    "cost" if part == "cost" else "predictions", self.question(self.all_sizes()[0])
                )
                if fits(said):
                    return tried
        return recipe

    def _counting(self, recipe: Recipe, bench: Bench) -> Recipe:
        """Find out how right answers are counted: of one repeated sample, exactly one label is."""
        if "correct" in self.without or recipe.single:
            return recipe
        self.doing("correct")
        for name in bench.find((*EVALUATE, *_MORE_EVALUATE)):
            for way in ((name,), (*recipe.predict, name), (recipe.forward, name)):
                tried = replace(recipe, evaluate=way)
                with suppress(Exception):
                    total = self._total(tried)
                    for per_count, one in (
                        ("one", float(SAMPLES)),
                        ("share", 1.0),
                        ("percent", 100.0),
                    ):
                        if abs(total - one) < 1e-9:
                            return replace(tried, per_count=per_count)
        return recipe

    def _total(self, recipe: Recipe) -> float:
        sizes = self.all_sizes()[0]
        x = np.linspace(-1.0, 1.0, sizes[0]).reshape(-1, 1).repeat(SAMPLES, axis=1)
        total = 0.0
        for label in range(sizes[-1]):
            y = np.eye(sizes[-1])[:, [label] * SAMPLES]
            network = RecipeNetwork(self.bench(), recipe)
            total += float(network.ask("correct", Question(x, y, 1.0, 0.0, 1)))
        return total


ANSWERS: dict[SampleLayout, Callable[[int, int], tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "columns": lambda samples, units: ((units, samples), (units, samples)),
    "rows": lambda samples, units: ((samples, units), (units, samples)),
    "single column": lambda _samples, units: ((units, 1), (units,)),
    "single vector": lambda _samples, units: ((units,), () if units == 1 else (units, 1)),
    "single row": lambda _samples, units: ((1, units), (units,)),
}
"""The shapes that outputs have by how samples are taken: as the samples have, or another."""


def moved(
    before: tuple[Sequence[Array], Sequence[Array]], after: tuple[Sequence[Array], Sequence[Array]]
) -> bool:
    """Tell whether parameters have changed."""
    return not all(
        np.array_equal(old, new)
        for olds, news in zip(before, after, strict=True)
        for old, new in zip(olds, news, strict=True)
    )


def differentiates_itself(bench: Bench) -> bool:
    """Tell whether parameters have a .grad that a backward pass fills in."""
    if bench.torch is not None:
        return True
    layer = bench.layers[0]
    return not isinstance(layer, ArrayLayer) and layer.gradients() is not None


def rate_of(bench: Bench) -> str:
    """Find where a network keeps its learning rate: an attribute, its optimiser's, or a global."""
    names = (*RATES, "step_size", "learningRate", "lr_rate", "LEARNING_RATE", "LR", "ALPHA", "ETA")
    if not isinstance(bench.owner, dict | list):
        for prefix, holder in (
            ("", bench.owner),
            ("optimizer.", getattr(bench.owner, "optimizer", None)),
        ):
            for name in names:
                if isinstance(getattr(holder, name, None), float | int):
                    return f".{prefix}{name}"
    if bench.is_data:
        for name in names:
            if isinstance(getattr(bench.module, name, None), float | int):
                return name
    return ""


def are_classes(said: Any) -> bool:
    """Tell whether these are classes, one whole number for each sample."""
    values = np.asarray(said)
    return values.ndim == 1 and values.size >= SAMPLES and bool(np.all(values == np.round(values)))
