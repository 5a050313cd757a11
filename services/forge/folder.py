"""A forge's folder, and the lock that lets one forge use it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = ".forge.lock"


class FolderInUse(Exception):
    """Another forge runs on the folder; the text is a sentence."""


@contextmanager
def holding(data: Path) -> Iterator[None]:
    """Use the folder alone, however forges are started; the lock ends with the process. Raises FolderInUse."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"Another forge runs on {data}; stop that one first.") from None
        yield
