"""Networks as their own file makes them: under `if __name__ == "__main__":`, or in its main().

Lives here: `examples_in`. It knows Python's syntax, nothing of networks.

A class that is handed layers, a dictionary of settings or a data set can be made in many ways; how
it is meant to be made, the demonstration at the end of its file shows. Of that, only what makes
things is run, statement by statement: no loop, no training, no file.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from refnet.subjects.worker.raising import Trying

_MAIN = ("main", "run", "demo", "example", "test", "train_xor", "xor")
"""What demonstrations are called that are functions."""

_PLAIN = ("list", "range", "tuple", "dict", "len", "zip", "int", "float", "enumerate", "print")
_MAKING = ("make", "build", "create", "init", "get_", "new", "setup")
_ASSEMBLING = ("add", "append", "extend", "compile", "build", "parameters", "params", "set_loss")
_ARRAYS = ("reshape", "astype", "ravel", "flatten", "transpose", "copy", "randn", "rand", "normal")
"""Calls that make something: of Python, of a module's own functions, of objects, of arrays."""

_READING = ("load", "loadtxt", "genfromtxt", "fromfile", "save", "savez", "savetxt", "memmap")


def examples_in(module: ModuleType) -> dict[str, Any]:
    """Return what the demonstration in a module makes, by its names there."""
    found: dict[str, Any] = {}
    for body in _bodies(module):
        scope = dict(vars(module))
        before = set(scope)
        for statement in body:
            if _makes(statement, scope, module):
                code = compile(ast.Module([statement], []), module.__name__, "exec")
                with Trying():
                    exec(code, scope)  # noqa: S102 - the subject's own statement
        found |= {name: scope[name] for name in scope if name not in before}
    found.pop("__builtins__", None)
    return found


def _bodies(module: ModuleType) -> Iterator[Sequence[ast.stmt]]:
    for node in _tree(module).body:
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            yield node.body
        elif isinstance(node, ast.FunctionDef) and node.name.strip("_").startswith(_MAIN):
            needed = len(node.args.args) - len(node.args.defaults)
            if needed == 0:
                yield node.body


def _tree(module: ModuleType) -> ast.Module:
    with suppress(OSError, ValueError, SyntaxError, RecursionError):
        file = getattr(module, "__file__", None)
        return ast.parse(Path(file or "").read_bytes())
    return ast.Module([], [])


def _makes(statement: ast.stmt, scope: Mapping[str, Any], module: ModuleType) -> bool:
    """Tell whether a statement makes something, or adds to it, and does nothing else."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
        return False
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    if isinstance(statement, ast.Expr) and not (
        isinstance(statement.value, ast.Call) and _called(statement.value) in _ASSEMBLING
    ):
        return False
    return all(_is_making(call, scope, module) for call in calls)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_making(call: ast.Call, scope: Mapping[str, Any], module: ModuleType) -> bool:
    name = _called(call)
    if isinstance(call.func, ast.Name):
        value = scope.get(name)
        own = getattr(value, "__module__", "") == module.__name__
        return name in _PLAIN or (
            own and (isinstance(value, type) or name.lower().startswith(_MAKING))
        )
    if name in _READING:
        return False
    holder = call.func
    while isinstance(holder, ast.Attribute | ast.Call):
        holder = holder.value if isinstance(holder, ast.Attribute) else holder.func
    root = scope.get(getattr(holder, "id", ""))
    return getattr(root, "__name__", "") in ("numpy", "random") or name in (
        *_ASSEMBLING,
        *_ARRAYS,
    )
