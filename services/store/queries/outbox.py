"""Mails on their way: `outbox` (§15.4). A row is leased before it is sent, and keeps its message id for ever."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from services.domain.identifiers import UserId
from services.store.queries.notifications import outbox
from services.store.shape import Shape
from services.store.work import Work

LEASE: Final = timedelta(minutes=5)
LOOKED_THROUGH: Final = 50
"""Mails that are looked through for such to different people; one person's crowd is passed over the next time."""


class MailState(StrEnum):
    """How far a mail is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """One mail: about a notification, or a digest."""

    id: int
    user_id: UserId
    notification_id: int | None
    digest_id: int | None
    state: MailState
    why: str | None
    message_id: str | None
    attempts: int
    due_at: datetime
    lease_until: datetime | None
    created_at: datetime
    updated_at: datetime


SHAPE = Shape(MailRow, outbox)


async def lease(
    work: Work, *, domain: str, limit: int, at: datetime, besides: Collection[UserId] = ()
) -> list[MailRow]:
    """Take mails that are due, and those whose sender has died: each person's first, of nobody in `besides`.

    Each gets its message id the first time.
    """
    await work.serialize("outbox")
    due = (outbox.c.state == MailState.WAITING.value) & (outbox.c.due_at <= at)
    abandoned = (outbox.c.state == MailState.SENDING.value) & (outbox.c.lease_until < at)
    wanted = or_(due, abandoned) & outbox.c.user_id.not_in(set(besides))
    chosen = select(outbox.c.id, outbox.c.user_id).where(wanted).order_by(outbox.c.due_at, outbox.c.id)
    first: dict[UserId, int] = {}
    for row in await work.rows(chosen.limit(LOOKED_THROUGH)):
        first.setdefault(row["user_id"], row["id"])
    ids = list(first.values())[:limit]
    for key in ids:
        values = {"state": MailState.SENDING.value, "lease_until": at + LEASE, "updated_at": at}
        await work.change(
            outbox.update()
            .where(outbox.c.id == key)
            .values(
                **values,
                attempts=outbox.c.attempts + 1,
                message_id=func.coalesce(outbox.c.message_id, f"<rfc-ui.{key}.{at:%Y%m%d%H%M%S}@{domain}>"),
            )
        )
    return await find_many(work, ids=ids)


async def release_all(work: Work, *, at: datetime) -> int:
    """Nobody sends any more: whatever was being sent waits again, due at once (the start of the only sender)."""
    sending = outbox.c.state == MailState.SENDING.value
    return await work.change(
        outbox.update().where(sending).values(state=MailState.WAITING.value, lease_until=None, updated_at=at)
    )


async def finish(
    work: Work, *, ids: Collection[int], state: MailState, why: str | None, at: datetime
) -> None:
    """Sent, skipped or parked, and why."""
    await _set(work, outbox.c.id.in_(set(ids)), state=state.value, why=why, lease_until=None, updated_at=at)


async def put_off(
    work: Work, *, ids: Collection[int], why: str, due_at: datetime, at: datetime, attempts: int
) -> None:
    """Let mails wait; `attempts` is how often they were tried so far."""
    await _set(
        work,
        outbox.c.id.in_(set(ids)),
        state=MailState.WAITING.value,
        why=why,
        due_at=due_at,
        lease_until=None,
        updated_at=at,
        attempts=attempts,
    )


async def bundle(work: Work, *, ids: Collection[int], message_id: str) -> None:
    """From now on these go as one mail, however often it is tried: they have one message id."""
    await _set(work, outbox.c.id.in_(set(ids)), message_id=message_id)


async def list_bundled(work: Work, row: MailRow) -> list[MailRow]:
    """What is to be sent in one mail with `row`, itself included: more than one of a bundle."""
    same = (outbox.c.user_id == row.user_id) & (outbox.c.message_id == row.message_id)
    to_send = same & outbox.c.state.in_([MailState.WAITING.value, MailState.SENDING.value])
    return [SHAPE.read(one) for one in await work.rows(SHAPE.select.where(to_send).order_by(outbox.c.id))]


async def retry_parked(work: Work, *, at: datetime, mail_id: int | None = None) -> int:
    """Have parked mails sent after all, one of a bundle with the others of it; how many."""
    parked = outbox.c.state == MailState.PARKED.value
    if mail_id is not None:
        chosen = select(outbox.c.message_id).where(outbox.c.id == mail_id).scalar_subquery()
        parked &= (outbox.c.id == mail_id) | (outbox.c.message_id == chosen)
    return await _set(work, parked, state=MailState.WAITING.value, due_at=at, attempts=0, updated_at=at)


async def list_waiting_for(work: Work, *, user_id: UserId, why: str, at: datetime) -> list[MailRow]:
    """The mails of one person that were held for a reason and are due now."""
    held = (outbox.c.user_id == user_id) & (outbox.c.why == why) & (outbox.c.due_at <= at)
    waiting = held & outbox.c.state.in_([MailState.WAITING.value, MailState.SENDING.value])
    statement = SHAPE.select.where(waiting).order_by(outbox.c.id)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def list_recent(work: Work, *, states: Collection[MailState] = (), limit: int = 100) -> list[MailRow]:
    """The newest mails, of some states or all."""
    statement = SHAPE.select.order_by(outbox.c.id.desc()).limit(limit)
    if states:
        statement = statement.where(outbox.c.state.in_([state.value for state in states]))
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def page(
    work: Work,
    *,
    limit: int,
    before_id: int | None = None,
    state: MailState | None = None,
    user_id: UserId | None = None,
) -> list[MailRow]:
    """The newest mails that fit, older than `before_id`."""
    statement = select(*SHAPE.columns).order_by(outbox.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(outbox.c.id < before_id)
    if state is not None:
        statement = statement.where(outbox.c.state == state.value)
    if user_id is not None:
        statement = statement.where(outbox.c.user_id == user_id)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def find_many(work: Work, *, ids: Collection[int]) -> list[MailRow]:
    """The mails with these keys, in the order they were decided on."""
    statement = SHAPE.select.where(outbox.c.id.in_(set(ids))).order_by(outbox.c.id)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def count_by_state(work: Work) -> dict[MailState, int]:
    """How many mails there are of each state."""
    statement = select(outbox.c.state, func.count().label("n")).group_by(outbox.c.state)
    return {MailState(row["state"]): row["n"] for row in await work.rows(statement)}


async def _set(work: Work, condition: ColumnElement[bool], **values: object) -> int:
    return await work.change(outbox.update().where(condition).values(**values))
