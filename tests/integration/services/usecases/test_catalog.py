"""The catalog kept in the process (§7): what events patch equals what a fresh reading shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.events import (
    CatalogChanged,
    EntryChanged,
    IdeasChanged,
    MessagePosted,
    MuteChanged,
    PullChanged,
    RoleChanged,
    SessionsEnded,
    SyncChanged,
)
from services.domain.identifiers import (
    CommitSha,
    MessageId,
    PullNumber,
    Repository,
    Slug,
    ThreadId,
    UserId,
)
from services.domain.pull import PullKind, PullState
from services.store.queries import catalog, events, pulls
from services.store.unit_of_work import Store
from services.store.work import Work
from services.usecases import catalog_cache
from services.usecases.catalog_cache import CatalogCache
from services.usecases.converse import post_to_entry
from services.usecases.views.catalog import CatalogChanges, CatalogView, catalog_view
from services.usecases.views.entry import entry_view, mark_read
from services.usecases.views.reader_marks import reader_marks
from tests.support.factories import A_MOMENT, META, idea_row, rfc_row
from tests.support.world import World

LATER = A_MOMENT + timedelta(days=1)


async def stored(store: Store) -> None:
    """Three entries, one open idea and one open body PR."""
    async with store.write() as work:
        rows = [rfc_row("human"), rfc_row("silence", "Silence"), rfc_row("grief", "Grief")]
        await catalog.upsert_many(work, rows=rows)
        body_pr = idea_row(9, "human", pr_kind=PullKind.META_BODY_EDIT)
        await pulls.upsert_many(work, rows=[idea_row(1, "consent"), body_pr])


async def _entry_changes(work: Work) -> None:
    await catalog.upsert(work, row=rfc_row("silence", "Silence, louder", at=LATER))
    await events.append(work, EntryChanged(Slug("silence")))
    await events.append(work, CatalogChanged((Slug("silence"),)))


async def _entry_comes(work: Work) -> None:
    await catalog.upsert(
        work, row=rfc_row("consent", "Consent", at=LATER, state=EntryState.ACTIVE, number=14)
    )
    await pulls.upsert(work, row=idea_row(1, "consent", state=PullState.MERGED))
    await events.append(work, PullChanged(META, PullNumber(1), Slug("consent")))
    await events.append(work, IdeasChanged((PullNumber(1),)))
    await events.append(work, CatalogChanged((Slug("consent"),)))


async def _entry_goes(work: Work) -> None:
    await catalog.remove(work, slug=Slug("grief"))
    await events.append(work, CatalogChanged((Slug("grief"),)))


async def _idea_comes(work: Work) -> None:
    await pulls.upsert(work, row=idea_row(2, "guest", at=LATER))
    await events.append(work, IdeasChanged((PullNumber(2),)))


async def _idea_goes(work: Work) -> None:
    await pulls.upsert(work, row=idea_row(1, "consent", state=PullState.WITHDRAWN))
    await events.append(work, IdeasChanged((PullNumber(1),)))


async def _pull_closes(work: Work) -> None:
    row = idea_row(9, "human", pr_kind=PullKind.META_BODY_EDIT, state=PullState.CLOSED)
    await pulls.upsert(work, row=row)
    await events.append(work, PullChanged(META, PullNumber(9), Slug("human")))
    await events.append(work, CatalogChanged((Slug("human"),)))


async def _nothing_of_the_catalog(work: Work) -> None:
    for event in (
        MessagePosted(ThreadId(1), MessageId(1), slug=Slug("human")),
        RoleChanged(UserId(1)),
        MuteChanged(UserId(1)),
        SessionsEnded(UserId(1), ("0" * 64,)),
        SyncChanged(Repository("rfc/meta")),
    ):
        await events.append(work, event)


HAPPENINGS = [
    _entry_changes,
    _entry_comes,
    _entry_goes,
    _idea_comes,
    _idea_goes,
    _pull_closes,
    _nothing_of_the_catalog,
]


def applied(view: CatalogView, changes: CatalogChanges) -> CatalogView:
    """An earlier view brought up to date the way an open page does it."""
    changed = {row.slug for row in changes.rows} | set(changes.removed)
    kept = () if changes.complete else tuple(row for row in view.rows if row.slug not in changed)
    rows = sorted((*kept, *changes.rows), key=lambda row: (-row.last_activity_at.timestamp(), row.slug))
    ideas = view.ideas if changes.ideas is None else changes.ideas
    return CatalogView(version=changes.version, rows=tuple(rows), ideas=ideas)


@pytest.mark.parametrize("happening", HAPPENINGS)
async def test_a_patched_catalog_equals_a_freshly_read_one(
    store: Store, happening: Callable[[Work], Awaitable[None]]
) -> None:
    await stored(store)
    cache = CatalogCache()
    before = await cache.view(store)

    async with store.write() as work:
        await happening(work)
    patched = await cache.view(store)
    changes = await cache.changes(store, since=before.version)

    fresh = await CatalogCache().view(store)
    assert patched == fresh
    assert applied(before, changes) == fresh
    assert not changes.complete


async def test_everything_at_once_and_one_after_the_other_come_to_the_same(store: Store) -> None:
    await stored(store)
    cache, lazy = CatalogCache(), CatalogCache()
    before = await lazy.view(store)

    for happening in HAPPENINGS:
        async with store.write() as work:
            await happening(work)
        await cache.view(store)

    fresh = await CatalogCache().view(store)
    assert await cache.view(store) == fresh
    assert applied(before, await lazy.changes(store, since=before.version)) == fresh


async def test_too_many_changes_are_one_complete_catalog(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_cache, "SLUGS_AT_ONCE", 1)
    await stored(store)
    cache = CatalogCache()
    before = await cache.view(store)

    async with store.write() as work:
        for slug in ("a", "b"):
            await catalog.upsert(work, row=rfc_row(slug, slug))
        await events.append(work, CatalogChanged((Slug("a"), Slug("b"))))
    changes = await cache.changes(store, since=before.version)

    assert changes.complete
    assert applied(before, changes) == await CatalogCache().view(store)


@pytest.mark.parametrize("since", [-1, 10_000])
async def test_a_page_of_an_unknown_past_or_future_gets_everything(store: Store, since: int) -> None:
    await stored(store)
    cache = CatalogCache()

    changes = await cache.changes(store, since=since)

    assert changes.complete
    assert [row.slug for row in changes.rows] == ["grief", "human", "silence"]


async def test_entries_are_counted_with_their_open_pulls_but_not_with_ideas(store: Store) -> None:
    await stored(store)

    view = await CatalogCache().view(store)

    assert {row.slug: row.open_pulls for row in view.rows} == {"human": 1, "silence": 0, "grief": 0}


async def test_marks_are_for_the_reader_alone(world: World) -> None:
    world.write_entry("human", "Human", owners=("writer",))
    world.write_entry("silence", "Silence", proposed_by="reviewer")
    await world.context.refresher.sweep()
    await world.propose("writer", slug="guest")

    writer = await reader_marks(world.context, viewer=world.writer)
    owner = await reader_marks(world.context, viewer=world.owner)
    stranger = await reader_marks(world.context, viewer=None)

    assert (writer.mine, writer.watching, writer.waiting) == ({"human"}, {"guest"}, {"guest", "human"})
    assert owner.waiting == {"guest"}  # others may graduate theirs
    assert dataclasses.astuple(stranger) == (frozenset(),) * 4


async def test_what_moved_since_a_reader_read_it_is_unread(world: World) -> None:
    await world.run_sql(
        f"UPDATE users SET created_at = '{now() - timedelta(days=1):%Y-%m-%d %H:%M:%S}+00:00'"
    )
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()
    at_first = (await reader_marks(world.context, viewer=world.reader)).unread
    seen = (await entry_view(world.context, viewer=world.reader, slug=Slug("human"))).commit_sha
    await mark_read(world.context, viewer=world.reader, slug=Slug("human"), commit_sha=CommitSha(seen))
    after_reading = (await reader_marks(world.context, viewer=world.reader)).unread

    world.write_entry("human", "Human", body="Changed.\n")
    await world.context.refresher.sweep()

    assert (at_first, after_reading) == ({"human"}, frozenset())
    assert (await reader_marks(world.context, viewer=world.reader)).unread == {"human"}


async def test_what_was_there_before_a_reader_came_is_not_unread(world: World) -> None:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()
    await world.run_sql(
        f"UPDATE users SET created_at = '{now() + timedelta(days=1):%Y-%m-%d %H:%M:%S}+00:00'"
    )

    assert (await reader_marks(world.context, viewer=world.reader)).unread == frozenset()


async def test_talk_does_not_make_the_catalog_be_read_again(world: World) -> None:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()
    before = await catalog_view(world.context)

    await post_to_entry(world.context, actor=world.reader, slug=Slug("human"), text="Hello.")
    after = await catalog_view(world.context)

    assert after.rows is before.rows
    assert after.version > before.version
