"""The one place where other people's numerical packages are imported, none of which refnet needs.

Lives here: which packages there are, and `load`. It knows their names alone.

Whatever comes out of here is Any: these packages are not there when the types are checked, and
some have none. Variants turn it into float64 arrays before anybody else sees it.
"""

import os
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

PACKAGES = {"torch": "torch", "jax": "jax", "sklearn": "scikit-learn", "autograd": "autograd"}
"""What is imported, and the name under which it is installed."""

SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}
"""What keeps a package to one thread and to the processor, where it is set before the import."""


def is_installed(package: str) -> bool:
    """Tell whether a package is there, without importing it."""
    return find_spec(package) is not None


def installed_version(package: str) -> str:
    """Return the version of an installed package by the name it is imported under."""
    return version(PACKAGES[package])


def load(module: str) -> Any:
    """Import a module of another package, told to use one thread."""
    for name, value in SINGLE_THREADED.items():
        os.environ.setdefault(name, value)
    return import_module(module)
