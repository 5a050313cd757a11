"""What the card of uncommitted edits says."""

from __future__ import annotations

from components.flush_card import who_typed
from components.uncommitted import LONGEST_REST, ONLY_SPACE, heading_before, rest_after, uncommitted

BEFORE = "## Definition\n\nA document relies on all of them.\n\n## Scope\n\nIt says so.\n"


def test_the_touched_paragraph_is_shown_with_its_heading() -> None:
    typed = uncommitted(BEFORE, BEFORE.replace("all of them", "all three"))

    assert typed.html == "<p>A document relies on all <del>of them</del><ins>three</ins>.</p>"
    assert typed.sections == ("Definition",)


def test_a_new_and_a_struck_paragraph_stand_under_their_headings() -> None:
    after = BEFORE.replace("A document relies on all of them.\n\n", "") + "\nAnd <more>.\n"

    typed = uncommitted(BEFORE, after)

    assert (
        typed.html == "<p><del>A document relies on all of them.</del></p><p><ins>And &lt;more&gt;.</ins></p>"
    )
    assert typed.sections == ("Definition", "Scope")


def test_words_far_from_the_change_are_left_out() -> None:
    long = "word " * 60

    typed = uncommitted(f"{long}old {long}", f"{long}new {long}")

    assert len(typed.html) < 200
    assert "<del>old</del>" in typed.html


def test_a_reflowed_paragraph_says_that_only_spaces_differ() -> None:
    assert uncommitted("One two.\n", "One\ntwo.\n").html == ONLY_SPACE


def test_text_above_the_first_heading_stands_under_none() -> None:
    assert heading_before("Intro.\n\n# One\n", 2) == ""
    assert heading_before("Intro.\n\n# One\n", 9) == "One"


def test_whose_edits_wait_is_said_to_each_in_their_words() -> None:
    said = [
        who_typed(names, viewer="Ana")
        for names in ([], ["Ana"], ["Ben"], ["Ana", "Ben"], ["Ben", "Cleo", "Ana"])
    ]

    assert said == [
        "Edits",
        "Your edits",
        "Ben’s edits",
        "Edits by you and Ben",
        "Edits by Ben, Cleo and you",
    ]


def test_a_comparison_that_was_held_up_does_not_keep_the_next_one_waiting_for_long() -> None:
    assert rest_after(0.05) == 2.0
    assert rest_after(60.0) == LONGEST_REST
