"""Branches that were cut for one pull request go 90 days after it was decided, and everything of it stays (§12)."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from datetime import timedelta

import pytest

from services.domain.clock import now
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Slug
from services.domain.permissions import MetadataField
from services.domain.trailers import Credit, with_trailers
from services.usecases.change_metadata import change_metadata
from services.usecases.claim import claim
from services.usecases.decide_idea import decline, merge, withdraw
from services.usecases.decide_metadata import merge_metadata, withdraw_metadata
from services.usecases.hygiene import Tidied, tidy
from services.usecases.recover import recover
from services.usecases.views.entry import entry_view
from services.usecases.views.idea import idea_view
from services.usecases.views.meta_pull import meta_pull_view
from tests.support.graduations import draft, graduate
from tests.support.world import BOT, World

LONG_AGO = "'2020-01-01 00:00:00+00:00'"
DELETED = ("delete_stale_branch", "delete_post_merge_branch")
MEMORY, TAGS = Slug("memory"), MetadataField.TAGS


async def tick(world: World, days: float = 91) -> Tidied:
    return await tidy(world.context, at=now() + timedelta(days=days))


def on_gitea(world: World) -> list[str]:
    """The branches besides main, by what they are for."""
    names = [str(one["name"]) for one in world.api("GET", "branches", params={"limit": 50})]
    return sorted(name.rpartition("-")[0] for name in names if name != "main")


async def branch_of(world: World, number: int) -> str:
    rows = await world.rows("cached_prs", "pr_number, head_branch")
    return next(str(name) for found, name in rows if found == number)


async def recorded(world: World) -> list[tuple[object, ...]]:
    columns = "pr_number, action_kind, actor_user_id, on_behalf_of, rfc_slug, repo, branch_name"
    return [row for row in await world.rows("actions", columns) if row[1] in DELETED]


async def declined(world: World, slug: str = "silence") -> PullNumber:
    number = (await world.propose(slug=slug, title=slug.capitalize())).number
    await decline(world.context, actor=world.moderator, number=number, comment="Not a word of ours.")
    return number


async def merged(world: World, slug: str = "memory") -> PullNumber:
    number = (await world.propose(slug=slug, title=slug.capitalize())).number
    await merge(world.context, actor=world.moderator, number=number)
    return number


async def change(
    world: World, by: str, field: MetadataField, *words: str, seen: tuple[str, ...] = ()
) -> PullNumber:
    """Somebody opens a metadata PR."""
    wanted, before = {field: words}, {field: seen}
    opened = await change_metadata(
        world.context, actor=world.people[by], slug=MEMORY, wanted=wanted, seen=before
    )
    return opened.number


async def edit_by_hand(world: World, number: int, message: str = "Mend it") -> None:
    """Somebody commits to the branch of an idea on Gitea."""
    name, slug = await branch_of(world, number), (await world.rows("cached_prs", "rfc_slug"))[0][0]
    path = f"contents/rfcs/{slug}.md"
    present = world.api("GET", path, params={"ref": name})
    content = base64.b64encode(base64.b64decode(present["content"]) + b"More.\n").decode()
    world.api(
        "PUT", path, json={"content": content, "branch": name, "message": message, "sha": present["sha"]}
    )


async def test_branches_of_decided_pull_requests_go_and_their_pages_stay_as_they_were(world: World) -> None:
    said_no = await declined(world)
    taken_back = (await world.propose(slug="rest", title="Rest")).number
    await withdraw(world.context, actor=world.writer, number=taken_back)
    idea = await merged(world)
    claimed = (await claim(world.context, actor=world.reviewer, slug=MEMORY)).number
    await merge_metadata(world.context, actor=world.moderator, slug=MEMORY, number=claimed)
    changed = await change(world, "reviewer", TAGS, "core", "law", seen=("core",))
    await merge_metadata(world.context, actor=world.reviewer, slug=MEMORY, number=changed)
    dropped = await change(world, "writer", TAGS, "mind", seen=("core", "law"))
    await withdraw_metadata(world.context, actor=world.writer, slug=MEMORY, number=dropped)
    await graduate(world)
    await world.context.refresher.sweep()
    graduation = max(pull["number"] for pull in world.pulls_on_gitea())
    heads = {one["number"]: one["head"]["sha"] for one in world.pulls_on_gitea()}

    async def shown() -> list[object]:
        views = [
            *[
                await idea_view(world.context, viewer=world.reader, number=one)
                for one in (said_no, taken_back, idea)
            ],
            *[
                await meta_pull_view(world.context, viewer=world.reader, slug=MEMORY, number=one)
                for one in (claimed, changed, dropped)
            ],
            await entry_view(world.context, viewer=world.reader, slug=MEMORY),
        ]
        return [dataclasses.replace(view, as_of=None) for view in views]

    async def listed() -> list[list[tuple[object, ...]]]:
        return [await world.rows(table) for table in ("cached_branches", "branch_settings", "notifications")]

    before, cached, told = await shown(), await world.rows("cached_prs"), await listed()
    assert len(on_gitea(world)) == 7

    assert await tick(world, 89) == Tidied()
    assert await tick(world) == Tidied(deleted=7)

    assert on_gitea(world) == []
    names = {int(row[0]): row[1] for row in await world.rows("cached_prs", "pr_number, head_branch")}
    stale = {said_no: "silence", taken_back: "rest", dropped: "memory"}
    assert await recorded(world) == sorted(
        (
            number,
            DELETED[number not in stale],
            None,
            BOT,
            stale.get(number, "memory"),
            world.meta,
            names[number],
        )
        for number in (said_no, taken_back, idea, claimed, changed, dropped, graduation)
    )
    kept = await world.rows("actions", "pr_number, details, action_kind")
    details = {number: str(words) for number, words, kind in kept if kind in DELETED}
    assert all(heads[number] in words for number, words in details.items())
    assert await listed() == told

    await world.context.refresher.sweep()
    await world.run_sql("DELETE FROM cached_prs")
    await world.run_sql("UPDATE sync_states SET last_full_read_at = NULL")
    await world.context.refresher.sweep()
    assert (await world.rows("cached_prs"), await shown()) == (cached, before)
    assert (await idea_view(world.context, viewer=None, number=said_no)).pitch == "Why Silence matters.\n"
    assert await tick(world, 400) == Tidied()


async def test_what_a_merge_opened_anew_goes_too(world: World) -> None:
    await merged(world)
    first = await change(world, "moderator", TAGS, "core", "law", seen=("core",))
    second = await change(world, "moderator", MetadataField.OWNERS, "reviewer")
    await merge_metadata(world.context, actor=world.moderator, slug=MEMORY, number=first)
    merged_as = await merge_metadata(world.context, actor=world.moderator, slug=MEMORY, number=second)
    assert merged_as != second
    assert on_gitea(world) == ["idea-memory", *["meta-memory"] * 3]

    assert await tick(world) == Tidied(deleted=4)

    assert on_gitea(world) == []
    assert [row[:2] for row in await recorded(world)][-2:] == [
        (second, "delete_stale_branch"),
        (merged_as, "delete_post_merge_branch"),
    ]


async def test_what_is_open_or_somebody_elses_stays(world: World) -> None:
    await world.propose(slug="silence")
    by_hand = world.open_idea_on_gitea("noise")
    world.write_file("rfcs/calm.md", "---\nslug: calm\ntitle: Calm\n---\n", new_branch="idea-calm-abc123")
    body = {"head": "idea-calm-abc123", "base": "main", "title": "Calm", "body": "RFC-Kind: idea"}
    named_so = int(world.api("POST", "pulls", json=body)["number"])
    for number in (by_hand, named_so):
        world.close_on_gitea(number)
    opened_again = await declined(world, "rest")
    again = {"head": await branch_of(world, opened_again), "base": "main", "title": "Rest", "body": ""}
    world.api("POST", "pulls", json=again)
    await world.context.refresher.sweep()

    assert await tick(world) == Tidied()
    assert on_gitea(world) == ["by-hand", "idea-calm", "idea-rest", "idea-silence"]


@pytest.mark.parametrize("disguised", [False, True], ids=["plainly", "in the bot's words"])
async def test_a_branch_that_somebody_worked_on_after_the_decision_stays(
    world: World, disguised: bool
) -> None:
    number = await declined(world)
    message = "Mend it"
    if disguised:
        found = await world.rows("operations", "id, kind")
        op_id = next(OperationId(one) for one, kind in found if kind == "propose_idea")
        message = with_trailers(message, Credit(op_id, world.writer.login, "Writer"))
    await edit_by_hand(world, number, message)
    await world.run_sql("UPDATE sync_states SET last_full_read_at = NULL")
    await world.context.refresher.sweep()
    await world.run_sql(f"UPDATE cached_prs SET closed_at = {LONG_AGO}")

    assert await tick(world) == Tidied()
    assert on_gitea(world) == ["idea-silence"]


async def test_what_was_added_by_hand_goes_where_it_was_merged_and_stays_where_it_was_declined(
    world: World,
) -> None:
    idea = (await world.propose(slug="silence")).number
    await edit_by_hand(world, idea)
    await world.context.refresher.nudge(world.meta, idea)
    await merge(world.context, actor=world.moderator, number=idea)
    assert await tick(world) == Tidied(deleted=1)

    await world.run_sql("DELETE FROM cached_prs")
    other = (await world.propose(slug="rest")).number
    await edit_by_hand(world, other)
    await world.context.refresher.nudge(world.meta, other)
    await decline(world.context, actor=world.moderator, number=other, comment="No.")
    assert await tick(world) == Tidied()
    assert on_gitea(world) == ["idea-rest"]


async def test_the_branch_of_a_graduation_that_waits_for_a_person_stays(world: World) -> None:
    await draft(world)
    row = await graduate(world)
    await world.context.refresher.sweep()
    await world.run_sql(f"UPDATE operations SET state = 'parked' WHERE id = '{row.op_id}'")

    assert await tick(world) == Tidied()
    assert on_gitea(world) == ["graduate-memory"]

    await world.run_sql(f"UPDATE operations SET state = 'done' WHERE id = '{row.op_id}'")
    assert await tick(world) == Tidied(deleted=1)
    assert on_gitea(world) == []


async def test_what_somebody_brings_back_on_gitea_is_theirs(world: World) -> None:
    number = await declined(world)
    name = await branch_of(world, number)
    sha = CommitSha(world.api("GET", f"pulls/{number}")["head"]["sha"])
    assert await tick(world) == Tidied(deleted=1)

    world.api("POST", "branches", json={"new_branch_name": name, "old_ref_name": sha})

    assert await tick(world, 92) == Tidied()
    assert on_gitea(world) == ["idea-silence"]


async def test_gitea_is_asked_only_where_something_is_due_and_only_once(world: World) -> None:
    gone = await declined(world)
    await declined(world, "rest")
    world.api("DELETE", f"branches/{await branch_of(world, gone)}")
    counting = {"path": "/api/v1/", "action": "delay_before", "seconds": 0}
    world.forge.faults.set(counting)

    outcomes = [await tick(world, days) for days in (1, 91, 91.1)]

    assert outcomes == [Tidied(), Tidied(deleted=1), Tidied()]
    # One list each time one is due, the head's commit, the branch looked at and deleted.
    assert [rule["hits"] for rule in world.forge.faults.rules()] == [1 + 1 + 2 + 1 + 1]
    assert [row[1] for row in await recorded(world)] == ["delete_stale_branch"]


async def test_a_site_that_never_did_this_is_tidied_bit_by_bit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("silence", "rest", "noise"):
        await declined(world, slug)
    monkeypatch.setattr("services.usecases.hygiene.AT_ONCE", 2)
    refused = {"path": "/branches/idea-silence", "method": "DELETE", "action": "status", "status": 403}
    world.forge.faults.set(refused)

    noon = (now() + timedelta(days=92)).replace(hour=12)  # what was refused is tried again the next day

    async def ticks(*minutes: int) -> list[Tidied]:
        return [await tidy(world.context, at=noon + timedelta(minutes=one)) for one in minutes]

    assert await ticks(0, 1) == [Tidied(deleted=2, waiting=1), Tidied()]

    for slug in ("rest", "word", "work"):
        await declined(world, slug)
    assert await ticks(2, 3) == [Tidied(deleted=2), Tidied(deleted=1)]
    assert on_gitea(world) == ["idea-silence"]

    world.forge.faults.clear()
    assert await ticks(24 * 60) == [Tidied(deleted=1)]


async def test_while_gitea_is_down_nothing_goes_and_afterwards_it_goes_once(world: World) -> None:
    await declined(world)
    await declined(world, "rest")
    world.forge.faults.set({"path": "/branches/", "method": "DELETE", "action": "drop"})

    assert await tick(world) == Tidied(waiting=1)

    world.forge.faults.clear()
    assert await tick(world, 91.1) == Tidied(deleted=1)  # the other one; recovery ends what is under way
    await recover(world.context)
    assert on_gitea(world) == []
    assert [row[1] for row in await recorded(world)] == ["delete_stale_branch"] * 2

    await declined(world, "noise")
    world.forge.faults.set({"path": "/branches", "action": "drop"})
    assert await tick(world) == Tidied(waiting=1)


async def test_killed_after_the_deletion_it_is_recorded_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await declined(world)

    async def killed(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr("services.usecases.bot_writes._conclude", killed)
        with pytest.raises(asyncio.CancelledError):
            await tick(world)
    assert (on_gitea(world), await recorded(world)) == ([], [])

    await recover(world.context)

    assert [row[:2] for row in await recorded(world)] == [(number, "delete_stale_branch")]


async def test_what_was_reopened_meanwhile_is_not_deleted_by_recovery(world: World) -> None:
    number = await declined(world)
    world.forge.faults.set({"path": "/branches/", "method": "DELETE", "action": "drop"})
    assert await tick(world) == Tidied(waiting=1)
    world.forge.faults.clear()
    world.close_on_gitea(number, state="open")
    await world.context.refresher.nudge(world.meta, number)

    recovery = await recover(world.context)

    assert (recovery.failed, on_gitea(world), await recorded(world)) == (1, ["idea-silence"], [])
