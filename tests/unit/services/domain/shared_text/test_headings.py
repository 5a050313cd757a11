"""Which heading somebody's caret is under (§8.10)."""

from __future__ import annotations

import pytest

from services.domain.shared_text import SharedText

TEXT = "Before.\n# Human 🙂\nText.\n\n## Scope\nMore.\n"


@pytest.mark.parametrize(
    ("before", "heading"),
    [
        ("Before", None),
        ("# Hum", "Human 🙂"),
        ("Text", "Human 🙂"),
        ("## Sc", "Scope"),
        ("More.\n", "Scope"),
    ],
)
def test_a_caret_is_under_the_last_heading_before_it(before: str, heading: str | None) -> None:
    units = len(TEXT[: TEXT.index(before) + len(before)].encode("utf-16-le")) // 2
    assert SharedText(TEXT).heading_at(units) == heading


def test_a_text_may_begin_with_a_heading() -> None:
    assert SharedText("# Only").heading_at(0) == "Only"


def test_an_empty_text_has_none() -> None:
    assert SharedText("").heading_at(0) is None
