"""An edit never reformats what the person did not touch (§1, §8.9)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.line_ends import editor_text, file_text, shape_of

FILES = st.lists(st.sampled_from(["a", "b ", "\r\n", "\n", "\r", "😀", "\u2028", "\ufeff"]), max_size=30).map(
    "".join
)


@settings(max_examples=500, deadline=None)
@given(FILES)
def test_an_untouched_file_is_saved_byte_for_byte(text: str) -> None:
    assert file_text(editor_text(text), shape_of(text)) == text


@pytest.mark.parametrize(
    ("before", "edited", "after"),
    [
        ("a\r\nb\r\n", "a\nx\nb\n", "a\r\nx\r\nb\r\n"),
        ("a\nb\r\nc\n", "a\nb\nc!\n", "a\nb\r\nc!\n"),
        ("a\r\nb\nc\r\n", "a\nB\nc\n", "a\r\nB\nc\r\n"),
        ("\ufeffa\r\nb", "a!\nb", "\ufeffa!\r\nb"),
        ("a", "a\nb", "a\nb"),
        ("a\n", "a", "a"),
        ("", "new\n", "new\n"),
    ],
)
def test_lines_keep_their_own_ends_and_new_ones_get_the_usual(before: str, edited: str, after: str) -> None:
    assert file_text(edited, shape_of(before)) == after


def test_the_editor_sees_only_line_feeds() -> None:
    assert editor_text("\ufeffa\r\nb\rc\n") == "a\nb\nc\n"
