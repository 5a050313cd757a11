"""Databases to test on: SQLite files, and a throw-away PostgreSQL cluster for the length of the run.

`store` and `database_url` run a test once on each; `sqlite_store` only on SQLite. All are migrated and empty.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.store.migrate import migrate
from services.store.unit_of_work import Store
from tests.support.postgres import Cluster, running_cluster

TEMPLATE = "migrated"
BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of this test run's own with a migrated template; skips where none is installed."""
    with running_cluster() as cluster:
        cluster.run(f"CREATE DATABASE {TEMPLATE}")
        migrate(cluster.url(TEMPLATE), backup_dir=tmp_path_factory.mktemp("backups"))
        yield cluster


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
        with request.getfixturevalue("postgres_cluster").lent(template) as url:
            yield url


@pytest.fixture(params=BOTH)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that was never migrated (SQLite: no file yet)."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'data' / 'rfc.db'}"
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        name = cluster.create()
        yield cluster.url(name)
        cluster.drop(name)


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
