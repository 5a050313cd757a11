"""Threads stay with their words, and never jump to a lookalike (§8.13)."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from services.domain.anchors import Anchor, Certainty, follow, place
from services.domain.identifiers import CommitSha
from services.domain.prose_diff import compare

OLD, NEW = CommitSha("a" * 40), CommitSha("b" * 40)
CORPUS = Path(os.environ.get("RFC_UI_CORPUS", Path(__file__).parents[5] / "shared" / "corpus")) / "rust-rfcs"
TEXT = "# Human\n\nA human is a living member of the species.\n\nEach role leaves out whoever is not playing it.\n"


def anchor_on(text: str, quote: str) -> Anchor:
    start = text.index(quote)
    return place(text, start, start + len(quote), OLD)


def moved(quote: str, before: str, after: str) -> tuple[Certainty, str]:
    anchor = follow(anchor_on(before, quote), before, after, NEW)
    return anchor.certainty, after[anchor.start : anchor.end]


def test_an_anchor_keeps_its_quote_and_32_characters_either_side() -> None:
    anchor = anchor_on(TEXT, "living member")
    assert (anchor.quote, anchor.prefix, anchor.suffix) == (
        "living member",
        "# Human\n\nA human is a ",
        " of the species.\n\nEach role leav",
    )


@pytest.mark.parametrize(("start", "end"), [(3, 3), (5, 2), (-1, 4), (0, 10_000), (7, 9)])
def test_a_place_that_is_no_passage_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="passage"):
        place(TEXT, start, end, OLD)


def test_text_added_before_it_moves_an_anchor_along() -> None:
    after = TEXT.replace("# Human", "# Human\n\nA whole new introduction stands here.")
    assert moved("living member", TEXT, after) == (Certainty.EXACT, "living member")


def test_reflowed_words_are_still_exactly_there() -> None:
    after = TEXT.replace("living member of the", "living\nmember of\nthe")
    assert moved("living member", TEXT, after) == (Certainty.EXACT, "living\nmember")


def test_a_moved_paragraph_takes_its_anchors_along() -> None:
    head, first, second = TEXT.split("\n\n")
    after = f"{head}\n\n{second.rstrip()}\n\nA closing line of some length here.\n\n{first}\n"
    before = f"{head}\n\n{first}\n\nA closing line of some length here.\n\n{second}"
    assert moved("living member", before, after)[1] == "living member"


def test_an_edited_passage_is_uncertain_and_keeps_the_old_quote() -> None:
    after = TEXT.replace("living member of the species", "living member of our species")
    anchor = follow(anchor_on(TEXT, "living member of the species"), TEXT, after, NEW)
    assert (anchor.certainty, anchor.quote) == (Certainty.UNCERTAIN, "living member of the species")
    assert after[anchor.start : anchor.end] == "living member of our species"


def test_removed_words_are_lost_even_where_a_lookalike_stands() -> None:
    after = "The middle part keeps these two apart.\n\nBeta says yes to all of it.\n"
    before = "Alpha says yes to all of it.\n\n" + after
    assert moved("says yes to all of it", before, after)[0] is Certainty.LOST


def test_words_that_come_back_are_uncertain_until_a_person_says_so() -> None:
    gone = TEXT.replace("A human is a living member of the species.\n\n", "")
    lost = follow(anchor_on(TEXT, "living member of the species"), TEXT, gone, NEW)
    back = follow(lost, gone, TEXT, OLD)
    assert (lost.certainty, back.certainty) == (Certainty.LOST, Certainty.UNCERTAIN)
    assert TEXT[back.start : back.end] == "living member of the species"


def test_between_two_equal_new_places_none_is_taken() -> None:
    before = "The word here.\n\nAnother line of text entirely.\n"
    after = "Another line of text entirely.\n\nxx The word here yy\n\nxx The word here yy\n"
    assert moved("The word", before, after)[0] in (Certainty.LOST, Certainty.UNCERTAIN)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real revisions are not beside this project")
def test_real_revisions_lose_few_quotes_and_misplace_none() -> None:
    rng = random.Random(20)
    wrong, surviving, found = [], 0, 0
    for line in (CORPUS / "revisions.jsonl").read_text().splitlines():
        pair = json.loads(line)
        before, after = pair["before"], pair["after"]
        diff, reading = compare(before, after), " ".join(after.split())
        for anchor in random_anchors(rng, before, 20):
            there = follow(anchor, before, after, NEW, diff=diff)
            sure = there.certainty in (Certainty.EXACT, Certainty.MOVED)
            if sure and after[there.start : there.end].split() != anchor.quote.split():
                wrong.append((pair["path"], anchor.quote))
            survives = " ".join(anchor.quote.split()) in reading
            surviving, found = surviving + survives, found + (survives and sure)
    assert wrong == []
    assert found / surviving >= 0.95


def random_anchors(rng: random.Random, text: str, count: int) -> list[Anchor]:
    anchors: list[Anchor] = []
    while len(anchors) < count and len(text) > 50:
        start = rng.randrange(len(text) - 5)
        end = min(len(text), start + rng.choice([8, 20, 40, 90, 200, 400]))
        if text[start:end].strip():
            anchors.append(place(text, start, end, OLD))
    return anchors
