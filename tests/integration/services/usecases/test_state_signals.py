"""§15.1, §15.2: what becomes true by itself is told once, and waits in “Your turn” for whoever it is up to."""

from __future__ import annotations

from datetime import timedelta

from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.events import EntryChanged, PullChanged
from services.domain.identifiers import Slug
from services.domain.permissions import MetadataField
from services.store.queries import branch_settings
from services.usecases.change_metadata import change_metadata
from services.usecases.claim import claim
from services.usecases.decide_metadata import merge_metadata
from services.usecases.hygiene import tidy
from services.usecases.state_signals import state_event, tell_of_broken_syncs, tell_of_missed_states
from services.usecases.views.turns import TurnKind, turns_view
from tests.support.branches import HUMAN, active_rfc, branch_of, super_draft
from tests.support.pulls import changed_branch, commit_on, open_on
from tests.support.world import World, eventually

TEXT = "# Human\n\nOne says this.\n\nAnother says that.\n"


async def told(world: World, kind: str) -> list[tuple[str, str, str]]:
    """Login, category and page of everybody who was told this."""
    people = {actor.id: login for login, actor in world.people.items()}
    rows = await world.rows("notifications", "kind, user_id, category, path")
    return sorted((people[row[1]], row[2], row[3]) for row in rows if row[0] == kind)


async def waiting(world: World, login: str, kind: TurnKind) -> list[str]:
    """The pages of what waits for somebody."""
    turns = await turns_view(world.context, viewer=world.people[login])
    return [turn.path for turn in turns if turn.kind is kind]


async def test_an_entry_that_gets_an_owner_is_ready_to_graduate_and_said_so_once(world: World) -> None:
    world.write_entry("soul")
    await world.context.refresher.nudge(world.meta)
    asked = await claim(world.context, actor=world.writer, slug=Slug("soul"))
    assert await told(world, "graduation_ready") == []

    await merge_metadata(world.context, actor=world.moderator, slug=Slug("soul"), number=asked.number)
    await eventually(lambda: told(world, "graduation_ready"))
    await state_event(world.context, EntryChanged(Slug("soul")))
    await state_event(world.context, PullChanged(world.meta, asked.number, Slug("soul")))

    assert await told(world, "graduation_ready") == [
        ("moderator", "admin-actionable", "/rfc/soul"),
        ("owner", "admin-actionable", "/rfc/soul"),
    ]
    for login in ("writer", "owner"):
        assert await waiting(world, login, TurnKind.GRADUATE) == ["/rfc/soul"]
    assert await waiting(world, "reader", TurnKind.GRADUATE) == []


async def test_a_metadata_pull_request_waits_for_whoever_may_merge_what_it_changes(world: World) -> None:
    world.write_entry("soul", "Soul", owners=("reviewer",), arbiters=("reader",))
    await world.context.refresher.sweep()
    soul, by = Slug("soul"), world.writer

    title = await change_metadata(
        world.context, actor=by, slug=soul, wanted={MetadataField.TITLE: ("The soul",)}, seen={}
    )
    owners = await change_metadata(
        world.context, actor=by, slug=soul, wanted={MetadataField.OWNERS: ("writer",)}, seen={}
    )

    both = {f"/rfc/soul/pr/{title.number}", f"/rfc/soul/pr/{owners.number}"}
    for login, pages in {
        "reviewer": {f"/rfc/soul/pr/{title.number}"},
        "reader": {f"/rfc/soul/pr/{title.number}"},
        "moderator": both,
        "writer": set(),
    }.items():
        assert set(await waiting(world, login, TurnKind.MERGE)) == pages, login


async def test_what_a_kill_kept_from_being_told_is_told_at_the_next_start_and_once(world: World) -> None:
    await super_draft(world)
    await eventually(lambda: told(world, "graduation_ready"))
    await world.run_sql("DELETE FROM outbox")
    await world.run_sql("DELETE FROM notifications")

    for _ in range(2):
        await tell_of_missed_states(world.context)
        assert len(await told(world, "graduation_ready")) == 2

    await world.run_sql("DELETE FROM outbox")
    await world.run_sql("DELETE FROM notifications")
    await world.run_sql("UPDATE events SET created_at = '2020-01-01 00:00:00+00:00'")
    await tell_of_missed_states(world.context)
    assert await told(world, "graduation_ready") == []


async def test_an_open_pull_request_keeps_an_entry_from_being_ready(world: World) -> None:
    await super_draft(world, body=TEXT)
    await eventually(lambda: told(world, "graduation_ready"))
    assert await waiting(world, "reviewer", TurnKind.GRADUATE) == ["/rfc/human"]

    await open_on(world, await changed_branch(world, world, TEXT + "\nMore.\n"))

    assert await waiting(world, "reviewer", TurnKind.GRADUATE) == []


async def test_entries_that_have_long_been_ready_are_no_news(world: World) -> None:
    await super_draft(world)
    await eventually(lambda: told(world, "graduation_ready"))
    await world.run_sql("DELETE FROM outbox")
    await world.run_sql("DELETE FROM notifications")
    await world.run_sql("UPDATE cached_rfcs SET last_activity_at = '2020-01-01 00:00:00+00:00'")

    await state_event(world.context, EntryChanged(HUMAN))

    assert await told(world, "graduation_ready") == []


async def test_many_entries_of_others_are_one_line_for_an_admin(world: World) -> None:
    for slug in ("a", "b", "c", "d"):
        world.write_entry(slug, owners=("reviewer",))
    await world.context.refresher.sweep()

    assert await waiting(world, "moderator", TurnKind.GRADUATE) == ["/admin/graduation"]
    assert len(await waiting(world, "reviewer", TurnKind.GRADUATE)) == 4


async def test_a_pull_request_that_main_contradicts_is_said_to_its_opener_once(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    name = await changed_branch(world, own, TEXT.replace("this", "so"))
    number = await open_on(world, name)
    await commit_on(own, "main", TEXT + "\nBeside it.\n")
    await world.context.refresher.nudge(own.meta)
    await state_event(world.context, EntryChanged(HUMAN))
    assert await told(world, "pull_conflicting") == []

    await commit_on(own, "main", TEXT.replace("this", "the contrary"))
    await world.context.refresher.nudge(own.meta)
    await eventually(lambda: told(world, "pull_conflicting"))
    await commit_on(own, "main", TEXT.replace("this", "nothing"))
    await world.context.refresher.nudge(own.meta)
    await state_event(world.context, EntryChanged(HUMAN))

    assert await told(world, "pull_conflicting") == [
        ("writer", "personal-direct", f"/rfc/human/pr/{number}"),
    ]


async def test_a_repository_that_can_not_be_read_is_said_once_until_it_is_read_again(world: World) -> None:
    await super_draft(world)
    for _ in range(2):
        world.forge.faults.set({"path": f"/{world.meta}", "action": "status", "status": 503})
        await world.context.refresher.sweep()
        await tell_of_broken_syncs(world.context)
    assert [row[0] for row in await told(world, "sync_broken")] == ["moderator", "owner"]

    world.forge.faults.clear()
    await world.context.refresher.sweep()
    assert await tell_of_broken_syncs(world.context) == 0


async def test_a_branch_that_will_close_waits_for_whoever_cut_it_until_they_keep_it(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    assert await waiting(world, "writer", TurnKind.WARNED) == []

    await tidy(world.context, at=now() + timedelta(days=24))

    assert await waiting(world, "writer", TurnKind.WARNED) == [f"/rfc/human/branch/{name}"]
    assert await waiting(world, "reader", TurnKind.WARNED) == []
    assert await told(world, "warn_branch") == [("writer", "personal-direct", f"/rfc/human/branch/{name}")]
    async with world.store.write() as work:  # as `keep` does, on the day of the warning
        until = now() + timedelta(days=54)
        assert await branch_settings.keep(work, key=BranchKey(world.meta, name), until=until)
    assert await waiting(world, "writer", TurnKind.WARNED) == []


async def test_a_graduated_entry_is_not_ready_again(world: World) -> None:
    world.write_entry("soul", owners=("writer",), state=EntryState.WITHDRAWN)
    await world.context.refresher.sweep()

    await state_event(world.context, EntryChanged(Slug("soul")))

    assert await told(world, "graduation_ready") == []
