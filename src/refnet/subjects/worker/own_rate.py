"""The learning rate that somebody's own code trains with.

Lives here: `rate_named_in` and `possible_rate`. It knows signatures and source, calls
nothing, and raises nothing: a rate that is not found is None.

A rate counts only where the code makes mini-batches, as the judge does. What the code calls its
training with counts first, even where that stands under
`if __name__ == "__main__":`; then the default of a parameter, then an attribute or a global.
"""

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from inspect import Parameter, signature
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from refnet.subjects.worker.calling import parameters_of
from refnet.subjects.worker.customary import MORE_RATES
from refnet.subjects.worker.loading import Loaded


def rate_named_in(loaded: Loaded) -> float | None:
    """Return the learning rate that what was loaded names for itself, None if it names none."""
    tree = _tree(loaded.module)
    if not _makes_mini_batches(loaded, tree):
        return None
    functions = dict(_functions(loaded))
    places = (
        _called_with(loaded.module, tree, functions),
        _defaults(functions),
        _attributes(loaded),
    )
    return next((rate for rates in places for rate in rates if rate is not None), None)


def _makes_mini_batches(loaded: Loaded, tree: ast.Module) -> bool:
    """Tell whether the code goes through mini-batches: what is right for all samples at once is
    too large for a few.
    """
    own = [value for value in vars(loaded.module).values() if _is_of(value, loaded.module)]
    held = [loaded.found, *own]
    methods = [m for kind in held if isinstance(kind, type) for m in vars(kind).values()]
    called = [each for each in (*own, *methods) if callable(each)]
    return any({"batch", "batch_size"} & parameters_of(each).known for each in called) or any(
        "batch" in str(getattr(node, "id", getattr(node, "arg", ""))).lower()
        for node in ast.walk(tree)
    )


def _functions(loaded: Loaded) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what is the subject's own and takes a learning rate, by the name it is called by."""
    module = loaded.module
    own = [value for value in vars(module).values() if _is_of(value, module)]
    kinds = [loaded.found] if isinstance(loaded.found, type) else own
    for kind in kinds:
        if isinstance(kind, type):
            for name, method in vars(kind).items():
                if callable(method) and _takes_rate(method):
                    yield (kind.__name__ if name == "__init__" else name), method
    for function in own:
        if not isinstance(function, type) and callable(function) and _takes_rate(function):
            yield function.__name__, function


def _is_of(value: object, module: ModuleType) -> bool:
    of_a_kind = isinstance(value, type) or hasattr(value, "__code__")
    return of_a_kind and getattr(value, "__module__", "") == module.__name__


def _takes_rate(function: Callable[..., Any]) -> bool:
    return "learning_rate" in parameters_of(function).known


def _rate_names(function: Callable[..., Any]) -> list[str]:
    return [name for name, role, _ in parameters_of(function).roles if role == "learning_rate"]


def _called_with(
    module: ModuleType, tree: ast.Module, functions: Mapping[str, Callable[..., Any]]
) -> Iterator[float | None]:
    """Yield the rates that the code calls them with, the last call first: it is the latest run."""
    for call in reversed(_calls(tree)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in functions:
            yield _argument(call, functions[name], module)


def _calls(tree: ast.Module) -> list[ast.Call]:
    """Return every call in a module's source, in order."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _tree(module: ModuleType) -> ast.Module:
    """Return what a module's source says; nothing where there is no source."""
    with suppress(OSError, ValueError, SyntaxError, RecursionError):
        file = getattr(module, "__file__", None)  # a notebook has none
        return ast.parse(Path(file or "").read_text(encoding="utf-8"))
    return ast.Module([], [])


def _argument(call: ast.Call, function: Callable[..., Any], module: ModuleType) -> float | None:
    """Return the number that a call gives for the learning rate."""
    names = [name for name in signature(function).parameters if name != "self"]
    given = dict(zip(names, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    for name in _rate_names(function):
        node = given.get(name)
        if isinstance(node, ast.Name):
            return possible_rate(vars(module).get(node.id))
        if isinstance(node, ast.Constant):
            return possible_rate(node.value)
    return None


def _defaults(functions: Mapping[str, Callable[..., Any]]) -> Iterator[float | None]:
    for function in functions.values():
        for name in _rate_names(function):
            default = signature(function).parameters[name].default
            yield None if default is Parameter.empty else possible_rate(default)


def _attributes(loaded: Loaded) -> Iterator[float | None]:
    for holder in (loaded.found, loaded.module):
        # What is looked up as an attribute may run code: what lies there does not.
        held: Mapping[str, object] = getattr(holder, "__dict__", MappingProxyType({}))
        yield from (possible_rate(held.get(name)) for name in MORE_RATES)


def possible_rate(value: object) -> float | None:
    """Return a number that can be a learning rate; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0.0 < value < math.inf else None
