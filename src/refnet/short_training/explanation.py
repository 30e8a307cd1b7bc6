"""Symptoms of a short training and their likely causes, in plain sentences.

Lives here: `explain`, the thresholds that tell causes apart, and every sentence. It knows the
signs, nothing of how they were measured.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from refnet.short_training.signs import Kind, ShortTraining, Signs, signs_of

UNSCALED = 8.0
"""Root mean square of inputs that nobody has scaled: of digits it is 0.3 with pixels in [0, 1], 1
if they are standardised, and 80 with bytes. About the geometric middle of the last two."""

WIDE = 3.0
"""Initial weights this many times wider than He's make ReLU units die: after two layers the
activations are 3^2, about ten times, too large, and so is each step (He et al. 2015, 2.2)."""

NARROW = 1 / 30
"""Initial weights this much narrower than He's: after two layers the activations, and with them
the gradients, are a thousandth of what they could be."""

WORN = 1 / 4
"""Dead or saturated units are a symptom if this share of a layer has become so. Measured: up to
13 % of 30 ReLU units are silent on 300 samples after a training that learns well, and as many die
of labels that contradict each other."""

MOST = 1 / 2
"""Dead or saturated units explain an accuracy at chance from this share on: the other half of 30
units still learns most of the digits."""

UPHILL = 1 / 10
"""Cosine between the way of the weights and the first gradient. Measured on drawn digits for five
networks and learning rates over six powers of ten: at most 0.02 down the gradient, whatever the
rate, and 0.2 to 1 up it while the rate is not far too large as well."""

STILL = 1 / 20
"""Weights of which no layer has moved by this share of its size have hardly moved. Measured on the
same networks with labels shuffled apart: 0.1 to 1.3."""

FIRST_SLOPE = -1 / 2
STILL_FALLING = 1 / 10
"""A learning rate is too small, even though weights have moved, where they still go down the first
slope (by that cosine) and the cost fell by this share of its whole fall in the last epoch.
Measured where the accuracy was at chance: -0.9 or below and 0.1 to 0.5 with a learning rate too
small; with labels shuffled apart -0.3 or above, or else 0.02 at most."""


class Cause(NamedTuple):
    """A likely cause: of which kind it is, and what to do about it."""

    kind: Kind
    words: str


def explain(training: ShortTraining) -> tuple[str, ...]:
    """Say of each symptom what its likely cause is, in plain sentences; of a healthy training none.

    Symptoms are a cost that rises or is no number, dead units, saturated units, and an accuracy
    that stays at chance; one whose likely cause is ruled out gets no sentence. It is taken for
    granted that the gradients are right. Raises ShapeError and ArgumentError for lists that do not
    fit each other; NaN and infinity in what has been trained are symptoms and no errors.
    """
    signs = signs_of(training)
    at_chance = bool(training.accuracies) and max(training.accuracies) <= training.chance_level
    told = [*_of_the_cost(signs, training.costs), *_of_the_units(signs, at_chance=at_chance)]
    if at_chance:
        number, right = len(training.accuracies), 100.0 * training.accuracies[-1]
        epochs = "1 epoch" if number == 1 else f"{number} epochs"
        said = f"After {epochs} {right:.1f} % of the samples are right, which a guess reaches too"
        told.append((said, _why_at_chance(signs)))
    return tuple(
        f"{symptom}; the likely cause: {cause.words}."
        for symptom, cause in told
        if cause.kind not in training.ruled_out
    )


def _of_the_cost(signs: Signs, costs: Sequence[float]) -> Iterator[tuple[str, Cause]]:
    if not signs.finite:
        said = "The training has run away: its cost or its weights are no finite numbers any more"
    elif signs.rises:
        said = f"The training cost rises, from {min(costs):.3g} to {costs[-1]:.3g}"
    else:
        return
    yield said, _why_unstable(signs, max(layer.dead[0] for layer in signs.layers))


def _of_the_units(signs: Signs, *, at_chance: bool) -> Iterator[tuple[str, Cause]]:
    for number, layer in enumerate(signs.layers, start=1):
        for (before, after), what in (
            (layer.dead, "are 0 on every sample"),
            # Outputs that are 0 or 1 are what a network gives that has learnt.
            (layer.saturated if layer.is_hidden or at_chance else (0.0, 0.0), "are saturated"),
        ):
            if _has_worn(before, after) or min(before, after) >= MOST:
                said = (
                    f"{100.0 * after:.0f} % of the units of layer {number} {what} after training, "
                    f"{100.0 * before:.0f} % before"
                )
                yield said, _why_unstable(signs, before)


def _has_worn(before: float, after: float) -> bool:
    """Tell whether so many more units are ill after training that it is a symptom."""
    return after - before >= WORN


def _why_unstable(signs: Signs, ill_before: float = 0.0) -> Cause:
    """Say why units are worn out or a cost rises."""
    outer = _pixels(signs) or _initial_weights(signs)
    if outer:
        return outer
    if ill_before >= MOST:
        return _INITIAL
    return _UPHILL if signs.cosine > UPHILL else _TOO_FAST


def _why_at_chance(signs: Signs) -> Cause:
    """Say why nothing is learnt."""
    outer = _pixels(signs) or _initial_weights(signs)
    if outer:
        return outer
    if max(max(layer.dead[0], layer.saturated[0]) for layer in signs.layers) >= MOST:
        return _INITIAL
    if signs.cosine > UPHILL:
        return _UPHILL
    worn = any(_has_worn(*pair) for layer in signs.layers for pair in (layer.dead, layer.saturated))
    if worn or signs.rises or not signs.finite:
        return _TOO_FAST
    moved = max(layer.moved for layer in signs.layers)
    if moved == 0.0:
        return _NOT_APPLIED
    if moved < STILL or (signs.cosine < FIRST_SLOPE and signs.last_fall > STILL_FALLING):
        return Cause(
            "rate too small",
            f"a learning rate that is too small (the weights of no layer have moved by more than "
            f"{100.0 * moved:.2g} % of their size): try ten times as much, or more epochs",
        )
    return _LABELS


def _pixels(signs: Signs) -> Cause | None:
    if signs.size <= UNSCALED:
        return None
    return Cause(
        "pixels",
        f"pixels that are not scaled (their root mean square is {signs.size:.0f}, and 0.3 if they "
        "lie between 0 and 1): divide them by 255",
    )


def _initial_weights(signs: Signs) -> Cause | None:
    """Say what is wrong with the initial weights, if it is of their own."""
    words = _about_initial_weights(signs)
    return Cause("initial weights", words) if words else None


def _about_initial_weights(signs: Signs) -> str:
    for number, layer in enumerate(signs.layers, start=1):
        if layer.alike:
            return (
                f"initial weights that are the same for every unit of layer {number}, which then "
                "all learn the same: draw them at random"
            )
    widest = max(signs.layers, key=lambda layer: layer.spread)
    if widest.spread > WIDE:
        return (
            f"initial weights {widest.spread:.1f} times as wide as He's: draw them as "
            "sqrt(2 / fan-in) * standard normal"
        )
    hidden = [layer.spread for layer in signs.layers if layer.is_hidden]
    if hidden and min(hidden) < NARROW:
        return (
            f"initial weights only {min(hidden):.2g} times as wide as He's, too narrow for "
            "anything to pass: draw them as sqrt(2 / fan-in) * standard normal"
        )
    return ""


_INITIAL = Cause(
    "initial weights",
    "the initial weights and biases, for they were so before training: draw the weights as "
    "sqrt(2 / fan-in) * standard normal, and let the biases be 0",
)
_TOO_FAST = Cause("rate too large", "a learning rate that is too large: try a tenth of it")
_UPHILL = Cause(
    "steps",
    "steps that go up the gradient (the weights have moved along it, not against it): subtract "
    "the learning rate times the gradient",
)
_NOT_APPLIED = Cause(
    "steps", "steps that are never applied: the weights are what they were before training"
)
_LABELS = Cause(
    "labels",
    "labels that do not belong to their images: shuffle both in the same order, and count the "
    "labels from 0",
)
