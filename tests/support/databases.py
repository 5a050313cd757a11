"""Databases to test on: SQLite files, and a throw-away PostgreSQL cluster for the length of the run.

`store` and `database_url` run a test once on each; `sqlite_store` only on SQLite. All are migrated and empty.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from services.store.migrate import migrate
from services.store.unit_of_work import Store

PROGRAMS = Path("/usr/lib/postgresql")
TEMPLATE = "migrated"
NUMBERS = itertools.count(1)
BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL with a migrated template database; `folder` holds its socket."""

    folder: Path

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
        address = f"host={self.folder} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of this test run's own; skips where none is installed."""
    initdb = _program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="rfc-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    try:
        _run(str(initdb), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")
        with _running(initdb.with_name("pg_ctl"), data, folder):
            cluster = Cluster(folder)
            cluster.run(f"CREATE DATABASE {TEMPLATE}")
            migrate(cluster.url(TEMPLATE), backup_dir=tmp_path_factory.mktemp("backups"))
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    folder = tmp_path_factory.mktemp("template")
    migrate(f"sqlite+aiosqlite:///{folder / 'rfc.db'}", backup_dir=folder / "backups")
    return folder / "rfc.db"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite database."""
    return copy_of(sqlite_template, tmp_path)


def copy_of(template: Path, folder: Path) -> str:
    """The address of a copy of a SQLite database."""
    return f"sqlite+aiosqlite:///{shutil.copyfile(template, folder / 'rfc.db')}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database: empty, or for a test in a `world`, with its people in it."""
    inhabited = "world" in request.fixturenames
    if request.param == "sqlite":
        yield copy_of(
            request.getfixturevalue("inhabited_sqlite" if inhabited else "sqlite_template"), tmp_path
        )
    else:
        template = request.getfixturevalue("inhabited_postgres") if inhabited else TEMPLATE
        yield from _postgres_url(request.getfixturevalue("postgres_cluster"), template=template)


@pytest.fixture(params=BOTH)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that was never migrated (SQLite: no file yet)."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'data' / 'rfc.db'}"
    else:
        yield from _postgres_url(request.getfixturevalue("postgres_cluster"), template="template0")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store on each database."""
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    """An open store on SQLite."""
    opened = await Store.open(sqlite_url)
    yield opened
    await opened.close()


def _postgres_url(cluster: Cluster, *, template: str) -> Iterator[str]:
    name = cluster.create(template=template)
    yield cluster.url(name)
    cluster.drop(name)


def _program(name: str) -> Path:
    on_path = shutil.which(name)
    candidates = [Path(on_path).resolve()] if on_path else sorted(PROGRAMS.glob(f"*/bin/{name}"))
    if not candidates:
        pytest.skip("PostgreSQL is not installed: `apt-get install postgresql` lets these tests run")
    return candidates[-1]


class _running:  # noqa: N801
    """The server of a data folder, from entering to leaving; it listens on a socket in `folder` only."""

    def __init__(self, pg_ctl: Path, data: Path, folder: Path) -> None:
        self.pg_ctl, self.data, self.folder = str(pg_ctl), str(data), folder

    def __enter__(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        log = str(self.folder / "log")
        _run(self.pg_ctl, "start", "-w", "-s", "-D", self.data, "-l", log, "-o", options)

    def __exit__(self, *_error: object) -> None:
        _run(self.pg_ctl, "stop", "-w", "-s", "-m", "immediate", "-D", self.data)


def _run(*command: str) -> None:
    """Run one of PostgreSQL's programs as a user it agrees to; root is none."""
    prefix = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")
