"""Where a network keeps its learning rate, and setting it there.

Lives here: `rate_of` and `put_rate`. It knows names of attributes and global variables.
"""

from typing import Any

from refnet.subjects.worker.customary import MORE_RATES
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.workbench import Bench


def put_rate(bench: Bench, place: str, rate: float) -> None:
    """Put the learning rate where a network keeps it: ".optimizer.lr", or a global variable."""
    holder: Any = bench.owner if place.startswith(".") else bench.module
    *path, last = place.strip(".").split(".")
    for name in path:
        holder = getattr(holder, name)
    setattr(holder, last, rate)


def rate_of(bench: Bench) -> str:
    """Find where a network keeps its learning rate: an attribute, its optimiser's, or a global."""
    if not isinstance(bench.owner, dict | list):
        for prefix, holder in (
            ("", bench.owner),
            ("optimizer.", getattr(bench.owner, "optimizer", None)),
        ):
            for name in MORE_RATES:
                if isinstance(getattr(holder, name, None), float | int):
                    return f".{prefix}{name}"
        called = [name for name, value in items_of(bench.owner) if isinstance(value, float)]
        rates = [name for name in called if "rate" in name.lower()]
        if len(rates) == 1:
            return f".{rates[0]}"
    if bench.is_data:
        for name in MORE_RATES:
            if isinstance(getattr(bench.module, name, None), float | int):
                return name
    return ""
