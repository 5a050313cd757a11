"""Whose doings a person does not want to hear of: `notification_user_mutes` (§15.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.identifiers import UserId
from services.store.shape import Shape, table_of
from services.store.tables import NotificationUserMute
from services.store.work import Work

mutes = table_of(NotificationUserMute)


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteRow:
    """One person who is muted, and since when."""

    user_id: UserId
    muted_user_id: UserId
    created_at: datetime


SHAPE = Shape(MuteRow, mutes)


async def add(work: Work, *, user_id: UserId, muted_user_id: UserId, at: datetime) -> bool:
    """Mute somebody; False when they were."""
    values = {"user_id": user_id, "muted_user_id": muted_user_id, "created_at": at}
    return await work.insert_unless_there(mutes, values)


async def remove(work: Work, *, user_id: UserId, muted_user_id: UserId) -> bool:
    """Hear of somebody again; False when they were not muted."""
    own = (mutes.c.user_id == user_id) & (mutes.c.muted_user_id == muted_user_id)
    return await work.change(mutes.delete().where(own)) == 1


async def list_for_user(work: Work, *, user_id: UserId) -> list[MuteRow]:
    """Everybody a person muted, the oldest first."""
    statement = SHAPE.select.where(mutes.c.user_id == user_id)
    return [SHAPE.read(row) for row in await work.rows(statement.order_by(mutes.c.created_at))]
