"""One open transaction, as the queries see it; to everybody else a `Work` is opaque."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import CursorResult, Executable, RowMapping, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from services.domain.events import Event
from services.store.uninterrupted import uninterrupted


class Work:
    """The unit of work a query runs in. Only `Store.read` and `Store.write` make and end one."""

    def __init__(self, connection: AsyncConnection, *, writable: bool) -> None:
        self._connection = connection
        self.writable = writable
        self.events: dict[Event, None] = {}
        """What happened in here, in order and once each; written as the last thing before the commit."""

    @property
    def on_postgres(self) -> bool:
        """Whether this is PostgreSQL rather than SQLite."""
        return self._connection.dialect.name == "postgresql"

    async def rows(self, statement: Executable) -> Sequence[RowMapping]:
        """All rows of a SELECT."""
        return (await self._execute(statement)).mappings().all()

    async def first(self, statement: Executable) -> RowMapping | None:
        """The first row of a SELECT, if there is one."""
        return (await self._execute(statement)).mappings().first()

    async def number(self, statement: Executable) -> int | None:
        """The first column of the first row, where that is a number."""
        return cast("int | None", (await self._execute(statement)).scalar())

    async def change(self, statement: Executable) -> int:
        """Run an UPDATE, a DELETE or an INSERT of chosen rows; the number of rows it touched."""
        self._check_writable()
        # Without being asked, an INSERT on PostgreSQL says -1.
        return (await self._execute(statement.execution_options(preserve_rowcount=True))).rowcount

    async def insert(self, table: Table, values: Mapping[str, object]) -> int:
        """Add one row to a table whose key counts up; its key."""
        self._check_writable()
        statement = table.insert().values(**values).returning(table.c.id)
        return cast("int", (await self._execute(statement)).scalar_one())

    async def insert_unless_there(self, table: Table, values: Mapping[str, object]) -> bool:
        """Add one row unless a unique key is taken already; whether it was added."""
        self._check_writable()
        dialect = postgresql if self.on_postgres else sqlite
        statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
        added = await self._execute(statement.returning(*table.primary_key.columns))
        return added.first() is not None

    async def insert_many(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Add many rows in one go; none is fine."""
        self._check_writable()
        if rows:
            await self._execute(table.insert(), rows)

    async def change_many(self, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        """Run one UPDATE or DELETE with `bindparam`s for each of many rows; none is fine."""
        self._check_writable()
        if rows:
            await self._execute(statement, rows)

    async def serialize(self, name: str) -> None:
        """Let only one unit of work at a time get past this point for `name`, until it ends.

        SQLite's writers queue anyway.
        """
        if self.on_postgres:
            await self._execute(select(func.pg_advisory_xact_lock(lock_key(name))))

    async def notify(self, channel: str) -> None:
        """Wake whoever listens on `channel` once this is committed; SQLite's one process needs no waking."""
        if self.on_postgres:
            await self._execute(select(func.pg_notify(channel, "")))

    async def _execute(
        self, statement: Executable, rows: Sequence[Mapping[str, object]] | None = None
    ) -> CursorResult[object]:
        call = self._connection.execute(statement, None if rows is None else [dict(row) for row in rows])
        return cast("CursorResult[object]", await uninterrupted(call))

    def _check_writable(self) -> None:
        if not self.writable:
            raise RuntimeError("a reading unit of work can't write")


def lock_key(name: str) -> int:
    """The number PostgreSQL's advisory locks know `name` by: signed, 64 bits."""
    digest = hashlib.sha256(f"rfc-ui {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
