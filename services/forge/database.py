"""The forge's SQLite file: one writer at a time, readers never wait."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from services.forge.schema import SCHEMA

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")

Value: TypeAlias = "str | int | float | bytes | None"


def load_record(kind: type[Record], row: sqlite3.Row) -> Record:
    """A row as the record of the same column names; SQLite knows no booleans and no lists."""
    values: dict[str, object] = {}
    for field in fields(kind):
        value = row[field.name]
        if field.type == "bool":
            value = bool(value)
        elif str(field.type).startswith("tuple["):
            value = tuple(json.loads(value))
        values[field.name] = value
    return kind(**values)


class Database:
    """Connections per thread over one file in WAL mode; a commit is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._writing = threading.RLock()
        self._connections: list[sqlite3.Connection] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection().executescript(SCHEMA)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=30, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything inside is written together or not at all; may be nested."""
        connection = self._connection()
        with self._writing:
            if connection.in_transaction:
                yield
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def execute(self, statement: str, *values: Value) -> int:
        """Run one changing statement; answers the new row's id for an insert, else the rows touched."""
        with self.writing():
            cursor = self._connection().execute(statement, values)
            if statement.lstrip()[:6].upper() == "INSERT":
                return cursor.lastrowid or 0
            return cursor.rowcount

    def rows(self, statement: str, *values: Value) -> Sequence[sqlite3.Row]:
        """All rows of a query."""
        return self._connection().execute(statement, values).fetchall()

    def number(self, statement: str, *values: Value) -> int:
        """The single number a query answers, 0 when there is none."""
        row = self._connection().execute(statement, values).fetchone()
        return int(row[0] or 0) if row else 0

    def all(self, kind: type[Record], statement: str, *values: Value) -> list[Record]:
        """All rows of a query as records."""
        return [load_record(kind, row) for row in self.rows(statement, *values)]

    def one(self, kind: type[Record], statement: str, *values: Value) -> Record | None:
        """The first row of a query as a record."""
        row = self._connection().execute(statement, values).fetchone()
        return load_record(kind, row) if row else None

    def close(self) -> None:
        """Close every thread's connection."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()
