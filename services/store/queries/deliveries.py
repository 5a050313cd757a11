"""Webhook deliveries that were accepted: `webhook_deliveries` (§4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from services.domain.clock import now
from services.store.shape import Shape, storable, table_of
from services.store.tables import WebhookDelivery
from services.store.work import Work

webhook_deliveries = table_of(WebhookDelivery)


async def remember(
    work: Work, *, delivery_id: str, event: str, repo: str, at: datetime | None = None
) -> bool:
    """Note a delivery; False when it came before, so there is nothing to do."""
    values = {"delivery_id": delivery_id, "event": event, "repo": repo, "received_at": at or now()}
    return await work.insert_unless_there(
        webhook_deliveries, {name: storable(value) for name, value in values.items()}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One accepted delivery."""

    delivery_id: str
    event: str
    repo: str
    received_at: datetime


DELIVERY = Shape(DeliveryRow, webhook_deliveries)


async def list_recent(work: Work, *, limit: int) -> list[DeliveryRow]:
    """The newest ones first."""
    statement = DELIVERY.select.order_by(webhook_deliveries.c.received_at.desc()).limit(limit)
    return [DELIVERY.read(row) for row in await work.rows(statement)]


async def purge(work: Work, *, before: datetime) -> int:
    """Forget the deliveries from before then; how many."""
    return await work.change(webhook_deliveries.delete().where(webhook_deliveries.c.received_at < before))


async def count(work: Work) -> int:
    """How many deliveries are remembered."""
    rows = await work.rows(select(func.count().label("number")).select_from(webhook_deliveries))
    return int(rows[0]["number"])
