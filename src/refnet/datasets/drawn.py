"""Drawn digits: 28 x 28 images that refnet draws itself, for machines that cannot download.

Lives here: a pen that writes the glyphs as a hand does, never twice alike, and the three sets that
`refnet train --data drawn` uses. It knows glyphs and samples, nothing of networks. These digits
are not MNIST, and nothing learnt of them is an accuracy on MNIST.

Nobody's hand draws a glyph exactly: its points are jittered, the whole is turned, slanted and
scaled, then bent by a smooth random field (an elastic deformation), all before there is an image,
so that lines stay lines. The pen is a Gaussian spot that moves along the curve and leaves ink, up
to black: its width, its ink and its pressure differ from image to image. Grain comes last.

The spreads below were chosen by looking at sheets of images, and by two figures: the default
network finds these digits about as hard as MNIST (97 % of fresh ones after three epochs of 20,000
images), and a network that has learnt MNIST alone, for three epochs, reads 86 % of them.
"""

import math

import numpy as np

from refnet.arrays import FloatArray, Labels, labels
from refnet.checks import check_kind
from refnet.datasets.glyphs import GLYPHS, PLACES
from refnet.datasets.mnist import as_samples
from refnet.datasets.samples import Samples, Split
from refnet.errors import ShapeError

SIDE = 28
"""Pixels of a row and of a column, as in MNIST."""

DIGITS = 10

TRAINING = 20_000
VALIDATION = 5_000
TEST = 5_000
"""Drawn in three seconds, and enough: 95 % are passed after an epoch."""

_AT_ONCE = 125
"""Images drawn at a time: with all that is computed they are 3 MB each way, which a cache holds.
Ten times as many take half as long again."""

_KNOT_SPACING = 7.0
_KNOTS = 7
"""Of the random field that bends: knots every quarter of the image, and one beyond each border,
for a cubic spline reaches two spacings far."""

# Standard deviations, in pixels where nothing else is said.
_JITTER = 0.55
_BEND = 1.7  # of the field at its knots; between them, where it is smoothed, half of that
_TURN = 0.09  # radians
_SLANT = (0.18, 0.2)  # mean and standard deviation of pixels to the right per pixel upwards
_WIDTH = (0.95, 0.11)  # mean and standard deviation, of the glyph's
_HEIGHT = (0.98, 0.07)
_SHIFT = 0.6
# From and to, evenly.
PEN = (0.65, 1.15)  # standard deviation of the spot, in pixels
_INK = (1.1, 2.2)  # of what makes the middle of a straight line black
_PRESSURE = (-0.35, 0.35)  # more at the end than in the middle of the writing, and less before
_GRAIN = 0.12  # standard deviation, as a share of the ink
_DIRT = (0.0, 0.05)  # standard deviation, of paper that should be white


def draw_digits(digits: Labels, generator: np.random.Generator) -> Samples:
    """Draw an image of each of the digits, all of them different.

    digits has shape (samples,); the result has x of shape (784, samples), pixels in [0, 1] as
    MNIST has them: whole 255ths, 0 the paper. The same generator draws the same images. Raises
    ShapeError and ArgumentError.
    """
    wanted = labels(digits, DIGITS, "digits")
    check_kind(generator, np.random.Generator, "generator", "use numpy.random.default_rng(7)")
    if wanted.size == 0:
        raise ShapeError("digits: got none; expected at least one; leave an empty set out")
    images = np.empty((wanted.size, SIDE, SIDE), np.uint8)
    for start in range(0, wanted.size, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        places, ways = _written(labels(wanted[part], DIGITS), generator)
        ink = _inked(*_moved(places, ways, generator), generator)
        images[part] = np.rint(255.0 * _grained(ink, generator))
    return as_samples(images, wanted.astype(np.uint8))


def drawn_digits(seed: int = 0) -> Split:
    """Draw a set to train on, one to validate and one to test on; a seed gives the same ones.

    20,000, 5,000 and 5,000 images, each set with every digit equally often or nearly so.
    """
    generators = np.random.default_rng(seed).spawn(3)
    sets = [
        draw_digits(labels(generator.permutation(np.arange(size) % DIGITS), DIGITS), generator)
        for size, generator in zip((TRAINING, VALIDATION, TEST), generators, strict=True)
    ]
    return Split(*sets)


def _written(digits: Labels, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return where the pen is, in pixels from the centre, and its way from there to the next place.

    Both have shape (samples, PLACES, 2).
    """
    places = np.empty((digits.size, PLACES, 2))
    ways = np.empty((digits.size, PLACES, 2))
    choice = generator.random(digits.size)
    for digit, glyphs in GLYPHS.items():
        chosen = np.where(digits == digit, (choice * len(glyphs)).astype(int), -1)
        for number, glyph in enumerate(glyphs):
            which = np.flatnonzero(chosen == number)
            jitter = _JITTER * generator.standard_normal((which.size, *glyph.points.shape))
            places[which] = glyph.path @ (glyph.points + jitter)
            ways[which] = glyph.pace @ (glyph.points + jitter)
    return places, ways


def _moved(
    places: FloatArray, ways: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Turn, slant, scale and bend, and bring the middle of the ink near that of the image.

    Places of the pen become pixels from the upper left corner, and ways the lengths of the pen's
    ways, shape (samples, PLACES).
    """
    transposed = _affine(places.shape[0], generator).swapaxes(1, 2)
    straight = places @ transposed
    lengths = np.hypot(*np.moveaxis(ways @ transposed, -1, 0))
    bent = straight + _field(straight, generator)
    ink = (lengths / lengths.sum(axis=1, keepdims=True))[..., None]
    middle: FloatArray = (bent * ink).sum(axis=1)
    off = _SHIFT * generator.standard_normal(middle.shape)
    return bent + ((SIDE - 1) / 2.0 - middle + off)[:, None, :], lengths


def _affine(samples: int, generator: np.random.Generator) -> FloatArray:
    """Return a matrix for each sample, shape (samples, 2, 2): scale, then slant, then turn."""
    angle = generator.normal(0.0, _TURN, samples)
    slant = -generator.normal(*_SLANT, samples)  # upwards is -y
    width = generator.normal(*_WIDTH, samples)
    height = generator.normal(*_HEIGHT, samples)
    cosine, sine = np.cos(angle), np.sin(angle)
    rows = (
        (cosine * width, (cosine * slant - sine) * height),
        (sine * width, (sine * slant + cosine) * height),
    )
    return np.moveaxis(np.array(rows), -1, 0)


def _field(places: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Return how far a smooth random field moves each place, shaped as they are."""
    samples = places.shape[0]
    knots = _BEND * generator.standard_normal((samples, _KNOTS, 2 * _KNOTS))
    by_x, by_y = (_spline(places[..., axis]) for axis in (0, 1))
    rows = (by_y @ knots).reshape(samples, PLACES, 2, _KNOTS)
    moved: FloatArray = (rows * by_x[:, :, None, :]).sum(axis=-1)
    return moved


def _spline(position: FloatArray) -> FloatArray:
    """Return the weight of every knot at positions, one more axis: a uniform cubic B-spline."""
    knots = np.arange(_KNOTS) - (_KNOTS - 1) / 2.0
    distance = np.abs(position[..., None] / _KNOT_SPACING - knots)
    near = np.maximum(1.0 - distance, 0.0)
    # (2 - d)^3 / 6 up to distance 2, less 4 (1 - d)^3 / 6 up to distance 1.
    weights: FloatArray = (np.maximum(2.0 - distance, 0.0) ** 3 - 4.0 * near**3) / 6.0
    return weights


def _inked(places: FloatArray, lengths: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Return what the pen leaves, from 0 to 1, shape (samples, SIDE, SIDE)."""
    samples = places.shape[0]
    pen = generator.uniform(*PEN, (samples, 1, 1))
    ink = generator.uniform(*_INK, (samples, 1))
    pressure = generator.uniform(*_PRESSURE, (samples, 1)) * np.linspace(-1.0, 1.0, PLACES)
    # A spot that moves by its length leaves this at the middle of a straight line if ink is 1.
    left = ink * (1.0 + pressure) * lengths / (pen[..., 0] * math.sqrt(2.0 * math.pi))
    # A round Gaussian spot is the product of one along x and one along y: all the spots of an
    # image are one product of two matrices.
    by_x, by_y = (
        np.exp(-0.5 * ((places[..., axis, None] - np.arange(SIDE)) / pen) ** 2) for axis in (0, 1)
    )
    return np.minimum((by_y * left[..., None]).swapaxes(1, 2) @ by_x, 1.0)


def _grained(ink: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Return images as a scanner sees them: ink with gaps, paper with dirt, within 0 and 1."""
    gaps = _GRAIN * np.abs(generator.standard_normal(ink.shape))
    dirt = generator.uniform(*_DIRT, (ink.shape[0], 1, 1)) * generator.standard_normal(ink.shape)
    return np.clip(ink * (1.0 - gaps) + dirt, 0.0, 1.0)
