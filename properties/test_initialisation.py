"""Fresh weights are drawn as the declared scheme says, and differ from unit to unit.

Guards against the write-up's dying ReLU: standard normal weights where He's scheme (variance
2/fan-in) belongs, fan-out for fan-in, a variance for a standard deviation, positive weights only,
rows that repeat, and units that all begin alike and never part.

A scheme is only held against a subject that declares it: any other is a choice (standard normal is
the write-up's own first one). All tests together reject a right initialisation with a probability
of at most FALSE_ALARM.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import Deviation
from refnet.initializers import INITIALIZERS, initializer_by_name
from refnet.law import Exchange, law, refuse_failure
from refnet.problem import Layers, Problem
from refnet.subjects.protocol import Head

from .chances import (
    chance_of_chi_square,
    chance_of_correlation,
    chance_of_distance_from_normal,
    chance_of_mean,
)
from .holding import hold
from .questions import asked, asking

FALSE_ALARM = 1e-9
"""Probability with which a right initialisation is rejected, over all layers and tests of one
question. A suite asks one; a thousand million right networks give one false alarm."""

ENOUGH = 100
"""Weights a layer must have to be tested: below, no test has any power, and the approximation of
the chi-square tail has not been checked."""


def where_declared(problem: Problem) -> tuple[Problem, ...]:
    """Ask for fresh parameters where a known scheme is declared."""
    return (asked(problem, "initial"),) if problem.initializer in INITIALIZERS else ()


@law(
    "initialisation/scheme",
    title="fresh weights are drawn as the declared scheme says",
    equation="initialisation",
    needs=("initial",),
    suite="initialisation",
    otherwise="it declares no scheme for its initial weights",
    questions=where_declared,
)
def scheme(exchanges: Sequence[Exchange]) -> None:
    """Test variance, mean, distribution and independence of the rows, layer by layer."""
    for exchange in exchanges:
        name = exchange.problem.initializer
        layers = [
            (layer, w)
            for layer, w in _fresh_weights(exchange)
            if w.size >= ENOUGH and name in INITIALIZERS and np.isfinite(w).all()
        ]
        for layer, w in layers:
            initializer = initializer_by_name(str(name))
            deviation = initializer.deviation(w.shape[1], w.shape[0])
            _test_layer(layer, w, deviation, str(name), FALSE_ALARM / len(layers))


def _test_layer(layer: int, w: FloatArray, deviation: float, name: str, false_alarm: float) -> None:
    """Object where one of the four tests would reject with a quarter of the false alarms."""
    standard = w / deviation
    spread = float(np.sqrt(np.mean(standard**2)))
    chances = (
        (chance_of_chi_square(standard), f"{spread:.3f} times the standard deviation it should"),
        (chance_of_mean(standard), f"a mean of {w.mean():.3g} where 0 is expected"),
        (chance_of_distance_from_normal(standard), "a distribution that is not normal"),
        (chance_of_correlation(standard), "two rows that resemble each other too much"),
    )
    for chance, what in chances:
        if not chance >= false_alarm / len(chances):
            raise Deviation(
                f"W of layer {layer}: got weights with {what}, expected the scheme {name}: normal, "
                f"mean 0, standard deviation {deviation:.4g}, every weight on its own; a right "
                f"initialisation looks like this with probability {chance:.0e}",
                element=f"W of layer {layer}",
            )


@law(
    "initialisation/symmetry-broken",
    title="no hidden layer begins with all its units alike",
    equation="initialisation",
    needs=("initial",),
    suite="initialisation",
    questions=asking("initial"),
)
def symmetry_broken(exchanges: Sequence[Exchange]) -> None:
    """Object to a hidden layer of several units whose incoming weights are all the same."""
    for exchange in exchanges:
        refuse_failure(exchange, "initial")
        for layer, w in _fresh_weights(exchange):
            if not np.isfinite(w).all():
                raise Deviation(
                    f"W of layer {layer}: got NaN or infinity, expected finite weights; look where "
                    "they are drawn",
                    element=f"W of layer {layer}",
                )
            if layer == len(exchange.problem.activations) or w.shape[0] < 2:
                continue
            if (w == w[:1]).all():
                kind = "0" if not w.any() else "the same in every row"
                raise Deviation(
                    f"W of layer {layer}: got weights that are all {kind}, expected rows that "
                    "differ; units that begin alike get the same gradient and stay alike: draw "
                    "every weight at random",
                    element=f"W of layer {layer}",
                )


def _fresh_weights(exchange: Exchange) -> Iterator[tuple[int, FloatArray]]:
    """Yield the layers, counted from 1, where every weight matrix has the right shape."""
    got: Layers | None = exchange.answer.initial
    wanted = exchange.problem.parameters.weights
    if got is None or [w.shape for w in got.weights] != [w.shape for w in wanted]:
        return
    yield from enumerate(got.weights, start=1)


def test_the_reference_draws_its_weights_as_each_scheme_says(head: Head) -> None:
    for name in INITIALIZERS:

        def declared(problem: Problem, scheme: str = name) -> Problem:
            return replace(problem, initializer=scheme)

        hold(scheme, head, declared)
        hold(symmetry_broken, head, declared)
