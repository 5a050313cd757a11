"""Two versions of one text come together without a word being lost (§8.10)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.merge import Agreed, Choice, Clash, conflict_by_line, merge

SENTENCES = st.lists(
    st.sampled_from(["One. ", "Two two. ", "Three.\n\n", "Four?\n", "```\ncode\n```\n", "五。", "- six\n"]),
    max_size=10,
).map("".join)
BASE = "The first sentence stands. The second one follows it.\n\nA third closes the text.\n"


def test_changes_in_different_sentences_come_together() -> None:
    merged = merge(BASE, BASE.replace("first", "very first"), BASE.replace("third", "last"))
    assert (
        merged.text()
        == "The very first sentence stands. The second one follows it.\n\nA last closes the text.\n"
    )


def test_neighbouring_sentences_do_not_clash() -> None:
    merged = merge(BASE + "End.\n", BASE + "End.\nMine.\n", BASE.replace("third", "last") + "End.\n")
    assert merged.clashes == ()


def test_neighbours_changed_by_different_sides_both_stand() -> None:
    base = "It speaks.\n\nIt also listens.\n"
    merged = merge(base, base.replace("speaks", "thinks"), base.replace("also listens", "listens well"))
    assert merged.text() == "It thinks.\n\nIt listens well.\n"


def test_a_sentence_added_after_one_that_the_other_side_changed_stands() -> None:
    base = "It speaks.\nEnd.\n"
    merged = merge(base, base.replace("speaks", "thinks"), "It speaks.\nAnd sings.\nEnd.\n")
    assert merged.text() == "It thinks.\nAnd sings.\nEnd.\n"


def test_a_sentence_one_side_removed_and_the_other_changed_is_left_to_a_person() -> None:
    base = "First stays here. It speaks aloud. Last stays here.\n"
    merged = merge(base, base.replace("It speaks aloud. ", ""), base.replace("aloud", "softly"))
    assert [(clash.mine, clash.theirs) for clash in merged.clashes] == [("", "It speaks softly. ")]


def test_the_same_sentence_changed_twice_is_left_to_a_person() -> None:
    merged = merge(BASE, BASE.replace("second", "next"), BASE.replace("second", "other"))
    assert merged.parts == (
        Agreed("The first sentence stands. "),
        Clash(
            "The second one follows it.\n\n", "The next one follows it.\n\n", "The other one follows it.\n\n"
        ),
        Agreed("A third closes the text.\n"),
    )


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Choice.MINE, "Mine stands here.\n"),
        (Choice.THEIRS, "Theirs does.\n"),
        (Choice.BOTH, "Theirs does.\nMine stands here.\n"),
    ],
)
def test_a_clash_is_decided_by_choosing(choice: Choice, text: str) -> None:
    assert merge("Old words.\n", "Mine stands here.\n", "Theirs does.\n").text([choice]) == text


def test_the_same_change_on_both_sides_is_no_clash() -> None:
    changed = BASE.replace("second", "next")
    assert merge(BASE, changed, changed).text() == changed


def test_a_clash_can_not_be_passed_over() -> None:
    with pytest.raises(ValueError, match="1 clashes"):
        merge("a.\n", "b.\n", "c.\n").text()


@settings(max_examples=300, deadline=None)
@given(SENTENCES, SENTENCES)
def test_an_untouched_side_changes_nothing(base: str, changed: str) -> None:
    assert merge(base, base, changed).text() == changed
    assert merge(base, changed, base).text() == changed


@settings(max_examples=300, deadline=None)
@given(SENTENCES, SENTENCES, SENTENCES)
def test_sides_are_symmetric_and_choosing_never_invents(base: str, mine: str, theirs: str) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert [(c.base, c.mine, c.theirs) for c in one.clashes] == [
        (c.base, c.theirs, c.mine) for c in other.clashes
    ]
    assert one.text([Choice.MINE] * len(one.clashes)) == other.text([Choice.THEIRS] * len(other.clashes))


@pytest.mark.parametrize(
    ("mine", "theirs", "conflict"),
    [
        ("a\nB\nc\nd\n", "a\nb\nc\nD\n", False),
        ("a\nB\nc\nd\n", "a\nb\nC\nd\n", True),
        ("a\nB\nc\nd\n", "a\nB\nc\nd\n", False),
        ("a\nB\nc\nd\n", "a\nX\nc\nd\n", True),
        ("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nf\n", True),
        ("", "a\nb\nc\nd\n", False),
    ],
)
def test_lines_conflict_where_git_says_so(mine: str, theirs: str, conflict: bool) -> None:
    assert conflict_by_line("a\nb\nc\nd\n", mine, theirs) is conflict


def test_git_ends_lines_at_line_feeds_only() -> None:
    base = "one\u2028two\rthree\u0085four\n"

    assert conflict_by_line(base, base.replace("one", "1"), base.replace("four", "4"))
