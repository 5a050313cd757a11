"""What follows from a change: webhooks, and pull requests to look at again."""

from __future__ import annotations

import pygit2

from services.forge import times
from services.forge.accounts import existing_user
from services.forge.git_history import between, commit_list
from services.forge.git_refs import HEADS, ZERO
from services.forge.hooks import interested, send, send_to
from services.forge.json_types import JsonObject
from services.forge.records import CheckState, Hook, Pull, PullState, Repository, User
from services.forge.render import organization_json, repository_json, user_json
from services.forge.render_git import payload_commit
from services.forge.render_pulls import pull_json
from services.forge.state import Forge

PUSH_CAP = 5
NEW_BRANCH_CAP = 10


def about_repository(
    forge: Forge, repository: Repository, doer: User | None, git: pygit2.Repository
) -> JsonObject:
    """The repository as webhooks show it."""
    return repository_json(forge, repository, existing_user(forge, repository.owner_id), doer, git)


def push_payload(
    forge: Forge,
    repository: Repository,
    doer: User,
    git: pygit2.Repository,
    ref: str,
    before: str,
    after: str,
) -> JsonObject:
    """The push event; at most five commits are shown, and ten ancestors counted for a new branch."""
    path = forge.store.path(repository.owner_login, repository.name)
    if after == ZERO:
        shas: tuple[str, ...] = ()
    elif before == ZERO:
        shas = commit_list(path, after)[:NEW_BRANCH_CAP]
    else:
        shas = between(path, before, after)
    shown: list[JsonObject] = [
        payload_commit(forge, repository, git, sha, files=True) for sha in shas[:PUSH_CAP]
    ]
    head = shown[0] if shown else None
    if head is None and after != ZERO:
        head = payload_commit(forge, repository, git, after, files=True)
    compare = f"{forge.url}/{repository.full_name}/compare/{before}...{after}"
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "compare_url": compare if ZERO not in {before, after} else f"{forge.url}/",
        "commits": shown,
        "total_commits": len(shas),
        "head_commit": head,
        "repository": about_repository(forge, repository, doer, git),
        "pusher": user_json(forge, doer, doer),
        "sender": user_json(forge, doer, doer),
    }


def test_push(forge: Forge, repository: Repository, doer: User, hook: Hook, branch: str, sha: str) -> None:
    """Gitea's test delivery: a push that moved nothing."""
    git = forge.git(repository)
    payload = push_payload(forge, repository, doer, git, HEADS + branch, sha, sha)
    commit = payload_commit(forge, repository, git, sha, files=True)
    payload |= {"commits": [commit], "total_commits": 1, "head_commit": commit}
    send_to(forge, [hook], "push", "push", payload)


def ref_changed(forge: Forge, repository: Repository, doer: User, ref: str, before: str, after: str) -> None:
    """A branch or tag moved, appeared or went: webhooks, and the pull requests it belongs to."""
    git = forge.git(repository)
    short = ref.removeprefix(HEADS).removeprefix("refs/tags/")
    is_branch = ref.startswith(HEADS)
    forge.database.execute("UPDATE repositories SET updated_at = ? WHERE id = ?", times.now(), repository.id)
    if ZERO in {before, after}:
        _appeared_or_gone(forge, repository, doer, git, short, is_branch=is_branch, sha=after)
    wanted = interested(forge, repository, "push", short if is_branch else "")
    if wanted and (after != ZERO or not is_branch):  # a deleted branch sends `delete` alone
        payload = push_payload(forge, repository, doer, git, ref, before, after)
        send_to(forge, wanted, "push", "push", payload)
    if is_branch and after == ZERO:
        _close_pulls_of_branch(forge, repository, doer, short)
    elif is_branch:
        recheck_pulls(forge, repository, doer, short)


def _appeared_or_gone(
    forge: Forge,
    repository: Repository,
    doer: User,
    git: pygit2.Repository,
    short: str,
    *,
    is_branch: bool,
    sha: str,
) -> None:
    event = "delete" if sha == ZERO else "create"
    branch = short if is_branch else ""
    if not interested(forge, repository, event, branch):
        return
    specific: JsonObject = {"sha": sha} if event == "create" else {"pusher_type": "user"}
    payload: JsonObject = {
        **specific,
        "ref": short,
        "ref_type": "branch" if is_branch else "tag",
        "repository": about_repository(forge, repository, doer, git),
        "sender": user_json(forge, doer, doer),
    }
    send(forge, repository, event, payload, branch=branch)


def open_pulls_of(forge: Forge, repository: Repository, branch: str) -> list[Pull]:
    """Open pull requests from or into a branch."""
    return forge.database.all(
        Pull,
        "SELECT * FROM pulls WHERE repository_id = ? AND state = ? AND (head = ? OR base = ?) ORDER BY id",
        *(repository.id, PullState.OPEN, branch, branch),
    )


def recheck_pulls(forge: Forge, repository: Repository, doer: User, branch: str) -> None:
    """Put the pull requests of a moved branch back to "checking"."""
    for pull in open_pulls_of(forge, repository, branch):
        forge.database.execute("UPDATE pulls SET check_state = ? WHERE id = ?", CheckState.CHECKING, pull.id)
        forge.checks.add(pull.id, doer.id)


def _close_pulls_of_branch(forge: Forge, repository: Repository, doer: User, branch: str) -> None:
    for pull in open_pulls_of(forge, repository, branch):
        moment = times.now()
        forge.database.execute(
            "UPDATE pulls SET state = ?, closed_at = ?, updated_at = ? WHERE id = ?",
            *(PullState.CLOSED, moment, moment, pull.id),
        )
        pull_event(forge, repository, doer, pull.id, "closed")


def pull_event(
    forge: Forge,
    repository: Repository,
    doer: User,
    pull_id: int,
    action: str,
    *,
    extra: JsonObject | None = None,
) -> None:
    """Tell the webhooks about a pull request, as it is now."""
    event_type = "pull_request_sync" if action == "synchronized" else "pull_request"
    pull = forge.database.one(Pull, "SELECT * FROM pulls WHERE id = ?", pull_id)
    if pull is None or not interested(forge, repository, event_type, pull.base):
        return
    payload: JsonObject = {
        "action": action,
        "number": pull.number,
        **(extra or {}),
        "pull_request": pull_json(forge, repository, pull, doer),
        "requested_reviewer": None,
        "repository": about_repository(forge, repository, doer, forge.git(repository)),
        "sender": user_json(forge, doer, doer),
        "commit_id": "",
        "review": None,
    }
    send(forge, repository, "pull_request", payload, event_type=event_type, branch=pull.base)


def repository_event(forge: Forge, repository: Repository, doer: User, action: str) -> None:
    """Tell the organization's webhooks that a repository came or goes."""
    owner = existing_user(forge, repository.owner_id)
    if not interested(forge, repository, "repository", ""):
        return
    payload: JsonObject = {
        "action": action,
        "repository": about_repository(forge, repository, doer, forge.git(repository)),
        "organization": organization_json(forge, owner) if owner.is_organization else user_json(forge, owner),
        "sender": user_json(forge, doer, doer),
    }
    send(forge, repository, "repository", payload)
