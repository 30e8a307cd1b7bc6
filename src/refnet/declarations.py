"""What is declared about a subject: conventions it is held to, in the place of inferred ones.

Lives here: Declared, made of what the subject says of itself and of what the caller says about it.
It knows the conventions and the names of activations, costs and initializers; nothing of how any of
them is found out.

A declaration beats inference: a departure from what is declared is a mistake.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from refnet.activations import ACTIVATIONS
from refnet.conventions import Conventions
from refnet.costs import COSTS
from refnet.errors import ArgumentError, RefnetError
from refnet.initializers import INITIALIZERS
from refnet.problem import Part
from refnet.subjects.protocol import Convention, Head

LABELS = ("integers", "one-hot")
"""How a Python network's test data are labelled; a program always gets one-hot columns."""

LABELS_IN_REPORTS = "labels of test data"
"""The name of that choice where it was found out."""

_REDUCTIONS = ("mean", "sum")

CHOICES: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "hidden": tuple(name for name in ACTIVATIONS if name != "softmax"),
        "output": tuple(ACTIVATIONS),
        "cost": tuple(COSTS),
        "leaky_slope": (),
        "gradients": _REDUCTIONS,
        "step": _REDUCTIONS,
        "cost_reduction": _REDUCTIONS,
        "direction": ("gradient", "descent"),
        "factor": ("0.5", "1", "2"),
        "outputs": _REDUCTIONS,
        "l2": ("n", "m", "1", "1/2"),
        "labels": LABELS,
        "initializer": tuple(INITIALIZERS),
    }
)
"""What may be declared, and as what; the slope is a number."""

_FIELDS = {
    "gradients": "gradients",
    "step": "step",
    "cost_reduction": "cost",
    "direction": "direction",
    "factor": "factor",
    "outputs": "outputs",
    "l2": "l2",
}
"""Keys that are choices of Conventions, under their names there."""

_HEAD = ("hidden", "output", "cost")
_REMAINING = ("leaky_slope", "labels", "initializer")
"""Keys that make no convention of Conventions and no head."""


@dataclass(frozen=True)
class Declared:
    """Declared conventions by key, each a value of CHOICES."""

    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(dict[str, str]()))

    @property
    def leaky_slope(self) -> float | None:
        """The slope of leaky ReLU, None where it is not declared."""
        slope = self.values.get("leaky_slope")
        return None if slope is None else float(slope)

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields of Conventions that are declared."""
        return frozenset(name for key, name in _FIELDS.items() if key in self.values)

    @property
    def remaining(self) -> tuple[Convention, ...]:
        """What a report has to name beside activations, cost and Conventions."""
        return tuple(
            Convention(key, self.values[key], "declared")
            for key in _REMAINING
            if key in self.values
        )

    def covers(self, convention: Convention) -> bool:
        """Tell whether a convention that a subject names is one of those declared."""
        key = "labels" if convention.key == LABELS_IN_REPORTS else convention.key
        return key in self.values

    def bind(self, conventions: Conventions, offered: Collection[Part]) -> Conventions:
        """Return the conventions with every declared choice in them.

        Where gradients are read off steps, what is said of gradients is said of steps.
        """
        said = dict(self.values)
        if "gradients" not in offered and "gradients" in said:
            said.setdefault("step", said["gradients"])
        chosen: dict[str, Any] = {name: said[key] for key, name in _FIELDS.items() if key in said}
        if "factor" in chosen:
            chosen["factor"] = float(chosen["factor"])
        return replace(conventions, **chosen)

    def heads(self, found: Sequence[Head]) -> tuple[Head, ...]:
        """Return the heads found that agree with what is declared.

        Where none does, the heads that are declared with what was found of the rest; empty where
        activation and cost do not belong together.
        """
        kept = tuple(head for head in found if self._allows(head))
        if kept:
            return kept
        hidden = self._either("hidden", [head.hidden for head in found])
        output = self._either("output", [head.output for head in found])
        costs = self._either("cost", list(COSTS))
        return tuple(
            Head(inner, last, cost)
            for inner in hidden
            for last in output
            for cost in costs
            if last in COSTS[cost].partners
        )

    def heads_declared(self, said: Sequence[Head]) -> tuple[Head, ...]:
        """Return the heads to judge by: those the subject said, or that of three declarations.

        Empty where they have to be found out.
        """
        if said:
            return self.heads(said)
        if self.values.keys() >= set(_HEAD):
            hidden, output, cost = (self.values[key] for key in _HEAD)
            return (Head(hidden, output, cost),)
        return ()

    def _allows(self, head: Head) -> bool:
        return all(self.values.get(key, getattr(head, key)) == getattr(head, key) for key in _HEAD)

    def _either(self, key: str, found: Sequence[str]) -> tuple[str, ...]:
        """Return what is declared, or else what was found, each once."""
        return (self.values[key],) if key in self.values else tuple(dict.fromkeys(found))


NOTHING = Declared()


def declared(
    values: Mapping[str, str], about: str, blame: type[RefnetError] = ArgumentError
) -> Declared:
    """Take in declarations; `about` says where they come from.

    Raises `blame` for a key or a value that is unknown, and for an output activation and a cost
    that do not belong together.
    """
    for key, value in values.items():
        if key not in CHOICES:
            raise blame(
                f"{about}: got {key!r}; expected one of {', '.join(CHOICES)}; check the spelling"
            )
        if key == "leaky_slope":
            _refuse_unless_slope(value, about, blame)
        elif value not in CHOICES[key]:
            raise blame(
                f"{about}: {key}: got {value!r}; expected one of {', '.join(CHOICES[key])}; check "
                "the spelling"
            )
    if "output" in values and "cost" in values:
        _refuse_unless_partners(values["output"], values["cost"], about, blame)
    return Declared(MappingProxyType(dict(values)))


def refuse_unless_heads(heads: Iterable[Head], about: str, blame: type[RefnetError]) -> None:
    """Raise `blame` for a head whose activations or cost are unknown or do not belong together."""
    for head in heads:
        declared({key: getattr(head, key) for key in _HEAD}, about, blame)


def _refuse_unless_slope(value: str, about: str, blame: type[RefnetError]) -> None:
    try:
        slope = float(value)
    except ValueError:
        slope = math.nan
    if not 0.0 < slope < 1.0:
        raise blame(
            f"{about}: leaky_slope: got {value!r}; expected a number between 0 and 1; declare the "
            "slope for z below 0"
        )


def _refuse_unless_partners(output: str, cost: str, about: str, blame: type[RefnetError]) -> None:
    partners = COSTS[cost].partners
    if output not in partners:
        raise blame(
            f"{about}: got cost {cost} with output {output}; expected {' or '.join(partners)} "
            "outputs with it; declare what the code has"
        )
