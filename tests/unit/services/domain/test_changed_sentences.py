"""Which sentences somebody has not read yet (§8.2)."""

from __future__ import annotations

import pytest

from services.domain.changed_sentences import changed_sentences
from services.domain.prose_diff import compare

BEFORE = """# Rules

The first rule is short. The second rule is about patience and care. Third comes kindness.

A paragraph that stays as it is, word for word and in its place.
"""


def unread(after: str, before: str = BEFORE) -> list[str]:
    return [after[span.start : span.end] for span in changed_sentences(compare(before, after), after)]


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("is short", "is very short", ["The first rule is very short."]),
        ("patience and ", "", ["The second rule is about care."]),
        ("short. The", "short. A new one came between them all. The", ["A new one came between them all."]),
        ("The first rule is short. ", "", []),
        ("patience", "*patience*", []),
        ("short. The second", "short.\nThe second", []),
        ("# Rules", "# Rules of the house", ["# Rules of the house"]),
        ("kindness.\n", "kindness.\n\nOne more. And two more.\n", ["One more.", "And two more."]),
    ],
)
def test_only_sentences_that_read_otherwise_are_unread(old: str, new: str, sentences: list[str]) -> None:
    assert unread(BEFORE.replace(old, new)) == sentences


def test_a_paragraph_that_moved_was_read_before() -> None:
    title, rules, stays = BEFORE.rstrip().split("\n\n")
    assert unread(f"{title}\n\n{stays}\n\n{rules}\n") == []


def test_all_of_a_new_text_is_unread() -> None:
    assert unread("One. Two.", before="") == ["One.", "Two."]
