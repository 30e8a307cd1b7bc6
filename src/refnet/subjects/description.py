"""What a subject says of itself, as JSON: the answer to "hello".

Lives here: both directions of it. It knows the JSON of values and the form of a Description.

    {"refnet": 1, "style": "...", "capabilities": {"parts": ["outputs", "gradients"], ...},
     "conventions": {"gradients": "sum"}, ...}

Everything but `refnet` and `capabilities.parts` may be left out.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final, get_args

from refnet.errors import SubjectError
from refnet.json_values import JSON, Reader, in_one_line
from refnet.problem import PARTS, Part
from refnet.subjects.protocol import (
    Capabilities,
    Convention,
    Description,
    Head,
    Origin,
    PrecisionName,
)

VERSION: Final = 1
"""The version of the protocol: what both sides must agree on."""

MOST_PARAMETERS = 2**22
"""Of a network whose sizes are fixed: at 16 bytes a number, its gradients are the longest line that
is read (process.py)."""

MOST_LAYERS = 100
"""Far beyond what anybody writes from scratch; a problem has to be drawn for each."""

_FIELDS = (
    "refnet",
    "style",
    "capabilities",
    "precision",
    "l2_declared",
    "conventions",
    "settled",
    "notes",
    "learning_rate",
    "trains",
)
_CAPABILITIES = (
    "parts",
    "heads",
    "one_sample",
    "without_l2",
    "labelled",
    "without_biases",
    "sizes",
    "depth",
)
_HEAD = ("hidden", "output", "cost")
_SETTLED = ("key", "value", "origin", "note")


def description_to_json(description: Description) -> dict[str, JSON]:
    """Turn a description into JSON, every field written."""
    able = description.capabilities
    return {
        "refnet": VERSION,
        "style": description.style,
        "capabilities": {
            "parts": _sorted(able.parts),
            "heads": [
                {"hidden": head.hidden, "output": head.output, "cost": head.cost}
                for head in able.heads
            ],
            "one_sample": _sorted(able.one_sample),
            "without_l2": _sorted(able.without_l2),
            "labelled": _sorted(able.labelled),
            "without_biases": able.without_biases,
            "sizes": None if able.sizes is None else list(able.sizes),
            "depth": able.depth,
        },
        "precision": description.precision,
        "l2_declared": description.l2_declared,
        "conventions": dict(description.declared),
        "settled": [
            {"key": made.key, "value": made.value, "origin": made.origin, "note": made.note}
            for made in description.conventions
        ],
        "notes": list(description.notes),
        "learning_rate": description.learning_rate,
        "trains": description.trains,
    }


def description_from_json(data: object) -> Description:
    """Make a description of JSON. Raises SubjectError naming the field that is malformed."""
    reader = Reader("hello", SubjectError, SubjectError)
    found = _present(reader.mapping(data, "", _FIELDS))
    if found.get("refnet") != VERSION:
        raise reader.refusal(
            "refnet", found.get("refnet"), f"{VERSION}", "speak this version of the protocol"
        )
    precision = _one_of(reader, found.get("precision", "float64"), "precision", PrecisionName)
    settled = reader.sequence(found.get("settled", []), "settled")
    declared = reader.mapping(found.get("conventions", {}), "conventions", _Anything())
    return Description(
        style=in_one_line(reader.text(found.get("style", "program"), "style")),
        capabilities=_capabilities(reader, found.get("capabilities")),
        precision="float32" if precision == "float32" else "float64",
        l2_declared=_truth(reader, found.get("l2_declared", False), "l2_declared"),
        conventions=tuple(
            _convention(reader, item, f"settled[{i}]") for i, item in enumerate(settled)
        ),
        notes=tuple(map(in_one_line, reader.texts(found.get("notes", []), "notes"))),
        declared=MappingProxyType(
            {key: reader.text(value, f"conventions.{key}") for key, value in declared.items()}
        ),
        learning_rate=_rate(reader, found.get("learning_rate")),
        trains=_truth(reader, found.get("trains", False), "trains"),
    )


class _Anything(tuple[str, ...]):
    """Holds every key: which conventions there are is not known here."""

    __slots__ = ()

    def __contains__(self, _key: object) -> bool:
        return True


def _capabilities(reader: Reader, data: object) -> Capabilities:
    found = _present(reader.mapping(data, "capabilities", _CAPABILITIES))
    sizes = found.get("sizes")
    depth = found.get("depth")
    heads = reader.sequence(found.get("heads", []), "capabilities.heads")
    return Capabilities(
        parts=_parts(reader, found.get("parts"), "parts"),
        heads=tuple(
            _head(reader, item, f"capabilities.heads[{i}]") for i, item in enumerate(heads)
        ),
        one_sample=_parts(reader, found.get("one_sample", []), "one_sample"),
        without_l2=_parts(reader, found.get("without_l2", []), "without_l2"),
        labelled=_parts(reader, found.get("labelled", []), "labelled"),
        without_biases=_truth(
            reader, found.get("without_biases", False), "capabilities.without_biases"
        ),
        sizes=None if sizes is None else _sizes(reader, sizes),
        depth=None if depth is None else _depth(reader, depth),
    )


def _parts(reader: Reader, value: object, name: str) -> frozenset[Part]:
    texts = reader.texts(value, f"capabilities.{name}")
    unknown = [text for text in texts if text not in PARTS]
    if unknown:
        raise reader.refusal(
            f"capabilities.{name}", unknown[0], f"some of {', '.join(PARTS)}", "check the spelling"
        )
    return frozenset(part for part in PARTS if part in texts)


def _sizes(reader: Reader, value: object) -> tuple[int, ...]:
    field = "capabilities.sizes"
    sizes = tuple(
        _at_least_1(reader, item, f"{field}[{i}]")
        for i, item in enumerate(reader.sequence(value, field))
    )
    if len(sizes) < 2:
        raise reader.refusal(field, list(sizes), "an input and an output layer", "count the input")
    _depth(reader, len(sizes) - 1)
    parameters = sum((fan_in + 1) * units for fan_in, units in pairwise(sizes))
    if parameters > MOST_PARAMETERS:
        raise reader.refusal(
            field, list(sizes), f"at most {MOST_PARAMETERS} parameters", "judge a smaller network"
        )
    return sizes


def _depth(reader: Reader, value: object) -> int:
    field = "capabilities.depth"
    depth = _at_least_1(reader, value, field)
    if depth > MOST_LAYERS:
        raise reader.refusal(field, depth, f"at most {MOST_LAYERS}", "judge a smaller network")
    return depth


def _at_least_1(reader: Reader, value: object, field: str) -> int:
    number = reader.integer(value, field)
    if number < 1:
        raise reader.refusal(field, number, "at least 1", "leave it out where it is free")
    return number


def _head(reader: Reader, value: object, field: str) -> Head:
    found = reader.mapping(value, field, _HEAD)
    hidden, output, cost = (reader.text(found.get(name), f"{field}.{name}") for name in _HEAD)
    return Head(hidden, output, cost)


def _convention(reader: Reader, value: object, field: str) -> Convention:
    found = reader.mapping(value, field, _SETTLED)
    origin = _one_of(reader, found.get("origin"), f"{field}.origin", Origin)
    known: Mapping[str, Origin] = {name: name for name in get_args(Origin)}
    return Convention(
        reader.text(found.get("key"), f"{field}.key"),
        reader.text(found.get("value"), f"{field}.value"),
        known[origin],
        reader.text(found.get("note", ""), f"{field}.note"),
    )


def _one_of(reader: Reader, value: object, field: str, kind: object) -> str:
    names: tuple[str, ...] = get_args(kind)
    text = reader.text(value, field)
    if text not in names:
        raise reader.refusal(field, text, f"one of {', '.join(names)}", "check the spelling")
    return text


def _rate(reader: Reader, value: object) -> float | None:
    if value is None:
        return None
    rate = reader.number(value, "learning_rate")
    if not 0.0 < rate < math.inf:
        raise reader.refusal(
            "learning_rate", value, "a number above 0", "leave it out where there is none"
        )
    return rate


def _truth(reader: Reader, value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise reader.refusal(field, value, "true or false", "without quotation marks")
    return value


def _sorted(parts: frozenset[Part]) -> list[JSON]:
    return [part for part in PARTS if part in parts]


def _present(found: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if value is not None}
