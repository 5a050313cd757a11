"""The store begins and ends every transaction, and readers never wait for writers."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC, datetime

import pytest

from services.domain.events import CatalogChanged, EntryChanged
from services.domain.identifiers import Slug
from services.store.queries import deliveries, events, users
from services.store.queries.deliveries import webhook_deliveries
from services.store.unit_of_work import Store

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


async def ids(store: Store) -> list[str]:
    async with store.read() as work:
        return [row["delivery_id"] for row in await work.rows(webhook_deliveries.select())]


async def test_what_a_unit_wrote_is_there_after_it_ended(store: Store) -> None:
    async with store.write() as work:
        await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")

    assert await ids(store) == ["d1"]


async def test_after_an_exception_nothing_is_there(store: Store) -> None:
    async def fail() -> None:
        async with store.write() as work:
            await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")
            raise KeyError("d1")

    with pytest.raises(KeyError):
        await fail()

    assert await ids(store) == []


async def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_committed(store: Store) -> None:
    async with store.write() as work:
        await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")
        seen = await asyncio.wait_for(ids(store), timeout=30)

    assert seen == []
    assert await ids(store) == ["d1"]


async def test_a_reader_keeps_its_view_while_a_writer_commits(store: Store) -> None:
    async with store.read() as reading:
        before = await reading.rows(webhook_deliveries.select())
        async with store.write() as work:
            await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")
        after = await reading.rows(webhook_deliveries.select())

    assert (before, after) == ([], [])


async def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    with pytest.raises(RuntimeError, match="a reading unit of work can't write"):
        async with store.read() as work:
            await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")


async def test_a_writing_unit_inside_another_is_refused_at_once(store: Store) -> None:
    with pytest.raises(RuntimeError, match="already open in this task"):
        async with store.write(), store.write():
            pass

    async with store.write() as work:
        await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")
    assert await ids(store) == ["d1"]


async def test_writers_of_one_process_take_turns(store: Store) -> None:
    async def remember(number: int) -> None:
        async with store.write() as work:
            await deliveries.remember(work, delivery_id=f"d{number:02}", event="push", repo="o/r")

    await asyncio.gather(*(remember(number) for number in range(40)))

    assert sorted(await ids(store)) == [f"d{number:02}" for number in range(40)]


async def test_a_cancelled_writer_leaves_nothing_and_blocks_nobody(store: Store) -> None:
    inside, never = asyncio.Event(), asyncio.Event()

    async def write_and_wait() -> None:
        async with store.write() as work:
            await deliveries.remember(work, delivery_id="lost", event="push", repo="o/r")
            inside.set()
            await never.wait()

    task = asyncio.create_task(write_and_wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.write() as work:
        await deliveries.remember(work, delivery_id="kept", event="push", repo="o/r")

    assert await ids(store) == ["kept"]


async def test_a_writer_cancelled_inside_a_statement_blocks_nobody(store: Store) -> None:
    async def write_on_and_on() -> None:
        async with store.write() as work:
            for number in range(100_000):
                await deliveries.remember(work, delivery_id=f"lost{number}", event="push", repo="o/r")

    for _ in range(5):
        task = asyncio.create_task(write_on_and_on())
        done, _pending = await asyncio.wait([task], timeout=0.02)
        assert done == set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with store.write() as work:
        await deliveries.remember(work, delivery_id="kept", event="push", repo="o/r")

    assert await ids(store) == ["kept"]


async def test_a_commit_with_events_tells_whoever_asked_and_one_without_does_not(store: Store) -> None:
    told: list[str] = []
    store.on_commit(lambda: told.append("told"))

    async with store.write() as work:
        await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")
    silent = list(told)
    async with store.write() as work:
        await events.append(work, EntryChanged(Slug("human")))

    assert (silent, told) == ([], ["told"])


async def test_nobody_is_told_of_a_unit_that_failed(store: Store) -> None:
    told: list[str] = []
    store.on_commit(lambda: told.append("told"))

    async def fail() -> None:
        async with store.write() as work:
            await events.append(work, CatalogChanged((Slug("human"),)))
            raise KeyError("human")

    with pytest.raises(KeyError):
        await fail()

    assert told == []
    async with store.read() as work:
        assert await events.last_id(work) == 0


async def test_whoever_is_told_can_read_the_events(store: Store) -> None:
    tasks: list[asyncio.Task[int]] = []

    async def last_id() -> int:
        async with store.read() as work:
            return await events.last_id(work)

    store.on_commit(lambda: tasks.append(asyncio.create_task(last_id())))
    async with store.write() as work:
        await events.append(work, EntryChanged(Slug("human")))

    assert await asyncio.gather(*tasks) == [1]


async def test_what_no_database_can_hold_is_looked_for_and_not_found(store: Store) -> None:
    """PostgreSQL refuses a NUL even in a question, and addresses may hold one: that is no failure of ours."""
    async with store.read() as work:
        assert await users.find_by_login(work, login="a\0b") is None
        assert (
            await work.first(webhook_deliveries.select().where(webhook_deliveries.c.repo.in_(["a\0b", "c"])))
            is None
        )
    async with store.write() as work:
        await work.insert_many(webhook_deliveries, [{"delivery_id": "d\0", "event": "push", "repo": "o/r"}])

    assert [name.removeprefix("d") for name in await ids(store)] in (["\0"], ["\ufffd"])


async def test_a_store_that_is_closed_lets_what_is_under_way_end_and_closes_its_connection(
    database_url: str,
) -> None:
    """A connection that came back after the end would stay open until the garbage collector finds it."""
    await _closed_while_somebody_reads(database_url)

    gc.collect()  # a connection left open is a warning, and so a failure


async def _closed_while_somebody_reads(url: str) -> None:
    store = await Store.open(url)
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        async with store.read():
            reading.set()
            await go_on.wait()

    task = asyncio.create_task(read())
    await reading.wait()
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await task
    await closing
