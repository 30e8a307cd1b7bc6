"""The properties can fail: a wrong reference is caught, by problems that a person can check."""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis.strategies import SearchStrategy

from refnet.arrays import Matrix, column, matrix
from refnet.bugs import BUGS
from refnet.bugs.bug import SimulatedBug
from refnet.choices import HEADS, is_decided, is_exact, is_lively, is_moderate
from refnet.errors import ArgumentError, Deviation
from refnet.exact_regime import has_exact_regime
from refnet.law import Exchange, Law, Suite, load_laws
from refnet.mechanics import expect
from refnet.network import Network
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head
from written import halved

pytestmark = pytest.mark.no_cover

LAWS = {law.id: law for law in load_laws()}
SIGMOID = HEADS[0]


class Strategies(Protocol):
    """What is tested of refnet.properties.strategies; the checkers do not find it there."""

    def problems_for(self, suite: Suite, head: Head) -> SearchStrategy[Problem]: ...


class Holding(Protocol):
    """What is tested of refnet.properties.holding."""

    def hold(self, law: Law, head: Head) -> None: ...


class ByHand(Protocol):
    """What is tested of refnet.properties.by_hand."""

    COST_FOR_DERIVATIVE: Problem
    REVERSED_PRODUCT: Problem
    ROW_AGAINST_COLUMN: Problem
    DYING_RELU: Problem
    ARGMAX: Problem


STRATEGIES = cast("Strategies", import_module("refnet.properties.strategies"))
HOLDING = cast("Holding", import_module("refnet.properties.holding"))
BY_HAND = cast("ByHand", import_module("refnet.properties.by_hand"))

FEW = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

heads = pytest.mark.parametrize("head", HEADS, ids=lambda head: f"{head.hidden}-{head.output}")

right_backprop = Network.backprop


def sum_for_mean(network: Network, x: Matrix, y: Matrix) -> Parameters:
    right = right_backprop(network, x, y)
    return Parameters(
        tuple(matrix(x.shape[1] * w) for w in right.weights),
        tuple(column(x.shape[1] * b) for b in right.biases),
    )


def first_layer_frozen(network: Network, x: Matrix, y: Matrix) -> Parameters:
    right = right_backprop(network, x, y)
    return Parameters((matrix(np.zeros_like(right.weights[0])), *right.weights[1:]), right.biases)


@pytest.mark.parametrize("wrong", [sum_for_mean, first_layer_frozen])
@pytest.mark.parametrize("law", ["gradient/check", "step/update"])
def test_a_wrong_reference_is_caught_because_it_is_never_judged_by_itself(
    law: str,
    wrong: Callable[[Network, Matrix, Matrix], Parameters],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Network, "backprop", wrong)
    with pytest.raises(Deviation, match="got"):
        HOLDING.hold(LAWS[law], SIGMOID)


def test_a_wrong_cost_of_the_reference_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Network.cost_of

    def doubled(network: Network, x: Matrix, y: Matrix) -> float:
        return 2.0 * right(network, x, y)

    monkeypatch.setattr(Network, "cost_of", doubled)
    with pytest.raises(Deviation, match="cost: got"):
        HOLDING.hold(LAWS["cost/value"], SIGMOID)


@heads
def test_drawn_problems_are_what_their_kind_promises(head: Head) -> None:
    @FEW
    @given(STRATEGIES.problems_for("moderate", head))
    def moderate(problem: Problem) -> None:
        assert is_moderate(problem)
        assert is_lively(problem)
        assert 1 < problem.samples < problem.training_size
        assert problem.l2 > 0.0
        assert len(problem.activations) in (2, 3, 4)
        everything = (*problem.parameters.weights, *problem.parameters.biases, problem.x)
        assert all(array.all() for array in everything)

    @FEW
    @given(STRATEGIES.problems_for("evaluation", head))
    def evaluation(problem: Problem) -> None:
        assert is_decided(problem)
        assert problem.samples != problem.sizes[-1]
        assert (problem.y.sum(axis=0) == 1.0).all()

    @FEW
    @given(STRATEGIES.problems_for("saturated", head))
    def saturated(problem: Problem) -> None:
        last = network_of(problem).feedforward(problem.x).zs[-1]
        assert 16.0 <= np.abs(last).max() <= 1000.0

    @FEW
    @given(STRATEGIES.problems_for("initialisation", head))
    def initialisation(problem: Problem) -> None:
        assert problem.asks == ("initial",)
        assert problem.parameters.weights[0].size >= 4800

    for kind in (moderate, evaluation, saturated, initialisation):
        kind()


@pytest.mark.parametrize(
    "head", [head for head in HEADS if has_exact_regime(head)], ids=lambda head: head.hidden
)
def test_drawn_problems_of_the_exact_regime_are_exact(head: Head) -> None:
    @FEW
    @given(STRATEGIES.problems_for("exact", head))
    def exact(problem: Problem) -> None:
        assert is_exact(problem)
        assert all(z.all() for z in network_of(problem).feedforward(problem.x).zs)

    exact()


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError, match="suite: got 'modest'"):
        STRATEGIES.problems_for(cast("Suite", "modest"), SIGMOID)


def breaks(law: Law, slug: str, problem: Problem) -> bool:
    """Tell whether somebody who makes a known mistake breaks a law on a problem."""
    subject = SimulatedBug(BUGS[slug])
    exchanges = [
        Exchange(question, subject.answer(question), expect(question))
        for question in law.questions(problem)
    ]
    try:
        if exchanges:
            law.judge(exchanges)
    except Deviation:
        return True
    return False


# Head by its place in HEADS; the sizes that Hypothesis ends with, and how many of the numbers of
# the network and the batch are not simply 1.
SHRUNK: list[tuple[str, int, tuple[int, ...], int]] = [
    ("cost-for-derivative", 0, (1, 1, 1), 0),
    ("output-sigma-prime-missing", 0, (1, 1, 1), 0),
    ("l2-by-batch-size", 0, (1, 1, 1), 0),
    ("l2-on-biases", 0, (1, 1, 1), 0),
    ("batch-average-missing", 0, (1, 1, 1), 0),
    ("step-sign", 0, (1, 1, 1), 0),
    ("layer-off-by-one", 0, (1, 1, 1, 1), 0),
    # A symmetric W is its own transpose: one -1 is needed to tell them apart.
    ("reversed-product", 0, (3, 3, 3), 1),
    ("weight-gradient-transposed", 0, (2, 2, 2), 1),
    ("bias-gradient-scalar", 0, (2, 2, 2), 0),
    ("argmax-over-batch", 3, (2, 2, 2), 1),
    # Where there is a kink, biases are odd parts of a grid: 1/2, 1/4, ...
    ("relu-mask-from-activation", 2, (3, 3, 3), 12),
    ("softmax-over-batch", 2, (2, 2, 2), 5),
]


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("slug", "head", "sizes", "others"),
    halved(SHRUNK),
)
def test_a_counter_example_shrinks_to_what_can_be_worked_through_by_hand(
    slug: str, head: int, sizes: tuple[int, ...], others: int
) -> None:
    law = LAWS[BUGS[slug].aimed_at]
    smallest = find(
        STRATEGIES.problems_for(law.suite, HEADS[head]),
        lambda problem: breaks(law, slug, problem),
        settings=settings(FEW, max_examples=40),
    )
    assert len(smallest.sizes) <= len(sizes)
    assert max(smallest.sizes) <= max(sizes)
    assert smallest.samples <= (3 if law.suite == "evaluation" else 2)
    assert (smallest.training_size, smallest.l2) == (smallest.samples + 1, 1.0)
    parameters = smallest.parameters
    entries = np.concatenate(
        [array.ravel() for array in (*parameters.weights, *parameters.biases, smallest.x)]
    )
    assert (entries != 1.0).sum() <= others
    # 1, 2, 1/2, 3, 3/2 and their halves: what a person can multiply.
    assert np.isin(np.abs(np.frexp(entries)[0]), (0.5, 0.75)).all()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("COST_FOR_DERIVATIVE", "cost-for-derivative"),
        ("COST_FOR_DERIVATIVE", "l2-by-batch-size"),
        ("REVERSED_PRODUCT", "reversed-product"),
        ("ROW_AGAINST_COLUMN", "row-against-column"),
        ("DYING_RELU", "relu-mask-from-activation"),
        ("ARGMAX", "argmax-over-batch"),
        ("ARGMAX", "argmax-flattened"),
        ("ARGMAX", "argmax-of-label"),
        ("ARGMAX", "max-for-argmax"),
    ],
)
def test_a_problem_made_by_hand_shows_its_mistake(name: str, slug: str) -> None:
    problem = cast("Problem", getattr(BY_HAND, name))
    assert breaks(LAWS[BUGS[slug].aimed_at], slug, problem)
