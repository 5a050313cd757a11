"""What a start does after a kill: finish or forget whatever was half done."""

from __future__ import annotations

import shutil

from services.forge import times
from services.forge.git_commits import contains
from services.forge.git_refs import branch_tip, remove_stale_locks
from services.forge.merging import complete_merge
from services.forge.records import CheckState, Pull, PullState, Repository
from services.forge.repositories import SELECT, finish_rename
from services.forge.state import Forge


def recover(forge: Forge) -> None:
    """Bring rows and repositories together again; running it twice changes nothing more."""
    for draft in forge.store.root.glob("*/*.git.new"):
        shutil.rmtree(draft, ignore_errors=True)
    for repository in forge.database.all(Repository, SELECT):
        if repository.renaming_to:
            _finish_or_forget_rename(forge, repository)
    for repository in forge.database.all(Repository, SELECT):
        remove_stale_locks(forge.store.path(repository.owner_login, repository.name))
    for pull in forge.database.all(Pull, "SELECT * FROM pulls WHERE state = ? ORDER BY id", PullState.OPEN):
        _recover_pull(forge, pull)


def _finish_or_forget_rename(forge: Forge, repository: Repository) -> None:
    if forge.store.path(repository.owner_login, repository.renaming_to).exists():
        finish_rename(forge, repository, repository.renaming_to)
    else:
        forge.database.execute("UPDATE repositories SET renaming_to = '' WHERE id = ?", repository.id)


def _recover_pull(forge: Forge, pull: Pull) -> None:
    repository = forge.database.one(Repository, f"{SELECT} WHERE repositories.id = ?", pull.repository_id)
    if repository is None:
        return
    git = forge.git(repository)
    base = branch_tip(git, pull.base)
    if pull.merging_commit and base and contains(git, base, pull.merging_commit):
        head = branch_tip(git, pull.head) or pull.head_sha
        complete_merge(forge, pull, pull.merging_commit, pull.merging_by, head)
        return
    if base is None or branch_tip(git, pull.head) is None:
        _close(forge, pull)
        return
    statement = "UPDATE pulls SET check_state = ?, merging_commit = '' WHERE id = ?"
    forge.database.execute(statement, CheckState.CHECKING, pull.id)
    forge.checks.add(pull.id)


def _close(forge: Forge, pull: Pull) -> None:
    """A branch is gone, so its deletion was cut short before this."""
    moment = times.now()
    forge.database.execute(
        "UPDATE pulls SET state = ?, closed_at = ?, updated_at = ?, merging_commit = '' WHERE id = ?",
        *(PullState.CLOSED, moment, moment, pull.id),
    )
