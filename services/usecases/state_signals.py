"""Telling of states that nobody acts out (§15.1): each once, when it has become true, and not at every look.

An entry is ready to graduate, a pull request contradicts main, a repository can't be read any more.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.errors import ProductError
from services.domain.events import EntryChanged, Event, PullChanged
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import BODY_KINDS, Mergeability, PullState, conflict_key
from services.domain.routing import GRADUATION_READY, PULL_CONFLICTING, SYNC_BROKEN
from services.store.queries import catalog, events, pulls, sync
from services.store.queries.catalog import RfcSummary
from services.store.queries.pulls import PullRow
from services.usecases.graduation_blockers import is_ready
from services.usecases.known_pull import find_pull
from services.usecases.mergeability import mergeability
from services.usecases.record import is_state_told, record_state
from services.usecases.texts import text_at

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)

NEWS: Final = timedelta(days=1)
"""What became true longer ago is no news: a site that reads an old community for the first time mails nobody."""


async def state_event(context: Context, event: Event) -> None:
    """After an entry or one of its pull requests changed: tell of what that made true."""
    match event:
        case EntryChanged(slug):
            await _tell_if_ready(context, slug)
            for row in await _open_pulls(context, slug):
                await _tell_if_conflicting(context, slug, row)
        case PullChanged(repo, number, slug) if slug is not None:
            await _tell_if_ready(context, slug, decided=await _decided_at(context, repo, number))
            for row in await _open_pulls(context, slug):
                if (row.repo, row.pr_number) == (repo, number):
                    await _tell_if_conflicting(context, slug, row)


async def tell_of_missed_states(context: Context) -> None:
    """At the start: tell of what was stored and, because everything was killed, not told (§15.1).

    Every state is told once, so that what was told already is not told again.
    """
    async with context.store.read() as work:
        stored = await events.since(work, kinds=[EntryChanged, PullChanged], at=now() - NEWS)
        drafts = {row.slug for row in await catalog.list_rows(work) if _may_be_ready(row)}
        concerned = drafts | set(await pulls.count_open_by_slug(work))
    for event in stored:
        if isinstance(event, EntryChanged | PullChanged) and event.slug in concerned:
            await state_event(context, event)


def _may_be_ready(entry: RfcSummary) -> bool:
    return entry.state is EntryState.SUPER_DRAFT and bool(entry.owners)


async def tell_of_broken_syncs(context: Context) -> int:
    """After a sweep: tell the admins of each repository that it could not read, once until it is read again."""
    async with context.store.read() as work:
        broken = [row for row in await sync.list_all(work) if row.last_error is not None]
    told = 0
    for row in broken:
        async with context.store.write() as work:
            told += await record_state(
                work,
                context,
                kind=SYNC_BROKEN,
                key=f"{row.repo} {row.last_read_at}",
                details={"repo": row.repo, "reason": row.last_error or ""},
            )
    return told


async def _tell_if_ready(context: Context, slug: Slug, *, decided: datetime | None = None) -> None:
    async with context.store.read() as work:
        entry = await catalog.find(work, slug=slug)
        told = await is_state_told(work, kind=GRADUATION_READY, key=slug)
        ready = entry is not None and not told and await is_ready(work, context.meta, entry)
    if entry is None or not ready or max(entry.last_activity_at, decided or NEVER) < now() - NEWS:
        return
    async with context.store.write() as work:
        if await is_ready(work, context.meta, entry):
            await record_state(work, context, kind=GRADUATION_READY, key=slug, slug=slug)


NEVER: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def _decided_at(context: Context, repo: Repository, number: PullNumber) -> datetime | None:
    async with context.store.read() as work:
        row = await pulls.find(work, repo=repo, number=number)
    return None if row is None else row.merged_at or row.closed_at


async def _open_pulls(context: Context, slug: Slug) -> list[PullRow]:
    """Its open pull requests that change the text."""
    async with context.store.read() as work:
        found = await pulls.list_for_slug(work, slug=slug)
    return [row for row in found if row.state is PullState.OPEN and row.pr_kind in BODY_KINDS]


async def _tell_if_conflicting(context: Context, slug: Slug, row: PullRow) -> None:
    try:
        conflicts = await _is_conflicting(context, slug, row)
    except ProductError as error:
        log.info("nobody knows whether %s #%d merges: %s", row.repo, row.pr_number, error.message)
        return
    if not conflicts:
        return
    async with context.store.write() as work:
        await record_state(
            work,
            context,
            kind=PULL_CONFLICTING,
            key=conflict_key(row.repo, row.pr_number, row.head_sha),
            slug=slug,
            repo=row.repo,
            pr_number=row.pr_number,
            details={"title": row.title},
        )


async def _is_conflicting(context: Context, slug: Slug, row: PullRow) -> bool:
    if not row.base_sha:
        return False
    async with context.store.read() as work:
        meta = row.repo == context.meta
        pull = await find_pull(work, context.meta, slug=slug, number=row.pr_number, meta=meta)
    base = await text_at(context, pull.home, CommitSha(row.base_sha))
    head = await text_at(context, pull.home, CommitSha(row.head_sha))
    return await mergeability(context, pull, base, head) is Mergeability.CONFLICTS
