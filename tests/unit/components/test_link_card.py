"""The card of a link to another RFC (§8.2)."""

from __future__ import annotations

from datetime import UTC, datetime

from components.link_card import link_card_html
from services.domain.entry import EntryState
from services.domain.identifiers import Slug
from services.usecases.views.link_card import LinkCardView


def test_what_people_wrote_is_text_in_the_card() -> None:
    view = LinkCardView(
        slug=Slug("human"),
        title="<i>Human</i>",
        rfc_id="RFC-0001",
        state=EntryState.ACTIVE,
        tags=(),
        opening="<script>x</script>",
        changed_at=datetime(2026, 11, 1, tzinfo=UTC),
    )

    html = link_card_html(view)

    assert "&lt;i&gt;Human&lt;/i&gt;" in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "RFC-0001" in html
    assert "Active" in html
