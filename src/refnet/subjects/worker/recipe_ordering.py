"""In which order gradients are returned that have no names, where their shapes do not tell.

Lives here: `in_order`, `orders_like` and `tells_the_first`. It knows how a network is asked by a
recipe; of gradients only that those of the first weights are multiples of the inputs.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.subjects.worker.adapted import Array, Pair
from refnet.subjects.worker.gradient_reading import READERS, Order
from refnet.subjects.worker.places import Layer
from refnet.subjects.worker.recipe_trying import Probe, generic
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork


def tells_the_first(dws: Sequence[Array]) -> bool:
    """Tell whether gradients at inputs of 0 are in order: only those of the first weights are 0."""
    return not np.any(dws[0]) and all(np.any(dw) for dw in dws[1:])


def orders_like(name: str, value: Any, owner: Any, layers: Sequence[Layer]) -> dict[str, Pair]:
    """Read gradients in every order that their shapes allow as well as the one that was found.

    Of those that come to the same, one is left. Empty for what is not read in an order.
    """
    found: dict[str, Pair] = {}
    known = READERS[name]
    for other, reader in READERS.items():
        if not isinstance(reader, Order) or not isinstance(known, Order):
            continue
        pair = reader(value, (), owner, layers) if reader.loosely == known.loosely else None
        if pair is not None and not any(_same(pair, before) for before in found.values()):
            found[other] = pair
    return found


def _same(one: Pair, other: Pair) -> bool:
    return all(
        np.array_equal(mine, theirs)
        for ours, others in zip(one, other, strict=True)
        for mine, theirs in zip(ours, others, strict=True)
    )


def in_order(probe: Probe, recipe: Recipe, found: str, sizes: Sequence[int]) -> str:
    """Tell by inputs of 0 in which order gradients are that may be in several; "" if in none.

    Then those of the first weights are 0, and no others: they are multiples of the inputs.
    """
    network = RecipeNetwork(probe.bench(sizes), recipe)
    weights, biases = generic(network.get_parameters())
    network.set_parameters(weights, biases)
    question = probe.question(sizes)
    environment = network.environment(
        replace(question, x=0.0 * question.x), 0 if recipe.single else None
    )
    bench, said = network.bench, network.run(recipe.gradients, environment)
    orders = orders_like(found, said, bench.owner, bench.layers)
    fitting = [name for name, (dws, _) in orders.items() if tells_the_first(dws)]
    if len(fitting) == 1:
        return fitting[0]
    probe.tell(
        f"in which order {recipe.gradients[-1].strip('.|')} returns its gradients could not be "
        f"found out from layers of the sizes {list(sizes)}: return them by name"
    )
    return ""
