"""Writing files: one commit per request, by compare-and-swap on the branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pygit2

from services.forge.branches import existing_branch
from services.forge.events import ref_changed
from services.forge.git_commits import Person, create_commit
from services.forge.git_refs import (
    HEADS,
    ZERO,
    RefMoved,
    RefNameTaken,
    branch_tip,
    compare_and_swap,
    is_empty,
    is_ref_name,
)
from services.forge.git_store import PUSH_OUT_OF_DATE
from services.forge.git_trees import Change, commit_of, edited_tree, entry_at, write_blob
from services.forge.records import Repository, User
from services.forge.refusals import Refused, not_found, unprocessable
from services.forge.repositories import set_default_branch
from services.forge.state import Forge

FILE_MODE = 0o100644


class Operation(StrEnum):
    """What happens to one file."""

    CREATE = "create"
    UPDATE = "update"
    UPLOAD = "upload"
    RENAME = "rename"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """One file of a write; `content` None keeps what there is (rename)."""

    operation: Operation
    path: str
    content: bytes | None = None
    sha: str = ""
    from_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A whole write: files, where they go, and who signs."""

    files: Sequence[FileEdit]
    message: str = ""
    branch: str = ""
    new_branch: str = ""
    author: Person | None = None
    committer: Person | None = None
    force: bool = False
    sha_mismatch: int = 422


def clean_path(path: str) -> str:
    """A path without leading slash and dots; 422 for what can't be a file."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    resolved: list[str] = []
    for part in parts:
        if part == "..":
            resolved = resolved[:-1]
        else:
            resolved.append(part)
    cleaned = "/".join(resolved)
    if (
        not cleaned
        or any(part.lower() == ".git" for part in resolved)
        or "\0" in cleaned
        or len(cleaned) > 500
    ):
        raise unprocessable(f"path contains a malformed path component [path: {path}]")
    return cleaned


def write_files(forge: Forge, repository: Repository, doer: User, wanted: Write) -> str:
    """Commit a write and answer the commit's id. Refusals: 404 branch or file, 422 state, 500 a lost race."""
    branch = wanted.branch or repository.default_branch
    target = wanted.new_branch or branch
    if not is_ref_name(target):
        raise unprocessable("[BranchName]: GitRefName")
    hasty = forge.faults.switches.racing_writes_fail
    with forge.store.writing(repository.id, hasty=hasty):
        git = forge.git(repository)
        first = is_empty(git)
        parent = None if first else existing_branch(git, branch).sha
        old = _target_tip(git, wanted, branch, target, parent)
        commit = _commit(git, doer, wanted, parent)
        _move(forge, repository, target, commit, old)
        if first and target != repository.default_branch:
            set_default_branch(forge, repository, target)
    ref_changed(forge, repository, doer, HEADS + target, old, commit)
    return commit


def _target_tip(git: pygit2.Repository, wanted: Write, branch: str, target: str, parent: str | None) -> str:
    if target == branch:
        return parent or ZERO
    present = branch_tip(git, target)
    if present and not wanted.force:
        raise unprocessable(f"branch already exists [name: {target}]")
    return present or ZERO


def _move(forge: Forge, repository: Repository, branch: str, commit: str, old: str) -> None:
    path = forge.store.path(repository.owner_login, repository.name)
    try:
        compare_and_swap(path, HEADS + branch, commit, old)
    except RefMoved as moved:
        raise Refused(500, PUSH_OUT_OF_DATE, internal=True) from moved
    except RefNameTaken as taken:
        raise unprocessable(f"branch name conflicts with an existing one [name: {branch}]") from taken


def _commit(git: pygit2.Repository, doer: User, wanted: Write, parent: str | None) -> str:
    tree = commit_of(git, parent).tree if parent else None
    changes: dict[str, Change] = {}
    for edit in wanted.files:
        changes.update(_change(git, tree, edit, wanted.sha_mismatch, changes))
    signer = Person(doer.full_name or doer.login, doer.email)
    author = wanted.author or wanted.committer or signer
    return create_commit(
        git,
        tree=edited_tree(git, tree, changes),
        parents=[parent] if parent else [],
        message=wanted.message.strip() or default_message(wanted.files),
        author=author,
        committer=wanted.committer or wanted.author or signer,
    )


def default_message(files: Sequence[FileEdit]) -> str:
    """What Gitea writes when nobody says anything."""
    words = {"Add": (Operation.CREATE, Operation.UPLOAD), "Update": (Operation.UPDATE, Operation.RENAME),
             "Delete": (Operation.DELETE,)}  # fmt: skip
    lines = []
    for word, operations in words.items():
        paths = [edit.path for edit in files if edit.operation in operations]
        if paths:
            lines.append(f"{word} {', '.join(paths)}")
    return "\n".join(lines)


def _change(
    git: pygit2.Repository,
    tree: pygit2.Tree | None,
    edit: FileEdit,
    sha_mismatch: int,
    earlier: dict[str, Change],
) -> dict[str, Change]:
    path = clean_path(edit.path)
    source = clean_path(edit.from_path) if edit.from_path else path
    present = entry_at(git, tree, source) if tree is not None else None
    if edit.operation is Operation.CREATE:
        if present or path in earlier:
            raise unprocessable(f"repository file already exists [path: {path}]")
    elif edit.operation is not Operation.UPLOAD and present is None:
        raise not_found(f"repository file does not exist [path: {source}]")
    if present and present.kind != "file":
        raise unprocessable(f"a {present.kind} with this name exists [path: {path}, name: {path}]")
    if edit.sha and present and edit.sha != present.sha:
        raise Refused(sha_mismatch, f"sha does not match [given: {edit.sha}, expected: {present.sha}]")
    if edit.operation is Operation.DELETE:
        return {path: None}
    _check_way(git, tree, path, moved=source != path)
    mode = present.mode if present else FILE_MODE
    kept = present.sha if present else ""
    blob = kept if edit.content is None and kept else write_blob(git, edit.content or b"")
    removed: dict[str, Change] = {source: None} if source != path else {}
    return {**removed, path: (mode, blob)}


def _check_way(git: pygit2.Repository, tree: pygit2.Tree | None, path: str, *, moved: bool) -> None:
    if tree is None:
        return
    if moved and entry_at(git, tree, path):
        raise unprocessable(f"repository file already exists [path: {path}]")
    parts = path.split("/")
    for count in range(1, len(parts)):
        above = entry_at(git, tree, "/".join(parts[:count]))
        if above is not None and above.kind != "dir":
            kind = "symlink" if above.kind == "symlink" else "file"
            raise unprocessable(
                f"a {kind} exists where you're trying to create a subdirectory [path: {above.path}]"
            )
