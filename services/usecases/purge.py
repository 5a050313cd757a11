"""Forgetting what nobody can need any more: old events, webhook deliveries and ended sessions."""

from __future__ import annotations

from datetime import timedelta

from services.domain.clock import now
from services.store.queries import deliveries, events, sessions
from services.usecases.context import Context

EVENTS_KEPT = timedelta(days=7)
DELIVERIES_KEPT = timedelta(days=7)
SESSIONS_KEPT = timedelta(days=30)
"""After their end, so that an ended session still says so in the record of that time."""


async def purge(context: Context) -> int:
    """Forget what is too old to matter; how many rows."""
    at = now()
    async with context.store.write() as work:
        return (
            await events.purge(work, before=at - EVENTS_KEPT)
            + await deliveries.purge(work, before=at - DELIVERIES_KEPT)
            + await sessions.purge(work, before=at - SESSIONS_KEPT)
        )
