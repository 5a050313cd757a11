"""Which branches and commits of an entry somebody may read: a private branch hides its commits too (§11)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.branch import MAIN, BranchKey, BranchState
from services.domain.errors import GiteaNotFound, NotFound
from services.domain.identifiers import CommitSha, Repository, Slug
from services.domain.permissions import allows, may_read_branch
from services.gitea.meta_reading import read_head
from services.store.queries import branch_settings
from services.store.work import Work
from services.usecases.known_branch import KnownBranch, every_branch, readable_branch
from services.usecases.texts import home_of_entry
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


async def require_readable(context: Context, *, viewer: Viewer, slug: Slug, ref: str) -> None:
    """Raise NotFound for a private branch that the viewer may not read, or a commit that may be of one.

    Where an entry has such branches, a commit has to be part of main or of a branch that the viewer may read: a branch
    that was rewritten leaves commits that are part of none. Raises Upstream where Gitea has to be asked and fails.
    """
    if ref == MAIN:
        return
    if not _COMMIT.fullmatch(ref):
        async with context.store.read() as work:
            await require_readable_branch(work, context.meta, viewer=viewer, slug=slug, name=ref)
        return
    async with context.store.read() as work:
        branches = await every_branch(work, await find_entry(work, slug))
    readable = [branch for branch in branches if allows(may_read_branch, viewer, branch.standing)]
    for repo in {branch.key.repo for branch in branches if branch not in readable}:
        there = [branch for branch in readable if branch.key.repo == repo]
        if not await _is_in_the_open(context, repo, there, CommitSha(ref)):
            raise NotFound(f"“{slug}” has no text at “{ref}”.")


async def require_readable_branch(
    work: Work, meta: Repository, *, viewer: Viewer, slug: Slug, name: str
) -> None:
    """Raise NotFound for a private branch of the entry's repository that the viewer may not read.

    Names that no settings belong to are public: ideas, and what was cut on Gitea.
    """
    entry = await find_entry(work, slug)
    for repo in {home_of_entry(meta, entry).repo, meta}:
        setting = await branch_settings.find(work, key=BranchKey(repo, name))
        if setting is not None:
            await readable_branch(work, meta, slug=setting.rfc_slug, name=name, viewer=viewer)


async def _is_in_the_open(
    context: Context, repo: Repository, readable: Iterable[KnownBranch], sha: CommitSha
) -> bool:
    """Whether a commit is part of main or of one of these branches, or not in the repository at all."""
    try:
        main = await read_head(context.gitea, repo)
        if not await _contains(context, repo, head=sha, behind=main, sha=sha):
            return True
        heads = [await _head(context, branch) for branch in readable]
    except GiteaNotFound:
        return True
    for head in heads:
        if head is not None and await _contains(context, repo, head=head, behind=main, sha=sha):
            return True
    return False


async def _contains(
    context: Context, repo: Repository, *, head: CommitSha, behind: CommitSha | None, sha: CommitSha
) -> bool:
    """Whether a commit is part of what `head` has and `behind` has not."""
    try:
        async for page in context.gitea.git.commits(repo, head=head, behind=behind):
            if any(commit.sha == sha for commit in page):
                return True
    except GiteaNotFound:
        if head == sha:
            raise  # it is not in this repository
    return False


async def _head(context: Context, branch: KnownBranch) -> CommitSha | None:
    """The branch's head now; of a deleted one the last."""
    if branch.state is BranchState.DELETED:
        return branch.cached.head_sha if branch.cached and branch.cached.head_sha else None
    return await read_head(context.gitea, branch.key.repo, branch=branch.key.name)
