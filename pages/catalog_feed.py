"""The catalog as the browser reads it: compact JSON, encoded once per content (§7, §19)."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import orjson

from components.catalog import CatalogHead
from services.domain.actors import Viewer
from services.domain.entry import EntryState
from services.usecases.context import Context
from services.usecases.views.catalog import CatalogRow, CatalogView, IdeaRow, catalog_view
from services.usecases.views.reader_marks import reader_marks

if TYPE_CHECKING:
    from pages.site import Site

_STATES = {
    state: index
    for index, state in enumerate((EntryState.SUPER_DRAFT, EntryState.ACTIVE, EntryState.WITHDRAWN))
}

JsonRow = list[str | int | list[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edition:
    """One content of the catalog: `body` is the JSON of it, `head` what a page says before that arrives.

    Compared by identity: two of them are the same when nothing had to be made anew.
    """

    view: CatalogView
    body: bytes
    head: CatalogHead

    @property
    def etag(self) -> str:
        """The entity tag of `body`."""
        return f'"{self.head.content}"'


class CatalogFeed:
    """Keeps the newest edition; a new one is made only when rows or ideas changed, not at every event."""

    def __init__(self) -> None:
        self._edition: Edition | None = None
        self._reading = asyncio.Lock()
        self._next: asyncio.Task[Edition] | None = None
        self.oldest_shown: Edition | None = None
        """The first edition of this process: no open page of it can have an older one."""

    async def newest(self, context: Context) -> Edition:
        """The catalog with everything that is committed.

        Whoever asks while a read is going on shares the next one, so that 500 pages told at once cost two reads.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._read(context), name="catalog")
        return await asyncio.shield(self._next)

    async def _read(self, context: Context) -> Edition:
        async with self._reading:
            self._next = None
            view = await catalog_view(context)
        return self._keep(view)

    def _keep(self, view: CatalogView) -> Edition:
        known = self._edition
        if known is None or known.view.rows is not view.rows or known.view.ideas != view.ideas:
            self._edition = known = edition_of(view)
            self.oldest_shown = self.oldest_shown or known
        return known

    @property
    def head(self) -> CatalogHead:
        """That of the edition read last."""
        return self._edition.head if self._edition is not None else CatalogHead()

    @property
    def rows(self) -> tuple[CatalogRow, ...]:
        """The entries of the edition read last, most recently active first."""
        return self._edition.view.rows if self._edition is not None else ()


async def catalog_json(site: Site) -> tuple[bytes, str]:
    """Body and entity tag of `/api/catalog`: the same for everybody.

    Keys: `version` (event id); `rows`: slug, number, title, state 0 to 2, tags, last activity, open PRs, proposed;
    `ideas`: PR number, slug, title, tags, proposer, opened. Times are in seconds.
    """
    edition = await site.feed.newest(site.context)
    return edition.body, edition.etag


async def reader_marks_json(site: Site, viewer: Viewer) -> bytes:
    """Body of `/api/catalog/marks`: slugs that are special to this reader; never to be cached."""
    marks = await reader_marks(site.context, viewer=viewer)
    return orjson.dumps(
        {
            "mine": sorted(marks.mine),
            "watching": sorted(marks.watching),
            "waiting": sorted(marks.waiting),
            "unread": sorted(marks.unread),
        }
    )


def patch_json(before: Edition, after: Edition) -> bytes:
    """What turns any content from `before` on into `after`: changed rows, gone slugs, the ideas if they changed."""
    old = {row.slug: row for row in before.view.rows}
    changed = [
        row for row in after.view.rows if (known := old.pop(row.slug, None)) is not row and known != row
    ]
    ideas = None if before.view.ideas == after.view.ideas else [_idea_json(idea) for idea in after.view.ideas]
    return orjson.dumps(
        {
            "base": before.view.version,
            "version": after.view.version,
            "rows": [_row_json(row) for row in changed],
            "gone": sorted(old),
            "ideas": ideas,
        }
    )


def edition_of(view: CatalogView) -> Edition:
    """One content with its encoding."""
    content = {
        "rows": [_row_json(row) for row in view.rows],
        "ideas": [_idea_json(idea) for idea in view.ideas],
    }
    body = orjson.dumps({"version": view.version, **content})
    states = Counter(row.state.value for row in view.rows)
    head = CatalogHead(content=hashlib.sha256(body).hexdigest()[:16], states=states, ideas=len(view.ideas))
    return Edition(view=view, body=body, head=head)


def _row_json(row: CatalogRow) -> JsonRow:
    return [row.slug, row.number, row.title, _STATES[row.state], list(row.tags), _seconds(row.last_activity_at),
            row.open_pulls, _proposed(row.proposed_at)]  # fmt: skip


def _idea_json(idea: IdeaRow) -> JsonRow:
    return [idea.number, idea.slug, idea.title, list(idea.tags), idea.proposed_by, _seconds(idea.opened_at)]


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _proposed(iso: str | None) -> int:
    """Front matter is written by hand: what is not a date sorts as the oldest."""
    try:
        return int(datetime.combine(date.fromisoformat((iso or "")[:10]), time(), UTC).timestamp())
    except ValueError:
        return 0
