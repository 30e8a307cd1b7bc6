"""Numbers and arrays as JSON values, exactly, and what is said about values that are none.

Lives here: JSON itself on one line, the writing of floats and arrays, and a Reader that takes
parsed JSON apart and names the field at fault. It knows arrays and errors, nothing of problems.

An array is nested lists of numbers, row by row: a column is [[1.0], [2.0]], a plain number an
array of rank 0; an array without elements, whose shape nested lists would lose, is
{"shape": [0, 3]}. Between processes of refnet's own a large array is packed: its bytes, little
endian, row by row, in base 64, as {"shape": [30, 784], "float64": "..."}.

A float is written with as many digits as bring the same float back (-0.0 and
subnormal numbers too); NaN and the infinities are the strings "NaN", "Infinity", "-Infinity",
because JSON has no numbers for them, and a bare NaN is refused. Integers may stand for floats;
booleans and other strings may not.
"""

import base64
import math
from collections.abc import Collection, Mapping
from contextlib import suppress

# By name: what a subject puts in the place of json.dumps must not be what a worker speaks with.
from json import dumps as _dumps
from json import loads as _loads
from types import MappingProxyType
from typing import TypeAlias, cast

import numpy as np

from refnet.arrays import FloatArray
from refnet.errors import ArgumentError, RefnetError, ShapeError, SubjectError

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
"""Whatever JSON can say."""

NOT_FINITE: Mapping[str, float] = MappingProxyType(
    {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
)
"""The numbers JSON lacks, by the strings that stand for them."""

# What NumPy 2 allows (NPY_MAXDIMS in ndarraytypes.h); reshape would refuse more anyway.
MAXIMUM_RANK = 64

PACKED_FROM = 256
"""Elements from which packing pays: below, nested lists are as quick, and can be read."""

_BYTES = np.dtype("<f8")

# Enough to recognise what was got, and the message still fits a line or two.
_EXCERPT = 60

# Of what others write: some messages list what was tried, hardly any is longer.
_LONGEST = 500


def dumps(value: JSON) -> str:
    """Write JSON as one line of ASCII. Raises ValueError for a bare NaN or infinity."""
    return _dumps(value, allow_nan=False, separators=(",", ":"))


def loads(line: str | bytes, blame: type[RefnetError] = SubjectError) -> JSON:
    """Read one JSON value. Raises `blame` for anything else, a bare NaN or infinity included."""

    def refuse(constant: str) -> JSON:
        raise blame(
            f'JSON: got a bare {constant}; expected the string "{constant}" in quotation marks; '
            "JSON has no such number"
        )

    try:
        return cast(JSON, _loads(line, parse_constant=refuse))
    except (ValueError, RecursionError) as error:
        if isinstance(error, RefnetError):
            raise
        raise blame(
            f"JSON: got {excerpt(line)} ({error}); expected one JSON value on one line; print "
            "nothing else where answers are read"
        ) from None


def write_number(value: float) -> JSON:
    """Turn a float into JSON: itself, or the string that stands for it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def write_array(array: FloatArray, *, packed: bool = False) -> JSON:
    """Turn an array of any shape into nested lists, an empty one into its shape.

    `packed` is for a reader that is refnet itself: large arrays are written as their bytes.
    """
    if array.size == 0:
        return {"shape": list(array.shape)}
    if packed and array.size >= PACKED_FROM:
        content = np.ascontiguousarray(array, dtype=_BYTES).tobytes()
        return {"shape": list(array.shape), "float64": base64.b64encode(content).decode("ascii")}
    nested = cast(JSON, array.tolist())
    return nested if np.isfinite(array).all() else _write_nested(nested)


def _write_nested(value: JSON) -> JSON:
    if isinstance(value, list):
        return [_write_nested(element) for element in value]
    return write_number(cast(float, value))


def excerpt(value: object) -> str:
    """Quote the beginning of what was got, for an error message."""
    # Cut before repr as well: the value may be megabytes of output.
    text = repr(value[:_EXCERPT] if isinstance(value, str | bytes) else value)
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 3] + "..."


def in_one_line(text: str) -> str:
    """Return somebody's text as it can stand in a sentence: one line, not too long, and readable.

    What cannot be printed, such as the codes that colour a terminal, becomes a question mark.
    """
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    words = " ".join(cut.split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)


class Reader:
    """Takes parsed JSON apart; every method returns what was meant or names the field at fault.

    `about` opens every message. `fault` is raised for a value, `shape_fault` for an array that
    is none: ArgumentError and ShapeError for a caller's data, SubjectError for an outsider's.
    """

    def __init__(
        self,
        about: str,
        fault: type[RefnetError] = ArgumentError,
        shape_fault: type[RefnetError] = ShapeError,
    ) -> None:
        self.about = about
        self.fault = fault
        self.shape_fault = shape_fault

    def refusal(self, field: str, got: object, expected: str, remedy: str) -> RefnetError:
        """Make the error for a value that cannot be meant; the caller raises it."""
        place = f"{self.about}: {field}" if field else self.about
        return self.fault(f"{place}: got {excerpt(got)}; expected {expected}; {remedy}")

    def mapping(self, value: object, field: str, known: Collection[str]) -> dict[str, object]:
        """Read an object that has no fields but the known ones."""
        if not isinstance(value, dict):
            raise self.refusal(field, value, "a JSON object", f"its fields: {', '.join(known)}")
        found = cast(dict[str, object], value)
        for key in found:
            if key not in known:
                raise self.refusal(
                    field, key, f"no fields but {', '.join(known)}", "check the spelling"
                )
        return found

    def sequence(self, value: object, field: str) -> list[object]:
        """Read a list."""
        if not isinstance(value, list):
            raise self.refusal(field, value, "a list", "put even a single element in brackets")
        return cast(list[object], value)

    def text(self, value: object, field: str) -> str:
        """Read a string."""
        if not isinstance(value, str):
            raise self.refusal(field, value, "a string", "put it in quotation marks")
        return value

    def texts(self, value: object, field: str) -> tuple[str, ...]:
        """Read a list of strings."""
        found = self.sequence(value, field)
        return tuple(self.text(item, f"{field}[{i}]") for i, item in enumerate(found))

    def integer(self, value: object, field: str) -> int:
        """Read an integer; 3.0 and true are none."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refusal(field, value, "an integer", "write it without a decimal point")
        return value

    def number(self, value: object, field: str) -> float:
        """Read a float: a number of JSON, or one of the strings in NOT_FINITE."""
        if isinstance(value, str) and value in NOT_FINITE:
            return NOT_FINITE[value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                converted = float(value)
            except OverflowError:
                converted = math.inf
            if math.isfinite(converted):
                return converted
        raise self.refusal(
            field,
            value,
            f"a number, or one of the strings {', '.join(NOT_FINITE)}",
            "write numbers in JSON's own form and within float64, those three as strings",
        )

    def array(self, value: object, field: str) -> FloatArray:
        """Read an array of any shape."""
        if isinstance(value, dict):
            return self._by_its_shape(cast(object, value), field)
        shape = _shape(value)
        flat: list[float] = []
        self._flatten(value, shape, field, flat)
        return np.array(flat, dtype=np.float64).reshape(shape)

    def arrays(self, value: object, field: str) -> tuple[FloatArray, ...]:
        """Read a list of arrays, one per layer."""
        found = self.sequence(value, field)
        return tuple(self.array(item, f"{field}[{i}]") for i, item in enumerate(found))

    def _by_its_shape(self, value: object, field: str) -> FloatArray:
        found = self.mapping(value, field, ("shape", "float64"))
        lengths = self.sequence(found.get("shape"), f"{field}.shape")
        shape = [self.integer(item, f"{field}.shape[{i}]") for i, item in enumerate(lengths)]
        if "float64" in found:
            return self._unpacked(self.text(found["float64"], f"{field}.float64"), shape, field)
        if 0 in shape:
            with suppress(ValueError, OverflowError):  # negative, too many or too long
                return np.zeros(shape)
        raise self.refusal(
            f"{field}.shape",
            shape,
            "the shape of an array without elements: one length 0, none negative",
            "write any other array as nested lists",
        )

    def _unpacked(self, text: str, shape: list[int], field: str) -> FloatArray:
        try:
            content = base64.b64decode(text, validate=True)
            return np.frombuffer(content, dtype=_BYTES).reshape(shape).astype(np.float64)
        except ValueError:  # no base 64, half a number, another shape
            raise self.refusal(
                f"{field}.float64",
                text,
                f"the bytes of an array of shape {shape} in base 64",
                "write nested lists",
            ) from None

    def _flatten(
        self, value: object, shape: tuple[int, ...], field: str, flat: list[float]
    ) -> None:
        """Append the numbers of nested lists that have this shape, row by row."""
        if not shape and not isinstance(value, list):
            flat.append(self.number(value, field))
            return
        if not isinstance(value, list):
            raise self._ragged(field, excerpt(value), f"a list of {shape[0]}")
        level = cast(list[object], value)
        if not shape or len(level) != shape[0]:
            wanted = f"{shape[0]}" if shape else "a number"
            raise self._ragged(field, f"a list of {len(level)}", wanted)
        for i, item in enumerate(level):
            if type(item) is float and len(shape) == 1 and math.isfinite(item):
                flat.append(item)  # the common case, without the cost of naming the element
            else:
                self._flatten(item, shape[1:], f"{field}[{i}]", flat)

    def _ragged(self, field: str, got: str, expected: str) -> RefnetError:
        return self.shape_fault(
            f"{self.about}: {field}: got {got}; expected {expected}, as at the first place of the "
            "array; make all rows of an array equally long and equally deep, at most "
            f"{MAXIMUM_RANK} deep"
        )


def _shape(value: object) -> tuple[int, ...]:
    """Follow the first element of every level: it says what all the others have to be."""
    shape: list[int] = []
    while isinstance(value, list) and len(shape) < MAXIMUM_RANK:
        level = cast(list[object], value)
        shape.append(len(level))
        value = level[0] if level else None
    return tuple(shape)
