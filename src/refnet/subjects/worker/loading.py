"""Taking in a subject's code: a file or a module, as it is, without its demonstrations.

Lives here: `load`. It knows Python's import system, nothing of networks.

People leave code at the bottom of a file that trains, plots or downloads. So a file is run
statement by statement: one that raises is noted and passed over, as long as the name that is wanted
comes to exist. Of a file that has hung before, only definitions are run from that line on.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from refnet.errors import Interruption, SubjectError
from refnet.subjects.locator import Locator
from refnet.subjects.telling import raised
from refnet.subjects.whereabouts import place_in_traceback

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_SHOWN = 3
"""Statements that raised which are named; one is nearly always the cause of the others."""


@dataclass(eq=False)
class Loaded:
    """What was found under the name, the module it came from, and what did not run in it."""

    found: object
    module: ModuleType
    notes: list[str] = field(default_factory=list[str])


def load(locator: Locator, definitions_from: int | None = None, hung_in: str = "") -> Loaded:
    """Import what a locator names. Raises SubjectError with the exception and the line."""
    if locator.file is None:
        sys.path.insert(0, str(Path.cwd()))
        module, notes = _import(locator.module), list[str]()
    else:
        module, notes = _run_file(locator.file, definitions_from)
        if hung_in:
            notes.insert(0, f"{hung_in} when the file was imported; left out.")
    found: object = module
    for name in filter(None, locator.name.split(".")):
        try:
            found = getattr(found, name)
        except AttributeError as error:
            text = f"got no {name!r} in {module.__name__}{_instead(module, notes)}"
            raise SubjectError(text) from error
        except Interruption:
            raise
        except BaseException as error:
            raise SubjectError(_told(f"looking for {name}", error, None)) from error
    return Loaded(found, module, notes)


def _instead(module: ModuleType, notes: list[str]) -> str:
    if notes:
        return left_out(notes)
    own = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    classes = f"one of its classes: {', '.join(own)}" if own else "a class of that name"
    return f"; expected {classes}; check the spelling"


def left_out(notes: Sequence[str]) -> str:
    """Say what did not run in a file, to follow what is missing in it; empty where all did."""
    return "".join(f"; {note.rstrip('.')}" for note in notes[:_SHOWN])


def _import(name: str, home: Path | None = None) -> ModuleType:
    """Import a module or a package. Raises SubjectError with what that raised, and the line."""
    try:
        return importlib.import_module(name)
    except Interruption:
        raise
    except BaseException as error:
        raise SubjectError(_told(f"importing {name}", error, home)) from error


def _run_file(path: Path, definitions_from: int | None) -> tuple[ModuleType, list[str]]:
    """Run a file as a module of its own name, with its folder, or its package's, on the path."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        error.with_traceback(None)  # where Python's own parser was then is of no interest
        raise SubjectError(_told(f"reading {path.name}", error, path.parent)) from error
    root, name = _package(path, tree)
    sys.path.insert(0, str(root))
    sys.path.extend(map(str, _roots(path, tree)))
    sys.argv = [str(path)]
    if "." in name:
        _import(name.rpartition(".")[0], root)
    # A file may bear the name of a module that is loaded already: random.py, network.py.
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        raise SubjectError(f"{path}: got a file that Python cannot import; expected a .py file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name if name not in sys.modules else f"subject_{name}"] = module
    return module, list(_run(tree, module, path, definitions_from))


def _package(path: Path, tree: ast.Module) -> tuple[Path, str]:
    """Return the folder that a file is imported from, and its dotted name below it.

    As many folders above it are packages as its relative imports take for such, even where they
    have no __init__.py.
    """
    relative = [node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    dots = max(relative, default=0)
    parts, folder = [path.stem], path.parent
    while folder.name.isidentifier() and ((folder / "__init__.py").is_file() or len(parts) <= dots):
        parts.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(parts)


def _roots(path: Path, tree: ast.Module) -> list[Path]:
    """List the folders from which a file imports what it names by a folder that it is in."""
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _named_by(node)
    ]
    firsts = {name.partition(".")[0] for name in imported}
    return [folder.parent for folder in path.parents if folder.name in firsts]


def _named_by(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if node.level == 0 else []


def _run(
    tree: ast.Module, module: ModuleType, path: Path, definitions_from: int | None
) -> Iterator[str]:
    """Run the statements one by one, and yield a sentence for each that raised."""
    future = [node for node in tree.body if _is_future(node)]
    for node in tree.body:
        late = definitions_from is not None and (node.end_lineno or 0) >= definitions_from
        if late and not isinstance(node, _DEFINITIONS):
            continue
        statement = ast.Module([*future, node] if node not in future else [node], [])
        try:
            exec(compile(statement, str(path), "exec"), vars(module))  # noqa: S102 - to run it is the task
        except Interruption:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit at the end of a script, too
            yield f"{_told('importing it', error, path.parent)}."


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _told(what: str, error: BaseException, home: Path | None) -> str:
    """Say what was raised and where: "net.py, line 3: importing it raised ImportError: ..."."""
    if isinstance(error, SyntaxError) and Path(error.filename or "").is_file():
        place = f"{Path(error.filename or '').name}, line {error.lineno}"
        return f"{place}: {what} raised {type(error).__name__}: {error.msg}"
    found = place_in_traceback(error.__traceback__, home)
    place = f"{found}: " if found else ""
    return f"{place}{what} raised {raised(error)}"
