"""A clash as a card: its passage, with either wording or both, and where it goes while people type on (§8.10)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.anchors import place
from services.domain.clash_card import ClashPassage, ClashSides, followed, passage_of
from services.domain.identifiers import CommitSha
from services.domain.merge import Choice, Merged, merge
from services.domain.prose_diff import Span

COMMIT = CommitSha("c" * 40)
PIECES = (
    "One. ",
    "One. ",
    "Two two. ",
    "Three.\n\n",
    "Four?\n",
    "```\ncode\n```\n",
    "五。",
    "- six\n",
    "| a | b |\n",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def mine_everywhere(merged: Merged) -> str:
    return merged.text([Choice.MINE] * len(merged.clashes))


def only_passage(base: str, mine: str, theirs: str) -> tuple[str, ClashPassage]:
    merged = merge(base, mine, theirs)
    (standing,) = merged.standing
    passage = passage_of(mine_everywhere(merged), standing)
    assert passage is not None
    return mine_everywhere(merged), passage


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_taking_theirs_gives_what_the_merge_gives(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    text = mine_everywhere(merged)
    for number, standing in enumerate(merged.standing):
        passage = passage_of(text, standing)
        if passage is None:
            continue
        span, taken = passage.located.span, passage.located.replacement
        choices = [Choice.THEIRS if at == number else Choice.MINE for at in range(len(merged.clashes))]
        assert text.count(passage.located.original) == 1
        assert text[: span.start] + taken + text[span.end :] == merged.text(choices)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_both_hold_every_word_of_either(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    for standing in merged.standing:
        passage = passage_of(mine_everywhere(merged), standing)
        if passage is None or passage.both is None:
            continue
        words = "".join(passage.both.split())
        for side in (standing.clash.mine, standing.clash.theirs):
            for line in side.splitlines():
                assert "".join(line.split()).strip("|-") in words


def test_a_wording_that_stands_twice_takes_words_around_it_along() -> None:
    base = "Yes. It speaks. No. It hums.\n"
    text, passage = only_passage(base, base.replace("speaks", "hums"), base.replace("speaks", "sings"))

    assert text.count(passage.located.original) == 1
    assert passage.both is not None
    assert "It hums. It sings." in passage.both


def test_a_wording_that_was_taken_out_leaves_the_words_beside_it() -> None:
    base = "First stays here. It speaks aloud. Last stays here.\n"
    text, passage = only_passage(base, base.replace("It speaks aloud. ", ""), base.replace("aloud", "softly"))

    span = passage.located.span
    assert text[: span.start] + passage.located.replacement + text[span.end :] == base.replace(
        "aloud", "softly"
    )
    assert (passage.located.original.strip() != "", passage.both) == (True, None)


def sides(mine: str = "It thinks.") -> ClashSides:
    return ClashSides(base="It speaks.", mine=mine, theirs="It sings.", both="It thinks. It sings.")


def test_a_wording_that_is_typed_on_is_followed() -> None:
    before = "A human is a being. It thinks.\n\nIt also listens.\n"
    anchor = place(before, 20, 30, COMMIT)
    after = before.replace("It thinks.", "It thinks aloud, and often.")

    assert followed("It thinks.", "It sings.", sides(), anchor, after) == (
        Span(20, 47),
        ClashSides(
            base="It speaks.", mine="It thinks aloud, and often.", theirs="It sings.",
            both="It thinks aloud, and often. It sings.",
        ),
    )  # fmt: skip


def test_where_it_can_not_be_told_it_is_not_followed() -> None:
    before = "A human is a being. It thinks.\n\nIt also listens.\n"
    anchor = place(before, 20, 30, COMMIT)

    taken_out = before.replace("It thinks.", "")
    both_sides_gone = "Something else.\n"
    theirs_typed = before.replace("It thinks.", "It sings.")
    for after in (taken_out, both_sides_gone, theirs_typed):
        assert followed("It thinks.", "It sings.", sides(), anchor, after) is None
    assert followed("being. It thinks.", "being. It sings.", sides(), anchor, before) is None


@pytest.mark.parametrize(
    ("base", "mine", "taken"),
    [
        ("One is. It was. Both are.\n", "One is.  Both are.\n", "One is. It were. Both are.\n"),
        ("It was. Both are.\n", " Both are.\n", "It were. Both are.\n"),
        ("One is. It was. Both are.\n", "One is. Both are.\n", "One is. It were. Both are.\n"),
    ],
)
def test_words_taken_out_with_a_blank_left_over_come_back_with_one_blank(
    base: str, mine: str, taken: str
) -> None:
    text, passage = only_passage(base, mine, base.replace("was", "were"))

    span = passage.located.span
    assert text[: span.start] + passage.located.replacement + text[span.end :] == taken
