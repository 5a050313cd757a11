"""What the database's refusals mean, in words (§5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.domain.errors import StorageUnavailable

BUSY = "The database is busy with other work, so this was not saved."
SENTENCES = {
    "SQLITE_FULL": "The disk that holds the database is full, so nothing can be saved.",
    "SQLITE_READONLY": "The database can't be written: its file or its volume is read-only.",
    "SQLITE_CANTOPEN": "The database file can't be opened: check that its folder exists and is writable.",
    "SQLITE_IOERR": "The disk that holds the database answered with an error.",
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_CORRUPT": "The database file is damaged; restore a backup.",
    "SQLITE_NOTADB": "The database file is not an SQLite database.",
    "53100": "The disk of the PostgreSQL server is full, so nothing can be saved.",
    "53300": "PostgreSQL accepts no more connections at the moment.",
    "25006": "The PostgreSQL server accepts no writes at the moment.",
    "40P01": BUSY,
    "40001": BUSY,
    "55P03": BUSY,
}
"""By SQLite's result name, or PostgreSQL's SQLSTATE."""
NO_ANSWER = "The database can't be reached."


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn failures of the database itself, not of our statements, into StorageUnavailable."""
    try:
        yield
    except PoolTimeout as error:
        raise StorageUnavailable(BUSY) from error
    except (OperationalError, InterfaceError) as error:
        raise StorageUnavailable(sentence_for(error)) from error
    except DBAPIError as error:
        if _code(error) not in SENTENCES and not error.connection_invalidated:
            raise
        raise StorageUnavailable(sentence_for(error)) from error


def sentence_for(error: DBAPIError) -> str:
    """Say which of the known troubles this is; without a known one, the database's own first line."""
    code = _code(error)
    if code in SENTENCES:
        return SENTENCES[code]
    if code.startswith("SQLITE_"):
        return f"The database refused: {error.orig}."
    return NO_ANSWER


def _code(error: DBAPIError) -> str:
    """SQLite's primary result name (SQLITE_IOERR_WRITE counts as SQLITE_IOERR), or the SQLSTATE, or ""."""
    name = str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")
    return "_".join(name.split("_")[:2]) if name.startswith("SQLITE_") else name
