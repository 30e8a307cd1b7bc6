"""Adapters, and one test per law, tried in this process: no worker and no other pytest."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from refnet.bugs import BUGS
from refnet.choices import HEADS
from refnet.conformance import blank_report, judge
from refnet.errors import ArgumentError, SubjectError
from refnet.law import load_laws
from refnet.mechanics import RIGHT
from refnet.network import Network, new_network
from refnet.parameters import Parameters
from refnet.parametrizing import law_tests
from refnet.problem import PARTS, Problem
from refnet.reference import network_of
from refnet.sgd import step
from refnet.subjects.protocol import Head
from refnet.subjects.worker.adapter import is_adapter, recognise_adapter
from refnet.subjects.worker.respondent import Respondent
from refnet.suite import suite
from refnet.verdict import Report
from simulated import opened

PROBLEM: Problem = suite("moderate", HEADS[0], 0)[1]
SIGMOID = Head("sigmoid", "sigmoid", "quadratic")


class Adapter:
    """The reference itself, behind every method that an adapter may have."""

    hidden, output, cost_name = "sigmoid", "sigmoid", "quadratic"

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.network: Network = self.made()

    def made(self) -> Network:
        return new_network(
            self.sizes,
            np.random.default_rng(3),
            hidden="sigmoid",
            output="sigmoid",
            cost="quadratic",
        )

    def set_parameters(self, weights: Any, biases: Any) -> None:
        parameters = Parameters(tuple(weights), tuple(biases))
        self.network = Network(parameters, self.network.activations, self.network.cost)

    def get_parameters(self) -> tuple[Any, Any]:
        parameters = self.network.parameters
        return list(parameters.weights), list(parameters.biases)

    def forward(self, x: Any) -> Any:
        return self.network.feedforward(x).outputs

    def gradients(self, x: Any, y: Any) -> tuple[Any, Any]:
        found = self.network.backprop(x, y)
        return list(found.weights), list(found.biases)

    def step(self, x: Any, y: Any, learning_rate: float) -> None:
        self.network = step(self.network, x, y, learning_rate)

    def cost(self, x: Any, y: Any) -> float:
        return self.network.cost_of(x, y)

    def predict(self, x: Any) -> Any:
        return self.forward(x).argmax(axis=0)

    def count_correct(self, x: Any, y: Any) -> int:
        return int((self.predict(x) == y.argmax(axis=0)).sum())

    def initialise(self) -> None:
        self.network = self.made()


def asked(found: object, **changes: Any) -> Any:
    from dataclasses import replace

    taken = recognise_adapter(found)
    return Respondent(taken).answer(replace(PROBLEM, l2=0.0, **changes))


def test_an_adapter_answers_every_part() -> None:
    assert is_adapter(Adapter)
    answer = asked(Adapter, asks=PARTS)
    assert not answer.failures
    network = network_of(PROBLEM)
    right = network.feedforward(PROBLEM.x).outputs
    np.testing.assert_array_equal(answer.outputs, right)
    found = Network(network.parameters, network.activations, network.cost)
    np.testing.assert_array_equal(
        answer.gradients.weights[0], found.backprop(PROBLEM.x, PROBLEM.y).weights[0]
    )
    assert answer.cost == found.cost_of(PROBLEM.x, PROBLEM.y)
    np.testing.assert_array_equal(answer.predictions, right.argmax(axis=0))


def test_an_adapter_declares_its_head() -> None:
    description = recognise_adapter(Adapter).description
    assert description.capabilities.heads == (SIGMOID,)
    assert description.capabilities.parts == set(PARTS)


def test_an_instance_has_the_sizes_that_it_has() -> None:
    assert recognise_adapter(Adapter([2, 5, 3])).description.capabilities.sizes == (2, 5, 3)


def without(*names: str) -> type:
    kept = {name: value for name, value in vars(Adapter).items() if name not in names}
    return type("Less", (), kept)


def test_what_an_adapter_lacks_it_does_not_offer() -> None:
    able = recognise_adapter(without("gradients", "cost", "predict")).description.capabilities
    assert able.parts.isdisjoint({"gradients", "cost", "predictions"})
    assert "step" in able.parts


def test_an_adapter_that_can_neither_differentiate_nor_step_is_refused() -> None:
    with pytest.raises(SubjectError, match=r"gradients.*step"):
        recognise_adapter(without("gradients", "step"))


def report_on(mechanics_of: str | None = None) -> Report:
    mechanics = RIGHT if mechanics_of is None else BUGS[mechanics_of].mechanics
    return judge(opened(SIGMOID, mechanics, declared=True), load_laws(), blank_report("net"))


def run(report: Report, law: str, expected: dict[str, str] | None = None) -> list[str]:
    """Call the test of one law as pytest would; return what the function under it was given."""
    given: list[str] = []

    def holds(law: Any) -> None:
        given.append(law.id)

    decorated: Callable[..., object] = law_tests(lambda: report, [law], expected or {})(holds)
    decorated(law=law)
    return given


def test_a_law_that_holds_is_a_test_that_passes() -> None:
    assert run(report_on(), "bp1/output-error") == ["bp1/output-error"]


def test_a_law_that_could_not_be_asked_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="ReLU"):
        run(report_on(), "symmetry/relu-homogeneity")


def test_a_broken_law_fails_and_an_expected_one_is_an_expected_failure() -> None:
    report = report_on("output-error-sign")
    with pytest.raises(pytest.fail.Exception, match="bp1/output-error is broken"):
        run(report, "bp1/output-error")
    with pytest.raises(pytest.xfail.Exception, match="known"):
        run(report, "bp1/output-error", {"bp1/output-error": "known"})


def test_an_expectation_that_does_not_come_true_fails() -> None:
    """Otherwise it stays behind when the mistake is mended, and hides the next one."""
    with pytest.raises(pytest.fail.Exception, match="was expected to be broken"):
        run(report_on(), "bp1/output-error", {"bp1/output-error": "known"})


def test_where_nothing_was_judged_every_test_says_why() -> None:
    blank = blank_report("net")
    with pytest.raises(pytest.fail.Exception):
        run(blank, "bp1/output-error")


def test_without_pytest_the_decorator_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pytest", None)
    with pytest.raises(ArgumentError, match="expected pytest"):
        law_tests(report_on, [], {})
