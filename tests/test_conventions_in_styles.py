"""Every convention in every style: none is a mistake, and a mistake beside it is still one."""

import importlib.util
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import composed
import composed_elsewhere
import composed_neurons
import composed_objects
import composed_packages
from composing import CONVENTIONS, Choices
from refnet.conformance import check
from refnet.verdict import Report
from written import halved

pytestmark = pytest.mark.campaign
REST = pytest.mark.rest

DOCS = Path(__file__).resolve().parent.parent / "docs" / "no-false-alarms.md"

SLOW = 120.0
"""Seconds: a machine that is busy must not be taken for a network that hangs."""

MODULES = (composed, composed_objects, composed_neurons, composed_elsewhere, composed_packages)
STYLES: Mapping[str, Callable[[Choices], str | None]] = {
    name: style for module in MODULES for name, style in module.STYLES.items()
}
LACKING = {name: found for module in MODULES for name, found in module.LACKING.items()}
PACKAGES = tuple(composed_packages.STYLES)

SOURCES: dict[str, dict[str, str]] = {
    style: {
        # One text under the name of the first convention that it is written for.
        source: convention
        for convention, chosen in reversed(list(CONVENTIONS.items()))
        if (source := write(chosen)) is not None
    }
    for style, write in STYLES.items()
}
TABLE: dict[tuple[str, str], str] = {
    (style, convention): source
    for style, sources in SOURCES.items()
    for source, convention in reversed(list(sources.items()))
}

COMPILED = (
    "the book's",
    "without 1/2",
    "1/m in the step",
    "2/k and sums",
    "softmax",
    "leaky",
    "rows and sums",
    "columns, weights (in, out)",
    "integer labels and rows",
    "no biases and sums",
    "lambda/n",
    "lambda/m",
)
"""Conventions that JAX is tried with, every choice among them: it compiles for ten seconds each."""

TRIED = [pair for pair in TABLE if pair[0] != "jax" or pair[1] in COMPILED]


def judged(folder: Path, style: str, source: str) -> Report:
    if style in PACKAGES and importlib.util.find_spec(style) is None:
        assert "REFNET_REQUIRE_PEERS" not in os.environ, f"{style} is not installed"
        pytest.skip(f"{style} is not installed")
    path = folder / "network.py"
    path.write_text(source, encoding="utf-8")
    program = style == "program"
    subject = shlex.join((sys.executable, str(path))) if program else str(path)
    return check(subject, program=program, timeout=SLOW, examples=0, training=False)


def changed(style: str, convention: str, old: str, new: str = "") -> str:
    """Write a network of the table, with one text replaced everywhere."""
    source = TABLE[style, convention]
    assert old in source
    return source.replace(old, new)


def differences(style: str, choice: str) -> int:
    """Count the networks of a style that another value of this choice would make another one."""
    write, count = STYLES[style], 0
    for chosen in CONVENTIONS.values():
        for value in {getattr(other, choice) for other in CONVENTIONS.values()}:
            changes: dict[str, Any] = {choice: value}
            both = write(chosen), write(replace(chosen, **changes))
            count += None not in both and both[0] != both[1]
    return count


@pytest.mark.parametrize("style", STYLES)
def test_a_style_lacks_the_choices_that_make_no_difference_to_it_and_no_others(
    style: str,
) -> None:
    """Otherwise a convention would go untried where it could be written."""
    ignored = {field.name for field in fields(Choices) if not differences(style, field.name)}
    assert ignored == set(LACKING[style])


@pytest.mark.parametrize(
    ("style", "convention"),
    halved(TRIED),
)
def test_a_right_network_conforms_in_every_convention(
    style: str, convention: str, tmp_path: Path
) -> None:
    report = judged(tmp_path, style, TABLE[style, convention])
    assert report.verdict == "conforms", report.sentence


def test_of_what_jax_compiles_every_choice_is_tried() -> None:
    """Otherwise one that was left out for the time it takes would never be judged."""
    kept = [CONVENTIONS[convention] for convention in COMPILED]
    for field in fields(Choices):
        if field.name not in (*LACKING["jax"], "hidden"):
            values = {getattr(chosen, field.name) for chosen in CONVENTIONS.values()}
            assert len({getattr(chosen, field.name) for chosen in kept}) >= min(3, len(values))


@pytest.mark.parametrize(
    ("convention", "encoded"),
    [
        ("integer labels", "(np.arange(a2.shape[0])[:, None] == Y) * 1.0"),
        ("integer labels and rows", "(Y[:, None] == np.arange(a2.shape[1])) * 1.0"),
    ],
)
@pytest.mark.parametrize("style", ["attributes", "at once", "layers"])
def test_integer_labels_that_are_compared_are_none_of_the_mistakes_they_would_be_as_one_hot(
    style: str, convention: str, encoded: str, tmp_path: Path
) -> None:
    """Comparing one-hot targets raises nothing: without a closer look they are handed over."""
    encoding = re.compile(r"Y = np\.eye\(.*")
    source = TABLE[style, convention]
    assert encoding.search(source)
    report = judged(tmp_path, style, encoding.sub(f"Y = {encoded}", source))
    assert report.verdict == "conforms", report.sentence


SIGMA_PRIME = "* g_prime(z1, a1)"


@pytest.mark.parametrize("style", composed.STYLES)
@pytest.mark.parametrize(
    "convention",
    [
        "sums over the batch",
        "rows",
        *(pytest.param(c, marks=REST) for c in ("without 1/2", "lambda/m")),
    ],
)
def test_a_mistake_is_named_beside_a_convention(
    style: str, convention: str, tmp_path: Path
) -> None:
    """Otherwise conventions would excuse what is wrong."""
    report = judged(tmp_path, style, changed(style, convention, SIGMA_PRIME))
    assert report.verdict == "wrong", report.sentence
    assert "hidden-sigma-prime-missing" in report.diagnosis.bugs, report.sentence


SLOPE = {
    "layers": "* g_prime(self.z, self.a)",
    "layers that step": "* g_prime(self.z, self.a)",
    "neurons": '* g_prime(neuron["z"], neuron["output"])',
    "loss of a batch": SIGMA_PRIME,
    "adapter": SIGMA_PRIME,
    "program": SIGMA_PRIME,
}
"""The derivative of the hidden activation in styles that do not differentiate themselves."""


@pytest.mark.parametrize("style", SLOPE)
@pytest.mark.parametrize("convention", ["the book's", "without 1/2", "lambda/m"])
def test_a_mistake_is_named_beside_a_convention_in_objects_and_programs_too(
    style: str, convention: str, tmp_path: Path
) -> None:
    if (style, convention) not in TABLE:
        convention = "2/k"
    report = judged(tmp_path, style, changed(style, convention, SLOPE[style]))
    assert report.verdict == "wrong", report.sentence
    assert "hidden-sigma-prime-missing" in report.diagnosis.bugs, report.sentence


BIAS = {"dW2 = ": "dW2 = 0.5 * ", "db1 = d1": "db1 = 0 * d1"}
"""A wrong scale in one tensor, and a bias that is frozen."""


@pytest.mark.parametrize("style", composed.STYLES)
@pytest.mark.parametrize("old", BIAS)
@pytest.mark.parametrize(
    "convention", ["the book's", pytest.param("sums over the batch", marks=REST), "rows"]
)
def test_a_wrong_scale_in_one_tensor_and_a_frozen_bias_are_no_conventions(
    style: str, old: str, convention: str, tmp_path: Path
) -> None:
    report = judged(tmp_path, style, changed(style, convention, old, BIAS[old]))
    assert report.verdict == "wrong", report.sentence


def test_a_derivative_that_overflows_makes_a_network_unstable_and_nothing_else(
    tmp_path: Path,
) -> None:
    """Otherwise it would be taken for a mistake in another cost, or in another convention."""
    stable, overflowing = "0.25 / np.cosh(z / 2) ** 2", "np.exp(-z) / (1 + np.exp(-z)) ** 2"
    source = changed("attributes", "derivative by z", stable, overflowing)
    report = judged(tmp_path, "attributes", source)
    assert report.verdict == "unstable", report.sentence
    assert report.diagnosis.bugs == ("sigmoid-overflow",)


TITLES = {
    "functions": "functions of `W1`, `b1`, ..., bound by the names of their parameters",
    "dictionary": "functions around a dictionary of parameters",
    "attributes": "attributes `W1`, `b1`, ... and `dW1`, ...",
    "at once": "the whole step in one method, no gradients shown",
    "loss and gradients": "a method that returns a dictionary of gradients",
    "lists": "lists of weights and biases, shaped like Nielsen's",
    "layers": "layer objects that keep their gradients",
    "layers that step": "layer objects that step on the way back",
    "neurons": "dictionaries of neurons, one sample at a time",
    "scalars": "scalars with `.data` and `.grad`",
    "loss of a batch": "`loss(X, y, reg)`",
    "adapter": "an adapter",
    "program": "a program, by `--command`",
    "torch": "a PyTorch module",
    "sklearn": "scikit-learn's MLPs",
    "jax": "JAX functions",
}
"""What styles are called in the documentation."""

WORDS = {
    "hidden": "derivatives",
    "head": "outputs",
    "divided": "1/m",
    "error": "factors of the cost",
    "columns": "layout of samples",
    "turned": "layout of weights",
    "biases": "biases",
    "labels": "integer labels",
    "descent": "descent",
    "online": "a step per sample",
    "penalty": "L2",
    "last_first": "order of layers",
    "biases_first": "order of kinds",
}
"""What choices are called there."""


def test_the_documentation_has_the_table_of_styles() -> None:
    """Otherwise readers would be told of tests that nobody runs."""
    rows = ["| style | conventions | has no choice of |", "| --- | ---: | --- |"]
    for style, title in TITLES.items():
        count = sum(tried == style for tried, _ in TRIED)
        lacking = [word for choice, word in WORDS.items() if choice in LACKING[style]]
        rows.append(f"| {title} | {count} | {', '.join(lacking)} |")
    rows.append(f"| all | {len(TRIED)} | |")
    table = "\n".join(rows)
    found = re.search(
        r"<!-- styles -->\n(.*?)\n<!-- end of styles -->", DOCS.read_text(), re.DOTALL
    )
    assert found is not None
    assert found[1] == table, f"paste this:\n{table}"
    assert TITLES.keys() == STYLES.keys()
