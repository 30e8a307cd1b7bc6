"""The report as JUnit XML, which services of continuous integration read: one test case per law.

Lives here: `junit` and `write_junit`. It knows verdicts, nothing of how they are reached.

A broken law is a failure, one that is blocked or cannot be asked is skipped, and a subject that
could not be judged is an error. A breach that was expected, or is accepted, is skipped too; an
expected one that is none is a failure. Advice is no outcome: it stands in system-out.
"""

from xml.etree import ElementTree as ET

from refnet.report.files import write_text
from refnet.verdict import LawResult, Report


def junit(report: Report) -> str:
    """Return a report as XML."""
    suite = ET.Element("testsuite", name=_legal(report.subject))
    properties = ET.SubElement(suite, "properties")
    facts = {
        "verdict": report.verdict,
        "sentence": report.sentence,
        "seed": str(report.seed),
        "repeat": report.repeat,
        "digest": report.digest,
        **report.versions,
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=_legal(value))
    for law in report.laws:
        _case(suite, report, law)
    if report.verdict == "not judged":
        case = ET.SubElement(suite, "testcase", classname="refnet", name="could be judged")
        ET.SubElement(case, "error", message=_legal(report.sentence))
    if report.advice:
        ET.SubElement(suite, "system-out").text = _legal("\n".join(report.advice))
    cases = len(suite.findall("testcase"))
    suite.set("tests", str(cases))
    for outcome in ("failure", "error", "skipped"):
        plural = {"failure": "failures", "error": "errors"}.get(outcome, outcome)
        suite.set(plural, str(len(suite.findall(f"testcase/{outcome}"))))
    suite.set("time", f"{report.seconds:.3f}")
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    body = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def write_junit(report: Report, destination: str) -> None:
    """Write a report to a file, whole or not at all. Raises ArgumentError where that fails."""
    write_text(junit(report), destination, "--junit")


def _case(suite: ET.Element, report: Report, law: LawResult) -> None:
    case = ET.SubElement(suite, "testcase", classname="refnet", name=law.id)
    expected = report.expected_broken.get(law.id)
    accepted = report.verdict == "unstable" and report.accepts_unstable
    if expected is not None and law.status != "broken":
        message = f"expected to be broken ({expected}), and is not"
        ET.SubElement(case, "failure", message=_legal(message)).text = _legal(law.title)
    elif law.status == "broken" and (accepted or expected is not None):
        why = "numerically unstable, which is accepted" if expected is None else expected
        ET.SubElement(case, "skipped", message=_legal(f"broken, as expected: {why}"))
    elif law.status == "broken":
        failure = ET.SubElement(case, "failure", message=_legal(law.reason))
        failure.text = _legal(f"{law.title}\n{law.reason}\n\n{report.sentence}\n{report.repeat}")
    elif law.status != "passed":
        ET.SubElement(case, "skipped", message=_legal(f"{law.status}: {law.reason}"))


def _legal(text: str) -> str:
    """Return text with nothing in it that XML cannot hold: most control characters, for one."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1]
        for letter in text
    )
