"""Training that is left and resumed, stopped early or slowed down: the same numbers, no others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refnet.arrays import labels, matrix
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, RefnetError
from refnet.network import Network, new_network
from refnet.sgd import (
    Checkpoint,
    EpochReport,
    TrainingOptions,
    TrainingResult,
    best_epoch,
    is_over,
    resume,
    train,
)


def clouds(count: int, seed: int, spread: float = 0.5) -> Samples:
    """Three clouds in the plane that overlap: accuracy goes up and down from epoch to epoch."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, count)
    centres = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]])
    return Samples(
        matrix(centres[true].T + spread * rng.standard_normal((2, count))), labels(true, 3), 3
    )


TRAINING, VALIDATION = clouds(40, 1), clouds(40, 2)
OPTIONS = TrainingOptions(6, 7, 0.3)


def network() -> Network:
    return new_network([2, 5, 3], np.random.default_rng(5), l2=0.5, training_size=40)


def bits(value: Network) -> list[bytes]:
    return [a.tobytes() for a in (*value.parameters.weights, *value.parameters.biases)]


def figures(history: Sequence[EpochReport]) -> list[EpochReport]:
    """The reports without the time, which is never the same."""
    return [replace(report, seconds=0.0) for report in history]


def followed(options: TrainingOptions) -> tuple[TrainingResult, list[Checkpoint], list[Network]]:
    """Train in one go, and return what there was between the epochs."""
    checkpoints: list[Checkpoint] = []
    networks: list[Network] = []
    result = train(
        network(),
        TRAINING,
        VALIDATION,
        options,
        np.random.default_rng(3),
        lambda _report, now: networks.append(now),
        checkpoints.append,
    )
    return result, checkpoints, networks


def same(one: TrainingResult, other: TrainingResult) -> bool:
    return bits(one.network) == bits(other.network) and figures(one.history) == figures(
        other.history
    )


EVERY_WAY = (
    OPTIONS,
    replace(OPTIONS, learning_rate_decay=0.7),
    replace(OPTIONS, patience=2),
    replace(OPTIONS, learning_rate_decay=0.9, patience=1, epochs=9),
)


# Leaving and resuming


@pytest.mark.parametrize("options", EVERY_WAY)
def test_resumed_after_any_epoch_a_training_ends_as_if_it_had_not_been_left(
    options: TrainingOptions,
) -> None:
    whole, checkpoints, _ = followed(options)
    assert [len(checkpoint.history) for checkpoint in checkpoints] == [
        *range(len(whole.history) + 1)
    ]
    for checkpoint in checkpoints:
        assert same(resume(checkpoint, TRAINING, VALIDATION), whole)
        assert same(resume(checkpoint, TRAINING, VALIDATION), whole), "resuming changes nothing"


def test_a_training_that_is_left_after_every_epoch_ends_no_differently() -> None:
    options = replace(OPTIONS, patience=3, epochs=8)
    whole, checkpoints, _ = followed(options)
    now = checkpoints[0]
    while len(now.history) < len(whole.history):
        passed_on: list[Checkpoint] = []
        resume(now, TRAINING, VALIDATION, len(now.history) + 1, on_checkpoint=passed_on.append)
        now = replace(passed_on[-1], options=options)
    assert same(resume(now, TRAINING, VALIDATION), whole)


def test_more_epochs_are_the_same_epochs_and_then_some() -> None:
    longer, _, _ = followed(replace(OPTIONS, epochs=9))
    _, checkpoints, _ = followed(OPTIONS)
    kept: list[Checkpoint] = []
    assert same(
        resume(checkpoints[-1], TRAINING, VALIDATION, epochs=9, on_checkpoint=kept.append), longer
    )
    assert kept[0].options.epochs == 9, "resumed once more it goes as far"


def test_the_cost_before_the_first_epoch_is_known_to_the_diagnosis_wherever_it_goes_on() -> None:
    whole, checkpoints, _ = followed(replace(OPTIONS, learning_rate=20.0, epochs=2))
    first = checkpoints[0].first_cost
    assert first == network().cost_of(TRAINING.x, TRAINING.targets)
    assert whole.history[0].training_cost > first
    told = (
        f"the training cost is {whole.history[0].training_cost:.3g} after having been {first:.3g}"
    )
    assert whole.history[0].illnesses[0].startswith(told)
    assert resume(checkpoints[0], TRAINING, VALIDATION).history[0].illnesses[0].startswith(told)
    assert resume(checkpoints[1], TRAINING, VALIDATION).history[1].illnesses == (
        whole.history[1].illnesses
    )


def test_reports_after_resuming_are_of_the_epochs_that_follow() -> None:
    whole, checkpoints, networks = followed(OPTIONS)
    seen: list[tuple[EpochReport, Network]] = []
    resume(
        checkpoints[4],
        TRAINING,
        VALIDATION,
        on_epoch=lambda report, now: seen.append((report, now)),
    )
    assert figures([report for report, _ in seen]) == figures(whole.history[4:])
    assert [bits(now) for _, now in seen] == [bits(now) for now in networks[4:]]


def test_a_checkpoint_is_not_changed_by_what_follows_it() -> None:
    _, checkpoints, networks = followed(OPTIONS)
    assert bits(checkpoints[0].network) == bits(network())
    assert [bits(checkpoint.network) for checkpoint in checkpoints[1:]] == [
        bits(now) for now in networks
    ]
    assert len({str(checkpoint.generator.bit_generator.state) for checkpoint in checkpoints}) == 7


def test_other_samples_are_refused() -> None:
    _, checkpoints, _ = followed(OPTIONS)
    for training, validation in (
        (clouds(40, 4), VALIDATION),
        (TRAINING, clouds(40, 4)),
        (VALIDATION, TRAINING),
    ):
        with pytest.raises(ArgumentError, match=r"got other samples than the training was begun w"):
            resume(checkpoints[2], training, validation)


@pytest.mark.parametrize(
    ("part", "bad", "message"),
    [
        ("checkpoint", None, "checkpoint: got NoneType; expected Checkpoint"),
        ("training", None, "training: got NoneType; expected Samples"),
        ("epochs", 5, "epochs: got 5; expected at least 6, for as many have been trained"),
        ("epochs", 0, "epochs: got 0; expected a whole number of at least 1"),
        ("epochs", 7.5, "epochs: got 7.5"),
    ],
)
def test_what_cannot_be_resumed_is_refused(part: str, bad: Any, message: str) -> None:
    _, checkpoints, _ = followed(OPTIONS)
    arguments: dict[str, Any] = {
        "checkpoint": checkpoints[-1],
        "training": TRAINING,
        "validation": VALIDATION,
        "epochs": None,
    }
    with pytest.raises(RefnetError, match=message):
        resume(**(arguments | {part: bad}))


# Early stopping


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=12), st.integers(1, 4))
def test_a_training_is_over_once_patience_has_run_out_and_no_sooner(
    accuracies: list[float], patience: int
) -> None:
    history = [
        EpochReport(epoch, 1.0, 1.0, accuracy, (), (), 0.1)
        for epoch, accuracy in enumerate(accuracies, start=1)
    ]
    options = TrainingOptions(100, 10, 0.1, patience=patience)
    best = max(accuracies)
    waited = len(accuracies) - 1 - accuracies.index(best)
    assert best_epoch(history) == accuracies.index(best) + 1
    assert is_over(options, history) == (waited >= patience)
    assert not is_over(replace(options, patience=None), history)
    assert is_over(TrainingOptions(len(history), 10, 0.1), history)


def test_without_an_epoch_nothing_is_best_and_nothing_is_over() -> None:
    assert best_epoch(()) == 0
    assert not is_over(TrainingOptions(1, 10, 0.1, patience=1), ())


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_training_stops_when_patience_runs_out_and_keeps_the_best_network(patience: int) -> None:
    never, _, networks = followed(replace(OPTIONS, epochs=30))
    stopped, checkpoints, _ = followed(replace(OPTIONS, epochs=30, patience=patience))
    trained = len(stopped.history)
    assert patience < trained < 30
    assert figures(stopped.history) == figures(never.history[:trained])
    accuracies = [report.validation_accuracy for report in never.history]
    best = accuracies.index(max(accuracies[:trained]))
    assert best == trained - 1 - patience
    assert bits(stopped.network) == bits(networks[best])
    assert bits(never.network) == bits(networks[-1]), "by default the last one is kept"
    assert bits(checkpoints[-1].best) == bits(networks[best])
    assert bits(checkpoints[-1].network) == bits(networks[trained - 1])


def test_patience_that_does_not_run_out_keeps_the_best_network_all_the_same() -> None:
    result, _, networks = followed(replace(OPTIONS, patience=100))
    assert len(result.history) == 6
    assert bits(result.network) == bits(networks[best_epoch(result.history) - 1])


# A falling learning rate


def test_the_learning_rate_falls_after_every_epoch() -> None:
    options = TrainingOptions(4, 10, 0.8, 0.5)
    assert [options.learning_rate_in(epoch) for epoch in (1, 2, 3, 4)] == [0.8, 0.4, 0.2, 0.1]
    stays = TrainingOptions(4, 10, 0.8)
    assert [stays.learning_rate_in(epoch) for epoch in (1, 2, 3, 4)] == [0.8] * 4


def test_each_epoch_is_trained_at_its_own_learning_rate() -> None:
    """As trainings of one epoch each, one after the other, with the rates put in by hand."""
    falling, _, networks = followed(replace(OPTIONS, epochs=3, learning_rate_decay=0.5))
    generator = np.random.default_rng(3)
    by_hand = network()
    for rate, now in zip((0.3, 0.15, 0.075), networks, strict=True):
        options = TrainingOptions(1, 7, rate)
        result = train(by_hand, TRAINING, VALIDATION, options, generator)
        by_hand = result.network
        assert bits(by_hand) == bits(now)
        report = falling.history[networks.index(now)]
        assert [layer.update_ratio for layer in report.health] == [
            layer.update_ratio for layer in result.history[0].health
        ]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"learning_rate_decay": 0.0}, r"learning_rate_decay: got 0\.0; expected a number above 0"),
        ({"learning_rate_decay": 1.01}, r"learning_rate_decay: got 1\.01; expected .* at most 1"),
        ({"learning_rate_decay": -0.5}, r"learning_rate_decay: got -0\.5"),
        ({"learning_rate_decay": float("nan")}, "learning_rate_decay: got nan"),
        ({"learning_rate_decay": None}, "learning_rate_decay: got None"),
        ({"patience": 0}, "patience: got 0; expected a whole number of at least 1"),
        ({"patience": 2.5}, r"patience: got 2\.5"),
        ({"patience": True}, "patience: got True"),
    ],
)
def test_options_that_cannot_be_are_refused(bad: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        TrainingOptions(**bad)
