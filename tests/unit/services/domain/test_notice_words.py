"""What the inbox and letters say of an act (§15)."""

from __future__ import annotations

import pytest

from services.domain.notice_words import quote_of, quoted


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Bound four: *a guardian without one is an owner*.",
            "Bound four: a guardian without one is an owner.",
        ),
        ("See [silence](silence.md), `RFC-1`\nand **this**.", "See silence, RFC-1 and this."),
        ("@writer, 2 < 3 and snake_case stay.", "@writer, 2 < 3 and snake_case stay."),
    ],
)
def test_a_quote_is_what_a_reader_sees_of_a_message(written: str, read: str) -> None:
    assert quote_of({"quote": written}) == read


def test_a_message_of_signs_alone_is_not_quoted() -> None:
    assert quote_of({"quote": "***"}) == ""


def test_quotes_inside_a_quote_are_single_ones() -> None:
    assert quoted("with “to this”") == "with ‘to this’"
