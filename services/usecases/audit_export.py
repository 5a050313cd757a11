"""The audit log as a file: page after page, so that a million rows never stand in memory (§6.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.usecases.context import Context
from services.usecases.views.admin import ACTS_EXPORTED_AT_ONCE, ActRow, audit_view


async def exported_acts(
    context: Context,
    *,
    viewer: Viewer,
    kind: ActionKind | None,
    who: str,
    slug: str,
    since: datetime | None,
    until: datetime | None,
) -> AsyncIterator[tuple[ActRow, ...]]:
    """Everything that fits, newest first; each page is asked for anew, so that a lost right ends it."""
    before: int | None = None
    while True:
        view = await audit_view(
            context,
            viewer=viewer,
            kind=kind,
            who=who,
            slug=slug,
            since=since,
            until=until,
            before_id=before,
            limit=ACTS_EXPORTED_AT_ONCE,
        )
        yield view.acts
        before = view.next_before
        if before is None:
            return
