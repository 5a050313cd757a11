"""Starting to contribute (§8.3, §8.8), on a real forge."""

from __future__ import annotations

import asyncio
import re

import pytest

from services.domain.branch import BranchKey, BranchState
from services.domain.change import ChangeState
from services.domain.entry import EntryState
from services.domain.errors import (
    Busy,
    Conflict,
    GiteaUnreachable,
    Muted,
    NotFound,
    NotSignedIn,
    RateLimited,
    Upstream,
)
from services.domain.events import BranchChanged, BranchCut
from services.domain.identifiers import CommitSha, Login, Slug, UserId
from services.domain.permissions import EditAccess
from services.domain.trailers import new_operation_id
from services.store.queries import branches, changes, events, threads, users
from services.store.queries.changes import NewChange
from services.store.queries.threads import MessageKind
from services.usecases.contribute import start_contributing
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.recover import Recovery, recover
from services.usecases.rights import set_muted
from services.usecases.views.branch import branch_view
from tests.support.branches import HUMAN, active_rfc, branch_of, super_draft
from tests.support.world import World

LOST = {"action": "status_after", "status": 504, "times": 1}
NEVER = {"action": "status", "status": 504}


async def lines_of(world: World, branch: str | None = None) -> list[str]:
    """What stands in a chat."""
    async with world.store.read() as work:
        thread = await threads.find_for_slug(work, slug=HUMAN, branch=branch)
        if thread is None:
            return []
        return [row.body for row in await threads.messages(work, thread_ids=[thread.id])]


async def recorded(world: World) -> list[tuple[object, ...]]:
    rows = await world.rows("actions", "on_behalf_of, action_kind, rfc_slug, branch_name")
    return [row for row in rows if row[1] == "start_contributing"]


async def card(world: World, by: UserId, **more: object) -> None:
    """A card in main's discuss buffer."""
    values = {"original": "who", "proposed": "person", **more}
    async with world.store.write() as work:
        chat = await threads.open(work, created_by=by, slug=HUMAN)
        answer = await threads.append_message(
            work, thread_id=chat, author_user_id=None, body="Try this.", kind=MessageKind.MODEL
        )
        await changes.insert(
            work,
            NewChange(
                rfc_slug=HUMAN,
                repo=world.meta,
                branch_name=None,
                thread_id=chat,
                message_id=answer.id,
                asked_by=by,
                **values,  # type: ignore[arg-type]
            ),
        )


async def test_a_super_drafts_branch_is_cut_in_the_meta_repository_for_whoever_asked(world: World) -> None:
    await super_draft(world)

    name = await branch_of(world)

    view = await branch_view(world.context, viewer=world.writer, slug=HUMAN, name=name)
    head = world.api("GET", "branches/main")["commit"]["id"]
    assert re.fullmatch(r"edit-human-[0-9a-f]{6}", name)
    assert world.api("GET", f"branches/{name}")["commit"]["id"] == head
    assert (view.home.repo, view.home.path, view.head_sha, view.base_sha) == (
        world.meta,
        "rfcs/human.md",
        head,
        head,
    )
    assert (view.text, view.main_text) == ("# Human\n\nA who.\n", "# Human\n\nA who.\n")
    assert (view.is_ahead, view.is_behind) == (False, False)
    assert (view.state, view.edit_access, view.edit.allowed) == (
        BranchState.OPEN,
        EditAccess.CREATOR,
        True,
    )
    assert view.creator is not None
    assert view.creator.login == "writer"
    assert await recorded(world) == [("writer", "start_contributing", "human", name)]


async def test_an_active_rfcs_branch_is_cut_in_its_own_repository(world: World) -> None:
    own = await active_rfc(world)

    name = await branch_of(world)

    view = await branch_view(world.context, viewer=None, slug=HUMAN, name=name)
    assert re.fullmatch(r"writer-draft-[0-9a-f]{6}", name)
    assert own.api("GET", f"branches/{name}")["commit"]["id"] == view.head_sha
    assert (view.home.repo, view.home.path, view.text) == (own.meta, "RFC.md", "# Human\n")


async def test_a_login_that_no_ref_may_hold_still_gets_a_branch(world: World) -> None:
    await active_rfc(world)
    async with world.store.write() as work:
        await users.update_profile(
            work,
            user_id=world.writer.id,
            login=Login("..Weird~Lögin.lock"),
            email="",
            display_name="W",
            avatar_url="",
        )

    name = await branch_of(world)

    assert re.fullmatch(r"weird-l-gin-lock-draft-[0-9a-f]{6}", name)


async def test_the_cards_one_asked_for_move_once_and_those_of_others_stay(world: World) -> None:
    await super_draft(world)
    await card(world, world.writer.id)
    await card(world, world.writer.id, state=ChangeState.DECLINED)
    await card(world, world.reader.id)

    first = await branch_of(world)
    second = await branch_of(world)

    async with world.store.read() as work:
        moved = await changes.list_for_branch(work, key=BranchKey(world.meta, first))
        again = await changes.list_for_branch(work, key=BranchKey(world.meta, second))
        waiting = await changes.list_buffer(work, slug=HUMAN, states=[ChangeState.PENDING])
    assert [(row.asked_by, row.state) for row in moved] == [(world.writer.id, ChangeState.PENDING)]
    assert moved[0].moved_from is not None
    assert (again, [row.asked_by for row in waiting]) == ([], [world.reader.id])
    links = [f"[{name}](/rfc/human/branch/{name})" for name in (first, second)]
    assert (await lines_of(world))[-2:] == [
        f"Writer Person started contributing on {links[0]}. One change card moved there.",
        f"Writer Person started contributing on {links[1]}.",
    ]
    assert await lines_of(world, first) == [
        "Writer Person started this branch. One change card moved here from main."
    ]


async def test_everybody_who_looks_at_the_entry_is_told_and_whoever_started_watches_it(world: World) -> None:
    await super_draft(world)
    before = await world.newest_event()

    name = await branch_of(world)

    async with world.store.read() as work:
        told = await events.after(work, id=before)
    on_entry = [row.event for row in told if row.topic == "rfc:human"]
    assert BranchCut(HUMAN, name) in on_entry
    assert BranchChanged(HUMAN, name) in on_entry
    # That the entry is ready to graduate is told to the admins' inboxes at some moment, perhaps just now.
    assert {row.topic for row in told} - {"inbox"} == {"rfc:human", f"branch:human/{name}", "admin"}
    assert await world.rows("watches", "user_id, rfc_slug, level") == [(world.writer.id, "human", "watching")]


async def test_the_same_click_sent_twice_cuts_one_branch(world: World) -> None:
    await super_draft(world)
    op_id = new_operation_id()

    async def click() -> str:
        started = await start_contributing(world.context, actor=world.writer, slug=HUMAN, op_id=op_id)
        return started.name

    outcomes = await asyncio.gather(*(click() for _ in range(3)), return_exceptions=True)
    later = await click()

    async with world.store.read() as work:
        known = await branches.list_for_slug(work, slug=HUMAN)
    assert [row.name for row in known] == [later]
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {later}
    assert all(isinstance(outcome, str | Busy) for outcome in outcomes)


async def test_two_people_who_start_at_once_get_a_branch_each(world: World) -> None:
    await super_draft(world)

    names = await asyncio.gather(branch_of(world, "writer"), branch_of(world, "reader"))

    assert len(set(names)) == 2
    assert sorted(row[0] for row in await recorded(world)) == ["reader", "writer"]


async def test_strangers_muted_people_and_withdrawn_rfcs_are_refused_before_anything_happens(
    world: World,
) -> None:
    await super_draft(world)
    world.write_entry("gone", "Gone", state=EntryState.WITHDRAWN)
    await world.context.refresher.sweep()
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)

    with pytest.raises(NotSignedIn):
        await start_contributing(world.context, actor=None, slug=HUMAN)
    with pytest.raises(Muted):
        await branch_of(world, "reader")
    with pytest.raises(Conflict, match="withdrawn"):
        await branch_of(world, slug=Slug("gone"))
    with pytest.raises(NotFound):
        await branch_of(world, slug=Slug("nothing"))

    assert await world.rows("operations") == []
    assert [branch["name"] for branch in world.api("GET", "branches")] == ["main"]


async def test_too_many_branches_in_a_short_time_are_refused(world: World) -> None:
    await super_draft(world)
    object.__setattr__(world.context, "limits", RateLimits({Limited.CONTRIBUTE: "1 per hour"}))
    await branch_of(world)

    with pytest.raises(RateLimited):
        await branch_of(world)


@pytest.mark.parametrize("fault", [LOST, NEVER], ids=["after the bot acted", "before the bot acted"])
async def test_killed_around_the_bots_act_the_branch_is_there_once_after_recovery(
    world: World, fault: dict[str, object]
) -> None:
    await super_draft(world)
    world.forge.faults.set({"path": "/branches$", "method": "POST", **fault})
    with pytest.raises(GiteaUnreachable):
        await branch_of(world)
    world.forge.faults.clear()

    recovered = [await recover(world.context) for _ in range(2)]

    async with world.store.read() as work:
        (row,) = await branches.list_for_slug(work, slug=HUMAN)
    assert recovered == [Recovery(completed=1), Recovery()]
    assert await recorded(world) == [("writer", "start_contributing", "human", row.name)]
    assert len(world.api("GET", "branches")) == 2


async def test_an_answer_lost_behind_a_500_does_not_cut_twice(world: World) -> None:
    await super_draft(world)
    world.forge.faults.set(
        {"path": "/branches$", "method": "POST", "action": "status_after", "status": 500, "times": 1}
    )

    name = await branch_of(world)

    assert sorted(branch["name"] for branch in world.api("GET", "branches")) == sorted([name, "main"])


async def test_the_repository_being_gone_is_told_and_the_act_has_failed(world: World) -> None:
    own = await active_rfc(world)
    world.forge.admin.delete(f"/api/v1/repos/{own.meta}")

    with pytest.raises(Upstream):
        await branch_of(world)

    assert await world.rows("operations", "kind, state") == [("start_contributing", "failed")]
    assert await recorded(world) == []


async def test_a_branch_cut_at_main_has_mains_head_even_when_the_cache_is_older(world: World) -> None:
    await super_draft(world)
    world.write_entry("human", "Human", "Newer.\n")

    name = await branch_of(world)

    view = await branch_view(world.context, viewer=world.writer, slug=HUMAN, name=name)
    assert view.text == "Newer.\n"
    assert view.base_sha == CommitSha(world.api("GET", "branches/main")["commit"]["id"])
