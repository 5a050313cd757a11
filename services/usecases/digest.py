"""The digest (§15.5): once a day or week, what was neither read, nor mailed, nor in an earlier one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.domain.clock import now
from services.domain.digest_time import due_period
from services.domain.quiet_hours import zone_of
from services.store.queries import digests, users, watches
from services.store.queries.users import UserRow
from services.usecases.context import Context

LOOK_BACK: Final = {"daily": timedelta(days=3), "weekly": timedelta(days=15)}
DECAY: Final = timedelta(days=90)


async def make_digests(context: Context, *, at: datetime | None = None) -> int:
    """Make every digest that is due; how many have something to tell. Running twice makes none twice."""
    moment = at or now()
    async with context.store.read() as work:
        everybody = await users.list_all(work)
    return sum([await _make(context, person, moment) for person in everybody if _wants_one(person)])


async def let_watches_decay(context: Context, *, at: datetime | None = None) -> int:
    """After 90 days without a substantive act, watching becomes following (§15.6); how many."""
    async with context.store.write() as work:
        return await watches.decay(work, before=(at or now()) - DECAY)


def _wants_one(person: UserRow) -> bool:
    return person.digest_cadence != "off" and not person.email_opt_out_all and bool(person.email)


async def _make(context: Context, person: UserRow, at: datetime) -> bool:
    period = due_period(person.digest_cadence, zone_of(person.notification_quiet_hours_timezone), at)
    if period is None:
        return False
    async with context.store.read() as work:
        if await digests.is_made(work, user_id=person.id, period=period):
            return False
    async with context.store.write() as work:
        await work.serialize("digests")
        if await digests.is_made(work, user_id=person.id, period=period):
            return False
        since = at - LOOK_BACK[person.digest_cadence]
        rows = await digests.list_undigested(work, user_id=person.id, since=since)
        await digests.make(
            work, user_id=person.id, period=period, cadence=person.digest_cadence, rows=rows, at=at
        )
    return bool(rows)
