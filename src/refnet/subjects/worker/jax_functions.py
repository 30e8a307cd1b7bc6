"""Functions of parameters in JAX: what differentiates them, and what they are compiled with.

Lives here: `for_jax`, `by_gradient` and `with_global`. JAX is not imported: whoever uses it has it
loaded. Nothing is known here of recipes.

JAX compiles anew for each shape of the arguments, and what is compiled keeps the numbers that it
reads elsewhere, such as a global learning rate.
"""

import copy
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any, cast

from refnet.subjects.worker.binding import By, positionally, roles_of
from refnet.subjects.worker.making import SHAPES, Made


def for_jax(made: Made) -> Made:
    """Return how a network in JAX is made: of one size, because each shape is compiled anew."""
    sizes = made.fixed or next(
        sizes for sizes in SHAPES if made.depth is None or len(sizes) == made.depth + 1
    )
    network = made.make(sizes)

    def again(_sizes: Sequence[int]) -> Any:
        return copy.deepcopy(network)

    return replace(made, make=again, fixed=sizes, initial=False)


def by_gradient(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Return the gradient that JAX takes of a function with respect to its parameters."""
    names = list(arguments)
    at = next(at for at, name in enumerate(names) if "parameters" in roles_of(name))
    return _gradient_of(function, at)(*arguments.values())


@cache
def _gradient_of(function: Callable[..., Any], at: int) -> Callable[..., Any]:
    """Return the compiled gradient, kept, so that each shape is compiled once."""
    jax = sys.modules["jax"]
    return cast("Callable[..., Any]", jax.jit(jax.grad(function, argnums=at)))


def with_global(module: ModuleType, name: str) -> By:
    """Return how functions are called that read a number in a global variable of their module.

    One that JAX compiles gets it as an argument: it would keep the number of its first call.
    """

    def called(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if not hasattr(function, "clear_cache"):
            return positionally(function, arguments)
        number = getattr(module, name)
        try:
            compiled = _with_argument(function, module, name, tuple(arguments))
            return compiled(number, *arguments.values())
        finally:
            setattr(module, name, number)  # while compiling, something else stands there

    return called


@cache
def _with_argument(
    function: Callable[..., Any], module: ModuleType, name: str, names: tuple[str, ...]
) -> Callable[..., Any]:
    jax = sys.modules["jax"]

    def with_argument(number: Any, *values: Any) -> Any:
        setattr(module, name, number)
        with jax.disable_jit():
            return positionally(function, dict(zip(names, values, strict=True)))

    return cast("Callable[..., Any]", jax.jit(with_argument))
