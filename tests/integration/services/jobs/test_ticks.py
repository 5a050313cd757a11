"""The timed jobs: they call their use-case, skip what another process does, and outlive failures."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.domain.clock import now
from services.domain.errors import GiteaUnreachable
from services.jobs.scheduler import Scheduler
from services.jobs.ticks import purge_tick, recovery_tick, sweep_tick
from services.usecases.context import Context
from services.usecases.locking import one_process
from services.usecases.views.catalog import catalog_view
from tests.support.world import World, eventually

Tick = Callable[[Context], Awaitable[None]]
TICKS: dict[Tick, str] = {sweep_tick: "sweep", recovery_tick: "recovery", purge_tick: "purge"}
AN_AGE_AGO = f"{now() - timedelta(days=40):%Y-%m-%d %H:%M:%S}+00:00"


async def test_the_sweep_tick_catches_up_with_gitea(world: World) -> None:
    world.write_entry("human", "Human")

    await sweep_tick(world.context)

    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["human"]


async def test_the_recovery_tick_takes_up_what_rested_long_enough(world: World) -> None:
    world.forge.faults.set({"path": "/contents$", "method": "POST", "action": "status", "status": 504})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="silence")
    world.forge.faults.clear()

    await recovery_tick(world.context)
    too_early = world.pulls_on_gitea()
    await world.run_sql(f"UPDATE operations SET updated_at = '{AN_AGE_AGO}'")
    await recovery_tick(world.context)

    assert too_early == []
    assert len(world.pulls_on_gitea()) == 1


async def test_the_purge_tick_forgets_what_is_old_and_keeps_the_record(world: World) -> None:
    await world.propose(slug="silence")
    before = await world.rows("actions")
    await world.run_sql(f"UPDATE events SET created_at = '{AN_AGE_AGO}'")
    await world.run_sql(f"UPDATE sessions SET expires_at = '{AN_AGE_AGO}'")

    await purge_tick(world.context)

    assert len(await world.rows("events")) == 1
    assert await world.rows("sessions") == []
    assert await world.rows("actions") == before


@pytest.mark.parametrize("tick", TICKS)
async def test_a_tick_that_another_process_runs_is_left_to_it(
    world: World, tick: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="services.jobs.ticks")

    async with one_process(world.store, f"{TICKS[tick]}-tick"):
        await tick(world.context)

    (line,) = [record.message for record in caplog.records if record.name == "services.jobs.ticks"]
    assert line.startswith("another process")


@pytest.mark.parametrize("tick", TICKS)
async def test_a_tick_that_fails_says_so_with_the_traceback_and_ends_nothing(
    world: World, tick: Tick, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(type(world.context.refresher), "sweep", broken)
    monkeypatch.setattr("services.jobs.ticks.recover", broken)
    monkeypatch.setattr("services.jobs.ticks.purge", broken)

    await tick(world.context)

    (record,) = [record for record in caplog.records if record.name == "services.jobs.ticks"]
    assert record.message == f"{TICKS[tick]} tick failed"
    assert record.exc_info is not None


async def test_the_scheduler_sweeps_by_itself_until_it_is_stopped(world: World) -> None:
    scheduler = Scheduler(world.context, reconcile_seconds=1)
    world.write_entry("human", "Human")

    scheduler.start()
    await eventually(lambda: _rows(world))
    scheduler.stop()
    scheduler.stop()

    assert [row.slug for row in (await catalog_view(world.context)).rows] == ["human"]


async def _rows(world: World) -> bool:
    return bool((await catalog_view(world.context)).rows)
