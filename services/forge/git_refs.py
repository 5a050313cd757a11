"""References of one bare repository: reading them, and moving them by compare-and-swap."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pygit2

from services.forge.git_store import run_git
from services.forge.git_trees import commit_of

HEADS = "refs/heads/"
ZERO = "0" * 40
LOCK_SECONDS = 5.0
FORBIDDEN_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|^[-./]|/$")


class RefMoved(Exception):
    """The reference was not where the caller saw it."""


class RefNameTaken(Exception):
    """Another reference's name is in the way (`a` against `a/b`)."""


@dataclass(frozen=True, slots=True)
class BranchTip:
    """A branch and the commit it points to."""

    name: str
    sha: str


def is_ref_name(name: str) -> bool:
    """Whether git would take this as a branch name; Gitea's limit is 100 characters."""
    return bool(name) and len(name) <= 100 and name != "@" and not FORBIDDEN_IN_REF.search(name)


def ref_tip(repository: pygit2.Repository, ref: str) -> str | None:
    """The object a full reference name points to."""
    try:
        found = repository.references.get(ref)
        return None if found is None else str(found.resolve().target)
    except (pygit2.GitError, ValueError, KeyError):
        return None


def branch_tip(repository: pygit2.Repository, branch: str) -> str | None:
    """The commit a branch points to."""
    return ref_tip(repository, HEADS + branch) if is_ref_name(branch) else None


def branches(repository: pygit2.Repository) -> list[BranchTip]:
    """All branches, newest commit first, then by name: Gitea's order."""
    tips = []
    for ref in repository.references.iterator():
        if ref.name.startswith(HEADS):
            commit = commit_of(repository, str(ref.target))
            tips.append((-commit.commit_time, ref.name.removeprefix(HEADS), str(ref.target)))
    return [BranchTip(name, sha) for _, name, sha in sorted(tips)]


def all_refs(repository: pygit2.Repository) -> dict[str, str]:
    """Every branch and tag with its object."""
    wanted = (HEADS, "refs/tags/")
    return {
        ref.name: str(ref.target) for ref in repository.references.iterator() if ref.name.startswith(wanted)
    }


def is_empty(repository: pygit2.Repository) -> bool:
    """Whether there is no branch at all."""
    return not any(ref.name.startswith(HEADS) for ref in repository.references.iterator())


def name_in_the_way(repository: pygit2.Repository, ref: str) -> bool:
    """Whether an existing reference is a folder of this one, or this one a folder of it."""
    parts = ref.split("/")
    parents = {"/".join(parts[:count]) for count in range(3, len(parts))}
    return any(name in parents or name.startswith(ref + "/") for name in repository.references)


def compare_and_swap(path: Path, ref: str, new: str, old: str) -> None:
    """Move a reference from `old` to `new` (`ZERO` = must not exist), by git's own lock-file protocol.

    Raises `RefMoved` when it is elsewhere and `RefNameTaken` when the name cannot exist.
    """
    target = path / ref
    lock = target.with_name(target.name + ".lock")
    if old == ZERO and name_in_the_way(pygit2.Repository(str(path)), ref):
        raise RefNameTaken(ref)
    handle = _take_lock(lock, ref)
    try:
        with os.fdopen(handle, "wb") as file:
            _require(path, ref, old)
            file.write(new.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if target.is_dir():
            _remove_empty_folders(target)
        lock.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            lock.unlink()
        raise
    _sync_folder(target.parent)


def _require(path: Path, ref: str, old: str) -> None:
    if (ref_tip(pygit2.Repository(str(path)), ref) or ZERO) != old:
        raise RefMoved(ref)


def _take_lock(lock: Path, ref: str) -> int:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
        except (NotADirectoryError, FileExistsError) as blocked:
            raise RefNameTaken(ref) from blocked
        try:
            return os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError as held:
            if time.monotonic() > deadline:
                raise RefMoved(ref) from held
            time.sleep(0.01)


def remove_stale_locks(path: Path) -> None:
    """Remove lock files of a process that was killed; only before anything writes."""
    for lock in (path / "refs").rglob("*.lock"):
        lock.unlink()


def _remove_empty_folders(folder: Path) -> None:
    for inner in sorted(folder.rglob("*"), reverse=True):
        inner.rmdir()
    folder.rmdir()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def delete_ref(path: Path, ref: str, old: str) -> None:
    """Delete a reference if it still points to `old`; raises `RefMoved`."""
    try:
        run_git(path, ["update-ref", "-d", ref, old])
    except subprocess.CalledProcessError as failed:
        raise RefMoved(ref) from failed


def changed_refs(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What a push did: reference, old object, new object (`ZERO` for none)."""
    names = sorted(before.keys() | after.keys())
    changes = [(name, before.get(name, ZERO), after.get(name, ZERO)) for name in names]
    return [change for change in changes if change[1] != change[2]]
