"""Mutation testing of the reference: is every small change of floors 0 to 3 noticed?

Lives here: which modules are changed, which tests must notice, and how it is done. It knows
cosmic-ray by its commands alone; what becomes of the changes is counted in survivors.py. How to
read the figures: docs/mutants.md.

    make mutants [OPTIONS="--modules costs,network --into docs/mutants.md"]

The changes are made in a copy of the source below build/mutants, one at a time, and the tests of
the module run on it, until one fails. A run that was interrupted goes on where it stopped; a change
of the source or of the tests begins another.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from survivors import Mutant, mutants_of, table, verdict

ROOT = Path(__file__).resolve().parent.parent

COPIED = ("src", "properties", "tests", "tools", "benchmarks", "conftest.py", "pyproject.toml")
"""What the tests of a module need around them."""

PROPERTIES = (
    "properties/test_feedforward.py",
    "properties/test_costs.py",
    "properties/test_gradient_check.py",
)
"""The properties that hold values to the oracle: twelve problems for each of eight heads."""

MODULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "arrays": ("tests/test_arrays.py", "tests/test_evaluation.py"),
        "checks": ("tests/test_checks.py", "tests/test_regularization.py"),
        "problem": ("tests/test_problem.py",),
        "parameters": ("tests/test_parameters.py", "tests/test_network.py"),
        "activations": ("tests/test_activations.py", "tests/test_network.py"),
        "initializers": ("tests/test_initializers.py", "properties/test_initialisation.py"),
        "regularization": ("tests/test_regularization.py", "tests/test_network.py"),
        "costs": ("tests/test_costs.py", "tests/test_network.py"),
        "network": ("tests/test_network.py",),
    }
)
"""Every module of floors 0 to 3, with the tests that run before the properties."""

TIMEOUT = 60
"""Seconds after which a mutant counts as killed: its tests take about two."""

BEGIN, END = "<!-- mutants table -->", "<!-- end of mutants table -->"


class MutantsError(Exception):
    """The run cannot begin or go on; the message is for the user."""


@contextmanager
def locked(home: Path) -> Generator[None]:
    """Keep others out of the copy until the end of the block.

    Raises MutantsError where another run is at it: they would change the same files.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MutantsError(
                f"{home}: got a folder in which another run is at work; expected none; wait for it"
            ) from None
        yield


def prepare(root: Path, home: Path) -> Path:
    """Copy what is tested into the folder of this state of it; return that folder.

    The copy is made anew each time: a run that was killed may have left a mutant in it.
    """
    tests = {root / name for names in MODULES.values() for name in names}
    shipped = {path for name in ("src", "properties") for path in (root / name).rglob("*.py")}
    said = hashlib.sha256(json.dumps(dict(MODULES)).encode())
    for path in sorted(shipped | tests):
        said.update(path.read_bytes())
    folder = home / said.hexdigest()[:8]
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", ".hypothesis")
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, tree / name, ignore=left_out)
        else:
            shutil.copy(root / name, tree)
    # The copy's own laws, not those that the editable install of this environment refers to.
    (tree / "src" / "refnet" / "properties").symlink_to(tree / "properties")
    return folder


def configure(folder: Path, module: str) -> Path:
    """Write cosmic-ray's configuration for a module; return its path."""
    command = [sys.executable, "-m", "pytest", "-q", "-x"]
    command += [
        option for plugin in ("cacheprovider", "xdist", "cov") for option in ("-p", f"no:{plugin}")
    ]
    tests = " ".join([*command, *MODULES[module], *PROPERTIES])
    path = folder / f"{module}.toml"
    path.write_text(
        "[cosmic-ray]\n"
        f'module-path = "src/refnet/{module}.py"\n'
        f"timeout = {float(TIMEOUT)}\n"
        "excluded-modules = []\n"
        f"test-command = {json.dumps(tests)}\n"
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    return path


def try_module(folder: Path, module: str) -> list[Mutant]:
    """Try every mutant of a module that was not tried before, and return all of them.

    Raises MutantsError where the tests fail without any mutant, which would kill them all.
    """
    configuration, session = str(configure(folder, module)), folder / f"{module}.sqlite"
    if not session.exists():
        cosmic_ray(folder, "baseline", configuration)
        begun = session.with_suffix(".part")
        begun.unlink(missing_ok=True)
        cosmic_ray(folder, "init", configuration, str(begun))
        begun.rename(session)
    cosmic_ray(folder, "exec", configuration, str(session))
    source = (folder / "tree" / "src" / "refnet" / f"{module}.py").read_text(encoding="utf-8")
    return list(mutants_of(module, source, cosmic_ray(folder, "dump", str(session)).splitlines()))


def cosmic_ray(folder: Path, *arguments: str) -> str:
    """Run a command of cosmic-ray in the copy, and return what it printed."""
    tree = folder / "tree"
    settings = {
        "PYTHONPATH": str(tree / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        # One thread: the arrays of these tests are far too small for two.
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cosmic-ray")), *arguments],
        cwd=tree,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = f"{done.stdout}\n{done.stderr}".strip()
        raise MutantsError(
            f"`cosmic-ray {arguments[0]}` failed with status {done.returncode}; expected it to "
            f"succeed; the tests must pass before anything is changed:\n{said}"
        )
    return done.stdout


def write_table(document: Path, text: str) -> None:
    """Put the table where a document has a place for it. Raises MutantsError if it has none."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MutantsError(f"{document}: got no lines {BEGIN} and {END}; expected both; add them")
    scratch = document.with_name(f"{document.name}.part")
    scratch.write_text(f"{before}{begin}{text}\n{end}{after}", encoding="utf-8")
    scratch.replace(document)


def chosen(text: str) -> list[str]:
    """Return the modules asked for. Raises MutantsError for one that is none."""
    names = text.split(",") if text else list(MODULES)
    for name in names:
        if name not in MODULES:
            raise MutantsError(f"--modules: got {name!r}; expected some of {', '.join(MODULES)}")
    return names


def run(arguments: Any) -> int:
    """Try the mutants, show the table, and return the exit status: 1 where a fault is found."""
    names = chosen(arguments.modules)
    home = ROOT / "build" / "mutants"
    mutants: list[Mutant] = []
    with locked(home):
        folder = prepare(ROOT, home)
        for name in names:
            print(f"{name}: trying its mutants", file=sys.stderr)
            mutants += try_module(folder, name)
    print(table(mutants))
    if arguments.into is not None:
        write_table(arguments.into, table(mutants))
    faults = verdict(mutants, (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8"))
    print("\n".join(faults))
    return 1 if faults else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, 1 where a mutant lives without a reason, 2 for a failure."""
    parser = argparse.ArgumentParser(description="Mutation testing of floors 0 to 3.")
    parser.add_argument("--modules", default="", help="names with commas between (default: all)")
    parser.add_argument("--into", type=Path, help="write the table into this document")
    try:
        return run(parser.parse_args(argv))
    except (MutantsError, OSError) as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mutants: interrupted; the next call goes on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
