"""A throw-away PostgreSQL cluster, and databases in it that are used again and again.

Making and dropping a database takes longer than most tests; taking back what a test wrote takes a few milliseconds.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

PROGRAMS = Path("/usr/lib/postgresql")
NUMBERS = itertools.count(1)
SHAPE = """
    SELECT (SELECT array_agg((oid, relname)::text ORDER BY oid) FROM pg_class WHERE oid >= 16384),
      (SELECT array_agg((attrelid, attname, atttypid, attnotnull)::text ORDER BY attrelid, attnum)
        FROM pg_attribute WHERE attrelid >= 16384),
      (SELECT array_agg((oid, conname)::text ORDER BY oid) FROM pg_constraint WHERE oid >= 16384),
      (SELECT array_agg((oid, tgname, tgenabled)::text ORDER BY oid) FROM pg_trigger WHERE NOT tgisinternal),
      (SELECT array_agg(setconfig::text) FROM pg_db_role_setting)
"""
"""What a test would have to change for its database not to be used again."""
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL; `folder` holds its socket."""

    folder: Path
    _shelves: dict[str, Shelf] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """The address the product is given."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, *, template: str = "template0") -> str:
        """A new database; its name."""
        name = f"test_{next(NUMBERS)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        with self.connect("postgres") as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection that commits each statement."""
        return psycopg.connect(f"host={self.folder} user=postgres dbname={database}", autocommit=True)

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """The address of a database that is as `template` is; it is taken back afterwards."""
        shelf = self._shelves.setdefault(template, Shelf(self, template))
        name = shelf.take()
        yield self.url(name)
        shelf.put_back(name)


@dataclass
class Shelf:
    """The copies of one template that nobody has at the moment."""

    cluster: Cluster
    template: str
    free: list[str] = field(default_factory=list)

    def take(self) -> str:
        """A database that is as the template is; its name."""
        return self.free.pop() if self.free else self.cluster.create(template=self.template)

    def put_back(self, name: str) -> None:
        """Undo what was written; a database of another shape is dropped."""
        with self.cluster.connect(name) as connection:
            connection.execute(END_OTHERS)
            same = connection.execute(SHAPE).fetchone() == self._original.shape
            if same:
                self._original.restore(connection)
        if same:
            self.free.append(name)
        else:
            self.cluster.drop(name)

    @cached_property
    def _original(self) -> Content:
        with self.cluster.connect(self.template) as connection:
            return Content.of(connection)


@dataclass(frozen=True)
class Content:
    """What is in a database: `rows` by table as `COPY` writes them, where its sequences stand."""

    shape: tuple[Any, ...] | None
    rows: dict[str, bytes]
    sequences: list[tuple[str, int | None]]

    @classmethod
    def of(cls, connection: psycopg.Connection[Any]) -> Content:
        """Read it."""
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return cls(
            shape=connection.execute(SHAPE).fetchone(),
            rows={name: _copied_out(connection, name) for (name,) in tables},
            sequences=connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall(),
        )

    def restore(self, connection: psycopg.Connection[Any]) -> None:
        """Make the database as it was when this was read; foreign keys are not looked at meanwhile."""
        empty = "; ".join(f'DELETE FROM "{name}"' for name in self.rows)
        rewind = ", ".join(
            f"setval('\"{name}\"', {last or 1}, {'false' if last is None else 'true'})"
            for name, last in self.sequences
        )
        with connection.transaction():
            connection.execute(f"SET LOCAL session_replication_role = replica; {empty}; SELECT {rewind}")  # type: ignore[call-overload]
            for name, rows in self.rows.items():
                if rows:
                    _copy_in(connection, name, rows)


def _copied_out(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(block) for block in copy)


def _copy_in(connection: psycopg.Connection[Any], table: str, rows: bytes) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        copy.write(rows)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A PostgreSQL from entering to leaving; skips the test where none is installed."""
    initdb = _program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="rfc-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    try:
        _run(str(initdb), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")
        with _running(initdb.with_name("pg_ctl"), data, folder):
            yield Cluster(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> Path:
    on_path = shutil.which(name)
    candidates = [Path(on_path).resolve()] if on_path else sorted(PROGRAMS.glob(f"*/bin/{name}"))
    if not candidates:
        pytest.skip("PostgreSQL is not installed: `apt-get install postgresql` lets these tests run")
    return candidates[-1]


@contextmanager
def _running(pg_ctl: Path, data: Path, folder: Path) -> Iterator[None]:
    """The server of a data folder; it listens on a socket in `folder` only."""
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c autovacuum=off"
    _run(str(pg_ctl), "start", "-w", "-s", "-D", str(data), "-l", str(folder / "log"), "-o", options)
    try:
        yield
    finally:
        _run(str(pg_ctl), "stop", "-w", "-s", "-m", "immediate", "-D", str(data))


def _run(*command: str) -> None:
    """Run one of PostgreSQL's programs as a user it agrees to; root is none."""
    prefix = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")
