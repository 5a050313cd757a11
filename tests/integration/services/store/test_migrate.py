"""The schema comes up to the code, once, after a backup, and older code lives with a newer one (§5)."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, insert, text
from sqlalchemy.pool import NullPool

from services.domain.errors import SchemaTooNew, StorageUnavailable
from services.domain.identifiers import OperationId, Slug
from services.store import backup as backup_module
from services.store import migrate as migrate_module
from services.store.engine import is_sqlite, storage_url
from services.store.migrate import MIGRATIONS, MigrationReport, migrate, pending
from services.store.queries import actions, catalog, events, operations, pulls, slugs, sync, users
from services.store.shape import table_of
from services.store.tables import SchemaFloor, StoredTable
from services.store.unit_of_work import Store
from tests.support.databases import TEMPLATE
from tests.support.people import person
from tests.support.postgres import Cluster

KNOWN = (
    "0001_first_release",
    "0002_workspace",
    "0003_pulls",
    "0004_search",
    "0005_metadata",
    "0006_sagas",
    "0007_audit_pages",
    "0008_pull_seen",
    "0009_notifications",
    "0010_funders",
    "0011_thread_sides",
    "0012_more_indexes",
    "0013_search_in_place",
    "0014_search_unqueued",
    "0015_clash_cards",
)
HEAD = KNOWN[-1]
OF_THE_DATABASE = ("vector", "search_sections_vector", "search_sections_titles")
"""What only PostgreSQL has, and only migrations make."""
NEWER = '''"""Branches get a colour."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String()))
    for table in ("users", "actions", "operations", "cached_rfcs", "cached_prs", "slug_reservations"):
        op.add_column(table, sa.Column("{column}", sa.String(), nullable=True))
'''
BROKEN = f'''"""Half of this works."""

from alembic import op

revision = "9001_broken"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE halves (id INTEGER)")
    op.execute("INSERT INTO nowhere VALUES (1)")
'''
STARTING = """
import sys, pathlib
from services.store.migrate import migrate
report = migrate(sys.argv[1], backup_dir=pathlib.Path(sys.argv[2]))
print(len(report.applied))
"""


@pytest.fixture
def newer_scripts(tmp_path: Path) -> Path:
    """The migrations of two later releases: extra tables, and nullable columns in today's."""
    scripts = shutil.copytree(MIGRATIONS, tmp_path / "newer", ignore=shutil.ignore_patterns("__pycache__"))
    for revision, down, name in (
        ("9001_colours", HEAD, "colours"),
        ("9002_shades", "9001_colours", "shades"),
    ):
        source = NEWER.format(revision=revision, down=down, table=name, column=name)
        (scripts / "versions" / f"v{revision}.py").write_text(source)
    return scripts


def run(url: str, *statements: str) -> list[object]:
    """What the last statement gives: its first column."""
    engine = create_engine(_driver(url), poolclass=NullPool)
    with engine.begin() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        return list(results[-1].scalars()) if results[-1].returns_rows else []


def _driver(url: str) -> str:
    return url.replace("sqlite+aiosqlite", "sqlite")


def tables(url: str) -> set[str]:
    engine = create_engine(_driver(url), poolclass=NullPool)
    with engine.connect() as connection:
        return set(engine.dialect.get_table_names(connection))


def test_the_migrated_schema_and_the_tables_agree(database_url: str) -> None:
    engine = create_engine(_driver(database_url), poolclass=NullPool)

    with engine.connect() as connection:
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, *_: not str(name).startswith("search_index"),
            "include_object": lambda _, name, *__: name not in OF_THE_DATABASE,
        }
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, StoredTable.metadata)

    assert differences == []


def test_a_new_database_is_migrated_without_a_backup_and_then_left_alone(
    bare_database_url: str, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    waiting = [pending(bare_database_url)]

    reports = [migrate(bare_database_url, backup_dir=backups) for _ in range(2)]

    waiting.append(pending(bare_database_url))
    assert waiting == [KNOWN, ()]
    assert reports == [MigrationReport(applied=KNOWN), MigrationReport()]
    assert not backups.exists()


def test_a_database_in_use_is_backed_up_before_it_is_migrated(
    database_url: str, newer_scripts: Path, tmp_path: Path
) -> None:
    run(database_url, "INSERT INTO webhook_deliveries VALUES ('d1', 'push', 'o/r', '2026-05-01 12:00:00')")

    report = migrate(database_url, backup_dir=tmp_path / "backups", scripts=newer_scripts)

    assert report.applied == ("9001_colours", "9002_shades")
    assert (report.unknown, report.note) == ((), "")
    assert report.backup is not None
    assert list((tmp_path / "backups").iterdir()) == [report.backup]
    run(database_url, "DELETE FROM webhook_deliveries")
    backup_module.restore(database_url, report.backup)
    assert run(database_url, "SELECT delivery_id FROM webhook_deliveries") == ["d1"]
    assert pending(database_url, scripts=newer_scripts) == ("9001_colours", "9002_shades")


def test_without_pg_dump_the_migration_runs_and_says_there_is_no_backup(
    database_url: str, newer_scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(url: str, path: Path) -> None:
        raise backup_module.PgDumpMissing("pg_dump is not installed here.")

    monkeypatch.setattr(migrate_module, "backup", missing)

    report = migrate(database_url, backup_dir=tmp_path, scripts=newer_scripts)

    assert report == MigrationReport(
        applied=("9001_colours", "9002_shades"),
        note="No backup was made before the migration: pg_dump is not installed here.",
    )


def test_a_backup_that_fails_leaves_the_schema_alone(
    sqlite_url: str, newer_scripts: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    with pytest.raises(StorageUnavailable, match="can't be written: File exists"):
        migrate(sqlite_url, backup_dir=blocked, scripts=newer_scripts)

    assert pending(sqlite_url, scripts=newer_scripts) == ("9001_colours", "9002_shades")


def test_a_migration_that_fails_leaves_nothing_of_itself(database_url: str, tmp_path: Path) -> None:
    scripts = shutil.copytree(MIGRATIONS, tmp_path / "broken", ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v9001_broken.py").write_text(BROKEN)
    before = tables(database_url)

    with pytest.raises(Exception, match="nowhere"):
        migrate(database_url, backup_dir=tmp_path / "backups", scripts=scripts)

    assert tables(database_url) == before
    assert run(database_url, "SELECT version_num FROM alembic_version") == [HEAD]


async def test_older_code_names_what_it_does_not_know_and_works(
    database_url: str, newer_scripts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(migrate, database_url, backup_dir=tmp_path / "backups", scripts=newer_scripts)

    with caplog.at_level(logging.WARNING, logger="services.store.migrate"):
        report = await asyncio.to_thread(migrate, database_url, backup_dir=tmp_path / "backups")

    assert report == MigrationReport(unknown=("9001_colours", "9002_shades"))
    assert [record.getMessage() for record in caplog.records] == [
        "migration 9001_colours is not known to this version; it runs on the newer schema",
        "migration 9002_shades is not known to this version; it runs on the newer schema",
    ]
    store = await Store.open(database_url)
    await use_every_changed_table(store)
    await store.close()


async def use_every_changed_table(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        op = OperationId("op1")
        assert await slugs.reserve(work, slug=Slug("human"), op_id=op, user_id=user_id) is True
        assert (
            await operations.begin(
                work, id=op, kind="propose_idea", actor_user_id=user_id, on_behalf_of="writer", intent={}
            )
            is True
        )
    async with store.read() as work:
        read = (
            [row.gitea_login for row in await users.list_all(work)],
            [row.id for row in await operations.pending(work)],
            [row.slug for row in await slugs.list_all(work)],
            await actions.list_recent(work),
            await catalog.list_rows(work),
            await pulls.list_open(work),
            await sync.list_all(work),
            await events.last_id(work),
        )
    assert read == (["writer"], ["op1"], ["human"], [], [], [], [], 0)


def test_newer_code_goes_on_where_it_was(database_url: str, newer_scripts: Path, tmp_path: Path) -> None:
    migrate(database_url, backup_dir=tmp_path / "backups", scripts=newer_scripts)
    migrate(database_url, backup_dir=tmp_path / "backups")

    report = migrate(database_url, backup_dir=tmp_path / "backups", scripts=newer_scripts)

    assert report == MigrationReport()


@pytest.mark.parametrize("floor", ["", HEAD])
def test_a_minimum_version_this_code_knows_is_fine(
    database_url: str, newer_scripts: Path, tmp_path: Path, floor: str
) -> None:
    migrate(database_url, backup_dir=tmp_path / "backups", scripts=newer_scripts)
    set_floor(database_url, floor)

    assert migrate(database_url, backup_dir=tmp_path).unknown == ("9001_colours", "9002_shades")


def test_below_the_minimum_version_the_start_is_refused_by_a_sentence(
    database_url: str, newer_scripts: Path, tmp_path: Path
) -> None:
    migrate(database_url, backup_dir=tmp_path / "backups", scripts=newer_scripts)
    set_floor(database_url, "9002_shades")

    with pytest.raises(SchemaTooNew) as refused:
        migrate(database_url, backup_dir=tmp_path)

    assert refused.value.message == (
        "The database needs a version of RFC UI that knows the migration “9002_shades”; this one doesn't."
    )
    assert migrate(database_url, backup_dir=tmp_path, scripts=newer_scripts) == MigrationReport()


def set_floor(url: str, revision: str) -> None:
    engine = create_engine(_driver(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(insert(table_of(SchemaFloor)).values(id=1, minimum_revision=revision))


def test_of_processes_that_start_at_once_one_migrates_and_the_others_wait(
    bare_database_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "error", "-c", STARTING, bare_database_url, str(tmp_path / "backups")]

    starting = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    ended = [process.communicate(timeout=60) for process in starting]

    assert [error for _, error in ended] == [b"", b"", b""]
    assert sorted(output.strip() for output, _ in ended) == [b"0", b"0", str(len(KNOWN)).encode()]
    assert run(bare_database_url, "SELECT revision FROM schema_history ORDER BY revision") == list(KNOWN)


@pytest.mark.postgres
def test_on_postgres_the_words_that_a_search_ranks_stand_in_their_rows(postgres_cluster: Cluster) -> None:
    stored = (
        "SELECT attname FROM pg_attribute WHERE attrelid = 'search_sections'::regclass AND attstorage = 'm'"
    )

    with postgres_cluster.lent(TEMPLATE) as url:
        assert run(url, stored) == ["vector"]


def test_operators_can_add_people_by_sql(database_url: str) -> None:
    moment = "'2026-05-01 12:00:00'"
    run(
        database_url,
        "INSERT INTO users (gitea_id, gitea_login, email, display_name, avatar_url, created_at)"
        f" VALUES (7, 'writer', '', '', '', {moment})",
    )

    columns = "role, muted, email_personal_direct, email_watched_structural, digest_cadence"
    condition = "role = 'contributor' AND NOT muted AND email_personal_direct AND NOT email_opt_out_all"
    assert run(database_url, f"SELECT digest_cadence, {columns} FROM users WHERE {condition}") == ["weekly"]


def test_the_folder_of_a_new_sqlite_database_is_made_or_the_trouble_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    migrate(f"sqlite:///{tmp_path / 'new' / 'rfc.db'}", backup_dir=tmp_path)
    with pytest.raises(StorageUnavailable) as refused:
        migrate(f"sqlite:///{tmp_path / 'file' / 'rfc.db'}", backup_dir=tmp_path)

    assert (tmp_path / "new" / "rfc.db").is_file()
    assert (
        refused.value.message == f"The database's folder {tmp_path / 'file'} can't be written: File exists."
    )


def test_a_postgres_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    url = f"postgresql://postgres@/rfc?host={tmp_path}"

    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL can't be reached: "):
        migrate(url, backup_dir=tmp_path)

    assert not is_sqlite(storage_url(url))
