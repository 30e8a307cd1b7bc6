"""Judging from inside Python: `refnet.check`, in a script, a notebook or a test.

Lives here: `check` and ShownReport. It knows conformance and how a report is shown.

A class is judged as it is, in this process: what a notebook cell or a test has just defined or
patched is what is judged, and a debugger stops in it. There is no time-out then and no protection.
A locator, as text, is judged in a worker process, as `refnet check` does it.
"""

import io
from dataclasses import dataclass, fields
from typing import Unpack

from rich.console import Console

from refnet.conformance import check as judge
from refnet.json_values import JSON
from refnet.options import Choices
from refnet.report.html_form import fragment
from refnet.report.json_form import report_to_json
from refnet.report.terminal import print_report
from refnet.verdict import Report

WIDTH = 80
"""Columns of a report as text."""


@dataclass(frozen=True, eq=False)
class ShownReport(Report):
    """A report that shows itself: as HTML in a notebook, as text where it is printed."""

    def __str__(self) -> str:
        file = io.StringIO()
        print_report(self, Console(file=file, width=WIDTH))
        return file.getvalue()

    def __repr__(self) -> str:
        return f"<report: {self.sentence}>"

    def _repr_html_(self) -> str:
        return fragment(self)

    def to_json(self) -> dict[str, JSON]:
        """Return the report as `refnet check --json` writes it."""
        return report_to_json(self)


def check(subject: object, *, program: bool = False, **chosen: Unpack[Choices]) -> ShownReport:
    """Judge a class, as it is and in this process, or what a locator names, in a worker.

    A locator is text, "FILE.py:Name" or "package.module:Name"; with `program` the text is the
    command of a program that speaks JSON lines. The other arguments are the options of
    `refnet check`: seed, timeout (seconds, for a worker), declare, only, examples, expect_broken,
    accept_unstable, in_process, python, training. A subject that cannot be judged gives a report
    that says why; raises ArgumentError for arguments that cannot be meant.
    """
    report = judge(subject, program=program, **chosen)
    return ShownReport(**{field.name: getattr(report, field.name) for field in fields(report)})
