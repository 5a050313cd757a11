"""How a document begins, as a link's card says it (§8.2)."""

from __future__ import annotations

import pytest

from services.domain.rendering.opening import LONGEST, opening


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (
            "# Human\n\nA *human* is a [who](other.md), not a `what`.\n\nMore.\n",
            "A human is a who, not a what.",
        ),
        ("> A **human** is born.\n\nLater.\n", "A human is born."),
        ("---\n\n```\ncode\n```\n\n<b>as text</b> & so on\n", "<b>as text</b> & so on"),
        ("two\nlines\n", "two lines"),
        ("# Only a heading\n", ""),
        ("", ""),
    ],
)
def test_the_first_paragraph_is_said_without_its_markup(text: str, begins: str) -> None:
    assert opening(text) == begins


def test_a_long_beginning_is_cut_at_a_word() -> None:
    said = opening("Everybody counts. " * 100)

    assert len(said) <= LONGEST + 1
    assert said.endswith(("counts.…", "Everybody…"))
