"""MNIST as the book splits it: 50,000 images to train, 10,000 to validate, 10,000 to test.

Lives here: where the four files are, what they must contain, and the three sets made of them. It
knows IDX files and how to fetch them, nothing of networks.

The images of one split lie in memory one after the other (the matrix is in Fortran order), so that
gathering the columns of a random mini-batch reads whole images and not single pixels.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from refnet.arrays import labels, matrix
from refnet.datasets.download import Watcher
from refnet.datasets.fetch import KnownFile, obtain, present, verified_content
from refnet.datasets.idx import parse_idx
from refnet.datasets.samples import Samples
from refnet.errors import DataError

FOLDER_VARIABLE = "REFNET_MNIST"
"""The environment variable that names a folder which already has the four files."""

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# Sizes and digests of the decompressed canonical files (LeCun, Cortes and Burges).
FILES = (
    KnownFile(
        "train-images-idx3-ubyte.gz",
        47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    KnownFile(
        "train-labels-idx1-ubyte.gz",
        60_008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    KnownFile(
        "t10k-images-idx3-ubyte.gz",
        7_840_016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    KnownFile(
        "t10k-labels-idx1-ubyte.gz",
        10_008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

CLASSES = 10
VALIDATION_SIZE = 10_000
"""The book holds the last 10,000 training images back (Nielsen, chapter 1, mnist_loader.py)."""

# Looking the 256 quotients up is ten times faster than 47 million divisions, and as exact.
_BRIGHTNESS = np.arange(256) / 255.0

HOW_TO_GET_IT = (
    f"check the connection, or put {', '.join(known.name for known in FILES)} (gzip or not) into "
    f"a folder and name it in {FOLDER_VARIABLE}"
)


@dataclass(frozen=True, eq=False)
class Mnist:
    """The three sets, each x of shape (784, samples) with pixels in [0, 1]."""

    training: Samples
    validation: Samples
    test: Samples


def load_mnist(
    announce: Callable[[str], None] = lambda _line: None,
    watch: Watcher = lambda _come, _promised: None,
) -> Mnist:
    """Load MNIST from the folder in REFNET_MNIST, or from the user's cache, or from a mirror.

    `announce` is told of downloads, one line each, `watch` how each goes on. Every file is verified
    by its SHA-256. Raises DataError where a file is damaged or cannot be had, with what to do.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if folder:
        contents = [_at_hand(known, Path(folder)) for known in FILES]
    else:
        contents = [
            obtain(
                known,
                cache_folder(),
                MIRRORS,
                advice=HOW_TO_GET_IT,
                announce=announce,
                watch=watch,
            )
            for known in FILES
        ]
    training_images, training_labels, test_images, test_labels = map(parse_idx, contents)
    return split(as_samples(training_images, training_labels), as_samples(test_images, test_labels))


def cache_folder() -> Path:
    """Return the folder of the user's cache in which downloads are kept; it may not exist yet."""
    return user_cache_path("refnet") / "mnist"


def as_samples(images: NDArray[np.uint8], digits: NDArray[np.uint8]) -> Samples:
    """Turn images of bytes into columns of pixels in [0, 1]: byte / 255.

    images has shape (samples, rows, columns), digits (samples,). Raises ShapeError where they do
    not fit, ArgumentError for a label above 9.
    """
    pixels = images.reshape(images.shape[0], -1)
    return Samples(
        # The transpose of rows in one piece: every column stays in one piece.
        matrix(_BRIGHTNESS[pixels].T),
        labels(digits, CLASSES),
        CLASSES,
    )


def split(training: Samples, test: Samples, validation_size: int = VALIDATION_SIZE) -> Mnist:
    """Hold the last `validation_size` training samples back for validation.

    The sets are views: nothing is copied. Raises ShapeError where nothing is left to train on.
    """
    kept = len(training) - validation_size
    return Mnist(_part(training, slice(kept)), _part(training, slice(kept, None)), test)


def _part(samples: Samples, which: slice) -> Samples:
    return Samples(
        matrix(samples.x[:, which]), labels(samples.labels[which], CLASSES), samples.classes
    )


def _at_hand(known: KnownFile, folder: Path) -> bytes:
    """Read one of the files from a folder that the user named, compressed or not."""
    for path in (folder / known.name, folder / known.name.removesuffix(".gz")):
        if present(path):
            return verified_content(path, known)
    raise DataError(
        f"{folder}: got no {known.name}, compressed or not; expected it, since {FOLDER_VARIABLE} "
        f"names this folder; put it there, or unset {FOLDER_VARIABLE} to have it downloaded"
    )
