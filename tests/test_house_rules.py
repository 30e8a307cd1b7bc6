"""The house rules that a machine can hold the source to (CONTRIBUTING.md says why)."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("src", "properties", "benchmarks/soak")
SHIPPED = sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
OWN = sorted([*SHIPPED, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")])

WORKERS = sorted((ROOT / "src/refnet/subjects/worker").rglob("*.py"))

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40

# Enough of them that `make typecheck` proves something about every role of an array.
FEWEST_TYPING_MISTAKES = 15

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


shipped = pytest.mark.parametrize("path", SHIPPED, ids=name_of)
own = pytest.mark.parametrize("path", OWN, ids=name_of)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Documented]]:
    """Yield what others may call: functions, classes, and their methods; a test says it all in
    its name."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith(("_", "test_")):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


@shipped
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@shipped
def test_a_function_fits_a_screen(path: Path) -> None:
    long = [
        f"{node.name}: {length} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, Function)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", WORKERS, ids=name_of)
def test_no_network_ends_its_worker_by_what_it_raises(path: Path) -> None:
    """It may be SystemExit or KeyboardInterrupt: Trying and BaseException take them as well."""
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"suppress\(Exception.*|except \(?Exception.*", source) == []


@shipped
def test_no_check_vanishes_when_python_runs_optimised(path: Path) -> None:
    asserts = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]
    assert asserts == [], "raise Deviation or another error of the house"


@own
def test_a_module_opens_by_saying_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path))


@shipped
def test_everything_public_is_documented(path: Path) -> None:
    silent = [name for name, node in public(tree(path).body) if not ast.get_docstring(node)]
    assert silent == []


@own
def test_an_ignored_type_error_names_its_rule(path: Path) -> None:
    blanket = re.compile(r"#\s*(type|pyright):\s*ignore(?!\[[a-zA-Z-]+(,\s*[a-zA-Z-]+)*\])")
    assert [line for line, comment in comments(path) if blanket.search(comment)] == []


def test_the_typing_mistakes_are_many_and_are_never_run() -> None:
    mistakes = ROOT / "tests" / "typing_mistakes.py"
    ignored = [line for line, text in comments(mistakes) if text.startswith("# type: ignore[")]
    assert len(ignored) >= FEWEST_TYPING_MISTAKES
    assert not mistakes.match("test_*.py")
