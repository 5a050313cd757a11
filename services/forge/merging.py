"""Merging pull requests, so that a crash at any moment leaves them merged or open, never in between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pygit2

from services.forge import times
from services.forge.branches import delete_branch
from services.forge.events import pull_event, ref_changed
from services.forge.git_commits import Person, contains, create_commit, merge_trees, replay
from services.forge.git_history import between
from services.forge.git_refs import HEADS, RefMoved, branch_tip, compare_and_swap
from services.forge.pulls import author_of, pull_request, reread
from services.forge.records import CheckState, Pull, PullState, Repository, User
from services.forge.refusals import Refused, not_found, unprocessable
from services.forge.repositories import Access, access
from services.forge.state import Forge


class MergeStyle(StrEnum):
    """Gitea's ways to merge."""

    MERGE = "merge"
    REBASE = "rebase"
    REBASE_MERGE = "rebase-merge"
    SQUASH = "squash"
    FAST_FORWARD_ONLY = "fast-forward-only"
    MANUALLY_MERGED = "manually-merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """How somebody wants a pull request merged; empty texts mean Gitea's default ones."""

    style: MergeStyle
    head: str = ""
    title: str = ""
    message: str = ""
    merge_commit: str = ""
    delete_branch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tips:
    base: str
    head: str


def merge_pull(forge: Forge, repository: Repository, doer: User, number: int, wanted: MergeRequest) -> None:
    """Merge a pull request; the refusals come in Gitea's order (404, 405 of several kinds, 409)."""
    with forge.store.writing(repository.id):
        pull = pull_request(forge, repository, number)
        git = forge.git(repository)
        tips = _check(forge, repository, git, doer, pull, wanted)
        commit = _merge_commit(forge, repository, git, doer, pull, tips, wanted)
        _record_intent(forge, pull, doer, commit)
        if wanted.style is not MergeStyle.MANUALLY_MERGED:
            _move_base(forge, repository, pull, tips.base, commit)
        complete_merge(forge, pull, commit, doer.id, tips.head)
    if wanted.style is not MergeStyle.MANUALLY_MERGED:
        ref_changed(forge, repository, doer, HEADS + pull.base, tips.base, commit)
    pull_event(forge, repository, doer, pull.id, "closed")
    if wanted.delete_branch and branch_tip(forge.git(repository), pull.head) == tips.head:
        delete_branch(forge, repository, doer, pull.head)


def _check(
    forge: Forge, repository: Repository, git: pygit2.Repository, doer: User, pull: Pull, wanted: MergeRequest
) -> _Tips:
    if not pull.is_open and not pull.is_merged:
        raise not_found()
    if access(forge, repository, doer) < Access.WRITE:
        raise Refused(405, "User not allowed to merge PR")
    if pull.is_merged:
        raise Refused(405, "The PR is already merged")
    if pull.is_draft:
        raise Refused(405, "Work in progress PRs cannot be merged")
    by_hand = wanted.style is MergeStyle.MANUALLY_MERGED
    if pull.check_state != CheckState.MERGEABLE and not by_hand:
        if pull.check_state == CheckState.CHECKING:
            forge.checks.add(pull.id)
        raise Refused(405, "Please try again later")
    if wanted.style in repository.disallowed_merge_styles:
        raise Refused(405, f"{wanted.style} is not allowed an allowed merge style for this repository")
    base, head = branch_tip(git, pull.base), branch_tip(git, pull.head)
    if base is None or head is None:
        raise not_found()
    if wanted.head and wanted.head != head:
        raise Refused(409, "head out of date")
    return _Tips(base=base, head=head)


def _merge_commit(
    forge: Forge,
    repository: Repository,
    git: pygit2.Repository,
    doer: User,
    pull: Pull,
    tips: _Tips,
    wanted: MergeRequest,
) -> str:
    signer = Person(doer.full_name or doer.login, doer.email)
    title, message = _texts(forge, repository, pull, wanted)
    match wanted.style:
        case MergeStyle.MANUALLY_MERGED:
            return _named_commit(git, tips, wanted.merge_commit)
        case MergeStyle.FAST_FORWARD_ONLY:
            if not contains(git, tips.head, tips.base):
                raise Refused(409, "merge push out of date")
            return tips.head
        case MergeStyle.REBASE | MergeStyle.REBASE_MERGE:
            return _rebased(forge, repository, git, tips, wanted.style, signer, f"{title}\n\n{message}")
    outcome = merge_trees(forge.store.path(repository.owner_login, repository.name), tips.base, tips.head)
    if outcome.tree is None:
        raise Refused(409, f"merge conflict: {', '.join(outcome.conflicts)}")
    squash = wanted.style is MergeStyle.SQUASH
    poster = author_of(forge, pull)
    return create_commit(
        git,
        tree=outcome.tree,
        parents=[tips.base] if squash else [tips.base, tips.head],
        message=f"{title}\n\n{message}",
        author=Person(poster.full_name or poster.login, poster.email) if squash else signer,
        committer=signer,
    )


def _texts(forge: Forge, repository: Repository, pull: Pull, wanted: MergeRequest) -> tuple[str, str]:
    squash = wanted.style is MergeStyle.SQUASH
    default = f"Merge pull request '{pull.title}' (#{pull.number}) from {pull.head} into {pull.base}"
    title = wanted.title or (f"{pull.title} (#{pull.number})" if squash else default)
    reviewed = f"Reviewed-on: {forge.url}/{repository.full_name}/pulls/{pull.number}"
    return title, wanted.message or ("" if wanted.title else reviewed)


def _named_commit(git: pygit2.Repository, tips: _Tips, sha: str) -> str:
    if len(sha) != 40 or sha not in git or not contains(git, tips.base, sha):
        raise Refused(409, "wrong commit ID")
    return sha


def _rebased(
    forge: Forge,
    repository: Repository,
    git: pygit2.Repository,
    tips: _Tips,
    style: MergeStyle,
    signer: Person,
    message: str,
) -> str:
    path = forge.store.path(repository.owner_login, repository.name)
    tip = replay(git, tips.base, between(path, tips.base, tips.head)[::-1], signer)
    if tip is None:
        raise Refused(409, "rebase conflict")
    if style is MergeStyle.REBASE:
        return tip
    tree = str(git[tip].peel(pygit2.Tree).id)
    return create_commit(
        git, tree=tree, parents=[tips.base, tip], message=message, author=signer, committer=signer
    )


def _record_intent(forge: Forge, pull: Pull, doer: User, commit: str) -> None:
    forge.database.execute(
        "UPDATE pulls SET merging_commit = ?, merging_by = ? WHERE id = ?", commit, doer.id, pull.id
    )


def _move_base(forge: Forge, repository: Repository, pull: Pull, old: str, new: str) -> None:
    if old == new:
        return
    path = forge.store.path(repository.owner_login, repository.name)
    try:
        compare_and_swap(path, HEADS + pull.base, new, old)
    except RefMoved as moved:
        raise Refused(409, "merge push out of date") from moved


def complete_merge(forge: Forge, pull: Pull, commit: str, doer_id: int | None, head: str) -> None:
    """Write down that a pull request is merged."""
    moment = times.now()
    forge.database.execute(
        "UPDATE pulls SET state = ?, merged_at = ?, closed_at = ?, updated_at = ?, merged_by = ?, merge_commit = ?,"
        " head_sha = ?, merging_commit = '' WHERE id = ? AND merged_at IS NULL",
        *(PullState.CLOSED, moment, moment, moment, doer_id, commit, head, pull.id),
    )


def update_pull(forge: Forge, repository: Repository, doer: User, number: int, style: str) -> Pull:
    """Bring the base into the head branch, by a merge or a rebase; 409 for a conflict, 422 when it is over."""
    with forge.store.writing(repository.id):
        pull = pull_request(forge, repository, number)
        git = forge.git(repository)
        base, head = branch_tip(git, pull.base), branch_tip(git, pull.head)
        if not pull.is_open or base is None or head is None:
            raise unprocessable("")
        new = _updated_head(forge, repository, git, doer, pull, _Tips(base=base, head=head), style)
        compare_and_swap(
            forge.store.path(repository.owner_login, repository.name), HEADS + pull.head, new, head
        )
    ref_changed(forge, repository, doer, HEADS + pull.head, head, new)
    return reread(forge, pull)


def _updated_head(
    forge: Forge,
    repository: Repository,
    git: pygit2.Repository,
    doer: User,
    pull: Pull,
    tips: _Tips,
    style: str,
) -> str:
    if contains(git, tips.head, tips.base):
        return tips.head
    signer = Person(doer.full_name or doer.login, doer.email)
    path = forge.store.path(repository.owner_login, repository.name)
    if style == "rebase":
        new = replay(git, tips.base, between(path, tips.base, tips.head)[::-1], signer)
        if new is None:
            raise Refused(409, "rebase failed because of conflict")
        return new
    outcome = merge_trees(path, tips.head, tips.base)
    if outcome.tree is None:
        raise Refused(409, "merge failed because of conflict")
    message = f"Merge branch '{pull.base}' into {pull.head}"
    return create_commit(
        git,
        tree=outcome.tree,
        parents=[tips.head, tips.base],
        message=message,
        author=signer,
        committer=signer,
    )
