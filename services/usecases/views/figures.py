"""Figures of a running site that its operator watches (§17, `/metrics`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.store.queries import catalog, events, operations, outbox, pulls, sync
from services.store.queries.operations import OperationState
from services.store.queries.outbox import MailState

if TYPE_CHECKING:
    from services.usecases.context import Context


async def figures(context: Context) -> dict[str, float]:
    """Names of Prometheus and values: what there is, what waits, and how old the cache is."""
    async with context.store.read() as work:
        entries = await catalog.list_rows(work)
        opened = await pulls.list_open(work)
        states = await sync.list_all(work)
        waiting = await operations.pending(work)
        failed = await operations.list_in_state(work, state=OperationState.FAILED)
        parked = await operations.list_in_state(work, state=OperationState.PARKED)
        mails = await outbox.count_by_state(work)
        last_event = await events.last_id(work)
    meta = next((row for row in states if row.repo == context.meta), None)
    as_of = context.refresher.freshness(meta)
    return {
        "rfcui_entries": len(entries),
        "rfcui_open_pull_requests": len(opened),
        "rfcui_operations_pending": len(waiting),
        "rfcui_operations_failed": len(failed),
        "rfcui_operations_parked": len(parked),
        "rfcui_repositories_with_errors": sum(row.last_error is not None for row in states),
        "rfcui_cache_as_of_seconds": as_of.timestamp() if as_of else 0,
        "rfcui_events_total": last_event,
        "rfcui_mails_waiting": mails.get(MailState.WAITING, 0) + mails.get(MailState.SENDING, 0),
        "rfcui_mails_parked": mails.get(MailState.PARKED, 0),
        "rfcui_webhooks_refused_total": context.refused.total,
    }
