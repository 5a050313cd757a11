"""Entries as last read from Gitea: `cached_rfcs`, written by the refresher alone (§4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.domain.entry import EntryState
from services.domain.identifiers import Slug
from services.store.queries import search
from services.store.queries.search import Indexed
from services.store.shape import Shape, table_of
from services.store.tables import CachedRfc
from services.store.upsert import Mirror
from services.store.work import Work

cached_rfcs = table_of(CachedRfc)

INDEXED_AT_ONCE = 50
"""Texts whose passages are found and stored with them, in the same unit of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RfcRow:
    """One entry of the meta repository's main branch; `body_sha` is the commit its text was read at."""

    slug: Slug
    title: str
    state: EntryState
    rfc_id: str | None = None
    number: int | None = None
    repo: str | None = None
    proposed_by: str = ""
    proposed_at: str | None = None
    graduated_by: str | None = None
    graduated_at: str | None = None
    owners: tuple[str, ...] = ()
    arbiters: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] | None = None
    funder: str | None = None
    body: str = ""
    blob_sha: str = ""
    body_sha: str = ""
    last_activity_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RfcSummary:
    """What a list shows of an entry: everything but its text."""

    slug: Slug
    title: str
    state: EntryState
    rfc_id: str | None
    number: int | None
    repo: str | None
    proposed_by: str
    proposed_at: str | None
    owners: tuple[str, ...]
    arbiters: tuple[str, ...]
    tags: tuple[str, ...]
    blob_sha: str
    body_sha: str
    last_activity_at: datetime


ENTRIES = Mirror(RfcRow, cached_rfcs)
SUMMARY = Shape(RfcSummary, cached_rfcs)


async def upsert(work: Work, *, row: RfcRow) -> bool:
    """Store one entry; True when something changed, else nothing was written."""
    return bool(await upsert_many(work, rows=[row]))


async def upsert_many(work: Work, *, rows: Sequence[RfcRow]) -> list[Slug]:
    """Store many entries and index their texts; the slugs of those that changed, only they were written."""
    changed = await ENTRIES.upsert(work, rows)
    if len(changed) <= INDEXED_AT_ONCE:
        entries = [Indexed(slug=row.slug, title=row.title, body=row.body) for row in changed]
        await search.index(work, entries=entries)
    else:
        # So many would hold up every other writer: they are not found until the sweep has indexed them.
        await search.forget(work, slugs=[row.slug for row in changed])
    return [row.slug for row in changed]


async def remove(work: Work, *, slug: Slug) -> bool:
    """Forget an entry that is no longer there; whether it was known."""
    await search.forget(work, slugs=[slug])
    return await ENTRIES.remove(work, slug=slug)


async def find(work: Work, *, slug: Slug) -> RfcRow | None:
    """One entry with its text."""
    return await ENTRIES.find(work, slug=slug)


async def list_funded(work: Work) -> list[RfcRow]:
    """The entries whose front matter names a funder, by slug."""
    statement = select(cached_rfcs.c.slug).where(cached_rfcs.c.funder.is_not(None))
    return await rows_of(work, slugs=[Slug(row["slug"]) for row in await work.rows(statement)])


async def list_rows(work: Work) -> list[RfcSummary]:
    """Every entry without its text, by slug."""
    statement = SUMMARY.select.order_by(cached_rfcs.c.slug)
    return [SUMMARY.read(row) for row in await work.rows(statement)]


async def blob_shas(work: Work) -> dict[Slug, str]:
    """Which version of each entry's file is known: its blob, by slug."""
    statement = select(cached_rfcs.c.slug, cached_rfcs.c.blob_sha)
    return {Slug(row["slug"]): row["blob_sha"] for row in await work.rows(statement)}


async def homes(work: Work, *, slugs: Iterable[Slug]) -> dict[Slug, str | None]:
    """Which of these are entries, each with the repository of its own that it has once it is graduated."""
    wanted = set(slugs)
    if not wanted:
        return {}
    statement = select(cached_rfcs.c.slug, cached_rfcs.c.repo).where(cached_rfcs.c.slug.in_(wanted))
    return {Slug(row["slug"]): row["repo"] for row in await work.rows(statement)}


async def titles(work: Work, *, slugs: Iterable[Slug]) -> dict[Slug, str]:
    """What these entries are called; unknown ones are left out."""
    wanted = set(slugs)
    statement = select(cached_rfcs.c.slug, cached_rfcs.c.title).where(cached_rfcs.c.slug.in_(wanted))
    return {Slug(row["slug"]): row["title"] for row in await work.rows(statement)} if wanted else {}


async def rows_of(work: Work, *, slugs: Iterable[Slug]) -> list[RfcRow]:
    """These entries with their texts, by slug; unknown ones are left out."""
    statement = ENTRIES.shape.select.where(cached_rfcs.c.slug.in_(list(slugs)))
    return [ENTRIES.shape.read(row) for row in await work.rows(statement.order_by(cached_rfcs.c.slug))]
