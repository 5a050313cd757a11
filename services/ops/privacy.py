"""Who may read a site's files: its account, however the app was started."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from services.ops.embedded import FORGE_FOLDER

ACCOUNT_ONLY = 0o700
SQLITE_ENDINGS = ("", "-wal", "-shm")


def keep_private(database: Path) -> None:
    """Take the rights of others from what earlier starts made; new files have none (the command's umask)."""
    beside = [database.with_name(database.name + ending) for ending in SQLITE_ENDINGS]
    for path in (*beside, database.parent / FORGE_FOLDER):
        with suppress(FileNotFoundError, PermissionError):
            path.chmod(path.stat().st_mode & ACCOUNT_ONLY)
