"""Branches: creating, moving, renaming and deleting them."""

from __future__ import annotations

import pygit2

from services.forge.events import open_pulls_of, ref_changed
from services.forge.git_commits import contains
from services.forge.git_refs import (
    HEADS,
    ZERO,
    BranchTip,
    RefMoved,
    RefNameTaken,
    branch_tip,
    compare_and_swap,
    delete_ref,
    is_empty,
    is_ref_name,
    ref_tip,
)
from services.forge.git_trees import commit_of
from services.forge.records import Repository, User
from services.forge.refusals import Refused, forbidden, not_found, unprocessable
from services.forge.state import Forge


def existing_branch(git: pygit2.Repository, name: str) -> BranchTip:
    """A branch; 404 otherwise."""
    tip = branch_tip(git, name)
    if tip is None:
        raise not_found(f"branch does not exist [name: {name}]")
    return BranchTip(name, tip)


def resolve(git: pygit2.Repository, ref: str) -> str | None:
    """The commit a branch, tag, full reference or commit id stands for."""
    for name in (f"{HEADS}{ref}", f"refs/tags/{ref}", ref):
        if not name.startswith("refs/"):
            continue
        tip = ref_tip(git, name) if pygit2.reference_is_valid_name(name) else None
        if tip is not None:
            return str(commit_of(git, tip).id)
    if 7 <= len(ref) <= 40 and all(char in "0123456789abcdef" for char in ref):
        try:
            return str(commit_of(git, ref).id)
        except (KeyError, ValueError):
            return None
    return None


def create_branch(
    forge: Forge, repository: Repository, doer: User, *, name: str, old_ref: str, old_branch: str
) -> BranchTip:
    """Create a branch; 404 without commits, 409 when the name is in use, 500 for an unknown start (as Gitea)."""
    git = forge.git(repository)
    if is_empty(git):
        raise not_found("Git Repository is empty.")
    if not is_ref_name(name):
        raise unprocessable("[BranchName]: GitRefName")
    start = _start(git, repository, old_ref, old_branch)
    if branch_tip(git, name):
        raise Refused(409, "The branch already exists.")
    if ref_tip(git, f"refs/tags/{name}"):
        raise Refused(409, "The branch with the same tag already exists.")
    path = forge.store.path(repository.owner_login, repository.name)
    with forge.store.writing(repository.id):
        try:
            compare_and_swap(path, HEADS + name, start, ZERO)
        except RefMoved as moved:
            raise Refused(409, "The branch already exists.") from moved
        except RefNameTaken as taken:
            raise Refused(409, "The branch with the same name conflicts with an existing one.") from taken
    ref_changed(forge, repository, doer, HEADS + name, ZERO, start)
    return BranchTip(name, start)


def _start(git: pygit2.Repository, repository: Repository, old_ref: str, old_branch: str) -> str:
    if old_ref:
        found = resolve(git, old_ref)
        if found is None:
            raise Refused(500, f"object does not exist [id: {old_ref}, rel_path: ]", internal=True)
        return found
    tip = branch_tip(git, old_branch or repository.default_branch)
    if tip is None:
        raise not_found("The old branch does not exist")
    return tip


def delete_branch(forge: Forge, repository: Repository, doer: User, name: str) -> None:
    """Delete a branch; open pull requests from it are closed. 404 when there is none, 403 for the default one."""
    if name == repository.default_branch:
        raise forbidden("can not delete default or pull request target branch")
    with forge.store.writing(repository.id):
        tip = existing_branch(forge.git(repository), name).sha
        if any(pull.base == name for pull in open_pulls_of(forge, repository, name)):
            raise forbidden("can not delete default or pull request target branch")
        try:
            delete_ref(forge.store.path(repository.owner_login, repository.name), HEADS + name, tip)
        except RefMoved as moved:
            raise Refused(409, "The branch was changed meanwhile.") from moved
    ref_changed(forge, repository, doer, HEADS + name, tip, ZERO)


def move_branch(
    forge: Forge, repository: Repository, doer: User, name: str, *, new: str, old: str, force: bool
) -> None:
    """Point a branch to another commit, if it is where the caller saw it; 409 or 422 otherwise."""
    git = forge.git(repository)
    present = existing_branch(git, name).sha
    target = resolve(git, new)
    if target is None:
        raise not_found()
    if old and old != present:
        raise Refused(409, "the branch is not at the given commit")
    if not force and not contains(git, target, present):
        raise unprocessable("the update is not a fast-forward")
    with forge.store.writing(repository.id):
        try:
            compare_and_swap(
                forge.store.path(repository.owner_login, repository.name), HEADS + name, target, present
            )
        except RefMoved as moved:
            raise Refused(409, "the branch is not at the given commit") from moved
    ref_changed(forge, repository, doer, HEADS + name, present, target)


def rename_branch(forge: Forge, repository: Repository, doer: User, name: str, new_name: str) -> None:
    """Give a branch another name; its pull requests follow."""
    if not is_ref_name(new_name):
        raise unprocessable("[Name]: GitRefName")
    git = forge.git(repository)
    tip = existing_branch(git, name).sha
    if branch_tip(git, new_name):
        raise unprocessable(
            "Cannot rename a branch using the same name or rename to a branch that already exists."
        )
    if name == repository.default_branch:
        raise forbidden("User must be a repo or site admin to rename default or protected branches.")
    path = forge.store.path(repository.owner_login, repository.name)
    with forge.store.writing(repository.id):
        compare_and_swap(path, HEADS + new_name, tip, ZERO)
        delete_ref(path, HEADS + name, tip)
        for column in ("head", "base"):
            change = f"UPDATE pulls SET {column} = ?"  # noqa: S608 - one of two columns of ours
            where = f" WHERE repository_id = ? AND {column} = ? AND state = 'open'"
            forge.database.execute(change + where, new_name, repository.id, name)
    ref_changed(forge, repository, doer, HEADS + new_name, ZERO, tip)
    ref_changed(forge, repository, doer, HEADS + name, tip, ZERO)
