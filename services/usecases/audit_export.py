"""The audit log as a file: page after page, so that a million rows never stand in memory (§6.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from services.domain.actors import Viewer
from services.usecases.context import Context
from services.usecases.views.admin import ACTS_EXPORTED_AT_ONCE, ActRow, Wanted, audit_view


async def exported_acts(
    context: Context, *, viewer: Viewer, wanted: Wanted
) -> AsyncIterator[tuple[ActRow, ...]]:
    """Everything that fits, newest first; each page is asked for anew, so that a lost right ends it."""
    before: int | None = None
    while True:
        view = await audit_view(
            context,
            viewer=viewer,
            wanted=wanted,
            before_id=before,
            limit=ACTS_EXPORTED_AT_ONCE,
        )
        yield view.rows
        before = view.following
        if before is None:
            return
