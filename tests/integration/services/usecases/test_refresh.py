"""The refresher (§4.1): converges without webhooks, writes only differences, survives Gitea's bad days."""

from __future__ import annotations

import asyncio
import logging

import pytest

from services.domain.entry import EntryState
from services.domain.events import CatalogChanged, EntryChanged, Event, IdeasChanged, PullChanged, SyncChanged
from services.domain.identifiers import PullNumber, Slug
from services.domain.pull import PullKind, PullState
from services.store.queries import catalog, events, pulls
from services.usecases.converse import post_to_idea
from services.usecases.decide_idea import decline, merge, withdraw
from services.usecases.propose import slug_problem
from services.usecases.state_signals import tell_of_missed_states
from services.usecases.views.catalog import catalog_view
from services.usecases.views.entry import entry_view
from services.usecases.views.idea import idea_view
from services.usecases.views.raw import raw_text
from services.usecases.views.sync import RepositorySync, sync_view
from tests.support.world import World, eventually

CACHE = ("cached_rfcs", "cached_prs", "cached_branches")


async def cache_of(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Every cached row."""
    return {table: await world.rows(table) for table in CACHE}


async def told_since(world: World, event_id: int) -> list[Event]:
    """What was said after an event, each thing once."""
    async with world.store.read() as work:
        stored = await events.after(work, id=event_id, limit=10_000)
    return list(dict.fromkeys(row.event for row in stored))


async def last_event(world: World) -> int:
    async with world.store.read() as work:
        return await events.last_id(work)


async def report(world: World) -> RepositorySync:
    """The meta repository in the sync report."""
    (found,) = (await sync_view(world.context, viewer=world.owner)).repositories
    return found


async def a_busy_history(world: World) -> None:
    """Ideas in every state, entries by hand, one of them broken, and text that was changed back."""
    for slug in ("merged", "declined", "withdrawn", "open"):
        await world.propose("writer", slug=slug, title=slug.capitalize())
    merged, declined, withdrawn, _ = (PullNumber(pull["number"]) for pull in world.pulls_on_gitea())
    await merge(world.context, actor=world.owner, number=merged)
    await decline(world.context, actor=world.owner, number=declined, comment="No.")
    await withdraw(world.context, actor=world.writer, number=withdrawn)
    world.open_idea_on_gitea("by-hand")
    world.close_on_gitea(world.open_idea_on_gitea("closed-by-hand"))
    world.write_entry("human", "Human", owners=("writer",), tags=("core", "Ünicode"), models=())
    world.write_entry("gone", "Gone", state=EntryState.WITHDRAWN)
    world.write_entry("human", "Human again")
    world.write_entry("human", "Human", owners=("writer",), tags=("core", "Ünicode"), models=())
    world.write_file("rfcs/broken.md", "---\ntitle: Broken\n")


async def test_with_every_webhook_lost_the_next_sweep_shows_the_world_as_it_is(world: World) -> None:
    await a_busy_history(world)

    await world.context.refresher.sweep()

    view = await catalog_view(world.context)
    assert sorted((row.slug, row.state) for row in view.rows) == [
        ("gone", "withdrawn"),
        ("human", "super-draft"),
        ("merged", "super-draft"),
    ]
    assert sorted((row.slug, row.proposed_by) for row in view.ideas) == [
        ("by-hand", "root"),
        ("open", "writer"),
    ]
    async with world.store.read() as work:
        rows = await pulls.list_all(work, repo=world.meta)
    assert [(row.rfc_slug, row.state, row.pr_kind) for row in rows] == [
        ("merged", PullState.MERGED, PullKind.IDEA),
        ("declined", PullState.CLOSED, PullKind.IDEA),
        ("withdrawn", PullState.WITHDRAWN, PullKind.IDEA),
        ("open", PullState.OPEN, PullKind.IDEA),
        ("by-hand", PullState.OPEN, PullKind.IDEA),
        ("closed-by-hand", PullState.CLOSED, PullKind.IDEA),
    ]


async def test_dropping_the_cache_and_sweeping_brings_back_the_same_rows_byte_for_byte(world: World) -> None:
    await a_busy_history(world)
    await world.context.refresher.sweep()
    before = await cache_of(world)

    for table in CACHE:
        await world.run_sql(f"DELETE FROM {table}")
    await world.context.refresher.sweep()

    assert await cache_of(world) == before


async def test_a_second_sweep_writes_nothing_and_says_nothing(world: World) -> None:
    await a_busy_history(world)
    await world.context.refresher.sweep()
    await tell_of_missed_states(
        world.context
    )  # what the first sweep made true is told beside it, in its own time
    before = await cache_of(world) | {
        table: await world.rows(table) for table in ("sync_states", "events", "threads", "slug_reservations")
    }

    swept = await world.context.refresher.sweep()

    after = await cache_of(world) | {
        table: await world.rows(table) for table in ("sync_states", "events", "threads", "slug_reservations")
    }
    assert (swept.entries, swept.pulls, swept.failure) == (0, 0, None)
    assert after == before


async def test_a_sweep_of_an_unchanged_world_asks_gitea_a_handful_of_times(world: World) -> None:
    await a_busy_history(world)
    await world.context.refresher.sweep()
    world.forge.faults.set({"path": "/api/v1/", "action": "delay_before", "seconds": 0})

    await world.context.refresher.sweep()

    assert world.forge.faults.rules()[0]["hits"] <= 4


async def test_the_sweep_says_when_it_starts_and_ends(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="services.usecases.refresh"):
        await world.context.refresher.sweep()

    assert [record.message for record in caplog.records] == [
        "reconciler: starting sweep",
        "reconciler: sweep complete",
    ]


async def test_a_change_on_gitea_is_told_on_the_topics_it_concerns(world: World) -> None:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()
    before = await last_event(world)

    world.write_entry("human", "Human being")
    number = world.open_idea_on_gitea("silence")
    await world.context.refresher.sweep()

    assert await told_since(world, before) == [
        EntryChanged(Slug("human")),
        PullChanged(world.meta, number, Slug("silence")),
        IdeasChanged((number,)),
        CatalogChanged((Slug("human"),)),
        SyncChanged(world.meta),
    ]


async def test_an_entry_removed_on_gitea_leaves_the_catalog(world: World) -> None:
    world.write_entry("human", "Human")
    world.write_entry("silence", "Silence")
    await world.context.refresher.sweep()

    world.remove_file("rfcs/human.md")
    await world.context.refresher.sweep()

    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["silence"]


async def test_broken_and_binary_files_are_reported_and_never_stop_the_rest(world: World) -> None:
    world.write_entry("human", "Human")
    world.write_file("rfcs/no-front-matter.md", "just text\n")
    world.write_file("rfcs/picture.md", b"\x89PNG\r\n\x1a\n\x00\x00\xff")
    world.write_file("rfcs/other-name.md", "---\nslug: somebody-else\ntitle: X\nstate: super-draft\n---\n")
    world.write_file("rfcs/notes.txt", "not an entry")

    await world.context.refresher.sweep()

    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["human"]
    problems = {item.path: item.reason for item in (await report(world)).problems}
    assert sorted(problems) == ["rfcs/no-front-matter.md", "rfcs/other-name.md", "rfcs/picture.md"]
    assert problems["rfcs/picture.md"] == "The file is not text: it contains NUL bytes."


async def test_an_entry_that_breaks_is_reported_and_one_that_is_mended_comes_back(world: World) -> None:
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()

    world.write_file("rfcs/human.md", "---\ntitle: [\n---\n")
    await world.context.refresher.sweep()
    broken = await report(world)
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()

    assert [item.path for item in broken.problems] == ["rfcs/human.md"]
    assert (await report(world)).problems == ()
    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["human"]


async def test_an_idea_merged_on_gitea_brings_its_threads_to_the_entry_and_frees_no_slug(
    world: World,
) -> None:
    number = (await world.propose(slug="silence")).number
    await post_to_idea(world.context, actor=world.reviewer, number=number, text="Yes.")

    world.merge_on_gitea(number)
    await world.context.refresher.sweep()

    entry = await entry_view(world.context, viewer=None, slug=Slug("silence"))
    idea = await idea_view(world.context, viewer=None, number=number)
    assert [message.body for message in entry.thread.messages] == ["Yes."]
    assert (idea.decision.by, idea.decision.comment) == (None, None) if idea.decision else False
    assert await world.rows("slug_reservations") == []
    assert (
        await slug_problem(world.context, slug="silence")
        == "The slug “silence” is already used by the RFC “Silence”."
    )


async def test_an_idea_closed_on_gitea_frees_its_slug_and_reopening_takes_it_again(world: World) -> None:
    number = (await world.propose(slug="silence")).number

    world.close_on_gitea(number)
    await world.context.refresher.sweep()
    closed = await slug_problem(world.context, slug="silence")
    world.close_on_gitea(number, state="open")
    await world.context.refresher.sweep()

    assert closed is None
    assert (
        await slug_problem(world.context, slug="silence")
        == f"The slug “silence” is already used by the open idea #{number}."
    )


async def test_who_opened_an_idea_is_known_by_the_trailer_where_the_record_is_lost(world: World) -> None:
    number = (await world.propose("writer", slug="silence")).number
    await world.run_sql("DELETE FROM actions")
    await world.run_sql("DELETE FROM cached_prs")

    await world.context.refresher.sweep()

    async with world.store.read() as work:
        found = await pulls.find(work, repo=world.meta, number=number)
    assert found is not None
    assert found.opened_by == "writer"


TROUBLES = {
    "answers 500": ({"action": "status", "status": 500}, "Gitea failed at what was asked."),
    "answers with HTML": (
        {"action": "html", "status": 200},
        "Gitea's address answers, but not as Gitea does.",
    ),
    "has revoked the token": ({"action": "status", "status": 401}, "Gitea refuses the bot."),
    "is away": ({"action": "status", "status": 502}, "Gitea can't be reached."),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_while_gitea_is_in_trouble_reading_goes_on_and_the_report_says_so(
    world: World, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.write_entry("human", "Human")
    number = (await world.propose(slug="silence")).number
    await world.context.refresher.sweep()
    before = await cache_of(world)
    fault, sentence = TROUBLES[trouble]
    world.forge.faults.set({"path": "/api/v1/", **fault})

    swept = await world.context.refresher.sweep()

    assert swept.failure == sentence
    assert await cache_of(world) == before
    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["human"]
    assert await raw_text(world.context, slug=Slug("human")) == "Text.\n"
    assert (await idea_view(world.context, viewer=world.owner, number=number)).state is PullState.OPEN
    said = await report(world)
    assert said.error is not None
    assert said.error.startswith(sentence)
    assert said.error_at is not None
    assert caplog.records[-1].exc_info is not None


async def test_after_the_trouble_the_next_sweep_catches_up_and_the_error_is_gone(world: World) -> None:
    await world.context.refresher.sweep()
    world.forge.faults.set({"path": "/api/v1/", "action": "status", "status": 500})
    await world.context.refresher.sweep()

    world.forge.faults.clear()
    world.write_entry("human", "Human")
    await world.context.refresher.sweep()

    assert (await report(world)).error is None
    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["human"]


async def test_a_nudge_that_fails_does_not_spoil_the_act_and_is_made_good_by_the_sweep(world: World) -> None:
    world.forge.faults.set({"path": "/pulls/", "method": "GET", "action": "status", "status": 500})

    number = (await world.propose(slug="silence")).number
    unseen = (await catalog_view(world.context)).ideas
    world.forge.faults.clear()
    await world.context.refresher.sweep()

    assert unseen == ()
    assert [idea.number for idea in (await catalog_view(world.context)).ideas] == [number]


async def test_the_time_as_of_moves_on_although_nothing_is_written(world: World) -> None:
    await world.context.refresher.sweep()
    before = (await report(world)).as_of

    await world.context.refresher.sweep()

    after = (await report(world)).as_of
    assert before is not None
    assert after is not None
    assert after > before


async def test_a_dry_run_says_what_would_change_and_changes_nothing(world: World) -> None:
    await world.context.refresher.sweep()
    world.write_entry("human", "Human")
    before = await cache_of(world)

    dry = await world.context.refresher.reconcile(dry_run=True)
    unchanged = await cache_of(world)
    wet = await world.context.refresher.reconcile()

    assert (dry.entries, wet.entries) == (1, 1)
    assert unchanged == before


async def test_a_graduated_rfc_shows_the_text_of_its_own_repository(world: World) -> None:
    answer = world.forge.admin.post(
        f"/api/v1/orgs/{world.org}/repos", json={"name": "rfc-0001-human", "auto_init": True}
    )
    assert answer.status_code == 201
    other = World(world.forge, world.population, world.context, world.org, answer.json()["full_name"])
    other.write_file("RFC.md", "# Human\n")
    more = {"id": "RFC-0001", "repo": f"{world.org}/rfc-0001-human", "state": EntryState.ACTIVE}
    world.write_entry("human", "Human", body="", **more)
    await world.context.refresher.sweep()
    first = await entry_view(world.context, viewer=None, slug=Slug("human"))

    other.write_file("RFC.md", "# Human being\n")
    await world.context.refresher.sweep()

    second = await entry_view(world.context, viewer=None, slug=Slug("human"))
    before = await cache_of(world)
    await world.run_sql("DELETE FROM cached_rfcs")
    await world.context.refresher.sweep()
    assert (first.body, second.body, second.rfc_id) == ("# Human\n", "# Human being\n", "RFC-0001")
    assert (second.text_repo, second.text_path) == (f"{world.org}/rfc-0001-human", "RFC.md")
    assert first.commit_sha != second.commit_sha
    assert await cache_of(world) == before


async def test_hints_of_a_moment_become_one_look(world: World) -> None:
    world.write_entry("human", "Human")
    world.forge.faults.set({"path": "/branches/main", "action": "delay_before", "seconds": 0})

    for _ in range(20):
        world.context.refresher.hint(world.meta)
    await eventually(lambda: _is_known(world, "human"))

    assert world.forge.faults.rules()[0]["hits"] <= 3


async def _is_known(world: World, slug: str) -> bool:
    async with world.store.read() as work:
        return await catalog.find(work, slug=Slug(slug)) is not None


async def test_reading_never_waits_for_a_slow_gitea(world: World) -> None:
    world.write_entry("human", "Human")
    number = (await world.propose(slug="silence")).number
    await world.context.refresher.sweep()
    world.forge.faults.set({"path": "/api/v1/", "action": "delay_before", "seconds": None})
    sweep = asyncio.create_task(world.context.refresher.sweep())
    await asyncio.to_thread(world.forge.faults.wait_held)

    rows = (await catalog_view(world.context)).rows
    entry = await entry_view(world.context, viewer=None, slug=Slug("human"))
    idea = await idea_view(world.context, viewer=world.writer, number=number)
    await post_to_idea(world.context, actor=world.reader, number=number, text="Meanwhile.")
    waited = not sweep.done()
    await asyncio.to_thread(world.forge.faults.clear)

    assert ([row.slug for row in rows], entry.body, idea.slug) == (["human"], "Text.\n", "silence")
    assert waited
    assert (await sweep).failure is None


async def test_a_file_that_gitea_lists_but_does_not_give_out_is_reported(world: World) -> None:
    world.write_entry("human", "Human")
    world.forge.faults.set({"path": "/git/blobs/", "action": "status", "status": 404})

    await world.context.refresher.sweep()

    assert [(item.path, item.reason) for item in (await report(world)).problems] == [
        ("rfcs/human.md", "Gitea lists the file but does not give it out (404).")
    ]


async def test_a_graduated_rfc_whose_repository_is_missing_stops_nobody_else(world: World) -> None:
    more = {"id": "RFC-0001", "repo": f"{world.org}/nowhere", "state": EntryState.ACTIVE}
    world.write_entry("human", "Human", body="", **more)
    world.write_entry("silence", "Silence")

    swept = await world.context.refresher.sweep()

    errors = {
        row.repo: row.error
        for row in (await sync_view(world.context, viewer=world.owner)).repositories
        if row.error
    }
    assert swept.failure is None
    assert sorted(row.slug for row in (await catalog_view(world.context)).rows) == ["human", "silence"]
    assert errors == {f"{world.org}/nowhere": f"The repository {world.org}/nowhere does not exist on Gitea."}


async def test_an_idea_without_an_entry_is_shown_with_what_is_wrong(world: World) -> None:
    world.write_file("notes.txt", "No entry.", new_branch="idea-nothing-000000")
    body = {"head": "idea-nothing-000000", "base": "main", "title": "Nothing", "body": ""}
    number = PullNumber(world.api("POST", "pulls", json=body)["number"])

    await world.context.refresher.sweep()

    view = await idea_view(world.context, viewer=world.owner, number=number)
    (row,) = (await catalog_view(world.context)).ideas
    assert view.problem == "The pull request adds no entry (rfcs/<slug>.md)."
    assert (row.number, row.slug, row.title) == (number, "", "Nothing")
