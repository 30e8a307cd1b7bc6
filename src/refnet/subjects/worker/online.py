"""Telling a step for a whole batch from one for every sample of it.

Lives here: `is_online`. It knows Adapted, nothing of any style of code.

Whoever takes a step for each sample, one after the other, does on two samples at once what they do
on the first and then on the second, or the other way round where the order is drawn; each time by
the learning rate, or by half of it where it is divided by the number of samples. That is a
convention: such a network is asked with one sample.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from refnet.errors import Interruption
from refnet.subjects.protocol import Convention
from refnet.subjects.worker.adapted import Adapted, Array, Question, alike

ONLINE = Convention(
    "step",
    "online",
    "detected",
    "if you meant one step for the whole batch, it is one for each of its samples",
)
"""How it is named in a report."""

RATE = 0.5
"""Large enough that the second step sees what the first has changed."""

_INPUTS = 8
"""So many inputs of 1 leave units unsaturated; more are made smaller."""


def is_online(
    make: Callable[[Sequence[int]], Adapted], sizes: Sequence[int], precision: str
) -> bool:
    """Tell whether a step on two samples is one on each of them, in either order.

    `sizes` are the units per layer of what is made, `precision` is the format it computes in. Where
    a step raises between uneven layers, as a reversed product does, square ones are tried.
    """
    return any(
        _is_online(partial(make, tried), tried, precision)
        for tried in (tuple(sizes), (max(sizes),) * len(sizes))
    )


def _is_online(make: Callable[[], Adapted], sizes: Sequence[int], precision: str) -> bool:
    # Hundreds of inputs would saturate every unit, and one sample would teach nothing.
    largest = min(1.0, _INPUTS / sizes[0])
    x = np.linspace(-largest, largest, 2 * sizes[0]).reshape(sizes[0], 2)
    y = np.eye(sizes[-1])[:, [-1, 0]]
    first, second = slice(0, 1), slice(1, 2)
    try:
        at_once = _after(make(), x, y, [slice(0, 2)], RATE)
        in_turn = (
            _after(make(), x, y, order, rate)
            for rate in (RATE, RATE / 2.0)
            for order in ([first, second], [second, first])
        )
        return any(_alike(at_once, after, precision) for after in in_turn)
    except Interruption:
        raise
    except BaseException:  # noqa: BLE001 - whatever it raises is for the laws
        return False


def _alike(one: Sequence[Array], other: Sequence[Array], precision: str) -> bool:
    return all(alike(*pair, precision) for pair in zip(one, other, strict=True))


def _after(
    network: Adapted, x: Array, y: Array, batches: Sequence[slice], rate: float
) -> list[Array]:
    """Return the weights after a step on each of these batches."""
    weights, biases = network.get_parameters()
    spread = [np.linspace(-0.7, 0.5, w.size).reshape(w.shape) for w in weights]
    network.set_parameters(spread, [0.1 * np.ones(b.shape) for b in biases])
    for samples in batches:
        network.ask("step", Question(x[:, samples].copy(), y[:, samples].copy(), rate, 0.0, 2))
    return [*network.get_parameters()[0]]
