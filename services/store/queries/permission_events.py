"""Changes of people's rights: `permission_events`, added and read, never changed (§6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.domain.audit import PermissionEventKind
from services.domain.clock import now
from services.domain.events import JsonValue
from services.domain.identifiers import UserId
from services.store.shape import Shape, storable, table_of
from services.store.tables import PermissionEvent
from services.store.work import Work

permission_events = table_of(PermissionEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionEventRow:
    """One change; `actor_user_id` is null where nobody signed in did it (a command, the first owner)."""

    id: int
    actor_user_id: UserId | None
    subject_user_id: UserId
    event_kind: str
    details: Mapping[str, JsonValue]
    created_at: datetime


SHAPE = Shape(PermissionEventRow, permission_events)


async def append(
    work: Work,
    *,
    actor_user_id: UserId | None,
    subject_user_id: UserId,
    kind: PermissionEventKind,
    details: Mapping[str, JsonValue] | None = None,
    at: datetime | None = None,
) -> int:
    """Record a change; its key."""
    values = {
        "actor_user_id": actor_user_id,
        "subject_user_id": subject_user_id,
        "event_kind": kind.value,
        "details": storable(details or {}),
        "created_at": at or now(),
    }
    return await work.insert(permission_events, values)


async def list_recent(
    work: Work, *, limit: int = 200, subject_user_id: UserId | None = None
) -> list[PermissionEventRow]:
    """The newest changes first, of everybody or of one person."""
    statement = SHAPE.select.order_by(permission_events.c.id.desc()).limit(limit)
    if subject_user_id is not None:
        statement = statement.where(permission_events.c.subject_user_id == subject_user_id)
    return [SHAPE.read(row) for row in await work.rows(statement)]
