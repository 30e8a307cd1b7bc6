"""The command line: `refnet check`, `refnet adapter`, `refnet train`, `refnet bugs`.

Lives here: which commands there are, and how an error, an interruption or a closed pipe ends them.
It knows the commands by name, nothing of what they do.

Exit status: that of the command; 2 where a command could not begin or go on, with one line on
standard error; 130 after Ctrl-C, 143 after a request to end; 141 where nobody reads the output any
more.
"""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NoReturn, Protocol, cast

from refnet import __version__
from refnet.commands import Subparsers, adapter, bugs, check, train
from refnet.errors import ArgumentError, RefnetError

COULD_NOT = 2
# As shells report a process that a signal ended: 128 and its number.
BY_SIGNAL = 128
PIPE_CLOSED = BY_SIGNAL + signal.SIGPIPE


class Command(Protocol):
    """What a module of refnet.commands offers."""

    def add_arguments(self, subparsers: Subparsers) -> None:
        """Register the command and its arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do what was asked and return the exit status."""
        ...


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {"check": check, "adapter": adapter, "train": train, "bugs": bugs}
)
"""The commands by name; each imports what is slow when it runs, not before."""


class Parser(argparse.ArgumentParser):
    """A parser that reports a mistake as every other error is reported, in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise ArgumentError in the place of printing the usage and leaving."""
        raise ArgumentError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; `argv` is what follows the program's name."""
    try:
        status = _run(argv)
        # Here and not at exit, so that a closed pipe is noticed where it can be handled.
        sys.stdout.flush()
    except RefnetError as error:
        print(f"refnet: {error}", file=sys.stderr)
        return COULD_NOT
    except MemoryError as error:
        print(
            f"refnet: got not enough memory ({error}); expected more of it; take fewer units, or "
            "end other programs",
            file=sys.stderr,
        )
        return COULD_NOT
    except KeyboardInterrupt as interruption:
        print("refnet: interrupted", file=sys.stderr)
        return BY_SIGNAL + getattr(interruption, "number", signal.SIGINT)
    except BrokenPipeError:
        # The interpreter flushes standard output once more when it ends: let it go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except SystemExit as ended:
        # rich answers a closed pipe by leaving with 1, which would read as a verdict.
        if isinstance(ended.__context__, BrokenPipeError):
            return PIPE_CLOSED
        raise
    return status


def _run(argv: Sequence[str] | None) -> int:
    parser = Parser(
        prog="refnet",
        description="A trusted reference neural network, and the judge that validates others.",
    )
    parser.add_argument("--version", action="version", version=f"refnet {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS.values():
        command.add_arguments(subparsers)
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as done:  # argparse has printed the help or the version
        return int(done.code or 0)
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return COULD_NOT
    return COMMANDS[cast(str, arguments.command)].run(arguments)
