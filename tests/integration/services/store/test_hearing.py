"""What one process commits is heard by another at once, and again after the connection was lost (§4.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.domain.events import EntryChanged
from services.domain.identifiers import Slug
from services.store import hearing
from services.store.hearing import Hearing
from services.store.queries import deliveries, events
from services.store.unit_of_work import Store
from tests.support.postgres import Cluster

PATIENCE = 60
LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
END_LISTENERS = LISTENERS.replace("count(*)", "pg_terminate_backend(pid)")


class Ear:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.count = 0
        self._news = asyncio.Event()

    def hear(self) -> None:
        self.count += 1
        self._news.set()

    async def wait_for(self, count: int) -> None:
        """Wait until so much was heard since the beginning."""
        async with asyncio.timeout(PATIENCE):
            while self.count < count:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def listening(store: Store, ear: Ear) -> AsyncIterator[Hearing]:
    running = Hearing(store.url, ear.hear)
    running.start()
    yield running
    await running.stop()


async def write_event(url: str) -> None:
    """As another process would."""
    other = await Store.open(url)
    async with other.write() as work:
        await events.append(work, EntryChanged(Slug("human")))
    await other.close()


def address(store: Store) -> str:
    return store.url.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
class TestOnPostgres:
    async def test_another_process_is_heard_when_it_has_committed_events_and_only_then(
        self, store: Store, ear: Ear, listening: Hearing
    ) -> None:
        await ear.wait_for(1)  # it begins with a look

        async with store.write() as work:
            await deliveries.remember(work, delivery_id="d1", event="push", repo="o/r")
        await write_event(address(store))
        await ear.wait_for(2)

        async with store.read() as work:
            assert await events.last_id(work) == 1
        assert ear.count == 2

    async def test_it_listens_again_after_its_connection_was_lost(
        self,
        store: Store,
        ear: Ear,
        listening: Hearing,
        postgres_cluster: Cluster,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(hearing, "AGAIN_SECONDS", 0)
        await ear.wait_for(1)

        with postgres_cluster.connect("postgres") as connection:
            connection.execute(END_LISTENERS)
        await ear.wait_for(2)
        await write_event(address(store))
        await ear.wait_for(3)

    async def test_it_leaves_no_connection_behind(
        self, store: Store, ear: Ear, listening: Hearing, postgres_cluster: Cluster
    ) -> None:
        await ear.wait_for(1)
        await listening.stop()
        await listening.stop()

        with postgres_cluster.connect("postgres") as connection:
            async with asyncio.timeout(PATIENCE):
                while connection.execute(LISTENERS).fetchone() != (0,):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)


async def test_on_sqlite_there_is_nobody_to_hear(sqlite_store: Store, ear: Ear) -> None:
    deaf = Hearing(sqlite_store.url, ear.hear)
    deaf.start()
    await write_event(address(sqlite_store))
    await deaf.stop()

    assert ear.count == 0
