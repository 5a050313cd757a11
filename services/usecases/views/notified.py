"""How many people an act would tell, said beside its button before it is done (§15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.identifiers import PullNumber, Repository, Slug
from services.store.work import Work
from services.usecases.record import count_notified

if TYPE_CHECKING:
    from services.usecases.context import Context


async def will_notify(
    context: Context, *, viewer: Viewer, kind: ActionKind, slug: Slug | None = None, branch: str | None = None
) -> int:
    """How many people would be told if the viewer did this now; 0 for strangers."""
    async with context.store.read() as work:
        return await notified_by(work, context, viewer, kind, slug=slug, branch=branch)


async def notified_by(
    work: Work,
    context: Context,
    viewer: Viewer,
    kind: ActionKind,
    *,
    slug: Slug | None = None,
    branch: str | None = None,
    repo: Repository | None = None,
    number: PullNumber | None = None,
) -> int:
    """The same for views that read already."""
    if viewer is None:
        return 0
    return await count_notified(
        work,
        context,
        actor_user_id=viewer.id,
        kind=kind,
        slug=slug,
        branch=branch,
        repo=repo,
        pr_number=number,
    )
