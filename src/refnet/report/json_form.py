"""The report as JSON: docs/report.md describes every field.

Lives here: `report_to_json`, its layout on a page, and `write_json`. It knows verdicts and the
JSON form of problems and answers; nothing of terminals.

The JSON is strict: NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity".
"""

from refnet.json_values import JSON, dumps, write_number
from refnet.report.files import write_text
from refnet.subjects.protocol import Convention
from refnet.verdict import Example, LawResult, Report
from refnet.wire import answer_to_json, problem_to_json

FORMAT = "refnet-report/1"
"""The name of this form; fields may be added under it, never renamed or dropped."""


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
            "measured": report.diagnosis.measured,
            "pairs": [list(pair) for pair in report.diagnosis.pairs],
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
        "further_examples": [_example(example) for example in report.further],
        "expected_broken": dict(report.expected_broken),
        "exit_status": report.exit_status,
    }


def layout(report: Report) -> str:
    """Write the JSON of a report, a field or an element of a list of objects to a line."""
    fields = (f"  {dumps(name)}: {_value(value)}" for name, value in report_to_json(report).items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def write_json(report: Report, destination: str) -> None:
    """Write a report to a file, whole or not at all. Raises ArgumentError where that fails."""
    write_text(layout(report), destination, "--json")


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
