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
    statement = SHAPE.select.where(watches.c.user_id == user_id).order_by(watches.c.rfc_slug)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def level_of(work: Work, *, user_id: UserId, slug: Slug) -> WatchLevel | None:
    """How closely a person follows an RFC; None if they never chose or did anything."""
    own = (watches.c.user_id == user_id) & (watches.c.rfc_slug == slug)
    row = await work.first(select(watches.c.level).where(own))
    return None if row is None else WatchLevel(row["level"])


async def set_level(
    work: Work, *, user_id: UserId, slug: Slug, level: WatchLevel | None, at: datetime
) -> None:
    """What a person chose for an RFC; None forgets it."""
    own = (watches.c.user_id == user_id) & (watches.c.rfc_slug == slug)
    if level is None:
        await work.change(watches.delete().where(own))
        return
    values = {"user_id": user_id, "rfc_slug": slug, "level": level.value, "last_act_at": at}
    if not await work.insert_unless_there(watches, values):
        await work.change(watches.update().where(own).values(level=level.value, last_act_at=at))


async def list_watchers(work: Work, *, slug: Slug) -> list[UserId]:
    """Everybody who watches or follows an RFC."""
    following = (watches.c.rfc_slug == slug) & (watches.c.level != WatchLevel.MUTED.value)
    return [UserId(row["user_id"]) for row in await work.rows(select(watches.c.user_id).where(following))]


async def decay(work: Work, *, before: datetime) -> int:
    """Watching without a substantive act since then becomes following (§15.6); how many."""
    idle = (watches.c.level == WatchLevel.WATCHING.value) & (watches.c.last_act_at < before)
    return await work.change(watches.update().where(idle).values(level=WatchLevel.FOLLOWING.value))
