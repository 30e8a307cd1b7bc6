"""The measure of the diagnosis: mistakes are where they are said to be, and are counted fairly.

The whole of it takes a quarter of an hour (`make diagnosis`); here a few networks are judged.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import diagnosis
from diagnosis_document import ONE, TWO, Record, rendered
from mistaken_code import PRECISIONS, STYLES, DoesNotFitError, Mistaken, Style, styles
from refnet.bugs import BUGS
from refnet.choices import HEADS
from refnet.errors import DataError

DOCUMENT = diagnosis.DOCUMENT.read_text(encoding="utf-8")
EVERY_WAY = [
    (style.name, slug, way)
    for style in styles().values()
    for slug, ways in style.ways.items()
    for way in range(len(ways))
]


def network(style: str, *mistakes: str, head: int = 0, precision: int = 0) -> Mistaken:
    made = tuple((slug, 0) for slug in mistakes)
    return Mistaken(styles()[style], made, HEADS[head], PRECISIONS[precision])


@pytest.mark.parametrize(("style", "slug", "way"), EVERY_WAY)
def test_a_mistake_can_be_written_into_its_code(style: str, slug: str, way: int) -> None:
    assert slug in BUGS
    right, wrong = network(style), network(style, slug)
    wrong = replace(wrong, mistakes=((slug, way),))
    assert wrong.source != right.source
    assert callable(wrong.made())


def test_every_mistake_of_the_catalogue_is_made_in_some_code() -> None:
    assert {slug for style in styles().values() for slug in style.ways} == set(BUGS)


@pytest.mark.campaign
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("precision", [0, 1])
def test_the_code_without_mistakes_conforms(style: str, precision: int) -> None:
    record = diagnosis.judged(network(style, head=1 + precision, precision=precision))
    assert record.verdict == "conforms"


MADE = (
    ("batches", ("sigma-prime-of-activation",), 0, "tied"),
    ("samples", ("batch-average-twice",), 2, "unique"),
    ("layers", ("fan-out-for-fan-in",), 2, "unique"),
    ("layers", ("max-for-argmax",), 1, "unique"),
    ("batches", ("one-hot-from-max",), 5, "unique"),
    ("layers", ("argmax-over-batch", "l2-gradient-only"), 5, "both"),
    ("samples", ("norm-not-squared", "zeros"), 4, "both"),
    ("samples", ("weight-gradient-transposed", "row-against-column"), 1, "unknown"),
    ("samples", ("star-for-matmul",), 0, "unique"),
    ("samples", ("star-for-matmul",), 2, "unique"),
    ("samples", ("row-against-column",), 0, "tied"),
    ("samples", ("row-against-column",), 2, "unique"),
    ("batches", ("star-for-matmul",), 5, "unique"),
    ("batches", ("star-for-matmul", "one-hot-from-max"), 2, "unknown"),
    ("samples", ("sigmoid-overflow",), 0, "unique"),
    ("samples", ("input-mutated",), 1, "unique"),
    ("samples", ("input-mutated", "weight-gradient-transposed"), 5, "one"),
    ("samples", ("bias-frozen", "last-sample-only"), 4, "both"),
    ("batches", ("one-hot-from-max", "hidden-sigma-prime-missing"), 2, "tied"),
)


@pytest.mark.campaign
@pytest.mark.parametrize(("style", "slugs", "head", "outcome"), MADE)
def test_a_mistake_in_real_code_is_named(
    style: str, slugs: tuple[str, ...], head: int, outcome: str
) -> None:
    """Otherwise the catalogue knows its own simulations and nothing that people write."""
    assert diagnosis.judged(network(style, *slugs, head=head)).outcome == outcome


def test_a_wrong_shape_may_be_off_by_what_both_have_rounded() -> None:
    """Here one number is off by 4/3 of the bound of one; a second mistake was named beside it."""
    (head,) = (head for head in HEADS if (head.hidden, head.output) == ("relu", "softmax"))
    written = (("bias-gradient-wrong-axis", 1),)
    record = diagnosis.judged(Mistaken(styles()["batches"], written, head, "float64"))
    assert record.outcome == "unique"


RECORD = Record("n", "layers", "float32", ("zeros",), "wrong", "unique", ("zeros",), 1.0)


@pytest.mark.parametrize(
    ("made", "certainty", "named", "outcome"),
    [
        (("zeros",), "unique", ("zeros",), "unique"),
        (("zeros",), "unique", ("constant",), "false"),
        (("zeros",), "unique", ("constant", "zeros"), "false"),
        (("zeros",), "tied", ("constant", "zeros"), "tied"),
        (("zeros",), "tied", ("constant", "step-sign"), "false"),
        (("zeros",), "unknown", (), "unknown"),
        (("zeros", "step-sign"), "unique", ("step-sign", "zeros"), "both"),
        (("zeros", "step-sign"), "unique", ("zeros",), "one"),
        (("zeros", "step-sign"), "tied", ("zeros", "constant"), "one"),
        (("zeros", "step-sign"), "unique", ("zeros", "constant"), "false"),
        (("zeros", "step-sign"), "tied pairs", ("zeros step-sign", "zeros l2-unscaled"), "tied"),
        (("zeros", "step-sign"), "tied pairs", ("zeros constant", "zeros l2-unscaled"), "false"),
        (("zeros",), "tied pairs", ("zeros step-sign", "zeros l2-unscaled"), "false"),
        (("zeros", "step-sign"), "tied", ("l2-unscaled", "constant"), "false"),
        (("step-sign", "output-error-sign"), "unique", ("l2-wrong-sign",), "alike"),
        (("step-sign", "l2-wrong-sign"), "unique", ("output-error-sign",), "alike"),
        (("step-sign", "output-error-sign"), "tied", ("l2-wrong-sign", "zeros"), "false"),
    ],
)
def test_a_name_that_is_not_deserved_counts_as_false(
    made: tuple[str, ...], certainty: str, named: tuple[str, ...], outcome: str
) -> None:
    pairs = tuple(tuple(pair.split()) for pair in named) if certainty == "tied pairs" else ()
    slugs = tuple(slug for name in named for slug in name.split())
    record = replace(RECORD, mistakes=made, certainty=certainty, named=slugs, pairs=pairs)
    assert record.outcome == outcome


def test_the_document_has_no_false_name_and_three_hundred_pairs() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| all |")]
    ones, twos = ([int(cell) for cell in row.split("|")[3:-1]] for row in rows)
    assert ones[0] >= 2 * len(EVERY_WAY)
    assert twos[0] >= 300
    assert (ones[1 + ONE.index("false")], twos[1 + TWO.index("false")]) == (0, 0)


def test_a_false_name_is_shown_in_the_document() -> None:
    false = replace(RECORD, named=("constant",))
    text = rendered([false], [RECORD], 0)
    assert "| layers | float32 | 1 | 0 | 0 | 0 | 1 | 0 | 0 |" in text
    assert "- zeros, named constant" in text


def test_two_mistakes_in_the_same_place_are_no_pair() -> None:
    with pytest.raises(DoesNotFitError):
        _ = network("batches", "output-error-sign", "shuffled-apart").source


def test_a_file_of_mistakes_that_is_torn_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "batches.txt").write_text("zeros\n+ no place\n", encoding="utf-8")
    monkeypatch.setattr("mistaken_code.FOLDER", tmp_path)
    with pytest.raises(DataError, match="expected a slug"):
        Style.read("batches")


@pytest.mark.campaign
def test_a_campaign_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "KEPT", tmp_path / "kept.jsonl")
    networks = [network("layers", "zeros"), network("layers", "constant")]
    diagnosis.begin("state")
    known = diagnosis.kept("state")
    first = list(diagnosis.campaign(networks[:1], known, 1))
    again = diagnosis.kept("state")
    assert again == {first[0].name: first[0]}
    assert [record.mistakes for record in diagnosis.campaign(networks, again, 1)] == [
        ("zeros",),
        ("constant",),
    ]
    assert diagnosis.kept("another state") == {}


def test_a_check_judges_nothing_and_leaves_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise it would take a quarter of an hour, and throw away what another campaign found."""
    monkeypatch.setattr(diagnosis, "KEPT", tmp_path / "kept.jsonl")
    monkeypatch.setattr(diagnosis, "judged", None)
    diagnosis.begin("other sources")
    before = diagnosis.KEPT.read_text(encoding="utf-8")
    assert diagnosis.main(["--check"]) == 1
    assert "got no verdict on batches float64" in capsys.readouterr().out
    assert diagnosis.KEPT.read_text(encoding="utf-8") == before
    assert diagnosis.DOCUMENT.read_text(encoding="utf-8") == DOCUMENT


@pytest.mark.campaign
def test_pairs_are_drawn_alike_from_the_same_seed() -> None:
    first, second = (
        [next(pairs).name for _ in range(3)] for pairs in (diagnosis.pairs(1), diagnosis.pairs(1))
    )
    assert first == second
    assert np.unique(first).size == 3
