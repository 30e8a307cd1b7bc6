"""Every correct variant, by name: what it needs to be installed, and how it is made.

Lives here: VARIANTS and `make_variants`. It knows every way of computing a network that stands in
this folder; what is not installed is not imported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from refnet.tolerance import FLOAT32, FLOAT64, Precision
from soak.peers import is_installed
from soak.variants import by_autograd, by_jax, by_loops, by_numpy, by_sklearn, by_torch
from soak.variants.variant import EVERYTHING, Variant

FORMATS = {"float64": FLOAT64, "float32": FLOAT32}


@dataclass(frozen=True)
class Offer:
    """A variant that can be had: `package` is what has to be installed, if anything."""

    make: Callable[[str, Precision], Variant]
    package: str | None = None


def _numpy(product: by_numpy.Product, *, shrinks: bool = False) -> Offer:
    def make(name: str, precision: Precision) -> Variant:
        calculus = by_numpy.NumpyCalculus(precision, product)
        return Variant(name, precision, calculus, shrinks=shrinks)

    return Offer(make)


def _crossed(name: str, precision: Precision) -> Variant:
    return Variant(name, precision, by_numpy.CrossedCalculus(precision, by_numpy.blas))


def _numpy_that_draws(name: str, precision: Precision) -> Variant:
    calculus = by_numpy.NumpyCalculus(precision, by_numpy.blas)
    return Variant(name, precision, calculus, EVERYTHING, draws=by_numpy.drawn_by_numpy)


def _loops(name: str, precision: Precision) -> Variant:
    return Variant(name, precision, by_loops.LoopCalculus())


def _torch(name: str, precision: Precision) -> Variant:
    calculus = by_torch.TorchCalculus(precision)
    return Variant(name, precision, calculus, EVERYTHING, draws=by_torch.drawn_by_torch)


def _jax(name: str, precision: Precision) -> Variant:
    calculus = by_jax.JaxCalculus(precision)
    return Variant(name, precision, calculus, EVERYTHING, by_jax.knows, draws=by_jax.drawn_by_jax)


def _sklearn(name: str, precision: Precision) -> Variant:
    calculus = by_sklearn.SklearnCalculus(precision)
    return Variant(name, precision, calculus, by_sklearn.PARTS, by_sklearn.knows)


def _autograd(name: str, precision: Precision) -> Variant:
    return Variant(name, precision, by_autograd.AutogradCalculus())


VARIANTS: Mapping[str, Offer] = MappingProxyType(
    {
        "numpy-float64": Offer(_numpy_that_draws),
        "numpy-from-the-end-float64": _numpy(by_numpy.from_the_end, shrinks=True),
        "numpy-in-pairs-float64": _numpy(by_numpy.in_pairs),
        "numpy-wide-sums-float64": _numpy(by_numpy.in_wide_sums),
        "numpy-float32": _numpy(by_numpy.blas),
        "numpy-from-the-end-float32": _numpy(by_numpy.from_the_end, shrinks=True),
        "numpy-in-pairs-float32": _numpy(by_numpy.in_pairs),
        "numpy-crossed-float64": Offer(_crossed),
        "numpy-crossed-float32": Offer(_crossed),
        "loops-float64": Offer(_loops),
        "torch-float64": Offer(_torch, "torch"),
        "torch-float32": Offer(_torch, "torch"),
        "jax-float64": Offer(_jax, "jax"),
        "jax-float32": Offer(_jax, "jax"),
        "sklearn-float64": Offer(_sklearn, "sklearn"),
        "sklearn-float32": Offer(_sklearn, "sklearn"),
        "autograd-float64": Offer(_autograd, "autograd"),
    }
)
"""Every variant by its name, which ends in its precision."""


def is_available(name: str) -> bool:
    """Tell whether everything a variant needs is installed."""
    package = VARIANTS[name].package
    return package is None or is_installed(package)


def make_variants(names: Iterable[str]) -> tuple[Variant, ...]:
    """Make variants by their names. Raises ImportError where a package is not installed."""
    return tuple(VARIANTS[name].make(name, FORMATS[name.rpartition("-")[2]]) for name in names)
