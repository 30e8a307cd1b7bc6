"""What is known of a short training, in plain arrays, and what can be measured of it.

Lives here: ShortTraining, and Signs, the figures that tell one cause from another. It knows arrays
and what health measures, nothing of causes.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from refnet.arrays import Matrix, finite_matrix, matrix
from refnet.checks import check_kind
from refnet.errors import ShapeError
from refnet.health import count_units, real_matrix, rises, rows_per_unit

Kind = Literal["pixels", "initial weights", "rate too large", "rate too small", "steps", "labels"]
"""What may be at fault."""


@dataclass(frozen=True, eq=False)
class Moment:
    """A network at a moment of its training: lists with an array per layer after the input.

    `weights` are (units, units before) or the other way round; `activations` is what comes out of
    each layer for some hundred samples, the same ones at every moment; `gradients` are dC/dW on
    samples of the training, shaped as the weights, or nothing where they are not known.
    """

    weights: Sequence[object]
    activations: Sequence[object]
    gradients: Sequence[object] = ()


@dataclass(frozen=True, eq=False)
class ShortTraining:
    """What is known of a short training of somebody else's network.

    `names` are those of the layers' activations ("relu"), that of the output layer last. `inputs`
    are the samples of the activations, as the network was fed with them. `costs` are the training
    cost before the first epoch and after each, `accuracies` the share of other samples that was
    right after each epoch: either may be empty. `chance_level` is that of refnet.health.chance.
    Inputs and activations have shape (units, samples), or (samples, units) with `samples_first`.
    `ruled_out` are causes that cannot be, as where whoever trained it has chosen that well.
    """

    names: Sequence[str]
    inputs: object
    costs: Sequence[float]
    accuracies: Sequence[float]
    chance_level: float
    before: Moment
    after: Moment
    samples_first: bool = False
    ruled_out: Collection[Kind] = ()


@dataclass(frozen=True)
class LayerSigns:
    """A layer before and after: shares of dead and of saturated units; the initial spread in units
    of He's; the way its weights went as a share of their size; whether the units of a hidden layer
    began alike; whether it is hidden.
    """

    name: str
    dead: tuple[float, float]
    saturated: tuple[float, float]
    spread: float
    moved: float
    alike: bool
    is_hidden: bool


@dataclass(frozen=True)
class Signs:
    """All that is measured: the size of inputs, whether everything is a number still, the cosine
    between the way of all weights and their first gradient, how much of the fall of the cost came
    last, whether it rises, and every layer.
    """

    size: float
    finite: bool
    cosine: float
    last_fall: float
    rises: bool
    layers: tuple[LayerSigns, ...]


def signs_of(training: ShortTraining) -> Signs:
    """Measure a short training. Raises ShapeError and ArgumentError for lists that do not fit."""
    check_kind(training, ShortTraining, "training", "make one by ShortTraining(...)")
    inputs = finite_matrix(real_matrix(training.inputs, "inputs"), "inputs")
    w, a = _arrays(training, training.before, "before training")
    w_after, a_after = _arrays(training, training.after, "after training")
    for number, (early, late) in enumerate(zip(w, w_after, strict=True), start=1):
        if late.shape != early.shape:
            raise ShapeError(
                f"weights of layer {number}: got shape {late.shape} after training; expected "
                f"{early.shape}, as before; give the weights of the same layers both times"
            )
    costs = training.costs
    finite = all(math.isfinite(cost) for cost in costs) and all(
        bool(np.isfinite(array).all()) for array in (*w_after, *a_after)
    )
    last = len(training.names) - 1
    return Signs(
        float(np.sqrt(np.mean(np.square(inputs)))),
        finite,
        _cosine(w, w_after, _gradients(training.before, w)) if finite else 0.0,
        _last_fall(costs) if finite else 0.0,
        finite and rises(costs),
        tuple(
            _layer(name, *arrays, is_hidden=number < last)
            for number, (name, *arrays) in enumerate(
                zip(training.names, w, a, w_after, a_after, strict=True)
            )
        ),
    )


def _arrays(
    training: ShortTraining, moment: Moment, when: str
) -> tuple[list[Matrix], list[Matrix]]:
    """Return weights and activations of every layer, both with one row per unit."""
    for title, values in (("weights", moment.weights), ("activations", moment.activations)):
        if len(values) != len(training.names):
            raise ShapeError(
                f"{title} {when}: got {len(values)}; expected {len(training.names)}, one for every "
                "layer after the input, as there are names; leave the input itself out"
            )
    pairs = [
        rows_per_unit(w, a, f"of layer {number} {when}", samples_first=training.samples_first)
        for number, (w, a) in enumerate(
            zip(moment.weights, moment.activations, strict=True), start=1
        )
    ]
    return [w for w, _ in pairs], [a for _, a in pairs]


def _layer(
    name: str, w: Matrix, a: Matrix, w_after: Matrix, a_after: Matrix, *, is_hidden: bool
) -> LayerSigns:
    dead, saturated = zip(_ill(name, a), _ill(name, a_after), strict=True)
    size = float(np.linalg.norm(w))
    way = float(np.linalg.norm(w_after - w))
    return LayerSigns(
        name,
        dead,
        saturated,
        float(np.std(w)) / math.sqrt(2.0 / w.shape[1]),
        way / size if size > 0.0 else math.inf if way > 0.0 else 0.0,
        is_hidden and w.shape[0] > 1 and bool((w == w[0]).all()),
        is_hidden,
    )


def _ill(name: str, activations: Matrix) -> tuple[float, float]:
    """Return the shares of dead and of saturated units; of what is no number there are none."""
    if not np.isfinite(activations).all():
        return 0.0, 0.0
    counts = count_units(name, activations)
    return counts.dead_share, counts.saturated_share


def _gradients(moment: Moment, weights: Sequence[Matrix]) -> list[Matrix]:
    """Return the gradients with one row per unit, as the weights have; none if none are known."""
    if not moment.gradients:
        return []
    gradients = [
        real_matrix(dw, f"gradient of layer {number}")
        for number, dw in enumerate(moment.gradients, start=1)
    ]
    turned = [
        dw if dw.shape == w.shape else matrix(dw.T)
        for w, dw in zip(weights, gradients, strict=False)
    ]
    if [dw.shape for dw in turned] != [w.shape for w in weights]:
        raise ShapeError(
            f"gradients: got shapes {[dw.shape for dw in gradients]}; expected those of the "
            f"weights, {[w.shape for w in weights]}; give dC/dW of every layer, or none at all"
        )
    return turned


def _cosine(
    before: Sequence[Matrix], after: Sequence[Matrix], gradients: Sequence[Matrix]
) -> float:
    ways = [w_after - w for w, w_after in zip(before, after, strict=True)]
    product = sum(float(np.sum(way * dw)) for way, dw in zip(ways, gradients, strict=False))
    lengths = [
        math.sqrt(sum(float(np.sum(array * array)) for array in arrays))
        for arrays in (ways, gradients)
    ]
    return product / math.prod(lengths) if math.prod(lengths) > 0.0 else 0.0


def _last_fall(costs: Sequence[float]) -> float:
    falls = [earlier - later for earlier, later in pairwise(costs)]
    return falls[-1] / sum(falls) if len(falls) > 1 and sum(falls) > 0.0 else 0.0
