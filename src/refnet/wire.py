"""The exact JSON form of a Problem and of an Answer, both ways.

Lives here: which fields they have. It knows problems, and json_values for the form of a number
and of an array; nothing of pipes or files.

A problem is written with every field, an absent one as null; an answer holds only what was
answered. Read back, both are the same to the last bit. Unknown fields are refused: a misspelt
one would otherwise pass for one that is absent.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final, cast

from refnet.arrays import FloatArray, column, matrix
from refnet.errors import ArgumentError, SubjectError
from refnet.json_values import JSON, Reader, dumps, loads, write_array, write_number
from refnet.parameters import Parameters
from refnet.problem import PARTS, Answer, Failure, Layers, Part, Problem

__all__ = [
    "JSON",
    "answer_from_json",
    "answer_to_json",
    "dumps",
    "loads",
    "problem_from_json",
    "problem_to_json",
]

_ARRAYS: Final = ("outputs", "predictions")
_LAYERS: Final = ("gradients", "step", "initial")
_REQUIRED = ("weights", "biases", "activations", "cost", "x", "y")
_PROBLEM_FIELDS = (
    *_REQUIRED,
    *(field.name for field in fields(Problem) if field.name not in ("parameters", *_REQUIRED)),
)
_ANSWER_FIELDS = tuple(field.name for field in fields(Answer))
_FAILURE_FIELDS = tuple(field.name for field in fields(Failure))


def problem_to_json(problem: Problem, *, packed: bool = False) -> dict[str, JSON]:
    """Turn a problem into JSON, every field written, `after` nested in it.

    `packed` is for a reader that is refnet itself (json_values.py).
    """
    after = None if problem.after is None else problem_to_json(problem.after, packed=packed)
    return {
        "weights": [write_array(w, packed=packed) for w in problem.parameters.weights],
        "biases": [write_array(b, packed=packed) for b in problem.parameters.biases],
        "activations": list(problem.activations),
        "cost": problem.cost,
        "x": write_array(problem.x, packed=packed),
        "y": write_array(problem.y, packed=packed),
        "asks": list(problem.asks),
        "l2": write_number(problem.l2),
        "training_size": problem.training_size,
        "learning_rate": write_number(problem.learning_rate),
        "steps": problem.steps,
        "leaky_slope": write_number(problem.leaky_slope),
        "after": after,
        "initializer": problem.initializer,
        "seed": problem.seed,
    }


def problem_from_json(data: object) -> Problem:
    """Make a problem of JSON; weights, biases, activations, cost, x and y must be there.

    Raises ShapeError for an array that is none or does not fit, ArgumentError for any other
    fault, naming the field.
    """
    try:
        return _problem(data, "problem")
    except RecursionError:
        raise ArgumentError(
            "problem: after: got problems nested too deep for Python's stack; expected a few at "
            "most; one is enough to show that a subject remembers"
        ) from None


def answer_to_json(answer: Answer, *, packed: bool = False) -> dict[str, JSON]:
    """Turn an answer into JSON; a part without answer has no field.

    `packed` is for a reader that is refnet itself (json_values.py).
    """
    data: dict[str, JSON] = {}
    for name in _ARRAYS:
        array: FloatArray | None = getattr(answer, name)
        if array is not None:
            data[name] = write_array(array, packed=packed)
    for name in _LAYERS:
        layers: Layers | None = getattr(answer, name)
        if layers is not None:
            data[name] = {
                "weights": [write_array(w, packed=packed) for w in layers.weights],
                "biases": [write_array(b, packed=packed) for b in layers.biases],
            }
    if answer.cost is not None:
        data["cost"] = write_number(answer.cost)
    if answer.correct is not None:
        data["correct"] = answer.correct
    if answer.failures:
        data["failures"] = {
            part: {"kind": failure.kind, "message": failure.message, "where": failure.where}
            for part, failure in answer.failures.items()
        }
    if answer.changed:
        data["changed"] = list(answer.changed)
    return data


def answer_from_json(data: object) -> Answer:
    """Make an answer of JSON; an absent field or null is a part without answer.

    Arrays may have any shape: to judge shapes is the business of the laws. Raises SubjectError
    naming the field that is malformed.
    """
    reader = Reader("answer", SubjectError, SubjectError)
    found = _present(reader.mapping(data, "", _ANSWER_FIELDS))
    arrays = {name: reader.array(found[name], name) for name in _ARRAYS if name in found}
    layers = {name: _layers(reader, found[name], name) for name in _LAYERS if name in found}
    return Answer(
        outputs=arrays.get("outputs"),
        cost=reader.number(found["cost"], "cost") if "cost" in found else None,
        gradients=layers.get("gradients"),
        step=layers.get("step"),
        predictions=arrays.get("predictions"),
        correct=reader.integer(found["correct"], "correct") if "correct" in found else None,
        initial=layers.get("initial"),
        failures=_failures(reader, found.get("failures", {})),
        changed=reader.texts(found.get("changed", []), "changed"),
    )


def _problem(data: object, about: str) -> Problem:
    reader = Reader(about)
    found = _present(reader.mapping(data, "", _PROBLEM_FIELDS))
    for name in _REQUIRED:
        if name not in found:
            raise ArgumentError(
                f"{about}: {name}: got nothing; expected it in every problem; the fields that "
                f"must be there are {', '.join(_REQUIRED)}"
            )
    optional: dict[str, Callable[[object, str], object]] = {
        "asks": lambda value, name: _parts(reader, value, name),
        "l2": reader.number,
        "training_size": reader.integer,
        "learning_rate": reader.number,
        "steps": reader.integer,
        "leaky_slope": reader.number,
        "after": lambda value, name: _problem(value, f"{about}: {name}"),
        "initializer": reader.text,
        "seed": reader.integer,
    }
    given = {name: read(found[name], name) for name, read in optional.items() if name in found}
    return Problem(
        parameters=_parameters(reader, found),
        activations=reader.texts(found["activations"], "activations"),
        cost=reader.text(found["cost"], "cost"),
        x=matrix(reader.array(found["x"], "x"), f"{about}: x"),
        y=matrix(reader.array(found["y"], "y"), f"{about}: y"),
        **cast(Any, given),
    )


def _present(found: dict[str, object]) -> dict[str, object]:
    """Drop what is null: it says no more than an absent field."""
    return {name: value for name, value in found.items() if value is not None}


def _parameters(reader: Reader, found: dict[str, object]) -> Parameters:
    weights = reader.arrays(found["weights"], "weights")
    biases = reader.arrays(found["biases"], "biases")
    return Parameters(
        tuple(matrix(w, f"{reader.about}: weights[{i}]") for i, w in enumerate(weights)),
        tuple(column(b, f"{reader.about}: biases[{i}]") for i, b in enumerate(biases)),
    )


def _layers(reader: Reader, value: object, field: str) -> Layers:
    found = reader.mapping(value, field, ("weights", "biases"))
    return Layers(
        weights=reader.arrays(found.get("weights"), f"{field}.weights"),
        biases=reader.arrays(found.get("biases"), f"{field}.biases"),
    )


def _parts(reader: Reader, value: object, field: str) -> tuple[Part, ...]:
    return tuple(
        _part(reader, item, f"{field}[{i}]") for i, item in enumerate(reader.sequence(value, field))
    )


def _part(reader: Reader, value: object, field: str) -> Part:
    for part in PARTS:
        if part == value:
            return part
    raise reader.refusal(field, value, f"one of {', '.join(PARTS)}", "check the spelling")


def _failures(reader: Reader, value: object) -> Mapping[Part, Failure]:
    failures: dict[Part, Failure] = {}
    for name, item in reader.mapping(value, "failures", PARTS).items():
        field = f"failures.{name}"
        found = reader.mapping(item, field, _FAILURE_FIELDS)
        failures[_part(reader, name, field)] = Failure(
            kind=reader.text(found.get("kind"), f"{field}.kind"),
            message=reader.text(found.get("message"), f"{field}.message"),
            where=reader.text(found.get("where", ""), f"{field}.where"),
        )
    return MappingProxyType(failures)
