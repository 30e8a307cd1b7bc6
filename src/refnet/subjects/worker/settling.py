"""Settling by the outputs what shapes and names leave open: layouts, biases, buffers.

Lives here: `settle` and `passes_over_a_layer`. They know how a network is asked by a
recipe, nothing of what is right.
"""

from dataclasses import replace

import numpy as np

from refnet.subjects.worker.adapted import Array, Arrays
from refnet.subjects.worker.layouts import WeightLayout
from refnet.subjects.worker.leaves import read
from refnet.subjects.worker.making import SHAPES
from refnet.subjects.worker.places import ArrayLayer, kind_of
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.recipe_trying import Probe
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork


def settle(probe: Probe, recipe: Recipe) -> None:
    """Ask a forward pass a few questions, and note in the probe what its answers say."""
    for settled in (_layout, _biases, _buffers):
        with Trying():
            settled(probe, recipe)


def passes_over_a_layer(probe: Probe, recipe: Recipe) -> bool:
    """Tell whether code is written for two layers, of parameters that may be of any number.

    Of three layers its outputs are those of the second, one for each of the units of that.
    """
    if probe.made.fixed is not None or probe.made.depth is not None:
        return False
    sizes = next(sizes for sizes in SHAPES if len(sizes) == 4)
    question = probe.question(sizes)
    with Trying():
        network = RecipeNetwork(probe.bench(sizes), recipe)
        said = network.forward(network.environment(question, 0 if recipe.single else None))
        return read(said).size == sizes[2] * (1 if recipe.single else question.samples)
    return False


def _layout(probe: Probe, recipe: Recipe) -> None:
    """Find out how a square first layer is kept, by which input its weight [0, 1] counts."""
    sizes = probe.made.fixed
    if sizes is None or sizes[0] != sizes[1] or probe.made.layout is None:
        return
    question, network = probe.question(sizes), RecipeNetwork(probe.bench(), recipe)
    if getattr(network.bench.layers[0], "augmented", ""):
        return  # with biases among the weights it is not square, and its shape tells
    weights, biases = network.get_parameters()
    first = np.zeros(weights[0].shape)
    first[(0, 1) if probe.made.layout == "out-in" else (1, 0)] = 0.5
    network.set_parameters([first, *_rest(weights)], [np.full(b.shape, 0.1) for b in biases])
    x = np.ones(question.x.shape)
    x[0] = 0.25
    said = [network.ask("outputs", replace(question, x=each)) for each in (np.ones(x.shape), x)]
    # Kept as (out, in), the weight [0, 1] belongs to the second input, and x[0] makes no
    # difference; kept the other way round, it belongs to the first.
    other: WeightLayout = "out-in" if np.array_equal(said[0], said[1]) else "in-out"
    probe.made = replace(probe.made, layout=other)


def _biases(probe: Probe, recipe: Recipe) -> None:
    """Find out which weights are the biases: without the others, inputs make no difference."""
    bench = probe.bench()
    first = bench.layers[0]
    if not isinstance(first, ArrayLayer) or not first.augmented:
        return
    question, network = probe.question(probe.all_sizes()[0]), RecipeNetwork(bench, recipe)
    weights, biases = network.get_parameters()
    network.set_parameters(
        [np.zeros(weights[0].shape), *_rest(weights)], [np.full(b.shape, 0.5) for b in biases]
    )
    said = [network.ask("outputs", replace(question, x=x)) for x in (question.x, 0.5 * question.x)]
    if not np.array_equal(said[0], said[1]):
        probe.made = replace(probe.made, augmented="first")


def _buffers(probe: Probe, recipe: Recipe) -> None:
    """Leave out biases that are called by no such name and make no difference: buffers."""
    first = probe.bench().layers[0]
    if not isinstance(first, ArrayLayer) or first.bias is None or kind_of(first.bias.key) == "bias":
        return  # if biases by name make no difference, that is a mistake
    question = probe.question(probe.all_sizes()[0])
    network = RecipeNetwork(probe.bench(), recipe)
    weights, biases = network.get_parameters()
    said: list[Array] = []
    for bias in (0.0, 0.5):
        network.set_parameters(_spread(weights), [np.full(b.shape, bias) for b in biases])
        said.append(network.ask("outputs", question))
    if np.array_equal(said[0], said[1]):
        probe.made = replace(probe.made, biased=False)


def _rest(weights: Arrays) -> list[Array]:
    return _spread(weights[1:])


def _spread(weights: Arrays) -> list[Array]:
    return [np.linspace(0.1, 0.7, w.size).reshape(w.shape) for w in weights]
