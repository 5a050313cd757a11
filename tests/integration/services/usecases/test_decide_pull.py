"""Deciding on pull requests (§10.5, §10.6, §10.8), on a real forge, and whoever gets in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.domain.errors import Conflict, Forbidden, Muted, NotSignedIn, ProductError, Upstream
from services.domain.events import EntryChanged, PullChanged
from services.domain.identifiers import CommitSha, PullNumber
from services.domain.pull import Mergeability, PullState
from services.domain.pull_draft import PullWords
from services.domain.trailers import on_behalf_of_login, parse_trailers
from services.gitea.bot import Bot
from services.store.queries import events
from services.usecases.decide_pull import MOVED, edit_pull, merge_pull, reopen_pull, withdraw_pull
from services.usecases.recover import Recovery, recover
from services.usecases.rights import set_muted
from services.usecases.views.entry import entry_view
from tests.support.branches import HUMAN, active_rfc, super_draft
from tests.support.pulls import TEXT, changed_branch, commit_on, open_on, seen, state_of
from tests.support.world import BOT, World, eventually

BETTER = TEXT.replace("who", "person")


async def proposed(world: World, *, active: bool = False) -> tuple[World, PullNumber]:
    """An open pull request of the writer on an RFC that the reviewer owns."""
    own = await active_rfc(world, text=TEXT) if active else world
    if not active:
        await super_draft(world, body=TEXT)
    return own, await open_on(world, await changed_branch(world, own, BETTER))


@pytest.mark.parametrize("active", [False, True])
async def test_a_merge_changes_main_for_everybody_and_names_the_merger(world: World, active: bool) -> None:
    own, number = await proposed(world, active=active)
    async with world.store.read() as work:
        before = await events.last_id(work)
    view = await seen(world, number)

    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number, seen_sha=view.head_sha)

    after = await seen(world, number)
    message = own.api("GET", f"git/commits/{after.merge_commit_sha}")["commit"]["message"]
    assert (await entry_view(world.context, viewer=None, slug=HUMAN)).body == BETTER
    assert (after.state, after.before, after.after) == (PullState.MERGED, TEXT, BETTER)
    assert (after.decided_by and after.decided_by.login, len(after.commits)) == ("reviewer", 1)
    assert on_behalf_of_login(message) == "reviewer"
    async with world.store.read() as work:
        told = {row.event for row in await events.after(work, id=before, limit=100)}
    assert {PullChanged(own.meta, number, HUMAN), EntryChanged(HUMAN)} <= told


async def test_what_moved_since_the_arbiter_looked_is_not_merged(world: World) -> None:
    own, number = await proposed(world)
    view = await seen(world, number, "reviewer")
    await commit_on(own, view.branch, BETTER + "\nMore.\n")

    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            await merge_pull(
                world.context, actor=world.reviewer, slug=HUMAN, number=number, seen_sha=view.head_sha
            )
        assert refused.value.message == MOVED
    assert (await seen(world, number)).after == BETTER + "\nMore.\n"


async def test_two_arbiters_merging_at_once_one_merges_and_the_other_is_told(world: World) -> None:
    _, number = await proposed(world, active=True)

    outcomes = await asyncio.gather(
        merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number),
        merge_pull(world.context, actor=world.moderator, slug=HUMAN, number=number),
        return_exceptions=True,
    )

    assert outcomes.count(None) == 1
    assert [outcome for outcome in outcomes if isinstance(outcome, Conflict)] != []
    assert [row for row in await world.rows("actions", "action_kind") if row[0] == "merge_pull"] == [
        ("merge_pull",)
    ]


async def test_a_withdrawn_one_can_t_be_merged_until_it_is_reopened(world: World) -> None:
    own, number = await proposed(world)
    named = {"slug": HUMAN, "number": number}

    await withdraw_pull(world.context, actor=world.writer, **named)  # type: ignore[arg-type]
    assert await state_of(world, number) == "withdrawn"
    with pytest.raises(Conflict) as refused:
        await merge_pull(world.context, actor=world.reviewer, **named)  # type: ignore[arg-type]
    assert refused.value.message == "This pull request has been withdrawn already."

    await reopen_pull(world.context, actor=world.writer, **named)  # type: ignore[arg-type]
    assert await state_of(world, number) == "open"
    own.close_on_gitea(number)
    await world.context.refresher.nudge(own.meta, number)
    assert await state_of(world, number) == "closed"


async def test_one_whose_branch_was_deleted_on_gitea_is_closed_and_can_t_be_reopened(world: World) -> None:
    own, number = await proposed(world, active=True)
    view = await seen(world, number)

    own.api("DELETE", f"branches/{view.branch}")
    await world.context.refresher.sweep()

    after = await seen(world, number, "writer")
    assert (after.state, after.after, after.branch_state) == (PullState.CLOSED, BETTER, "deleted")
    with pytest.raises(Conflict) as refused:
        await reopen_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    assert "branch has been deleted" in refused.value.message


async def test_a_conflict_is_told_as_one_and_not_as_still_checking(world: World) -> None:
    own, number = await proposed(world, active=True)
    own.write_file("RFC.md", TEXT.replace("who", "being"))
    await world.context.refresher.sweep()

    view = await seen(world, number, "reviewer")
    assert (view.mergeability, view.merge.allowed, view.resolve.allowed) == (
        Mergeability.CONFLICTS,
        False,
        True,
    )
    with pytest.raises(Conflict) as refused:
        await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)
    assert refused.value.message.startswith("It contradicts what has been merged since")
    assert await recover(world.context) == Recovery()


async def test_mergeability_that_is_never_computed_is_said_so_and_merged_later(world: World) -> None:
    own, number = await proposed(world, active=True)
    world.forge.faults.switch(mergeability="never")
    own.write_file("other.md", "Main moves on, so that Gitea has to check again.\n")
    hasty = Bot(
        world.context.gitea,
        org=world.org,
        meta=world.meta,
        gitea_url=world.forge.url,
        bot_login=BOT,
        patience=0.2,
    )

    with pytest.raises(Upstream) as waiting:
        await merge_pull(replace(world.context, bot=hasty), actor=world.reviewer, slug=HUMAN, number=number)

    assert waiting.value.message.startswith("Gitea is still checking whether this can be merged.")
    view = await seen(world, number, "moderator")
    assert (view.state, view.under_way, view.merge.allowed) == (
        PullState.OPEN,
        "Reviewer Person",
        False,
    )
    world.forge.faults.switch(mergeability=0)
    assert await recover(world.context) == Recovery(completed=1)
    assert await state_of(world, number) == "merged"


async def test_words_can_be_changed_and_the_bots_lines_stay(world: World) -> None:
    own, number = await proposed(world)
    trailers = parse_trailers(own.api("GET", f"pulls/{number}")["body"])
    named = {"slug": HUMAN, "number": number}

    await edit_pull(
        world.context, actor=world.writer, title="Other", description="Words\n\nSupersedes: #9", **named
    )  # type: ignore[arg-type]

    view = await seen(world, number)
    assert (view.title, view.description) == ("Other", "Words\n\nSupersedes: #9")
    assert parse_trailers(own.api("GET", f"pulls/{number}")["body"]) == trailers
    assert (view.opener.login, view.supersedes) == ("writer", None)


async def test_only_what_somebody_changed_is_written_and_nobodys_newer_words_are_overwritten(
    world: World,
) -> None:
    own, number = await proposed(world)
    begun = await seen(world, number)
    words = PullWords(begun.title, begun.description)
    named = {"slug": HUMAN, "number": number, "seen": words}

    await edit_pull(world.context, actor=world.reviewer, title="Other", **named)  # type: ignore[arg-type]
    await edit_pull(world.context, actor=world.writer, description="Mine.", **named)  # type: ignore[arg-type]

    view = await seen(world, number)
    assert (view.title, view.description) == ("Other", "Mine.")
    with pytest.raises(Conflict) as refused:
        await edit_pull(world.context, actor=world.writer, title="Third", description="Mine.", **named)  # type: ignore[arg-type]
    assert refused.value.message.startswith("The title has been changed by somebody else")
    assert (await seen(world, number)).title == "Other"

    own.api("PATCH", f"pulls/{number}", json={"title": "On Gitea"})
    with pytest.raises(Conflict) as late:
        await edit_pull(
            world.context,
            actor=world.writer,
            slug=HUMAN,
            number=number,
            title="Third",
            seen=PullWords("Other", "Mine."),
        )
    assert "changed by somebody else" in late.value.message
    assert (await seen(world, number)).title == "On Gitea"
    await edit_pull(
        world.context,
        actor=world.writer,
        slug=HUMAN,
        number=number,
        title="Third",
        seen=PullWords("On Gitea", "Mine."),
    )
    assert (await seen(world, number)).title == "Third"


ALLOWED = {
    "merge": {"owner", "moderator", "reviewer"},
    "withdraw": {"owner", "moderator", "reviewer", "writer"},
    "edit": {"owner", "moderator", "reviewer", "writer"},
}


@pytest.mark.parametrize("act", ALLOWED)
@pytest.mark.parametrize("login", ["moderator", "reviewer", "writer", "reader", None])
async def test_each_act_is_for_those_the_table_names(world: World, act: str, login: str | None) -> None:
    _, number = await proposed(world)
    permit = getattr(await seen(world, number, login), act)
    actor = world.people[login] if login else None

    async def run() -> None:
        named = {"actor": actor, "slug": HUMAN, "number": number}
        if act == "merge":
            await merge_pull(world.context, **named)  # type: ignore[arg-type]
        elif act == "withdraw":
            await withdraw_pull(world.context, **named)  # type: ignore[arg-type]
        else:
            await edit_pull(world.context, title="T", description="D", **named)  # type: ignore[arg-type]

    if login in ALLOWED[act]:
        assert permit.allowed
        await run()
    else:
        assert permit.why_not
        with pytest.raises(NotSignedIn if login is None else Forbidden):
            await run()
        assert await state_of(world, number) == "open"


async def test_the_muted_can_do_nothing_with_it(world: World) -> None:
    _, number = await proposed(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)

    with pytest.raises(Muted):
        await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)


async def test_a_merge_whose_answer_was_lost_is_recorded_once(world: World) -> None:
    own, number = await proposed(world, active=True)
    path = f"/api/v1/repos/{own.meta}/pulls/{number}/merge"
    world.forge.faults.set(
        {"method": "POST", "path": path, "action": "status_after", "status": 504, "times": 1}
    )

    with pytest.raises(ProductError):
        await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)
    world.forge.faults.clear()

    assert await recover(world.context) == Recovery(completed=1)
    view = await seen(world, number)
    assert (view.state, view.decided_by and view.decided_by.login) == (PullState.MERGED, "reviewer")


async def test_a_metadata_change_and_a_body_change_of_one_entry_merge_cleanly(world: World) -> None:
    _, number = await proposed(world)
    world.write_entry(
        "human", "Human being", TEXT, owners=("reviewer",), proposed_by="reviewer", tags=("core",)
    )
    await world.context.refresher.sweep()

    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)

    entry = await entry_view(world.context, viewer=None, slug=HUMAN)
    assert (entry.title, entry.tags, entry.body) == ("Human being", ("core",), BETTER)


async def test_a_merged_replacement_closes_the_one_it_replaces(world: World) -> None:
    own, old = await proposed(world, active=True)
    other = await changed_branch(world, own, BETTER + "\nMore.\n", "reader")
    body = f"Again.\n\nRFC-Kind: rfc_branch\nSupersedes: #{old}"
    made = own.api("POST", "pulls", json={"head": other, "base": "main", "title": "Again", "body": body})
    await world.context.refresher.sweep()
    waiting = await seen(world, old)
    assert waiting.superseded_by is not None
    assert (waiting.superseded_by.number, waiting.state) == (made["number"], PullState.OPEN)

    own.merge_on_gitea(made["number"])
    await world.context.refresher.sweep()

    async def closed() -> bool:
        return await state_of(world, old) == "closed"

    await eventually(closed)
    view = await seen(world, old)
    assert (view.state, view.superseded_by and view.superseded_by.state) == (
        PullState.CLOSED,
        PullState.MERGED,
    )
    kinds = [row for row in await world.rows("actions", "action_kind, actor_user_id") if "close" in row[0]]
    assert kinds == [("close_superseded_pull", None)]


async def test_dropping_the_cache_brings_back_every_pull_request_byte_for_byte(world: World) -> None:
    own, number = await proposed(world, active=True)
    await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    other = await changed_branch(world, own, BETTER + "\nMore.\n", "reader")
    second = await open_on(world, other, "reader")
    await merge_pull(world.context, actor=world.owner, slug=HUMAN, number=second)
    await world.context.refresher.sweep()
    before = await world.rows("cached_prs")

    await world.run_sql("DELETE FROM cached_prs")
    await world.run_sql("DELETE FROM sync_states")
    await world.context.refresher.sweep()
    assert await world.rows("cached_prs") == before
    events_before = await world.rows("events")
    swept = await world.context.refresher.sweep()

    assert (swept.pulls, swept.entries, await world.rows("events")) == (0, 0, events_before)
    assert [row.state for row in (await seen(world, number), await seen(world, second))] == [
        PullState.WITHDRAWN,
        PullState.MERGED,
    ]


async def test_what_is_committed_to_an_open_one_is_followed(world: World) -> None:
    own, number = await proposed(world)
    view = await seen(world, number)

    await commit_on(own, view.branch, BETTER + "\nMore.\n")
    await world.context.refresher.nudge(own.meta)

    after = await seen(world, number)
    assert (after.after, len(after.commits)) == (BETTER + "\nMore.\n", 2)
    assert after.head_sha != CommitSha(view.head_sha)
