"""Copies of the database, made while it is in use, and putting one back (§17 `backup`, `restore`)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from services.domain.clock import now
from services.domain.errors import Invalid, NotFound, StorageUnavailable
from services.store.engine import BUSY_SECONDS, is_sqlite, sqlite_file, storage_url
from services.store.locks import driver_address, not_serving
from services.store.ownership import replace_as

POSTGRES_HOMES = Path("/usr/lib/postgresql")
NOTHING_MORE: Mapping[str, str] = {}


class PgDumpMissing(StorageUnavailable):
    """PostgreSQL's own tools are not installed here, so the app can't copy that database."""

    code = "pg_dump_missing"
    retryable = False
    hint = (
        "Install PostgreSQL's client tools (`pg_dump`, `pg_restore`, `psql`), or back the server up itself."
    )


def backup(url: str, path: Path) -> None:
    """Copy the whole database to `path`, which then holds one consistent, checked state of it.

    Writers go on meanwhile. The file appears only when it is complete, readable by its owner alone.
    Raises Invalid when something is there already, StorageUnavailable when it can't be made.
    """
    parsed = storage_url(url)
    with appearing(path) as partial:
        if is_sqlite(parsed):
            copy_sqlite(sqlite_file(parsed), partial)
        else:
            _dump_postgres(parsed, partial)


def restore(url: str, path: Path) -> Path | None:
    """Put a backup in the place of the database; where the replaced database went, if there was one.

    Refuses while a server runs (Busy), and for a file that is not a sound backup (Invalid); nothing is
    changed then. Operations that were under way at the time of the backup and mails that waited are parked for an
    admin (§17). A kill leaves the former database or the restored one, never half of one.
    """
    if not path.is_file():
        raise NotFound(f"There is no backup at {path}.", hint="Check the path.")
    with not_serving(url, act="restore a backup"):
        return put_back(url, path)


def put_back(url: str, path: Path, *, told: Path | None = None) -> Path | None:
    """`restore`, for a caller who sees to it that no server runs; `told` is the file that errors name."""
    parsed = storage_url(url)
    if is_sqlite(parsed):
        return _restore_sqlite(sqlite_file(parsed), path, told or path)
    return _restore_postgres(parsed, path)


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A file to write to that takes its name once it is complete and on the disk."""
    if path.exists():
        raise Invalid(f"There is already something at {path}.", field="path", hint="Choose another name.")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _removed_at_the_end(partial):
            partial.touch(mode=0o600)
            yield partial
            _flush(partial)
            partial.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise StorageUnavailable(f"{path} can't be written: {error.strerror}.") from error


@contextmanager
def _removed_at_the_end(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_sqlite(database: Path, target: Path) -> None:
    """One step of SQLite's backup interface, so that no writer makes it start over."""
    if not database.is_file():
        raise NotFound(f"There is no database at {database}.", hint="Check DATABASE_PATH.")
    try:
        with closing(_open(database)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            check_integrity(copy, database)
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The database could not be copied: {error}.") from error


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)


def check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    """Raises Invalid for a damaged database; `path` is the file that is named then."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise Invalid(f"{path} is damaged: {found[0]}.", field="path", hint="Take another backup.")


def _restore_sqlite(database: Path, path: Path, told: Path) -> Path | None:
    incoming = database.with_name(f".{database.name}.{os.getpid()}.incoming")
    try:
        with _removed_at_the_end(incoming):
            incoming.touch(mode=0o600)
            shutil.copyfile(path, incoming)
            _prepare_sqlite(incoming, told)
            _flush(incoming)
            replaced = _set_aside(database)
            replace_as(incoming, database)
        _flush(database.parent)
    except OSError as error:
        raise StorageUnavailable(f"{database} can't be replaced: {error.strerror}.") from error
    return replaced


def _prepare_sqlite(incoming: Path, path: Path) -> None:
    """Check the copy, and park what was under way in it, before it takes the database's place."""
    try:
        with closing(_open(incoming)) as connection, connection:
            check_integrity(connection, path)
            connection.execute("SELECT version_num FROM alembic_version")
            connection.execute(PARK_OPERATIONS)
            if _has_outbox(connection):
                connection.execute(PARK_MAILS)
    except sqlite3.Error as error:
        raise Invalid(f"{path} is not a backup of RFC UI: {error}.", field="path", hint="") from error


PARK_OPERATIONS = "UPDATE operations SET state = 'parked' WHERE state = 'pending'"
PARK_MAILS = (
    "UPDATE outbox SET state = 'parked', lease_until = NULL, why = 'restored from a backup: it may have been sent'"
    " WHERE state IN ('waiting', 'sending')"
)


def _has_outbox(connection: sqlite3.Connection) -> bool:
    """Backups of the first releases hold no mails."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone() is not None


def _set_aside(database: Path) -> Path | None:
    """Give the database that is being replaced a second name, with its log emptied into it."""
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.replaced-{now():%Y%m%dT%H%M%S%f}")
    try:
        with closing(_open(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        pass  # a damaged database is a reason to restore; its files are kept as they are
    for suffix in ("-wal", "-shm"):
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    try:
        aside.hardlink_to(database)  # so that there is a database at every moment
    except OSError:
        database.rename(aside)
    return aside


def _dump_postgres(url: URL, target: Path) -> None:
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _restore_postgres(url: URL, path: Path) -> Path | None:
    """In one transaction: the present tables are gone with it, or all of them are as they were."""
    with tempfile.TemporaryDirectory(prefix="rfc-ui-restore-") as folder:
        script = Path(folder) / "backup.sql"
        try:
            _run_program("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(path))
            _run(url, "psql", *PSQL, *_replacing(script))
        except PgDumpMissing:
            raise
        except StorageUnavailable as error:
            raise Invalid(
                f"{path} is not a backup of RFC UI: {error.message}", field="path", hint=""
            ) from error
    return None


PSQL = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction")


def _replacing(script: Path) -> Iterator[str]:
    """What psql does instead of the present tables, in order."""
    yield "--command=DROP SCHEMA public CASCADE"
    yield "--command=CREATE SCHEMA public"
    yield f"--file={script}"
    yield "--command=SET search_path = public"
    yield "--command=SELECT version_num FROM alembic_version"
    yield f"--command={PARK_OPERATIONS}"
    quoted = PARK_MAILS.replace("'", "''")
    yield f"--command=DO 'BEGIN IF to_regclass(''outbox'') IS NOT NULL THEN {quoted}; END IF; END'"


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is: on PATH, else the newest that Debian installed."""
    installed = sorted(POSTGRES_HOMES.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    if found is None:
        raise PgDumpMissing(f"{name} is not installed here.")
    return found


def _run(url: URL, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password goes by the environment, not `ps`."""
    address = driver_address(url.set(password=None))
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    _run_program(name, f"--dbname={address}", *arguments, environment=secret)


def _run_program(name: str, *arguments: str, environment: Mapping[str, str] = NOTHING_MORE) -> None:
    done = subprocess.run(
        [program(name), *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        raise StorageUnavailable(f"{name} failed: {lines[0]}")
