"""What a feed tells (§17): ideas, merges and graduations, newest first; all of it public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.audit import ActionKind
from services.domain.identifiers import Slug
from services.domain.text_home import pull_path
from services.store.queries import audit_log, catalog, pulls
from services.store.queries.actions import ActionRow
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.views.entry import find_entry
from services.usecases.views.threads import people_called

if TYPE_CHECKING:
    from services.usecases.context import Context

MOST = 50
TOLD: dict[ActionKind, str] = {
    ActionKind.PROPOSE_IDEA: "New idea",
    ActionKind.MERGE_IDEA: "New super-draft",
    ActionKind.MERGE_PULL: "Merged",
    ActionKind.GRADUATE_COMPLETE: "Graduated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One thing that happened; `path` is its page."""

    id: int
    at: datetime
    title: str
    by: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed; `title` is empty for the one of the whole site."""

    title: str
    items: tuple[FeedItem, ...]


async def feed_view(context: Context, *, slug: Slug | None = None) -> FeedView:
    """The feed of the site, or of one entry; raises NotFound."""
    async with context.store.read() as work:
        title = "" if slug is None else (await find_entry(work, slug)).title
        rows = await audit_log.latest_of(work, kinds=tuple(TOLD), slug=slug, limit=MOST)
        people = await people_called(work, [row.on_behalf_of for row in rows])
        items = [await _item(work, row, by.name) for row, by in zip(rows, people, strict=True)]
    return FeedView(title=title, items=tuple(items))


async def _item(work: Work, row: ActionRow, by: str) -> FeedItem:
    entry = await catalog.find(work, slug=row.rfc_slug) if row.rfc_slug else None
    pull = (
        await pulls.find(work, repo=row.repo, number=row.pr_number)
        if row.repo is not None and row.pr_number is not None
        else None
    )
    name = entry.title if entry else (pull.entry_title or pull.title) if pull else (row.rfc_slug or "")
    what = f"{TOLD[row.action_kind]}: {name}"
    if row.action_kind is ActionKind.MERGE_PULL and pull is not None:
        what = f"{name}: {pull.title} was merged"
    return FeedItem(id=row.id, at=row.created_at, title=what, by=by, path=_path(row, entry))


def _path(row: ActionRow, entry: RfcRow | None) -> str:
    if row.action_kind is ActionKind.PROPOSE_IDEA or row.rfc_slug is None:
        return f"/proposal/{row.pr_number}"
    if row.action_kind is ActionKind.MERGE_PULL and row.pr_number is not None:
        graduated = entry is not None and entry.repo is not None
        meta = entry is None or row.repo != entry.repo
        return pull_path(row.rfc_slug, row.pr_number, meta=meta, graduated=graduated)
    return f"/rfc/{row.rfc_slug}"
