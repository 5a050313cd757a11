"""SQLite's driver with one trip to its thread for each statement, where SQLAlchemy's own makes four.

A connection of aiosqlite lives in a thread. A cursor made there, a statement run, its rows fetched and the cursor
closed are four trips; pages read dozens of statements, and the trips cost more than the statements. This reaches into
private parts of both libraries, whose releases are locked.
"""
# ruff: noqa: SLF001

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)

NOTHING: dict[str, object] = {}


@dataclass(slots=True)
class _Done:
    """What a statement left behind: stands for the cursor, which is closed already."""

    description: object = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1
    rows: tuple[object, ...] = ()

    async def close(self) -> None:
        """Nothing is open."""


class OneTripCursor(AsyncAdapt_aiosqlite_cursor):
    """Runs a statement and fetches its rows in one trip."""

    __slots__ = ()

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor = _Done()  # type: ignore[assignment]
        self._soft_closed_memoized = NOTHING  # type: ignore[assignment]
        self._rows = deque()

    def close(self) -> None:
        """Forget the rows nobody fetched."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """It is closed already, and `_Done` still describes the rows."""

    async def _execute_async(self, operation: object, parameters: object) -> object:
        return await self._take(_execute, operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: object, seq_of_parameters: object) -> object:
        return await self._take(_execute_many, operation, seq_of_parameters)

    async def _take(
        self, run: Callable[[sqlite3.Connection, str, object], _Done], operation: object, parameters: object
    ) -> object:
        async with self._adapt_connection._execute_mutex:
            driver: aiosqlite.Connection = self._connection  # type: ignore[assignment]
            done: _Done = await driver._execute(run, driver._conn, operation, parameters)  # type: ignore[no-untyped-call]
        self._cursor = done  # type: ignore[assignment]
        self._rows = deque(done.rows)
        return self


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = OneTripCursor


class OneTripDriver(AsyncAdapt_aiosqlite_dbapi):
    """The module that SQLAlchemy takes for the driver."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: object, **kw: object) -> AsyncAdapt_aiosqlite_connection:
        """Open a connection."""
        return _Connection(self, super().connect(*arg, **kw)._connection)


def _execute(connection: sqlite3.Connection, operation: str, parameters: object) -> _Done:
    cursor = connection.execute(operation, parameters)  # type: ignore[arg-type]
    try:
        rows = tuple(cursor.fetchall()) if cursor.description else ()
        return _Done(cursor.description, cursor.rowcount, cursor.lastrowid, rows=rows)
    finally:
        cursor.close()


def _execute_many(connection: sqlite3.Connection, operation: str, parameters: object) -> _Done:
    cursor = connection.executemany(operation, parameters)  # type: ignore[arg-type]
    try:
        return _Done(cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()
