"""One test for every head: pytest is handed the heads, and the properties need not know it.

Lives here: the hook that gives a test with an argument `head`, or `exact_head`, one run for each,
and the one that measures no coverage in them: hundreds of problems walk through the same lines.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from refnet.choices import HEADS
from refnet.exact_regime import has_exact_regime
from refnet.subjects.protocol import Head


class Item(Protocol):
    """What is used of pytest's object for one run of a test."""

    def add_marker(self, marker: str) -> None:
        """Mark it."""
        ...


class Metafunc(Protocol):
    """What is used of pytest's object of that name."""

    @property
    def fixturenames(self) -> Sequence[str]:
        """The arguments of the test."""
        ...

    @property
    def parametrize(self) -> Callable[..., None]:
        """Ask for one run of the test for each value."""
        ...


def pytest_generate_tests(metafunc: Metafunc) -> None:
    """Run a test once for each head it can be run for."""
    for name, heads in (("head", HEADS), ("exact_head", tuple(filter(has_exact_regime, HEADS)))):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, heads, ids=list(map(_named, heads)))


def pytest_itemcollected(item: Item) -> None:
    """Have pytest-cov pause."""
    item.add_marker("no_cover")


def _named(head: Head) -> str:
    return f"{head.hidden}-{head.output}-{head.cost}"
