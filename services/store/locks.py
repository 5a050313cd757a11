"""Locks between processes on one database: files beside an SQLite database, advisory locks in PostgreSQL."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from services.domain.errors import Busy, StorageUnavailable
from services.store.engine import is_sqlite, sqlite_file, storage_url
from services.store.ownership import give_as
from services.store.work import lock_key

MIGRATING = "migrate"
SERVING = "serve"
FIRST_SERVER = "server"
SITE = "site"


@contextmanager
def locked(url: str, name: str, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Hold the lock `name` of a database; it ends with the process, however that ends.

    Raises Busy when `wait` is off and somebody holds it. Blocks the thread while it waits.
    """
    parsed = storage_url(url)
    hold = _file_lock if is_sqlite(parsed) else _advisory_lock
    with hold(parsed, name, shared=shared, wait=wait):
        yield


@contextmanager
def serving(url: str) -> Iterator[None]:
    """Say that a server runs on this database, so that `migrate` and `restore` refuse meanwhile (§17)."""
    with locked(url, SERVING, shared=True):
        yield


@contextmanager
def among_servers(url: str) -> Iterator[bool]:
    """Whether no other server runs on this database. Busy on SQLite, which takes one process (§4.2)."""
    try:
        hold = locked(url, FIRST_SERVER, wait=False)
        hold.__enter__()
    except Busy:
        if is_sqlite(storage_url(url)):
            raise _another_server() from None
        yield False
        return
    try:
        yield True
    finally:
        hold.__exit__(None, None, None)


@contextmanager
def starting_alone(url: str) -> Iterator[None]:
    """Start and run a server with everything around it, a forge for example; on SQLite there is one (§4.2).

    Held from before anything of the site is looked at or written: Busy, as a sentence, for a second one.
    """
    if not is_sqlite(storage_url(url)):
        yield
        return
    try:
        hold = locked(url, SITE, wait=False)
        hold.__enter__()
    except Busy:
        raise _another_server() from None
    try:
        with serving(url):  # so that no restore begins before the app itself says that it serves
            yield
    finally:
        hold.__exit__(None, None, None)


def _another_server() -> Busy:
    return Busy("Another server runs on this SQLite file; it takes one.", hint="Stop that one first.")


@contextmanager
def not_serving(url: str, *, act: str) -> Iterator[None]:
    """Keep servers from starting on this database; Busy, as a sentence, when one runs (§17)."""
    try:
        hold = locked(url, SERVING, wait=False)
        hold.__enter__()
    except Busy:
        raise Busy(f"The server is running on this database; stop it before you {act}.", hint="") from None
    try:
        yield
    finally:
        hold.__exit__(None, None, None)


def driver_address(url: URL) -> str:
    """A PostgreSQL address as libpq takes it, password included."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _file_lock(url: URL, name: str, *, shared: bool, wait: bool) -> Iterator[None]:
    database = sqlite_file(url)
    path = database.with_name(f"{database.name}.{name}.lock")
    mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("w")
        give_as(path, path.parent)  # root's commands must not keep the service's account out
    except OSError as error:
        raise StorageUnavailable(_cannot_lock(path, error), hint=_OWNED) from error
    with handle:
        try:
            fcntl.flock(handle, mode)
        except BlockingIOError:
            raise Busy("Another process is using the database.") from None
        yield


@contextmanager
def _advisory_lock(url: URL, name: str, *, shared: bool, wait: bool) -> Iterator[None]:
    function = ("" if wait else "try_") + "advisory_lock" + ("_shared" if shared else "")
    try:
        connection = psycopg.connect(driver_address(url), autocommit=True)
    except psycopg.OperationalError as error:
        raise StorageUnavailable(f"PostgreSQL can't be reached: {str(error).splitlines()[0]}.") from error
    with connection:
        row = connection.execute(f"SELECT pg_{function}(%s)", [lock_key(name)]).fetchone()
        if not wait and row is not None and row[0] is False:
            raise Busy("Another process is using the database.")
        try:
            yield
        finally:
            # PostgreSQL ends a closed connection in its own time: whoever comes next would find the lock held.
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock_all()")


def _cannot_lock(path: Path, error: OSError) -> str:
    if path.exists():
        return f"The file {path} can't be opened: {error.strerror}."
    return f"The database's folder {path.parent} can't be written: {error.strerror}."


_OWNED = "It has to belong to the account that the server runs as."
