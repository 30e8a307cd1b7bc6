"""Outputs that a function computes on its way, and returns nothing of: a loss, or a prediction.

Lives here: `find_local_outputs`. It knows local variables and how a network is asked by a
recipe, nothing of what is right.

A local variable is taken for the outputs only where gradients say so (target_gradients.py): its
name alone may be that of scores, or of an error.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.subjects.worker.binding import signature_of, takes
from refnet.subjects.worker.customary import (
    BACK_LIKE,
    BACKPROP,
    COST,
    MORE_BACK,
    MORE_COST,
    MORE_PREDICT,
    PREDICT,
)
from refnet.subjects.worker.layouts import SampleLayout
from refnet.subjects.worker.leaves import read, shape_of
from refnet.subjects.worker.local_variables import into
from refnet.subjects.worker.outputs_reading import rank
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.recipe_trying import Probe, answers
from refnet.subjects.worker.recipe_ways import forms_of
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork

_NO_OUTPUT = re.compile(r"^d[A-Z_0-9]|delta|err|diff|grad|loss|cost|^d[a-z]?\d?$", re.IGNORECASE)
"""What is called so is a derivative or an error, though its shape is that of outputs."""

_BATCHES: tuple[SampleLayout, ...] = ("rows", "columns", "single vector", "single column")


def find_local_outputs(probe: Probe) -> Iterator[Recipe]:
    """Yield recipes that take a local variable of a function for the outputs, likely ones first."""
    bench, sizes = probe.bench(), probe.all_sizes()[0]
    names = bench.find(
        (*PREDICT, *MORE_PREDICT, *COST, *MORE_COST, *BACKPROP, *MORE_BACK), BACK_LIKE
    )
    for name in names:
        if not takes(bench.function(name), "x"):
            continue
        for layout in _BATCHES:
            for labels in forms_of(bench, Recipe(layout, name)):
                yield from _locals(probe, Recipe(layout, name, labels=labels), sizes)


def _locals(probe: Probe, recipe: Recipe, sizes: Sequence[int]) -> Iterator[Recipe]:
    bench, question = probe.bench(sizes), probe.question(sizes)
    shapes = answers(recipe.samples, 1 if recipe.single else question.samples, sizes[-1])
    function = bench.function(recipe.forward)
    held: dict[str, Any] = {}
    with Trying():
        at = 0 if recipe.single else None
        environment = RecipeNetwork(bench, recipe).environment(question, at)
        environment.call(function, into(held))
    handed = [parameter.name for parameter in signature_of(function)]
    fitting = [
        name
        for name, value in held.items()
        if shape_of(value) in shapes and name not in handed and not _NO_OUTPUT.search(name)
    ]
    fitting = [name for name in fitting if np.any(read(held[name]) != np.round(read(held[name])))]
    fitting.reverse()  # of those that are as likely, the last is the end of the way
    for name in sorted(fitting, key=rank, reverse=True):
        shape = shape_of(held[name])
        yield replace(
            recipe,
            outputs=("local", (name,)),
            turned=recipe.samples == "rows" and shape == shapes[1],
            flat=sizes[-1] == 1 and shape == shapes[-1],
        )
