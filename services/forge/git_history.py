"""Commits in order, and which commit last touched a path; remembered, since commits never change."""

from __future__ import annotations

import heapq
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import pygit2
from pygit2.enums import SortMode

from services.forge.git_store import run_git

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Memory(Generic[Key, Result]):
    """A bounded memory of answers that never go stale; safe between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Key, Result] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Key) -> Result | None:
        """The remembered answer."""
        with self._guard:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def put(self, key: Key, answer: Result) -> Result:
        """Remember an answer, forgetting the least used one."""
        with self._guard:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
        return answer


_last_commits: Memory[tuple[str, str, str], dict[str, str]] = Memory(256)
_lists: Memory[tuple[str, ...], tuple[str, ...]] = Memory(128)


def commit_list(
    path: Path, sha: str, *, file: str = "", excluded: str = "", since: str = "", until: str = ""
) -> tuple[str, ...]:
    """The ids of all commits reachable from `sha`, newest first, narrowed as asked."""
    key = (str(path), sha, file, excluded, since, until)
    known = _lists.get(key)
    if known is not None:
        return known
    arguments = ["rev-list", sha]
    arguments += [f"^{excluded}"] if excluded else []
    arguments += [f"--since={since}"] if since else []
    arguments += [f"--until={until}"] if until else []
    arguments += ["--", file] if file else ["--"]
    try:
        done = run_git(path, arguments)
    except subprocess.CalledProcessError as failed:
        raise KeyError(excluded or sha) from failed
    return _lists.put(key, tuple(done.stdout.decode().split()))


def between(path: Path, base: str, head: str) -> tuple[str, ...]:
    """The commits of `head` that are not in `base`, newest first."""
    key = (str(path), base, head)
    known = _lists.get(key)
    if known is not None:
        return known
    walker = pygit2.Repository(str(path)).walk(head, SortMode.TOPOLOGICAL | SortMode.TIME)
    if base:
        walker.hide(base)
    return _lists.put(key, tuple(str(commit.id) for commit in walker))


def last_commits(
    repository: pygit2.Repository, sha: str, folder: str, names: Sequence[str]
) -> dict[str, str]:
    """For each name in a folder the newest commit that changed it, by git's history simplification."""
    key = (repository.path, sha, folder)
    known = _last_commits.get(key) or {}
    missing = [name for name in names if name not in known]
    if missing:
        known = {**known, **_search(repository, sha, folder, missing)}
        _last_commits.put(key, known)
    return {name: known[name] for name in names}


def last_commit(repository: pygit2.Repository, sha: str, file: str) -> str:
    """The newest commit that changed one path."""
    folder, _, name = file.rpartition("/")
    return last_commits(repository, sha, folder, [name])[name]


def _search(repository: pygit2.Repository, sha: str, folder: str, names: Sequence[str]) -> dict[str, str]:
    pending: dict[str, set[str]] = {sha: set(names)}
    queue = [(-_commit(repository, sha).commit_time, sha)]
    found: dict[str, str] = {}
    while queue:
        _, current = heapq.heappop(queue)
        wanted = pending.pop(current, set())
        known = _last_commits.get((repository.path, current, folder)) or {}
        found.update({name: known[name] for name in wanted if name in known})
        wanted -= found.keys()
        if not wanted:
            continue
        for parent, same in _split(repository, current, folder, wanted, found):
            if parent not in pending:
                heapq.heappush(queue, (-_commit(repository, parent).commit_time, parent))
            pending.setdefault(parent, set()).update(same)
    return found


def _split(
    repository: pygit2.Repository, sha: str, folder: str, wanted: set[str], found: dict[str, str]
) -> list[tuple[str, set[str]]]:
    """Which parent each name came from unchanged; the others were changed here and go to `found`."""
    here = _names(repository, sha, folder)
    onward = []
    left = set(wanted)
    for parent in _commit(repository, sha).parent_ids:
        there = _names(repository, str(parent), folder)
        same = (
            left
            if there is here
            else {name for name in left if name in there and there[name] == here.get(name)}
        )
        if same:
            onward.append((str(parent), set(same)))
            left -= same
    found.update(dict.fromkeys(left, sha))
    return onward


_trees: Memory[tuple[str, str], dict[str, str]] = Memory(64)


def _names(repository: pygit2.Repository, sha: str, folder: str) -> dict[str, str]:
    root = _commit(repository, sha).tree
    try:
        tree = root[folder] if folder else root
    except KeyError:
        return {}
    if not isinstance(tree, pygit2.Tree):
        return {}
    key = (repository.path, str(tree.id))
    return _trees.get(key) or _trees.put(key, {str(item.name): str(item.id) for item in tree})


def _commit(repository: pygit2.Repository, sha: str) -> pygit2.Commit:
    return repository[sha].peel(pygit2.Commit)
