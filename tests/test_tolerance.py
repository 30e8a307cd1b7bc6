"""The tolerance T never cries wolf and is hardly slack.

The candidates here are right networks written in the ways people write them: sums in four orders,
textbook and stable formulas, float64 and float32. None may ever be outside T; a relative error of
1e-10 must be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from refnet import Problem, column, matrix
from refnet.arrays import FloatArray
from refnet.bounded_functions import (
    activation,
    binary_cross_entropy,
    categorical_cross_entropy,
    derivative,
    exponential,
    natural_logarithm,
    sigmoid,
    square_root,
)
from refnet.mechanics import expect
from refnet.parameters import Parameters
from refnet.problem import Answer, Layers
from refnet.tolerance import FLOAT32, FLOAT64, Bounded, Precision, Rounding

pytestmark = pytest.mark.no_cover

Array = NDArray[Any]
Order = Literal["blas", "reversed", "permuted", "loop"]
ORDERS: tuple[Order, ...] = ("blas", "reversed", "permuted", "loop")
Regime = Literal["plain", "scales", "saturated", "structured", "unrepresentable", "deep"]
REGIMES: tuple[Regime, ...] = (
    "plain",
    "scales",
    "saturated",
    "structured",
    "unrepresentable",
    "deep",
)
PROBLEMS = 100
HEADS = (
    ("sigmoid", "quadratic"),
    ("tanh", "quadratic"),
    ("identity", "quadratic"),
    ("relu", "quadratic"),
    ("leaky_relu", "quadratic"),
    ("sigmoid", "binary_cross_entropy"),
    ("softmax", "categorical_cross_entropy"),
)
HIDDEN = ("sigmoid", "tanh", "relu", "leaky_relu", "identity")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let NumPy overflow and divide by zero: that is how a bound comes to abstain."""
    with np.errstate(all="ignore"):
        yield


def draw(regime: Regime, generator: np.random.Generator) -> Problem:
    """Draw a problem of a regime; numbers fit float32 except where that is the point."""
    depth = 5 if regime == "deep" else int(generator.integers(1, 5))
    widest = 24 if regime == "deep" else 16
    output, cost = HEADS[int(generator.integers(len(HEADS)))]
    sizes = [int(size) for size in generator.integers(1, widest + 1, depth + 1)]
    if output == "softmax":
        sizes[-1] = max(2, sizes[-1])
    samples = int(generator.integers(1, 9))
    scale = {"scales": 10.0 ** generator.uniform(-8, 4), "saturated": 30.0}.get(regime, 1.0)

    def numbers(rows: int, columns: int, spread: float = 1.0) -> FloatArray:
        drawn = spread * generator.standard_normal((rows, columns))
        if regime == "structured":
            drawn = np.rint(2.0 * drawn)
            # Duplicated units and samples have errors that are fully correlated.
            drawn[-1], drawn[:, -1] = drawn[0], drawn[:, 0]
        if regime == "unrepresentable":
            return drawn
        return drawn.astype(np.float32).astype(np.float64)

    x = numbers(sizes[0], samples)
    targets = numbers(sizes[-1], samples)
    if cost == "binary_cross_entropy":
        targets = (targets > 0).astype(np.float64)
    if cost == "categorical_cross_entropy":
        targets = np.eye(sizes[-1])[:, generator.integers(0, sizes[-1], samples)]
    layers = list(zip(sizes[1:], sizes[:-1], strict=True))
    return Problem(
        parameters=Parameters(
            tuple(matrix(numbers(k, n, scale / n**0.5)) for k, n in layers),
            tuple(column(numbers(k, 1)) for k, _ in layers),
        ),
        activations=(*(str(generator.choice(HIDDEN)) for _ in layers[1:]), output),
        cost=cost,
        x=matrix(x),
        y=matrix(targets),
        asks=("outputs", "cost", "gradients", "step"),
        l2=float(generator.choice([0.0, 0.125, 1.0, 2.5])),
        training_size=int(generator.integers(samples, 4 * samples + 2)),
        learning_rate=float(generator.choice([2.0**-7, 0.5, 2.0**6])),
    )


@dataclass
class Candidate:
    """A right network of its own: a dtype, an order of summation, textbook or stable formulas."""

    dtype: Any
    order: Order
    stable: bool
    generator: np.random.Generator

    def product(self, a: Array, b: Array) -> Array:
        length = a.shape[1]
        if self.order == "blas":
            return np.asarray(a @ b)
        if self.order == "loop":
            total = np.zeros((a.shape[0], b.shape[1]), self.dtype)
            for i in range(length):
                total = total + a[:, i : i + 1] * b[i : i + 1]
            return total
        chosen = list(range(length))[::-1]
        if self.order == "permuted":
            chosen = [int(index) for index in self.generator.permutation(length)]
        return np.asarray(np.ascontiguousarray(a[:, chosen]) @ np.ascontiguousarray(b[chosen]))

    def sigma(self, name: str, z: Array, slope: float) -> Array:
        if name == "sigmoid" and self.stable:
            small = np.exp(-np.abs(z))
            return np.asarray(np.where(z >= 0, 1.0 / (1.0 + small), small / (1.0 + small)))
        if name == "sigmoid":
            return np.asarray(1.0 / (1.0 + np.exp(-z)))
        if name == "softmax":
            powers = np.exp(z - z.max(axis=0, keepdims=True))
            return np.asarray(powers / powers.sum(axis=0, keepdims=True))
        if name == "leaky_relu":
            return np.asarray(np.where(z > 0, z, self.dtype(slope) * z))
        if name == "relu":
            return np.asarray(np.maximum(z, self.dtype(0)))
        return np.asarray(np.tanh(z) if name == "tanh" else z)

    def prime(self, name: str, z: Array, a: Array, slope: float) -> Array:
        if name == "sigmoid" and self.stable:
            small = np.exp(-np.abs(z))
            return np.asarray(small / ((1.0 + small) * (1.0 + small)))
        if name == "sigmoid":
            return np.asarray(a * (1.0 - a))
        if name == "tanh":
            return np.asarray(1.0 - a * a)
        if name in ("relu", "leaky_relu"):
            left = self.dtype(0 if name == "relu" else slope)
            return np.asarray(np.where(z > 0, 1.0, left))
        return np.ones_like(z)

    def cost(self, problem: Problem, z: Array, a: Array, y: Array) -> float:
        if problem.cost == "quadratic":
            terms = 0.5 * (a - y) * (a - y)
        elif problem.cost == "categorical_cross_entropy":
            shifted = z - z.max(axis=0, keepdims=True)
            logarithm = shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))
            moderate = np.abs(shifted).max() <= 8 and not self.stable
            terms = -y * (np.log(a) if moderate else logarithm)
        elif not self.stable and np.abs(z).max() <= 8:
            terms = -(y * np.log(a) + (1.0 - y) * np.log(1.0 - a))
        else:
            terms = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
        return float(terms.sum(dtype=self.dtype) / self.dtype(problem.samples))

    def answer(self, problem: Problem) -> Answer:
        """Answer in this candidate's own way: written for this test, sharing no code."""
        kind = self.dtype
        weights = [w.astype(kind) for w in problem.parameters.weights]
        biases = [b.astype(kind) for b in problem.parameters.biases]
        x, y, m = problem.x.astype(kind), problem.y.astype(kind), kind(problem.samples)
        zs: list[Array] = []
        a: list[Array] = [x]
        for w, b, name in zip(weights, biases, problem.activations, strict=True):
            zs.append(self.product(w, a[-1]) + b)
            a.append(self.sigma(name, zs[-1], problem.leaky_slope))
        decay = kind(problem.l2) / kind(problem.training_size)
        cost = self.cost(problem, zs[-1], a[-1], y)
        cost += float(decay / kind(2) * sum((w * w).sum(dtype=kind) for w in weights))

        def sigma_prime(layer: int) -> Array:
            name = problem.activations[layer]
            return self.prime(name, zs[layer], a[layer + 1], problem.leaky_slope)

        delta = a[-1] - y
        if problem.cost == "quadratic":
            delta = delta * sigma_prime(len(weights) - 1)
        dw: list[Array] = []
        db: list[Array] = []
        for layer in reversed(range(len(weights))):
            dw.insert(0, self.product(delta, a[layer].T) / m)
            db.insert(0, delta.sum(axis=1, keepdims=True, dtype=kind) / m)
            if layer > 0:
                delta = self.product(weights[layer].T, delta) * sigma_prime(layer - 1)
        gradients = Layers(
            tuple((g + decay * w).astype(np.float64) for g, w in zip(dw, weights, strict=True)),
            tuple(g.astype(np.float64) for g in db),
        )
        return Answer(
            outputs=a[-1].astype(np.float64),
            cost=cost,
            gradients=gradients,
            step=self.step(problem, weights, biases, dw, db),
        )

    def step(
        self,
        problem: Problem,
        weights: list[Array],
        biases: list[Array],
        dw: list[Array],
        db: list[Array],
    ) -> Layers:
        """Step as the book does, decaying W first, or along the whole gradient."""
        eta, decay = self.dtype(problem.learning_rate), self.dtype(problem.l2)
        decay = decay / self.dtype(problem.training_size)
        if self.stable:
            moved = [w - eta * (g + decay * w) for w, g in zip(weights, dw, strict=True)]
        else:
            moved = [
                (self.dtype(1) - eta * decay) * w - eta * g
                for w, g in zip(weights, dw, strict=True)
            ]
        return Layers(
            tuple(w.astype(np.float64) for w in moved),
            tuple((b - eta * g).astype(np.float64) for b, g in zip(biases, db, strict=True)),
        )


def arrays_of(answer: Answer) -> Iterator[FloatArray]:
    """List everything an answer holds, outputs first."""
    for part in (answer.outputs, answer.cost):
        if part is not None:
            yield np.atleast_1d(np.asarray(part, dtype=np.float64))
    for layers in (answer.gradients, answer.step):
        if layers is not None:
            yield from (*layers.weights, *layers.biases)


def worst_ratio(problem: Problem, precision: Precision, got: Answer) -> float:
    """Return the largest error over its bound; an infinite bound abstains."""
    expected = expect(problem, precision)
    worst = 0.0
    rows = zip(arrays_of(got), arrays_of(expected.answer), arrays_of(expected.bound), strict=True)
    for value, right, bound in rows:
        judged = np.isfinite(bound)
        error = np.abs(value - right)[judged]
        allowed = bound[judged]
        assert np.isfinite(error).all()
        within = np.divide(error, allowed, out=np.zeros_like(error), where=allowed > 0)
        worst = max(worst, float(within.max(initial=0.0)), float((error > 0)[allowed == 0].any()))
    return worst


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("dtype", "precision"), [(np.float64, FLOAT64), (np.float32, FLOAT32)])
def test_no_right_network_is_ever_outside_its_bound(
    regime: Regime, dtype: Any, precision: Precision
) -> None:
    generator = np.random.default_rng(REGIMES.index(regime))
    for number in range(PROBLEMS):
        problem = draw(regime, generator)
        order, stable = ORDERS[number % 4], number % 8 < 4
        candidate = Candidate(dtype, order, stable, generator)
        ratio = worst_ratio(problem, precision, candidate.answer(problem))
        assert ratio <= 1.0, (number, order, stable, problem.activations, problem.cost)


def plain_gradients() -> tuple[FloatArray, FloatArray]:
    """Return every gradient entry of the plain problems, and its bound."""
    generator = np.random.default_rng(20)
    values: list[FloatArray] = []
    bounds: list[FloatArray] = []
    for _ in range(PROBLEMS):
        expected = expect(replace(draw("plain", generator), asks=("gradients",)))
        values.extend(array.ravel() for array in arrays_of(expected.answer))
        bounds.extend(array.ravel() for array in arrays_of(expected.bound))
    return np.concatenate(values), np.concatenate(bounds)


def test_the_bound_is_far_finer_than_any_customary_tolerance() -> None:
    value, bound = plain_gradients()
    share = bound[value != 0] / np.abs(value[value != 0])
    assert np.median(share) < 1e-12


def test_an_error_of_one_in_ten_thousand_million_is_seen() -> None:
    value, bound = plain_gradients()
    seen = 1e-10 * np.abs(value[value != 0]) > bound[value != 0]
    assert seen.mean() > 0.995


def bounded(value: ArrayLike, error: ArrayLike = 0.0) -> Bounded:
    array = np.atleast_2d(np.asarray(value, dtype=np.float64))
    return Bounded(array, np.broadcast_to(np.asarray(error), array.shape).copy())


def test_a_sum_in_any_order_is_within_the_bound_of_a_matrix_product() -> None:
    generator = np.random.default_rng(3)
    for _ in range(200):
        length = int(generator.integers(1, 40))
        a = generator.standard_normal((3, length)).astype(np.float32)
        b = generator.standard_normal((length, 2)).astype(np.float32)
        rounding = Rounding(FLOAT32)
        wide = Bounded.given(a.astype(np.float64), rounding) @ Bounded.given(
            b.astype(np.float64), rounding
        )
        for order in ORDERS:
            got = Candidate(np.float32, order, True, generator).product(a, b)
            assert (np.abs(got - wide.value) <= wide.error).all()


def test_a_bound_covers_every_value_its_argument_may_have() -> None:
    z, error = np.linspace(-12.0, 12.0, 97)[None, :], 0.3
    wide = sigmoid(Bounded(z, np.full(z.shape, error)))
    for shift in np.linspace(-error, error, 9):
        moved = sigmoid(Bounded(z + shift, np.zeros(z.shape))).value
        assert (np.abs(moved - wide.value) <= wide.error).all()


def test_a_sum_that_may_overflow_in_float32_is_not_judged() -> None:
    row = Bounded.given(np.array([[3e38, 3e38, -3e38]]), Rounding(FLOAT32))
    ones = row.exact(np.ones((3, 1)))
    assert np.isinf((row @ ones).settled()).all()
    assert np.isinf(row.row_sums().settled()).all()
    double = Bounded.given(np.array([[3e38, 3e38, -3e38]]), Rounding(FLOAT64))
    assert np.isfinite(double.row_sums().settled()).all()


def test_an_error_that_is_no_number_means_that_nothing_can_be_said() -> None:
    for value, error in ((1.0, np.nan), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.inf)):
        assert np.isinf(bounded(value, error).settled()).all()


def test_data_that_float32_cannot_hold_carries_its_rounding() -> None:
    values = np.array([[0.1, 0.5, 1.0 / 3.0, -7.25, 0.0, 1e-30]])
    stored = np.abs(values - values.astype(np.float32).astype(np.float64))
    assert np.array_equal(FLOAT32.misfit(values), stored)
    assert not FLOAT64.misfit(values).any()


def test_a_quotient_by_what_may_be_zero_is_not_judged() -> None:
    quotient = bounded(1.0) / bounded([[0.5, 0.5]], [[0.5, 0.1]])
    assert np.isinf(quotient.settled()[0, 0])
    assert abs(1.0 / 0.4 - quotient.value[0, 1]) <= quotient.error[0, 1]
    assert abs(1.0 / 0.6 - quotient.value[0, 1]) <= quotient.error[0, 1]


def test_shapes_that_do_not_fit_raise_as_in_numpy() -> None:
    with pytest.raises(ValueError, match="mismatch"):
        _ = bounded(np.ones((2, 3))) @ bounded(np.ones((2, 3)))
    with pytest.raises(ValueError, match="broadcast"):
        _ = bounded(np.ones((2, 3))) * bounded(np.ones((3, 2)))
    assert (bounded(np.ones((3, 1))) - bounded(np.ones((1, 3)))).shape == (3, 3)


@pytest.mark.parametrize(("name", "width"), [("relu", 1.0), ("leaky_relu", 0.75)])
def test_at_a_kink_that_rounding_may_cross_both_branches_are_right(name: str, width: float) -> None:
    # At 1.5e-8 the exact z may be 0.5e-8, and that of another right network -0.5e-8.
    z = bounded([[0.0, 1.5e-8, -1.5e-8, 2.5e-8, -2.5e-8]], 1e-8)
    slopes = derivative(name, z, 0.25)
    assert np.array_equal(slopes.error, [[width, width, width, 0.0, 0.0]])
    furthest = activation(name, bounded([[-0.5e-8]]), 0.25), activation(name, z, 0.25)
    assert furthest[0].value[0, 0] - furthest[1].value[0, 2] <= furthest[1].error[0, 2]


def test_the_logarithm_of_what_may_be_zero_is_not_judged() -> None:
    logarithm = natural_logarithm(bounded([[0.5, 0.5]], [[0.5, 0.1]]))
    assert np.isinf(logarithm.settled()[0, 0])
    assert np.log(0.5) - np.log(0.4) <= logarithm.error[0, 1]


def test_a_square_root_is_bounded_even_at_zero() -> None:
    root = square_root(bounded([[0.0, 4.0]], [[1e-4, 0.1]]))
    assert root.error[0, 0] >= 1e-2
    assert np.isfinite(root.settled()).all()
    assert root.error[0, 1] >= 2.0 - np.sqrt(3.9)


def test_an_exponential_overflows_where_the_format_does() -> None:
    single = exponential(Bounded.given(np.array([[80.0, 100.0]]), Rounding(FLOAT32)))
    double = exponential(Bounded.given(np.array([[80.0, 100.0]]), Rounding(FLOAT64)))
    assert np.isinf(single.value).tolist() == [[False, True]]
    assert np.isfinite(double.value).all()


def test_a_class_that_is_not_wanted_adds_no_error_however_unlikely_it_is() -> None:
    terms = categorical_cross_entropy(bounded([[0.0], [-1000.0]]), bounded([[1.0], [0.0]]))
    assert terms.error[1, 0] == 0.0
    assert terms.error[0, 0] < 1e-12


def test_the_textbook_cost_is_right_where_units_are_moderate_and_only_there() -> None:
    for dtype, precision in ((np.float64, FLOAT64), (np.float32, FLOAT32)):
        z = np.linspace(-8.0, 8.0, 4001).astype(np.float32).astype(np.float64)[None, :]
        zero = Bounded.given(np.zeros(z.shape), Rounding(precision))
        right = binary_cross_entropy(Bounded.given(z, Rounding(precision)), zero)
        a = 1.0 / (1.0 + np.exp(np.negative(z.astype(dtype))))
        textbook: FloatArray = np.negative(np.log(1.0 - a)).astype(np.float64)
        assert (np.abs(textbook - right.value) <= right.error).all()
    far = binary_cross_entropy(bounded(30.0), bounded(0.0))
    assert abs(-np.log(1.0 - 1.0 / (1.0 + np.exp(-30.0))) - far.value[0, 0]) > far.error[0, 0]


def test_gamma_is_infinite_where_the_format_has_no_digits_left() -> None:
    assert np.isinf(Rounding(FLOAT32).gamma(2**24))
    assert Rounding(FLOAT64).gamma(1) >= 2.0**-53
