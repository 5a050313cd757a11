"""Making commits, and merging: git decides what conflicts, since libgit2 misses directory renames."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2

from services.forge import times
from services.forge.git_store import run_git


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs a commit, and when; `moment` None is now, `offset` in minutes east of Greenwich."""

    name: str
    email: str
    moment: int | None = None
    offset: int = 0

    def signature(self) -> pygit2.Signature:
        """The same for libgit2, which refuses empty names."""
        moment = times.now() if self.moment is None else self.moment
        clean = {
            key: "".join(c for c in text if c not in "<>\n\0").strip()
            for key, text in (("name", self.name), ("email", self.email))
        }
        return pygit2.Signature(
            clean["name"] or "Unknown", clean["email"] or "unknown@noreply", moment, self.offset
        )


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """The merged tree, or the names of the files in conflict."""

    tree: str | None
    conflicts: tuple[str, ...] = ()


def create_commit(
    repository: pygit2.Repository,
    *,
    tree: str,
    parents: Sequence[str],
    message: str,
    author: Person,
    committer: Person,
) -> str:
    """Write a commit object; no reference moves."""
    ids = [pygit2.Oid(hex=parent) for parent in parents]
    text = message.strip() + "\n"
    made = repository.create_commit(
        None, author.signature(), committer.signature(), text, pygit2.Oid(hex=tree), ids
    )
    return str(made)


def merge_trees(path: Path, ours: str, theirs: str) -> MergeOutcome:
    """Merge two commits without touching any reference."""
    command = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs]
    try:
        done = run_git(path, command, allowed=(0, 1))
    except subprocess.CalledProcessError:
        return MergeOutcome(None)  # unrelated histories
    tree, *names = done.stdout.decode(errors="replace").rstrip("\0").split("\0")
    if done.returncode == 0:
        return MergeOutcome(tree.strip())
    return MergeOutcome(None, tuple(names))


def merge_base(repository: pygit2.Repository, one: str, other: str) -> str:
    """The best common ancestor, empty for unrelated histories."""
    found = repository.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
    return "" if found is None else str(found)


def contains(repository: pygit2.Repository, tip: str, sha: str) -> bool:
    """Whether `sha` is `tip` or one of its ancestors."""
    if tip == sha:
        return True
    try:
        return bool(repository.descendant_of(pygit2.Oid(hex=tip), pygit2.Oid(hex=sha)))
    except (KeyError, pygit2.GitError):
        return False


def replay(repository: pygit2.Repository, onto: str, commits: Sequence[str], committer: Person) -> str | None:
    """Rebase commits (oldest first) onto another; None when one does not apply."""
    tip = onto
    for sha in commits:
        commit = repository[sha].peel(pygit2.Commit)
        if len(commit.parent_ids) != 1:
            continue
        base = repository[commit.parent_ids[0]].peel(pygit2.Tree)
        index = repository.merge_trees(base, repository[tip].peel(pygit2.Tree), commit.tree)
        if index.conflicts is not None:
            return None
        author = Person(commit.author.name, commit.author.email, commit.author.time, commit.author.offset)
        tip = create_commit(
            repository,
            tree=str(index.write_tree(repository)),
            parents=[tip],
            message=commit.message,
            author=author,
            committer=committer,
        )
    return tip
