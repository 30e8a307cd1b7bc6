"""Drawn digits for a network of somebody else's: in the number of pixels and classes that it has.

Lives here: `digits_for` and `refusal_of`. It knows drawn digits, nothing of networks.

A network whose layer sizes are hard-wired may have fewer inputs than an image of 28 x 28 has
pixels, and fewer outputs than there are digits: then the images are made smaller, each pixel the
mean of the area it stands for, and the last digits are left out.
"""

import math

import numpy as np

from refnet.arrays import FloatArray, labels, matrix
from refnet.datasets.drawn import DIGITS, SIDE, draw_digits
from refnet.datasets.samples import Samples

COARSEST = 4
"""Pixels of a row from which digits can be told apart at all: a letter of a coarse display has five
rows, the curve of a 2 or a 5 four."""

FEWEST = 2
"""Classes: one output alone has no largest."""


def refusal_of(inputs: int, outputs: int) -> str:
    """Say why digits cannot be shown to a network with so many inputs and outputs; empty if not."""
    side = math.isqrt(inputs)
    if side * side != inputs or not COARSEST <= side <= SIDE:
        return (
            f"its {inputs} inputs are no square image of {COARSEST} to {SIDE} pixels a side, as "
            "digits are"
        )
    if not FEWEST <= outputs <= DIGITS:
        return f"its {outputs} outputs are not {FEWEST} to {DIGITS}, one for each digit"
    return ""


def digits_for(inputs: int, outputs: int, count: int, generator: np.random.Generator) -> Samples:
    """Draw so many digits for a network with so many inputs and outputs, in random order.

    Pixels are in [0, 1]; `outputs` are the classes, the digits from 0 on. The network must not be
    one that `refusal_of` refuses. The same generator draws the same digits.
    """
    digits = generator.permutation(np.arange(count) % outputs)
    drawn = draw_digits(labels(digits, DIGITS), generator)
    side = math.isqrt(inputs)
    shrunk = drawn.x if side == SIDE else matrix(_shrunk(drawn.x, side))
    return Samples(shrunk, labels(digits, outputs), outputs)


def _shrunk(x: FloatArray, side: int) -> FloatArray:
    """Return images, shape (pixels, samples), with so many pixels a side."""
    # How much of each old pixel lies in each new one, in units of the new ones.
    edges = np.arange(side + 1) * (SIDE / side)
    ends, starts = edges[1:, None], edges[:-1, None]
    pixels = np.arange(SIDE)
    overlaps = np.clip(np.minimum(ends, pixels + 1) - np.maximum(starts, pixels), 0.0, None)
    means = overlaps * (side / SIDE)
    images = x.T.reshape(-1, SIDE, SIDE)
    return np.ascontiguousarray((means @ images @ means.T).reshape(-1, side * side).T)
