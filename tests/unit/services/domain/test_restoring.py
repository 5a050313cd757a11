"""A suggestion about struck words stands where they would (§10.4)."""

from __future__ import annotations

import pytest

from services.domain.prose_diff import Span, compare
from services.domain.restoring import restored

BEFORE = """# Human

A human is a being that very often speaks. It listens.

A whole paragraph that nobody needed any more.

- first item
- second item to go
- third item

Nobody is left out, and the rule holds.
"""


def after_restoring(before: str, after: str, struck: str, wording: str) -> str:
    """The newer text once the suggestion is taken."""
    start = before.index(struck)
    found = restored(compare(before, after), before, after, Span(start, start + len(struck)), wording)
    assert after[found.span.start : found.span.end] == found.original
    return after[: found.span.start] + found.replacement + after[found.span.end :]


@pytest.mark.parametrize(
    ("changed", "struck", "wording", "now"),
    [
        (("very often ", ""), "very often", "often", "being that often speaks."),
        (("very often ", ""), "very", "very often", "being that very often speaks."),
        (("very often ", "seldom "), "very often", "hardly ever", "being that hardly ever speaks."),
        (("very often ", "mostly "), "very", "very", "being that very mostly speaks."),
        (("very often ", "mostly "), "often", "often", "being that mostly often speaks."),
        (
            (", and the rule holds.", "."),
            "and the rule holds",
            "as the rule says",
            "Nobody is left out as the rule says.",
        ),
        ((" It listens.", ""), "It listens.", "It hears.", "speaks. It hears.\n\nA whole"),
        (
            ("A whole paragraph that nobody needed any more.\n\n", ""),
            "paragraph that nobody needed",
            "A paragraph that some needed.",
            "It listens.\n\nA paragraph that some needed.\n\n- first item",
        ),
        (
            ("- second item to go\n", ""),
            "second item to go",
            "second item",
            "- first item\n- second item\n- third",
        ),
        (("- second item to go\n", ""), "second", "1. other", "- first item\n1. other\n- third"),
        (("# Human\n\n", ""), "Human", "Humans", "# Humans\n\nA human is"),
        (
            ("\nNobody is left out, and the rule holds.\n", ""),
            "Nobody is left out",
            "Nobody stays out.",
            "- third item\n\nNobody stays out.\n",
        ),
    ],
)
def test_the_wording_stands_where_the_words_stood(
    changed: tuple[str, str], struck: str, wording: str, now: str
) -> None:
    after = BEFORE.replace(*changed)
    assert after != BEFORE
    text = after_restoring(BEFORE, after, struck, wording)
    assert now in text
    assert text.count("\n\n\n") == after.count("\n\n\n")


def test_a_text_that_is_empty_now_gets_the_words_back() -> None:
    assert after_restoring("Only this.\n", "", "Only this.", "Only that.") == "Only that.\n"


def test_the_same_words_again_undo_the_deletion_of_a_paragraph() -> None:
    gone = "A whole paragraph that nobody needed any more.\n\n"
    assert after_restoring(BEFORE, BEFORE.replace(gone, ""), gone.strip(), gone) == BEFORE
