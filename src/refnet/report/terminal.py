"""The report as a person reads it: the verdict first, then why, then everything else.

Lives here: `print_report`. It knows verdicts, the catalogue of bugs and worked examples; nothing
of how a verdict is reached. Colour only repeats what the words say.
"""

from rich.console import Console

from refnet.bugs import BUGS
from refnet.report.page import Page
from refnet.report.worked import ends_in_the_message, work
from refnet.verdict import Example, LawResult, Report

WIDEST = 100
"""Lines longer than this are hard to read, however wide the terminal."""

EQUATIONS = {
    "BP1": "delta of the output layer = dC/da * sigma'(z)",
    "BP2": "delta of a layer = (W of the next layer)^T (delta of the next layer) * sigma'(z)",
    "BP3": "dC/db of a layer = its delta, averaged over the samples",
    "BP4": "dC/dW of a layer = its delta times the activation that enters it, transposed; averaged",
}
"""Nielsen, chapter 2, in words that fit a line."""

NEEDS = (
    "refnet needs a class whose constructor takes the layer sizes, with .weights and .biases, "
    "feedforward(a), and backprop(x, y) or update_mini_batch(mini_batch, eta). Run the file on "
    "its own first: it has to be importable, and must not train or download when it is."
)
"""What to do about a subject that could not be judged."""

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


def print_report(report: Report, console: Console) -> None:
    """Print a report on a console, at its width but no wider than WIDEST columns."""
    page = Page(min(console.width, WIDEST), console.encoding)
    page.paragraph(report.sentence, _COLOURS[report.verdict])
    if report.laws:
        page.paragraph(_run(report), "" if report.ran == report.of else "yellow")
    if report.verdict == "not judged" and not report.advice:
        page.blank()
        page.entry("what to do", NEEDS, indent=0)
    _diagnosis(page, report)
    if report.example is not None:
        _example(page, report.example)
    _laws(page, report.laws)
    _conventions(page, report)
    for sentence in report.advice:
        page.blank()
        page.paragraph(sentence)
    page.blank()
    page.unbroken("Again:", report.repeat)
    page.paragraph(_colophon(report), "bright_black")
    page.print(console)


def _run(report: Report) -> str:
    """Say how many laws ran, and never leave out that some did not."""
    counts = dict.fromkeys(_STATUS_STYLES, 0)
    for law in report.laws:
        counts[law.status] += 1
    outcome = "all hold" if counts["passed"] == report.ran else f"{counts['broken']} broken"
    rest = [
        f"{counts[status]} {words}"
        for status, words in (
            ("blocked", "blocked by a broken one"),
            ("unanswerable", "could not be asked"),
        )
        if counts[status]
    ]
    judged = f", {outcome}" if report.ran else ""
    return f"Ran {report.ran} of {report.of} laws{judged}{''.join(f'; {text}' for text in rest)}."


def _diagnosis(page: Page, report: Report) -> None:
    diagnosis = report.diagnosis
    if diagnosis.certainty == "none":
        return
    page.blank()
    if diagnosis.certainty == "unknown":
        page.paragraph("No single known mistake explains every answer.", "bold")
        if diagnosis.equation:
            formula = EQUATIONS.get(diagnosis.equation, "")
            reads = f", reads {formula}" if formula else ""
            page.entry("look at", f"{diagnosis.equation}, the first equation broken{reads}")
        page.entry("hint", "There may be two mistakes: mend the first broken law, and check again.")
        return
    if diagnosis.certainty == "tied":
        page.paragraph(
            "Every answer fits each of these mistakes; no question asked tells them apart.", "bold"
        )
    for slug in diagnosis.bugs:
        _bug(page, slug, alone=len(diagnosis.bugs) == 1)


def _bug(page: Page, slug: str, alone: bool) -> None:
    bug = BUGS.get(slug)
    if bug is None:
        page.paragraph(f"The mistake: {slug}", "bold")
        return
    # Of one alone the verdict has said already what it is.
    name = f"{slug} ({bug.equation})"
    page.paragraph(f"The mistake: {name}" if alone else f"{name}: {bug.title}", "bold")
    page.entry("your code", bug.wrong, "red")
    page.entry("right", bug.right, "green")
    page.entry("shows as", bug.symptom)
    page.entry("hint", bug.hint)


def _example(page: Page, example: Example) -> None:
    page.blank()
    law = f"{example.law}{_numbered(example.equation, example.law)}"
    page.paragraph(f"The smallest example found that breaks {law}:", "bold")
    lines = work(example)
    if not (lines and ends_in_the_message(example)):
        page.paragraph(example.message, indent=2)
        page.blank()
    styles = {"your code": "red", "right": "green"}
    for line in lines:
        page.entry(line.label, line.text, styles.get(line.label, ""))


def _laws(page: Page, laws: tuple[LawResult, ...]) -> None:
    """Print the table of laws, those first that need attention, each group under its reason."""
    groups: dict[str, list[LawResult]] = {}
    for law in sorted(laws, key=lambda law: _ORDER.index(law.status)):
        reason = f": {law.reason}" if law.status in ("blocked", "unanswerable") else ""
        groups.setdefault(f"{law.status}{reason}", []).append(law)
    width = max((len(law.id) for law in laws), default=0)
    if laws:
        page.blank()
        page.paragraph("The laws:", "bold")
    for heading, group in groups.items():
        style = _STATUS_STYLES[group[0].status]
        page.paragraph(heading, style or "bold", indent=2)
        for law in group:
            page.row((law.id, _titled(law)), (width,), style)


def _titled(law: LawResult) -> str:
    return f"{law.title}{_numbered(law.equation, law.id)}"


def _numbered(equation: str, law: str) -> str:
    """Name the equation too, where it has a number that the law's id does not say."""
    said = equation.lower() == law.partition("/")[0]
    return f" ({equation})" if equation in EQUATIONS and not said else ""


def _conventions(page: Page, report: Report) -> None:
    if not report.conventions:
        return
    page.blank()
    page.paragraph("Taken as:", "bold")
    for convention in report.conventions:
        note = f"; {convention.note}" if convention.note else ""
        page.paragraph(
            f"{convention.key}: {convention.value} ({convention.origin}{note})", indent=2
        )


def _colophon(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    digest = f"; SHA-256 {report.digest[:_DIGEST]}" if report.digest else ""
    return f"{versions}; seed {report.seed}{digest}; {report.seconds:.1f} s"
