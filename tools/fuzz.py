"""Fuzz the IDX reader: `make fuzz`. A million inputs, each read by two readers that must agree.

Lives here: the run of atheris (libFuzzer for Python), which changes inputs and keeps those that
take a new way through the reader. What is compared stands in second_reader.py.

The inputs that led to something new are kept in .fuzz/ and are where the next run begins. An input
on which the readers disagree is kept there too, and ends the run with a status other than 0; run
`make fuzz OPTIONS=.fuzz/crash-...` to see it again. Every option is passed on to libFuzzer.
"""

import gzip
import importlib
import platform
import struct
import sys
from pathlib import Path

FOLDER = Path(".fuzz")
RUNS = 1_000_000
LONGEST = 512
"""Bytes of an input: a header of three dimensions, and enough behind it for several pieces."""

PACKED = ("gzip", "_compression")


def seeds() -> dict[str, bytes]:
    """Return small right files to begin with, by name, each before a byte that says how to use it.

    The bytes are those of second_reader.compose.
    """
    files = {
        f"{len(shape)}-dimensions": bytes([0, 0, 8, len(shape)])
        + struct.pack(f">{len(shape)}I", *shape)
        + bytes(range(12))
        for shape in ((12,), (3, 4), (2, 3, 2))
    }
    packed = {f"{name}-gzip": gzip.compress(file, mtime=0) for name, file in files.items()}
    as_they_are = {name: b"\0" + file for name, file in (files | packed).items()}
    return as_they_are | {f"manner-{manner}": bytes([manner, *range(20)]) for manner in range(1, 8)}


def main(arguments: list[str]) -> int:
    """Fuzz; return the exit status where that cannot be done, or else leave with libFuzzer's."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
        print(
            f"refnet: fuzz: got no atheris in {here}; expected Python 3.11 to 3.13 on Linux "
            "x86_64, for which it has wheels; use make PYTHON=/path/to/python3.13 fuzz there",
            file=sys.stderr,
        )
        return 2
    for module in PACKED:
        sys.modules.pop(module, None)  # only what is imported from here on is followed
    with atheris.instrument_imports(include=["refnet.datasets.idx", *PACKED]):
        reader = importlib.import_module("second_reader")
    files = [argument for argument in arguments if not argument.startswith("-")]
    # Files that are named are run, as often as -runs says; else what is in the folder is built on.
    usual = [] if files else [f"-runs={RUNS}", str(FOLDER)]
    given = [f"-max_len={LONGEST}", f"-artifact_prefix={FOLDER}/", *usual, *arguments]
    numbers = [option.removeprefix("-runs=") for option in given if option.startswith("-runs=")]
    runs = [1, *(int(number) for number in numbers if number.isdecimal())]
    right = 0
    counted = 0

    def once(data: bytes) -> None:
        nonlocal right, counted
        counted += 1
        right += reader.compare(reader.compose(data))
        if counted == runs[-1]:  # libFuzzer leaves without coming back
            print(f"{right:,} of {counted:,} were right files, read alike by both", flush=True)

    FOLDER.mkdir(exist_ok=True)
    for name, seed in seeds().items():
        (FOLDER / name).write_bytes(seed)
    atheris.Setup([sys.argv[0], *given], once)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
