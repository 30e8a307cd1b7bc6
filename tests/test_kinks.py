"""Kinks: every slope between left and right is right, a mixture that no slope explains is not."""

from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from refnet.arrays import FloatArray, column, matrix
from refnet.choices import DYADICS, is_lively
from refnet.errors import Deviation
from refnet.kinks import narrowed, share_taken
from refnet.law import Exchange, Law, load_laws
from refnet.mechanics import expect
from refnet.mechanics.branches import MOST, choices
from refnet.parameters import Parameters
from refnet.problem import Answer, Expected, Kinks, Layers, Problem
from refnet.report.decimals import decimal
from refnet.report.worked import work
from refnet.tolerance import FLOAT32, FLOAT64
from refnet.verdict import Example

Array = NDArray[Any]

LAWS = {law.id: law for law in load_laws()}
COMPARING = (
    "purity/repeatable",
    "forward/outputs",
    "bp1/derivative-not-cost",
    "bp1/output-error",
    "bp2/hidden-error",
    "bp3/bias-gradient",
    "bp4/weight-gradient",
    "gradient/check",
    "batch/mean",
    "batch/order",
    "batch/sizes",
    "step/update",
    "step/zero-rate",
    "step/lockstep",
    "symmetry/duplicate-sample",
)
"""The laws that compare outputs, gradients or steps of a question as it was put."""

HEADS = (
    ("relu", "softmax", "categorical_cross_entropy"),
    ("leaky_relu", "identity", "quadratic"),
    ("relu", "relu", "quadratic"),
)
PRECISIONS = {"float64": FLOAT64, "float32": FLOAT32}

heads = pytest.mark.parametrize("head", HEADS, ids=lambda head: "-".join(head[:2]))


@dataclass(frozen=True)
class Somebody:
    """A right network of its own, with a slope at 0 of its own and a dtype."""

    share: float = 0.0
    precision: str = "float64"
    reverse: bool = False

    def answer(self, problem: Problem) -> Answer:
        # Steps at large rates may overflow float32, where nothing is judged.
        with np.errstate(all="ignore"):
            return self._answer(problem)

    def _answer(self, problem: Problem) -> Answer:
        dtype = np.dtype(self.precision).type
        ws = [w.astype(dtype) for w in problem.parameters.weights]
        bs = [b.astype(dtype) for b in problem.parameters.biases]
        outputs, gradients = self._backprop(problem, ws, bs)
        for _ in range(problem.steps):
            step = self._backprop(problem, ws, bs)[1]
            eta = dtype(problem.learning_rate)
            ws = [w - eta * dw.astype(dtype) for w, dw in zip(ws, step.weights, strict=True)]
            bs = [b - eta * db.astype(dtype) for b, db in zip(bs, step.biases, strict=True)]
        asked = set(problem.asks)
        return Answer(
            outputs=outputs if "outputs" in asked else None,
            gradients=gradients if "gradients" in asked else None,
            step=Layers(_wide(ws), _wide(bs)) if "step" in asked else None,
        )

    def _backprop(
        self, problem: Problem, ws: list[Array], bs: list[Array]
    ) -> tuple[FloatArray, Layers]:
        dtype: Any = ws[0].dtype.type
        slope = dtype(problem.leaky_slope)
        a, y = problem.x.astype(dtype), problem.y.astype(dtype)
        entering: list[Array] = [a]
        slopes: list[Array] = []
        for w, b, name in zip(ws, bs, problem.activations, strict=True):
            z: Array = self._product(w, a) + b
            left: Any = {"relu": dtype(0), "leaky_relu": slope}.get(name, dtype(1))
            at_zero = left + dtype(self.share) * (dtype(1) - left)
            slope_at: Array = np.full_like(z, at_zero)
            slope_at[z > 0], slope_at[z < 0] = dtype(1), left
            slopes.append(slope_at)
            if name == "softmax":
                powers = np.exp(z - np.max(z, axis=0, keepdims=True))
                a = np.asarray(powers / np.sum(powers, axis=0, keepdims=True))
            else:
                a = np.where(z > 0, z, left * z)
            entering.append(a)
        delta = a - y
        if problem.cost == "quadratic":
            delta = delta * slopes[-1]
        m, share = dtype(problem.samples), dtype(problem.l2) / dtype(problem.training_size)
        dws: list[Array] = []
        dbs: list[Array] = []
        for at in range(len(ws) - 1, -1, -1):
            dws.insert(0, self._product(delta, entering[at].T) / m + share * ws[at])
            dbs.insert(0, delta.sum(axis=1, keepdims=True) / m)
            if at:
                delta = self._product(ws[at].T, delta) * slopes[at - 1]
        return a.astype(np.float64), Layers(_wide(dws), _wide(dbs))

    def _product(self, a: Array, b: Array) -> Array:
        order = slice(None, None, -1) if self.reverse else slice(None)
        return np.asarray(np.ascontiguousarray(a[:, order]) @ np.ascontiguousarray(b[order]))


def _wide(arrays: list[Array]) -> tuple[FloatArray, ...]:
    return tuple(array.astype(np.float64) for array in arrays)


def drawn(
    head: tuple[str, str, str],
    generator: np.random.Generator,
    *,
    kinks: int = 1,
    rounded: str | None = None,
) -> Problem:
    """Draw a problem with so many first-layer units at z = 0: exactly, or up to rounding.

    Exactly: all numbers are dyadic. Up to rounding, in a dtype: biases are -W x, rounded.
    """
    hidden, output, cost = head
    precision = FLOAT64 if rounded is None else PRECISIONS[rounded]
    while True:
        sizes = [int(size) for size in generator.integers(3, 6, 4)]
        sizes[1] = max(sizes[1], kinks)
        samples = int(generator.integers(2, 5))

        def numbers(rows: int, columns: int) -> FloatArray:
            if rounded is None:
                return generator.choice(DYADICS, (rows, columns))
            return generator.standard_normal((rows, columns)).astype(rounded).astype(np.float64)

        pairs = list(zip(sizes[1:], sizes[:-1], strict=True))
        ws, bs = [numbers(*pair) for pair in pairs], [numbers(units, 1) for units, _ in pairs]
        x = numbers(sizes[0], samples)
        for unit in range(kinks):
            z = ws[0][unit] @ x[:, unit % samples]
            bs[0][unit, 0] = -z if rounded is None else float(np.dtype(rounded).type(-z))
        labels = np.eye(sizes[-1])[:, generator.integers(0, sizes[-1], samples)]
        problem = Problem(
            Parameters(tuple(map(matrix, ws)), tuple(map(column, bs))),
            (hidden, hidden, output),
            cost,
            matrix(x),
            matrix(labels if output == "softmax" else numbers(sizes[-1], samples)),
            asks=("gradients",),
            l2=0.5,
            training_size=8,
            learning_rate=0.25,
        )
        found = expect(problem, precision).kinks
        if found and len(found.places) == kinks and is_lively(problem) and shows(found):
            return problem


def sides(kinks: Kinks | None) -> list[tuple[FloatArray, ...]]:
    """Return the arrays of the gradients with every kink left, and with every kink right."""
    assert kinks is not None
    return [arrays_of(gradients(branch.answer)) for branch in islice(kinks.branches, 2)]


def shows(kinks: Kinks) -> bool:
    """Tell whether the slope at the kinks makes a visible difference to the gradients."""
    return any(np.abs(a - b).max() > 1e-2 for a, b in zip(*sides(kinks), strict=True))


def gradients(answer: Answer) -> Layers:
    assert answer.gradients is not None
    return answer.gradients


def arrays_of(layers: Layers) -> tuple[FloatArray, ...]:
    return (*layers.weights, *layers.biases)


def breach(law: Law, problem: Problem, who: Somebody) -> Deviation | None:
    precision = PRECISIONS[who.precision]
    exchanges = [
        Exchange(question, who.answer(question), expect(question, precision))
        for question in law.questions(problem)
    ]
    try:
        law.judge(exchanges)
    except Deviation as deviation:
        return deviation
    return None


CHECK = LAWS["gradient/check"]


@pytest.mark.campaign
@heads
@pytest.mark.parametrize("share", [0.0, 1.0, 0.5, 0.3])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_no_law_objects_to_a_slope_at_zero_between_left_and_right(
    head: tuple[str, str, str], share: float, precision: str
) -> None:
    generator = np.random.default_rng(5)
    for _ in range(4):
        problem = drawn(head, generator)
        for law_id in COMPARING:
            assert breach(LAWS[law_id], problem, Somebody(share, precision)) is None, law_id


@pytest.mark.no_cover
@heads
@pytest.mark.parametrize("kinks", [2, 3, 4])
@pytest.mark.parametrize("share", [0.0, 1.0, 0.5])
def test_the_slopes_that_libraries_have_are_right_at_several_kinks_at_once(
    head: tuple[str, str, str], kinks: int, share: float
) -> None:
    problem = drawn(head, np.random.default_rng(kinks), kinks=kinks)
    for law_id in COMPARING:
        assert breach(LAWS[law_id], problem, Somebody(share)) is None, law_id


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kinks", [1, pytest.param(3, marks=pytest.mark.campaign)])
@pytest.mark.no_cover
def test_whoever_sees_a_kink_from_its_own_side_is_right(precision: str, kinks: int) -> None:
    generator = np.random.default_rng(7)
    seen: set[bool] = set()
    for at in range(18):
        problem = drawn(HEADS[at % 3], generator, kinks=kinks, rounded=precision)
        for reverse in (False, True):
            who = Somebody(0.0, precision, reverse)
            assert breach(CHECK, problem, who) is None
            answer = gradients(who.answer(problem))
            taken = share_taken(expect(problem, PRECISIONS[precision]), answer, "gradients")
            seen.add(taken == 1.0)
    assert seen == {True, False}


@pytest.mark.no_cover
@heads
@pytest.mark.parametrize("kinks", [1, 2, 4])
@pytest.mark.parametrize(("precision", "error"), [("float64", 1e-4), ("float32", 1e-3)])
def test_an_error_that_no_slope_explains_is_caught_at_a_kink(
    head: tuple[str, str, str], kinks: int, precision: str, error: float
) -> None:
    # The bound that covers every branch at once lets all of these pass: see the test after this.
    generator = np.random.default_rng(11)
    tried = 0
    for share in (0.0, 1.0, 0.5):
        problem = drawn(head, generator, kinks=kinks)
        expected = expect(problem, PRECISIONS[precision])
        right = gradients(Somebody(share, precision).answer(problem))
        for place in places_where_it_matters(expected.kinks, error):
            assert objected(problem, expected, nudged(right, *place, error)), (share, place)
            tried += 1
        assert not objected(problem, expected, right)
    assert tried > 3


def places_where_it_matters(kinks: Kinks | None, error: float) -> list[tuple[int, tuple[int, int]]]:
    """List the numbers, by array and index, that the kinks change and rounding hardly does."""
    assert kinks is not None
    left, right = islice(kinks.branches, 2)
    bounds = arrays_of(gradients(left.bound)), arrays_of(gradients(right.bound))
    found: list[tuple[int, tuple[int, int]]] = []
    for at, (a, b) in enumerate(zip(*sides(kinks), strict=True)):
        fine = np.maximum(bounds[0][at], bounds[1][at]) < 0.2 * error * np.minimum(abs(a), abs(b))
        places = np.argwhere(fine & (np.abs(a - b) > 1e-2))
        found += [(at, (int(row), int(place))) for row, place in places]
    return found


def nudged(layers: Layers, at: int, index: tuple[int, int], share: float) -> Layers:
    arrays = [array.copy() for array in arrays_of(layers)]
    arrays[at][index] *= 1.0 + share
    depth = len(layers.weights)
    return Layers(tuple(arrays[:depth]), tuple(arrays[depth:]))


def objected(problem: Problem, expected: Expected, got: Layers) -> bool:
    try:
        CHECK.judge([Exchange(problem, Answer(gradients=got), expected)])
    except Deviation:
        return True
    return False


@heads
def test_one_bound_for_all_branches_would_let_an_error_pass(head: tuple[str, str, str]) -> None:
    problem = drawn(head, np.random.default_rng(11))
    expected = expect(problem)
    right = gradients(Somebody().answer(problem))
    wrong = [nudged(right, *place, 1e-4) for place in places_where_it_matters(expected.kinks, 1e-4)]
    assert wrong
    assert not any(objected(problem, replace(expected, kinks=None), got) for got in wrong)


@heads
def test_a_unit_is_on_one_side_of_its_kink_in_every_number(head: tuple[str, str, str]) -> None:
    problem = drawn(head, np.random.default_rng(13))
    expected = expect(problem)
    left, right = sides(expected.kinks)
    mixed = Layers(left[:3], right[3:])
    assert objected(problem, expected, mixed)
    assert not objected(problem, replace(expected, kinks=None), mixed)


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_a_slope_that_is_none_is_refused(share: float) -> None:
    for head in HEADS:
        problem = drawn(head, np.random.default_rng(17))
        deviation = breach(CHECK, problem, Somebody(share))
        assert deviation is not None
        assert "got" in str(deviation)


@heads
@pytest.mark.parametrize("share", [0.0, 1.0, 0.5, 0.25])
def test_the_slope_that_is_taken_is_read_off_the_answer(
    head: tuple[str, str, str], share: float
) -> None:
    generator = np.random.default_rng(19)
    for precision, judged in PRECISIONS.items():
        problem = drawn(head, generator)
        answer = gradients(Somebody(share, precision).answer(problem))
        taken = share_taken(expect(problem, judged), answer, "gradients")
        assert taken is not None
        assert abs(taken - share) < 1e-4
        wrong = nudged(answer, 0, (0, 0), 0.5)
        assert share_taken(expect(problem, judged), wrong, "gradients") is None


def test_a_slope_that_makes_no_difference_is_not_read_off() -> None:
    problem = drawn(HEADS[1], np.random.default_rng(23))
    ws, bs = problem.parameters.weights, problem.parameters.biases
    cut_off = (ws[0], matrix(np.zeros(ws[1].shape)), ws[2])
    problem = replace(problem, parameters=Parameters(cut_off, bs))
    expected = expect(problem)
    assert expected.kinks is not None
    assert share_taken(expected, gradients(Somebody(1.0).answer(problem)), "gradients") is None


def test_without_a_kink_nothing_is_narrowed_or_read_off() -> None:
    problem = drawn(HEADS[0], np.random.default_rng(29))
    biases = (column(problem.parameters.biases[0] + 0.25), *problem.parameters.biases[1:])
    problem = replace(problem, parameters=replace(problem.parameters, biases=biases))
    expected = expect(problem)
    answer = gradients(expected.answer)
    assert expected.kinks is None
    assert narrowed(expected, answer, "gradients") is expected
    assert share_taken(expected, answer, "gradients") is None


def test_an_answer_of_another_shape_is_left_to_the_law_of_shapes() -> None:
    problem = drawn(HEADS[0], np.random.default_rng(31))
    expected = expect(problem)
    right = gradients(expected.answer)
    fewer = Layers(right.weights[1:], right.biases)
    assert narrowed(expected, fewer, "gradients") is expected
    assert share_taken(expected, fewer, "gradients") is None


def test_a_bound_that_was_made_wider_stays_wider_on_every_branch() -> None:
    problem = drawn(HEADS[0], np.random.default_rng(37))
    expected = expect(problem)
    bound = expected.bound.gradients
    assert bound is not None
    wide = Layers(*(tuple(b + 0.5 for b in arrays) for arrays in (bound.weights, bound.biases)))
    later = replace(expected, bound=replace(expected.bound, gradients=wide))
    right = gradients(Somebody(1.0).answer(problem))
    off = Layers(tuple(w + 0.25 for w in right.weights), right.biases)
    assert objected(problem, expected, off)
    assert not objected(problem, later, off)
    assert objected(problem, later, Layers(tuple(w + 1.0 for w in off.weights), off.biases))


@heads
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_example_at_a_kink_is_worked_through_on_the_branch_that_the_law_compared_with(
    head: tuple[str, str, str], share: float
) -> None:
    problem = drawn(head, np.random.default_rng(53))
    expected = expect(problem)
    right = gradients(Somebody(share).answer(problem))
    at, index = max(
        places_where_it_matters(expected.kinks, 1e-4),
        key=lambda place: np.ptp([side[place[0]][place[1]] for side in sides(expected.kinks)]),
    )
    wrong = nudged(right, at, index, 1e-4)
    exchange = Exchange(problem, Answer(gradients=wrong), expected)
    with pytest.raises(Deviation) as caught:
        CHECK.judge([exchange])
    example = Example.of(CHECK, exchange, caught.value)
    wide = arrays_of(gradients(expected.bound))[at][index]
    narrow = arrays_of(gradients(example.trusted.bound))[at][index]
    assert narrow == example.bound
    assert narrow < 1e-9 < wide
    lines = [f"{line.label:<12}{line.text}" for line in work(example)]
    left = problem.leaky_slope if head[0] == "leaky_relu" else 0.0
    assert expected.kinks is not None
    slope, unit = decimal(left + share * (1.0 - left)), expected.kinks.places[0].unit
    (kink,) = [line for line in lines if line.startswith("kink")]
    assert f"{head[0]}'(z1[{unit}, 0]) = {slope} fits best, of {decimal(left)} to 1" in kink
    # What the equations lead to is the number that the law compared with, not that of a reference
    # with another slope.
    worked = [line for line in lines if line.startswith(("BP3", "BP4", "            "))]
    assert any(line.endswith(f"= {decimal(float(example.expected or 0.0))}") for line in worked)


def test_after_several_steps_the_bound_covers_every_branch() -> None:
    problem = replace(drawn(HEADS[2], np.random.default_rng(41)), asks=("step",))
    thrice = replace(problem, steps=3)
    right = Somebody(1.0).answer(thrice)
    LAWS["step/lockstep"].judge([Exchange(thrice, right, expect(thrice))])


def test_more_than_twelve_kinks_are_covered_by_one_bound() -> None:
    assert len(list(choices(12))) == MOST + 1  # the uniform half is tried as well
    assert list(choices(13)) == []
    assert sorted(choices(2)) == sorted(product((0.0, 0.5, 1.0), repeat=2))
    assert len(list(choices(7))) == 3**7
    problem = drawn(HEADS[1], np.random.default_rng(43))
    ws = (matrix(np.zeros(problem.parameters.weights[0].shape)), *problem.parameters.weights[1:])
    bs = (matrix(np.zeros(problem.parameters.biases[0].shape)), *problem.parameters.biases[1:])
    everywhere = replace(problem, parameters=Parameters(ws, tuple(map(column, bs))), l2=1.0)
    everywhere = replace(
        everywhere,
        x=matrix(np.repeat(problem.x, 3, axis=1)),
        y=matrix(np.repeat(problem.y, 3, axis=1)),
    )
    expected = expect(everywhere)
    assert expected.kinks is not None
    assert len(expected.kinks.places) > 12
    for share in (0.0, 0.7, 1.0):
        assert breach(CHECK, everywhere, Somebody(share)) is None
    assert breach(CHECK, everywhere, Somebody(3.0)) is not None


def test_a_branch_is_computed_once() -> None:
    problem = drawn(HEADS[0], np.random.default_rng(47))
    kinks = expect(problem).kinks
    assert isinstance(kinks, Kinks)
    first, again = list(kinks.branches), list(kinks.branches)
    assert all(one is other for one, other in zip(first, again, strict=True))
