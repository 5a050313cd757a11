"""Repositories: finding, creating, changing, deleting, and who may do what in them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from enum import IntEnum

from services.forge import times
from services.forge.git_commits import Person, create_commit
from services.forge.git_refs import HEADS, ZERO, compare_and_swap, is_ref_name
from services.forge.git_trees import edited_tree, write_blob
from services.forge.organizations import is_owner
from services.forge.records import Repository, User
from services.forge.refusals import Refused, not_found, unprocessable
from services.forge.state import Forge

NAME_PATTERN = re.compile(r"[A-Za-z0-9._-]+")
RESERVED = re.compile(r"\.|\.\.|-|.*\.(git|wiki|rss|atom)", re.IGNORECASE)
SELECT = (
    "SELECT repositories.*, users.login AS owner_login FROM repositories JOIN users ON users.id = owner_id"
)
TEAM_ACCESS = (
    "SELECT permission FROM teams JOIN team_members ON team_id = teams.id WHERE org_id = ? AND user_id = ?"
    " AND (includes_all OR EXISTS (SELECT 1 FROM team_repositories WHERE team_repositories.team_id = teams.id"
    " AND repository_id = ?))"
)


class Access(IntEnum):
    """What somebody may do in a repository, in Gitea's order."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3
    OWNER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRepository:
    """A repository to be created."""

    name: str
    description: str = ""
    private: bool = False
    default_branch: str = "main"
    auto_init: bool = False
    readme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEdit:
    """What changes about a repository; None leaves it."""

    name: str | None = None
    description: str | None = None
    website: str | None = None
    private: bool | None = None
    archived: bool | None = None
    default_branch: str | None = None
    disallowed_merge_styles: tuple[str, ...] | None = None


def find_repository(forge: Forge, owner: str, name: str) -> Repository | None:
    """The repository `owner/name`, whatever the case."""
    return forge.database.one(
        Repository, f"{SELECT} WHERE lower_login = ? AND lower_name = ?", owner.lower(), name.lower()
    )


def repository_by_id(forge: Forge, repository_id: int) -> Repository:
    """A repository by number; 404 otherwise."""
    found = forge.database.one(Repository, f"{SELECT} WHERE repositories.id = ?", repository_id)
    if found is None:
        raise not_found()
    return found


def renamed_repository(forge: Forge, owner: str, name: str) -> Repository | None:
    """Where a former name leads."""
    return forge.database.one(
        Repository,
        f"{SELECT} WHERE repositories.id = (SELECT repository_id FROM redirects JOIN users AS old_owners"  # noqa: S608
        " ON old_owners.id = redirects.owner_id WHERE old_owners.lower_login = ? AND redirects.lower_name = ?)",
        *(owner.lower(), name.lower()),
    )


def access(forge: Forge, repository: Repository, user: User | None) -> Access:
    """What somebody, or an anonymous caller, may do."""
    public = Access.NONE if repository.private else Access.READ
    if user is None:
        return public
    if user.is_admin or user.id == repository.owner_id or is_owner(forge, repository.owner_id, user.id):
        return Access.OWNER
    rows = forge.database.rows(TEAM_ACCESS, repository.owner_id, user.id, repository.id)
    rows = [
        *rows,
        *forge.database.rows(
            "SELECT permission FROM collaborators WHERE repository_id = ? AND user_id = ?",
            repository.id,
            user.id,
        ),
    ]
    return max([public, *(Access[row["permission"].upper()] for row in rows)])


def list_repositories(forge: Forge, owner_id: int, viewer: User | None) -> list[Repository]:
    """An owner's repositories that a viewer may see, by name."""
    every = forge.database.all(
        Repository, f"{SELECT} WHERE owner_id = ? ORDER BY repositories.lower_name", owner_id
    )
    return [found for found in every if not found.private or access(forge, found, viewer)]


def visible_repositories(forge: Forge, viewer: User | None) -> list[Repository]:
    """Every repository a viewer may see, last changed first."""
    every = forge.database.all(Repository, f"{SELECT} ORDER BY updated_at DESC, repositories.id DESC")
    return [found for found in every if not found.private or access(forge, found, viewer)]


def check_repository_name(name: str) -> None:
    """Refuse malformed and reserved names (422)."""
    if not name:
        raise unprocessable("[Name]: Required")
    if not NAME_PATTERN.fullmatch(name) or len(name) > 100:
        raise unprocessable("[Name]: AlphaDashDot")
    if RESERVED.fullmatch(name):
        raise unprocessable(f"name is reserved [name: {name}]")


def create_repository(forge: Forge, owner: User, doer: User, new: NewRepository) -> Repository:
    """Create a repository, with a first commit when asked; 409 when the name is taken."""
    check_repository_name(new.name)
    if new.readme not in {"", "Default"}:
        raise Refused(400, f"template: {new.readme} does not exist")
    branch = new.default_branch or "main"
    if not is_ref_name(branch):
        raise unprocessable("[DefaultBranch]: GitRefName")
    with forge.database.writing():
        if find_repository(forge, owner.login, new.name):
            raise Refused(409, "The repository with the same name already exists.")
        path = forge.store.create(owner.login, new.name, branch)
        forge.database.execute(
            "DELETE FROM redirects WHERE owner_id = ? AND lower_name = ?", owner.id, new.name.lower()
        )
        moment = times.now()
        repository_id = forge.database.execute(
            "INSERT INTO repositories (owner_id, name, lower_name, description, private, default_branch, created_at,"
            " updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(owner.id, new.name, new.name.lower(), new.description, new.private, branch, moment, moment),
        )
    made = repository_by_id(forge, repository_id)
    if new.auto_init:
        git = forge.git(made)
        text = f"# {new.name}\n\n{new.description}".rstrip() + "\n"
        tree = edited_tree(git, None, {"README.md": (0o100644, write_blob(git, text.encode()))})
        signer = Person(doer.full_name or doer.login, doer.email)
        sha = create_commit(
            git, tree=tree, parents=[], message="Initial commit", author=signer, committer=signer
        )
        compare_and_swap(path, HEADS + branch, sha, ZERO)
    return made


def edit_repository(forge: Forge, repository: Repository, edit: RepositoryEdit) -> Repository:
    """Apply changes; 422 for names in use or malformed."""
    styles = None if edit.disallowed_merge_styles is None else json.dumps(edit.disallowed_merge_styles)
    values: dict[str, str | bool | int | None] = {
        "description": edit.description,
        "website": edit.website,
        "private": edit.private,
        "archived": edit.archived,
        "archived_at": times.now() if edit.archived else (0 if edit.archived is False else None),
        "disallowed_merge_styles": styles,
    }
    if edit.default_branch:
        set_default_branch(forge, repository, edit.default_branch)
    with forge.database.writing():
        for column, value in values.items():
            if value is not None:
                statement = f"UPDATE repositories SET {column} = ?, updated_at = ? WHERE id = ?"  # noqa: S608 - a column of ours
                forge.database.execute(statement, value, times.now(), repository.id)
    if edit.name and edit.name != repository.name:
        rename_repository(forge, repository, edit.name)
    return repository_by_id(forge, repository.id)


def set_default_branch(forge: Forge, repository: Repository, branch: str) -> None:
    """Point HEAD at another branch."""
    git = forge.git(repository)
    git.set_head(HEADS + branch)
    forge.database.execute("UPDATE repositories SET default_branch = ? WHERE id = ?", branch, repository.id)


def rename_repository(forge: Forge, repository: Repository, name: str) -> None:
    """Move a repository to another name; the old one redirects. A crash is finished at the next start."""
    check_repository_name(name)
    with forge.store.writing(repository.id):
        taken = find_repository(forge, repository.owner_login, name)
        if taken and taken.id != repository.id:
            raise unprocessable(f"repository already exists [uname: {repository.owner_login}, name: {name}]")
        forge.database.execute("UPDATE repositories SET renaming_to = ? WHERE id = ?", name, repository.id)
        old, new = (forge.store.path(repository.owner_login, each) for each in (repository.name, name))
        with forge.database.writing():  # nobody who copies the rows meets a folder on its way
            if old != new:
                old.rename(new)
            finish_rename(forge, repository, name)


def finish_rename(forge: Forge, repository: Repository, name: str) -> None:
    """Write down a rename that has happened on the disk."""
    with forge.database.writing():
        if name.lower() != repository.name.lower():
            forge.database.execute(
                "INSERT OR REPLACE INTO redirects VALUES (?, ?, ?)",
                *(repository.owner_id, repository.name.lower(), repository.id),
            )
        forge.database.execute(
            "DELETE FROM redirects WHERE owner_id = ? AND lower_name = ?", repository.owner_id, name.lower()
        )
        forge.database.execute(
            "UPDATE repositories SET name = ?, lower_name = ?, renaming_to = '' WHERE id = ?",
            *(name, name.lower(), repository.id),
        )


def delete_repository(forge: Forge, repository: Repository) -> None:
    """Delete a repository with everything in it; its rows go first, so that nothing points to nothing."""
    with forge.store.writing(repository.id):
        with forge.database.writing():
            forge.database.execute(
                "DELETE FROM hooks WHERE owner_kind = 'repository' AND owner_id = ?", repository.id
            )
            forge.database.execute("DELETE FROM repositories WHERE id = ?", repository.id)
        shutil.rmtree(forge.store.path(repository.owner_login, repository.name), ignore_errors=True)


def set_collaborator(forge: Forge, repository: Repository, user: User, permission: str | None) -> None:
    """Give somebody `read`, `write` or `admin`, or take it away."""
    if permission is None:
        statement = "DELETE FROM collaborators WHERE repository_id = ? AND user_id = ?"
        forge.database.execute(statement, repository.id, user.id)
    else:
        statement = "INSERT OR REPLACE INTO collaborators VALUES (?, ?, ?)"
        forge.database.execute(statement, repository.id, user.id, permission)
