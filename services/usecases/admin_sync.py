"""Reading Gitea now, because an admin asks (§4)."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.permissions import may_run_admin
from services.usecases.context import Context
from services.usecases.people import entitled
from services.usecases.refresh import SweepReport


async def sync_now(context: Context, *, actor: Actor | None) -> SweepReport:
    """One sweep at once; raises NotSignedIn, Muted and Forbidden."""
    async with context.store.read() as work:
        await entitled(work, may_run_admin, actor, act="have Gitea read")
    return await context.refresher.sweep()
