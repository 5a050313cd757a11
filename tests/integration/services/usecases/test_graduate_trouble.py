"""Graduation against everything that may get in its way (§13.5): all of it or nothing, whatever Gitea and people do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from services.domain.audit import ActionKind
from services.domain.entry import EntryState
from services.domain.errors import Busy, Conflict, Invalid, StorageUnavailable
from services.domain.saga import Course
from services.gitea import connection
from services.store.queries import actions
from services.store.queries.operations import OperationState
from services.usecases.assemble import close_context
from services.usecases.context import Context
from services.usecases.graduate import resume_graduation, start_graduation, undo_graduation
from services.usecases.recover import recover, resume_graduations
from services.usecases.views.graduation import graduation_view
from tests.support.graduations import (
    BRACKETED,
    CREATE,
    CUT,
    DESCRIBE,
    HOOK,
    HOOKS,
    MERGE,
    NAME,
    NOTHING,
    OPEN,
    SEED,
    Left,
    draft,
    ended,
    file,
    graduate,
    held_at,
    hold,
    kinds,
    left,
    messages,
    open_body_pull,
    plan,
    state_of,
)
from tests.support.world import BOT, World, context_on

WRITES = (CREATE, SEED, HOOKS, CUT, OPEN, MERGE)
DELETE, CLOSE, DROP = (
    ("DELETE", rf"/{NAME}$"),
    ("PATCH", r"/meta/pulls/\d+$"),
    ("DELETE", "/branches/graduate-"),
)
REFUSED = {"path": MERGE, "method": "POST", "action": "status", "status": 403}
FAILED_ONCE = {"action": "status", "status": 500, "times": 1}
ANSWER_LOST = {"action": "status_after", "status": 504, "times": 1}
TOO_LITTLE = ("write:repository", "write:issue", "read:organization", "read:user")
"""Scopes of a bot that was given everything but the one to create repositories in an organisation."""


def at_each(name: str, values: Sequence[object]) -> pytest.MarkDecorator:
    """All of them on SQLite, and the last on PostgreSQL too: what Gitea does is the same to both."""
    on_postgres = pytest.param("postgres", values[-1], marks=pytest.mark.postgres)
    cases = [*(("sqlite", value) for value in values), on_postgres]
    return pytest.mark.parametrize(("database_url", name), cases, indirect=["database_url"])


def whole(op_id: str) -> Left:
    """All that a graduation leaves."""
    return Left([NAME], [f"graduate-memory-{op_id[:6]}"], [], [HOOK])


@pytest.mark.parametrize(
    "fault", [FAILED_ONCE, ANSWER_LOST], ids=["failed-once", "done-but-the-answer-is-lost"]
)
async def test_passing_trouble_at_every_step_leaves_one_of_everything(
    world: World, fault: dict[str, object]
) -> None:
    await draft(world)
    requests = [("PATCH", DESCRIBE), *(("POST", path) for path in WRITES)]
    world.forge.faults.set(*({"path": path, "method": method, **fault} for method, path in requests))

    row = await graduate(world)

    assert [rule["hits"] for rule in world.forge.faults.rules()] == [1] * len(requests)
    assert (row.state, left(world)) == (OperationState.DONE, whole(row.op_id))
    assert (await kinds(world), len(messages(world, NAME))) == (BRACKETED, 1)


@at_each("path", [CREATE, MERGE])
async def test_what_was_done_when_time_ran_out_is_found_and_not_done_again(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draft(world)
    world.forge.faults.set({"path": path, "method": "POST", "action": "delay_after", "times": 1})
    monkeypatch.setattr(connection, "_WRITE_TIMEOUT", httpx.Timeout(2))

    row = await graduate(world)

    assert (world.forge.faults.rules()[0]["hits"], row.state) == (1, OperationState.DONE)
    assert (left(world), await kinds(world)) == (whole(row.op_id), BRACKETED)


@at_each("path", [DESCRIBE, *WRITES])
async def test_a_step_that_goes_on_failing_leaves_nothing(world: World, path: str) -> None:
    await draft(world)
    method = "PATCH" if path == DESCRIBE else "POST"
    world.forge.faults.set({"path": path, "method": method, "action": "status", "status": 500})

    row = await graduate(world)

    assert (row.state, row.course) == (OperationState.FAILED, Course.BACK)
    assert (left(world), await state_of(world)) == (NOTHING, EntryState.SUPER_DRAFT)
    assert (await kinds(world))[-1] == "graduate_undone"
    assert await world.rows("saga_claims", "name") == []


async def test_what_failed_once_can_be_begun_again(world: World) -> None:
    await draft(world)
    world.forge.faults.set(REFUSED)
    failed = await graduate(world)
    world.forge.faults.clear()

    assert (failed.state, (await graduate(world)).state) == (OperationState.FAILED, OperationState.DONE)


@pytest.mark.parametrize(
    "fault", [FAILED_ONCE, ANSWER_LOST], ids=["failed-once", "done-but-the-answer-is-lost"]
)
async def test_passing_trouble_all_the_way_back_leaves_nothing(
    world: World, fault: dict[str, object]
) -> None:
    await draft(world)
    undoing = ({"path": path, "method": method, **fault} for method, path in (DELETE, CLOSE, DROP))
    world.forge.faults.set(REFUSED, *undoing)

    row = await graduate(world)

    assert [rule["hits"] for rule in world.forge.faults.rules()] == [1] * 4
    assert (row.state, left(world)) == (OperationState.FAILED, NOTHING)


@at_each("request_", [DELETE, CLOSE, DROP])
async def test_a_way_back_that_goes_on_failing_waits_for_a_person_who_has_it_undone(
    world: World, request_: tuple[str, str]
) -> None:
    await draft(world)
    method, path = request_
    world.forge.faults.set(REFUSED, {"path": path, "method": method, "action": "status", "status": 500})
    row = await graduate(world)
    assert row.state is OperationState.PARKED
    world.forge.faults.clear()

    await undo_graduation(world.context, actor=world.moderator, op_id=row.op_id)

    assert ((await ended(world, row.op_id)).state, left(world)) == (OperationState.FAILED, NOTHING)


async def test_a_bot_that_may_not_create_repositories_is_told_in_words(world: World) -> None:
    await draft(world)
    token = world.forge.create_token(BOT, "bot-password", TOO_LITTLE)
    context = await context_on(world.store, world.forge.url, token, world.org)

    op_id = await start_graduation(context, actor=world.reviewer, slug="memory", plan=plan())
    await context.sagas.wait()
    view = await graduation_view(context, viewer=world.reader, slug="memory")
    await close_context(context)

    assert ((await ended(world, op_id)).state, left(world)) == (OperationState.FAILED, NOTHING)
    assert view.run is not None
    assert view.run.reason == "Gitea refuses the bot."


async def test_a_name_that_is_taken_between_check_and_start_is_left_to_whoever_took_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draft(world)

    async def take(context: Context, repo: str) -> None:
        world.forge.admin.post(f"/api/v1/orgs/{world.org}/repos", json={"name": NAME})

    monkeypatch.setattr("services.usecases.graduate.require_repository_free", take)
    row = await graduate(world)

    assert (row.state, row.reason) == (
        OperationState.FAILED,
        f"There is a repository {world.org}/{NAME} already.",
    )
    assert left(world) == Left([NAME], [], [], [])


async def test_a_number_that_is_given_away_on_gitea_between_check_and_start_is_not_given_twice(
    world: World,
) -> None:
    await draft(world)
    repo = f"{world.org}/meta"
    world.write_entry("human", "Human", body="", id="RFC-0001", repo=repo, state=EntryState.ACTIVE)

    row = await graduate(world)

    assert (row.state, left(world)) == (OperationState.FAILED, NOTHING)
    assert row.reason == "RFC-0001 was given to “Human” on Gitea meanwhile."


async def test_two_at_once_for_an_entry_a_number_or_a_name_one_runs(world: World) -> None:
    await draft(world)
    await draft(world, "grief")
    wanted = (("reviewer", "memory", "1"), ("owner", "memory", "2"), ("owner", "grief", "1"))
    started = await asyncio.gather(
        *(
            start_graduation(
                world.context, actor=world.people[who], slug=slug, plan=plan(slug, number=number)
            )
            for who, slug, number in wanted
        ),
        return_exceptions=True,
    )
    await world.context.sagas.wait()

    ran = [
        (slug, number) for (_, slug, number), one in zip(wanted, started, strict=True) if isinstance(one, str)
    ]
    refused = [one for one in started if not isinstance(one, str)]
    # Which of them is first is not said; the two that want nothing of each other may both be.
    assert ran in ([("memory", "1")], [("memory", "2")], [("grief", "1")], [("memory", "2"), ("grief", "1")])
    assert [one for one in refused if not isinstance(one, Busy | Invalid)] == []
    assert len(left(world).repositories) == len(ran)


async def test_of_two_admins_who_decide_at_once_one_does(world: World) -> None:
    await draft(world)
    row = await held_at(world, OPEN)
    await world.context.sagas.close()
    world.forge.faults.clear()
    await world.run_sql(f"UPDATE operations SET state = 'parked' WHERE id = '{row.op_id}'")

    decided = await asyncio.gather(
        resume_graduation(world.context, actor=world.moderator, op_id=row.op_id),
        undo_graduation(world.context, actor=world.owner, op_id=row.op_id),
        return_exceptions=True,
    )
    after = await ended(world, row.op_id)

    went_on = decided[0] is None
    assert [type(one) for one in decided if one is not None] == [Conflict]
    assert after.state is (OperationState.DONE if went_on else OperationState.FAILED)
    assert left(world) == (whole(row.op_id) if went_on else NOTHING)
    decisions = [kind for kind in await kinds(world) if kind in ("graduate_resume", "graduate_turn_back")]
    assert decisions == ["graduate_resume" if went_on else "graduate_turn_back"]


@pytest.mark.parametrize(("meanwhile", "held"), [("pull", SEED), ("edit", SEED), ("edit", MERGE)])
async def test_what_happens_on_gitea_meanwhile_turns_it_round_and_is_not_lost(
    world: World, meanwhile: str, held: str
) -> None:
    await draft(world)
    row = await held_at(world, held)
    if meanwhile == "pull":
        open_body_pull(world)
    else:
        world.write_entry("memory", "Memory", "Edited by hand.\n", owners=("reviewer",))
    world.forge.faults.release()

    row = await ended(world, row.op_id)

    assert (row.state, left(world).repositories) == (OperationState.FAILED, [])
    assert ("Edited by hand." in file(world, "meta", "rfcs/memory.md")) == (meanwhile == "edit")


async def test_stopped_at_every_step_it_is_whole_in_the_end(world: World) -> None:
    await draft(world)
    row = await held_at(world, WRITES[0])
    for path in (*WRITES[1:], None):
        await world.context.sagas.close()
        world.forge.faults.clear()
        if path is not None:
            hold(world, path)
        await recover(world.context)
        await resume_graduations(world.context)
        if path is not None:
            await asyncio.to_thread(world.forge.faults.wait_held)
    row = await ended(world, row.op_id)

    assert (row.state, left(world)) == (OperationState.DONE, whole(row.op_id))
    assert await kinds(world) == BRACKETED


async def test_a_disk_that_is_full_again_and_again_stops_it_and_it_goes_on_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draft(world)
    real, refused = actions.append, [ActionKind.GRADUATE_START]

    async def full(work: object, **values: object) -> bool:
        kind = values["kind"]
        if isinstance(kind, ActionKind) and kind.startswith("graduate_") and kind not in refused:
            refused.append(kind)
            raise StorageUnavailable("The disk is full.")
        return await real(work, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "append", full)
    row, starts = await graduate(world), 1
    while row.state is OperationState.PENDING:
        await resume_graduations(world.context)
        row, starts = await ended(world, row.op_id), starts + 1

    assert (sorted(refused), starts) == (BRACKETED, len(BRACKETED))
    assert (row.state, left(world), await kinds(world)) == (OperationState.DONE, whole(row.op_id), BRACKETED)


async def test_with_a_full_disk_none_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await draft(world)

    async def full(work: object, **values: object) -> bool:
        raise StorageUnavailable("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(actions, "append", full)
        with pytest.raises(StorageUnavailable):
            await graduate(world)

    assert (left(world), await kinds(world)) == (NOTHING, [])
    assert await world.rows("saga_claims", "name") == []
