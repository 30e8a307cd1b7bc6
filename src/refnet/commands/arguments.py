"""What arguments of a command line may be: whole numbers, numbers, sizes of layers.

Lives here: functions for the `type` of an argument, each with one clear refusal. It knows no
command.
"""

import argparse
import math
from collections.abc import Callable


def whole(*, at_least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers of at least this."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = at_least - 1
        if value < at_least:
            raise argparse.ArgumentTypeError(
                f"got {text!r}; expected a whole number of at least {at_least}"
            )
        return value

    return parse


def number(
    *, at_least: float = -math.inf, above: float = -math.inf, at_most: float = math.inf
) -> Callable[[str], float]:
    """Return a reader of finite numbers within these bounds."""
    expected = f"above {above:g}" if above > -math.inf else f"of at least {at_least:g}"
    if at_most < math.inf:
        expected += f" and at most {at_most:g}"

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        within = value >= at_least and value > above and value <= at_most
        if not (math.isfinite(value) and within):
            raise argparse.ArgumentTypeError(f"got {text!r}; expected a number {expected}")
        return value

    return parse


def sizes(text: str) -> tuple[int, ...]:
    """Read the sizes of one or several layers, separated by commas."""
    size = whole(at_least=1)
    return tuple(size(part) for part in text.split(","))
