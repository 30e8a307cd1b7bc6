"""The oracle: two methods that agree, known derivatives, and no mercy for a wrong network."""

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from refnet import oracle
from refnet.arrays import FloatArray, column, matrix
from refnet.choices import HEADS
from refnet.errors import ArgumentError
from refnet.exact_regime import has_exact_regime
from refnet.mechanics import expect
from refnet.oracle import complex_step, rational
from refnet.oracle.loss import Loss
from refnet.oracle.rational import Dual
from refnet.parameters import Parameters
from refnet.problem import PARTS, Answer, Layers, Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head
from refnet.suite import suite

EXACT = [head for head in HEADS if has_exact_regime(head)]
heads = pytest.mark.parametrize("head", HEADS, ids=lambda head: f"{head.hidden}-{head.output}")
exact_heads = pytest.mark.parametrize(
    "head", EXACT, ids=lambda head: f"{head.hidden}-{head.output}"
)


def arrays(layers: Layers | None) -> list[FloatArray]:
    assert layers is not None
    return [*layers.weights, *layers.biases]


def numbers(answer: Answer) -> list[FloatArray]:
    assert answer.outputs is not None
    assert answer.cost is not None
    return [
        answer.outputs,
        np.array(answer.cost),
        *arrays(answer.gradients),
        *arrays(answer.step),
    ]


def asking_everything(problem: Problem) -> Problem:
    return replace(problem, asks=("outputs", "cost", "gradients", "step"))


def one_unit(activation: str, cost: str, z: float, y: float) -> Problem:
    """Return a network of one layer and one unit with a given z: x = 1, w = z, b = 0."""
    return Problem(
        Parameters((matrix(np.array([[z]])),), (column(np.zeros((1, 1))),)),
        (activation,),
        cost,
        matrix(np.ones((1, 1))),
        matrix(np.array([[y]])),
        asks=("outputs", "cost", "gradients", "step"),
        learning_rate=0.5,
        leaky_slope=0.25,
    )


@exact_heads
def test_both_methods_agree_where_nothing_rounds(head: Head) -> None:
    for seed in range(2):
        for problem in suite("exact", head, seed):
            exactly = rational.answer(asking_everything(problem))
            bounds = numbers(expect(asking_everything(problem)).bound)
            stepped = complex_step.answer(asking_everything(problem))
            for one, other, bound in zip(numbers(exactly), numbers(stepped), bounds, strict=True):
                assert (np.abs(one - other) <= bound).all()


@exact_heads
def test_the_network_is_exactly_right_where_nothing_rounds(head: Head) -> None:
    for problem in suite("exact", head, 1):
        right = arrays(rational.gradients(problem))
        gradients = network_of(problem).backprop(problem.x, problem.y)
        got = [*gradients.weights, *gradients.biases]
        assert all((one == other).all() for one, other in zip(right, got, strict=True))


@heads
def test_the_network_is_right_within_the_bound_everywhere(head: Head) -> None:
    for problem in (*suite("moderate", head, 1), *suite("saturated", head, 1)):
        question = asking_everything(problem)
        expected = expect(question)
        right = numbers(oracle.answer(question))
        for value, network, bound in zip(
            right, numbers(expected.answer), numbers(expected.bound), strict=True
        ):
            assert (np.abs(value - network) <= bound + complex_step.LOST).all()


def wrong_networks(problem: Problem) -> Iterator[tuple[str, list[FloatArray]]]:
    """Yield gradients that are deliberately wrong, each by one slip."""
    network = network_of(problem)
    right = network.backprop(problem.x, problem.y)
    ws, bs = list(right.weights), list(right.biases)
    yield "sum for mean", [problem.samples * array for array in (*ws, *bs)]
    unpenalised = replace(network, l2=0.0).backprop(problem.x, problem.y)
    yield "penalty left out", [*unpenalised.weights, *unpenalised.biases]
    yield "first layer frozen", [np.zeros_like(ws[0]), *ws[1:], *bs]
    yield (
        "biases penalised",
        [
            *ws,
            *(
                db + problem.l2 / problem.training_size * b
                for db, b in zip(bs, problem.parameters.biases, strict=True)
            ),
        ],
    )
    off = ws[0].copy()
    off.flat[np.abs(off).argmax()] *= 1.0 + 1e-10
    yield "one number off by 1e-10", [off, *ws[1:], *bs]


@heads
def test_a_wrong_network_is_rejected(head: Head) -> None:
    problem = suite("moderate", head, 0)[0]
    right = arrays(complex_step.gradients(problem))
    question = replace(problem, asks=("gradients",))
    bounds = arrays(expect(question).bound.gradients)
    for slip, wrong in wrong_networks(problem):
        within = all(
            (np.abs(one - other) <= bound).all()
            for one, other, bound in zip(right, wrong, bounds, strict=True)
        )
        assert not within, slip


SIGMOID = 1.0 / (1.0 + math.exp(-2.0))
TANH = math.tanh(1.0)


@pytest.mark.parametrize(
    ("activation", "cost", "z", "y", "output", "value", "slope"),
    [
        ("sigmoid", "quadratic", 0.0, 1.0, 0.5, 0.125, -0.125),
        ("sigmoid", "binary_cross_entropy", 0.0, 1.0, 0.5, math.log(2.0), -0.5),
        ("sigmoid", "binary_cross_entropy", 2.0, 0.0, SIGMOID, 2.0 - math.log(SIGMOID), SIGMOID),
        ("tanh", "quadratic", 1.0, 0.0, TANH, TANH**2 / 2.0, TANH / math.cosh(1.0) ** 2),
        ("relu", "quadratic", 3.0, 1.0, 3.0, 2.0, 2.0),
        ("relu", "quadratic", -3.0, 1.0, 0.0, 0.5, 0.0),
        ("leaky_relu", "quadratic", -4.0, 1.0, -1.0, 2.0, -0.5),
        ("identity", "quadratic", -4.0, 1.0, -4.0, 12.5, -5.0),
        ("softmax", "categorical_cross_entropy", 5.0, 1.0, 1.0, 0.0, 0.0),
    ],
)  # fmt: skip
def test_one_unit_is_as_on_paper(
    activation: str, cost: str, z: float, y: float, output: float, value: float, slope: float
) -> None:
    problem = one_unit(activation, cost, z, y)
    answer = oracle.answer(problem)
    found = [answer.outputs, answer.cost, *arrays(answer.gradients), *arrays(answer.step)]
    wanted = [output, value, slope, slope, z - 0.5 * slope, -0.5 * slope]
    for got, right in zip(found, wanted, strict=True):
        # Four roundings at the most lie between.
        np.testing.assert_allclose(np.asarray(got).item(), right, rtol=2.0**-51, atol=2.0**-53)


def test_a_saturated_cost_is_not_rounded_away() -> None:
    answer = oracle.answer(one_unit("sigmoid", "binary_cross_entropy", 800.0, 0.0))
    assert answer.cost == 800.0
    assert arrays(answer.gradients)[0].item() == 1.0


def test_softmax_is_normalised_for_each_sample_on_its_own() -> None:
    problem = suite("moderate", Head("relu", "softmax", "categorical_cross_entropy"), 0)[1]
    outputs = oracle.answer(replace(problem, asks=("outputs",))).outputs
    assert outputs is not None
    np.testing.assert_allclose(outputs.sum(axis=0), 1.0, rtol=2.0**-50)


def test_predictions_and_counts_are_made_by_hand() -> None:
    problem = replace(
        suite("evaluation", HEADS[0], 0)[0], asks=("predictions", "correct", "outputs")
    )
    answer = oracle.answer(problem)
    assert answer.outputs is not None
    assert answer.predictions is not None
    for sample, predicted in enumerate(answer.predictions.tolist()):
        assert answer.outputs[int(predicted), sample] == answer.outputs[:, sample].max()
    wanted = problem.y.argmax(axis=0).tolist()
    hits = [p == w for p, w in zip(answer.predictions.tolist(), wanted, strict=True)]
    assert answer.correct == sum(hits)
    assert 0 < sum(hits) < problem.samples


def test_several_steps_are_as_many_single_ones() -> None:
    problem = replace(suite("moderate", HEADS[0], 0)[0], asks=("step",))
    three = oracle.answer(replace(problem, steps=3)).step
    here = problem
    for _ in range(3):
        after = oracle.answer(here).step
        assert after is not None
        parameters = Parameters(tuple(map(matrix, after.weights)), tuple(map(column, after.biases)))
        here = replace(here, parameters=parameters)
    pairs = zip(arrays(three), (*here.parameters.weights, *here.parameters.biases), strict=True)
    assert all((one == other).all() for one, other in pairs)


def test_what_is_not_asked_is_not_answered() -> None:
    problem = suite("moderate", HEADS[0], 0)[0]
    for part in PARTS:
        answer = oracle.answer(replace(problem, asks=(part,)))
        said = {other for other in PARTS if getattr(answer, other) is not None}
        assert said == ({part} if part != "initial" else set())


def test_more_parameters_than_are_varied_at_a_time() -> None:
    head = Head("sigmoid", "sigmoid", "quadratic")
    (problem, *_) = suite("moderate", head, 0, (40, 10, 3))
    assert problem.parameters.weights[0].size > 256
    question = replace(problem, asks=("gradients",))
    expected = expect(question)
    right = arrays(complex_step.gradients(question))
    for one, other, bound in zip(
        right, arrays(expected.answer.gradients), arrays(expected.bound.gradients), strict=True
    ):
        assert (np.abs(one - other) <= bound).all()


def test_a_curved_loss_is_no_fraction() -> None:
    problem = suite("moderate", HEADS[0], 0)[0]
    for part in ("outputs", "cost", "gradients"):
        with pytest.raises(ArgumentError, match=r"got sigmoid; expected identity, leaky_relu"):
            rational.answer(replace(problem, asks=(part,)))


def test_an_unknown_activation_is_refused() -> None:
    problem = replace(suite("moderate", HEADS[0], 0)[0], activations=("swish", "sigmoid"))
    with pytest.raises(ArgumentError, match="oracle: got 'swish'; expected one of sigmoid"):
        oracle.answer(problem)


def test_the_loss_of_fractions_is_a_fraction() -> None:
    problem = suite("exact", EXACT[0], 0)[0]
    loss = Loss.of(problem, Fraction)
    assert isinstance(loss.l2, Fraction)
    assert all(isinstance(entry, Fraction) for entry in loss.x.ravel())


def test_dual_numbers_obey_the_rules_of_sum_and_product() -> None:
    x, y = (Dual(Fraction(value), {place: Fraction(1)}) for place, value in enumerate((3, 5)))
    for number, value, slopes in (
        (x + y, 8, {0: 1, 1: 1}),
        (x - y, -2, {0: 1, 1: -1}),
        (x * y, 15, {0: 5, 1: 3}),
        (x * x * y, 45, {0: 30, 1: 9}),
        (2 * x + 1, 7, {0: 2}),
        (1 + x * Fraction(1, 2), Fraction(5, 2), {0: Fraction(1, 2)}),
        ((x + y) / 4, 2, {0: Fraction(1, 4), 1: Fraction(1, 4)}),
        (-x, -3, {0: -1}),
        (x - 1, 2, {0: 1}),
    ):
        assert (number.value, number.slopes) == (value, slopes)
    assert x > 2
    assert not x > 3


def test_no_float_gets_into_a_dual_number() -> None:
    x = Dual(Fraction(1), {0: Fraction(1)})
    with pytest.raises(TypeError):
        _ = x + 0.5
    with pytest.raises(TypeError):
        _ = x * 0.5
