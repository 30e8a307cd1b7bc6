"""Which law catches which mistake: docs/kill-matrix.md, generated.

    python tools/kill_matrix.py [--seeds N] [--check]

Every mistake of the catalogue, as people most often make it, is judged by every law on the fixed
suites of N seeds and all heads to which the mistake applies; where a law never objects, the other
ways to make that mistake are tried with the first seed. With `--check` nothing is written: the
exit status is 1 where the document says something else.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from refnet.bugs import BUGS, Bug, Simulated
from refnet.choices import HEADS
from refnet.errors import Deviation
from refnet.law import Exchange, Law, load_laws
from refnet.mechanics import Mechanics, expect
from refnet.problem import Answer, Expected, Problem
from refnet.suite import suite
from refnet.wire import dumps, problem_to_json

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "kill-matrix.md"
SEEDS = 20

ALWAYS, NEVER, OTHERWISE = "●", "", "○"
"""Cells: caught with every seed; never; with no seed, but if the mistake is made another way."""

KEPT = {
    "shape/outputs": "It localises: says of an output that is a matrix too many that it is one, "
    "before any number is compared.",
    "shape/step": "It localises: a subject that only steps has no gradients whose shapes could be "
    "looked at.",
    "forward/outputs": "It localises: where the outputs are wrong, the forward pass or the adapter "
    "is to blame, and every law about gradients waits for it.",
    "bp1/derivative-not-cost": "It needs no oracle: the output error is compared with itself for "
    "other targets.",
    "bp1/output-error": "It localises: says that the first of the four equations is wrong.",
    "bp2/hidden-error": "It localises: takes the subject's own delta of the layer behind, and says "
    "in which layer the second equation goes wrong.",
    "bp3/bias-gradient": "It localises: db and dW disagree about the same delta, and db is wrong.",
    "bp4/weight-gradient": "It localises: dW is not the product of any delta with the activations.",
    "gradient/check": "It is the only one that compares every element of every gradient, mean and "
    "penalty included; the others say where.",
    "gradient/exact": "It allows no rounding: where numbers are exact, an error of one unit in the "
    "last place is seen, in any layer and size.",
    "batch/mean": "It needs no oracle: the batch is compared with its own samples.",
    "batch/order": "It needs no oracle: the same samples in another order.",
    "purity/repeatable": "It needs no oracle, and is judged first: the same question twice.",
    "step/biases-not-decayed": "It needs no oracle, and it localises: the penalty has reached the "
    "biases.",
    "step/lockstep": "It sees what one step leaves behind for the next, such as a buffer that is "
    "updated late.",
    "symmetry/hidden-units": "It needs no oracle: the same units in another order.",
    "symmetry/duplicate-sample": "It needs no oracle: every sample twice.",
    "symmetry/relu-homogeneity": "It needs no oracle: a unit doubled, the weights behind it halved.",
    "evaluation/predictions": "It localises: the classes are wrong before they are counted.",
    "evaluation/permuted-samples": "It needs no oracle: the same samples in another order.",
    "evaluation/permuted-classes": "It needs no oracle: the same classes in another order.",
    "evaluation/count-adds-up": "It needs no oracle, and asks for nothing but a count: the only "
    "thing some networks offer.",
    "extremes/saturated": "It grades: who is right on moderate numbers and breaks this is "
    "numerically unstable, not wrong.",
    "extremes/cost": "It grades: as the law before, for the cost.",
    "initialisation/symmetry-broken": "It needs no declared scheme: units that begin alike are "
    "wrong in every one.",
}
"""Why a law is there that catches nothing alone."""

Asked = tuple[tuple[Problem, Expected], ...]
"""What a law asks about one problem, with what is expected."""


@dataclass(frozen=True)
class Matrix:
    """With how many seeds each law caught each mistake, and which it only catches made otherwise.

    `caught` is keyed by the slug of a mistake and the id of a law; what is absent is 0.
    """

    seeds: int
    caught: Mapping[tuple[str, str], int]
    otherwise: frozenset[tuple[str, str]]

    def laws_that_catch(self, slug: str) -> list[str]:
        """Return the laws that ever object to the usual way of making a mistake."""
        return [law for (bug, law), count in self.caught.items() if bug == slug and count]

    def only_by(self, law: str) -> list[str]:
        """Return the mistakes that no other law objects to, in the usual way of making them."""
        return [slug for slug in BUGS if self.laws_that_catch(slug) == [law]]


def computed(slugs: Iterable[str], seeds: int) -> Matrix:
    """Judge mistakes by every law."""
    bugs = [BUGS[slug] for slug in slugs]
    laws = load_laws()
    caught: dict[tuple[str, str], int] = {}
    otherwise: set[tuple[str, str]] = set()
    for seed in range(seeds):
        suites = Suites(seed)
        for bug in bugs:
            for law in suites.objecting(bug, bug.mechanics, laws):
                caught[bug.slug, law.id] = caught.get((bug.slug, law.id), 0) + 1
            if seed == 0:
                silent = [law for law in laws if (bug.slug, law.id) not in caught]
                for mechanics in bug.realisations[1:]:
                    found = suites.objecting(bug, mechanics, silent)
                    otherwise |= {(bug.slug, law.id) for law in found}
    return Matrix(seeds, caught, frozenset(otherwise - caught.keys()))


class Suites:
    """The fixed problems of one seed, what each law asks about them, and the trusted answers."""

    def __init__(self, seed: int) -> None:
        """Ask nothing yet."""
        self.seed = seed
        self._asked: dict[str, list[Asked]] = {}
        self._expected: dict[str, tuple[Problem, Expected]] = {}

    def objecting(self, bug: Bug, mechanics: Mechanics, laws: Iterable[Law]) -> list[Law]:
        """Return the laws that object to somebody who answers by these mechanics."""
        subject = Simulated(mechanics)
        answers: dict[int, Answer] = {}
        return [law for law in laws if self._objects(law, bug, subject, answers)]

    def _objects(
        self, law: Law, bug: Bug, subject: Simulated, answers: dict[int, Answer]
    ) -> bool:
        for asked in self._questions(law):
            if not any(bug.applies(problem) for problem, _ in asked):
                continue
            exchanges: list[Exchange] = []
            for problem, expected in asked:
                if id(problem) not in answers:
                    answers[id(problem)] = subject.answer(problem)
                exchanges.append(Exchange(problem, answers[id(problem)], expected))
            try:
                law.judge(exchanges)
            except Deviation:
                return True
        return False

    def _questions(self, law: Law) -> list[Asked]:
        if law.id not in self._asked:
            self._asked[law.id] = list(self._asking(law))
        return self._asked[law.id]

    def _asking(self, law: Law) -> Iterator[Asked]:
        for head in HEADS:
            for problem in suite(law.suite, head, self.seed):
                # Initialisation is only judged against a declared scheme.
                declared = replace(problem, initializer="he") if "init" in law.id else problem
                if asked := law.questions(declared):
                    yield tuple(map(self._once, asked))

    def _once(self, problem: Problem) -> tuple[Problem, Expected]:
        """Return the same object for the same question, so that it is answered once."""
        key = dumps(problem_to_json(problem))
        if key not in self._expected:
            self._expected[key] = problem, expect(problem)
        return self._expected[key]


def rendered(matrix: Matrix) -> str:
    """Write the document."""
    laws = load_laws()
    numbers = {law.id: number for number, law in enumerate(laws, start=1)}
    lines = [
        "# Which law catches which mistake",
        "",
        f"Generated by `make matrix` from {matrix.seeds} seeds; do not edit. Every mistake of the "
        "catalogue, as people most often make it, is judged by every law on its fixed suite, for "
        "every head to which the mistake applies. A cell says with how many seeds the law objects:",
        "",
        f"- {ALWAYS} with every one of the {matrix.seeds}; a number: with so many; empty: never;",
        f"- {OTHERWISE} with none, but it does if the mistake is made in another way that the "
        "catalogue knows;",
        f"- **bold**: the law that is aimed at this mistake. It is {ALWAYS} in every row.",
        "",
        "Here each law is judged by itself. In a check a law waits for those that it follows: what "
        "breaks the forward pass is not reported as broken gradients as well.",
        "",
        "## The laws",
        "",
        "| no. | law | catches | only this law catches, or why it is kept |",
        "| --- | --- | --- | --- |",
        *(_law_row(matrix, law, numbers[law.id]) for law in laws),
    ]
    for group, bugs in groupby(BUGS.values(), key=lambda bug: bug.group):
        lines += ["", f"## {group[0].upper()}{group[1:]}", "", *_table(matrix, list(bugs), laws)]
    return "\n".join(lines) + "\n"


def _law_row(matrix: Matrix, law: Law, number: int) -> str:
    only = matrix.only_by(law.id)
    catches = sum(1 for (_, other), count in matrix.caught.items() if other == law.id and count)
    if only:
        reason = ", ".join(f"`{slug}`" for slug in only)
    elif law.id in KEPT:
        reason = KEPT[law.id]
    else:
        raise LookupError(f"{law.id} catches nothing alone: say in KEPT why it is kept")
    return f"| {number} | `{law.id}` | {catches} | {reason} |"


def _table(matrix: Matrix, bugs: Sequence[Bug], laws: Sequence[Law]) -> list[str]:
    """Return the rows of a group, with a column for each law that objects to any of them."""
    shown = [
        (number, law)
        for number, law in enumerate(laws, start=1)
        if any(_cell(matrix, bug, law) for bug in bugs)
    ]
    head = " | ".join(str(number) for number, _ in shown)
    rows = [f"| mistake | {head} |", "| --- |" + " :-: |" * len(shown)]
    for bug in bugs:
        cells = " | ".join(_cell(matrix, bug, law) for _, law in shown)
        rows.append(f"| `{bug.slug}` | {cells} |")
    return rows


def _cell(matrix: Matrix, bug: Bug, law: Law) -> str:
    key = bug.slug, law.id
    count = matrix.caught.get(key, 0)
    text = ALWAYS if count == matrix.seeds else str(count) if count else NEVER
    if key in matrix.otherwise:
        text = OTHERWISE
    return f"**{text}**" if bug.aimed_at == law.id else text


def parsed(document: str) -> Matrix:
    """Read a document back. Raises ValueError where it is none of this form."""
    lines = document.splitlines()
    seeds = int(document.partition(" seeds;")[0].rpartition(" ")[2])
    ids = [law.id for law in load_laws()]
    caught: dict[tuple[str, str], int] = {}
    otherwise: set[tuple[str, str]] = set()
    columns: list[str] = []
    for line in lines:
        first, *cells = [cell.strip().strip("*") for cell in line.strip("|").split("|")]
        if first == "mistake":
            columns = [ids[int(number) - 1] for number in cells]
        elif columns and first.startswith("`"):
            for law, cell in zip(columns, cells, strict=True):
                if cell == OTHERWISE:
                    otherwise.add((first.strip("`"), law))
                elif cell != NEVER:
                    caught[first.strip("`"), law] = seeds if cell == ALWAYS else int(cell)
    return Matrix(seeds, caught, frozenset(otherwise))


def main() -> int:
    """Write the document, or check it; return the exit status."""
    parser = argparse.ArgumentParser(description="Which law catches which mistake.")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    text = rendered(computed(BUGS, arguments.seeds))
    if not arguments.check:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"wrote {DOCUMENT}")
        return 0
    same = DOCUMENT.read_text(encoding="utf-8") == text
    print("as committed" if same else f"{DOCUMENT} is out of date: run make matrix")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
