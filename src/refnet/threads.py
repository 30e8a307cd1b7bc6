"""In how many threads the libraries under NumPy multiply: one, unless the user has said otherwise.

Lives here: the environment variables that say it. It knows no network and no process.

Products of a mini-batch are so small that threads cost more than they bring; where other programs
want the cores, threads that wait for each other make a second of work a minute. And their number
decides in which order a sum is taken.
"""

import os
from collections.abc import Mapping
from types import MappingProxyType

ONE_THREAD: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        (
            "OPENBLAS_NUM_THREADS",
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        ),
        "1",
    )
)
"""What to add to the environment of a program; the names are those of OpenBLAS, of OpenMP, of
Intel's and of Apple's library."""


def threads_are_chosen() -> bool:
    """Return whether the user has said in the environment how many threads there are to be."""
    return not ONE_THREAD.keys().isdisjoint(os.environ)
