"""What people are told: `notifications` (§15.1–§15.3). The rows of one signal are written set-wise, once a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, String, Table, case, exists, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from services.domain.actors import Role
from services.domain.events import JsonValue
from services.domain.identifiers import MessageId, PullNumber, Repository, Slug, ThreadId, UserId
from services.domain.routing import Category
from services.store.queries.users import users
from services.store.queries.watches import WatchLevel, watches
from services.store.shape import Shape, storable, table_of
from services.store.tables import Notification, NotificationUserMute, OutboxMail
from services.store.work import Work

notifications = table_of(Notification)
mutes = table_of(NotificationUserMute)
outbox = table_of(OutboxMail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One signal, before it is known whom it reaches."""

    signal: str
    kind: str
    actor_user_id: UserId | None
    place: str
    path: str
    rfc_slug: Slug | None = None
    branch_name: str | None = None
    repo: Repository | None = None
    pr_number: PullNumber | None = None
    thread_id: ThreadId | None = None
    message_id: MessageId | None = None
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRow:
    """What one person was told."""

    id: int
    user_id: UserId
    kind: str
    category: Category
    reason: str
    actor_user_id: UserId | None
    place: str
    path: str
    rfc_slug: Slug | None
    branch_name: str | None
    repo: Repository | None
    pr_number: PullNumber | None
    thread_id: ThreadId | None
    message_id: MessageId | None
    details: Mapping[str, JsonValue]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which rows of an inbox; what is None does not filter."""

    unread: bool = False
    slug: str | None = None
    category: Category | None = None
    actor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What opened pages were called when rows about this repository's pull requests were written."""

    repo: Repository
    places: tuple[str, ...]


NOWHERE = Before(repo=Repository(""), places=())
SHAPE = Shape(NotificationRow, notifications)
_NAMES = (
    "signal", "kind", "actor_user_id", "place", "path", "rfc_slug", "branch_name", "repo", "pr_number",
    "thread_id", "message_id", "details", "created_at",
)  # fmt: skip


Crowd = ColumnElement[bool]
"""A condition on people, such as that they watch an RFC."""


def these_people(ids: Collection[UserId]) -> Crowd:
    """Some people."""
    return users.c.id.in_(set(ids))


def admins(*, only: Collection[UserId] | None = None) -> Crowd:
    """Everybody who runs the app; `only`: of these people."""
    return users.c.role.in_([Role.ADMIN.value, Role.OWNER.value]) & _among(only)


def watchers(slug: Slug | None, *, level: WatchLevel, only: Collection[UserId] | None = None) -> Crowd:
    """Everybody who watches the RFC at this level; `only`: of these people."""
    own = (watches.c.user_id == users.c.id) & (watches.c.rfc_slug == slug)
    watching = exists(select(1).select_from(watches).where(own, watches.c.level == level.value))
    return watching & _among(only)


async def tell(work: Work, notice: Notice, crowd: Crowd, *, category: Category, reason: str) -> int:
    """Tell a crowd, except the actor and whoever muted them or the RFC; how many are told anew."""
    values = [literal(storable(getattr(notice, name)), notifications.c[name].type) for name in _NAMES]
    chosen = select(users.c.id, literal(category.value, String), literal(reason, String), *values)
    statement = _insert_into(work, notifications).from_select(
        ["user_id", "category", "reason", *_NAMES], chosen.where(crowd, _wants_to_know(notice))
    )
    return await work.change(statement.on_conflict_do_nothing())


async def count_told(work: Work, notice: Notice, crowds: Sequence[Crowd]) -> int:
    """How many people `tell` would tell in all."""
    if not crowds:
        return 0
    row = await work.first(select(func.count().label("n")).where(or_(*crowds), _wants_to_know(notice)))
    return 0 if row is None else int(row["n"])


async def is_told(work: Work, *, signal: str) -> bool:
    """Whether anybody was told this signal."""
    return (
        await work.first(select(notifications.c.id).where(notifications.c.signal == signal).limit(1))
        is not None
    )


async def told_of(work: Work, *, signals: Collection[str]) -> frozenset[str]:
    """Which of these signals somebody was told."""
    chosen = select(notifications.c.signal).where(notifications.c.signal.in_(signals)).distinct()
    return frozenset(row["signal"] for row in await work.rows(chosen)) if signals else frozenset()


async def queue_mail(work: Work, *, signal: str, at: datetime, due_at: datetime) -> int:
    """Put a mail in the outbox for everybody who is told this signal and has mail for its category on."""
    columns = ["user_id", "notification_id", "state", "attempts", "due_at", "created_at", "updated_at"]
    chosen = select(
        notifications.c.user_id,
        notifications.c.id,
        literal("waiting"),
        literal(0),
        literal(due_at, outbox.c.due_at.type),
        literal(at, outbox.c.created_at.type),
        literal(at, outbox.c.updated_at.type),
    ).where(
        notifications.c.signal == signal,
        notifications.c.user_id == users.c.id,
        users.c.email != "",
        users.c.email_opt_out_all.is_(False),
        mailed_categories(),
    )
    return await work.change(_insert_into(work, outbox).from_select(columns, chosen).on_conflict_do_nothing())


def mailed_categories() -> ColumnElement[bool]:
    """Whether a person gets mail of a notification's category; never of everyday activity (§15.4)."""
    on = {
        Category.PERSONAL_DIRECT.value: users.c.email_personal_direct,
        Category.ADMIN_ACTIONABLE.value: users.c.email_admin_actionable,
        Category.WATCHED_STRUCTURAL.value: users.c.email_watched_structural,
    }
    return case(on, value=notifications.c.category, else_=False).is_(True)


async def unread_of(work: Work, *, user_ids: Collection[UserId]) -> dict[UserId, int]:
    """How many rows each has not read, besides those of people they mute; without who has none."""
    unread = notifications.c.user_id.in_(set(user_ids)) & _UNREAD & _heard()
    statement = select(notifications.c.user_id, func.count().label("n")).where(unread)
    rows = await work.rows(statement.group_by(notifications.c.user_id))
    return {UserId(row["user_id"]): row["n"] for row in rows}


async def list_for_user(
    work: Work, *, user_id: UserId, filters: Filters, limit: int, before_id: int | None = None
) -> list[NotificationRow]:
    """A person's rows, the newest first."""
    statement = SHAPE.select.where(_chosen(user_id, filters))
    if before_id is not None:
        statement = statement.where(notifications.c.id < before_id)
    return [
        SHAPE.read(row) for row in await work.rows(statement.order_by(notifications.c.id.desc()).limit(limit))
    ]


async def find_many(work: Work, *, ids: Collection[int]) -> dict[int, NotificationRow]:
    """The rows with these keys."""
    statement = SHAPE.select.where(notifications.c.id.in_(set(ids)))
    found = [SHAPE.read(row) for row in await work.rows(statement)]
    return {row.id: row for row in found}


MOST_CHOICES = 100
"""Values that rows can be filtered by."""


async def tally(work: Work, *, user_id: UserId, column: str, filters: Filters) -> dict[str, int]:
    """How many of the rows that the filters show there are for each value of `category`, `rfc_slug` or
    `actor_user_id`, most first."""
    by = notifications.c[column]
    statement = select(by.label("value"), func.count().label("n")).where(
        _chosen(user_id, filters), by.is_not(None)
    )
    counted = statement.group_by(by).order_by(func.count().desc(), by).limit(MOST_CHOICES)
    return {str(row["value"]): row["n"] for row in await work.rows(counted)}


async def count(work: Work, *, user_id: UserId, filters: Filters) -> int:
    """How many rows the filters show."""
    row = await work.first(select(func.count().label("n")).where(_chosen(user_id, filters)))
    return 0 if row is None else int(row["n"])


async def mark_read(work: Work, *, user_id: UserId, filters: Filters, at: datetime) -> int:
    """Mark everything that the filters choose as read; how many rows were not."""
    return await _mark(work, _chosen(user_id, filters), at)


async def mark_one_read(work: Work, *, user_id: UserId, id: int, at: datetime) -> int:  # noqa: A002
    """Mark one row as read."""
    return await _mark(work, (notifications.c.user_id == user_id) & (notifications.c.id == id), at)


async def mark_place_read(
    work: Work, *, user_id: UserId, places: Sequence[str], at: datetime, before: Before = NOWHERE
) -> int:
    """Mark the rows of a thing as read that somebody looks at (§15.3)."""
    return await _mark(work, _at(user_id, places, before), at)


async def has_unread_at(
    work: Work, *, user_id: UserId, places: Sequence[str], before: Before = NOWHERE
) -> bool:
    """Whether there is something to mark."""
    there = select(notifications.c.id).where(_at(user_id, places, before), _UNREAD).limit(1)
    return await work.number(there) is not None


_UNREAD = notifications.c.read_at.is_(None)


def _at(user_id: UserId, places: Sequence[str], before: Before) -> ColumnElement[bool]:
    there: ColumnElement[bool] = notifications.c.place.in_(list(places))
    if before.places:
        there |= notifications.c.place.in_(before.places) & (notifications.c.repo == before.repo)
    return (notifications.c.user_id == user_id) & there


async def _mark(work: Work, condition: ColumnElement[bool], at: datetime) -> int:
    return await work.change(notifications.update().where(condition, _UNREAD).values(read_at=at))


def _heard() -> ColumnElement[bool]:
    """Nothing that somebody did whom the reader mutes now: it is shown again once they do not (§15.1)."""
    muted = (mutes.c.user_id == notifications.c.user_id) & (
        mutes.c.muted_user_id == notifications.c.actor_user_id
    )
    return ~exists(select(1).select_from(mutes).where(muted))


def _chosen(user_id: UserId, filters: Filters) -> ColumnElement[bool]:
    chosen: ColumnElement[bool] = (notifications.c.user_id == user_id) & _heard()
    if filters.unread:
        chosen &= _UNREAD
    if filters.slug is not None:
        chosen &= notifications.c.rfc_slug == filters.slug
    if filters.category is not None:
        chosen &= notifications.c.category == filters.category.value
    if filters.actor_id is not None:
        chosen &= notifications.c.actor_user_id == filters.actor_id
    return chosen


def _wants_to_know(notice: Notice) -> ColumnElement[bool]:
    """Neither the actor, nor anybody who muted the actor or the RFC."""
    wants: ColumnElement[bool] = users.c.id.is_not(None)
    if notice.actor_user_id is not None:
        muted = (mutes.c.user_id == users.c.id) & (mutes.c.muted_user_id == notice.actor_user_id)
        wants &= (users.c.id != notice.actor_user_id) & ~exists(select(1).select_from(mutes).where(muted))
    if notice.rfc_slug is not None:
        own = (watches.c.user_id == users.c.id) & (watches.c.rfc_slug == notice.rfc_slug)
        muted_rfc = own & (watches.c.level == WatchLevel.MUTED.value)
        wants &= ~exists(select(1).select_from(watches).where(muted_rfc))
    return wants


def _among(only: Collection[UserId] | None) -> ColumnElement[bool]:
    return users.c.id.is_not(None) if only is None else users.c.id.in_(set(only))


def _insert_into(work: Work, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if work.on_postgres else sqlite.insert(table)
