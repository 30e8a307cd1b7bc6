"""The arguments of `refnet check`, and what they choose.

Lives here: `add_check_arguments` and `options_of`. It knows text, nothing of judging.
"""

import argparse
import math
from collections.abc import Mapping

from refnet.errors import ArgumentError
from refnet.options import TIMEOUT, Options

_FILES = (
    ("--json", "also write the report as JSON; with - it goes to standard output and nothing else"),
    ("--junit", "also write the report as JUnit XML, a test case per law"),
    ("--html", "also write the report as one HTML file that needs nothing else"),
    ("--summary", "also write the verdicts on several networks, as .csv or .json"),
)


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all of them, in groups."""
    parser.add_argument(
        "subjects",
        metavar="SUBJECT",
        nargs="*",
        help="FILE.py, FILE.py:Name or package.module:Name of a class, or a folder of files",
    )
    parser.add_argument(
        "--command",
        dest="program",
        metavar="COMMAND",
        help="judge a program in any language that speaks JSON lines (docs/protocol.md)",
    )
    _add_choices(parser)
    _add_conditions(parser)
    _add_expectations(parser)
    group = parser.add_argument_group("where the report goes")
    for option, text in _FILES:
        group.add_argument(option, metavar="FILE", help=text)
    group.add_argument(
        "--examples",
        type=_count,
        default=1,
        metavar="N",
        help="show N smallest failing examples, of different laws (default: 1)",
    )


def _add_choices(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is judged")
    group.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="LAW[,LAW...]",
        help="judge these laws alone: ids, or how ids begin, as bp2 or step/update",
    )
    group.add_argument(
        "--declare",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="hold the network to a convention in the place of inferring it, as cost=quadratic",
    )
    group.add_argument(
        "--seed",
        type=_count,
        default=0,
        metavar="N",
        help="number from which the problems are drawn (default: 0)",
    )


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it is run")
    group.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"time the network has for all its answers (default: {TIMEOUT:g})",
    )
    group.add_argument(
        "--python", default="", metavar="PATH", help="the interpreter that the network runs in"
    )
    group.add_argument(
        "--in-process",
        action="store_true",
        help="judge in this very process, for a debugger: without time-out and protection",
    )
    group.add_argument(
        "--no-training",
        dest="training",
        action="store_false",
        help="do not train the network shortly on drawn digits to see what ails it",
    )
    group.add_argument(
        "--jobs",
        type=_at_least_1,
        metavar="N",
        help="judge N networks at a time, where there are several (default: one per processor)",
    )


def _add_expectations(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what counts as a failure")
    group.add_argument(
        "--accept-unstable",
        action="store_true",
        help="exit with 0 for a network that is numerically unstable and otherwise right",
    )
    group.add_argument(
        "--expect-broken",
        action="append",
        default=[],
        metavar="LAW=REASON",
        help="exit with 0 if this law is broken, and no other; with 1 if it is not broken",
    )


def options_of(arguments: argparse.Namespace) -> Options:
    """Return what was chosen. Raises ArgumentError for what cannot be meant."""
    only = [name.strip() for text in arguments.only for name in text.split(",")]
    return Options(
        seed=arguments.seed,
        timeout=arguments.timeout,
        declare=_pairs(arguments.declare, "--declare", "KEY=VALUE"),
        only=tuple(only),
        examples=arguments.examples,
        expect_broken=_pairs(arguments.expect_broken, "--expect-broken", "LAW=REASON"),
        accept_unstable=arguments.accept_unstable,
        in_process=arguments.in_process,
        python=arguments.python,
        training=arguments.training,
    )


def _pairs(texts: list[str], option: str, form: str) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not (key and equals and value):
            raise ArgumentError(f"{option}: got {text!r}; expected {form}; put an = between them")
        if key in pairs:
            raise ArgumentError(
                f"{option}: got {key!r} twice; expected each once; leave one of them out"
            )
        pairs[key] = value
    return pairs


def _integer(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected an integer of at least {least}")
    return number


def _count(text: str) -> int:
    return _integer(text, 0)


def _at_least_1(text: str) -> int:
    return _integer(text, 1)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a number of seconds above 0")
    return seconds
