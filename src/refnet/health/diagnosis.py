"""Measurements in plain sentences: which illness they show, and what helps.

Lives here: `diagnose`, its thresholds with their reasons, and the accuracy of a guess. It knows
measurements, nothing of how they were taken.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from refnet.arrays import Labels, describe, labels
from refnet.checks import check_count
from refnet.errors import ArgumentError, ShapeError
from refnet.health.layers import LayerHealth
from refnet.health.units import FLAT

SICK_SHARE = 1 / 10
"""Dead or saturated units are an illness from this share on: a layer of 27 units for one of 30
costs less accuracy on MNIST than another seed may."""

HEALTHY_RATIO = 1e-3
"""A healthy step changes the weights by about a thousandth of their size (Stanford's course
CS231n, "Neural Networks Part 3", ratio of weights and updates). Networks that learn MNIST well
have between 1e-4, late, and 2e-2."""

EXPLODING_RATIO = 100 * HEALTHY_RATIO
"""Ten steps at this ratio can replace the weights altogether."""

VANISHING_RATIO = HEALTHY_RATIO / 10
"""Gradients vanish in a layer that is below this and, by FLAT, a hundred times slower than the
fastest layer. Slow layers alone are no illness: where all has been learnt, all of them are."""

STUCK_RATIO = HEALTHY_RATIO / 1000
"""No layer above this: in 30 epochs of 5,000 steps nothing moves by more than a sixth of its size,
even if all the steps agree."""

GIVEN_BACK = 1 / 2
"""The cost rises if this share of what had been gained since the start is lost again."""

NOTICED = 1 / 1000
"""Of the cost: a rise by less is the noise of mini-batches around a cost that stays."""

LEARNT = 1 / 100
"""A training cost below this share of the first one leaves little to learn, whatever the
validation says."""

_WHOLLY = 10.0
"""What changes by more than this share of itself is replaced; by how much more says nothing."""

STAYS = 2
"""Accuracy stays at chance if it is there after as many epochs: one may be a slow start."""


def chance(true: Labels | Sequence[int], classes: int) -> float:
    """Return the accuracy that an answer given without looking will hardly exceed.

    The share of the most frequent class, plus three standard deviations of such a share among
    so many samples: a guesser exceeds that once in 700 times. Raises ShapeError, ArgumentError.
    """
    check_count(classes, "classes", "give the number of output units")
    if len(true) == 0:
        raise ShapeError("labels: got none; expected at least one; leave an empty set out")
    known = labels(np.asarray(true), classes)
    share = float(np.bincount(known).max()) / known.size
    return share + 3.0 * math.sqrt(share * (1.0 - share) / known.size)


def diagnose(
    layers: Sequence[LayerHealth],
    costs: Sequence[float] = (),
    accuracies: Sequence[float] = (),
    chance_level: float = 0.0,
) -> tuple[str, ...]:
    """Say in plain sentences what ails the network; nothing is said of a healthy one.

    `layers` are the measurements of the last epoch, the output layer last; `costs` the training
    cost before the first epoch and after each; `accuracies` the share of the validation samples
    that was right after each; `chance_level` is that of refnet.health.chance. Raises
    ArgumentError for what is no list of numbers, and for an accuracy that is no share.
    """
    costs, accuracies = _numbers(costs, "costs"), _numbers(accuracies, "accuracies")
    wrong = [share for share in accuracies if not 0.0 <= share <= 1.0]
    if wrong:
        raise ArgumentError(
            f"accuracies: got {wrong[0]}; expected shares between 0 and 1; divide per cent by 100"
        )
    strange = [cost for cost in costs if not math.isfinite(cost)]
    if strange:
        sentence = (
            f"the training cost is {strange[0]}: the weights have run away, or a logarithm was "
            "taken of 0; a smaller learning rate helps, and a cost computed from weighted inputs"
        )
        return (sentence,)
    failing = _is_failing(costs, accuracies)
    stuck = failing and all(layer.update_ratio < STUCK_RATIO for layer in layers)
    sentences = [*_of_the_cost(costs), *_of_the_accuracy(accuracies, chance_level)]
    units = [
        sentence
        for layer in layers
        for sentence in _of_the_units(layer, stuck or layer is not layers[-1])
    ]
    # Dead and saturated units are why gradients vanish: then there is no more to say.
    return (*sentences, *units, *_of_the_steps(layers, stuck and not units, not units))


def _numbers(values: object, name: str) -> list[float]:
    """Return numbers of any kind as floats; NaN and infinity are let pass."""
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"{name}: got {describe(values)} ({error}); expected a list of numbers, one for every "
            "epoch; leave it out where they are not known"
        ) from error
    if array.ndim != 1:
        raise ArgumentError(
            f"{name}: got shape {array.shape}; expected a list of numbers, one for every epoch; "
            "put even a single one in brackets"
        )
    return [float(value) for value in array]


def rises(costs: Sequence[float]) -> bool:
    """Tell whether a cost, before the first epoch and after each, has lost half of its gain."""
    if not costs:
        return False
    lowest, last = min(costs), costs[-1]
    risen = last - lowest
    return risen > NOTICED * abs(lowest) and risen >= GIVEN_BACK * (costs[0] - lowest)


def _is_failing(costs: Sequence[float], accuracies: Sequence[float]) -> bool:
    """Tell whether samples are wrong more often than right, and not for lack of practice."""
    learnt = bool(costs) and costs[-1] < LEARNT * costs[0]
    return bool(accuracies) and accuracies[-1] < 1 / 2 and not learnt


def _of_the_cost(costs: Sequence[float]) -> Iterator[str]:
    if rises(costs):
        yield (
            f"the training cost is {costs[-1]:.3g} after having been {min(costs):.3g}: it rises; a "
            "smaller learning rate helps, or the step goes up the gradient instead of down"
        )


def _of_the_accuracy(accuracies: Sequence[float], chance_level: float) -> Iterator[str]:
    recent = accuracies[-STAYS:]
    if len(recent) == STAYS and max(recent) <= chance_level:
        yield (
            f"after {len(accuracies)} epochs {100.0 * recent[-1]:.1f} % of the validation samples "
            "are right, which an answer given without looking reaches too: nothing has been "
            "learnt; check labels, scaling of the inputs and learning rate"
        )


def _of_the_units(layer: LayerHealth, must_learn: bool) -> Iterator[str]:
    if layer.dead_share >= SICK_SHARE:
        yield (
            f"{_percent(layer.dead_share)} of the units of layer {layer.layer} have been 0 for "
            "every sample of the last epoch: dying ReLU; He initialisation and a smaller "
            "learning rate help"
        )
    # Outputs that are 0 or 1 on almost every sample are what a network gives that has learnt.
    if layer.saturated_share >= SICK_SHARE and must_learn:
        yield (
            f"{_percent(layer.saturated_share)} of the units of layer {layer.layer} are saturated "
            f"on almost every sample, where {layer.activation} is flat: they hardly learn; "
            "1/sqrt(fan-in) initialisation, inputs in [0, 1] and a smaller learning rate help"
        )


def _of_the_steps(
    layers: Sequence[LayerHealth], say_stuck: bool, say_vanishing: bool
) -> Iterator[str]:
    fastest = max((layer.update_ratio for layer in layers), default=0.0)
    if say_stuck and _has_slope(layers):
        yield (
            f"a step changes no layer by more than {fastest:.0e} of its weights, a healthy one by "
            f"about {HEALTHY_RATIO:.0e}, though the gradient is large enough: the learning rate is "
            "too small; a larger one helps"
        )
        return
    if say_stuck:
        yield (
            f"a step changes no layer by more than {fastest:.0e} of its weights, a healthy one by "
            f"about {HEALTHY_RATIO:.0e}, though most samples are wrong: the network is stuck; "
            "other initial weights, a smaller learning rate and a cross-entropy cost help"
        )
        return
    for layer in layers:
        ratio = layer.update_ratio
        if ratio > EXPLODING_RATIO:
            yield (
                f"a step changes the weights of layer {layer.layer} by {_percent(ratio)} of their "
                f"size, a healthy one by about {_percent(HEALTHY_RATIO)}: exploding gradient; a "
                "smaller learning rate and He or Glorot initialisation help"
            )
        if say_vanishing and ratio < min(VANISHING_RATIO, FLAT * fastest):
            yield (
                f"a step changes the weights of layer {layer.layer} by {ratio:.0e} of their size, "
                f"those of the fastest layer by {fastest:.0e}: vanishing gradient; ReLU with He "
                "initialisation, or fewer layers, help"
            )


def _has_slope(layers: Sequence[LayerHealth]) -> bool:
    """Tell whether some layer has a gradient by which it could learn at a learning rate of 1."""
    return any(layer.gradient_norm > VANISHING_RATIO * layer.weight_norm for layer in layers)


def _percent(share: float) -> str:
    if share > _WHOLLY:
        return f"more than {100.0 * _WHOLLY:,.0f} %"
    digits = 0 if share >= 0.01 or share == 0.0 else 1
    return f"{100.0 * share:.{digits}f} %"
