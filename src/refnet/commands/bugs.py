"""`refnet bugs`: the known mistakes, and what is wrong with each.

Lives here: its argument, the list and the explanation of one mistake, which ends in the smallest
problem that shows it. It knows the catalogue; that and rich are imported when the command runs, so
that `refnet --help` stays quick.
"""

import argparse
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from refnet.commands import Subparsers
from refnet.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType
    from rich.text import Text

    from refnet.bugs import Bug, Unjudged

PIPED_WIDTH = 80
"""Columns of an explanation that goes to a file or a pipe: what mails and documents can show."""

NO_LAW = "(no law)"
"""What stands in the place of a law's id, for a mistake that no law is aimed at."""

WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal."""


def add_arguments(subparsers: Subparsers) -> None:
    """Register the command and its argument."""
    parser = subparsers.add_parser(
        "bugs",
        help="list the known mistakes, or explain one",
        description=(
            "List the mistakes that refnet check knows by name, with the law each one breaks; "
            "with a name, explain that one: the wrong formula beside the right one, how it shows, "
            "where to look, and the smallest problem that shows it, worked through by hand."
        ),
    )
    parser.add_argument("slug", metavar="NAME", nargs="?", help="the mistake to explain")


def run(arguments: argparse.Namespace) -> int:
    """Print the list or the explanation, and return the exit status.

    Raises ArgumentError for a name that is not in the catalogue.
    """
    from refnet.bugs import BUGS, UNJUDGED

    slug: str | None = arguments.slug
    if slug is None:
        _list([*BUGS.values(), *UNJUDGED.values()])
        return 0
    if slug in UNJUDGED:
        _explain_unjudged(UNJUDGED[slug])
        return 0
    if slug not in BUGS:
        raise ArgumentError(f"bug: got {slug!r}; expected {_nearest(slug)}")
    _explain(BUGS[slug])
    return 0


def _nearest(slug: str) -> str:
    from refnet.bugs import BUGS, UNJUDGED

    names = [*BUGS, *UNJUDGED]
    near = get_close_matches(slug.lower(), names, n=3, cutoff=0.5)
    if not near:
        near = [known for known in names if slug.lower() in known][:3]
    if not near:
        return "one of the names that `refnet bugs` lists"
    return f"a name that `refnet bugs` lists; perhaps {' or '.join(near)}"


def _list(mistakes: "Sequence[Bug | Unjudged]") -> None:
    """Print a table for a person, or one line each, in columns, for another program."""
    if sys.stdout.isatty():
        _show(_table(mistakes), _console())
        return
    slugs = max(len(mistake.slug) for mistake in mistakes)
    laws = max(len(_law(mistake)) for mistake in mistakes)
    for mistake in mistakes:
        print(f"{mistake.slug:<{slugs}}  {_law(mistake):<{laws}}  {mistake.title}")


def _law(mistake: "Bug | Unjudged") -> str:
    from refnet.bugs import Bug

    return mistake.aimed_at if isinstance(mistake, Bug) else NO_LAW


def _table(mistakes: "Sequence[Bug | Unjudged]") -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    from refnet.bugs import Bug

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Mistake, and the law aimed at it", no_wrap=True)
    table.add_column("What is wrong")
    group = ""
    for mistake in mistakes:
        its_group = mistake.group if isinstance(mistake, Bug) else "Not judged: around a network"
        if its_group != group:
            group = its_group
            table.add_row("", "")
            table.add_row(Text(group, "bold underline"), "")
        name = Text.assemble((mistake.slug, "cyan"), "\n", (f"  {_law(mistake)}", "dim"))
        table.add_row(name, mistake.title)
    return table


def _explain_unjudged(mistake: "Unjudged") -> None:
    from rich.console import Group

    facts = _facts(
        ("Wrong", mistake.wrong, "red"),
        ("Right", mistake.right, "green"),
        ("Shows as", mistake.symptom, ""),
        ("Look here", mistake.hint, ""),
        ("Verdict", f"None: no law is aimed at it. {mistake.seen}", ""),
    )
    _show(Group(*_heading(mistake), facts), _console())


def _explain(bug: "Bug") -> None:
    from rich.console import Group

    grade = "numerically unstable" if bug.grade == "unstable" else "wrong"
    facts = _facts(
        ("Wrong", bug.wrong, "red"),
        ("Right", bug.right, "green"),
        ("Shows as", bug.symptom, ""),
        ("Look here", bug.hint, ""),
        ("Breaks", bug.equation, ""),
        ("Law", bug.aimed_at, ""),
        ("Verdict", grade, ""),
    )
    console = _console()
    _show(Group(*_heading(bug), facts, *_example(bug, console)), console)


def _heading(mistake: "Bug | Unjudged") -> "tuple[Text, ...]":
    from rich.text import Text

    title = f"{mistake.title[0].upper()}{mistake.title[1:]}."
    return Text(mistake.slug, "bold cyan"), Text(title), Text("")


def _facts(*rows: tuple[str, str, str]) -> "RenderableType":
    """Make a table of facts, each a name, a text and its style."""
    from rich.table import Table
    from rich.text import Text

    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    for name, value, style in rows:
        facts.add_row(name, Text(value, style))
    return facts


def _example(bug: "Bug", console: "Console") -> "list[Text]":
    """Return the lines of the smallest problem that shows a mistake, worked through."""
    from refnet.demonstration import demonstrate
    from refnet.report.page import Page
    from refnet.report.worked import work

    example = demonstrate(bug)
    page = Page(min(console.width, WIDEST), console.encoding)
    page.blank()
    page.paragraph(f"The smallest problem that shows it, by breaking {example.law}:", "bold")
    lines = work(example)
    if not any(line.label == "right" for line in lines):
        page.paragraph(example.message, indent=2)
    names = {"your code": "the mistake"}
    styles = {"your code": "red", "right": "green"}
    for line in lines:
        label = names.get(line.label, line.label)
        text = line.text.replace("your W", "the mistake's W")
        page.entry(label, text, styles.get(line.label, ""))
    return page.lines


def _show(renderable: "RenderableType", console: "Console") -> None:
    # Captured, because rich ends the process with status 1 when nobody reads its output.
    with console.capture() as captured:
        console.print(renderable)
    shown = captured.get()
    if not sys.stdout.isatty():
        shown = "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"
    sys.stdout.write(shown)
    sys.stdout.flush()


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
