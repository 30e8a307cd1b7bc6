"""The report as HTML: one self-contained file, or a fragment for a notebook.

Lives here: Fragment, the sheet of HTML a report is composed on, and both of its forms. It knows how
a report is composed; nothing of terminals.

Nothing is loaded from anywhere, there is no script, and whatever a subject printed is escaped.
"""

from collections.abc import Sequence
from html import escape

from refnet.report.composition import compose
from refnet.report.files import write_text
from refnet.verdict import Report

_STYLE = """
.refnet { --ink: #1f2328; --paper: #fff; --rule: #d8dee4; --faint: #656d76; --good: #1a7f37;
  --bad: #b91c1c; --warn: #9a6700; --odd: #8250df; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; padding: 1rem 1.25rem; }
@media (prefers-color-scheme: dark) { .refnet { --ink: #e6edf3; --paper: #0d1117; --rule: #30363d;
  --faint: #9198a1; --good: #3fb950; --bad: #ff7b72; --warn: #d29922; --odd: #bc8cff; } }
.refnet p { margin: .35rem 0; overflow-wrap: anywhere; }
.refnet p.verdict { font-size: 1.2rem; border-left: .3rem solid; padding-left: .75rem; }
.refnet h2 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.refnet .inner { margin-left: 1.25rem; }
.refnet dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .15rem .75rem;
  margin: .4rem 0 .4rem 1.25rem; }
.refnet dt { font-weight: 600; color: var(--faint); }
.refnet dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.refnet dd, .refnet code { font-family: ui-monospace, monospace; font-size: .92em; }
.refnet dd.prose { font: inherit; }
.refnet table { border-collapse: collapse; margin: .2rem 0 .6rem 1.25rem; color: inherit;
  font-size: inherit; }
.refnet td { border-top: 1px solid var(--rule); padding: .15rem 1rem .15rem 0; text-align: left;
  vertical-align: top; background: var(--paper); }
.refnet td:first-child { font-family: ui-monospace, monospace; font-size: .92em;
  white-space: nowrap; }
.refnet .bold { font-weight: 600; } .refnet .red { color: var(--bad); }
.refnet .green { color: var(--good); } .refnet .yellow { color: var(--warn); }
.refnet .magenta { color: var(--odd); } .refnet .bright_black { color: var(--faint); }
"""

_PROSE = ("shows as", "hint", "look at", "what to do")
"""Labels of sentences; the other entries are formulas."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ margin: 0; }} @media (prefers-color-scheme: dark) {{ body {{ background: #0d1117; }}
}}</style>
</head>
<body>
{fragment}
</body>
</html>
"""


class Fragment:
    """A sheet of HTML: elements one after the other; entries and rows of a kind are put together.

    The first paragraph is the verdict.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._open = ""

    @property
    def text(self) -> str:
        """All that was written, with every element closed."""
        self._within("")
        body = "\n".join(self._pieces)
        return f'<div class="refnet">\n<style>{_STYLE}</style>\n{body}\n</div>'

    def blank(self) -> None:
        """Set off what follows."""
        self._within("")

    def heading(self, text: str) -> None:
        """Add a heading."""
        self._within("")
        self._pieces.append(f"<h2>{_safe(text)}</h2>")

    def paragraph(self, text: str, style: str = "", indent: int = 0) -> None:
        """Add text; the first is the verdict."""
        self._within("")
        first = "verdict" if not self._pieces else ""
        inner = "inner" if indent else ""
        self._pieces.append(f"<p{_classes(first, inner, style)}>{_safe(text)}</p>")

    def entry(self, label: str, text: str, style: str = "", indent: int = 2) -> None:
        """Add text with a label before it."""
        del indent  # all entries are set off alike
        self._within("dl")
        prose = "prose" if label in _PROSE else ""
        classes = _classes(prose, style)
        self._pieces.append(f"<dt>{_safe(label)}</dt><dd{classes}>{_safe(text)}</dd>")

    def unbroken(self, label: str, text: str) -> None:
        """Add a label and text to be copied."""
        self._within("")
        self._pieces.append(f"<p><b>{_safe(label)}</b> <code>{_safe(text)}</code></p>")

    def row(self, cells: Sequence[str], widths: Sequence[int], style: str = "") -> None:
        """Add a row of a table."""
        del widths  # a browser finds them
        self._within("table")
        columns = "".join(f"<td>{_safe(cell)}</td>" for cell in cells)
        self._pieces.append(f"<tr{_classes(style)}>{columns}</tr>")

    def _within(self, element: str) -> None:
        """Close the element that is open and open another, unless it is the same."""
        if element == self._open:
            return
        if self._open:
            self._pieces.append(f"</{self._open}>")
        if element:
            self._pieces.append(f"<{element}>")
        self._open = element


def fragment(report: Report) -> str:
    """Return a report as an element that can stand in any page; its style concerns it alone."""
    sheet = Fragment()
    compose(report, sheet)
    return sheet.text


def page(report: Report) -> str:
    """Return a report as a whole page that needs nothing else."""
    title = _safe(f"refnet: {report.subject}: {report.verdict}")
    return _PAGE.format(title=title, fragment=fragment(report))


def write_html(report: Report, destination: str) -> None:
    """Write a report to a file, whole or not at all. Raises ArgumentError where that fails."""
    write_text(page(report), destination, "--html")


def _classes(*names: str) -> str:
    named = " ".join(filter(None, names))
    return f' class="{named}"' if named else ""


def _safe(text: str) -> str:
    """Escape what HTML would obey, and what it cannot show."""
    return escape(
        "".join(
            letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1]
            for letter in text
        )
    )
