"""How often the diagnosis is right: docs/diagnosis.md, generated.

    python tools/diagnosis.py [--heads N] [--pairs N] [--seed N] [--jobs N] [--fresh] [--check]

Networks in three styles of code (mistaken_code.py) are judged as `refnet check` judges them, in
this process: each mistake in every way that somebody wrote it down, in both precisions, for N heads
drawn from those to which it applies; then N random pairs of mistakes of which each shows alone.
Every verdict is kept in .diagnosis.jsonl at once, so that a campaign goes on where it was stopped;
where the sources have changed since, it starts anew. With --check nothing is judged or written: the
exit status is 1 where the document is not what the verdicts kept come to.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import cache, partial
from hashlib import sha256
from itertools import islice, product
from pathlib import Path

import numpy as np

from diagnosis_document import Record, rendered
from mistaken_code import FOLDER, PRECISIONS, STYLES, DoesNotFitError, Mistaken, styles
from refnet.bugs import BUGS
from refnet.choices import HEADS
from refnet.conformance import blank_report, judge
from refnet.declarations import declared
from refnet.errors import DataError
from refnet.law import load_laws
from refnet.subjects.opening import open_in_process
from refnet.subjects.protocol import Head
from refnet.suite import suite

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "diagnosis.md"
KEPT = ROOT / ".diagnosis.jsonl"
SCHEME = {"initializer": "he"}
"""What every network is held to: otherwise no scheme of its first weights could be wrong."""


@cache
def applies(slug: str, head: Head) -> bool:
    """Tell whether a mistake can show in anything that is asked of a network with this head."""
    for law in load_laws():
        for problem in suite(law.suite, head, 0):
            fresh = law.suite == "initialisation"
            held = replace(problem, initializer=SCHEME["initializer"]) if fresh else problem
            if any(map(BUGS[slug].applies, law.questions(held))):
                return True
    return False


def singles(heads: int, seed: int) -> Iterator[Mistaken]:
    """Yield a network for every way to make a mistake, both precisions and so many heads."""
    generator = np.random.default_rng([seed, 1])
    for style in styles().values():
        for slug, ways in style.ways.items():
            fitting = [head for head in HEADS if applies(slug, head)]
            for way, precision in product(range(len(ways)), PRECISIONS):
                places: list[int] = generator.permutation(len(fitting))[:heads].tolist()
                for at in places:
                    yield Mistaken(style, ((slug, way),), fitting[at], precision)


def pairs(seed: int) -> Iterator[Mistaken]:
    """Yield networks with two mistakes that apply to their head and are in different places."""
    generator = np.random.default_rng([seed, 2])
    while True:
        style = styles()[STYLES[int(generator.integers(len(STYLES)))]]
        head = HEADS[int(generator.integers(len(HEADS)))]
        precision = PRECISIONS[int(generator.integers(2))]
        slugs = sorted(slug for slug in style.ways if applies(slug, head))
        places: list[int] = generator.permutation(len(slugs))[:2].tolist()
        chosen = [slugs[at] for at in places]
        made = [(slug, int(generator.integers(len(style.ways[slug])))) for slug in chosen]
        network = Mistaken(style, tuple(made), head, precision)
        try:
            compile(network.source, network.name, "exec")
        except (DoesNotFitError, SyntaxError):
            continue
        yield network


def judged(network: Mistaken) -> Record:
    """Judge a network as `refnet check` does, but for the example that is shown."""
    started = time.process_time()
    with open_in_process(network.made()) as opened:
        held_to = declared(SCHEME, "declare")
        report = judge(opened, load_laws(), blank_report(network.name), 0, held_to)
    record = Record(
        network.name,
        network.style.name,
        network.precision,
        network.slugs,
        report.verdict,
        report.diagnosis.certainty,
        report.diagnosis.bugs,
        round(time.process_time() - started, 2),
        pairs=report.diagnosis.pairs,
    )
    if len(network.mistakes) == 1 or record.outcome == "both":
        return record
    alone = (replace(network, mistakes=(mistake,)) for mistake in network.mistakes)
    return replace(record, shows=all(judged(each).verdict != "conforms" for each in alone))


def state() -> str:
    """Return a digest of everything on which verdicts rest."""
    code = (path for place in ("src/refnet", "properties") for path in (ROOT / place).rglob("*.py"))
    paths = [*sorted(code), *sorted(FOLDER.iterdir())]
    return sha256(b"".join(path.read_bytes() for path in paths if path.is_file())).hexdigest()


def begin(digest: str) -> None:
    """Forget the verdicts of earlier campaigns, and keep those that rest on these sources."""
    KEPT.write_text(json.dumps(digest) + "\n", encoding="utf-8")


def kept(digest: str) -> dict[str, Record]:
    """Read the verdicts of an earlier campaign with the same sources, none if it had others."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    if not lines or json.loads(lines[0]) != digest:
        return {}
    found: dict[str, Record] = {}
    for line in lines[1:]:
        fields = json.loads(line)
        fields |= {key: tuple(fields[key]) for key in ("mistakes", "named")}
        fields["pairs"] = tuple(tuple[str, ...](pair) for pair in fields["pairs"])
        found[fields["name"]] = Record(**fields)
    return found


def campaign(networks: Iterable[Mistaken], known: dict[str, Record], jobs: int) -> Iterator[Record]:
    """Yield a record of each network, those that are known without judging them again."""
    with ProcessPoolExecutor(jobs) as pool:
        iterator = iter(networks)
        while batch := list(islice(iterator, 8 * jobs)):
            new = [network for network in batch if network.name not in known]
            for record in pool.map(judged, new):
                known[record.name] = record
                with KEPT.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(record)) + "\n")
            yield from (known[network.name] for network in batch)


def recalled(networks: Iterable[Mistaken], known: dict[str, Record]) -> Iterator[Record]:
    """Yield the record of each network. Raises DataError where there is none."""
    for network in networks:
        if network.name not in known:
            raise DataError(
                f"{KEPT}: got no verdict on {network.name}; expected one that rests on the sources "
                "as they are; run make diagnosis"
            )
        yield known[network.name]


def shown(records: Iterable[Record], count: int) -> list[Record]:
    """Return the first pairs of which each mistake shows alone."""
    return list(islice((record for record in records if record.shows), count))


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge what is not judged yet, and write the document; return the exit status."""
    parser = argparse.ArgumentParser(description="How often the diagnosis is right.")
    parser.add_argument("--heads", type=int, default=1, help="heads for each mistake (1)")
    parser.add_argument("--pairs", type=int, default=300, help="random pairs (300)")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--fresh", action="store_true", help="forget earlier verdicts")
    parser.add_argument("--check", action="store_true", help="compare, judge and write nothing")
    chosen = parser.parse_args(arguments)
    digest = state()
    known = {} if chosen.fresh else kept(digest)
    judge_all = partial(campaign, known=known, jobs=chosen.jobs)
    if chosen.check:
        judge_all = partial(recalled, known=known)
    elif not known:
        begin(digest)
    try:
        ones = list(judge_all(singles(chosen.heads, chosen.seed)))
        twos = shown(judge_all(pairs(chosen.seed)), chosen.pairs)
    except DataError as error:
        print(error)
        return 1
    text = rendered(ones, twos, chosen.seed)
    if chosen.check:
        same = DOCUMENT.read_text(encoding="utf-8") == text
        print("as committed" if same else f"{DOCUMENT} is out of date: run make diagnosis")
        return 0 if same else 1
    false = Counter(record.outcome for record in (*ones, *twos))["false"]
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"wrote {DOCUMENT}: {false} false names")
    return 0 if false == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
