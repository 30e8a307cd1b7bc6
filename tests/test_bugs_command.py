"""`refnet bugs`: the list, an explanation, and a name that is not in the catalogue."""

import argparse
import sys

import pytest
from rich.console import Console

from refnet import ArgumentError
from refnet.bugs import BUGS, UNJUDGED
from refnet.commands import bugs


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bugs.add_arguments(parser.add_subparsers())
    return parser.parse_args(["bugs", *words])


def test_a_piped_list_has_one_line_for_each_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert bugs.run(arguments()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(BUGS) + len(UNJUDGED)
    for line, mistake in zip(lines[len(BUGS) :], UNJUDGED.values(), strict=True):
        assert line.split("(no law)")[0].strip() == mistake.slug
        assert line.endswith(mistake.title)
    for line, bug in zip(lines[: len(BUGS)], BUGS.values(), strict=True):
        slug, law, title = line.split(maxsplit=2)
        assert (slug, law, title) == (bug.slug, bug.aimed_at, bug.title)
        assert "\x1b" not in line


@pytest.mark.parametrize("slug", BUGS)
def test_every_mistake_is_explained_in_full(slug: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bugs.run(arguments(slug)) == 0
    shown = capsys.readouterr().out
    bug = BUGS[slug]
    words = " ".join(shown.split())
    for text in (bug.wrong, bug.right, bug.symptom, bug.hint, bug.aimed_at, bug.title[1:]):
        assert " ".join(text.split()) in words
    assert "The smallest problem that shows it" in shown
    assert "the mistake" in shown
    assert all(len(line) <= bugs.PIPED_WIDTH for line in shown.splitlines())
    assert "\x1b" not in shown


@pytest.mark.parametrize("slug", UNJUDGED)
def test_a_mistake_around_a_network_is_explained_and_said_not_to_be_judged(
    slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slug not in BUGS
    assert bugs.run(arguments(slug)) == 0
    shown = capsys.readouterr().out
    words = " ".join(shown.split())
    mistake = UNJUDGED[slug]
    for text in (mistake.wrong, mistake.right, mistake.symptom, mistake.hint, mistake.seen):
        assert text in words
    assert "no law is aimed at it" in words
    assert all(len(line) <= bugs.PIPED_WIDTH for line in shown.splitlines())


def test_an_unstable_mistake_is_said_to_be_unstable(capsys: pytest.CaptureFixture[str]) -> None:
    bugs.run(arguments("log-without-guard"))
    assert "numerically unstable" in capsys.readouterr().out
    bugs.run(arguments("reversed-product"))
    assert "unstable" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("reverse-product", "reversed-product"),
        ("Softmax-Over-Batches", "softmax-over-batch"),
        ("frozen", "bias-frozen"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_ones(asked: str, meant: str) -> None:
    with pytest.raises(ArgumentError, match=f"got '{asked}'.*{meant}"):
        bugs.run(arguments(asked))


def test_a_name_like_no_other_is_answered_with_where_the_list_is() -> None:
    with pytest.raises(ArgumentError, match="`refnet bugs` lists"):
        bugs.run(arguments("xyzzy"))


def test_on_a_terminal_the_list_is_a_table_by_groups(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(bugs, "_console", lambda: Console(width=100))
    assert bugs.run(arguments()) == 0
    shown = capsys.readouterr().out
    for bug in BUGS.values():
        assert bug.slug in shown
        assert bug.aimed_at in shown
        assert bug.group in shown
