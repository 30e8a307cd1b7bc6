"""The kill matrix: what is committed is what the generator gives, and every law earns its place.

The whole of it takes minutes (`make matrix OPTIONS=--check`); here a few rows are judged anew.
"""

from dataclasses import replace

import pytest

import kill_matrix
from refnet.bugs import BUGS
from refnet.law import load_laws

DOCUMENT = kill_matrix.DOCUMENT.read_text(encoding="utf-8")
MATRIX = kill_matrix.parsed(DOCUMENT)
LAWS = [law.id for law in load_laws()]

ROWS = ("l2-gradient-only", "step-sign", "argmax-flattened", "relu-slope-by-division", "zeros")
"""Mistakes of five kinds, each quick to judge."""


def test_the_document_is_as_the_generator_writes_it() -> None:
    assert kill_matrix.rendered(MATRIX) == DOCUMENT


@pytest.mark.parametrize("slug", BUGS)
def test_every_mistake_is_caught_by_the_law_aimed_at_it_with_every_seed(slug: str) -> None:
    assert MATRIX.aimed.get((slug, BUGS[slug].aimed_at), 0) == kill_matrix.SEEDS


@pytest.mark.parametrize("slug", ROWS)
def test_a_row_is_what_the_laws_say_now(slug: str) -> None:
    now = kill_matrix.computed([slug], seeds=1, thorough=1)
    committed = {law: MATRIX.caught.get((slug, law), 0) for law in LAWS}
    assert {law for law in LAWS if committed[law] == kill_matrix.THOROUGH} <= {
        law for law in LAWS if now.caught.get((slug, law))
    }
    assert {law for law in LAWS if now.caught.get((slug, law))} <= {
        law for law in LAWS if committed[law]
    }
    assert now.otherwise >= {key for key in MATRIX.otherwise if key[0] == slug}


def test_every_law_catches_a_mistake_of_the_catalogue() -> None:
    caught = {law for (_, law), count in MATRIX.caught.items() if count}
    assert caught | {law for _, law in MATRIX.otherwise} == set(LAWS)


def test_a_law_that_catches_nothing_alone_says_why_it_is_kept() -> None:
    alone = {law for law in LAWS if MATRIX.only_by(law)}
    assert set(LAWS) - alone == set(kill_matrix.KEPT)
    law = next(iter(alone))
    without = {key: count for key, count in MATRIX.caught.items() if key[1] != law}
    with pytest.raises(LookupError, match=f"{law} catches nothing alone"):
        kill_matrix.rendered(replace(MATRIX, caught=without))


def test_a_changed_cell_is_seen() -> None:
    assert kill_matrix.rendered(replace(MATRIX, caught={**MATRIX.caught, ("zeros", LAWS[0]): 1}))
    changed = replace(MATRIX, aimed={**MATRIX.aimed, ("zeros", BUGS["zeros"].aimed_at): 19})
    assert "**19**" in kill_matrix.rendered(changed)
