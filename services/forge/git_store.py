"""Bare repositories on the disk: where they are, how they are made, and who may write."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pygit2
from pygit2.enums import Option

from services.forge.refusals import Refused

GIT_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
}
CONFIGURATION = {
    "gc.auto": "0",
    "receive.autogc": "false",
    "receive.hideRefs": "refs/pull",
    "receive.denyDeletes": "false",
    "http.receivepack": "true",
    "uploadpack.allowFilter": "true",
}
GIT = shutil.which("git") or "git"
PUSH_OUT_OF_DATE = "PushOutOfDate Error: ! [rejected] (fetch first) error: failed to push some refs"


class GitStore:
    """The bare repositories under one directory, with a lock per repository for writers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._locks: dict[int, threading.RLock] = {}
        self._locks_guard = threading.Lock()
        root.mkdir(parents=True, exist_ok=True)
        pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)
        pygit2.option(Option.SET_OWNER_VALIDATION, False)

    def path(self, owner: str, name: str) -> Path:
        """Where a repository lies; lower case, as names don't differ by case."""
        return self.root / owner.lower() / f"{name.lower()}.git"

    def create(self, owner: str, name: str, default_branch: str) -> Path:
        """Make an empty bare repository; it appears under its name only when complete."""
        target = self.path(owner, name)
        draft = target.with_suffix(".git.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)  # a left-over of a deletion cut short: no row names it
        repository = pygit2.init_repository(str(draft), bare=True, initial_head=default_branch)
        for key, value in CONFIGURATION.items():
            repository.config[key] = value
        draft.rename(target)
        return target

    @contextmanager
    def writing(self, repository_id: int, *, hasty: bool = False) -> Iterator[None]:
        """Only one writer per repository; the others wait, or, being hasty, fail as they do in Gitea."""
        with self._locks_guard:
            lock = self._locks.setdefault(repository_id, threading.RLock())
        if not lock.acquire(blocking=not hasty):
            raise Refused(500, PUSH_OUT_OF_DATE, internal=True)
        try:
            yield
        finally:
            lock.release()


def run_git(
    path: Path, arguments: Sequence[str], *, allowed: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a bare repository; raises `subprocess.CalledProcessError` for other exit codes."""
    command = [GIT, "-C", str(path), *arguments]
    environment = {**GIT_ENVIRONMENT, "PATH": os.defpath, "HOME": str(path)}
    # our descriptors are not inheritable anyhow, and leaving them lets Python start git the quick way
    done = subprocess.run(command, capture_output=True, check=False, env=environment, close_fds=False)
    if done.returncode not in allowed:
        raise subprocess.CalledProcessError(done.returncode, arguments, done.stdout, done.stderr)
    return done
