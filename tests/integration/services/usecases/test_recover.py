"""Killed anywhere, nothing happens twice and nothing is lost (ARCHITECTURE §2): exactly one PR, one row."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.domain.errors import Conflict, GiteaUnreachable, StorageUnavailable
from services.domain.identifiers import OperationId, PullNumber
from services.domain.trailers import new_operation_id
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.converse import post_to_idea
from services.usecases.decide_idea import decline, merge, withdraw
from services.usecases.idea_writes import MERGE, MergeIntent
from services.usecases.propose import PROPOSE, slug_problem
from services.usecases.recover import Recovery, recover
from services.usecases.views.catalog import catalog_view
from services.usecases.views.idea import idea_view
from services.usecases.views.sync import sync_view
from tests.support.world import World, context_on

LOST = {"action": "status_after", "status": 504, "times": 1}
"""Gitea did it, and its answer never came."""
NEVER = {"action": "status", "status": 504}
"""Gitea did nothing, and nobody knows."""


async def kinds(world: World) -> list[str]:
    """The recorded acts besides signing in."""
    return sorted(
        kind for (kind,) in await world.rows("actions", "action_kind") if not kind.startswith("sign_")
    )


async def states(world: World) -> list[tuple[object, ...]]:
    return await world.rows("operations", "kind, state")


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


@pytest.fixture
def kill_before_record(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets the process end between the bot's act and the database's answer."""

    def arm() -> None:
        async def killed(*_: object, **__: object) -> None:
            raise Killed

        monkeypatch.setattr("services.usecases.bot_writes._conclude", killed)

    return arm


@pytest.fixture
async def restarted(world: World) -> Callable[[], Awaitable[Context]]:
    """A fresh process on the same database."""

    async def start() -> Context:
        context = await context_on(world.store, world.forge.url, world.population.token, world.org)
        await context.bus.stop()
        return context

    return start


async def test_killed_before_the_bot_acted_the_idea_is_opened_at_the_next_start(world: World) -> None:
    world.forge.faults.set({"path": "/contents$", "method": "POST", **NEVER})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")
    world.forge.faults.clear()

    recovered = await recover(world.context)

    assert recovered == Recovery(completed=1)
    assert [pull["title"] for pull in world.pulls_on_gitea()] == ["Idea: Silence"]
    assert await kinds(world) == ["propose_idea"]
    assert [idea.slug for idea in (await catalog_view(world.context)).ideas] == ["silence"]


@pytest.mark.parametrize("path", ["/contents$", "/pulls$"])
async def test_killed_after_the_bot_acted_recovery_finds_what_it_did(world: World, path: str) -> None:
    world.forge.faults.set({"path": path, "method": "POST", **LOST})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")

    first = await recover(world.context)
    second = await recover(world.context)

    assert (first, second) == (Recovery(completed=1), Recovery())
    assert len(world.pulls_on_gitea()) == 1
    assert await kinds(world) == ["propose_idea"]


async def test_killed_between_the_act_and_the_record_each_act_is_recorded_once(
    world: World,
    kill_before_record: Callable[[], None],
    restarted: Callable[[], Awaitable[Context]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = [(await world.propose(slug=slug)).number for slug in ("one", "two", "three")]
    kill_before_record()
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: world.propose(slug="four"),
        lambda: merge(world.context, actor=world.owner, number=numbers[0]),
        lambda: decline(world.context, actor=world.owner, number=numbers[1], comment="No."),
        lambda: withdraw(world.context, actor=world.writer, number=numbers[2]),
    ]
    for act in acts:
        with pytest.raises(Killed):
            await act()
    monkeypatch.undo()

    context = await restarted()
    recovered = await recover(context)
    await recover(context)

    assert recovered == Recovery(completed=4)
    assert await kinds(world) == ["decline_idea", "merge_idea", *["propose_idea"] * 4, "withdraw_idea"]
    assert sorted((pull["title"], pull["state"], pull["merged"]) for pull in world.pulls_on_gitea()) == [
        ("Idea: Silence", "closed", False),
        ("Idea: Silence", "closed", False),
        ("Idea: Silence", "closed", True),
        ("Idea: Silence", "open", False),
    ]
    assert len(world.api("GET", f"issues/{numbers[1]}/comments")) == 1
    view = await catalog_view(context)
    assert ([row.slug for row in view.rows], [idea.slug for idea in view.ideas]) == (["one"], ["four"])
    await context.gitea.aclose()


async def test_a_database_that_can_not_be_written_after_the_act_is_made_good_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("The disk that holds the database is full, so nothing can be saved.")

    monkeypatch.setattr("services.usecases.bot_writes.operations.finish", full)
    with pytest.raises(StorageUnavailable):
        await world.propose(slug="silence")
    monkeypatch.undo()

    await recover(world.context)

    assert len(world.pulls_on_gitea()) == 1
    assert await kinds(world) == ["propose_idea"]


async def test_two_processes_recovering_at_once_record_once(
    world: World, restarted: Callable[[], Awaitable[Context]]
) -> None:
    world.forge.faults.set({"path": "/pulls$", "method": "POST", **LOST})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")
    other = await restarted()

    await asyncio.gather(recover(world.context), recover(other))

    assert len(world.pulls_on_gitea()) == 1
    assert await kinds(world) == ["propose_idea"]
    await other.gitea.aclose()


async def test_while_gitea_is_away_operations_wait_and_the_report_shows_them(world: World) -> None:
    world.forge.faults.set({"path": "/api/v1/", **NEVER})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")

    recovered = await recover(world.context)

    assert recovered == Recovery(waiting=1)
    (waiting,) = (await sync_view(world.context, viewer=world.owner)).operations
    assert (waiting.kind, waiting.state, waiting.on_behalf_of) == ("propose_idea", "pending", "writer")
    assert waiting.attempts == 2


async def test_a_token_revoked_before_recovery_does_not_make_the_idea_forgotten(world: World) -> None:
    world.forge.faults.set({"path": "/pulls$", "method": "POST", **LOST})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")
    world.forge.faults.set({"path": "/api/v1/", "action": "status", "status": 401})

    refused = await recover(world.context)
    world.forge.faults.clear()
    accepted = await recover(world.context)

    assert (refused, accepted) == (Recovery(waiting=1), Recovery(completed=1))
    assert await kinds(world) == ["propose_idea"]


async def test_what_gitea_will_never_do_has_failed_and_frees_the_slug(world: World) -> None:
    world.forge.faults.set({"path": "/contents$", "method": "POST", **NEVER})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")
    world.forge.faults.clear()
    world.write_entry("silence", "Somebody was faster")

    recovered = await recover(world.context)

    assert recovered == Recovery(failed=1)
    assert await world.rows("slug_reservations") == []
    assert await states(world) == [("propose_idea", "failed")]


async def test_errors_of_gitea_end_an_operation_only_after_its_patience(world: World) -> None:
    world.forge.faults.set({"path": "/contents$", "method": "POST", "action": "status", "status": 500})
    op_id = new_operation_id()
    with pytest.raises(Exception, match="What you asked for is written down"):
        await world.propose(slug="silence", op_id=op_id)

    soon = await recover(world.context)
    await world.run_sql("UPDATE operations SET created_at = '2026-01-01 00:00:00+00:00'")
    late = await recover(world.context)

    assert (soon, late) == (Recovery(waiting=1), Recovery(failed=1))
    assert await slug_problem(world.context, slug="silence") is None


async def test_a_decision_that_is_under_way_keeps_others_from_deciding(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    world.forge.faults.set({"path": "/merge$", "method": "POST", **NEVER})
    with pytest.raises(GiteaUnreachable):
        await merge(world.context, actor=world.moderator, number=number)

    with pytest.raises(Conflict) as told:
        await decline(world.context, actor=world.owner, number=number, comment="No.")
    world.forge.faults.clear()
    await recover(world.context)

    assert told.value.message == "Moderator Person is deciding on this idea right now."
    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["silence"]


async def test_a_merge_overtaken_on_gitea_by_somebody_else_has_failed_and_is_not_claimed(
    world: World,
) -> None:
    number = (await world.propose(slug="silence")).number
    world.forge.faults.set({"path": "/merge$", "method": "POST", **NEVER})
    with pytest.raises(GiteaUnreachable):
        await merge(world.context, actor=world.moderator, number=number)
    world.forge.faults.clear()
    world.merge_on_gitea(number)

    await recover(world.context)
    await world.context.refresher.sweep()

    assert await kinds(world) == ["propose_idea"]
    assert (await idea_view(world.context, viewer=None, number=number)).decision is not None


async def test_operations_of_this_process_and_fresh_ones_are_left_alone(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    op_id = await _pending_merge(world, number)

    fresh = await recover(world.context, idle_for=timedelta(minutes=1))
    world.context.in_flight.add(op_id)
    busy = await recover(world.context)
    world.context.in_flight.discard(op_id)

    assert (fresh, busy) == (Recovery(), Recovery())
    await carry_out(world.context, MERGE, op_id, again=True)
    assert await states(world) == [("merge_idea", "done"), ("propose_idea", "done")]


async def test_an_operation_of_a_kind_this_code_does_not_know_waits(world: World) -> None:
    await world.propose(slug="silence")
    await world.run_sql("UPDATE operations SET kind = 'teleport', state = 'pending'")

    assert await recover(world.context) == Recovery(waiting=1)


async def test_discussion_goes_on_while_an_operation_waits(world: World) -> None:
    number = (await world.propose(slug="silence")).number
    await _pending_merge(world, number)

    await post_to_idea(world.context, actor=world.reader, number=number, text="Still here.")

    view = await idea_view(world.context, viewer=world.reader, number=number)
    assert [message.body for message in view.thread.messages] == ["Still here."]


async def test_the_intent_alone_is_enough_to_open_the_idea(world: World) -> None:
    op_id = new_operation_id()
    world.forge.faults.set({"path": "/contents$", "method": "POST", **NEVER})
    with pytest.raises(GiteaUnreachable):
        await world.propose(
            slug="silence", title="Stille: Ünicode", pitch="Zeile\n\n- `x`", tags="a, b", op_id=op_id
        )
    world.forge.faults.clear()

    opened = await carry_out(world.context, PROPOSE, op_id, again=True)

    view = await idea_view(world.context, viewer=None, number=opened.number)
    assert (view.title, view.pitch, view.tags) == ("Stille: Ünicode", "Zeile\n\n- `x`\n", ("a", "b"))


async def _pending_merge(world: World, number: PullNumber) -> OperationId:
    op_id = new_operation_id()
    pull = world.pulls_on_gitea()[0]
    intent = MergeIntent(
        display_name="Owner Person",
        number=number,
        slug=None,
        branch=pull["head"]["ref"],
        head_sha=pull["head"]["sha"],
        title="Silence",
    )
    async with world.store.write() as work:
        await begin(work, MERGE, op_id=op_id, actor_id=world.owner.id, login=world.owner.login, intent=intent)
    return op_id
