"""What the card of a link to an RFC shows before anybody follows it (§8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anyio import to_thread

from services.domain.entry import EntryState
from services.domain.identifiers import Slug
from services.domain.rendering.opening import opening
from services.usecases.context import Context
from services.usecases.views.entry import find_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCardView:
    """An entry in a few words; `opening` is how its text on main begins."""

    slug: Slug
    title: str
    rfc_id: str | None
    state: EntryState
    tags: tuple[str, ...]
    opening: str
    changed_at: datetime


async def link_card_view(context: Context, *, slug: Slug) -> LinkCardView:
    """An entry in a few words; raises NotFound. Entries are public."""
    async with context.store.read() as work:
        row = await find_entry(work, slug)
    return LinkCardView(
        slug=row.slug,
        title=row.title,
        rfc_id=row.rfc_id,
        state=row.state,
        tags=row.tags,
        opening=await to_thread.run_sync(opening, row.body),
        changed_at=row.last_activity_at,
    )
