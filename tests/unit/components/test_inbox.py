"""The filters of the inbox as HTML (§15.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from components.inbox import inbox_html
from services.store.queries.notifications import Filters
from services.usecases.views.inbox import Choice, InboxView

AT = datetime(2026, 1, 1, tzinfo=UTC)
RFCS = tuple(Choice(value=f"rfc-{number}", label=f"RFC {number}", count=9 - number) for number in range(8))


def page(filters: Filters) -> str:
    view = InboxView(
        filters=filters, rows=(), older=False, unread=0, categories={}, rfcs=RFCS, people=()
    )  # fmt: skip
    return inbox_html(view, (), now=AT)


def chips(html: str) -> list[str]:
    return re.findall(r">(RFC \d \d)</a>", html)


def test_beyond_the_most_frequent_the_rest_can_be_chosen_too() -> None:
    before, sign, after = page(Filters()).partition("<details")

    assert sign
    assert 'id="inbox-rfcs" data-keep' in after  # what was opened stays open when something new comes
    assert ">More RFCs 3</summary>" in after
    assert chips(before) == ["RFC 0 9", "RFC 1 8", "RFC 2 7", "RFC 3 6", "RFC 4 5"]
    assert chips(after) == ["RFC 5 4", "RFC 6 3", "RFC 7 2"]


def test_a_rare_one_that_is_chosen_is_in_sight_and_can_be_taken_away() -> None:
    before, _, after = page(Filters(slug="rfc-7")).partition("<details")

    assert chips(before)[0] == "RFC 7 2"
    assert '<a class="r-filter" href="/inbox" aria-current="true">RFC 7 2</a>' in before
    assert "RFC 7 2" not in after
