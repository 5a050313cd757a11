"""What changed between two commits: files with their counts, and patch texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import DeltaStatus, DiffOption

from services.forge.git_store import run_git

STATUS = {
    DeltaStatus.ADDED: "added",
    DeltaStatus.DELETED: "deleted",
    DeltaStatus.RENAMED: "renamed",
    DeltaStatus.COPIED: "copied",
    DeltaStatus.UNMODIFIED: "unchanged",
}
WHITESPACE = {
    "ignore-all": DiffOption.IGNORE_WHITESPACE,
    "ignore-change": DiffOption.IGNORE_WHITESPACE_CHANGE,
    "ignore-eol": DiffOption.IGNORE_WHITESPACE_EOL,
}


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file; `previous` is its former name when it was renamed."""

    path: str
    previous: str
    status: str
    additions: int
    deletions: int


def file_changes(
    repository: pygit2.Repository, old: str | None, new: str, *, whitespace: str = ""
) -> list[FileChange]:
    """The files that differ between two commits, renames found; `old` = None compares with nothing."""
    flags = WHITESPACE.get(whitespace, DiffOption.NORMAL)
    new_tree = repository[new].peel(pygit2.Tree)
    if old is None:
        diff = new_tree.diff_to_tree(swap=True, flags=flags)
    else:
        diff = repository[old].peel(pygit2.Tree).diff_to_tree(new_tree, flags=flags)
    diff.find_similar()
    return [_file_change(patch) for patch in diff if patch is not None]


def _file_change(patch: pygit2.Patch) -> FileChange:
    delta = patch.delta
    _, additions, deletions = patch.line_stats
    status = STATUS.get(DeltaStatus(delta.status), "changed")
    previous = delta.old_file.path if status in {"renamed", "copied"} else ""
    path = delta.old_file.path if status == "deleted" else delta.new_file.path
    return FileChange(path, previous, status, additions, deletions)


def commit_changes(repository: pygit2.Repository, commit: pygit2.Commit) -> list[FileChange]:
    """What a commit changed against its first parent."""
    parent = str(commit.parent_ids[0]) if commit.parent_ids else None
    return file_changes(repository, parent, str(commit.id))


def diff_text(path: Path, old: str, new: str) -> bytes:
    """A unified diff, renames found."""
    return run_git(path, ["diff", "-M", "--patch", old, new, "--"]).stdout


def patch_text(path: Path, base: str, head: str) -> bytes:
    """The commits of `head` since `base` as mails."""
    return run_git(path, ["format-patch", "--stdout", f"{base}..{head}"]).stdout
