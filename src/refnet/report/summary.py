"""The verdicts on many subjects as a file: CSV for a spreadsheet, JSON for a program.

Lives here: `write_summary` and `refuse_unless_summary`. docs/report.md describes the fields.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from refnet.errors import ArgumentError
from refnet.json_values import JSON, dumps
from refnet.report.files import refuse_unless_writable, write_text
from refnet.series import Row

FORMAT = "refnet-summary/1"
"""The name of the JSON form; fields may be added under it, never renamed or dropped."""

_OPTION = "--summary"


def refuse_unless_summary(destination: str) -> None:
    """Raise ArgumentError for a file of another kind, or one that cannot be written."""
    if Path(destination).suffix.lower() not in _KINDS:
        raise ArgumentError(
            f"{_OPTION}: got {destination!r}; expected a name that ends in "
            f"{' or '.join(_KINDS)}; it says which kind of file is meant"
        )
    refuse_unless_writable(destination, _OPTION)


def write_summary(rows: Sequence[Row], destination: str) -> None:
    """Write rows to a file, whole or not at all. Raises ArgumentError where that fails."""
    write_text(_KINDS[Path(destination).suffix.lower()](rows), destination, _OPTION)


def _csv(rows: Sequence[Row]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(field.name for field in fields(Row))
    for row in rows:
        cells = {field.name: getattr(row, field.name) for field in fields(Row)}
        writer.writerow((cells | {"bugs": " ".join(row.bugs)}).values())
    return file.getvalue()


def _json(rows: Sequence[Row]) -> str:
    lines = ",\n".join(f"    {dumps(_fields(row))}" for row in rows)
    return f'{{\n  "format": {dumps(FORMAT)},\n  "subjects": [\n{lines}\n  ]\n}}\n'


def _fields(row: Row) -> dict[str, JSON]:
    cells: dict[str, JSON] = {field.name: getattr(row, field.name) for field in fields(Row)}
    cells["bugs"] = list(row.bugs)
    return cells


_KINDS = {".csv": _csv, ".json": _json}
