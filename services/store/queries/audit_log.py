"""The audit log as the admin pages read it: filtered, newest first, paged by key (§6.5, §19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.identifiers import Slug, UserId
from services.store.queries.actions import SHAPE as ACTION
from services.store.queries.actions import ActionRow, actions
from services.store.queries.permission_events import SHAPE as EVENT
from services.store.queries.permission_events import PermissionEventRow, permission_events
from services.store.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What is asked for; what is None does not matter. `since` counts, `until` no longer does."""

    kind: ActionKind | None = None
    actor_user_id: UserId | None = None
    by_the_app: bool = False
    slug: Slug | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(
    work: Work, *, wanted: AuditFilter, limit: int, before_id: int | None = None
) -> list[ActionRow]:
    """The newest actions that fit, older than `before_id`."""
    statement = ACTION.select.where(*_conditions(wanted))
    for bound in (before_id, await _first_id(work, wanted.until)):
        if bound is not None:
            statement = statement.where(actions.c.id < bound)
    oldest = await _first_id(work, wanted.since)
    if wanted.since is not None and oldest is None:
        return []
    if oldest is not None:
        statement = statement.where(actions.c.id >= oldest)
    rows = await work.rows(statement.order_by(actions.c.id.desc()).limit(limit))
    return [ACTION.read(row) for row in rows]


async def latest_of(
    work: Work, *, kinds: Sequence[ActionKind], slug: Slug | None, limit: int
) -> list[ActionRow]:
    """The newest actions of these kinds, of all RFCs or of one."""
    statement = ACTION.select.where(actions.c.action_kind.in_([kind.value for kind in kinds]))
    if slug is not None:
        statement = statement.where(actions.c.rfc_slug == slug)
    rows = await work.rows(statement.order_by(actions.c.id.desc()).limit(limit))
    return [ACTION.read(row) for row in rows]


async def permission_page(
    work: Work,
    *,
    limit: int,
    before_id: int | None = None,
    kind: PermissionEventKind | None = None,
    subject_user_id: UserId | None = None,
) -> list[PermissionEventRow]:
    """The newest changes of rights that fit, older than `before_id`."""
    statement = EVENT.select.order_by(permission_events.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(permission_events.c.id < before_id)
    if kind is not None:
        statement = statement.where(permission_events.c.event_kind == kind.value)
    if subject_user_id is not None:
        statement = statement.where(permission_events.c.subject_user_id == subject_user_id)
    return [EVENT.read(row) for row in await work.rows(statement)]


def _conditions(wanted: AuditFilter) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(actions.c.action_kind == wanted.kind.value)
    if wanted.actor_user_id is not None:
        found.append(actions.c.actor_user_id == wanted.actor_user_id)
    if wanted.by_the_app:
        found.append(actions.c.actor_user_id.is_(None))
    if wanted.slug is not None:
        found.append(actions.c.rfc_slug == wanted.slug)
    return found


async def _first_id(work: Work, moment: datetime | None) -> int | None:
    """The first action from a moment on: keys grow with time, so that it bounds a page without a sort."""
    if moment is None:
        return None
    statement = select(actions.c.id).where(actions.c.created_at >= moment)
    return await work.number(statement.order_by(actions.c.created_at, actions.c.id).limit(1))
