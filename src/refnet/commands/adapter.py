"""`refnet adapter`: the beginning of an adapter for a file that is not understood by itself.

Lives here: its arguments, and the stub that it writes. The file is read, never run: what is in it
is found in its syntax.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from refnet.commands import Subparsers
from refnet.errors import ArgumentError, DataError

_STUB = '''"""Asks {module}.py in the book's layout: refnet check {stem}_adapter.py:Adapter

W is (fan-out, fan-in), b is (units, 1), x and y have one column per sample. Fill in what raises
NotImplementedError; delete gradients or step, whichever there is none of. docs/adapters.md has
complete examples for every style of code.

{found}
"""

import numpy as np

{importing}


class Adapter:
    # depth = 2  # the number of layers after the input, where it is always this one
    # biases = False  # where it has none; those that it returns are then 0
    # one_sample = True  # where gradients and step take one sample: x and y are one column

    def __init__(self, sizes):
        # sizes are the units per layer. Is the network always of one size? Then leave sizes out.
        self.network = {making}

    def set_parameters(self, weights, biases):
        {setting}

    def get_parameters(self):
        {getting}

    def forward(self, x):
        {forward}

    def gradients(self, x, y):
        raise NotImplementedError("return the lists of dW and db, each a mean over the samples")

    def step(self, x, y, learning_rate):
        raise NotImplementedError("take one step of gradient descent")

    # Also understood: cost(x, y), predict(x), count_correct(x, y), initialise();
    # and beside x and y: lmbda, n.
'''

_OPEN = 'raise NotImplementedError("{}")'
_WEIGHTS, _BIASES = ("weights", "w", "W", "ws"), ("biases", "b", "B", "bs", "bias")
_FORWARD = (
    "forward",
    "feedforward",
    "forward_pass",
    "forward_prop",
    "forward_propagation",
    "predict_proba",
    "predict",
    "__call__",
)


def add_arguments(subparsers: Subparsers) -> None:
    """Register the command and its arguments."""
    parser = subparsers.add_parser(
        "adapter",
        help="write the beginning of an adapter for a network that is not understood",
        description=(
            "Write the beginning of an adapter: a class of 5 to 15 lines through which refnet "
            "check asks a network of any form. The file is read, not run; nothing is overwritten."
        ),
    )
    parser.add_argument("file", metavar="FILE.py", help="the file with the network")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="where to write it (default: FILE_adapter.py beside it); - is standard output",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the stub, and return the exit status.

    Raises ArgumentError for a file that is not there or would be overwritten, DataError for one
    that is no Python.
    """
    path = Path(arguments.file)
    stub = stub_for(path)
    if arguments.output == "-":
        sys.stdout.write(stub)
        return 0
    target = (
        path.with_name(f"{path.stem}_adapter.py")
        if arguments.output is None
        else Path(arguments.output)
    )
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(stub)
    except FileExistsError:
        raise ArgumentError(
            f"output: got {target}, which exists; expected a file that does not; nothing was "
            "overwritten: name another with --output, or - for standard output"
        ) from None
    except OSError as error:
        raise ArgumentError(
            f"output: got {target}, which cannot be written ({error.strerror}); expected a place "
            "for a new file; name another with --output"
        ) from error
    print(f"Wrote {target}. Fill in what is missing, then: refnet check {target}:Adapter")
    return 0


def stub_for(path: Path) -> str:
    """Return the beginning of an adapter for a file.

    Raises ArgumentError for a file that cannot be read, DataError for one that is no Python.
    """
    try:
        source = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArgumentError(
            f"file: got {str(path)!r}, which cannot be read ({reason}); expected a Python file; "
            "check the path"
        ) from error
    try:
        tree = ast.parse(source, filename=str(path))
    except (SyntaxError, ValueError) as error:
        raise DataError(
            f"{path}, line {getattr(error, 'lineno', None) or 1}: got {error}; expected Python 3; "
            "mend the file first"
        ) from error
    return _filled(path, tree)


def _filled(path: Path, tree: ast.Module) -> str:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    chosen = max(classes, key=_likeness, default=None)
    chosen = chosen if chosen is not None and _likeness(chosen) else None
    attributes = [] if chosen is None else list(_attributes(chosen))
    weights = next((name for name in _WEIGHTS if name in attributes), "")
    biases = next((name for name in _BIASES if name in attributes), "")
    lists = bool(weights and biases)
    taking = [] if chosen is None else [m.name for m in _methods(chosen) if len(_needed(m)) == 1]
    forward = next((name for name in _FORWARD if name in taking), "")
    return _STUB.format(
        module=path.stem,
        stem=path.stem,
        found=_found(classes, functions),
        importing=_importing(path.stem, chosen),
        making=_making(chosen),
        setting=(
            f"self.network.{weights} = [w.copy() for w in weights]\n"
            f"        self.network.{biases} = [b.copy() for b in biases]"
            if lists
            else _OPEN.format("put copies of the lists weights and biases into the network")
        ),
        getting=(
            f"return self.network.{weights}, self.network.{biases}"
            if lists
            else _OPEN.format("return the lists of weights and of biases as they are")
        ),
        forward=(
            f"return self.network.{forward}(x)"
            if forward
            else _OPEN.format("return the outputs, one column per sample")
        ),
    )


def _importing(stem: str, chosen: ast.ClassDef | None) -> str:
    if not stem.isidentifier():  # a file that Python's import statement cannot name
        name = "" if chosen is None else f"\n{chosen.name} = code.{chosen.name}"
        return f'from importlib import import_module\n\ncode = import_module("{stem}"){name}'
    return f"import {stem}" if chosen is None else f"from {stem} import {chosen.name}"


def _likeness(node: ast.ClassDef) -> int:
    """Count what makes a class look like a network."""
    names = [method.name.lower() for method in _methods(node)]
    words = ("forward", "back", "train", "fit", "predict", "loss", "update", "step")
    return sum(any(word in name for name in names) for word in words)


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that a class assigns to self, each once."""
    seen: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            own = isinstance(inner.value, ast.Name) and inner.value.id == "self"
            if own and inner.attr not in seen:
                seen.add(inner.attr)
                yield inner.attr


def _making(chosen: ast.ClassDef | None) -> str:
    """Write the call that makes the network, with what its constructor asks for."""
    if chosen is None:
        return "None  # the parameters, and whatever else has to be kept"
    init = next((m for m in _methods(chosen) if m.name == "__init__"), None)
    needed = [] if init is None else _needed(init)
    if len(needed) == 1:
        return f"{chosen.name}(sizes)"
    return f"{chosen.name}({', '.join(needed)})" + ("  # from sizes" if needed else "")


def _needed(function: ast.FunctionDef) -> list[str]:
    """List the parameters without a default, without self."""
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    return names[1 : len(names) - len(given.defaults)]


def _found(classes: list[ast.ClassDef], functions: list[ast.FunctionDef]) -> str:
    """List what the file holds, for whoever fills in the rest."""
    lines = ["What was found:"]
    for node in classes:
        methods = [m for m in _methods(node) if not m.name.startswith("__") or m.name == "__init__"]
        lines.append(f"  class {node.name}")
        lines += [f"    {_signature(each)}" for each in methods]
        held = ", ".join(_attributes(node))
        lines.append(f"    attributes: {held or 'none'}")
    lines += [f"  function {_signature(node)}" for node in functions]
    return "\n".join(lines) if len(lines) > 1 else "No class and no function was found."


def _signature(node: ast.FunctionDef) -> str:
    names = [argument.arg for argument in node.args.args if argument.arg != "self"]
    return f"{node.name}({', '.join(names)})"
