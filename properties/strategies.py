"""Problems as Hypothesis draws them: one strategy for every kind and head, simplest first.

Lives here: `problems_for`. It knows choices.py and Hypothesis, nothing of laws.

Entries are never 0 and ordered so that 1 is the simplest; sizes, samples and lambda shrink
likewise. So a counter-example shrinks to a network such as 1-1-1 with all numbers 1 where that
shows the mistake, and can be worked through by hand. What would have to be rejected is mended
instead: weights are halved until |z| is moderate, a layer of ReLU that is dead for the first
sample has its first unit turned round, and biases keep z away from a kink (exact_regime.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from refnet.activations import KINKED, activation_by_name
from refnet.arrays import FloatArray, column, matrix
from refnet.choices import (
    DYADICS,
    INTEGERS,
    MODERATE,
    ODDS,
    PENALTIES,
    SLOPE,
    SMALL_RATE,
    is_decided,
    is_exact,
    is_lively,
    is_moderate,
    saturated,
)
from refnet.errors import ArgumentError
from refnet.exact_regime import has_exact_regime
from refnet.law import Suite
from refnet.parameters import Parameters
from refnet.problem import Problem
from refnet.subjects.protocol import Head

WIDEST = 5
"""Units of the widest layer."""


def problems_for(suite: Suite, head: Head) -> SearchStrategy[Problem]:
    """Return the problems of a kind for a head, simplest first; none where the kind has none.

    Raises ArgumentError for a kind that is none.
    """
    makers: dict[Suite, Callable[[Head], SearchStrategy[Problem]]] = {
        "moderate": moderate,
        "saturated": saturated_problems,
        "exact": exact,
        "evaluation": evaluation,
        "initialisation": initialisation,
    }
    if suite not in makers:
        raise ArgumentError(f"suite: got {suite!r}; expected one of {', '.join(makers)}")
    return makers[suite](head)


DEPTHS = (2, 2, 2, 3, 4)
"""Layers after the input; most mistakes show with two, and are easiest to read there."""


def layer_sizes(least_outputs: int = 1) -> SearchStrategy[tuple[int, ...]]:
    """Draw units per layer: all alike, or no two alike."""
    depths = st.sampled_from(DEPTHS)
    alike = st.tuples(depths, st.integers(least_outputs, 3)).map(
        lambda pair: (pair[1],) * (pair[0] + 1)
    )
    unlike = st.tuples(depths, st.permutations(range(1, WIDEST + 1))).map(
        lambda pair: tuple(pair[1][: pair[0] + 1])
    )
    return st.one_of(alike, unlike.filter(lambda sizes: sizes[-1] >= least_outputs))


@st.composite
def moderate(draw: DrawFn, head: Head, least_outputs: int = 1) -> Problem:
    """Draw a problem with |z| of at most 8, no dead layer, n > m > 1 and lambda > 0.

    Where several outputs are asked for, there are not as many samples.
    """
    # Softmax over one unit is 1 whatever the weights are, and has no gradient.
    least = max(least_outputs, 2 if head.output == "softmax" else 1)
    sizes = draw(layer_sizes(least))
    batches = [size for size in (2, 3, 4) if least_outputs == 1 or size != sizes[-1]]
    samples = draw(st.sampled_from(batches))
    problem = replace(
        draw(_networks(head, sizes, samples)),
        l2=draw(st.sampled_from(PENALTIES)),
        training_size=draw(st.integers(samples + 1, 3 * samples)),
    )
    assume(is_moderate(problem))
    assume(is_lively(problem))
    return problem


@st.composite
def saturated_problems(draw: DrawFn, head: Head) -> Problem:
    """Draw a moderate problem with its last layer, or all, scaled up to |z| of 20 to 1000."""
    problem = draw(moderate(head))
    largest = draw(st.sampled_from((20.0, 100.0, 1000.0)))
    return saturated(problem, largest, last_alone=draw(st.sampled_from((True, False))))


@st.composite
def exact(draw: DrawFn, head: Head) -> Problem:
    """Draw a problem on the way through which nothing rounds; none for a curved head."""
    if not has_exact_regime(head):
        return draw(st.nothing())
    sizes = draw(layer_sizes())
    samples = draw(st.sampled_from((2, 4)))
    problem = replace(
        draw(_networks(head, sizes, samples, halved=False)),
        l2=draw(st.sampled_from(PENALTIES)),
        training_size=samples * draw(st.sampled_from((2, 4))),
    )
    assume(is_exact(problem))
    assume(is_lively(problem))
    return problem


@st.composite
def evaluation(draw: DrawFn, head: Head) -> Problem:
    """Draw a moderate problem with a clear winner for each sample, and as many one-hot labels."""
    problem = draw(moderate(head, least_outputs=2))
    assume(is_decided(problem))
    return replace(problem, y=matrix(draw(_one_hot(problem.sizes[-1], problem.samples))))


@st.composite
def initialisation(draw: DrawFn, head: Head) -> Problem:
    """Draw the question for fresh parameters of layers wide enough for statistics."""
    sizes = draw(st.sampled_from(((100, 50, 10), (60, 80, 20))))
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    parameters = Parameters(
        tuple(matrix(np.ones(shape)) for shape in shapes),
        tuple(column(np.ones((units, 1))) for units, _ in shapes),
    )
    return Problem(
        parameters,
        (head.hidden, head.output),
        head.cost,
        matrix(np.ones((sizes[0], 1))),
        matrix(np.eye(sizes[-1])[:, :1]),
        asks=("initial",),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


@st.composite
def _networks(
    draw: DrawFn, head: Head, sizes: tuple[int, ...], samples: int, *, halved: bool = True
) -> Problem:
    activations = (head.hidden,) * (len(sizes) - 2) + (head.output,)
    kinked = not halved or any(name in KINKED for name in activations)
    entries = INTEGERS if kinked else DYADICS
    # From the output backwards: where a network is made shorter in shrinking, its last layers stay.
    y = draw(_targets(head, (sizes[-1], samples), entries))
    drawn = [
        (
            draw(_arrays((units, fan_in), entries)),
            draw(_arrays((units, 1), ODDS if kinked else DYADICS)),
        )
        for fan_in, units in reversed(list(pairwise(sizes)))
    ]
    drawn.reverse()
    x = draw(_arrays((sizes[0], samples), entries))
    layers = _mended(x, activations, drawn, kinked=kinked, halved=halved)
    return Problem(
        Parameters(tuple(matrix(w) for w, _ in layers), tuple(column(b) for _, b in layers)),
        activations,
        head.cost,
        matrix(x),
        matrix(y),
        learning_rate=SMALL_RATE,
        leaky_slope=SLOPE,
    )


def _mended(
    x: FloatArray,
    activations: Sequence[str],
    drawn: Sequence[tuple[FloatArray, FloatArray]],
    *,
    kinked: bool,
    halved: bool,
) -> list[tuple[FloatArray, FloatArray]]:
    """Turn and halve layers one after the other; with a kink, make biases odd parts of a grid.

    The grid of a layer is half as fine as that of what enters it, so that no z is 0; halving the
    layer makes it finer still, and so does a slope.
    """
    a = matrix(x)
    layers: list[tuple[FloatArray, FloatArray]] = []
    grid = 1.0
    for name, (weights, biases) in zip(activations, drawn, strict=True):
        grid = grid / 2.0
        w, b = weights.copy(), biases * (grid if kinked else 1.0)
        z = w @ a + b
        if name == "relu" and not (z[:, 0] > 0).any():
            w[0], b[0] = -w[0], -b[0]
        steep = float(np.abs(z).max()) / MODERATE
        if halved and steep > 1.0:
            share = 0.5 ** np.ceil(np.log2(steep))
            w, b, grid = w * share, b * share, grid * share
        layers.append((w, b))
        a = activation_by_name(name, SLOPE).value(matrix(w @ a + b))
        grid = grid * (SLOPE if name == "leaky_relu" else 1.0)
    return layers


def _arrays(shape: tuple[int, int], entries: Sequence[float]) -> SearchStrategy[FloatArray]:
    count = shape[0] * shape[1]
    numbers = st.lists(st.sampled_from(entries), min_size=count, max_size=count)
    return numbers.map(lambda drawn: np.array(drawn, dtype=np.float64).reshape(shape))


def _targets(
    head: Head, shape: tuple[int, int], entries: Sequence[float]
) -> SearchStrategy[FloatArray]:
    if head.cost == "categorical_cross_entropy":
        return _one_hot(*shape)
    return _arrays(shape, (0.0, 1.0) if head.cost == "binary_cross_entropy" else entries)


def _one_hot(classes: int, samples: int) -> SearchStrategy[FloatArray]:
    labels = st.lists(st.integers(0, classes - 1), min_size=samples, max_size=samples)
    return labels.map(lambda drawn: np.eye(classes)[:, drawn])
