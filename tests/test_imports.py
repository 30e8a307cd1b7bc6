"""The floors: a module imports only from floors below its own, and the oracle shares nothing.

Read from the source, so that an import inside a function or under TYPE_CHECKING counts too. What
is found by name at run time (the laws by law.py, the commands by cli.py) does not: that is how
those two can stay below what they find.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"refnet": ROOT / "src" / "refnet", "refnet.properties": ROOT / "properties"}

# A module or a whole package: within a package, imports are free as long as they go in no circle.
FLOORS: dict[str, float] = {
    "refnet._start": 0,
    "refnet.errors": 0,
    "refnet.checks": 0.1,
    "refnet.files": 0.1,
    "refnet.threads": 0,
    "refnet.arrays": 0.2,
    "refnet.parameters": 0.3,
    "refnet.problem": 1,
    "refnet.kinks": 1.1,
    "refnet.activations": 1,
    "refnet.initializers": 1,
    "refnet.regularization": 1,
    "refnet.json_values": 1,
    "refnet.wire": 1.1,
    "refnet.costs": 2,
    "refnet.network": 3,
    "refnet.reference": 3.1,
    "refnet.datasets": 3.6,
    "refnet.evaluation": 4,
    "refnet.health": 4,
    "refnet.archive": 1,
    "refnet.storage": 4,
    "refnet.sgd": 4.1,
    "refnet.checkpoints": 4.2,
    "refnet.short_training": 4.2,
    "refnet.plotting": 4.2,
    "refnet.oracle": 5,
    "refnet.subjects": 5,
    "refnet.law": 5,
    "refnet.tolerance": 5,
    "refnet.bounded_functions": 5.1,
    "refnet.mechanics": 5.2,
    "refnet.exact_regime": 5.1,
    "refnet.choices": 5.25,
    "refnet.drawing": 5.28,
    "refnet.suite": 5.3,
    "refnet.properties": 5.5,
    "refnet.bugs": 6,
    "refnet.options": 6,
    "refnet.parametrizing": 6.1,
    "refnet.summons": 6.1,
    "refnet.verdict": 6,
    "refnet.demonstration": 6.1,
    "refnet.conventions": 6.1,
    "refnet.interview": 6.1,
    "refnet.declarations": 6.15,
    "refnet.selection": 6.15,
    "refnet.heads": 6.2,
    "refnet.simulation": 6.2,
    "refnet.structure": 6.2,
    "refnet.trial": 6.2,
    "refnet.advice": 6.3,
    "refnet.case": 6.3,
    "refnet.observations": 6.4,
    "refnet.shrinking": 6.3,
    "refnet.pairing": 6.3,
    "refnet.first_weights": 6.3,
    "refnet.factors": 6.0,
    "refnet.subject_training": 6.35,
    "refnet.guards": 6.35,
    "refnet.misfits": 6.35,
    "refnet.diagnosis": 6.4,
    "refnet.setting_aside": 6.5,
    "refnet.showing": 6.5,
    "refnet.verdict_sentences": 6.5,
    "refnet.conformance": 6.6,
    "refnet.series": 6.7,
    "refnet.report": 7,
    "refnet.checking": 7.05,
    # What users import: it names the judge too, and imports that when it is first asked for.
    "refnet": 7.06,
    "refnet.commands": 7.1,
    "refnet.cli": 7.2,
    "refnet.__main__": 7.3,
}

# What the oracle may know: plain data and its checks. Whatever else it shared with the reference
# could be wrong in both.
ORACLE_MAY_REACH = {
    "refnet.problem",
    "refnet.parameters",
    "refnet.arrays",
    "refnet.checks",
    "refnet.errors",
}

# Who may never reach whom, not even by way of others. A law that knew the bugs would be written
# for them; a subject that knew the mechanics would be judged by what it computes with.
FORBIDDEN = {
    "refnet.properties": ("refnet.bugs", "refnet.diagnosis"),
    "refnet.law": ("refnet.subjects", "refnet.bugs", "refnet.diagnosis"),
    "refnet.subjects": ("refnet.mechanics", "refnet.tolerance", "refnet.bugs"),
    "refnet.network": ("refnet.oracle", "refnet.mechanics", "refnet.tolerance"),
}


def modules() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for package, folder in SOURCES.items():
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[str]:
    """Yield what a module imports of refnet, as the modules where it is found."""
    path = MODULES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*start, node.module or ""]).strip(".") if node.level else node.module
            for alias in node.names:
                for module in (f"{base}.{alias.name}", str(base)):
                    if module in MODULES:
                        yield module
                        break


GRAPH = {name: set(imported(name)) - {name} for name in MODULES}


def floor_key(name: str) -> str | None:
    """Return the entry of FLOORS for a module: its own or that of its nearest package."""
    key = name
    while key and key not in FLOORS:
        key = key.rpartition(".")[0]
    return None if key == "refnet" and name != "refnet" else key or None


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def reachable(name: str) -> set[str]:
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        for module in GRAPH[ahead.pop()] - seen:
            seen.add(module)
            ahead.append(module)
    return seen


def test_there_are_modules_and_imports_to_judge() -> None:
    assert "refnet.network" in GRAPH["refnet"]
    assert GRAPH["refnet.network"] >= {"refnet.arrays", "refnet.costs", "refnet.parameters"}
    assert any(name.startswith("refnet.properties.") for name in MODULES)


def test_every_module_has_a_floor() -> None:
    assert [name for name in MODULES if floor_key(name) is None] == []


def test_every_floor_has_a_module() -> None:
    assert FLOORS.keys() <= MODULES.keys()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_from_lower_floors_or_its_own_package_alone(name: str) -> None:
    own = floor_key(name)
    assert own is not None
    wrong = [
        f"{module} (floor {FLOORS[key]})"
        for module in sorted(GRAPH[name])
        if (key := floor_key(module)) and key != own and FLOORS[key] >= FLOORS[own]
    ]
    assert wrong == [], f"{name} is on floor {FLOORS[own]}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    TopologicalSorter(GRAPH).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", sorted(n for n in MODULES if within(n, "refnet.oracle")))
def test_the_oracle_shares_no_code_with_the_network_not_even_by_way_of_others(name: str) -> None:
    others = {module for module in reachable(name) if not within(module, "refnet.oracle")}
    assert others <= ORACLE_MAY_REACH


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_forbidden_edge_is_not_taken_by_way_of_others_either(package: str) -> None:
    wrong = [
        f"{name} reaches {module}"
        for name in MODULES
        if within(name, package)
        for module in reachable(name)
        if any(within(module, forbidden) for forbidden in FORBIDDEN[package])
    ]
    assert wrong == []


def test_importing_refnet_loads_numpy_and_nothing_else_from_outside_the_library() -> None:
    program = (
        "import sys, numpy.random; before = set(sys.modules); import refnet; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(loaded) - sys.stdlib_module_names - {"numpy"} == {"refnet"}
