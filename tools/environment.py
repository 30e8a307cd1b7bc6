"""Make the virtual environment that a `make` target runs in, once, and print its Python.

Lives here: where an environment is, when it is whole, and how it is made. It knows the standard
library and the files that say what to install; nothing of refnet.

An environment is keyed by the interpreter, by the place of the checkout (to which it refers) and
by everything that says what belongs in it: a change of these makes a new one and leaves the old
one alone. It counts as whole once its stamp is written, last of all, so that an interrupted
set-up is begun anew; a lock lets one of several calls do the work while the others wait.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = {
    "run": ".",
    "train": ".[plot]",
    "dev": ".[dev,plot]",
    "peers": ".[dev,plot,peers]",
    "mutants": ".[dev,plot,mutants]",
    "fuzz": ".[fuzz]",
}
"""What is installed for each: `make train` can draw, `make check` need not wait for that."""
STAMP = "complete"

INTERRUPTED = 130


class SetUpError(Exception):
    """The environment cannot be made; the message is for the user."""


def key(root: Path, kind: str) -> str:
    """Name an environment by its interpreter and its contents, for a person and for certain."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    said = {
        "interpreter": [sys.version, sys.base_prefix, platform.machine()],
        "root": str(root),
        "constraints": (root / "constraints.txt").read_text(encoding="utf-8"),
        "build": project["build-system"],
        "project": project["project"],
        "packages": project["tool"]["setuptools"],
    }
    # Eight digits of the digest: a handful of environments, told apart with certainty enough.
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]
    return f"{platform.python_version()}-{digest}-{kind}"


def environment(root: Path, kind: str) -> Path:
    """Return the Python of an environment that is whole, making it where it is not."""
    home = root / ".venv"
    folder = home / key(root, kind)
    python = folder / "bin" / "python"
    if not _whole(folder):
        home.mkdir(exist_ok=True)
        # One lock for all environments: an editable install writes into the checkout as well.
        with (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _whole(folder):  # somebody else may have made it while this call waited
                make(root, folder, kind)
    return python


def make(root: Path, folder: Path, kind: str) -> None:
    """Make an environment from nothing; its stamp is the last thing written."""
    print(f"setting up {folder.relative_to(root)} (once)", file=sys.stderr)
    if folder.exists():
        shutil.rmtree(folder)
    run([sys.executable, "-m", "venv", str(folder)], root)
    python = str(folder / "bin" / "python")
    run([python, "-m", "pip", "install", "--quiet", "--editable", KINDS[kind]], root)
    (folder / STAMP).touch()


def run(command: list[str], root: Path) -> None:
    """Run a step of the set-up; all it prints goes to standard error."""
    # A relative path, because pip takes a space for the end of a name. PIP_CONSTRAINT pins what
    # is installed, and until pip 25.3 the build backend, which PIP_BUILD_CONSTRAINT does since.
    settings = {
        "PIP_CONSTRAINT": "constraints.txt",
        "PIP_BUILD_CONSTRAINT": "constraints.txt",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_USER": "0",
    }
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **settings}, stdout=sys.stderr, check=False
    )
    if done.returncode != 0:
        step = " ".join(command[1:4])
        raise SetUpError(
            f"`python {step}` failed with status {done.returncode}; expected it to succeed; see "
            "above: the package index must be reachable, and on Debian or Ubuntu python3-venv "
            "installed"
        )


def _whole(folder: Path) -> bool:
    # The interpreter is a link, and may have been uninstalled since.
    return (folder / STAMP).exists() and (folder / "bin" / "python").exists()


def main(arguments: list[str]) -> int:
    """Print the Python of the environment named; return the exit status."""
    if len(arguments) != 1 or arguments[0] not in KINDS:
        print(f"refnet: environment: expected one of {', '.join(KINDS)}", file=sys.stderr)
        return 2
    try:
        print(environment(ROOT, arguments[0]))
    except (SetUpError, OSError) as error:
        print(f"refnet: set-up: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("refnet: set-up interrupted; the next call begins it anew", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
