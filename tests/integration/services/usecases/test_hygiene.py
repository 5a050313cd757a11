"""Tidying branches in a whole world: what is closed, deleted and left alone, and what is recorded (§12)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from components.branch import KEEP, LET_GO, notes_html
from services.domain.branch import BranchKey, BranchState
from services.domain.clock import now
from services.domain.errors import Forbidden
from services.domain.identifiers import PullNumber
from services.domain.replay import shown_as
from services.store.queries import branches, resolutions
from services.usecases.branch_access import close, pin, reopen
from services.usecases.decide_pull import merge_pull, withdraw_pull
from services.usecases.hygiene import Tidied, keep, tidy
from services.usecases.recover import recover
from services.usecases.replaying import current_attempt
from services.usecases.resolve_pull import choose_wording, open_resolved, start_resolving, take_wordings
from services.usecases.restore_branch import restore
from services.usecases.views.branch import branch_view
from tests.support.branches import HUMAN, branch_of, super_draft
from tests.support.pulls import TEXT, changed_branch, commit_on, open_on
from tests.support.world import BOT, World

RECORD = "action_kind, actor_user_id, on_behalf_of, branch_name"
MINE = ("warn_branch", "close_idle_branch", "delete_stale_branch", "delete_post_merge_branch")


async def state_of(world: World, name: str) -> BranchState | None:
    async with world.store.read() as work:
        row = await branches.find(work, key=BranchKey(world.meta, name))
    return row.state if row else None


async def tick(world: World, days: float) -> Tidied:
    return await tidy(world.context, at=now() + timedelta(days=days))


async def recorded(world: World) -> list[tuple[str, int | None, str, str]]:
    rows = await world.rows("actions", f"id, {RECORD}")
    return [row[1:] for row in sorted(rows) if row[1] in MINE]


async def test_an_idle_branch_is_warned_of_closed_and_deleted_by_the_app(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    outcomes = [await tick(world, days) for days in (1, 24, 24.1, 29.5, 31, 31.1, 115, 120.5, 122, 122.1)]

    assert [(one.warned, one.closed, one.deleted) for one in outcomes] == [
        (0, 0, 0), (1, 0, 0), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 0), (1, 0, 0), (1, 0, 0), (0, 0, 1), (0, 0, 0),
    ]  # fmt: skip
    assert await recorded(world) == [
        (kind, None, BOT, name)
        for kind in (
            "warn_branch",
            "warn_branch",
            "close_idle_branch",
            "warn_branch",
            "warn_branch",
            "delete_stale_branch",
        )
    ]
    assert await state_of(world, name) is BranchState.DELETED
    assert world.forge.admin.get(f"/api/v1/repos/{world.meta}/branches/{name}").status_code == 404

    await restore(world.context, actor=world.writer, slug=HUMAN, name=name)
    assert await state_of(world, name) is BranchState.OPEN


async def test_what_somebody_has_reopened_or_restored_is_left_alone_for_30_days(world: World) -> None:
    await super_draft(world)
    reopened, restored = await branch_of(world), await branch_of(world)
    await world.run_sql("UPDATE branch_settings SET created_at = '2020-01-01 00:00:00+00:00'")
    await world.run_sql("UPDATE cached_branches SET last_commit_at = '2020-01-01 00:00:00+00:00'")
    assert (await tick(world, 0)).closed == 2
    world.api("DELETE", f"branches/{restored}")
    await world.context.refresher.sweep()

    await reopen(world.context, actor=world.writer, slug=HUMAN, name=reopened)
    await restore(world.context, actor=world.writer, slug=HUMAN, name=restored)

    outcomes = [await tick(world, days) for days in (0.1, 22, 24, 29.9, 30.1)]
    assert [(one.warned, one.closed) for one in outcomes] == [(0, 0), (0, 0), (2, 0), (2, 0), (0, 2)]


async def test_a_branch_that_somebody_types_on_is_committed_and_not_closed(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    opened = await world.context.live_texts.join(world.context, actor=world.writer, slug=HUMAN, name=name)
    opened.session.send = lambda message: None
    await opened.text.become("# Human\n\nA who, and a what.\n", user_id=world.writer.id)
    await world.run_sql("UPDATE cached_branches SET last_commit_at = '2020-01-01 00:00:00'")
    await world.run_sql("UPDATE branch_settings SET created_at = '2020-01-01 00:00:00'")

    done = await tick(world, days=0)

    assert (done.closed, done.waiting, await state_of(world, name)) == (0, 0, BranchState.OPEN)
    assert not opened.text.dirty


async def test_pinned_and_kept_branches_stay(world: World) -> None:
    await super_draft(world)
    pinned, kept = await branch_of(world), await branch_of(world, "reader")
    await pin(world.context, actor=world.reviewer, slug=HUMAN, name=pinned)
    with pytest.raises(Forbidden):
        await keep(world.context, actor=world.writer, slug=HUMAN, name=kept)
    until = await keep(world.context, actor=world.reader, slug=HUMAN, name=kept)

    assert (await tidy(world.context, at=until - timedelta(hours=1))).closed == 0
    assert (await tidy(world.context, at=until + timedelta(hours=1))).closed == 1
    assert await state_of(world, pinned) is BranchState.OPEN
    assert await state_of(world, kept) is BranchState.CLOSED


async def test_a_branch_that_moved_on_gitea_is_not_deleted(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    await tick(world, 31)
    await tick(world, 120.5)
    world.write_file("rfcs/human.md", "---\nslug: human\n---\n\nUnseen.\n", branch=name)

    outcome = await tick(world, 122)

    assert (outcome.deleted, outcome.waiting) == (0, 1)
    assert world.forge.admin.get(f"/api/v1/repos/{world.meta}/branches/{name}").status_code == 200


async def conflict(world: World) -> PullNumber:
    """A pull request of the writer's that main contradicts."""
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, TEXT.replace("speaks", "sings"))
    number = await open_on(world, name)
    await commit_on(world, "main", TEXT.replace("speaks", "is silent"))
    await world.context.refresher.sweep()
    return number


async def test_a_resolution_branch_stays_while_it_is_in_use_and_goes_like_others_afterwards(
    world: World,
) -> None:
    number = await conflict(world)
    name = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=number)

    assert [await tick(world, days) for days in (24, 31, 400)] == [Tidied()] * 3

    await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    outcomes = [await tick(world, days) for days in (24, 29.5, 31, 115, 120.5, 122)]
    # Beside the branch of the pull request that was withdrawn.
    assert [(one.warned, one.closed, one.deleted) for one in outcomes] == [
        (2, 0, 0), (2, 0, 0), (0, 2, 0), (2, 0, 0), (2, 0, 0), (0, 0, 2),
    ]  # fmt: skip
    assert await state_of(world, name) is BranchState.DELETED
    assert ("delete_stale_branch", None, BOT, name) in await recorded(world)


async def test_a_resolution_branch_is_deleted_long_after_its_pull_request_was_merged(world: World) -> None:
    old = await conflict(world)
    name = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    async with world.store.read() as work:
        row = await resolutions.find_active(work, repo=world.meta, number=old)
    found = None if row is None else await current_attempt(world.context, row)
    assert found is not None
    named: dict[str, Any] = {"actor": world.writer, "slug": HUMAN, "number": old}
    mine = found.clashes[0].mine
    await choose_wording(world.context, clash=0, wording=mine, seen=shown_as(found.key, [None]), **named)
    await take_wordings(world.context, seen=shown_as(found.key, [mine]), **named)
    opened = await open_resolved(world.context, **named)
    assert [await tick(world, days) for days in (31, 400)] == [Tidied()] * 2
    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=opened.number)

    for days in (84, 89.5, 91):
        await tick(world, days)

    assert await state_of(world, name) is BranchState.DELETED
    assert ("delete_post_merge_branch", None, BOT, name) in await recorded(world)


async def test_a_branch_cut_on_gitea_is_nobodys_to_tidy(world: World) -> None:
    world.write_entry("human", "Human")
    world.api("POST", "branches", json={"new_branch_name": "edit-human-abc123", "old_ref_name": "main"})
    await world.context.refresher.sweep()

    assert await tick(world, 500) == Tidied()


async def test_a_warned_branch_says_so_and_its_creator_can_keep_it_or_let_go(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    async def note(login: str) -> str:
        viewer = world.people[login]
        view = await branch_view(world.context, viewer=viewer, slug=HUMAN, name=name)
        return notes_html(view, signed_in=viewer is not None)

    assert await note("writer") == ""
    assert (await tick(world, 24)).warned == 1
    assert "This branch will be closed on" in await note("reader")
    assert "note-keep" not in await note("reader")
    offered = await note("writer")
    together = re.search(
        r'<span class="r-acts">(.*?)</span>', offered
    )  # they stay side by side in a narrow column
    assert together is not None
    assert re.findall(r'data-testid="note-([^"]*)"', together[1]) == [KEEP, LET_GO]

    await close(world.context, actor=world.writer, slug=HUMAN, name=name)
    assert "note-reopen" in await note("writer")
    assert "note-keep" not in await note("writer")


async def test_while_gitea_is_down_nothing_is_deleted_and_it_is_done_once_afterwards(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    for days in (31, 115, 120.5):
        await tick(world, days)
    world.forge.faults.set({"path": "/api/v1/", "action": "drop"})

    down = await tick(world, 122)

    assert (down.deleted, down.waiting) == (0, 1)
    assert await state_of(world, name) is BranchState.CLOSED
    world.forge.faults.clear()
    for days in (122.1, 123, 130):
        assert await tick(world, days) == Tidied()  # the deletion is under way, and recovery ends it
    await recover(world.context)
    assert await state_of(world, name) is BranchState.DELETED
    assert [kind for kind, *_ in await recorded(world)].count("delete_stale_branch") == 1


async def test_a_clock_that_jumps_ahead_closes_but_deletes_nothing_unwarned_and_back_again_does_nothing(
    world: World,
) -> None:
    await super_draft(world)
    name = await branch_of(world)

    ahead = [await tick(world, days) for days in (400, 400.1, 800, 800.1)]
    back = [await tick(world, days) for days in (1, 2)]

    assert [(one.warned, one.closed, one.deleted) for one in ahead] == [
        (0, 1, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0),
    ]  # fmt: skip
    assert back == [Tidied(), Tidied()]
    await reopen(world.context, actor=world.writer, slug=HUMAN, name=name)
    assert await state_of(world, name) is BranchState.OPEN
