"""The README is true: its code, its transcript, its commands and its links.

After a change of the report, a failing test prints the blocks to paste into README.md.
"""

import re
import tomllib
from pathlib import Path

import pytest

from refnet import shrinking
from refnet.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "cost_for_derivative.py"
SUBJECT = "examples/cost_for_derivative.py:Network"

REST = "The laws:\n"
"""Where the transcript is cut in two: what follows is folded away."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def normalised(transcript: str) -> str:
    """Forget what differs between machines: versions and seconds."""
    return re.sub(
        r"^refnet \S+, numpy \S+, python \S+;|[\d.]+ s$", "...", transcript, flags=re.MULTILINE
    )


def test_the_network_in_the_readme_is_the_one_in_the_examples() -> None:
    assert blocks("python")[0] == EXAMPLE.read_text(encoding="utf-8")


def test_the_transcript_in_the_readme_is_what_refnet_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    # A machine that is busy must not stop shrinking at a larger example.
    monkeypatch.setattr(shrinking, "SECONDS", 60.0)
    assert main(["check", SUBJECT]) == 1
    printed = capsys.readouterr().out
    first, rest = printed.split(f"\n{REST}")
    if [normalised(block) for block in blocks("text")] != [
        normalised(block) for block in (first, REST + rest)
    ]:
        pytest.fail(
            "README.md shows another report than refnet prints. Paste these two blocks:\n\n"
            f"```text\n{first}```\n\n```text\n{REST}{rest}```",
            pytrace=False,
        )


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    assert declared is not None
    named = set(re.findall(r"(?:`|^)make (?:PYTHON=\S+ )?([a-z]+)", README, re.MULTILINE))
    assert named == set(declared[1].split())


def test_every_option_in_the_readme_exists(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "train", "bugs"):
        assert main([command, "--help"]) == 0
    known = set(re.findall(r"--[a-z0-9-]+", capsys.readouterr().out))
    prose = re.sub(r"^```(?:python|text)\n.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", prose)) <= known


def test_every_link_in_the_readme_and_the_documentation_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_file_in_the_reading_order_exists() -> None:
    section = README[README.index("in the order of import") : README.index("## What is proven")]
    names = re.findall(r"`([\w/]+(?:\.py|/))`", section)
    assert len(names) >= 6
    for name in names:
        assert (ROOT / "src" / "refnet" / name).exists() or (ROOT / name).exists(), name


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    section = README[README.index("## Dependencies") :]
    explained = set(
        re.findall(r"[\w-]+", " ".join(re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)))
    )
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        assert re.match(r"[\w-]+", requirement)[0] in explained, requirement  # type: ignore[index]


def test_every_bug_in_the_readme_is_in_the_catalogue() -> None:
    from refnet.bugs import BUGS

    section = README[README.index("## Accuracy") : README.index("**The data.**")]
    named = re.findall(r"^\| `([a-z-]+)`", section, re.MULTILINE)
    assert len(named) == 4
    assert set(named) <= set(BUGS)
