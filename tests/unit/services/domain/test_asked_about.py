"""From what somebody chose to ask about to its place in the text."""

from __future__ import annotations

import pytest

from services.domain.asked_about import (
    LONGEST_QUOTE,
    passage_asked_about,
    points_before,
    section_asked_about,
)
from services.domain.errors import Invalid
from services.domain.prose_diff import Span

TEXT = "# One\n\nA *human* is human.\n\n## Two\n\nSaid twice. Said twice.\n\n# Three\n\nThe end."


def words(span: Span) -> str:
    return TEXT[span.start : span.end]


def test_a_section_holds_what_stands_below_its_lower_headings() -> None:
    assert words(section_asked_about(TEXT, "one")) == TEXT[: TEXT.index("# Three")]
    assert words(section_asked_about(TEXT, "two")) == "## Two\n\nSaid twice. Said twice.\n\n"


def test_a_section_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(Invalid, match="no longer there"):
        section_asked_about(TEXT, "four")


def test_a_passage_that_stands_where_it_stood_is_taken_there() -> None:
    start = TEXT.rindex("Said twice.")

    assert passage_asked_about(TEXT, "Said twice.", start, start + 11) == Span(start, start + 11)


def test_a_rendered_passage_lacks_the_marks_of_its_source() -> None:
    start = TEXT.index("A *human*")

    assert words(passage_asked_about(TEXT, "A human is", start, start + 12)) == "A *human* is"


def test_a_passage_that_moved_is_found_where_it_stands_once() -> None:
    assert words(passage_asked_about(TEXT, "The  end.", 0, 5)) == "The end."


@pytest.mark.parametrize("quote", ["Said twice.", "Nobody wrote this.", "x" * (LONGEST_QUOTE + 1)])
def test_a_passage_that_is_not_there_once_is_refused(quote: str) -> None:
    with pytest.raises(Invalid):
        passage_asked_about(TEXT, quote, -1, -1)


def test_browsers_count_some_characters_twice() -> None:
    assert [points_before("a😀b", units) for units in (0, 1, 3, 4)] == [0, 1, 2, 3]
    assert points_before("plain", 4) == 4
