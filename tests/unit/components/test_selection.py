"""What a browser says about a selection is read strictly, and marks leave for it as it counts (§8.12)."""

from __future__ import annotations

import pytest

from components.selection import mark_of, off_html, selection_from
from services.domain.actors import Actor
from services.domain.errors import Invalid
from services.domain.identifiers import Login, UserId
from services.domain.quoting import Selection, Shown
from services.usecases.views.parts import Permit

SENT = {
    "line": 3,
    "before": 4,
    "quote": "words",
    "prefix": "p",
    "suffix": "s",
    "side": "after",
    "written": False,
}
ANA = Actor(id=UserId(7), login=Login("ana"), display_name="Ana Ruiz")


def test_a_selection_arrives_as_it_was_sent() -> None:
    assert selection_from(SENT) == Selection(line=3, before=4, quote="words", prefix="p", suffix="s")


def test_surroundings_are_cut_to_what_is_looked_at() -> None:
    long = selection_from(SENT | {"prefix": "x" * 300 + "y", "suffix": "y" + "x" * 300})
    assert (len(long.prefix), long.prefix[-1], len(long.suffix), long.suffix[0]) == (200, "y", 200, "y")


@pytest.mark.parametrize("sent", [None, [], "words", {}, SENT | {"line": "3"}, SENT | {"quote": None}])
def test_anything_else_is_refused(sent: object) -> None:
    with pytest.raises(Invalid):
        selection_from(sent)


def test_a_mark_is_counted_from_its_block() -> None:
    shown = Shown(line=3, before=4, length=5, quote="words")
    assert mark_of(shown, number=9, look="flag", count=2) == {
        "id": 9,
        "line": 3,
        "before": 4,
        "length": 5,
        "quote": "words",
        "look": "flag",
        "count": 2,
        "side": "after",
    }


def test_who_can_not_comment_is_told_why() -> None:
    no = Permit(allowed=False, why_not="An admin has muted <you>.")
    assert off_html(Permit(allowed=True), ANA, path="/rfc/human") == ""
    assert off_html(no, ANA, path="/rfc/human") == "An admin has muted &lt;you&gt;."
    assert off_html(no, None, path="/rfc/human") == (
        '<a href="/auth/login?next=%2Frfc%2Fhuman">Sign in</a> to comment.'
    )
