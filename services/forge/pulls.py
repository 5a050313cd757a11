"""Pull requests: opening, finding, editing, closing, and checking whether they merge."""

from __future__ import annotations

from dataclasses import dataclass

import pygit2

from services.forge import times
from services.forge.accounts import existing_user, user_by_id
from services.forge.events import pull_event
from services.forge.git_commits import merge_base, merge_trees
from services.forge.git_refs import branch_tip, compare_and_swap, ref_tip
from services.forge.mergeability import CheckTask
from services.forge.records import CheckState, Pull, PullState, Repository, User
from services.forge.refusals import Refused, not_found, unprocessable
from services.forge.repositories import repository_by_id
from services.forge.state import Forge

ZERO = "0" * 40
ORDERS = {
    "oldest": "number ASC",
    "recentupdate": "updated_at DESC, number DESC",
    "leastupdate": "updated_at ASC, number ASC",
    "recentclose": "closed_at DESC, number DESC",
    "mostcomment": "(SELECT count(*) FROM comments WHERE comments.repository_id = pulls.repository_id"
    " AND comments.number = pulls.number) DESC, number DESC",
    "leastcomment": "(SELECT count(*) FROM comments WHERE comments.repository_id = pulls.repository_id"
    " AND comments.number = pulls.number) ASC, number DESC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PullEdit:
    """What changes about a pull request; None leaves it."""

    title: str | None = None
    body: str | None = None
    state: str | None = None
    base: str | None = None
    content_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullFilter:
    """Which pull requests are wanted; `state` may be `all`."""

    state: str = PullState.OPEN
    sort: str = ""
    base: str = ""
    head: str = ""
    poster_id: int | None = None


def find_pull(forge: Forge, repository: Repository, number: int) -> Pull | None:
    """The pull request with this number."""
    return forge.database.one(
        Pull, "SELECT * FROM pulls WHERE repository_id = ? AND number = ?", repository.id, number
    )


def pull_request(forge: Forge, repository: Repository, number: int) -> Pull:
    """The pull request with this number; 404 otherwise."""
    found = find_pull(forge, repository, number)
    if found is None:
        raise not_found()
    return found


def reread(forge: Forge, pull: Pull) -> Pull:
    """The same pull request as it is now."""
    found = forge.database.one(Pull, "SELECT * FROM pulls WHERE id = ?", pull.id)
    if found is None:
        raise not_found()
    return found


def list_pulls(forge: Forge, repository: Repository, wanted: PullFilter) -> list[Pull]:
    """The pull requests of a repository, newest first unless sorted otherwise."""
    clauses: list[tuple[str, str | int]] = []
    if wanted.state != "all":
        clauses.append(("state = ?", wanted.state))
    if wanted.base:
        clauses.append(("base = ?", wanted.base))
    if wanted.head:
        clauses.append(("head = ?", wanted.head))
    if wanted.poster_id is not None:
        clauses.append(("author_id = ?", wanted.poster_id))
    where = "".join(f" AND {clause}" for clause, _ in clauses)
    order = ORDERS.get(wanted.sort, "number DESC")
    statement = f"SELECT * FROM pulls WHERE repository_id = ?{where} ORDER BY {order}"  # noqa: S608 - clauses of ours
    return forge.database.all(Pull, statement, repository.id, *(value for _, value in clauses))


def open_between(forge: Forge, repository: Repository, head: str, base: str) -> Pull | None:
    """The open pull request from one branch into another; there is at most one."""
    return forge.database.one(
        Pull,
        "SELECT * FROM pulls WHERE repository_id = ? AND head = ? AND base = ? AND state = ?",
        *(repository.id, head, base, PullState.OPEN),
    )


def refuse_second(forge: Forge, repository: Repository, head: str, base: str) -> None:
    """409 when these branches already have an open pull request."""
    present = open_between(forge, repository, head, base)
    if present:
        raise Refused(
            409,
            f"pull request already exists for these targets [id: {present.id}, issue_id: {present.id}, head_repo_id:"
            f" {repository.id}, base_repo_id: {repository.id}, head_branch: {head}, base_branch: {base}]",
        )


def create_pull(
    forge: Forge, repository: Repository, doer: User, *, head: str, base: str, title: str, body: str
) -> Pull:
    """Open a pull request and check it at once, as Gitea does; 404 for unknown branches, 409 for a second one."""
    head = head.split(":", 1)[-1]
    if head == base:
        raise unprocessable("Invalid PullRequest: There are no changes between the head and the base")
    git = forge.git(repository)
    tips = {name: branch_tip(git, name) for name in (base, head)}
    for name, tip in tips.items():
        if tip is None:
            raise not_found(f"could not find '{name}' to be a commit, branch or tag")
    head_tip, base_tip = str(tips[head]), str(tips[base])
    with forge.store.writing(repository.id), forge.database.writing():
        refuse_second(forge, repository, head, base)
        forge.database.execute(
            "UPDATE repositories SET number_counter = number_counter + 1 WHERE id = ?", repository.id
        )
        number = forge.database.number("SELECT number_counter FROM repositories WHERE id = ?", repository.id)
        moment = times.now()
        pull_id = forge.database.execute(
            "INSERT INTO pulls (repository_id, number, title, body, author_id, head, base, state, check_state,"
            " head_sha, merge_base, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(repository.id, number, title, body, doer.id, head, base, PullState.OPEN, CheckState.CHECKING),
            *(head_tip, merge_base(git, base_tip, head_tip), moment, moment),
        )
        _keep_head(forge, repository, number, head_tip)
    pull_event(forge, repository, doer, pull_id, "opened")
    _first_check(forge, pull_id)
    return pull_request(forge, repository, number)


def _first_check(forge: Forge, pull_id: int) -> None:
    if forge.faults.switches.mergeability == 0:
        check_pull(forge, CheckTask(0, pull_id))
    else:
        forge.checks.add(pull_id)


def _keep_head(forge: Forge, repository: Repository, number: int, sha: str) -> None:
    ref = f"refs/pull/{number}/head"
    old = ref_tip(forge.git(repository), ref) or ZERO
    if old != sha:
        compare_and_swap(forge.store.path(repository.owner_login, repository.name), ref, sha, old)


def check_pull(forge: Forge, task: CheckTask) -> None:
    """Bring a pull request up to date with its branches: head, common ancestor, and whether it merges.

    Sends `synchronized` when somebody's push moved the head. Runs again safely.
    """
    pull = forge.database.one(Pull, "SELECT * FROM pulls WHERE id = ?", task.pull_id)
    if pull is None or not pull.is_open:
        return
    repository = repository_by_id(forge, pull.repository_id)
    git = forge.git(repository)
    head, base = branch_tip(git, pull.head), branch_tip(git, pull.base)
    if head is None or base is None:
        return
    outcome = merge_trees(forge.store.path(repository.owner_login, repository.name), base, head)
    state = CheckState.MERGEABLE if outcome.tree else CheckState.CONFLICT
    with forge.store.writing(repository.id):
        if (branch_tip(forge.git(repository), pull.head), branch_tip(forge.git(repository), pull.base)) != (
            head,
            base,
        ):
            forge.checks.add(pull.id, task.doer_id)  # moved while looking: look again
            return
        _keep_head(forge, repository, pull.number, head)
        forge.database.execute(
            "UPDATE pulls SET check_state = ?, head_sha = ?, merge_base = ?, updated_at = max(updated_at, ?)"
            " WHERE id = ? AND state = ?",
            *(state, head, merge_base(git, base, head), times.now() if head != pull.head_sha else 0),
            *(pull.id, PullState.OPEN),
        )
    doer = user_by_id(forge, task.doer_id) if task.doer_id else None
    if head != pull.head_sha and doer:
        extra = {"before": pull.head_sha, "after": head}
        pull_event(forge, repository, doer, pull.id, "synchronized", extra=dict(extra))


def recheck_if_pending(forge: Forge, pull: Pull) -> None:
    """Looking at a pull request that waits for its check asks for it again."""
    if pull.is_open and pull.check_state == CheckState.CHECKING:
        forge.checks.add(pull.id)


def edit_pull(forge: Forge, repository: Repository, doer: User, pull: Pull, edit: PullEdit) -> Pull:
    """Change title, text, base or state; 412 for the state of a merged one."""
    if edit.content_version is not None and edit.content_version != pull.content_version:
        raise Refused(409, "content has been changed by another user")
    if edit.state is not None and pull.is_merged:
        raise Refused(412, "cannot change state of this pull request, it was already merged")
    if edit.base and edit.base != pull.base:
        pull = _retarget(forge, repository, pull, edit.base)
    _edit_text(forge, repository, doer, pull, edit)
    if edit.state is not None and edit.state != pull.state:
        _change_state(forge, repository, doer, pull, edit.state)
    return reread(forge, pull)


def _retarget(forge: Forge, repository: Repository, pull: Pull, base: str) -> Pull:
    if pull.is_merged or not pull.is_open:
        raise Refused(409, "pull request is closed")
    if branch_tip(forge.git(repository), base) is None:
        raise not_found("new base is not existing")
    if base == pull.head:
        raise unprocessable("head and base are the same branch")
    refuse_second(forge, repository, pull.head, base)
    forge.database.execute(
        "UPDATE pulls SET base = ?, check_state = ?, updated_at = ? WHERE id = ?",
        *(base, CheckState.CHECKING, times.now(), pull.id),
    )
    forge.checks.add(pull.id)
    return reread(forge, pull)


def _edit_text(forge: Forge, repository: Repository, doer: User, pull: Pull, edit: PullEdit) -> None:
    title = pull.title if not edit.title else edit.title
    body = pull.body if edit.body is None else edit.body
    if (title, body) == (pull.title, pull.body):
        return
    forge.database.execute(
        "UPDATE pulls SET title = ?, body = ?, content_version = content_version + 1, updated_at = ? WHERE id = ?",
        *(title, body, times.now(), pull.id),
    )
    was = {"title": {"from": pull.title}} if title != pull.title else {"body": {"from": pull.body}}
    pull_event(forge, repository, doer, pull.id, "edited", extra={"changes": was})


def _change_state(forge: Forge, repository: Repository, doer: User, pull: Pull, state: str) -> None:
    if state not in {PullState.OPEN, PullState.CLOSED}:
        raise Refused(412, f"unknown state: {state}")
    if state == PullState.OPEN:
        refuse_second(forge, repository, pull.head, pull.base)
        git = forge.git(repository)
        if branch_tip(git, pull.head) is None or branch_tip(git, pull.base) is None:
            raise unprocessable("the head or base branch of this pull request no longer exists")
    moment = times.now()
    changed = forge.database.execute(
        "UPDATE pulls SET state = ?, closed_at = ?, updated_at = ?, check_state = ? WHERE id = ? AND state = ?",
        *(state, moment if state == PullState.CLOSED else None, moment),
        *(CheckState.CHECKING if state == PullState.OPEN else pull.check_state, pull.id, pull.state),
    )
    if changed:
        pull_event(forge, repository, doer, pull.id, "closed" if state == PullState.CLOSED else "reopened")
    if state == PullState.OPEN:
        _first_check(forge, pull.id)


def merged_by_commit(forge: Forge, repository: Repository, sha: str) -> Pull:
    """The merged pull request whose merge made a commit; 404 otherwise."""
    found = forge.database.one(
        Pull, "SELECT * FROM pulls WHERE repository_id = ? AND merge_commit = ?", repository.id, sha
    )
    if found is None:
        raise not_found()
    return found


def author_of(forge: Forge, pull: Pull) -> User:
    """Who opened a pull request."""
    return existing_user(forge, pull.author_id)


def pull_range(git: pygit2.Repository, pull: Pull) -> tuple[str, str]:
    """The two commits between which a pull request's changes lie."""
    return pull.merge_base, ref_tip(git, pull.head_ref) or pull.head_sha
