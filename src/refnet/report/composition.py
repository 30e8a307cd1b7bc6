"""The report as a person reads it: the verdict first, then why, then everything else.

Lives here: Sheet, what a report is written on, and `compose`. It knows verdicts, the catalogue of
bugs and worked examples; nothing of how a verdict is reached, nor of terminals and HTML. Colour
only repeats what the words say.
"""

from collections.abc import Sequence
from typing import Protocol

from refnet.bugs import BUGS
from refnet.report.worked import ends_in_the_message, work
from refnet.selection import NOT_CHOSEN
from refnet.verdict import Diagnosis, Example, LawResult, Report

EQUATIONS = {
    "BP1": "delta of the output layer = dC/da * sigma'(z)",
    "BP2": "delta of a layer = (W of the next layer)^T (delta of the next layer) * sigma'(z)",
    "BP3": "dC/db of a layer = its delta, averaged over the samples",
    "BP4": "dC/dW of a layer = its delta times the activation that enters it, transposed; averaged",
}
"""Nielsen, chapter 2, in words that fit a line."""

NEEDS = (
    "refnet needs a network in a style that it recognises, such as a class whose constructor takes "
    "the layer sizes, with .weights and .biases, feedforward(a), and backprop(x, y) or "
    "update_mini_batch(mini_batch, eta). For any other, refnet adapter FILE.py writes the "
    "beginning of an adapter. Run the file on its own first: it has to be importable, and must not "
    "train or download when it is."
)
"""What to do about a subject that could not be judged."""

PROGRAM_NEEDS = (
    "A program reads one JSON object a line on its standard input and answers each with one on its "
    "standard output, and prints nothing else there. docs/protocol.md describes every line; "
    "examples/network.c and examples/network.js are whole programs."
)
"""What to do about a program that could not be judged."""

_OF_A_PROGRAM = "refnet check --command "

_COLOURS = {
    "conforms": "bold green",
    "unstable": "bold yellow",
    "wrong": "bold red",
    "not judged": "bold magenta",
}
_ORDER = ("broken", "blocked", "unanswerable", "passed")
_STATUS_STYLES = {
    "passed": "",
    "broken": "bold red",
    "blocked": "bright_black",
    "unanswerable": "bright_black",
}
_DIGEST = 12
"""Characters of the digest that are shown: enough to tell two versions of a file apart."""


class Sheet(Protocol):
    """What a report is written on: a page of text, or HTML.

    A style is a colour with `bold` or without, as rich names them. Nothing in a text is markup.
    """

    def blank(self) -> None:
        """Set off what follows."""
        ...

    def heading(self, text: str) -> None:
        """Add a heading."""
        ...

    def paragraph(self, text: str, style: str = "", indent: int = 0) -> None:
        """Add text."""
        ...

    def entry(self, label: str, text: str, style: str = "", indent: int = 2) -> None:
        """Add text with a label before it."""
        ...

    def unbroken(self, label: str, text: str) -> None:
        """Add a label and text that must stay on one line, to be copied."""
        ...

    def row(self, cells: Sequence[str], widths: Sequence[int], style: str = "") -> None:
        """Add a row of a table; `widths` are of all its cells but the last."""
        ...


def compose(report: Report, sheet: Sheet) -> None:
    """Write a report on a sheet."""
    sheet.paragraph(report.sentence, _COLOURS[report.verdict])
    if report.laws:
        sheet.paragraph(_run(report), "" if report.ran == report.of else "yellow")
    _expectations(sheet, report)
    if report.verdict == "not judged" and not report.advice:
        sheet.blank()
        program = report.repeat.startswith(_OF_A_PROGRAM)
        sheet.entry("what to do", PROGRAM_NEEDS if program else NEEDS, indent=0)
    _diagnosis(sheet, report)
    for example in (report.example, *report.further):
        if example is not None:
            _example(sheet, example)
    _laws(sheet, report.laws)
    _conventions(sheet, report)
    for sentence in report.advice:
        sheet.blank()
        sheet.paragraph(sentence)
    sheet.blank()
    sheet.unbroken("Again:", report.repeat)
    sheet.paragraph(_colophon(report), "bright_black")


def _expectations(sheet: Sheet, report: Report) -> None:
    """Say what was expected, and what becomes of the exit status."""
    for law, reason in report.expected_broken.items():
        if law in report.broken:
            sheet.paragraph(f"{law} is broken, as expected: {reason}")
        elif report.verdict != "not judged":
            sheet.paragraph(
                f"{law} was expected to be broken ({reason}), and is not: take the expectation "
                "back. This is a failure.",
                "bold red",
            )
    if report.verdict == "unstable" and report.accepts_unstable:
        sheet.paragraph("Numerically unstable is accepted here: this is no failure.")


def _run(report: Report) -> str:
    """Say how many laws ran, and never leave out that some did not."""
    left_out = sum(law.reason == NOT_CHOSEN for law in report.laws)
    counts = dict.fromkeys(_STATUS_STYLES, 0)
    for law in report.laws:
        counts[law.status] += 1
    counts["unanswerable"] -= left_out
    outcome = "all hold" if counts["passed"] == report.ran else f"{counts['broken']} broken"
    rest = [
        f"{counts[status]} {words}"
        for status, words in (
            ("blocked", "blocked by a broken one"),
            ("unanswerable", "could not be asked"),
        )
        if counts[status]
    ]
    rest.extend([f"{left_out} not chosen"] if left_out else [])
    judged = f", {outcome}" if report.ran else ""
    return f"Ran {report.ran} of {report.of} laws{judged}{''.join(f'; {text}' for text in rest)}."


_SEVERAL = "There may be two mistakes: mend the first broken law, and check again."

_UNANSWERED = "Mend what is raised, and check again: there are no numbers yet to say more about."


def _raises(report: Report) -> bool:
    return report.example is not None and bool(report.example.answer.failures)


def _diagnosis(sheet: Sheet, report: Report) -> None:
    diagnosis = report.diagnosis
    if diagnosis.certainty == "none":
        return
    sheet.blank()
    if diagnosis.certainty == "unknown":
        sheet.heading("No single known mistake explains every answer.")
        if diagnosis.equation:
            formula = EQUATIONS.get(diagnosis.equation, "")
            reads = f", reads {formula}" if formula else ""
            sheet.entry("look at", f"{diagnosis.equation}, the first equation broken{reads}")
        if diagnosis.measured:
            sheet.entry("measured", diagnosis.measured)
        sheet.entry("hint", _UNANSWERED if _raises(report) else _SEVERAL)
        for slug in diagnosis.bugs:
            sheet.paragraph(
                "One mistake is certain, and may be why the rest is wrong; mend it first."
            )
            _bug(sheet, slug, alone=True)
        return
    if diagnosis.certainty == "tied":
        sheet.heading(_tied(diagnosis))
    for slug in diagnosis.bugs:
        _bug(sheet, slug, alone=len(diagnosis.bugs) == 1)


def _tied(diagnosis: Diagnosis) -> str:
    """Say what belongs together of the mistakes that are described next."""
    if not diagnosis.pairs:
        return "Every answer fits each of these mistakes; no question asked tells them apart."
    return (
        f"Several mistakes together: {diagnosis.named}. Every answer fits each choice; no question "
        "asked tells them apart."
    )


def _bug(sheet: Sheet, slug: str, alone: bool) -> None:
    bug = BUGS.get(slug)
    if bug is None:
        sheet.heading(f"The mistake: {slug}")
        return
    # Of one alone the verdict has said already what it is.
    name = f"{slug} ({bug.equation})"
    sheet.heading(f"The mistake: {name}" if alone else f"{name}: {bug.title}")
    sheet.entry("your code", bug.wrong, "red")
    sheet.entry("right", bug.right, "green")
    sheet.entry("shows as", bug.symptom)
    sheet.entry("hint", bug.hint)


def _example(sheet: Sheet, example: Example) -> None:
    sheet.blank()
    law = f"{example.law}{_numbered(example.equation, example.law)}"
    sheet.heading(f"The smallest example found that breaks {law}:")
    lines = work(example)
    if not (lines and ends_in_the_message(example)):
        sheet.paragraph(example.message, indent=2)
        sheet.blank()
    styles = {"your code": "red", "right": "green"}
    for line in lines:
        sheet.entry(line.label, line.text, styles.get(line.label, ""))


def _laws(sheet: Sheet, laws: tuple[LawResult, ...]) -> None:
    """Print the table of laws, those first that need attention, each group under its reason."""
    groups: dict[str, list[LawResult]] = {}
    for law in sorted(laws, key=lambda law: _ORDER.index(law.status)):
        reason = f": {law.reason}" if law.status in ("blocked", "unanswerable") else ""
        groups.setdefault(f"{law.status}{reason}", []).append(law)
    width = max((len(law.id) for law in laws), default=0)
    if laws:
        sheet.blank()
        sheet.heading("The laws:")
    for heading, group in groups.items():
        style = _STATUS_STYLES[group[0].status]
        if group[0].reason == NOT_CHOSEN:
            sheet.paragraph(f"{NOT_CHOSEN}: {len(group)} laws", style, indent=2)
            continue
        sheet.paragraph(heading, style or "bold", indent=2)
        for law in group:
            sheet.row((law.id, _titled(law)), (width,), style)


def _titled(law: LawResult) -> str:
    return f"{law.title}{_numbered(law.equation, law.id)}"


def _numbered(equation: str, law: str) -> str:
    """Name the equation too, where it has a number that the law's id does not say."""
    said = equation.lower() == law.partition("/")[0]
    return f" ({equation})" if equation in EQUATIONS and not said else ""


def _conventions(sheet: Sheet, report: Report) -> None:
    if not report.conventions:
        return
    sheet.blank()
    sheet.heading("Taken as:")
    for convention in report.conventions:
        note = f"; {convention.note}" if convention.note else ""
        sheet.paragraph(
            f"{convention.key}: {convention.value} ({convention.origin}{note})", indent=2
        )


def _colophon(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    digest = f"; SHA-256 {report.digest[:_DIGEST]}" if report.digest else ""
    return f"{versions}; seed {report.seed}{digest}; {report.seconds:.1f} s"
