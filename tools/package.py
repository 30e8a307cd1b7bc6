"""Build the wheel and the sdist, and use each as a stranger would, outside the checkout.

Lives here: the proof that what is published works: the laws are in it, and `refnet check` judges
a right network (exit status 0) and a wrong one (exit status 1). It knows the standard library and
the tools of the dev environment that it runs in; it imports nothing of refnet.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What `refnet check` is given, and the exit status that is right for it.
JUDGED = {"right_network.py:Network": 0, "cost_for_derivative.py:Network": 1}
IN_SDIST = (
    "properties/__init__.py",
    "tests/test_imports.py",
    "examples/right_network.py",
    "LICENSE",
)

WHEREABOUTS = """
import importlib.resources, refnet, refnet.properties
print(refnet.__file__)
print(refnet.properties.__file__)
if not importlib.resources.files("refnet").joinpath("py.typed").is_file():
    raise SystemExit("py.typed is missing")
if not refnet.properties.LAWS:
    raise SystemExit("there are no laws")
"""


class PackageError(Exception):
    """A package is not what it should be; the message is for the developer."""


def run(*command: str | Path, cwd: Path, expected: int = 0) -> str:
    """Run a command, show what it prints, and hold it to its exit status."""
    # The same pins as in tools/environment.py; nothing of the checkout on the path.
    settings = {
        "PIP_CONSTRAINT": "constraints.txt",
        "PIP_BUILD_CONSTRAINT": "constraints.txt",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_USER": "0",
    }
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=inherited | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != expected:
        print(done.stdout)
        raise PackageError(
            f"{' '.join(str(part) for part in command[1:])}: got exit status {done.returncode}; "
            f"expected {expected}; see above"
        )
    return done.stdout


def build() -> tuple[Path, Path]:
    """Build the sdist, and the wheel from the sdist, into dist/; return both."""
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    print("building")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, cwd=ROOT)
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    if missing := [name for name in IN_SDIST if name not in held]:
        raise PackageError(f"{sdist.name}: {', '.join(missing)} missing; see MANIFEST.in")
    return wheel, sdist


def use(package: Path, folder: Path) -> None:
    """Install a package into a fresh environment in an empty folder, and judge from there."""
    print(f"using {package.name}")
    shutil.copy(ROOT / "constraints.txt", folder)
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    binaries = folder / "venv" / "bin"
    run(binaries / "python", "-m", "pip", "install", "--quiet", package, cwd=folder)
    for line in run(binaries / "python", "-c", WHEREABOUTS, cwd=folder).splitlines():
        if not Path(line).is_relative_to(folder):
            raise PackageError(f"{package.name}: imported from {line}; expected its own files")
    for subject, status in JUDGED.items():
        shutil.copy(ROOT / "examples" / subject.partition(":")[0], folder)
        run(binaries / "refnet", "check", subject, cwd=folder, expected=status)
        print(f"    refnet check {subject}: exit status {status}, as it should be")


def main() -> int:
    """Build and use both packages; return the exit status."""
    try:
        for package in build():
            with tempfile.TemporaryDirectory(prefix="refnet-package-") as name:
                use(package, Path(name).resolve())
    except PackageError as error:
        print(f"refnet: package: {error}", file=sys.stderr)
        return 1
    print("wheel and sdist are whole")
    return 0


if __name__ == "__main__":
    sys.exit(main())
