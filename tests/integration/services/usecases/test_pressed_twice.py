"""Pressing twice is pressing once, and who else is deciding is told by name (§9.3, §10.5, §10.8, §10.9)."""

from __future__ import annotations

import asyncio

import pytest

from services.domain.errors import Busy
from services.usecases import decide_idea
from services.usecases.decide_pull import merge_pull, reopen_pull, withdraw_pull
from services.usecases.resolve_pull import start_resolving
from tests.integration.services.usecases.test_decide_pull import proposed
from tests.integration.services.usecases.test_resolve_pull import conflicting
from tests.support.branches import HUMAN
from tests.support.pulls import state_of
from tests.support.world import World

ACTS = {"merged": merge_pull, "withdrawn": withdraw_pull, "open": reopen_pull}


async def kinds(world: World) -> list[str]:
    return [row[0] for row in await world.rows("actions", "action_kind")]


@pytest.mark.parametrize("ends", ACTS)
async def test_the_second_press_waits_for_the_first_and_is_done_with_it(world: World, ends: str) -> None:
    _, number = await proposed(world)
    named = {"actor": world.reviewer, "slug": HUMAN, "number": number}
    if ends == "open":
        await withdraw_pull(world.context, **named)  # type: ignore[arg-type]

    outcomes = await asyncio.gather(
        *(ACTS[ends](world.context, **named) for _ in range(3)),  # type: ignore[arg-type]
        return_exceptions=True,
    )

    assert outcomes == [None] * 3
    assert await state_of(world, number) == ends
    assert len([kind for kind in await kinds(world) if kind.startswith(ACTS[ends].__name__)]) == 1


async def test_an_idea_is_merged_once_by_whoever_presses_twice(world: World) -> None:
    number = (await world.propose(slug="silence")).number

    outcomes = await asyncio.gather(
        *(decide_idea.merge(world.context, actor=world.owner, number=number) for _ in range(2)),
        return_exceptions=True,
    )

    assert outcomes == [None, None]
    assert (await kinds(world)).count("merge_idea") == 1


async def test_another_act_at_once_is_refused_with_the_name_of_who_is_deciding(world: World) -> None:
    _, number = await proposed(world)
    named = {"slug": HUMAN, "number": number}

    world.forge.faults.set({"path": f"/pulls/{number}/merge$", "method": "POST", "action": "delay_before"})

    merging = asyncio.create_task(merge_pull(world.context, actor=world.reviewer, **named))  # type: ignore[arg-type]
    await asyncio.to_thread(world.forge.faults.wait_held)
    late = [
        (await asyncio.gather(withdraw_pull(world.context, actor=one, **named), return_exceptions=True))[0]  # type: ignore[arg-type]
        for one in (world.writer, world.reviewer)
    ]
    world.forge.faults.release()
    await merging

    assert await state_of(world, number) == "merged"
    assert [one.message for one in late if isinstance(one, Busy)] == [
        "Reviewer Person is deciding on this pull request right now.",
        "You are deciding on this pull request right now.",
    ]


async def test_two_people_who_begin_to_resolve_at_once_resolve_together(world: World) -> None:
    _, number = await conflicting(world)
    named = {"slug": HUMAN, "number": number}

    begun = await asyncio.gather(
        start_resolving(world.context, actor=world.writer, **named),  # type: ignore[arg-type]
        start_resolving(world.context, actor=world.reviewer, **named),  # type: ignore[arg-type]
        start_resolving(world.context, actor=world.writer, **named),  # type: ignore[arg-type]
    )

    assert len(set(begun)) == 1
    assert (await kinds(world)).count("resolve_pull") == 1
