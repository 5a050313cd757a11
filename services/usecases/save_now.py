"""*Save now* (§8.9): what is typed on a branch is committed because somebody asks for it."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.identifiers import CommitSha, Slug
from services.domain.permissions import may_edit_branch
from services.usecases.branch_access import standing_of_branch
from services.usecases.context import Context
from services.usecases.live_texts.flush import FlushReason
from services.usecases.people import entitled


async def save_now(context: Context, *, actor: Actor | None, slug: Slug, name: str) -> CommitSha | None:
    """Commit what is typed on a branch; None when everything is committed.

    Raises NotFound, NotSignedIn, Muted, Forbidden, UnreadableText and Upstream; nothing typed is lost.
    """
    async with context.store.read() as work:
        standing = await standing_of_branch(work, context, slug=slug, name=name)
        await entitled(work, may_edit_branch, actor, standing, act="edit this branch")
    async with context.live_texts.editing(context, slug=slug, name=name) as branch:
        return await branch.flush(FlushReason.ASKED)
