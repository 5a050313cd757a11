"""Who follows which RFC, how closely: `watches` (§15.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from services.domain.identifiers import Slug, UserId
from services.store.shape import Shape, table_of
from services.store.tables import Watch
from services.store.work import Work

watches = table_of(Watch)


class WatchLevel(StrEnum):
    """How closely (§15.6): everything, structural changes only, nothing."""

    WATCHING = "watching"
    FOLLOWING = "following"
    MUTED = "muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow:
    """One person and one RFC."""

    user_id: UserId
    rfc_slug: Slug
    level: WatchLevel
    last_act_at: datetime


SHAPE = Shape(WatchRow, watches)


async def set_watching(work: Work, *, user_id: UserId, slug: Slug, at: datetime) -> bool:
    """A substantive act makes a person watch, unless they muted the RFC; whether they watch now (§15.6)."""
    values = {"user_id": user_id, "rfc_slug": slug, "level": WatchLevel.WATCHING.value, "last_act_at": at}
    if await work.insert_unless_there(watches, values):
        return True
    own = (watches.c.user_id == user_id) & (watches.c.rfc_slug == slug)
    statement = watches.update().where(own, watches.c.level != WatchLevel.MUTED.value)
    return await work.change(statement.values(level=WatchLevel.WATCHING.value, last_act_at=at)) == 1


async def list_for_user(work: Work, *, user_id: UserId) -> list[WatchRow]:
    """Everything a person watches, follows or muted, by slug."""
    statement = select(*SHAPE.columns).where(watches.c.user_id == user_id).order_by(watches.c.rfc_slug)
    return [SHAPE.read(row) for row in await work.rows(statement)]
