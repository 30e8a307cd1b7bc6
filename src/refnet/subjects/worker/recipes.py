"""A network of any form, asked by a recipe: which functions, in which order, with what.

Lives here: Recipe and RecipeNetwork. What goes into a recipe is found out in recipe_probing.py.
It knows layouts and binding, nothing of what is right.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from refnet.problem import Part
from refnet.subjects.worker.adapted import Array, Arrays, Pair, Question
from refnet.subjects.worker.binding import Environment, is_foreign, returned_names, takes
from refnet.subjects.worker.differentiating import differentiated
from refnet.subjects.worker.gradient_reading import read_gradients
from refnet.subjects.worker.jax_functions import by_gradient, with_global
from refnet.subjects.worker.kept_rates import put_rate
from refnet.subjects.worker.late import armed, as_training_set, once
from refnet.subjects.worker.layouts import (
    SampleLayout,
    book_outputs,
    own_sample,
    own_samples,
)
from refnet.subjects.worker.leaves import given, is_tuple, read
from refnet.subjects.worker.local_variables import into
from refnet.subjects.worker.outputs_reading import Selector, cache_of, select
from refnet.subjects.worker.scales import SCALES, Scale
from refnet.subjects.worker.workbench import Bench

LabelForm = Literal["one-hot", "integer", "vector"]
"""How targets are handed over; a vector has those of one unit, a number for each sample."""


@dataclass(frozen=True)
class Recipe:
    """How a network is asked; empty where it has no such thing.

    `forward`, `gradients`, `step`, `cost`, `predict` and `evaluate` are functions to be called one
    after the other, as a Bench names them, or one of SLOPE, COST and SELF. `turned` tells that rows
    come back as columns, `flat` that outputs of one unit are a vector, `rate` where the learning
    rate is kept, if no function takes it; `step_samples` how a step takes samples, if otherwise;
    `online` that a step on a batch is one step for every sample; `drawing` names weights that it
    draws to begin with, which are replaced; `counted` is the form of the labels with which right
    answers are counted, which may be another one than that of the targets.
    """

    samples: SampleLayout
    forward: str
    outputs: Selector = ("returned", ())
    turned: bool = False
    flat: bool = False
    labels: LabelForm = "one-hot"
    scale: Scale = ""
    gradients: tuple[str, ...] = ()
    reader: str = ""
    step: tuple[str, ...] = ()
    rate: str = ""
    step_samples: SampleLayout | Literal[""] = ""
    online: bool = False
    drawing: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    predict: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()
    counted: LabelForm = "one-hot"
    per_count: Literal["one", "share", "percent"] = "one"

    @property
    def single(self) -> bool:
        """Whether it takes one sample at a time."""
        return self.samples not in ("columns", "rows")


SLOPE = "<derivative of the cost>"
COST = "<cost>"
SELF = "<cost that differentiates itself>"
OPTIMISER = "<optimiser>"
GRAD = "<jax.grad>"
"""Steps of a recipe that are no functions of the network itself; GRAD stands before a name."""


class RecipeNetwork:
    """One network on the bench, asked in the book's layout."""

    def __init__(self, bench: Bench, recipe: Recipe) -> None:
        self.bench = bench
        self.recipe = recipe
        self.seed = 0
        self.kept: list[str] = []
        """Weights that have been replaced by themselves, where others were to be drawn."""

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Put copies of the parameters into the network."""
        self.bench.write(weights, biases)

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are."""
        return self.bench.read()

    def ask(self, part: Part, question: Question) -> Any:
        """Return what the network says of this part."""
        asked: dict[Part, Callable[[Question], Any]] = {
            "outputs": self._outputs,
            "cost": self._cost,
            "gradients": self._gradients,
            "step": self.step,
            "predictions": self._predictions,
            "correct": self._correct,
        }
        return asked[part](question)

    def forward(self, environment: Environment) -> Any:
        """Call the forward pass, and leave outputs and cache at hand; return the outputs."""
        function = self.bench.function(self.recipe.forward)
        withheld = environment.roles
        if self.recipe.outputs[0] == "local":
            held: dict[str, Any] = {}
            said = environment.call(function, into(held))
            outputs = held[self.recipe.outputs[1][0]]
        else:
            if not takes(function, "outputs"):
                environment.roles = {key: withheld[key] for key in withheld if key != "y"}
            said = environment.call(function)
            depth = len(self.bench.layers)
            outputs = select(self.recipe.outputs, said, self.bench.owner, depth)
        environment.roles = withheld
        environment.roles["outputs"] = outputs
        if is_tuple(said):
            environment.roles["cache"] = cache_of(said, outputs)
        elif said is not outputs:
            environment.roles["cache"] = said
        return outputs

    def run(self, names: Sequence[str], environment: Environment) -> Any:
        """Call functions one after the other; return what the last one returned."""
        said: Any = None
        for name in names:
            if name == self.recipe.forward and len(names) > 1:
                said = self.forward(environment)
            elif name == SLOPE:
                slope = self.bench.loss.slope
                roles = environment.roles
                said = None if slope is None else slope(roles["outputs"], roles["y"])
                roles["output_gradient"] = said
            elif name == COST:
                value = self.bench.loss.value
                roles = environment.roles
                said = None if value is None else value(roles["outputs"], roles["y"])
            elif name == SELF:
                roles = environment.roles
                said = differentiated(roles["outputs"], roles["y"], self.bench.loss.value)
            elif name.startswith(GRAD):
                said = environment.call(self.bench.function(name[len(GRAD) :]), by_gradient)
            else:
                function = self.bench.function(name)
                said = environment.call(function)
                environment.roles["gradients"] = said
                if name in self.recipe.predict:
                    environment.roles["outputs"] = said
        return said

    def environment(
        self, question: Question, sample: int | None = None, form: LabelForm | None = None
    ) -> Environment:
        """Return what is at hand: the batch, or one sample of it, in the network's own layout.

        `form` is that of the labels, where it is not that of the targets.
        """
        layout, like = self.recipe.samples, self.bench.leaf
        if sample is None:
            x, y = own_samples(question.x, layout), own_samples(question.y, layout)
        else:
            x, y = (own_sample(each, sample, layout) for each in (question.x, question.y))
        labels = question.y.argmax(axis=0)
        row = [*np.ravel(x).tolist(), int(labels[0 if sample is None else sample])]
        form = form or self.recipe.labels
        if form == "integer":
            y = labels if sample is None else labels[sample]
        elif form == "vector":
            y = y.reshape(-1 if sample is None else ())
        samples = question.samples if sample is None else 1
        mine = given(x, like)
        targets = y.item() if np.ndim(y) == 0 else given(y, like)
        if form == "integer" and self.recipe.drawing:
            targets = as_training_set(targets, question.y.shape[0])
        roles = {
            "x": mine,
            "y": targets,
            "learning_rate": question.learning_rate,
            "l2": question.l2,
            "training_size": question.training_size,
            "samples": samples,
            "batch_size": samples,
            "epochs": 1,
            "row": row,
            "classes": question.y.shape[0],
        }
        foreign = is_foreign(self.bench.function(self.recipe.forward))
        return self.bench.environment(roles, samples, foreign=foreign)

    def _outputs(self, question: Question) -> Array:
        units = self.bench.layers[-1].ends[1]
        if not self.recipe.single:
            said = read(self.forward(self.environment(question)))
            if self.recipe.flat and said.shape == (question.samples,):
                said = said.reshape(-1, 1) if self.recipe.samples == "rows" else said.reshape(1, -1)
            layout = "columns" if self.recipe.turned else self.recipe.samples
            outputs = book_outputs(said, layout, question.samples, units)
        else:
            columns = [
                read(self.forward(self.environment(question, at))) for at in range(question.samples)
            ]
            outputs = np.hstack([a.reshape(-1, 1) if a.size == units else a for a in columns])
        return SCALES[self.recipe.scale](outputs)

    def _gradients(self, question: Question) -> Pair:
        recipe = self.recipe
        environment = self.environment(question, 0 if recipe.single else None)
        said = self.run(recipe.gradients, environment)
        names = self.names_of(recipe.gradients[-1])
        found = read_gradients(recipe.reader, said, names, self.bench.owner, self.bench.layers)
        if found is None:
            raise ValueError("there is no gradient for every weight and bias after the call")
        return found

    def names_of(self, name: str) -> tuple[str, ...]:
        """Return what a function calls the values that it returns."""
        return () if name.startswith("<") else returned_names(self.bench.function(name))

    def step(self, question: Question) -> None:
        """Take one step of gradient descent."""
        recipe = self.recipe
        if recipe.step_samples:
            other = replace(recipe, samples=recipe.step_samples, step_samples="")
            RecipeNetwork(self.bench, other).step(question)
            return
        environment = self.environment(question, 0 if recipe.single else None)
        if not self.bench.is_data:
            once(self.bench.owner, question.samples)
        if recipe.rate:
            put_rate(self.bench, recipe.rate, question.learning_rate)
            if self.bench.is_data:
                environment.by = with_global(self.bench.module, recipe.rate)
        if OPTIMISER in recipe.step:
            self._step_by_optimiser(question, environment)
            return
        with (
            armed(self.bench.owner, recipe.drawing, self.kept, self.seed)
            if recipe.drawing
            else nullcontext()
        ):
            said = self.run(recipe.step, environment)
        self.bench.absorb(self.names_of(recipe.step[-1]), said)

    def _step_by_optimiser(self, question: Question, environment: Environment) -> None:
        taking, owner = self.bench.optimiser, self.bench.owner
        if taking is None:
            raise TypeError("there is no optimiser to take a step")
        optimiser = taking.made(owner, question.learning_rate)
        taking.begin(optimiser, owner)
        said = self.run(self.recipe.step[:-1], environment)
        taking.step(optimiser, owner, said)

    def _cost(self, question: Question) -> Any:
        if not self.recipe.single:
            return self._number(self.run(self.recipe.cost, self.environment(question)))
        costs = [
            self._number(self.run(self.recipe.cost, self.environment(question, at)))
            for at in range(question.samples)
        ]
        return sum(costs) / len(costs)

    def _number(self, said: Any) -> float:
        first = said[0] if is_tuple(said) else said
        return float(read(first).reshape(()))

    def _predictions(self, question: Question) -> Array:
        if not self.recipe.single:
            said = read(self.run(self.recipe.predict, self.environment(question)))
            return said.reshape(-1) if said.size == question.samples else said
        answers = [
            read(self.run(self.recipe.predict, self.environment(question, at)))
            for at in range(question.samples)
        ]
        return np.array([one.reshape(()) if one.size == 1 else one for one in answers])

    def _correct(self, question: Question) -> Any:
        environment = self.environment(question, form=self.recipe.counted)
        said = float(read(self.run(self.recipe.evaluate, environment)))
        if self.recipe.per_count == "one":
            return said
        whole = 1 if self.recipe.per_count == "share" else 100
        return round(said * question.samples / whole, 6)
