"""Networks as learners write them, made from the right example by changing it in one place.

Lives here: `changed`, `changed_network`, `opened` and `replaced`, which the tests of the judge use,
and `halved`, which leaves every second of many such networks to a whole `make campaign`. A
replacement that no longer fits the source raises, so that no test can go on with the right network
by accident.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Description
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.recognition import recognise
from refnet.subjects.worker.respondent import Respondent

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
NETWORKS = ROOT / "tests" / "networks"
RIGHT = (EXAMPLES / "right_network.py").read_text(encoding="utf-8")


def changed(folder: Path, *replacements: tuple[str, str], name: str = "network") -> str:
    """Write the right network with these texts replaced; return its locator."""
    return written(folder, replaced(RIGHT, replacements), name=name)


def halved(cases: Iterable[Sequence[Any]]) -> list[Any]:
    """Return the cases of a test as parameters, every second one marked as the rest of a table."""
    return [
        pytest.param(*case, marks=pytest.mark.rest if at % 2 else ())
        for at, case in enumerate(cases)
    ]


def opened(place: str) -> tuple[Respondent, Description]:
    """Recognise a network in this process; return who answers for it, and what it offers."""
    taken = recognise(load(parse_locator(place)))
    return Respondent(taken), taken.description


def replaced(source: str, replacements: Iterable[tuple[str, str]]) -> str:
    """Return a source with these texts replaced. Raises ValueError where one is missing."""
    for old, new in replacements:
        if old not in source:
            raise ValueError(f"the source has no {old!r}")
        source = source.replace(old, new)
    return source


def written(folder: Path, source: str, name: str = "network") -> str:
    """Write a network; return the locator of its class Network."""
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return f"{path}:Network"


def changed_network(folder: Path, file: str, *replacements: tuple[str, str]) -> str:
    """Write a network of another style with these texts replaced; return where it is."""
    path = folder / file
    path.write_text(replaced((NETWORKS / file).read_text(encoding="utf-8"), replacements), "utf-8")
    return str(path)


IN_BACKPROP = "        zs, activations = [], [x]\n"
"""The first line of backprop in the right network: where things are made to happen."""


def before_backprop(statement: str) -> tuple[str, str]:
    """Return the replacement that runs a statement at the start of backprop."""
    return IN_BACKPROP, f"        {statement}\n{IN_BACKPROP}"
