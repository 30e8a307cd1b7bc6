"""Networks in three styles of code, with known mistakes written into that code.

Lives here: Style, the right network and what each mistake makes of it, and `Mistaken`, one network
with one or two of them. The networks are benchmarks/mistaken/*.py, the mistakes the *.txt beside
them: the slug of a mistake, then lines of code, `-` as they are and `+` as somebody writes them who
makes it. A slug that comes again is another way to make the same mistake. It knows nothing of how
the catalogue simulates a mistake: what is written there is not looked at here.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from types import ModuleType

from refnet.errors import DataError
from refnet.subjects.protocol import Head, PrecisionName

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks" / "mistaken"
PRECISIONS: tuple[PrecisionName, ...] = ("float64", "float32")
STYLES = ("batches", "samples", "layers")
"""Whole batches; one column after the other; layer objects with one row per sample."""

Replacement = tuple[str, str]
Way = tuple[Replacement, ...]
"""One way to make a mistake: every place that is changed."""


class DoesNotFitError(Exception):
    """A replacement whose place is not there, or is there more than once."""


@dataclass(frozen=True)
class Style:
    """A right network in one style of code, and the ways to make each mistake in it."""

    name: str
    source: str
    ways: Mapping[str, tuple[Way, ...]]

    @classmethod
    def read(cls, name: str) -> "Style":
        """Read a style from its two files. Raises DataError for a file that is not of this form."""
        mistakes = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        ways: dict[str, tuple[Way, ...]] = {}
        for slug, way in _parsed(mistakes, name):
            ways[slug] = (*ways.get(slug, ()), way)
        return cls(name, (FOLDER / f"{name}.py").read_text(encoding="utf-8"), ways)

    def changed(self, ways: Sequence[Way]) -> str:
        """Return the source with mistakes in it. Raises DoesNotFitError where two meet."""
        source = self.source
        for old, new in (replacement for way in ways for replacement in way):
            if source.count(old) != 1:
                raise DoesNotFitError(f"{self.name}: {source.count(old)} times: {old}")
            source = source.replace(old, new)
        return source


@cache
def styles() -> dict[str, Style]:
    """Return the styles of code by their names."""
    return {name: Style.read(name) for name in STYLES}


def _parsed(text: str, name: str) -> Iterator[tuple[str, Way]]:
    slug, places = "", list[Replacement]()
    old: list[str] = []
    for sign, group in groupby(text.splitlines(), key=lambda line: line[:1]):
        lines = list(group)
        if sign in "+-":
            lines = [line[2:] for line in lines]
        if sign == "-":
            old = lines
        elif sign == "+" and old:
            places.append(("\n".join(old), "\n".join(lines)))
            old = []
        elif sign not in "+-" and len(lines) == 1 and not old:
            if slug:
                yield slug, tuple(places)
            slug, places = lines[0], []
        else:
            raise DataError(
                f"{name}.txt: got {lines[0]!r}; expected a slug, then lines with - and then with "
                "+; look what is missing before it"
            )
    yield slug, tuple(places)


@dataclass(frozen=True)
class Mistaken:
    """A network: its style, the mistakes with the number of the way to make each, and its head."""

    style: Style
    mistakes: tuple[tuple[str, int], ...]
    head: Head
    precision: PrecisionName

    @property
    def slugs(self) -> tuple[str, ...]:
        """What is wrong with it."""
        return tuple(slug for slug, _ in self.mistakes)

    @property
    def name(self) -> str:
        """What tells it from the others."""
        made = "+".join(f"{slug}.{way}" for slug, way in self.mistakes)
        head = self.head
        return f"{self.style.name} {self.precision} {head.hidden}-{head.output}-{head.cost} {made}"

    @cached_property
    def source(self) -> str:
        """Its code. Raises DoesNotFitError where two mistakes are in the same place."""
        ways = [self.style.ways[slug][way] for slug, way in self.mistakes]
        source = self.style.changed(ways)
        head = self.head
        chosen = {
            'HIDDEN, OUTPUT, COST = "sigmoid", "sigmoid", "quadratic"': "HIDDEN, OUTPUT, COST = "
            f"{head.hidden!r}, {head.output!r}, {head.cost!r}",
            "FLOAT = np.float64": f"FLOAT = np.{self.precision}",
        }
        for old, new in chosen.items():
            if source.count(old) != 1:
                raise DoesNotFitError(f"{self.style.name}: no {old}")
            source = source.replace(old, new)
        return source

    def made(self) -> type:
        """Run the code and return its adapter."""
        # The judge asks for the module of a class.
        module = sys.modules["mistaken"] = ModuleType("mistaken")
        code = compile(self.source, f"{self.style.name}.py", "exec")
        exec(code, module.__dict__)  # noqa: S102 - our own code, with our own mistakes in it
        adapter: type = module.__dict__["Adapter"]
        return adapter
