"""The report on a terminal, or in a file as plain text.

Lives here: `print_report`. It knows how a report is composed and rich's console.
"""

from rich.console import Console

from refnet.report.composition import compose
from refnet.report.page import Page
from refnet.verdict import Report

WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal."""


def print_report(report: Report, console: Console) -> None:
    """Print a report on a console, at its width but no wider than WIDEST columns."""
    page = Page(min(console.width, WIDEST), console.encoding)
    compose(report, page)
    page.print(console)
