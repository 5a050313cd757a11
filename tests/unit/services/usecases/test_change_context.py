"""The words around a short change, shown so that it can be understood (§8.7)."""

from __future__ import annotations

import pytest

from services.domain.anchors import place
from services.domain.change import ChangeKind, ChangeState
from services.domain.clock import now
from services.domain.identifiers import ChangeId, CommitSha, Repository, Slug
from services.store.queries.changes import ChangeRow
from services.usecases.views.changes import _around

TEXT = "# Memory\n\nA memory is recieved from somebody who may well have forgotten it since.\n\nIt fades."


def row(original: str, *, anchored: bool = True) -> ChangeRow:
    start = TEXT.find(original)
    anchor = place(TEXT, start, start + len(original), CommitSha("c" * 40)) if anchored else None
    return ChangeRow(
        rfc_slug=Slug("memory"), repo=Repository("rfc/meta"), branch_name="b", asked_by=None, original=original,
        proposed="", anchor=anchor, id=ChangeId(1), edited=None, decided_by=None, decided_at=None,
        decline_reason=None, commit_sha=None, undo_sha=None, moved_from=None, op_id=None, created_at=now(),
        updated_at=now(), kind=ChangeKind.MODEL, state=ChangeState.PENDING,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("original", "around"),
    [
        ("recieved", ("A memory is ", " from somebody who may well …")),
        ("forgotten", ("… somebody who may well have ", " it since.")),
        ("# Memory", ("", "")),
        ("It fades.", ("", "")),
    ],
)
def test_a_short_change_is_led_and_followed_by_whole_words_of_its_line(
    original: str, around: tuple[str, str]
) -> None:
    assert _around(row(original)) == around


def test_a_long_change_and_one_without_a_place_need_no_words_around() -> None:
    assert _around(row("A memory is recieved from somebody who may well have forgotten it")) == ("", "")
    assert _around(row("nowhere", anchored=False)) == ("", "")
