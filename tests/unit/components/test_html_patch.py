"""How a text that is being written is sent to those who look at it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from components.html_patch import Patch, Piece, patch_between

LINES = st.lists(
    st.builds(
        lambda words, line: words.format(f' data-line="{line}"'),
        st.sampled_from(
            ["<p{}>One</p>", "<p{}>Two 🙂</p>", "<p{}>é</p>", "<hr>", "</ul>", '"{0}{0}"', "a\u2028b"]
        ),
        st.integers(0, 12),
    ),
    max_size=30,
)


def patched(before: str, patch: Patch) -> str:
    """What the browser makes of it, in its own units."""
    units = before.encode("utf-16-le")

    def piece_of(piece: Piece) -> str:
        if isinstance(piece, str):
            return piece
        start, end, shift = piece
        kept = units[2 * start : 2 * end].decode("utf-16-le")
        return re.sub(
            r' data-line="([0-9]{1,9})"', lambda found: f' data-line="{int(found[1]) + shift}"', kept
        )

    return "".join(map(piece_of, patch["pieces"]))


def put_in(patch: Patch) -> list[str]:
    """What is sent of the newer version."""
    return [piece for piece in patch["pieces"] if isinstance(piece, str)]


def document(*paragraphs: str, first: int = 1) -> str:
    """A paragraph every other line."""
    return "".join(
        f'<p data-line="{first + 2 * number}">{words}</p>\n' for number, words in enumerate(paragraphs)
    )


def test_only_what_changed_is_sent() -> None:
    patch = patch_between("<p>One 🙂 two</p>", "<p>One 🙂 two, three</p>")

    assert patch == Patch(pieces=((0, 13, 0), ", three", (13, 17, 0)), length=24)


def test_what_two_people_change_far_apart_leaves_what_is_between_alone() -> None:
    words = [f"Paragraph {number}." for number in range(50)]
    before = document(*words)
    words[3] += " More."
    words[41] += " And more."

    assert put_in(patch_between(before, document(*words))) == [" More.", " And more."]


def test_a_new_line_does_not_send_what_follows_with_its_new_numbers() -> None:
    words = [f"Paragraph {number}." for number in range(50)]
    before = document(*words)
    words[3:4] = ["New.", "Paragraph 3."]

    assert put_in(patch_between(before, document(*words))) == ['<p data-line="7">New.</p>\n']


def test_a_paragraph_taken_away_sends_nothing() -> None:
    before, after = document("One.", "Two.", "Three."), document("One.", "Three.")

    assert put_in(patch_between(before, after)) == []
    assert patched(before, patch_between(before, after)) == after


@given(before=LINES, after=LINES)
def test_the_browser_has_the_newer_text_afterwards(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    patch = patch_between(old, new)

    assert patched(old, patch) == new
    assert len(new.encode("utf-16-le")) == 2 * patch["length"]
