"""Which mistake in drawing is named: by a pattern, or by how the weights are distributed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from refnet.arrays import FloatArray
from refnet.choices import HEADS
from refnet.errors import Deviation
from refnet.first_weights import mistakes_in_drawing
from refnet.law import Exchange, load_laws
from refnet.mechanics import expect
from refnet.problem import Answer, Layers
from refnet.suite import suite
from refnet.trial import Breach

LAWS = {law.id: law for law in load_laws() if law.id.startswith("initialisation/")}

Draw = Callable[[np.random.Generator, int, int], FloatArray]
"""Weights from a generator, fan-out and fan-in."""


def normal(scale: Callable[[int, int], float]) -> Draw:
    return lambda generator, fan_out, fan_in: generator.normal(
        0.0, scale(fan_out, fan_in), (fan_out, fan_in)
    )


def named(draw: Draw) -> list[str]:
    """Return what is named of somebody who draws like that and says that it is He's scheme."""
    generator = np.random.default_rng(3)
    (problem,) = suite("initialisation", HEADS[0], 0)
    problem = replace(problem, initializer="he")
    breaches: list[Breach] = []
    for law in LAWS.values():
        drawn = [
            Layers(
                tuple(draw(generator, *w.shape) for w in question.parameters.weights),
                tuple(np.zeros(b.shape) for b in question.parameters.biases),
            )
            for question in law.questions(problem)
        ]
        exchanges = tuple(
            Exchange(question, Answer(initial=initial), expect(question))
            for question, initial in zip(law.questions(problem), drawn, strict=True)
        )
        try:
            law.judge(exchanges)
        except Deviation as deviation:
            breaches.append(Breach(law, problem, exchanges, deviation))
    assert breaches, "it is wrong, and no law says so"
    return mistakes_in_drawing(breaches)


MISTAKES: dict[str, Draw] = {
    "standard-normal-with-relu": normal(lambda _out, _in: 1.0),
    "fan-out-for-fan-in": normal(lambda fan_out, _in: np.sqrt(2.0 / fan_out)),
    "standard-deviation-for-variance": normal(lambda _out, fan_in: 2.0 / fan_in),
    "uniform-positive": lambda generator, fan_out, fan_in: generator.random((fan_out, fan_in)),
    "zeros": lambda _generator, fan_out, fan_in: np.zeros((fan_out, fan_in)),
    "constant": lambda _generator, fan_out, fan_in: np.full((fan_out, fan_in), 0.3),
    "identical-layers": lambda generator, fan_out, fan_in: np.tile(
        generator.normal(size=fan_in), (fan_out, 1)
    ),
}


@pytest.mark.parametrize("slug", MISTAKES)
def test_a_mistake_in_drawing_is_named_and_no_other(slug: str) -> None:
    assert named(MISTAKES[slug]) == [slug]


OTHERS: dict[str, Draw] = {
    "wide": normal(lambda _out, fan_in: np.sqrt(3.0 / fan_in)),
    "fan-out": normal(lambda fan_out, _in: np.sqrt(3.0 / fan_out)),
    "too wide": normal(lambda _out, _in: 1.2),
    "positive": lambda generator, fan_out, fan_in: 0.8 * generator.random((fan_out, fan_in)),
    "shifted": lambda generator, fan_out, fan_in: generator.normal(0.5, 1.0, (fan_out, fan_in)),
}


@pytest.mark.parametrize("spread", OTHERS)
def test_weights_of_another_spread_than_that_of_a_mistake_are_given_no_name(spread: str) -> None:
    """A false name sends a learner to the wrong line."""
    assert named(OTHERS[spread]) == []
