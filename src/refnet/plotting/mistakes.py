"""Which samples a network is most wrong about.

Lives here: the choice of the mistakes that are shown. It knows outputs and labelled samples,
nothing of how they are drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refnet.arrays import Matrix
from refnet.datasets.samples import Samples
from refnet.evaluation import predictions

MOST = 15
"""Mistakes that are shown: three rows of five."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A sample taken for another class, with the outputs of both units; x has shape (inputs,)."""

    x: NDArray[np.float64]
    said: int
    true: int
    output_of_said: float
    output_of_true: float


@dataclass(frozen=True)
class Mistakes:
    """The worst mistakes, worst first, and how many there are of how many samples."""

    worst: tuple[Mistake, ...]
    number: int
    samples: int


def worst_mistakes(outputs: Matrix, samples: Samples, most: int = MOST) -> Mistakes:
    """Return the samples whose wrong unit exceeds the right one by most.

    outputs has shape (classes, samples). Of equals the earlier sample comes first.
    """
    said, true = predictions(outputs), samples.labels
    every = np.arange(true.size)
    lead = outputs[said, every] - outputs[true, every]
    wrong = np.flatnonzero(said != true)
    chosen = wrong[np.argsort(-lead[wrong], kind="stable")][:most]
    worst = tuple(
        Mistake(
            samples.x[:, sample],
            int(said[sample]),
            int(true[sample]),
            float(outputs[said[sample], sample]),
            float(outputs[true[sample], sample]),
        )
        for sample in chosen
    )
    return Mistakes(worst, wrong.size, true.size)
