"""Branches in the cache (§4.1, §5, §11): as they are on Gitea and in their settings, and rebuildable."""

from __future__ import annotations

import pytest

from services.domain.branch import BranchKey, BranchState
from services.domain.clock import now
from services.domain.events import BranchChanged, Event
from services.domain.identifiers import Slug
from services.store.queries import branch_settings, branches, events
from services.store.queries.branches import BranchRow
from tests.support.branches import cut, graduated
from tests.support.world import World

HUMAN = Slug("human")
CACHE = ("cached_rfcs", "cached_prs", "cached_branches")


async def cache_of(world: World) -> dict[str, list[tuple[object, ...]]]:
    return {table: await world.rows(table) for table in CACHE}


async def branches_of(world: World, slug: Slug = HUMAN) -> list[BranchRow]:
    async with world.store.read() as work:
        return await branches.list_for_slug(work, slug=slug)


async def states_of(world: World) -> list[tuple[str, BranchState]]:
    return [(row.name, row.state) for row in await branches_of(world)]


async def branch_events_since(world: World, event_id: int) -> list[Event]:
    async with world.store.read() as work:
        stored = await events.after(work, id=event_id, limit=10_000)
    return list(dict.fromkeys(row.event for row in stored if isinstance(row.event, BranchChanged)))


async def test_edit_branches_of_the_meta_repository_belong_to_the_entry_they_name(world: World) -> None:
    world.write_entry("human", "Human")
    for name in ("edit-human-abc123", "edit-human", "idea-human-abc123", "other"):
        cut(world, name)

    await world.context.refresher.sweep()

    assert await states_of(world) == [("edit-human-abc123", BranchState.OPEN)]
    rows = await world.rows("cached_branches", "name, rfc_slug, last_commit_at IS NULL, pinned")
    assert [(name, slug, not untimed, bool(pinned)) for name, slug, untimed, pinned in rows] == [
        ("edit-human", None, True, False),
        ("edit-human-abc123", "human", True, False),
    ]


async def test_every_branch_of_an_rfcs_own_repository_is_its_with_slashes_and_all(world: World) -> None:
    own = graduated(world)
    cut(world, "writer/draft/a.b", repo=own.meta)

    await world.context.refresher.sweep()

    (row,) = await branches_of(world)
    assert (row.repo, row.name, row.state) == (own.meta, "writer/draft/a.b", BranchState.OPEN)
    assert row.head_sha == own.api("GET", "branches/main")["commit"]["id"]


async def test_a_head_that_moves_is_told_on_its_own_topics(world: World) -> None:
    world.write_entry("human", "Human")
    cut(world, "edit-human-abc123")
    await world.context.refresher.sweep()
    before = await world.newest_event()

    world.write_file("rfcs/human.md", "---\nslug: human\n---\n\nNew.\n", branch="edit-human-abc123")
    await world.context.refresher.sweep()

    assert await branch_events_since(world, before) == [BranchChanged(HUMAN, "edit-human-abc123")]
    (row,) = await branches_of(world)
    assert row.head_sha == world.api("GET", "branches/edit-human-abc123")["commit"]["id"]


async def test_a_branch_deleted_on_gitea_keeps_its_last_head_and_comes_back_when_it_is_restored(
    world: World,
) -> None:
    world.write_entry("human", "Human")
    cut(world, "edit-human-abc123")
    await world.context.refresher.sweep()
    (before,) = await branches_of(world)

    world.api("DELETE", "branches/edit-human-abc123")
    await world.context.refresher.sweep()
    (gone,) = await branches_of(world)
    async with world.store.read() as work:
        setting = await branch_settings.find(work, key=gone.key)
    cut(world, "edit-human-abc123")
    await world.context.refresher.sweep()
    (back,) = await branches_of(world)

    assert (gone.state, gone.head_sha, gone.last_commit_at) == (BranchState.DELETED, before.head_sha, None)
    assert setting is not None
    assert (setting.deleted_sha, setting.deleted_at is not None) == (before.head_sha, True)
    assert back == before


async def test_dropping_the_cache_and_sweeping_brings_back_the_same_rows_byte_for_byte(world: World) -> None:
    own = graduated(world)
    world.write_entry("silence", "Silence")
    for name in ("edit-silence-abc123", "edit-silence-def456"):
        cut(world, name)
    for name in ("writer/a", "b", "gone"):
        cut(world, name, repo=own.meta)
    await world.context.refresher.sweep()
    own.api("DELETE", "branches/gone")
    async with world.store.write() as work:
        closed, pinned = BranchKey(own.meta, "b"), BranchKey(world.meta, "edit-silence-abc123")
        await branch_settings.insert(work, key=closed, slug=HUMAN)
        await branch_settings.close(work, key=closed, at=now())
        await branch_settings.insert(work, key=pinned, slug=Slug("silence"))
        await branch_settings.set_pinned(work, key=pinned, pinned=True)
    await world.context.refresher.sweep()
    before = await cache_of(world)

    for table in CACHE:
        await world.run_sql(f"DELETE FROM {table}")
    await world.context.refresher.sweep()

    assert await cache_of(world) == before
    assert await states_of(world) == [
        ("b", BranchState.CLOSED),
        ("gone", BranchState.DELETED),
        ("writer/a", BranchState.OPEN),
    ]


async def test_a_sweep_of_an_unchanged_world_writes_nothing_and_asks_a_handful_of_times(
    world: World,
) -> None:
    own = graduated(world)
    cut(world, "writer/a", repo=own.meta)
    world.write_entry("silence", "Silence")
    cut(world, "edit-silence-abc123")
    await world.context.refresher.sweep()
    tables = (*CACHE, "sync_states", "events", "branch_settings")
    before = {table: await world.rows(table) for table in tables}
    world.forge.faults.set({"path": "/api/v1/", "action": "delay_before", "seconds": 0})

    swept = await world.context.refresher.sweep()

    assert {table: await world.rows(table) for table in tables} == before
    assert (swept.entries, swept.pulls, swept.branches) == (0, 0, 0)
    # Four for the meta repository, one for the organisation, one for pull requests that changed, and three for the
    # RFC's own repository, which changed so lately that a look is due.
    assert world.forge.faults.rules()[0]["hits"] <= 9


@pytest.mark.parametrize("known", [False, True], ids=["cut on Gitea", "cut by the app"])
async def test_an_operators_pin_by_sql_is_adopted_either_way(world: World, known: bool) -> None:
    world.write_entry("human", "Human")
    key = BranchKey(world.meta, "edit-human-abc123")
    cut(world, key.name)
    if known:
        async with world.store.write() as work:
            await branch_settings.insert(work, key=key, slug=HUMAN)
    await world.context.refresher.sweep()

    async def swept(value: str) -> tuple[bool, bool]:
        await world.run_sql(f"UPDATE cached_branches SET pinned = {value}")
        await world.context.refresher.sweep()
        async with world.store.read() as work:
            row, setting = await branches.find(work, key=key), await branch_settings.find(work, key=key)
        assert row is not None
        assert setting is not None
        return row.pinned, setting.pinned

    assert [await swept(value) for value in ("true", "true", "false")] == [
        (True, True),
        (True, True),
        (False, False),
    ]


async def test_a_pin_set_in_the_app_reaches_the_cache_and_is_not_taken_for_an_operators(world: World) -> None:
    world.write_entry("human", "Human")
    key = BranchKey(world.meta, "edit-human-abc123")
    cut(world, key.name)
    await world.context.refresher.sweep()
    async with world.store.write() as work:
        await branch_settings.insert(work, key=key, slug=HUMAN)
        await branch_settings.set_pinned(work, key=key, pinned=True)

    await world.context.refresher.settle_branch(key)
    await world.context.refresher.sweep()

    (row,) = await branches_of(world)
    assert row.pinned


async def test_a_branch_is_known_the_moment_it_is_looked_at(world: World) -> None:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()
    cut(world, "edit-human-abc123")

    looked = await world.context.refresher.nudge_branch(BranchKey(world.meta, "edit-human-abc123"))

    assert looked
    assert await states_of(world) == [("edit-human-abc123", BranchState.OPEN)]


async def test_while_gitea_is_away_a_look_fails_and_the_branches_stay(world: World) -> None:
    world.write_entry("human", "Human")
    cut(world, "edit-human-abc123")
    await world.context.refresher.sweep()
    before = await cache_of(world)
    world.forge.faults.set({"path": "/api/v1/", "action": "status", "status": 502})

    looked = await world.context.refresher.nudge_branch(BranchKey(world.meta, "edit-human-abc123"))

    assert not looked
    assert await cache_of(world) == before
