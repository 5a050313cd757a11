"""What a reader sees of a change, and that nothing is lost or invented on the way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.prose_diff import BlockStatus, PieceKind, ProseDiff, apply, compare

CORPUS = Path(os.environ.get("RFC_UI_CORPUS", Path(__file__).parents[6] / "shared" / "corpus")) / "rust-rfcs"

WORDS = st.sampled_from(
    [
        "a",
        "human",
        "is",
        "one.",
        "e.g.",
        "*two*",
        "`code`",
        "\n",
        "\n\n",
        " ",
        "\r\n",
        "\t",
        "# Head",
        "- item",
        "```\n",
        "😀",
        "日本語。",
        "e\u0301",
        "| x |",
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map("".join)


def seen(diff: ProseDiff) -> list[tuple[str, list[tuple[str, str]]]]:
    """Statuses of changed blocks with their inserted and deleted lengths as text."""
    return [
        (
            block.status.value,
            [(piece.kind.value, piece.text) for piece in block.pieces if piece.kind is not PieceKind.SPACE],
        )
        for block in diff.blocks
        if block.is_change
    ]


def struck_and_added(before: str, after: str) -> tuple[list[str], list[str]]:
    pieces = [piece for block in compare(before, after).blocks for piece in block.pieces]
    struck = [before[p.before.start : p.before.end] for p in pieces if p.kind is PieceKind.DELETE]
    return struck, [p.text for p in pieces if p.kind is PieceKind.INSERT]


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_applying_a_diff_gives_the_newer_text_back(before: str, after: str) -> None:
    assert apply(compare(before, after), before) == after


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert not compare(text, text).has_changes


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_old_characters_are_kept_or_struck_and_never_forgotten(before: str, after: str) -> None:
    diff = compare(before, after)
    spans = sorted(
        (piece.before.start, piece.before.end)
        for block in diff.blocks
        if block.status is not BlockStatus.MOVED_HERE
        for piece in block.pieces
        if len(piece.before)
    )
    assert "".join(before[start:end] for start, end in spans) == before


def test_reflowed_text_is_not_a_change() -> None:
    diff = compare("One two three\nfour five six.\n", "One two\nthree four five\nsix.\n")
    assert not diff.has_changes
    assert [block.status for block in diff.blocks] == [BlockStatus.REFLOWED]


def test_only_the_changed_word_is_marked() -> None:
    assert struck_and_added(
        "A human is a living person, taken whole.\n", "A human is a living being, taken whole.\n"
    ) == (["person"], ["being"])


def test_neighbouring_words_are_marked_as_one_passage() -> None:
    struck = struck_and_added(
        "They owe the human anything at all today.\n", "They owe the human something more precise today.\n"
    )
    assert struck == (["anything at all"], ["something more precise"])


def test_a_sentence_that_mostly_changed_is_replaced_whole() -> None:
    before = "Keep this one. Every list of capacities draws a line through a hospice.\n"
    after = "Keep this one. We tried that during spring and nobody could agree.\n"
    assert struck_and_added(before, after) == (
        ["Every list of capacities draws a line through a hospice."],
        ["We tried that during spring and nobody could agree."],
    )


def test_a_moved_paragraph_is_shown_as_moved_at_both_ends() -> None:
    first = "The first paragraph says something of its own here.\n\n"
    second = "The second paragraph is quite another matter altogether.\n\n"
    third = "The third one closes the section with a summary of it.\n"
    diff = compare(first + second + third, second + third.rstrip() + "\n\n" + first.rstrip() + "\n")
    moved = [(block.status, block.move) for block in diff.blocks if block.move]
    assert sorted(moved) == [(BlockStatus.MOVED_AWAY, 1), (BlockStatus.MOVED_HERE, 1)]


def test_a_short_paragraph_is_never_called_moved() -> None:
    rest = "A long enough paragraph to stay in place here.\n\nAnd another one that stays beneath it.\n\n"
    diff = compare("Yes.\n\n" + rest, rest + "Yes.\n\n")
    assert [block.move for block in diff.blocks] == [None] * len(diff.blocks)


def test_emphasis_alone_is_formatting() -> None:
    diff = compare("This is not an answer.\n", "This is **not an answer**.\n")
    assert [block.status for block in diff.blocks] == [BlockStatus.FORMATTED]


def test_an_asterisk_in_code_is_a_change_not_formatting() -> None:
    diff = compare("```\na * b\n```\n", "```\na  b\n```\n")
    assert [block.status for block in diff.blocks] == [BlockStatus.CHANGED]


def test_an_edited_list_item_leaves_its_neighbours_alone() -> None:
    diff = compare(
        "- apples are red\n- pears are green\n- plums are blue\n",
        "- apples are red\n- pears are yellow\n- plums are blue\n",
    )
    assert [block.status for block in diff.blocks] == [
        BlockStatus.SAME,
        BlockStatus.CHANGED,
        BlockStatus.SAME,
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Say 👩‍👩‍👧 now and then again.", "Say 👩‍👩‍👦 now and then again.", (["👩‍👩‍👧"], ["👩‍👩‍👦"])),
        ("A cafe\u0301 by the old river here.", "A cafe by the old river here.", (["cafe\u0301"], ["cafe"])),
        ("人間は生きている。それだけだ。", "人間は生きていた。それだけだ。", (["る"], ["た"])),
    ],
)
def test_one_visible_character_is_never_cut_in_two(
    before: str, after: str, expected: tuple[list[str], list[str]]
) -> None:
    assert struck_and_added(before, after) == expected


def test_texts_too_large_for_words_say_so_and_are_still_exact() -> None:
    before = "\n\n".join(f"Paragraph number {index} of a very long text." for index in range(20_000))
    after = before.replace("number 777 of", "number 777 in")
    diff = compare(before, after)
    assert diff.limited
    assert apply(diff, before) == after


def test_one_enormous_line_is_replaced_whole() -> None:
    before, after = "word " * 40_000, "term " * 40_000
    assert apply(compare(before, after), before) == after


def test_a_changed_fence_of_one_enormous_line_is_exact() -> None:
    before = "```\n" + "x y " * 30_000 + "\n```\n"
    after = before.replace("x y x y x", "x y z y x", 1)
    assert apply(compare(before, after), before) == after


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real revisions are not beside this project")
def test_all_real_revisions_are_rebuilt_exactly() -> None:
    pairs = [json.loads(line) for line in (CORPUS / "revisions.jsonl").read_text().splitlines()]
    wrong = [
        pair["path"]
        for pair in pairs
        if apply(compare(pair["before"], pair["after"]), pair["before"]) != pair["after"]
    ]
    assert (len(pairs), wrong) == (121, [])
