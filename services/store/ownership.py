"""Whose files they are when a command runs as root: those of the service's account, which has to go on using them."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def give_as(path: Path, like: Path) -> None:
    """Give a file or folder the owner and group of `like`; without being root, it has the right ones already."""
    if os.geteuid() != 0:
        return
    kept = like.stat()
    os.chown(path, kept.st_uid, kept.st_gid, follow_symlinks=False)


def give_all_as(folder: Path, like: Path) -> None:
    """The same for a folder and everything in it."""
    if os.geteuid() != 0:
        return
    give_as(folder, like)
    for path in folder.rglob("*"):
        give_as(path, like)


def replace_as(fresh: Path, present: Path) -> None:
    """Put a file in the place of another with its owner, group and mode; a new one gets its folder's owner."""
    if present.exists():
        fresh.chmod(stat.S_IMODE(present.stat().st_mode))
        give_as(fresh, present)
    else:
        give_as(fresh, present.parent)
    fresh.replace(present)
