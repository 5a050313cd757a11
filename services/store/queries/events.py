"""What happened, for open pages: `events`, ids only, one row per topic, in the order of the commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from services.domain.clock import now
from services.domain.events import Event, JsonValue
from services.domain.stored_events import MalformedEvent, event_from, event_ids
from services.store.shape import storable, table_of
from services.store.tables import EventRow
from services.store.work import Work

events = table_of(EventRow)

CHANNEL = "rfc_ui_events"
"""Where PostgreSQL wakes the other processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as one topic's subscribers get it; a bare `Event` is of a kind that only newer code knows."""

    id: int
    topic: str
    event: Event


async def append(work: Work, event: Event) -> None:
    """Say that something happened; it is written with the commit, equal events once."""
    work.events[event] = None


async def write_down(work: Work) -> None:
    """Write what the unit of work said; the last step before its commit.

    On PostgreSQL ids are given out under a lock that lasts until the commit, so that no reader of the
    table ever sees an id and later a smaller one.
    """
    if not work.events:
        return
    await work.serialize("events")
    at = now()
    rows = [
        {"topic": topic, "kind": event.kind, "ids": storable(event_ids(event)), "created_at": at}
        for event in work.events
        for topic in event.topics
    ]
    await work.insert_many(events, rows)
    await work.notify(CHANNEL)


async def after(work: Work, *, id: int, limit: int = 1000) -> list[StoredEvent]:  # noqa: A002
    """The events that followed `id`, in order."""
    statement = (
        select(events.c.id, events.c.topic, events.c.kind, events.c.ids)
        .where(events.c.id > id)
        .order_by(events.c.id)
        .limit(limit)
    )
    return [
        StoredEvent(id=row["id"], topic=row["topic"], event=_event(row["kind"], row["ids"]))
        for row in await work.rows(statement)
    ]


async def since(work: Work, *, kinds: Collection[type[Event]], at: datetime) -> list[Event]:
    """What happened of some kinds since then, in order, each once."""
    chosen = events.c.kind.in_({kind.__name__ for kind in kinds}) & (events.c.created_at >= at)
    statement = select(events.c.kind, events.c.ids).where(chosen).order_by(events.c.id)
    return list(dict.fromkeys([_event(row["kind"], row["ids"]) for row in await work.rows(statement)]))


async def last_id(work: Work) -> int:
    """The newest id, 0 before the first event; purging does not lower it on a running system."""
    return await work.number(select(func.max(events.c.id))) or 0


async def purge(work: Work, *, before: datetime) -> int:
    """Forget the events from before then, except the newest of all, which keeps `last_id`; how many."""
    newest = select(func.max(events.c.id)).scalar_subquery()
    return await work.change(events.delete().where(events.c.created_at < before, events.c.id < newest))


def _event(kind: str, ids: Mapping[str, JsonValue]) -> Event:
    try:
        return event_from(kind, ids)
    except MalformedEvent:
        return Event()
