"""Lines of styled text within a width: paragraphs, labelled entries, tables.

Lives here: Page. It knows rich and how to wrap, nothing of verdicts.

Lines carry no spaces at their end and no markup: what a subject printed can neither colour nor
break a report, and a report pasted into a document stays as it is.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

NARROWEST = 40
"""Below this width lines run over rather than break into single words."""

LABEL = 12
"""Columns for a label: the longest of them, "your code", an indent of two and a gap."""

HANGING = 3
"""Columns by which an indented formula hangs: those of its "= "."""


@dataclass(eq=False)
class Page:
    """Text to be printed: built line by line, at a width in columns."""

    width: int
    encoding: str = "utf-8"
    lines: list[Text] = field(default_factory=list[Text])

    def blank(self) -> None:
        """Add an empty line."""
        self.lines.append(Text())

    def heading(self, text: str) -> None:
        """Add a heading, wrapped."""
        self.paragraph(text, "bold")

    def paragraph(self, text: str, style: str = "", indent: int = 0) -> None:
        """Add text, wrapped."""
        for line in self._wrapped(text, indent):
            self._add((" " * indent, ""), (line, style))

    def entry(self, label: str, text: str, style: str = "", indent: int = 2) -> None:
        """Add text, wrapped, with a label hanging before it."""
        hanging = indent + LABEL
        for number, line in enumerate(self._wrapped(text, hanging)):
            shown = self.plain(label) if number == 0 else ""
            self._add((" " * indent, ""), (f"{shown:<{LABEL}}", "bold"), (line, style))

    def unbroken(self, label: str, text: str) -> None:
        """Add a label and text that must stay on one line, to be copied."""
        self._add((f"{label} ", "bold"), (self.plain(text), ""))

    def row(self, cells: Sequence[str], widths: Sequence[int], style: str = "") -> None:
        """Add a row of a table: cells padded to their widths, the last one wrapped."""
        *first, last = map(self.plain, cells)
        cut = zip(first, widths, strict=True)
        left = " " * 4 + "".join(f"{cell:<{width}}  " for cell, width in cut)
        for number, line in enumerate(self._wrapped(last, len(left)) or [""]):
            self._add((left if number == 0 else " " * len(left), style), (line, style))

    def plain(self, text: str) -> str:
        """Return text with nothing in it that a terminal would obey or cannot show."""
        printable = "".join(
            letter if letter.isprintable() or letter in "\n\t" else _escaped(letter)
            for letter in text
        )
        return printable.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def print(self, console: Console) -> None:
        """Print every line as it is."""
        for line in self.lines:
            console.print(line, soft_wrap=True)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        """Cut text into lines; those after the first hang below what its own indent sets off."""
        width = max(self.width - indent, NARROWEST)
        own = len(text) - len(text.lstrip(" "))
        return textwrap.wrap(
            self.plain(text),
            width,
            subsequent_indent=" " * (own + HANGING if own else 0),
            break_on_hyphens=False,
        )

    def _add(self, *pieces: tuple[str, str]) -> None:
        line = Text.assemble(*pieces)
        line.rstrip()
        self.lines.append(line)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
