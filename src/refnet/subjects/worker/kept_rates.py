"""Where a network keeps its learning rate, if no function takes it, and how another is put there.

Lives here: `rate_of` and `put_rate`. They know customary names and optimisers, nothing of steps.
"""

from collections.abc import Iterator
from typing import Any

from refnet.subjects.worker.customary import MORE_RATES
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import is_row
from refnet.subjects.worker.workbench import Bench

_GROUPS = "param_groups"
"""Where PyTorch's optimisers keep learning rates: in dictionaries, one for each group."""


def rate_of(bench: Bench) -> str:
    """Find where a network keeps its learning rate: an attribute, its optimiser's, or a global.

    That of an attribute begins with a full stop, as ".optimizer.lr"; "" where there is none.
    """
    if not isinstance(bench.owner, dict | list):
        return next(_in_attributes(bench.owner), "")
    if bench.is_data:
        return next((name for name in MORE_RATES if _is_rate(bench.module, name)), "")
    return ""


def _in_attributes(owner: Any) -> Iterator[str]:
    yield from (f".{name}" for name in MORE_RATES if _is_rate(owner, name))
    held = getattr(owner, "optimizer", None)
    yield from (f".optimizer.{name}" for name in MORE_RATES if _is_rate(held, name))
    for name, value in items_of(owner):
        if is_row(getattr(value, _GROUPS, None)):
            yield f".{name}.{_GROUPS}"
    called = [name for name, value in items_of(owner) if isinstance(value, float)]
    rates = [name for name in called if "rate" in name.lower()]
    if len(rates) == 1:
        yield f".{rates[0]}"


def _is_rate(holder: Any, name: str) -> bool:
    return isinstance(getattr(holder, name, None), float | int)


def put_rate(bench: Bench, place: str, rate: float) -> None:
    """Put a learning rate where `rate_of` has found one."""
    holder: Any = bench.owner if place.startswith(".") else bench.module
    *path, last = place.strip(".").split(".")
    for name in path:
        holder = getattr(holder, name)
    if last != _GROUPS:
        setattr(holder, last, rate)
        return
    for group in holder.param_groups:
        group["lr"] = rate
