"""Writing rows only where they differ from what is stored, so that an unchanged world costs no write (§4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic

from sqlalchemy import Column, Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from services.store.shape import R, Shape
from services.store.work import Work

CHUNK = 200
"""Rows compared at a time: bounds the memory that bodies take."""


class Mirror(Generic[R]):
    """A table that mirrors something outside; its rows are equal or replaced, never edited."""

    def __init__(self, row_type: type[R], table: Table) -> None:
        self.table = table
        self.shape = Shape(row_type, table)
        self._key: tuple[Column[object], ...] = tuple(table.primary_key.columns)

    async def upsert(self, work: Work, rows: Sequence[R]) -> list[R]:
        """Store the rows that are new or differ; those."""
        changed: list[R] = []
        for chunk in _chunks(rows):
            stored = await self._stored(work, chunk)
            fresh = [row for row in chunk if stored.get(self._key_of(row)) != self.shape.stored(row)]
            await self._replace(work, fresh)
            changed += fresh
        return changed

    async def remove(self, work: Work, **key: object) -> bool:
        """Delete the row with this key; whether there was one."""
        return await work.change(delete(self.table).filter_by(**key)) == 1

    async def find(self, work: Work, **key: object) -> R | None:
        """The row with this key."""
        return self.shape.read_if(await work.first(select(*self.shape.columns).filter_by(**key)))

    async def _stored(self, work: Work, rows: Sequence[R]) -> dict[tuple[object, ...], R]:
        keys = [self._key_of(row) for row in rows]
        statement = select(*self.shape.columns).where(tuple_(*self._key).in_(keys))
        found = [self.shape.read(row) for row in await work.rows(statement)]
        return {self._key_of(row): row for row in found}

    async def _replace(self, work: Work, rows: Sequence[R]) -> None:
        dialect = postgresql if work.on_postgres else sqlite
        statement = dialect.insert(self.table)
        others = {name: statement.excluded[name] for name in self.shape.names if name not in self._key_names}
        upsert = statement.on_conflict_do_update(index_elements=list(self._key), set_=others)
        await work.change_many(upsert, [self.shape.values(row) for row in rows])

    @property
    def _key_names(self) -> set[str]:
        return {column.name for column in self._key}

    def _key_of(self, row: R) -> tuple[object, ...]:
        return tuple(getattr(row, column.name) for column in self._key)


def _chunks(rows: Sequence[R]) -> Iterator[Sequence[R]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
