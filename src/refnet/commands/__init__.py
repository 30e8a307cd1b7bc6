"""The commands of `refnet`, one module each, with `add_arguments(subparsers)` and `run(arguments)`.

Lives here: what a command may ask of the command line. Importing a command imports nothing heavy:
`refnet --help` imports them all.
"""

import argparse
from typing import Protocol


class Subparsers(Protocol):
    """Where a command registers itself: what `ArgumentParser.add_subparsers` returns."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's name
        """Add a command under its name and return the parser of its arguments."""
        ...
