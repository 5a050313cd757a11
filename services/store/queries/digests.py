"""Digests: `notification_digests`, and the rows that go into one (§15.5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from services.domain.identifiers import UserId
from services.store.queries.notifications import SHAPE, NotificationRow, notifications, outbox
from services.store.queries.outbox import MailState
from services.store.shape import table_of
from services.store.tables import NotificationDigest
from services.store.work import Work

digests = table_of(NotificationDigest)
MOST = 200


async def list_undigested(work: Work, *, user_id: UserId, since: datetime) -> list[NotificationRow]:
    """What a person has neither read, nor been mailed, nor been told in an earlier digest."""
    mailed = select(1).select_from(outbox).where(outbox.c.notification_id == notifications.c.id)
    going = mailed.where(
        outbox.c.state.in_([MailState.SENT.value, MailState.WAITING.value, MailState.SENDING.value])
    )
    fresh = (
        (notifications.c.user_id == user_id)
        & notifications.c.read_at.is_(None)
        & notifications.c.digest_id.is_(None)
        & (notifications.c.created_at >= since)
    )
    statement = SHAPE.select.where(fresh, ~exists(going))
    ordered = statement.order_by(notifications.c.rfc_slug, notifications.c.id).limit(MOST)
    return [SHAPE.read(row) for row in await work.rows(ordered)]


async def is_made(work: Work, *, user_id: UserId, period: str) -> bool:
    """Whether the digest of this local day was made, or found empty."""
    own = (digests.c.user_id == user_id) & (digests.c.period == period)
    return await work.first(select(digests.c.id).where(own)) is not None


async def make(
    work: Work, *, user_id: UserId, period: str, cadence: str, rows: list[NotificationRow], at: datetime
) -> None:
    """Note the digest, mark its rows, and put its mail in the outbox; an empty one is only noted."""
    values = {
        "user_id": user_id,
        "period": period,
        "cadence": cadence,
        "count": len(rows),
        "created_at": at,
    }
    digest_id = await work.insert(digests, values)
    if not rows:
        return
    ids = [row.id for row in rows]
    await work.change(notifications.update().where(notifications.c.id.in_(ids)).values(digest_id=digest_id))
    mail = {"user_id": user_id, "digest_id": digest_id, "state": "waiting", "attempts": 0, "due_at": at}
    await work.insert(outbox, mail | {"created_at": at, "updated_at": at})


async def list_rows(work: Work, *, digest_id: int) -> list[NotificationRow]:
    """What a digest tells of, by RFC."""
    statement = SHAPE.select.where(notifications.c.digest_id == digest_id)
    ordered = statement.order_by(notifications.c.rfc_slug, notifications.c.id)
    return [SHAPE.read(row) for row in await work.rows(ordered)]
