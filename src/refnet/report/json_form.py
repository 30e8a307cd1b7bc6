"""The report as JSON, and how it reaches a file: docs/report.md describes every field.

Lives here: `report_to_json`, its layout on a page, and `write_json`. It knows verdicts and the
JSON form of problems and answers; nothing of terminals.

The JSON is strict: NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity".
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from refnet.errors import ArgumentError
from refnet.json_values import JSON, dumps, write_number
from refnet.subjects.protocol import Convention
from refnet.verdict import Example, LawResult, Report
from refnet.wire import answer_to_json, problem_to_json

FORMAT = "refnet-report/1"
"""The name of this form; fields may be added under it, never renamed or dropped."""


_PREFIX = 100
"""Characters of the name that a temporary file bears: no file system takes 255 and more."""


def report_to_json(report: Report) -> dict[str, JSON]:
    """Turn a report into JSON, every field written, the example null where there is none."""
    return {
        "format": FORMAT,
        "subject": report.subject,
        "verdict": report.verdict,
        "sentence": report.sentence,
        "ran": report.ran,
        "of": report.of,
        "diagnosis": {
            "certainty": report.diagnosis.certainty,
            "bugs": list(report.diagnosis.bugs),
            "equation": report.diagnosis.equation,
        },
        "example": None if report.example is None else _example(report.example),
        "laws": [_law(law) for law in report.laws],
        "conventions": [_convention(convention) for convention in report.conventions],
        "advice": list(report.advice),
        "versions": dict(report.versions),
        "seed": report.seed,
        "repeat": report.repeat,
        "seconds": write_number(report.seconds),
        "digest": report.digest,
    }


def layout(report: Report) -> str:
    """Write the JSON of a report, a field or an element of a list of objects to a line."""
    fields = (f"  {dumps(name)}: {_value(value)}" for name, value in report_to_json(report).items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def write_json(report: Report, destination: str) -> None:
    """Write a report to a file, whole or not at all.

    A device or a pipe is written to directly. Raises ArgumentError where that fails.
    """
    text = layout(report)
    path = Path(destination)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="ascii")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise _unwritable(destination, error.strerror or str(error)) from error


def refuse_unless_writable(destination: str) -> None:
    """Raise ArgumentError for a destination that cannot work, before any time is spent."""
    if destination == "-":
        return
    try:
        reason = _obstacle(Path(destination))
    except (OSError, ValueError, RuntimeError) as error:  # too long, a null byte, a loop of links
        raise _unwritable(destination, str(error)) from error
    if reason:
        raise _unwritable(destination, reason)


def _obstacle(path: Path) -> str:
    """Say what stands in the way of writing to a path; empty where nothing does."""
    if path.is_dir():
        return "it is a folder"
    folder = path.resolve().parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    target = path if path.exists() and not path.is_file() else folder
    return "" if os.access(target, os.W_OK) else f"no permission to write to {target}"


def _unwritable(destination: str, reason: str) -> ArgumentError:
    return ArgumentError(
        f"--json: got {destination!r}, which cannot be written ({reason}); expected a file in a "
        "folder that can be written to; name another file, or - for standard output"
    )


def _replace(path: Path, text: str) -> None:
    """Put a file in place at once, with the permissions that it has or a new one would have."""
    descriptor, name = mkstemp(prefix=f".{path.name[:_PREFIX]}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
        temporary.chmod(_permissions(path))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _permissions(path: Path) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    # The only way to read the mask is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _value(value: JSON) -> str:
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "[\n" + ",\n".join(f"    {dumps(item)}" for item in value) + "\n  ]"
    return dumps(value)


def _law(law: LawResult) -> JSON:
    return {
        "id": law.id,
        "title": law.title,
        "equation": law.equation,
        "status": law.status,
        "reason": law.reason,
    }


def _convention(convention: Convention) -> JSON:
    return {
        "key": convention.key,
        "value": convention.value,
        "origin": convention.origin,
        "note": convention.note,
    }


def _example(example: Example) -> JSON:
    return {
        "law": example.law,
        "equation": example.equation,
        "message": example.message,
        "element": example.element,
        "got": _number(example.got),
        "expected": _number(example.expected),
        "bound": _number(example.bound),
        "problem": problem_to_json(example.problem),
        "answer": answer_to_json(example.answer),
        "trusted": answer_to_json(example.trusted.answer),
        "bounds": answer_to_json(example.trusted.bound),
    }


def _number(value: float | None) -> JSON:
    return None if value is None else write_number(float(value))
