"""Which branches of decided pull requests are still on Gitea, as the bot left them (§12).

What somebody worked on by hand is left alone, also where they wrote over what was there: the head has to be the pull
request's, no younger than its decision, and either the commit that the bot made with it or what came into main.
"""

from __future__ import annotations

from datetime import datetime

from services.domain.errors import GiteaNotFound
from services.domain.identifiers import CommitSha
from services.domain.trailers import operation_of
from services.store.queries import decided_branches
from services.store.queries.decided_branches import DecidedBranch
from services.usecases.context import Context
from services.usecases.freshness import CLOCKS_APART


async def branches_left(context: Context, at: datetime) -> list[DecidedBranch]:
    """Those that are due for deletion and stand on Gitea at their pull request's head, by its number.

    Gitea is asked once for all of them, and not at all where none is due; raises Upstream.
    """
    before = at - context.hygiene.delete_after
    async with context.store.read() as work:
        due = await decided_branches.list_all(work, repo=context.meta, before=before)
    if not due:
        return []
    heads = {one.name: CommitSha(one.commit.id) for one in await context.gitea.git.branches(context.meta)}
    return [branch for branch in due if heads.get(branch.key.name) == branch.head_sha]


async def is_untouched(context: Context, branch: DecidedBranch) -> bool:
    """Whether its head is the bot's own work, or what was merged, and older than the decision; raises Upstream."""
    head = await context.gitea.git.commit(context.meta, branch.head_sha)
    if head.commit.committer.date > branch.decided_at + CLOCKS_APART:
        return False
    return operation_of(head.commit.message) == branch.cut_by or await _has_come_in(context, branch)


async def _has_come_in(context: Context, branch: DecidedBranch) -> bool:
    """Whether main was merged with exactly this head: what somebody added before that is part of it."""
    if branch.merge_sha is None:
        return False
    try:
        merge = await context.gitea.git.commit(context.meta, branch.merge_sha)
    except GiteaNotFound:
        return False
    return any(parent.sha == branch.head_sha for parent in merge.parents)
