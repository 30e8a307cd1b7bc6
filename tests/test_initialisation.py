"""The law of the declared scheme: it rejects every mistake tried, and no right initialisation."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from refnet.arrays import FloatArray
from refnet.choices import HEADS
from refnet.errors import Deviation
from refnet.initializers import INITIALIZERS
from refnet.law import Exchange, load_laws
from refnet.mechanics import expect
from refnet.problem import Answer, Layers
from refnet.suite import suite

# It repeats what other tests cover.
pytestmark = pytest.mark.no_cover

LAW = next(law for law in load_laws() if law.id == "initialisation/scheme")

Draw = Callable[[np.random.Generator, int, int], FloatArray]
"""Weights from a generator, fan-out and fan-in."""


def normal(scale: Callable[[int, int], float]) -> Draw:
    return lambda generator, fan_out, fan_in: (
        scale(fan_out, fan_in) * generator.standard_normal((fan_out, fan_in))
    )


def he(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    return math.sqrt(2.0 / fan_in) * generator.standard_normal((fan_out, fan_in))


def uniform(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    # The right variance: only the shape of the distribution is another.
    limit = math.sqrt(6.0 / fan_in)
    return generator.uniform(-limit, limit, (fan_out, fan_in))


def truncated(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    # Cut at two standard deviations, which leaves 0.77 of the variance, and not corrected.
    standard = generator.standard_normal((fan_out, fan_in))
    while (far := np.abs(standard) > 2.0).any():
        standard[far] = generator.standard_normal(int(far.sum()))
    return math.sqrt(2.0 / fan_in) * standard


def shifted(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    return he(generator, fan_out, fan_in) + 0.2 * math.sqrt(2.0 / fan_in)


def two_rows_alike(generator: np.random.Generator, fan_out: int, fan_in: int) -> FloatArray:
    w = he(generator, fan_out, fan_in)
    w[-1] = w[0]
    return w


MISTAKES: dict[str, Draw] = {
    "standard normal": normal(lambda _out, _in: 1.0),
    "fan-out for fan-in": normal(lambda fan_out, _in: math.sqrt(2.0 / fan_out)),
    "variance for standard deviation": normal(lambda _out, fan_in: 2.0 / fan_in),
    "half the variance": normal(lambda _out, fan_in: math.sqrt(1.0 / fan_in)),
    "Glorot for He": normal(lambda fan_out, fan_in: math.sqrt(2.0 / (fan_in + fan_out))),
    "uniform of the right variance": uniform,
    "truncated and not corrected": truncated,
    "all positive": lambda generator, fan_out, fan_in: np.abs(he(generator, fan_out, fan_in)),
    "a mean that is not 0": shifted,
    "two rows alike": two_rows_alike,
    "constant": lambda _, fan_out, fan_in: np.full((fan_out, fan_in), math.sqrt(2.0 / fan_in)),
    "zeros": lambda _, fan_out, fan_in: np.zeros((fan_out, fan_in)),
}
"""Those of the literature and of other people's code, all in the place of He's scheme."""


def rejection(draw: Draw, seed: int, scheme: str | None = "he") -> Deviation | None:
    (problem,) = suite("initialisation", HEADS[2], 0)
    generator = np.random.default_rng(seed)
    shapes = [w.shape for w in problem.parameters.weights]
    weights = tuple(draw(generator, fan_out, fan_in) for fan_out, fan_in in shapes)
    initial = Layers(weights, tuple(np.zeros((fan_out, 1)) for fan_out, _ in shapes))
    try:
        LAW.judge(
            [
                Exchange(question, Answer(initial=initial), expect(question))
                for question in LAW.questions(replace(problem, initializer=scheme))
            ]
        )
    except Deviation as deviation:
        return deviation
    return None


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_rejected_whatever_the_seed(mistake: str) -> None:
    for seed in range(20):
        assert rejection(MISTAKES[mistake], seed) is not None, seed


def test_no_right_initialisation_is_rejected() -> None:
    # A false alarm has a probability of 1e-9: among 500 there is none.
    assert [seed for seed in range(500) if rejection(he, seed) is not None] == []


def test_the_same_weights_are_judged_alike_every_time() -> None:
    first, again = (rejection(MISTAKES["standard normal"], 3) for _ in range(2))
    assert str(first) == str(again)


@pytest.mark.parametrize("scheme", [None, "a scheme of their own"])
def test_nobody_is_accused_who_declares_no_known_scheme(scheme: str | None) -> None:
    for draw in MISTAKES.values():
        assert rejection(draw, 0, scheme) is None


@pytest.mark.parametrize("name", INITIALIZERS)
def test_each_scheme_is_right_by_its_own_name_and_wrong_by_that_of_another(name: str) -> None:
    deviation = INITIALIZERS[name].deviation
    drawn = normal(lambda fan_out, fan_in: deviation(fan_in, fan_out))
    accepted = {scheme for scheme in INITIALIZERS if rejection(drawn, 1, scheme) is None}
    assert accepted == {name}
