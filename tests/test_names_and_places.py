"""Networks whose targets, learning rates and makers have other names or places than most."""

from pathlib import Path

import pytest

from refnet.conformance import check
from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Description
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.recognition import recognise
from written import NETWORKS, changed_network

# The file, what it offers besides outputs, and the sizes that are hard-wired.
OFFERED: tuple[tuple[str, str, tuple[int, ...] | None], ...] = (
    ("one_hot_targets.py", "gradients step cost predictions", None),
)

# The file; what is written in the place of what; and the mistake that this is, or the first
# equation broken where the catalogue has no such mistake.
WRONG = (("one_hot_targets.py", "*a1*(1-a1)", "", "hidden-sigma-prime-missing"),)


def opened(place: Path) -> Description:
    return recognise(load(parse_locator(str(place)))).description


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("file", "parts", "sizes"), OFFERED)
def test_what_such_a_network_offers(file: str, parts: str, sizes: tuple[int, ...] | None) -> None:
    """What is not found is not judged: less than this would pass mistakes over."""
    able = opened(NETWORKS / file).capabilities
    assert able.parts - {"initial"} == {"outputs", *parts.split()}
    assert able.sizes == sizes


@pytest.mark.campaign
@pytest.mark.parametrize("file", [file for file, _, _ in OFFERED])
def test_a_right_network_with_such_names_conforms(file: str) -> None:
    report = check(str(NETWORKS / file), timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence


@pytest.mark.campaign
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("file", "right", "wrong", "slug"), WRONG)
def test_a_mistake_beside_such_names_is_named(
    file: str, right: str, wrong: str, slug: str, tmp_path: Path
) -> None:
    place = changed_network(tmp_path, file, (right, wrong))
    report = check(place, timeout=120.0, training=False, examples=0)
    assert report.verdict == "wrong", report.sentence
    named = (report.diagnosis.equation,) if slug.startswith("BP") else report.diagnosis.bugs
    assert slug in named, report.sentence
    assert len(report.diagnosis.bugs) <= 3, report.sentence


@pytest.mark.usefixtures("clean")
def test_a_cost_of_what_stands_beside_the_outputs_is_not_handed_these() -> None:
    """Otherwise a right cost of z2 would be one whose softmax is applied twice."""
    place = str(NETWORKS / "one_hot_targets.py")
    report = check(place, timeout=120.0, training=False, only=["cost"])
    assert report.verdict == "conforms", report.sentence
