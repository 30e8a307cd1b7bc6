"""Why a network does not learn: every cause is told, on drawn digits, and a healthy one is left
in peace."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from refnet.arrays import labels, matrix
from refnet.datasets.drawn import DIGITS, draw_digits
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, RefnetError
from refnet.health import chance
from refnet.network import Network, new_network
from refnet.parameters import Parameters
from refnet.sgd.appraisal import appraise
from refnet.sgd.steps import Rows, copied, descend_through
from refnet.short_training import Moment, ShortTraining, explain

RELU: Mapping[str, Any] = {"hidden": "relu"}
DEEP: Mapping[str, Any] = {"hidden": "relu", "sizes": (784, 30, 30, 10)}
TANH: Mapping[str, Any] = {"hidden": "tanh", "initializer": "glorot"}
SIGMOID: Mapping[str, Any] = {
    "hidden": "sigmoid",
    "output": "sigmoid",
    "cost": "quadratic",
    "initializer": "scaled_normal",
}
CROSS: Mapping[str, Any] = {**SIGMOID, "cost": "binary_cross_entropy"}

# Each with a learning rate at which it learns well.
KINDS: Mapping[str, tuple[Mapping[str, Any], float]] = {
    "relu": (RELU, 0.05),
    "deep": (DEEP, 0.05),
    "tanh": (TANH, 0.05),
    "sigmoid": (SIGMOID, 3.0),
    "cross-entropy": (CROSS, 0.3),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def drawn(count: int, seed: int) -> Samples:
    digits = labels(np.arange(count) % DIGITS, DIGITS)
    return draw_digits(digits, np.random.default_rng(seed))


TRAINING, VALIDATION = drawn(1500, 1), drawn(400, 2)


@dataclass(frozen=True)
class Mistakes:
    """What is done wrong, beside the gradients, which are right."""

    faster: float = 1.0
    pixels: float = 1.0
    initial: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]] = lambda w: w
    shuffled: bool = False
    initializer: str | None = None


def moment(network: Network, samples: Samples) -> Moment:
    """What a subject is asked for: some hundred samples, the same ones before and after."""
    x, y = matrix(samples.x[:, :300]), matrix(samples.targets[:, :300])
    return Moment(
        network.parameters.weights,
        network.unchecked_feedforward(x).activations[1:],
        network.unchecked_backprop(x, y).weights,
    )


def short_training(kind: str, mistakes: Mistakes, seed: int = 0) -> ShortTraining:
    eta = KINDS[kind][1]
    choices: dict[str, Any] = {"sizes": (784, 30, 10), **KINDS[kind][0]}
    if mistakes.initializer is not None:
        choices["initializer"] = mistakes.initializer
    generator = np.random.default_rng(seed)
    network = new_network(choices.pop("sizes"), generator, **choices)
    weights = tuple(matrix(mistakes.initial(w)) for w in network.parameters.weights)
    network = replace(network, parameters=Parameters(weights, network.parameters.biases))
    true = generator.permutation(TRAINING.labels) if mistakes.shuffled else TRAINING.labels
    training = Samples(matrix(mistakes.pixels * TRAINING.x), labels(true, DIGITS), DIGITS)
    validation = replace(VALIDATION, x=matrix(mistakes.pixels * VALIDATION.x))
    costs, accuracies = [appraise(network, training).cost], list[float]()
    changing = copied(network)
    with np.errstate(all="ignore"):
        before = moment(network, validation)
        for _ in range(2):
            rows = Rows.of(training)
            descend_through(changing, rows, 10, eta * mistakes.faster, generator)
            try:
                costs.append(appraise(changing, training).cost)
                accuracies.append(appraise(changing, validation).accuracy)
            except ArgumentError:  # it has run away
                costs.append(math.nan)
                accuracies.append(1 / DIGITS)
        after = moment(changing, validation)
    return ShortTraining(
        [activation.name for activation in network.activations],
        matrix(validation.x[:, :300]),
        costs,
        accuracies,
        chance(validation.labels, DIGITS),
        before,
        after,
    )


def causes(sentences: tuple[str, ...]) -> set[str]:
    """What the sentences say, without the figures: the words after the likely cause."""
    assert all("; the likely cause: " in sentence for sentence in sentences)
    told = [sentence.partition("; the likely cause: ")[2] for sentence in sentences]
    return {" ".join(cause.split()[:3]) for cause in told}


def test_a_few_units_that_are_silent_on_a_few_samples_are_no_illness() -> None:
    """Four of thirty units on 300 samples: so it is with seed 11."""
    training = short_training("deep", Mistakes(), seed=11)
    assert (np.asarray(training.after.activations[1]) == 0.0).all(axis=1).mean() >= 0.1
    assert training.accuracies[-1] > 0.75
    assert explain(training) == ()


@every_kind
@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_said_of_a_training_that_learns(kind: str, seed: int) -> None:
    training = short_training(kind, Mistakes(), seed)
    assert training.accuracies[-1] > 0.75
    assert explain(training) == ()


@every_kind
def test_nothing_is_said_of_wide_weights_as_long_as_the_network_learns(kind: str) -> None:
    """Standard normal weights are legitimate: the book's first network has them."""
    training = short_training(kind, Mistakes(initializer="standard_normal"))
    if training.accuracies[-1] > 0.5:
        assert explain(training) == ()
    else:
        assert all("initial weights" in cause for cause in causes(explain(training)))


@every_kind
def test_pixels_that_are_not_scaled_are_told(kind: str) -> None:
    sentences = explain(short_training(kind, Mistakes(pixels=255.0)))
    assert sentences
    assert causes(sentences) == {"pixels that are"}
    assert "their root mean square is 8" in sentences[0] or "is 7" in sentences[0]


@every_kind
def test_a_learning_rate_that_is_far_too_large_is_told(kind: str) -> None:
    sentences = explain(short_training(kind, Mistakes(faster=100.0)))
    assert sentences
    assert causes(sentences) == {"a learning rate"}
    assert all(sentence.endswith("too large: try a tenth of it.") for sentence in sentences)


@every_kind
@pytest.mark.parametrize("faster", [1e-3, 1e-4, 1e-6])
def test_a_learning_rate_that_is_far_too_small_is_told(kind: str, faster: float) -> None:
    training = short_training(kind, Mistakes(faster=faster))
    sentences = explain(training)
    if max(training.accuracies) > training.chance_level:
        assert sentences == (), "it does learn"
        return
    (sentence,) = sentences
    assert causes(sentences) == {"a learning rate"}
    assert "too small (the weights of no layer have moved by more than" in sentence


@every_kind
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.no_cover
def test_labels_that_are_shuffled_apart_are_told(kind: str, seed: int) -> None:
    training = short_training(kind, Mistakes(shuffled=True), seed)
    if max(training.accuracies) > training.chance_level:  # a guess in 700 is as good as that
        training = replace(training, accuracies=[training.chance_level])
    sentence = explain(training)[-1]
    assert sentence.startswith("After ")
    assert causes(explain(training)) == {"labels that do"}


@every_kind
@pytest.mark.parametrize("faster", [-0.01, -0.001])
def test_steps_up_the_gradient_are_told(kind: str, faster: float) -> None:
    sentences = explain(short_training(kind, Mistakes(faster=faster)))
    assert sentences[0].startswith("The training ")
    assert causes(sentences) == {"steps that go"}


@pytest.mark.parametrize("kind", ["relu", "deep", "tanh"])
def test_initial_weights_that_are_all_the_same_are_told(kind: str) -> None:
    for value in (0.0, 0.01):

        def equal(w: np.ndarray[Any, Any], value: float = value) -> np.ndarray[Any, Any]:
            return np.full_like(w, value)

        training = short_training(kind, Mistakes(initial=equal))
        sentences = explain(training)
        if max(training.accuracies) > training.chance_level:
            assert value > 0.0
            continue
        assert sentences
        assert causes(sentences) == {"initial weights that"}


def test_initial_weights_that_are_far_too_narrow_are_told() -> None:
    sentences = explain(short_training("deep", Mistakes(initial=lambda w: w / 100.0)))
    assert "initial weights only" in causes(sentences)


@pytest.mark.parametrize("kind", ["relu", "deep"])
def test_initial_weights_that_are_far_too_wide_are_told(kind: str) -> None:
    sentences = explain(short_training(kind, Mistakes(initial=lambda w: 50.0 * w)))
    assert sentences
    assert all("times as wide as He's: draw them as" in sentence for sentence in sentences)


# Worked by hand


def by_hand(**parts: Any) -> ShortTraining:
    """Two layers of two units each on two inputs, which learn well; `parts` are different."""
    weights = [np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([[1.0, 0.3], [-1.0, 0.7]])]
    well: dict[str, Any] = {
        "names": ["relu", "softmax"],
        "inputs": np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.5]]),
        "costs": [0.7, 0.4, 0.2],
        "accuracies": [0.8, 0.9],
        "chance_level": 0.6,
        "before": Moment(weights, [np.ones((2, 3)), np.full((2, 3), 0.5)]),
        "after": Moment([1.2 * w for w in weights], [np.ones((2, 3)), np.full((2, 3), 0.5)]),
    }
    return ShortTraining(**(well | parts))


HEALTHY = by_hand()


def activations(first: Any, last: Any = None) -> list[Any]:
    return [np.array(first), np.full((2, 3), 0.5) if last is None else np.array(last)]


DEAD = [[0.0] * 3, [1.0] * 3]


def test_a_dead_unit_gets_a_sentence_with_both_shares() -> None:
    assert explain(HEALTHY) == ()
    after = replace(HEALTHY.after, activations=activations(DEAD))
    (sentence,) = explain(replace(HEALTHY, after=after))
    assert sentence == (
        "50 % of the units of layer 1 are 0 on every sample after training, 0 % before; the likely "
        "cause: a learning rate that is too large: try a tenth of it."
    )
    before = replace(HEALTHY.before, activations=activations(DEAD))
    assert explain(replace(HEALTHY, before=before)) == (), "it has come to life"
    (sentence,) = explain(replace(HEALTHY, before=before, after=after))
    assert "50 % before; the likely cause: the initial weights and biases" in sentence


def test_units_that_were_dead_from_the_beginning_are_why_nothing_is_learnt() -> None:
    dead = {
        when: replace(moment, activations=activations([[0.0] * 3] * 2))
        for when, moment in (("before", HEALTHY.before), ("after", HEALTHY.after))
    }
    worn, at_chance = explain(by_hand(accuracies=[0.5], **dead))
    assert worn.startswith("100 % of the units of layer 1 are 0 on every sample after training, 10")
    assert causes((worn, at_chance)) == {"the initial weights"}


def test_a_cost_that_rises_with_dead_units_has_their_cause() -> None:
    dead = {
        when: replace(moment, activations=activations([[0.0] * 3] * 2))
        for when, moment in (("before", HEALTHY.before), ("after", HEALTHY.after))
    }
    told = explain(by_hand(costs=[0.7, 0.9], accuracies=[0.5], **dead))
    assert told[0].startswith("The training cost rises, from 0.7 to 0.9")
    assert causes(told) == {"the initial weights"}


def test_units_that_wore_out_are_why_nothing_is_learnt() -> None:
    """Not labels, of which hardly any unit dies."""
    after = replace(HEALTHY.after, activations=activations([[0.0] * 3, [1.0] * 3]))
    told = explain(by_hand(accuracies=[0.5], after=after))
    assert len(told) == 2
    assert causes(told) == {"a learning rate"}


def test_saturated_outputs_are_no_illness_of_a_network_that_learns() -> None:
    after = replace(HEALTHY.after, activations=activations([[1.0] * 3] * 2, [[1.0] * 3, [0.0] * 3]))
    assert explain(replace(HEALTHY, after=after)) == ()
    told = explain(replace(HEALTHY, after=after, accuracies=[0.5, 0.5]))
    assert [sentence.split(";")[0] for sentence in told] == [
        "100 % of the units of layer 2 are saturated after training, 0 % before",
        "After 2 epochs 50.0 % of the samples are right, which a guess reaches too",
    ]


def test_what_is_known_of_the_cost_or_the_accuracy_alone_is_enough() -> None:
    assert explain(by_hand(costs=[], accuracies=[])) == ()
    (sentence,) = explain(by_hand(costs=[], accuracies=[0.5]))
    assert sentence.startswith("After 1 epoch 50.0 % of the samples are right")
    (sentence,) = explain(by_hand(costs=[0.7, 0.4, 0.9], accuracies=[]))
    assert sentence.startswith("The training cost rises, from 0.4 to 0.9; the likely cause: a lear")


def test_what_is_no_number_any_more_is_a_symptom_and_no_error() -> None:
    lost = [np.full((2, 3), np.nan)] * 2
    for parts in (
        {"costs": [0.7, math.inf]},
        {"after": replace(HEALTHY.after, weights=[np.full((2, 2), np.nan)] * 2)},
        {"after": replace(HEALTHY.after, activations=lost)},
    ):
        (sentence,) = explain(by_hand(**parts))
        assert sentence.startswith("The training has run away: its cost or its weights are no fin")


def test_steps_that_are_never_applied_are_told() -> None:
    (sentence,) = explain(by_hand(accuracies=[0.5, 0.5], after=HEALTHY.before))
    assert "the likely cause: steps that are never applied" in sentence


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_either_layout_and_every_precision_say_the_same(kind: str) -> None:
    def turned(moment: Moment) -> Moment:
        return Moment(
            [np.asarray(w).T.astype(kind) for w in moment.weights],
            [np.asarray(a).T.astype(kind) for a in moment.activations],
            [np.asarray(dw).T.astype(kind) for dw in moment.gradients],
        )

    training = short_training("deep", Mistakes(faster=-0.001))
    other = replace(
        training,
        inputs=np.asarray(training.inputs).T,
        before=turned(training.before),
        after=turned(training.after),
        samples_first=True,
    )
    assert explain(other) == explain(training) != ()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"names": ["relu"]}, "weights before training: got 2; expected 1, one for every layer"),
        (
            {"after": Moment([np.ones((2, 2))] * 2, [np.ones((2, 3))])},
            "activations after training: got 1; expected 2",
        ),
        (
            {"after": Moment([np.ones((2, 2))] * 2, [np.ones((3, 2))] * 2)},
            r"activations of layer 1 after training: got shape \(3, 2\), which is 3 units; .* pass",
        ),
        (
            {"before": replace(HEALTHY.before, gradients=[np.ones((2, 2))])},
            r"gradients: got shapes \[\(2, 2\)\]; expected those of the weights",
        ),
        (
            {"before": replace(HEALTHY.before, gradients=[np.ones((2, 3))] * 2)},
            "gradients: got shapes",
        ),
        (
            {"after": Moment([np.ones((2, 4))] * 2, HEALTHY.after.activations)},
            r"weights of layer 1: got shape \(2, 4\) after training; expected \(2, 2\), as before",
        ),
        ({"inputs": np.array([1.0])}, r"inputs: got shape \(1,\)"),
        ({"inputs": np.array([[np.nan]])}, "inputs: got nan"),
        ({"names": ["relu", "gelu"]}, "activation: got 'gelu'"),
    ],
)
def test_lists_that_do_not_fit_are_refused(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(RefnetError, match=message):
        explain(by_hand(**parts))


def test_nothing_but_a_short_training_is_explained() -> None:
    nothing: Any = None
    with pytest.raises(ArgumentError, match="training: got NoneType; expected ShortTraining"):
        explain(nothing)
