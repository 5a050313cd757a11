"""Graduation (§13): who may, what stands in its way, what comes of it, and what everybody sees meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from services.domain.branch import Visibility
from services.domain.entry import EntryState
from services.domain.errors import Busy, Conflict, Forbidden, Invalid
from services.domain.identifiers import Slug
from services.domain.permissions import MetadataField
from services.domain.trailers import parse_trailers
from services.ops.seed import SeedPlan, seed
from services.store.queries.operations import OperationState
from services.usecases.branch_access import set_visibility
from services.usecases.change_metadata import change_metadata
from services.usecases.claim import claim
from services.usecases.contribute import start_contributing
from services.usecases.decide_idea import merge
from services.usecases.decide_metadata import merge_metadata
from services.usecases.graduate import resume_graduation, start_graduation, undo_graduation
from services.usecases.graduation_plan import Checked, check_typed
from services.usecases.texts import read_text
from services.usecases.views.branch import branch_options
from services.usecases.views.graduation import (
    QueueState,
    graduation_offer,
    graduation_queue,
    graduation_view,
)
from tests.support.branches import branch_of
from tests.support.graduations import (
    BRACKETED,
    HOOK,
    NAME,
    NOTHING,
    OPEN,
    Left,
    draft,
    ended,
    file,
    get,
    graduate,
    held_at,
    kinds,
    left,
    messages,
    open_body_pull,
    plan,
    state_of,
)
from tests.support.world import World


async def test_an_owner_graduates_an_entry_and_its_text_has_a_repository_of_its_own(world: World) -> None:
    slug = await draft(world)
    branch = await branch_of(world, "writer", slug)

    row = await graduate(world)

    text = await read_text(world.context, slug=slug)
    assert (row.state, await state_of(world)) == (OperationState.DONE, EntryState.ACTIVE)
    assert (text.home.repo, text.text) == (
        f"{world.org}/{NAME}",
        "# Memory\n\nWhat a record of a person is not.\n",
    )
    assert left(world) == Left([NAME], [branch, f"graduate-memory-{row.op_id[:6]}"], [], [HOOK])
    assert (await kinds(world), len(messages(world, NAME))) == (BRACKETED, 1)
    trailers = parse_trailers(messages(world, NAME)[0])
    assert (trailers["RFC-Op"], trailers["On-behalf-of"]) == (row.op_id, "Reviewer Person <reviewer>")


async def test_seeding_anew_renews_the_hook_of_a_graduated_rfc(world: World) -> None:
    await draft(world)
    await graduate(world)
    path = f"repos/{world.org}/{NAME}/hooks"
    (before,) = get(world, path)
    seeding = SeedPlan(site_name="Ours", webhook_url=HOOK, webhook_secret="another-long-word-9271")

    report = await seed(world.context, seeding)

    (after,) = get(world, path)
    assert (report.graduated, report.missing) == (1, ())
    assert after["id"] != before["id"]
    world.forge.admin.delete(f"/api/v1/repos/{world.org}/{NAME}").raise_for_status()
    gone = await seed(world.context, seeding)
    assert (gone.graduated, gone.missing) == (0, (f"{world.org}/{NAME}",))


async def test_an_unowned_entry_that_an_admin_graduates_can_not_be_claimed_meanwhile(world: World) -> None:
    world.write_entry("memory", "Memory", "# Memory\n\nWhat it is not.\n", proposed_by="writer")
    await world.context.refresher.sweep()
    world.forge.faults.set({"path": OPEN, "method": "POST", "action": "delay_before", "times": 1})
    op_id = await start_graduation(
        world.context, actor=world.owner, slug=Slug("memory"), plan=plan(owners="owner")
    )
    await asyncio.to_thread(world.forge.faults.wait_held)

    with pytest.raises(Busy):
        await claim(world.context, actor=world.writer, slug=Slug("memory"))

    world.forge.faults.release()
    assert (await ended(world, op_id)).state is OperationState.DONE


async def test_the_new_repository_says_what_it_is_and_how_it_came_to_be(world: World) -> None:
    idea = await world.propose(slug="memory", title="Memory")
    await merge(world.context, actor=world.owner, number=idea.number)
    claimed = await claim(world.context, actor=world.writer, slug=Slug("memory"))
    await merge_metadata(world.context, actor=world.owner, slug=Slug("memory"), number=claimed.number)
    await graduate(world, by="owner", owners="writer, @Reviewer")

    metadata = file(world, NAME, ".rfc/metadata.yaml")
    dossier = file(world, NAME, ".rfc/dossier.md")
    entry = file(world, "meta", "rfcs/memory.md")
    assert "id: RFC-0001\nslug: memory\ntitle: Memory\nowners: [writer, reviewer]\n" in metadata
    assert "“Memory” was proposed by Writer Person" in dossier
    assert f"/proposal/{idea.number}>" in dossier
    assert f"- #{claimed.number} “Claim Memory for writer” was merged.\n" in dossier
    assert "- Writer Person (@writer): proposed it" in dossier
    assert f"id: RFC-0001\nrepo: {world.org}/{NAME}\n" in entry
    assert "state: active\n" in entry
    assert "owners: [writer, reviewer]\n" in entry
    assert entry.rstrip().endswith("---")


async def test_whoever_cut_a_branch_that_is_closed_is_told_where_its_text_can_go(world: World) -> None:
    slug = await draft(world)
    name, hidden = [await branch_of(world, login, slug) for login in ("writer", "reader")]
    await branch_of(world, "reviewer", slug)
    await set_visibility(
        world.context, actor=world.reader, slug=slug, name=hidden, visibility=Visibility.PRIVATE
    )

    await graduate(world)

    rows = await world.rows("notifications", "user_id, path, category, kind")
    told = [row for row in rows if row[3] == "close_graduated_branch"]
    assert told == sorted(
        (user.id, f"/rfc/memory/branch/{branch}", "personal-direct", "close_graduated_branch")
        for user, branch in ((world.writer, name), (world.reader, hidden))
    )


async def test_open_branches_are_closed_and_stay_readable_as_history(world: World) -> None:
    slug = await draft(world)
    name = await branch_of(world, "writer", slug)
    await graduate(world)

    (option,) = [
        one for one in await branch_options(world.context, viewer=None, slug=slug) if one.name == name
    ]
    text = await read_text(world.context, slug=slug, ref=name)

    assert (option.state.value, text.home.repo) == ("closed", world.meta)
    assert (await start_contributing(world.context, actor=world.writer, slug=slug)).name.startswith(
        "writer-draft-"
    )


async def test_a_number_a_name_or_an_owner_that_can_not_be_is_said_beside_its_field(world: World) -> None:
    slug = await draft(world)
    world.write_entry(
        "human", "Human", body="", id="RFC-0007", repo=f"{world.org}/meta", state=EntryState.ACTIVE
    )
    await world.context.refresher.sweep()

    fields = []
    for words in ({"number": "7"}, {"name": "meta"}, {"owners": "nobody-there"}):
        with pytest.raises(Invalid) as refused:
            await graduate(world, slug, **words)
        fields.append((refused.value.field, refused.value.message))
    checked = await check_typed(world.context, number="RFC-0008", repo=NAME, owners="@Writer reviewer")

    assert fields == [
        ("number", "RFC-0007 is “Human”."),
        ("repo", f"There is a repository {world.org}/meta already."),
        ("owners", "Nobody on Gitea is called nobody-there."),
    ]
    assert checked == Checked(number=None, repo=None, owners=None)
    assert (await graduation_offer(world.context, viewer=world.owner, slug=slug)).number == "RFC-0008"


async def test_only_owners_and_admins_graduate(world: World) -> None:
    slug = await draft(world)

    with pytest.raises(Forbidden):
        await graduate(world, by="writer")
    view = await graduation_view(world.context, viewer=world.writer, slug=slug)

    assert (view.may.allowed, left(world)) == (False, NOTHING)


async def test_open_body_pulls_block_it_and_are_named(world: World) -> None:
    slug = await draft(world)
    number = open_body_pull(world)
    await world.context.refresher.sweep()

    with pytest.raises(Conflict) as refused:
        await graduate(world)
    offer = await graduation_offer(world.context, viewer=world.reviewer, slug=slug)
    (row,) = await graduation_queue(world.context, viewer=world.moderator)

    assert refused.value.message == f"#{number} changes the text and is still open."
    assert [link.path for link in offer.blocking] == [f"/rfc/memory/pr/{number}"]
    assert (row.slug, row.state) == (slug, QueueState.BLOCKED)


async def test_while_it_runs_nothing_new_is_begun_and_everybody_sees_how_far_it_is(world: World) -> None:
    slug = await draft(world)
    row = await held_at(world, OPEN)

    with pytest.raises(Busy):
        await start_contributing(world.context, actor=world.writer, slug=slug)
    with pytest.raises(Busy):
        await change_metadata(
            world.context,
            actor=world.writer,
            slug=slug,
            wanted={MetadataField.TAGS: ("core",)},
            seen={},
        )
    view = await graduation_view(world.context, viewer=None, slug=slug)
    world.forge.faults.release()
    await ended(world, row.op_id)

    assert view.run is not None
    assert [step.state.value for step in view.run.steps] == ["done", "done", "doing", "waiting", "waiting"]


async def test_foreign_commits_keep_the_repository_and_a_person_decides(world: World) -> None:
    slug = await draft(world)
    row = await held_at(world, OPEN)
    foreign = {"content": "aGk=", "message": "Mine", "branch": "main"}
    world.forge.admin.post(f"/api/v1/repos/{world.org}/{NAME}/contents/mine.txt", json=foreign)
    number = open_body_pull(world)
    world.forge.faults.release()
    row = await ended(world, row.op_id)
    (queued,) = await graduation_queue(world.context, viewer=world.moderator)

    assert queued.why == (
        f"#{number} was opened on Gitea while it was graduating. "
        f"{world.org}/{NAME} holds commits that this graduation did not make, so it is not deleted."
    )
    assert (row.state, queued.state, left(world).repositories) == (
        OperationState.PARKED,
        QueueState.PERSON,
        [NAME],
    )
    with pytest.raises(Forbidden):
        await undo_graduation(world.context, actor=world.reviewer, op_id=row.op_id)
    world.forge.admin.delete(f"/api/v1/repos/{world.org}/{NAME}")
    await undo_graduation(world.context, actor=world.moderator, op_id=row.op_id)

    assert (await ended(world, row.op_id)).state is OperationState.FAILED
    assert left(world).repositories == []
    assert await state_of(world, slug) is EntryState.SUPER_DRAFT


async def test_after_the_merge_it_only_goes_forward(world: World) -> None:
    await draft(world)
    row = await graduate(world)
    await world.run_sql(f"UPDATE operations SET state = 'parked' WHERE id = '{row.op_id}'")
    await world.run_sql(f"UPDATE saga_steps SET state = 'doing' WHERE op_id = '{row.op_id}' AND number = 5")

    with pytest.raises(Conflict):
        await undo_graduation(world.context, actor=world.moderator, op_id=row.op_id)
    await resume_graduation(world.context, actor=world.moderator, op_id=row.op_id)

    assert (await ended(world, row.op_id)).state is OperationState.DONE


async def test_the_names_of_private_branches_are_only_told_to_those_who_may_read_them(world: World) -> None:
    slug = await draft(world)
    name = await branch_of(world, "writer", slug)
    await set_visibility(
        world.context, actor=world.writer, slug=slug, name=name, visibility=Visibility.PRIVATE
    )
    world.write_entry("memory", "Memory", "Text.\n", owners=("reader",))
    await world.context.refresher.sweep()

    offer = await graduation_offer(world.context, viewer=world.reader, slug=slug)

    assert ([link.words for link in offer.closing], offer.others) == ([name], 0)
