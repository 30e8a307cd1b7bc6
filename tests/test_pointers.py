"""Where no known mistake is made, the report points at the equation that is broken."""

from pathlib import Path

import pytest

from refnet.conformance import check
from written import changed_network

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]


def test_a_cost_that_has_another_scale_is_not_blamed_for_a_wrong_gradient(tmp_path: Path) -> None:
    """A mean over the outputs is no mistake; beside an unknown one it was the first thing named."""
    square = ("1 - np.tanh(x) ** 2", "1 - np.tanh(x)")
    place = changed_network(tmp_path, "layer_list.py", square)
    report = check(place, timeout=60.0, examples=0, training=False)
    assert (report.verdict, report.diagnosis.certainty) == ("wrong", "unknown"), report.sentence
    assert "cost/value" not in report.broken
    assert report.diagnosis.equation in ("BP1", "BP2"), report.sentence


@pytest.mark.campaign
def test_a_cost_without_its_mean_is_no_mistake_of_the_gradients(tmp_path: Path) -> None:
    """They are those of the mean; it was said that they are divided by the batch size twice."""
    summed = ("np.sum(np.logaddexp(0, Z2) - Y * Z2) / m", "np.sum(np.logaddexp(0, Z2) - Y * Z2)")
    place = changed_network(tmp_path, "dictionary.py", summed)
    report = check(place, timeout=60.0, examples=0, training=False)
    assert (report.verdict, report.diagnosis.bugs) == ("wrong", ()), report.sentence
    assert report.diagnosis.equation == "cost"
    assert "cost: 1 m times" in report.diagnosis.measured


@pytest.mark.parametrize("positive", [True, pytest.param(False, marks=pytest.mark.campaign)])
def test_weights_that_are_all_positive_are_advised_against(positive: bool, tmp_path: Path) -> None:
    """Without a declared scheme no law judges them, and a learner would hear nothing."""
    drawn = ("np.random.rand(10, 784) - 0.5", "np.random.rand(10, 784)")
    changes = [drawn] if positive else []
    place = changed_network(tmp_path, "mnist_from_scratch.py", *changes)
    report = check(place, timeout=60.0, training=False)
    assert any("uniform-positive" in said for said in report.advice) is positive
