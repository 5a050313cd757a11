"""What people are told when the disk is full, the file read-only, or the database gone (§5)."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services.domain.errors import StorageUnavailable
from services.store import engine as engine_module
from services.store.queries import deliveries
from services.store.queries.deliveries import webhook_deliveries
from services.store.unit_of_work import Store
from tests.support.postgres import Cluster


async def remember(store: Store, delivery: str, *, event: str = "push") -> None:
    async with store.write() as work:
        await deliveries.remember(work, delivery_id=delivery, event=event, repo="o/r")


async def remembered(store: Store) -> list[str]:
    async with store.read() as work:
        return [row["delivery_id"] for row in await work.rows(webhook_deliveries.select())]


async def refusal(store: Store, *, event: str = "push") -> str:
    with pytest.raises(StorageUnavailable) as refused:
        await remember(store, "refused", event=event)
    return refused.value.message


async def test_a_full_disk_is_told_and_reading_goes_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite meets its page limit as it meets the end of a disk."""
    limit = ("PRAGMA max_page_count=1", *engine_module.SQLITE_PRAGMAS)
    monkeypatch.setattr(engine_module, "SQLITE_PRAGMAS", limit)
    store = await Store.open(sqlite_url)

    message = await refusal(store, event="x" * 100_000)

    assert message == "The disk that holds the database is full, so nothing can be saved."
    await remember(store, "small")
    assert await remembered(store) == ["small"]
    await store.close()


async def test_a_read_only_file_is_told_and_reading_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    before = await Store.open(sqlite_url)
    await remember(before, "before")
    await before.close()

    store = await Store.open(f"sqlite:///file:{tmp_path / 'rfc.db'}?mode=ro&uri=true")

    assert await refusal(store) == "The database can't be written: its file or its volume is read-only."
    assert await remembered(store) == ["before"]
    await store.close()


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        await Store.open(f"sqlite:///{tmp_path / 'nowhere' / 'rfc.db'}")

    assert refused.value.message == (
        "The database file can't be opened: check that its folder exists and is writable."
    )


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "rfc.db").write_bytes(b"something else entirely" * 500)

    with pytest.raises(StorageUnavailable) as refused:
        await Store.open(f"sqlite:///{tmp_path / 'rfc.db'}")

    assert refused.value.message == "The database file is not an SQLite database."


async def test_another_process_that_keeps_writing_is_waited_for_and_then_told(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.2)
    store = await Store.open(sqlite_url)

    with closing(sqlite3.connect(tmp_path / "rfc.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        message = await refusal(store)
        assert await remembered(store) == []

    await remember(store, "later")
    assert message == "The database is busy with other work, so this was not saved."
    assert await remembered(store) == ["later"]
    await store.close()


async def test_another_process_that_writes_for_a_moment_is_waited_for(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "rfc.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(remember(sqlite_store, "patient"))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        other.execute("COMMIT")
    await waiting

    assert (done, await remembered(sqlite_store)) == (set(), ["patient"])


async def test_a_statement_of_ours_that_is_wrong_is_not_called_trouble_of_the_database(store: Store) -> None:
    with pytest.raises(Exception, match="(?i)not.null") as raised:
        async with store.write() as work:
            await work.insert_many(webhook_deliveries, [{"delivery_id": "d1", "event": None, "repo": ""}])

    assert not isinstance(raised.value, StorageUnavailable)


@pytest.mark.postgres
async def test_a_postgres_that_drops_its_connections_is_told_once_and_then_used_again(
    postgres_cluster: Cluster,
) -> None:
    name = postgres_cluster.create(template="migrated")
    store = await Store.open(postgres_cluster.url(name))
    kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"

    async def lose() -> None:
        async with store.write() as work:
            await deliveries.remember(work, delivery_id="lost", event="push", repo="o/r")
            await asyncio.to_thread(postgres_cluster.run, kill)

    with pytest.raises(StorageUnavailable):
        await lose()
    await remember(store, "kept")

    assert await remembered(store) == ["kept"]
    await store.close()
    postgres_cluster.drop(name)


@pytest.mark.postgres
async def test_a_postgres_database_that_is_gone_is_told(postgres_cluster: Cluster) -> None:
    name = postgres_cluster.create(template="migrated")
    store = await Store.open(postgres_cluster.url(name))
    await asyncio.to_thread(postgres_cluster.drop, name)

    assert await refusal(store) == "The database can't be reached."
    with pytest.raises(StorageUnavailable, match="can't be reached"):
        await remembered(store)
    await store.close()
