"""Where a network keeps its learning rate, if no function takes it, and how another is put there.

Lives here: `rate_of` and `put_rate`. They know customary names and optimisers, nothing of steps.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import is_dataclass
from types import CodeType
from typing import Any, cast

from refnet.subjects.worker.customary import FIRST_RATES, MORE_RATES
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import is_mapping, is_number, is_row
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
    yield from _in_settings(owner)


def _in_settings(owner: Any) -> Iterator[str]:
    """Yield learning rates among settings that a network keeps, and that its methods read there.

    One that no method reads is for something else, or has been copied to where it is read.
    """
    kind: type = owner.__class__
    words = _words_of(kind)
    for name, held in items_of(owner):
        if not isinstance(name, str) or not _is_settings(held):
            continue
        keys = dict(items_of(held))
        for rate in MORE_RATES:
            if rate in words and is_number(keys.get(rate)):
                yield f".{name}.{rate}"


_SETTINGS = ("SimpleNamespace", "Namespace")
"""Types that hold settings, whoever fills them; those of dataclasses do so, too."""


def _is_settings(value: Any) -> bool:
    """Tell whether this holds settings: numbers and texts, and no parameters."""
    kind: type = value.__class__
    if kind is not dict and kind.__name__ not in _SETTINGS and not is_dataclass(kind):
        return False
    return not any(hasattr(held, "shape") for _, held in items_of(value))


def _words_of(kind: type) -> set[str]:
    """Collect what the methods of a class name, by attribute or by key, but for its constructor."""
    methods = {name: held for each in reversed(kind.__mro__) for name, held in vars(each).items()}
    codes = [
        getattr(getattr(held, "__func__", held), "__code__", None)
        for name, held in methods.items()
        if name != "__init__"
    ]
    words: set[str] = set()
    while codes:
        code = codes.pop()
        if isinstance(code, CodeType):
            words.update(code.co_names, (each for each in code.co_consts if isinstance(each, str)))
            codes.extend(each for each in code.co_consts if isinstance(each, CodeType))
    return words


def _is_rate(holder: Any, name: str) -> bool:
    return isinstance(getattr(holder, name, None), float | int)


def put_rate(bench: Bench, place: str, rate: float) -> None:
    """Put a learning rate where `rate_of` has found one."""
    holder: Any = bench.owner if place.startswith(".") else bench.module
    *path, last = place.strip(".").split(".")
    for name in path:
        holder = holder[name] if is_mapping(holder) else getattr(holder, name)
    if last != _GROUPS:
        _put(holder, last, rate)
        # A rate that decays is worked out from the first one, maybe before the step is taken.
        for name in FIRST_RATES if place.startswith(".") else ():
            if name != last and _is_rate(holder, name):
                _put(holder, name, rate)
        return
    for group in holder.param_groups:
        group["lr"] = rate


def _put(holder: Any, name: str, value: float) -> None:
    if is_mapping(holder):
        cast("MutableMapping[str, Any]", holder)[name] = value
    elif is_dataclass(holder):
        object.__setattr__(holder, name, value)  # settings may be frozen
    else:
        setattr(holder, name, value)
