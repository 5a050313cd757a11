"""The engines behind a store: one for units that write, one for units that only read (§5).

SQLite: a single writing connection, so writers of this process queue in order, and reading connections of
their own, so that a read never waits for a writer (WAL). PostgreSQL: one pool; readers see one snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from services.store.failures import told_in_words
from services.store.shape import storable
from services.store.sqlite_driver import OneTripDriver

BUSY_SECONDS = 15
"""How long a writer waits for another process's writer before it gives up."""
QUEUE_SECONDS = 30
"""How long a unit of work waits for a free connection of this process."""
CONNECTIONS = 8
SQLITE_PRAGMAS = ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY")


@dataclass(frozen=True, slots=True)
class Engines:
    """Where writing and where reading units of work get their connection, and how many of each at a time."""

    write: AsyncEngine
    read: AsyncEngine
    writers: int
    readers: int

    async def dispose(self) -> None:
        """Close every pooled connection."""
        await self.read.dispose()
        await self.write.dispose()


def storage_url(text: str) -> URL:
    """Parse a database address and name its driver; only SQLite and PostgreSQL are known (ValueError)."""
    url = make_url(text)
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(
                f"DATABASE_URL names the database “{other}”; SQLite and PostgreSQL are supported."
            )


def is_sqlite(url: URL) -> bool:
    """Whether the address names an SQLite file."""
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    """The database file of an SQLite address (ValueError without one: a memory database isn't storage)."""
    name = (url.database or "").removeprefix("file:").partition("?")[0]
    if not name or name == ":memory:":
        raise ValueError("The SQLite database needs a file.")
    return Path(name)


def make_engines(url: URL) -> Engines:
    """Build both engines; no connection is opened yet."""
    return _sqlite_engines(url) if is_sqlite(url) else _postgres_engines(url)


def _sqlite_engines(url: URL) -> Engines:
    write = create_async_engine(
        url,
        module=OneTripDriver(),
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=to_json,
        json_deserializer=orjson.loads,
    )
    read = create_async_engine(
        url,
        module=OneTripDriver(),
        pool_size=CONNECTIONS,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=to_json,
        json_deserializer=orjson.loads,
    )
    control_transactions(
        write.sync_engine, begin="BEGIN IMMEDIATE", pragmas=("PRAGMA journal_mode=WAL", *SQLITE_PRAGMAS)
    )
    control_transactions(read.sync_engine, begin="BEGIN", pragmas=(*SQLITE_PRAGMAS, "PRAGMA query_only=ON"))
    return Engines(write=write, read=read, writers=1, readers=CONNECTIONS)


def _postgres_engines(url: URL) -> Engines:
    engine = create_async_engine(
        url,
        pool_size=2 * CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        json_serializer=to_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine.sync_engine, "before_cursor_execute", _storable_parameters, retval=True)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(write=engine, read=snapshot, writers=CONNECTIONS, readers=CONNECTIONS)


def _storable_parameters(
    _connection: Connection,
    _cursor: object,
    statement: str,
    parameters: object,
    _context: object,
    _many: bool,
) -> tuple[str, object]:
    """What is only asked for may hold a NUL too, in an address for example: nothing stored is equal to it."""
    return statement, _storable_rows(parameters)


def _storable_rows(parameters: object) -> object:
    if isinstance(parameters, list):
        return [_storable_rows(row) for row in parameters]
    if isinstance(parameters, dict):
        return {
            name: storable(value) if isinstance(value, str) else value for name, value in parameters.items()
        }
    return parameters


def try_sqlite_file(url: URL) -> None:
    """Open the file once without a thread of its own; raises StorageUnavailable if that can't be done.

    A connection of aiosqlite that fails to open leaves its thread behind, which then disturbs a loop's end.
    """
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    with told_in_words(), engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA schema_version")


def to_json(value: object) -> str:
    """JSON with its keys in order, so that equal values are equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def control_transactions(engine: Engine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    """Let SQLAlchemy begin SQLite's transactions instead of the driver, which begins them late."""
    event.listen(engine, "connect", _on_connect(pragmas))
    event.listen(engine, "begin", _on_begin(begin))


def _on_connect(pragmas: tuple[str, ...]) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    return prepare


def _on_begin(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin
