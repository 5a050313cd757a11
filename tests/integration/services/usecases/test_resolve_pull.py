"""Resolving conflicts (§10.9), on a real forge: replay, choose, a new pull request, and the old one closes."""

from __future__ import annotations

import base64

import pytest

from services.domain.errors import Conflict, Forbidden, ProductError
from services.domain.events import WordingChosen, pull_topic
from services.domain.identifiers import CommitSha, PullNumber
from services.domain.pull import PullState
from services.domain.replay import ResolutionState, StepState
from services.domain.trailers import parse_trailers
from services.store.queries import actions, events, resolutions
from services.store.queries.resolutions import ResolutionRow
from services.usecases.decide_pull import merge_pull
from services.usecases.discard_replay import discard_replay
from services.usecases.recover import recover
from services.usecases.resolve_pull import choose_wording, open_resolved, start_resolving, take_wordings
from services.usecases.views.branch import branch_options
from services.usecases.views.resolution import ResolutionView, resolution_view
from tests.support.branches import HUMAN, active_rfc, branch_of, super_draft
from tests.support.pulls import commit_on, open_on, seen, state_of
from tests.support.world import World, eventually

LINES = [
    f"Sentence number {word} stands here.\n\n" for word in ("one", "two", "three", "four", "five", "six")
]
TEXT = "# Human\n\n" + "".join(LINES)
EDITS = [("one", "uno"), ("two", "due"), ("three", "tre"), ("four", "quattro")]


async def conflicting(world: World, *, active: bool = True) -> tuple[World, PullNumber]:
    """A pull request of four commits, half of which main contradicts."""
    own = await active_rfc(world, text=TEXT) if active else world
    if not active:
        await super_draft(world, body=TEXT)
    name, text = await branch_of(world), TEXT
    for old, new in EDITS:
        text = text.replace(f"number {old}", f"number {new}")
        await commit_on(own, name, text)
    await world.context.refresher.nudge(own.meta)
    number = await open_on(world, name)
    await commit_on(
        own, "main", TEXT.replace("number two", "number zwei").replace("number four", "number vier")
    )
    await world.context.refresher.sweep()
    return own, number


async def clashing(world: World) -> tuple[World, PullNumber]:
    """A pull request of one commit, which main contradicts."""
    own = await active_rfc(world, text=TEXT)
    name = await branch_of(world)
    await commit_on(own, name, TEXT.replace("number two", "number due"))
    await world.context.refresher.nudge(own.meta)
    number = await open_on(world, name)
    await commit_on(own, "main", TEXT.replace("number two", "number zwei"))
    await world.context.refresher.sweep()
    return own, number


async def replay_of(world: World, own: World, number: PullNumber) -> ResolutionRow:
    async with world.store.read() as work:
        row = await resolutions.find_active(work, repo=own.meta, number=number)
    assert row is not None
    return row


async def page_of(world: World, number: PullNumber, login: str = "writer") -> ResolutionView:
    """What somebody's page of the replay shows."""
    return await resolution_view(world.context, viewer=world.people[login], slug=HUMAN, number=number)


async def decide(
    world: World, number: PullNumber, side: str, login: str = "writer", page: ResolutionView | None = None
) -> None:
    """Somebody chooses one side for all that their page (as it is now, if no other) asks."""
    page = page or await page_of(world, number, login)
    for clash in page.clashes:
        await choose_wording(
            world.context,
            actor=world.people[login],
            slug=HUMAN,
            number=number,
            clash=clash.index,
            wording=getattr(clash, side),
            seen=clash.seen,
        )


async def choose(world: World, number: PullNumber, side: str) -> None:
    """The writer decides all that is asked now, and keeps it."""
    await decide(world, number, side)
    seen = (await page_of(world, number)).seen
    await take_wordings(world.context, actor=world.writer, slug=HUMAN, number=number, seen=seen)


@pytest.mark.parametrize("active", [True, False])
async def test_half_fits_half_is_asked_and_the_new_one_closes_the_old_when_it_merges(
    world: World, active: bool
) -> None:
    own, old = await conflicting(world, active=active)
    assert (await seen(world, old, "writer")).resolve.allowed

    name = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)

    states = [step.state for step in (await replay_of(world, own, old)).steps]
    assert states == [StepState.DONE, StepState.ASKED, StepState.WAITING, StepState.WAITING]
    await choose(world, old, "mine")
    await choose(world, old, "theirs")
    row = await replay_of(world, own, old)
    assert (row.state, [step.state for step in row.steps]) == (
        ResolutionState.READY,
        [StepState.DONE, StepState.DONE, StepState.DONE, StepState.SKIPPED],
    )
    opened = await open_resolved(world.context, actor=world.writer, slug=HUMAN, number=old)
    view = await seen(world, opened.number, "reviewer")
    expected = TEXT.replace("one", "uno").replace("two", "due").replace("three", "tre")
    assert (view.branch, view.after, len(view.commits)) == (name, expected.replace("four", "vier"), 3)
    assert view.supersedes is not None
    assert (view.supersedes.number, view.merge.allowed) == (old, True)

    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=opened.number)

    async def closed() -> bool:
        return await state_of(world, old) == "closed"

    await eventually(closed)
    superseded = (await seen(world, old)).superseded_by
    assert superseded is not None
    assert (superseded.number, superseded.state) == (opened.number, PullState.MERGED)
    options = await branch_options(world.context, viewer=None, slug=HUMAN)
    assert {one.name: one.state for one in options}[f"#{old}"] == "superseded"


async def test_each_commit_keeps_its_author_and_says_who_replayed_it(world: World) -> None:
    own, old = await conflicting(world)

    name = await start_resolving(world.context, actor=world.reviewer, slug=HUMAN, number=old)

    (step, *_) = (await replay_of(world, own, old)).steps
    message = own.api("GET", f"git/commits/{step.commit_sha}")["commit"]["message"]
    assert parse_trailers(message)["Replays"] == step.sha
    assert parse_trailers(message)["Replayed-by"] == "Reviewer Person (reviewer)"
    content = own.api("GET", "contents/RFC.md", params={"ref": name})["content"]
    assert "number uno" in base64.b64decode(content).decode()


async def test_a_replay_that_was_killed_half_way_goes_on_and_doubles_nothing(world: World) -> None:
    own, old = await conflicting(world)
    path = f"/api/v1/repos/{own.meta}/contents"
    world.forge.faults.set(
        {"method": "POST", "path": path, "action": "status_after", "status": 504, "times": 1}
    )
    with pytest.raises(ProductError):
        await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    world.forge.faults.clear()

    await recover(world.context)

    row = await replay_of(world, own, old)
    assert (row.state, row.next_step) == (ResolutionState.WAITING, 1)
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    commits = own.api("GET", "commits", params={"sha": row.branch_name, "stat": "false"})
    assert [commit["sha"] for commit in commits].index(row.main_sha) == 1


async def test_nobody_may_resolve_what_they_may_not_edit_and_nothing_that_is_no_conflict(
    world: World,
) -> None:
    own, old = await conflicting(world)
    with pytest.raises(Forbidden):
        await start_resolving(world.context, actor=world.reader, slug=HUMAN, number=old)
    await commit_on(own, "main", TEXT)
    await world.context.refresher.sweep()
    with pytest.raises(Conflict) as refused:
        await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    assert refused.value.message.startswith("There is no conflict to resolve")


async def test_choices_are_kept_and_hold_only_for_the_sentences_that_were_seen(world: World) -> None:
    own, old = await conflicting(world)
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    page = await page_of(world, old)
    named = {"actor": world.writer, "slug": HUMAN, "number": old}

    with pytest.raises(Conflict, match="1 of these sentences is still undecided"):
        await take_wordings(world.context, seen=page.seen, **named)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="sentences have changed"):
        await choose_wording(world.context, clash=0, wording="x", seen="other", **named)  # type: ignore[arg-type]
    await choose_wording(world.context, clash=0, wording="By hand.", seen=page.clashes[0].seen, **named)  # type: ignore[arg-type]

    row = await replay_of(world, own, old)
    assert row.steps[1].wordings == ("By hand.\n\n",)
    await take_wordings(world.context, seen=(await page_of(world, old)).seen, **named)  # type: ignore[arg-type]
    content = own.api("GET", "contents/RFC.md", params={"ref": row.branch_name})["content"]
    assert "\n\nBy hand.\n\nSentence number three" in base64.b64decode(content).decode().replace(
        "tre", "three"
    )


async def test_a_choice_is_told_on_the_page_with_whose_it_is_and_none_is_overwritten_unseen(
    world: World,
) -> None:
    _, old = await conflicting(world)
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    before, told_before = await page_of(world, old, "reviewer"), await world.newest_event()

    await decide(world, old, "mine", "writer")

    async with world.store.read() as work:
        stored = await events.after(work, id=told_before, limit=100)
    told = {(row.topic, row.event) for row in stored}
    assert (pull_topic(HUMAN, old), WordingChosen(HUMAN, old)) in told
    (clash,) = (await page_of(world, old, "reviewer")).clashes
    assert clash.chosen_by is not None
    assert (clash.chosen, clash.chosen_by.name) == (clash.mine, "Writer Person")
    with pytest.raises(Conflict, match="Somebody chose another wording for these sentences meanwhile"):
        await decide(world, old, "theirs", "reviewer", before)
    await decide(world, old, "theirs", "reviewer")
    (clash,) = (await page_of(world, old, "writer")).clashes
    assert clash.chosen_by is not None
    assert (clash.chosen, clash.chosen_by.name) == (clash.theirs, "Reviewer Person")


async def test_nobody_keeps_wordings_that_their_page_did_not_show(world: World) -> None:
    own, old = await conflicting(world)
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    await decide(world, old, "mine", "writer")
    promised = await page_of(world, old, "writer")
    await decide(world, old, "theirs", "reviewer")

    with pytest.raises(Conflict, match="nothing was kept"):
        await take_wordings(world.context, actor=world.writer, slug=HUMAN, number=old, seen=promised.seen)

    assert (await replay_of(world, own, old)).next_step == 1
    # Nor by going on with the replay, which an older window may still offer.
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    assert (await replay_of(world, own, old)).next_step == 1
    seen_now = (await page_of(world, old, "writer")).seen
    await take_wordings(world.context, actor=world.writer, slug=HUMAN, number=old, seen=seen_now)
    assert [step.state for step in (await replay_of(world, own, old)).steps][1] is StepState.SKIPPED


async def test_wordings_that_are_being_kept_stand_and_are_committed_after_a_restart(world: World) -> None:
    own, old = await conflicting(world)
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    await decide(world, old, "mine")
    page = await page_of(world, old)
    path = f"/api/v1/repos/{own.meta}/"
    world.forge.faults.set({"method": "POST", "path": path, "action": "status", "status": 503, "times": 50})
    with pytest.raises(ProductError):
        await take_wordings(world.context, actor=world.writer, slug=HUMAN, number=old, seen=page.seen)
    with pytest.raises(Conflict, match="are being kept right now"):
        await decide(world, old, "theirs", "reviewer")
    world.forge.faults.clear()

    await recover(world.context)

    row = await replay_of(world, own, old)
    assert [step.state for step in row.steps][1] is StepState.DONE
    content = own.api("GET", "contents/RFC.md", params={"ref": row.branch_name})["content"]
    assert "number due" in base64.b64decode(content).decode()


async def test_a_replay_of_which_nothing_is_left_can_be_begun_again_and_ends_otherwise(world: World) -> None:
    own, old = await clashing(world)
    first = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    await choose(world, old, "theirs")
    assert (await page_of(world, old)).nothing_left
    with pytest.raises(Conflict, match="Start again to choose otherwise"):
        await open_resolved(world.context, actor=world.writer, slug=HUMAN, number=old)

    await discard_replay(world.context, actor=world.writer, slug=HUMAN, number=old)

    assert (await page_of(world, old)).branch is None
    names = [branch["name"] for branch in own.api("GET", "branches")]
    assert first not in names
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("discard_replay") == 1
    second = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    assert second != first
    await choose(world, old, "mine")
    opened = await open_resolved(world.context, actor=world.writer, slug=HUMAN, number=old)
    assert (await seen(world, opened.number, "writer")).after == TEXT.replace("number two", "number due")
    with pytest.raises(Conflict, match="Nobody has begun"):
        await discard_replay(world.context, actor=world.writer, slug=HUMAN, number=old)


async def test_a_replay_can_be_given_up_while_it_asks_by_whoever_may_resolve_and_nobody_else(
    world: World,
) -> None:
    _, old = await clashing(world)
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    await decide(world, old, "mine")

    with pytest.raises(Forbidden):
        await discard_replay(world.context, actor=world.reader, slug=HUMAN, number=old)
    await discard_replay(world.context, actor=world.reviewer, slug=HUMAN, number=old)

    assert (await page_of(world, old)).branch is None
    await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    assert [clash.chosen for clash in (await page_of(world, old)).clashes] == [None]


async def test_a_replay_whose_giving_up_was_killed_is_given_up_by_the_next_start(world: World) -> None:
    own, old = await clashing(world)
    name = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    world.forge.faults.set({"method": "DELETE", "path": "/branches/", "action": "status", "status": 503})
    with pytest.raises(ProductError):
        await discard_replay(world.context, actor=world.writer, slug=HUMAN, number=old)
    world.forge.faults.clear()

    await recover(world.context)

    assert name not in [branch["name"] for branch in own.api("GET", "branches")]
    assert (await page_of(world, old)).branch is None
    assert await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old) != name


async def test_a_replay_whose_branch_somebody_deleted_on_gitea_can_be_begun_again(world: World) -> None:
    own, old = await clashing(world)
    name = await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)
    own.api("DELETE", f"branches/{name}")
    await world.context.refresher.sweep()

    await discard_replay(world.context, actor=world.writer, slug=HUMAN, number=old)

    assert await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old) != name
    assert [clash.chosen for clash in (await page_of(world, old)).clashes] == [None]


async def test_beginning_to_resolve_is_told_as_a_branch_that_was_cut_and_not_as_a_pull_request(
    world: World,
) -> None:
    _, old = await clashing(world)

    await start_resolving(world.context, actor=world.reviewer, slug=HUMAN, number=old)

    told = [
        row for row in await world.rows("notifications", "kind, category, reason") if row[0] == "resolve_pull"
    ]
    assert told == [("resolve_pull", "watched-churn", "watching")]


async def test_whoever_resolves_a_pull_request_of_gitea_is_not_taken_for_its_opener(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    name = await branch_of(world)
    await commit_on(own, name, TEXT.replace("number two", "number due"))
    opened = own.api("POST", "pulls", json={"head": name, "base": "main", "title": "Due", "body": ""})
    await commit_on(own, "main", TEXT.replace("number two", "number zwei"))
    await world.context.refresher.sweep()
    number = PullNumber(opened["number"])

    await start_resolving(world.context, actor=world.owner, slug=HUMAN, number=number)

    async with world.store.read() as work:
        assert await actions.opening_actor(work, repo=own.meta, pr_number=number) is None


async def test_a_file_that_main_renamed_is_said_to_be_gone(world: World) -> None:
    own, old = await conflicting(world)
    content = own.api("GET", "contents/RFC.md")["content"]
    own.write_file("Human.md", base64.b64decode(content))
    own.remove_file("RFC.md")

    with pytest.raises(Conflict) as refused:
        await start_resolving(world.context, actor=world.writer, slug=HUMAN, number=old)

    assert refused.value.message.startswith("RFC.md is not on main any more")
    assert (await seen(world, old)).head_sha != CommitSha("")
