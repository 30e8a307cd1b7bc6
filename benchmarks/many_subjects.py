"""How long many verdicts take: 300 subjects with `refnet check FOLDER`, and one of them alone.

    python benchmarks/many_subjects.py [--subjects 300]

The subjects are the examples, the networks of the tests that need NumPy alone, and the networks of
benchmarks/mistaken with one known mistake each. Each sixth of these has none, and some mistakes do
not show with the activations they meet.
Measured are the seconds that a user waits, start of the interpreter included, and those that the
processors worked, which others on the same machine do not lengthen.
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from refnet.choices import HEADS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from mistaken_code import STYLES, Mistaken, Style  # noqa: E402 - found by the line above

OF_OTHERS = ("jax_functions", "sklearn_models", "torch_module", "torch_sequential")
"""Networks of the tests that need more than NumPy."""


def sources() -> Iterator[tuple[str, str]]:
    """Yield a name and the code of a network, without end."""
    for path in (*(ROOT / "examples").glob("*.py"), *(ROOT / "tests" / "networks").glob("*.py")):
        if path.stem not in OF_OTHERS:
            yield path.stem, path.read_text(encoding="utf-8")
    styles = [Style.read(name) for name in STYLES]
    made = 0
    while True:
        for style in styles:
            for slug in style.ways:
                head = HEADS[made % len(HEADS)]
                mistakes = () if made % 6 == 0 else ((slug, 0),)
                network = Mistaken(style, mistakes, head, ("float64", "float32")[made % 2])
                made += 1
                yield f"{style.name}_{made}", network.source


def judged(folder: Path, *arguments: str) -> tuple[float, float]:
    """Run `refnet check`; return the seconds it took, and those of processor time."""
    started, worked = time.monotonic(), processor_time()
    command = [sys.executable, "-m", "refnet", "check", *arguments]
    with (folder / "log").open("w", encoding="utf-8") as log:
        subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False)
    return time.monotonic() - started, processor_time() - worked


def processor_time() -> float:
    """Return what all processes that were started and have ended worked, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Make the subjects, judge them, and print the figures."""
    parser = argparse.ArgumentParser(description="How long many verdicts take.")
    parser.add_argument("--subjects", type=int, default=300)
    count = parser.parse_args().subjects
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "subjects").mkdir()
        for number, (stem, source) in enumerate(islice(sources(), count)):
            path = folder / "subjects" / f"s{number:03d}_{stem}.py"
            path.write_text(source, encoding="utf-8")
        for example in ("right_network", "cost_for_derivative", "reversed_product"):
            seconds, worked = judged(folder, str(ROOT / "examples" / f"{example}.py"))
            print(f"{example} alone: {seconds:.1f} s ({worked:.1f} s of work)", flush=True)
        seconds, worked = judged(folder, "subjects", "--summary", "summary.csv")
        with (folder / "summary.csv").open(encoding="utf-8") as file:
            verdicts = Counter(row["verdict"] for row in csv.DictReader(file))
        told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
        print(
            f"{count} subjects: {seconds / 60.0:.1f} minutes ({worked / 60.0:.1f} of work); {told}"
        )


if __name__ == "__main__":
    main()
