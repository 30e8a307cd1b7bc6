"""Which problems the variants are given, in what order, and where the results lie.

Lives here: Unit, a seed and a head, which is the smallest piece of a campaign, and Campaign, which
works through units until enough problems have been answered. It knows suites and variants.

A unit is a file once it is done, written whole or not at all. So a campaign that was interrupted
goes on where it stopped, and several processes may work on one: each locks the unit it is at, and
the lock ends with the process. Results of another state of the source or of other versions lie in
another folder and are never added up with these.
"""

import fcntl
import hashlib
import json
import os
import platform
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import get_args

import numpy as np

from refnet.costs import COSTS
from refnet.errors import ArgumentError, DataError
from refnet.law import Law, Suite, load_laws
from refnet.problem import Problem
from refnet.subjects.protocol import Head
from refnet.suite import suite
from soak.hearing import Hearing, hear
from soak.peers import PACKAGES, installed_version, is_installed
from soak.tally import Record
from soak.variants.variant import SCHEMES, Variant

ROOT = Path(__file__).resolve().parent.parent.parent

HIDDEN = ("sigmoid", "tanh", "relu", "leaky_relu", "identity")

HEADS = tuple(
    Head(hidden, output, cost.name)
    for cost in COSTS.values()
    for output in cost.partners
    for hidden in HIDDEN
)
"""Every cost with every output activation that belongs with it, behind every hidden one."""

SIZES: tuple[tuple[int, ...] | None, ...] = (
    None,
    None,
    (2, 2),
    None,
    None,
    (4, 7, 3),
    None,
    None,
    (6, 8, 8, 4),
    None,
    None,
    (2, 5, 4, 3, 2, 2),
)
"""Layer sizes, by the seed: mostly those of the suite, at times none of them hidden, many or
wide. A check that declares its sizes is given problems of the same kind."""


@dataclass(frozen=True)
class Unit:
    """The problems of every suite for one head and one seed."""

    seed: int
    head: Head

    @property
    def name(self) -> str:
        """The name of the unit, which is that of its file."""
        head = self.head
        return f"{self.seed}-{head.hidden}-{head.output}-{head.cost}"

    def problems(self) -> Iterator[tuple[Suite, Problem]]:
        """Draw the problems of every kind there is for this head."""
        sizes = SIZES[self.seed % len(SIZES)]
        for kind in get_args(Suite):
            for problem in suite(kind, self.head, self.seed, sizes):
                if kind == "initialisation":
                    yield kind, replace(problem, initializer=SCHEMES[self.seed % len(SCHEMES)])
                else:
                    yield kind, problem

    def hearings(self, laws: Sequence[Law]) -> list[Hearing]:
        """Make the questions of every law about every problem."""
        return [
            Hearing(problem, [law for law in laws if law.suite == kind], f"{self.name}, {kind}")
            for kind, problem in self.problems()
        ]

    def soak(self, variants: Sequence[Variant], laws: Sequence[Law]) -> Record:
        """Judge the variants that know this head by every law, on every problem."""
        hearings = self.hearings(laws)
        heard = [variant for variant in variants if variant.heads(self.head)]
        return sum((hear(hearings, variant) for variant in heard), start=Record())


def units() -> Iterator[Unit]:
    """Yield every unit there is, without end: all heads with one seed, then with the next."""
    for seed in count():
        for head in HEADS:
            yield Unit(seed, head)


@dataclass
class Campaign:
    """A soak of these variants, its results in a folder below `home`."""

    home: Path
    variants: Sequence[Variant]

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of Python, NumPy and every package that a variant may use."""
        found = {"Python": platform.python_version(), "NumPy": np.__version__}
        names = {PACKAGES[name]: name for name in PACKAGES if is_installed(name)}
        return found | {shown: installed_version(name) for shown, name in names.items()}

    @cached_property
    def folder(self) -> Path:
        """Where the results lie that may be added up: same source, versions and variants."""
        said = hashlib.sha256()
        for part in ("src", "properties", "benchmarks/soak"):
            for path in sorted((ROOT / part).rglob("*.py")):
                if path.name != "__main__.py":  # says how it is shown, not what comes out
                    said.update(path.read_bytes())
        names = [variant.name for variant in self.variants]
        said.update(json.dumps([self.versions, names, platform.machine()]).encode())
        # Eight digits of the digest: a handful of states, told apart with certainty enough.
        return self.home / said.hexdigest()[:8]

    def run(self, problems: int, told: Callable[[Unit, Record], None]) -> Record:
        """Work through units until this many problems are answered, other processes' included.

        `told` hears of every unit that is done, by whomever, with all that is done so far.
        Raises DataError for a result that cannot be read, ArgumentError for a folder that cannot
        be made.
        """
        laws = load_laws()
        record = Record()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArgumentError(
                f"folder: got {self.home}, which cannot be made ({error.strerror}); expected a "
                "place for the results; choose another"
            ) from None
        for unit in units():
            if record.total.problems >= problems:
                break
            done = self._done(unit, laws)
            if done is not None:
                record += done
                told(unit, record)
        return record

    def _done(self, unit: Unit, laws: Sequence[Law]) -> Record | None:
        """Return the result of a unit, working it out if need be; None if another process is."""
        result = self.folder / f"{unit.name}.json"
        if not result.exists():
            with _locked(self.folder / f"{unit.name}.lock") as mine:
                if not mine:
                    return None
                if not result.exists():
                    written = unit.soak(self.variants, laws).to_json()
                    scratch = result.with_suffix(f".{os.getpid()}.part")
                    scratch.write_text(json.dumps(written), encoding="utf-8")
                    scratch.replace(result)
        try:
            return Record.from_json(json.loads(result.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(
                f"{result}: got no result of a soak ({error}); expected the JSON that one wrote; "
                "remove the file, and this unit is worked out again"
            ) from None


@contextmanager
def _locked(path: Path) -> Generator[bool]:
    """Hold a lock until the end of the block, or say that another process does."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
            path.unlink(missing_ok=True)
