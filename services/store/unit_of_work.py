"""The store: where every read and write of the database begins and ends (ARCHITECTURE §2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Self

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.domain.errors import StorageUnavailable
from services.store.engine import (
    QUEUE_SECONDS,
    Engines,
    is_sqlite,
    make_engines,
    storage_url,
    try_sqlite_file,
)
from services.store.failures import BUSY, told_in_words
from services.store.queries.events import write_down
from services.store.uninterrupted import uninterrupted
from services.store.work import Work

Task = asyncio.Task[object]
CLOSE_SECONDS = 2.0
"""What is under way when a store is closed has so long: a connection that comes back later is never closed."""


class Store:
    """An open database. Commits happen here and nowhere else."""

    def __init__(self, url: URL, engines: Engines) -> None:
        self.url = url
        self._engines = engines
        self._writers = asyncio.Semaphore(engines.writers)
        self._readers = asyncio.Semaphore(engines.readers)
        self._queues = ((self._writers, engines.writers), (self._readers, engines.readers))
        self._after_commit: list[Callable[[], None]] = []
        self._writing: set[Task] = set()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open a database that `migrate` has prepared (StorageUnavailable if it can't be reached)."""
        parsed = storage_url(url)
        if is_sqlite(parsed):
            await asyncio.to_thread(try_sqlite_file, parsed)
        store = cls(parsed, make_engines(parsed))
        try:
            await store._prepare()
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Close every connection, once what is under way has ended or had its time; units still open then fail."""
        async with AsyncExitStack() as held:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    for queue, places in self._queues:
                        for _ in range(places):
                            await held.enter_async_context(queue)
            await self._engines.dispose()

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after each commit that wrote events; it must be quick and not fail."""
        self._after_commit.append(callback)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """Read one consistent state of the database; never waits for a writer."""
        with told_in_words():
            async with _turn(self._readers), _begun(self._engines.read) as connection:
                yield Work(connection, writable=False)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """Commit everything done inside at the end, or nothing of it after any exception."""
        task = self._enter()
        try:
            with told_in_words():
                async with _turn(self._writers), _begun(self._engines.write) as connection:
                    work = Work(connection, writable=True)
                    yield work
                    await uninterrupted(self._commit(work, connection))
        finally:
            self._writing.discard(task)

    async def _commit(self, work: Work, connection: AsyncConnection) -> None:
        await write_down(work)
        await connection.commit()
        if work.events:
            for callback in self._after_commit:
                callback()

    def _enter(self) -> Task:
        """Refuse a second writing unit inside the first: on SQLite it would wait for itself."""
        task = asyncio.current_task()
        if task is None or task in self._writing:
            raise RuntimeError("a writing unit of work is already open in this task")
        self._writing.add(task)
        return task

    async def _prepare(self) -> None:
        """Connect once for writing (which switches SQLite to WAL) and once for reading."""
        with told_in_words():
            for engine in (self._engines.write, self._engines.read):
                async with engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))


@asynccontextmanager
async def _turn(queue: asyncio.Semaphore) -> AsyncIterator[None]:
    """Wait, interruptibly and first come first served, until there is a free connection."""
    try:
        async with asyncio.timeout(QUEUE_SECONDS):
            await queue.acquire()
    except TimeoutError:
        raise StorageUnavailable(BUSY) from None
    try:
        yield
    finally:
        queue.release()


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection with a transaction begun, which ends with the block: rolled back unless committed."""
    connection = engine.connect()
    try:
        await uninterrupted(_begin(connection))
        yield connection
    finally:
        if connection.sync_connection is not None:
            await uninterrupted(connection.close())


async def _begin(connection: AsyncConnection) -> None:
    await connection.start()
    await connection.begin()
