"""Taking over into the cache what was read of the meta repository: all of it or nothing, and only differences."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.events import EntryChanged
from services.domain.identifiers import PullNumber, Repository, Slug
from services.gitea.snapshot import MetaSnapshot
from services.store.queries import catalog, events, slugs, sync
from services.store.queries.branches import BranchRow
from services.store.queries.catalog import RfcRow
from services.store.queries.sync import Problem
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases.cached_rows import rfc_row
from services.usecases.meta_refresh import MetaReading
from services.usecases.pull_takeover import (
    PullReading,
    announce_catalog,
    announce_pulls,
    pulls_are_news,
    take_over_pulls,
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new, different or gone: entries by slug, pull requests by number, the sync report, branches."""

    slugs: tuple[Slug, ...] = ()
    numbers: tuple[PullNumber, ...] = ()
    report: bool = False
    branches: tuple[BranchRow, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.slugs or self.numbers or self.report or self.branches)


async def take_over(work: Work, meta: Repository, reading: MetaReading) -> Changes:
    """Write what differs from the cache, and say so in events."""
    entries: list[Slug] = []
    report = False
    if reading.snapshot is not None:
        entries = await _take_over_entries(work, reading.snapshot, reading)
        problems = [Problem(item.path, item.reason) for item in reading.snapshot.problems]
        report = await sync.record_problems(work, repo=meta, problems=problems)
    changed = await take_over_pulls(work, _pulls(meta, reading))
    for slug in entries:
        await events.append(work, EntryChanged(slug))
    await announce_catalog(work, {*entries, *await announce_pulls(work, changed)})
    return Changes(tuple(entries), tuple(row.pr_number for row in changed), report)


async def is_news(store: Store, meta: Repository, reading: MetaReading) -> bool:
    """Whether there is anything to write down, found out without holding up writers."""
    async with store.read() as work:
        state = await sync.find(work, repo=meta)
        if state is None or state.last_error is not None or state.last_commit_sha != reading.head_sha:
            return True
        if reading.snapshot is not None and (reading.snapshot.entries or await catalog.blob_shas(work)):
            return True
        return await pulls_are_news(work, _pulls(meta, reading))


def _pulls(meta: Repository, reading: MetaReading) -> PullReading:
    return PullReading(repo=meta, found=reading.pulls, complete=reading.all_pulls)


async def _take_over_entries(work: Work, snapshot: MetaSnapshot, reading: MetaReading) -> list[Slug]:
    rows = [rfc_row(found, reading.texts.get(slug)) for slug, found in snapshot.entries.items()]
    rows = await _with_kept_texts(work, rows, frozenset(reading.texts))
    changed = await catalog.upsert_many(work, rows=[*rows, *await _touched_again(work, snapshot)])
    there = snapshot.entries.keys() | snapshot.unchanged.keys()
    known = await catalog.blob_shas(work)
    for slug in sorted(known.keys() - there):
        await catalog.remove(work, slug=slug)
        changed.append(slug)
    await _free_slugs_of_entries(work, there)
    return changed


async def _with_kept_texts(work: Work, rows: list[RfcRow], read: frozenset[Slug]) -> list[RfcRow]:
    """Graduated entries whose text could not be read now keep the one that is cached."""
    lacking = [row.slug for row in rows if row.repo is not None and row.slug not in read]
    cached = {row.slug: row for row in await catalog.rows_of(work, slugs=lacking)} if lacking else {}
    return [_with_text_of(row, cached.get(row.slug)) for row in rows]


def _with_text_of(row: RfcRow, cached: RfcRow | None) -> RfcRow:
    if cached is None or cached.repo != row.repo:
        return row
    return dataclasses.replace(
        row, body=cached.body, body_sha=cached.body_sha, last_activity_at=cached.last_activity_at
    )


async def _touched_again(work: Work, snapshot: MetaSnapshot) -> list[RfcRow]:
    """Entries whose file is as it was, but was changed and changed back since."""
    touched = [
        row.slug
        for row in await catalog.list_rows(work)
        if row.repo is None
        and row.slug in snapshot.unchanged
        and snapshot.unchanged[row.slug].commit != row.body_sha
    ]
    return [
        dataclasses.replace(
            row,
            body_sha=snapshot.unchanged[row.slug].commit,
            last_activity_at=snapshot.unchanged[row.slug].at,
        )
        for row in (await catalog.rows_of(work, slugs=touched) if touched else [])
    ]


async def _free_slugs_of_entries(work: Work, there: Iterable[Slug]) -> None:
    """A slug needs no keeping once it is an entry's, unless its idea is still being opened."""
    present = frozenset(there)
    for kept in await slugs.list_all(work):
        if kept.slug in present and kept.pr_number is not None:
            await slugs.release(work, slug=kept.slug)
