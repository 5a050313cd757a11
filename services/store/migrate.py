"""Bringing the schema up to this code, at start and by `rfc-ui migrate` (§5, §17)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from services.domain.clock import now
from services.domain.errors import SchemaTooNew, StorageUnavailable
from services.store.backup import PgDumpMissing, backup
from services.store.engine import control_transactions, is_sqlite, sqlite_file, storage_url
from services.store.failures import told_in_words
from services.store.locks import MIGRATING, locked
from services.store.ownership import give_all_as, give_as
from services.store.shape import table_of
from services.store.tables import SchemaFloor, SchemaHistory

MIGRATIONS = Path(__file__).parent / "migrations"
log = logging.getLogger(__name__)
logging.getLogger("alembic").setLevel(logging.WARNING)  # what it tells at INFO is told here, shorter
schema_floor = table_of(SchemaFloor)
schema_history = table_of(SchemaHistory)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationReport:
    """What a migration did: revisions in order; `unknown` are those newer code applied here before."""

    applied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    backup: Path | None = None
    note: str = ""
    """A sentence when something was left undone, such as a backup without `pg_dump`."""


def migrate(url: str, *, backup_dir: Path, scripts: Path = MIGRATIONS) -> MigrationReport:
    """Apply what is pending, after a backup; waits while another process does the same.

    Safe to call at every start. Raises SchemaTooNew when the stored minimum version is unknown here, and
    StorageUnavailable when the database can't be reached or the backup fails; nothing is changed then.
    """
    parsed = storage_url(url)
    with locked(url, MIGRATING), told_in_words(), _engine(parsed) as engine:
        return _migrate(url, engine, backup_dir, ScriptDirectory(str(scripts)))


def pending(url: str, *, scripts: Path = MIGRATIONS) -> tuple[str, ...]:
    """The revisions that `migrate` would apply now, in order; looking makes no database."""
    parsed, directory = storage_url(url), ScriptDirectory(str(scripts))
    if is_sqlite(parsed) and not sqlite_file(parsed).exists():
        return _pending(directory, NEW_DATABASE)
    with told_in_words(), _engine(parsed) as engine, engine.connect() as connection:
        return _pending(directory, _state(connection, directory))


@dataclass(frozen=True, slots=True)
class _State:
    """What a database says of its schema: `head` is Alembic's, None for one that was never migrated."""

    head: str | None
    history: tuple[str, ...]
    floor: str
    empty: bool


NEW_DATABASE = _State(head=None, history=(), floor="", empty=True)


def _migrate(url: str, engine: Engine, backup_dir: Path, directory: ScriptDirectory) -> MigrationReport:
    with engine.connect() as connection:
        state = _state(connection, directory)
    known = _known(directory)
    unknown = tuple(name for name in state.history if name not in known)
    _check_floor(state, known)
    for name in unknown:
        log.warning("migration %s is not known to this version; it runs on the newer schema", name)
    steps = _pending(directory, state)
    if not steps:
        return MigrationReport(unknown=unknown)
    saved, note = _back_up(url, backup_dir, steps[0]) if not state.empty else (None, "")
    with engine.connect() as connection:
        _upgrade(connection, directory)
    if is_sqlite(storage_url(url)) and state.empty:
        give_as(sqlite_file(storage_url(url)), sqlite_file(storage_url(url)).parent)
    log.info("migrated the database: %s", ", ".join(steps))
    return MigrationReport(applied=steps, unknown=unknown, backup=saved, note=note)


def _state(connection: Connection, directory: ScriptDirectory) -> _State:
    tables = set(inspect(connection).get_table_names())
    head = MigrationContext.configure(connection).get_current_revision()
    history = _column(connection, "schema_history", tables)
    if head is not None and head not in history and head not in _known(directory):
        history = (*history, head)
    floor = _column(connection, "schema_floor", tables)
    return _State(head=head, history=history, floor=floor[0] if floor else "", empty=not tables)


def _column(connection: Connection, table: str, tables: set[str]) -> tuple[str, ...]:
    if table not in tables:
        return ()
    statement = (
        select(schema_history.c.revision).order_by(schema_history.c.applied_at, schema_history.c.revision)
        if table == "schema_history"
        else select(schema_floor.c.minimum_revision)
    )
    return tuple(connection.execute(statement).scalars())


def _known(directory: ScriptDirectory) -> Mapping[str, str]:
    return {script.revision: script.doc for script in directory.walk_revisions()}


def _pending(directory: ScriptDirectory, state: _State) -> tuple[str, ...]:
    """Nothing is pending on a schema whose newest migration is unknown here: it is newer than this code."""
    if state.head is not None and state.head not in _known(directory):
        return ()
    missing = directory.iterate_revisions("heads", state.head or "base")
    return tuple(reversed([script.revision for script in missing if script.revision != state.head]))


def _check_floor(state: _State, known: Mapping[str, str]) -> None:
    if state.floor and state.floor not in known:
        raise SchemaTooNew(
            f"The database needs a version of RFC UI that knows the migration “{state.floor}”; this one doesn't."
        )


def _back_up(url: str, backup_dir: Path, step: str) -> tuple[Path | None, str]:
    suffix = "sqlite3" if is_sqlite(storage_url(url)) else "dump"
    path = backup_dir / f"{now():%Y%m%dT%H%M%S%f}-before-{step}.{suffix}"
    try:
        backup(url, path)
    except PgDumpMissing:
        note = "No backup was made before the migration: pg_dump is not installed here."
        log.warning(note)
        return None, note
    if is_sqlite(storage_url(url)):
        give_all_as(backup_dir, backup_dir.parent)
    log.info("backed the database up to %s before migrating", path)
    return path, ""


def _upgrade(connection: Connection, directory: ScriptDirectory) -> None:
    config = Config()
    config.set_main_option("script_location", str(directory.dir).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["on_version_apply"] = _note_step
    command.upgrade(config, "heads")
    connection.commit()


def _note_step(*, ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object) -> None:
    """Alembic's own table names the newest migration only; older code has to name every one it lacks."""
    script = step.up_revision
    title = script.doc if isinstance(script, Script) else ""
    values = {"revision": step.up_revision_id, "title": title, "applied_at": now()}
    cast("Connection", ctx.connection).execute(schema_history.insert().values(**values))


@contextmanager
def _engine(url: URL) -> Iterator[Engine]:
    if is_sqlite(url):
        _make_folder(sqlite_file(url).parent)
        engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
        control_transactions(engine, begin="BEGIN IMMEDIATE", pragmas=("PRAGMA synchronous=FULL",))
    else:
        engine = create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(
            f"The database's folder {folder} can't be made: {error.strerror}."
        ) from error
