"""How people write the ten digits: the points that a pen passes, and its way through them.

Lives here: GLYPHS, three or four ways to write each digit, and the curve through their points. It
knows geometry, nothing of images, chance or ink.

A glyph is one or more strokes, each written as the points x,y that the pen passes, in a box of
20 x 20 pixels with y downwards. A point that is repeated is a corner. The same point elsewhere in
a glyph is one point: whatever moves it moves every stroke that passes there, and nothing tears.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from refnet.arrays import FloatArray

BOX = 20.0
"""Pixels from one side of a glyph's box to the other: MNIST fits its digits into as many."""

PLACES = 96
"""Places of the pen on a glyph. The longest, an 8, is 60 pixels long: the places are closer to
each other than the finest pen (drawn.py) is wide, so that they run together to a line."""

_WAYS: Mapping[int, tuple[tuple[str, ...], ...]] = {
    0: (
        ("11,0 6,2 4,10 6,18 10,20 14,18 16,10 14,2 10,0 7,1",),
        ("13,1 8,1 5,8 5,15 8,20 12,18 15,11 15,5 12,0 9,1",),
    ),
    1: (
        ("11,0 10,7 9.5,14 9,20",),
        ("10,0 10,10 10,20",),
        ("6,5 9,3 11,0 11,0 10.5,10 10,20",),
        ("6,5 9,3 11,0 11,0 10.5,10 10,20", "6,20 10,20 15,19.5"),
    ),
    2: (
        ("4,5 6,1 10,0 14,2 14,7 10,13 4,19.5 4,19.5 10,19 17,19.5",),
        ("4,4 7,0 12,1 14,6 11,12 6,18.5 3.5,18 5,15.5 9,17.5 13,20 17,18",),
        ("4,3 10,0 15,3 13,9 8,15 4,20 4,20 10,18.5 16,20",),
    ),
    3: (
        ("4,3 8,0 13,1 14,5 12,8.5 8,9.5 8,9.5 13,11 15,15 12,19 7,20 3,17",),
        ("4,1 9,0.5 15,0 15,0 12,4 9,8 9,8 14,10 15,15 11,19.5 4,19",),
        ("5,2 10,0 14,3 12,7 9,9 12,11 15,15 12,19 8,20 4,18",),
    ),
    4: (
        ("5,1 4,6 4,11 4,11 10,11 16.5,10", "13,2 12.5,11 12,20"),
        ("12,0 8,6 3,13 3,13 10,13 17,12.5", "12,0 12,10 12,20"),
        ("6,0 5,5 5,9 8,11 12,9 14,2 14,2 13.5,10 12,20",),
    ),
    5: (
        ("15,0.5 10,0.5 6,1 6,1 5,5 4.5,9 4.5,9 10,8 14,11 13.5,17 9,20 3.5,18",),
        ("6,1 5.5,5 5,9 5,9 10,7.5 14,11 14,16 9,20 4,18.5", "6,1 10,0.7 16,0"),
        ("14,1 9,1 7,3 7,7 11,9 14,13 12,18 8,20 4,18",),
    ),
    6: (
        ("13,0 8,4 5,11 5,16 9,20 13,18 14,14 10,11 5.5,15",),
        ("10,0 6,7 4.5,14 6,19 11,20 15,16 12,12 8,13 5.5,17",),
        ("15,2 10,2 6,7 4.5,14 8,20 13,18 13,13 9,12 5.5,15.5",),
    ),
    7: (
        ("4,1.5 10,1 16,0.5 16,0.5 12,10 9,20",),
        ("4,1 10,1 16,0.5 16,0.5 12,10 9,20", "7,10.5 11,10 15,9.5"),
        ("4,4 4,1 4,1 10,2 16,1 16,1 11,9 10,20",),
    ),
    8: (
        ("14,3 10,0 6,3 7.5,7.5 12,11 14,16 10,20 6,16.5 8,11 13,7 14,3 12,0.5",),
        ("10,9 6,5 10,0 14,4.5 10,9 5,14.5 10,20 15,15 10,9",),
        ("15,2 10,0 5,3 8,8 13,12 13,18 9,20 5,17 8,11 13,6 15,2",),
    ),
    9: (
        ("14,5 11,0.5 6,2 5,7 8,10 12,9 14,4 14,4 13.5,12 12,20",),
        ("14,4 10,0 5.5,4 7,9 11,9 14,4 14,10 12,17 6,20",),
        ("14,1 8,1 5,5 8,9.5 13,7 15,1 15,1 14,10 10,20",),
    ),
}


@dataclass(frozen=True, eq=False)
class Glyph:
    """A way to write a digit: its points, and what makes a curve of them wherever they are moved.

    `points` has shape (points, 2), x and y in pixels from the centre of the box. `path` has shape
    (PLACES, points): times the points it gives the places of the pen. `pace` has the same shape
    and gives the way of the pen from each place to the next.
    """

    points: FloatArray
    path: FloatArray
    pace: FloatArray


Point = tuple[float, float]
Piece = tuple[Point | None, Point, Point, Point | None]
"""A piece of a curve, between the two points in the middle; None beyond an end or a corner."""


def glyph(strokes: Sequence[str]) -> Glyph:
    """Make a glyph of strokes as they are written above."""
    pieces = [piece for stroke in strokes for piece in _pieces(stroke)]
    points = list(dict.fromkeys(point for _, *ends, _ in pieces for point in ends))
    lengths = np.array([np.hypot(b[0] - a[0], b[1] - a[1]) for _, a, b, _ in pieces])
    # Places in proportion to the length; whole numbers of them, of which none is lost.
    ends = np.rint(PLACES * np.cumsum(lengths) / lengths.sum()).astype(int)
    path = np.zeros((PLACES, len(points)))
    pace = np.zeros((PLACES, len(points)))
    for piece, (start, end) in zip(pieces, pairwise([0, *ends.tolist()]), strict=True):
        t = (np.arange(end - start) + 0.5) / max(end - start, 1)
        before, a, b, after = piece
        for rows, weights in (
            (path, _places(t)),
            (pace, _velocities(t) / max(end - start, 1)),
        ):
            part = rows[start:end]
            part[:, points.index(a)] += weights[1]
            part[:, points.index(b)] += weights[2]
            for beyond, near, far, weight in (
                (before, a, b, weights[0]),
                (after, b, a, weights[3]),
            ):
                if beyond is None:  # the curve leaves its end straight on
                    part[:, points.index(near)] += 2.0 * weight
                    part[:, points.index(far)] -= weight
                else:
                    part[:, points.index(beyond)] += weight
    return Glyph(np.array(points) - BOX / 2.0, path, pace)


def _pieces(stroke: str) -> list[Piece]:
    """Cut a stroke at its corners, and the rest at its points."""
    curves: list[list[Point]] = [[]]
    for word in stroke.split():
        x, y = map(float, word.split(","))
        if curves[-1] and curves[-1][-1] == (x, y):
            curves.append([])
        curves[-1].append((x, y))
    pieces: list[Piece] = []
    for curve in curves:
        beyond = [None, *curve, None]
        pieces += [(beyond[i], a, b, beyond[i + 3]) for i, (a, b) in enumerate(pairwise(curve))]
    return pieces


def _places(t: FloatArray) -> tuple[FloatArray, ...]:
    """Return the weights of the four points of a piece, t from 0 to 1 on it.

    The spline of Catmull and Rom (1974): it passes its points, and smoothly.
    """
    return (
        (-t + 2.0 * t**2 - t**3) / 2.0,
        (2.0 - 5.0 * t**2 + 3.0 * t**3) / 2.0,
        (t + 4.0 * t**2 - 3.0 * t**3) / 2.0,
        (-(t**2) + t**3) / 2.0,
    )


def _velocities(t: FloatArray) -> FloatArray:
    """Return the derivatives of `_places` by t, shape (4, places)."""
    return np.array(
        (
            (-1.0 + 4.0 * t - 3.0 * t**2) / 2.0,
            (-10.0 * t + 9.0 * t**2) / 2.0,
            (1.0 + 8.0 * t - 9.0 * t**2) / 2.0,
            (-2.0 * t + 3.0 * t**2) / 2.0,
        )
    )


GLYPHS: Mapping[int, tuple[Glyph, ...]] = MappingProxyType(
    {digit: tuple(map(glyph, ways)) for digit, ways in _WAYS.items()}
)
"""The ways to write each digit."""
