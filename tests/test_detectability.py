"""What the judge can see: one wrong element of a gradient, in every place."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refnet.arrays import FloatArray, matrix
from refnet.choices import HEADS, SHARP, is_sharp
from refnet.errors import Deviation
from refnet.law import Exchange, load_laws
from refnet.mechanics import expect
from refnet.problem import Answer, Expected, Layers, Problem
from refnet.subjects.protocol import Head
from refnet.suite import suite
from refnet.tolerance import FLOAT32, FLOAT64, Precision

# It repeats what other tests cover.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"refnet": ROOT / "src" / "refnet", "refnet.properties": ROOT / "properties"}
MODULES = {
    ".".join((package, *path.relative_to(folder).with_suffix("").parts)): path
    for package, folder in SOURCES.items()
    for path in sorted(folder.rglob("*.py"))
}
CHECK = next(law for law in load_laws() if law.id == "gradient/check")

Place = tuple[int, tuple[int, ...]]
"""Which array of the gradients, weights before biases, and which element of it."""

SIZES = (None, (3, 4, 3), (16, 16, 16), (8, 16, 12, 4), (15, 12, 15, 8, 10), (16, 2, 16, 2, 16))
"""The sizes of the fixed suite, and hard-wired ones, up to 16 wide and 4 deep."""


def arrays_of(layers: Layers | None) -> tuple[FloatArray, ...]:
    assert layers is not None
    return (*layers.weights, *layers.biases)


def finest(
    problems: tuple[Problem, ...], precision: Precision
) -> dict[tuple[str, Place], tuple[float, Problem, Expected]]:
    """Return, for every place, the smallest T / |g| of the problems, and where it is found.

    Places are keyed by "W" or "b" too: networks of different depths have the same layers.
    """
    best: dict[tuple[str, Place], tuple[float, Problem, Expected]] = {}
    for problem in problems:
        question = replace(problem, asks=("gradients",))
        expected = expect(question, precision)
        depth = len(problem.activations)
        pairs = zip(
            arrays_of(expected.answer.gradients), arrays_of(expected.bound.gradients), strict=True
        )
        for at, (g, bound) in enumerate(pairs):
            kind, layer = ("W", at) if at < depth else ("b", at - depth)
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = np.where(g == 0.0, np.inf, bound / np.abs(g))
            for index in np.ndindex(g.shape):
                key = kind, (layer, index)
                if key not in best or shares[index] < best[key][0]:
                    best[key] = float(shares[index]), question, expected
    return best


def objects(problem: Problem, expected: Expected, place: tuple[str, Place], error: float) -> bool:
    kind, (layer, index) = place
    layers = expected.answer.gradients
    assert layers is not None
    weights, biases = list(layers.weights), list(layers.biases)
    arrays = weights if kind == "W" else biases
    arrays[layer] = arrays[layer].copy()
    arrays[layer][index] *= 1.0 + error
    answer = Answer(gradients=Layers(tuple(weights), tuple(biases)))
    try:
        CHECK.judge([Exchange(problem, answer, expected)])
    except Deviation:
        return True
    return False


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("head", HEADS, ids=lambda head: f"{head.hidden}-{head.output}")
@pytest.mark.parametrize(("precision", "error"), [(FLOAT64, 1e-10), (FLOAT32, 1e-3)])
def test_one_wrong_element_is_caught_wherever_it_is(
    head: Head, sizes: tuple[int, ...] | None, precision: Precision, error: float
) -> None:
    best = finest(suite("moderate", head, 0, sizes), precision)
    blind = {place: share for place, (share, _, _) in best.items() if not share < error}
    assert blind == {}
    # The worst place of all, by the law itself; and an error that is too small is let pass.
    place = max(best, key=lambda place: best[place][0])
    share, problem, expected = best[place]
    assert objects(problem, expected, place, error)
    assert objects(problem, expected, place, -error)
    assert not objects(problem, expected, place, 0.5 * share)


@pytest.mark.parametrize("seed", range(1, 3))
def test_every_small_problem_shows_an_error_in_every_element(seed: int) -> None:
    for head in (HEADS[1], HEADS[5]):
        for problem in suite("moderate", head, seed):
            assert is_sharp(problem)
            for share, _, _ in finest((problem,), FLOAT32).values():
                assert share < SHARP or np.isinf(share)


def test_a_problem_that_hides_an_error_is_not_sharp() -> None:
    problem = suite("moderate", HEADS[0], 0)[0]
    outputs = expect(replace(problem, asks=("outputs",))).answer.outputs
    assert outputs is not None
    # Where y is a but for rounding, the whole gradient is rounding.
    assert is_sharp(problem)
    assert not is_sharp(replace(problem, l2=0.0, y=matrix(np.nextafter(outputs, 1.0))))


@pytest.mark.campaign
def test_no_place_is_blind_in_networks_up_to_sixteen_wide() -> None:
    generator = np.random.default_rng(16)
    for seed in range(20):
        units = generator.integers(1, 17, int(generator.integers(3, 6))).tolist()
        # Softmax over a single unit is not asked about.
        sizes = (*units[:-1], max(units[-1], 2))
        for head in HEADS:
            problems = suite("moderate", head, seed, sizes)
            for precision, error in ((FLOAT64, 1e-10), (FLOAT32, 1e-3)):
                shares = [share for share, _, _ in finest(problems, precision).values()]
                assert max(shares) < error, (sizes, head, max(shares))


TOLERANCES = re.compile(r"\b(rtol|atol|allclose|isclose|assert_close|approx|abs_tol|rel_tol)\b")
"""How tolerances that nobody has derived are written in Python."""


def test_no_tolerance_of_a_library_is_used() -> None:
    texts = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}
    assert [name for name, text in texts.items() if TOLERANCES.search(text)] == []


SMALL = {
    "refnet.tolerance: FLOAT32": "unit roundoff and smallest normal number, IEEE 754",
    "refnet.tolerance: FLOAT64": "unit roundoff and smallest normal number, IEEE 754",
    "refnet.interview: ROUNDOFF": "unit roundoff of float64",
    "refnet.properties.own_errors: ROUNDOFF": "unit roundoff of float64",
    "refnet.properties.test_batch: ROUNDOFF": "unit roundoff of float64",
    "refnet.oracle.complex_step: STEP": "the step, far below what any sum could see",
    "refnet.oracle.complex_step: LOST": "what underflows at that step, derived there",
    "refnet.costs: Cost": "2 k roundings of a sum of k numbers",
    "refnet.choices: SHARP": "the error that a problem of the suite has to show",
    "refnet.properties.test_initialisation: FALSE_ALARM": "a probability",
    "refnet.properties.test_step: RATES": "a learning rate",
    "refnet.bugs.cost: EPSILONS": "what people add inside a logarithm",
    "refnet.bugs.cost: RARE_EPSILONS": "what few people add there",
    "refnet.bugs.functions: FLOORS": "what people force a slope away from 0 by",
    "refnet.bugs.initialisation: BUGS": "a formula in words",
    "refnet.bugs.step: DEFAULT_RATES": "learning rates of libraries",
    "refnet.heads: SLOPES": "slopes of leaky ReLU",
    "refnet.health.diagnosis: HEALTHY_RATIO": "advice; nothing is judged by it",
    "refnet.health.diagnosis: _percent": "a percentage in words",
    "refnet.health.layers: (_TINY, _HUGE)": "where squares leave float64",
    "refnet.plotting.curves: ORDINARY": "when a number is written with an exponent",
    "refnet.plotting.images: draw_confusion": "a share of a picture",
    "refnet.plotting.images: draw_mistakes": "a share of a picture",
    "refnet.subjects.process: _POLL": "seconds",
    "refnet.subject_training.learner: CAREFUL": "a learning rate",
    "refnet.subjects.worker.adapted: alike": "recognises a formula, judges nothing",
    "refnet.subjects.worker.adapted: HALF_THE_DIGITS": "recognises a formula, judges nothing",
    "refnet.subjects.worker.remembering: _SAME": "recognises momentum, judges nothing",
    "refnet.subjects.worker.penalty_effects: _doublings": "recognises lambda, judges nothing",
    "refnet.subjects.worker.scores: _NEARLY": "recognises a cost, judges nothing",
    "refnet.subjects.descendants: (_LOOKS, _SOON)": "seconds between two looks",
    "refnet.subjects.worker.switched_off: _SMALLEST": "recognises a threshold, judges nothing",
    "refnet.subjects.worker.switched_off: _TIGHT": "recognises a threshold, judges nothing",
}
"""Every number below 2^-6 in src and properties, by the constant or function it stands in."""


def small_numbers(tree: ast.AST, name: str = "") -> Iterator[str]:
    """Yield the module-level names under which small numbers stand, however they are written."""
    for node in ast.iter_child_nodes(tree):
        inner = name
        if not name and isinstance(node, ast.FunctionDef | ast.ClassDef):
            inner = node.name
        elif not name and isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            inner = ast.unparse(target)
        match node:
            case ast.Constant(value=float(value)) if 0.0 < value < 2.0**-6:
                yield inner
            case ast.BinOp(op=ast.Pow(), right=ast.UnaryOp(ast.USub(), ast.Constant(int(power)))):
                if power > 6:
                    yield inner
            case _:
                yield from small_numbers(node, inner)


def test_every_small_number_is_known_and_none_is_a_tolerance_that_was_made_up() -> None:
    # Whoever compares with a number of their own, under whatever name, meets this list.
    found = {
        f"{name}: {place}"
        for name, path in MODULES.items()
        for place in small_numbers(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found - SMALL.keys() == set()


@pytest.mark.parametrize(
    "code",
    [
        "TOLERANCE = 1e-9",
        "def alike(a, b):\n    return abs(a - b) <= 2.0**-12 * abs(a)",
        "class Law:\n    slack: float = 0.001",
        "near = abs(a - b) < 10 ** -8",
    ],
)
def test_a_tolerance_is_found_however_it_is_written(code: str) -> None:
    assert list(small_numbers(ast.parse(code))) != []
