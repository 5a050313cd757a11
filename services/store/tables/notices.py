"""What people are told and mailed: `notifications`, `outbox`, digests and mutes (§15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.store.tables.columns import Json, LongKey, StoredTable, UtcDateTime, now


class Notification(StoredTable, table=True):
    """One person is told one thing, once. `place` is the page that shows it, `path` leads there."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("signal", "user_id"),
        Index(None, "user_id", "read_at"),
        Index(None, "place", "user_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=LongKey)
    user_id: int = Field(foreign_key="users.id")
    signal: str = Field(max_length=120)
    """What happened, for example `action:17`; unique with the person."""
    kind: str
    category: str
    reason: str
    """Which audience the person belongs to: why they got it."""
    actor_user_id: int | None = Field(default=None, foreign_key="users.id")
    place: str = ""
    path: str = "/"
    rfc_slug: str | None = Field(default=None, index=True, max_length=80)
    branch_name: str | None = None
    repo: str | None = None
    pr_number: int | None = None
    thread_id: int | None = Field(default=None, foreign_key="threads.id")
    message_id: int | None = Field(default=None, foreign_key="thread_messages.id")
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    digest_id: int | None = Field(default=None, foreign_key="notification_digests.id")


class NotificationDigest(StoredTable, table=True):
    """One digest for one person and one day of theirs."""

    __tablename__ = "notification_digests"
    __table_args__ = (UniqueConstraint("user_id", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    period: str = Field(max_length=20)
    """The local date it is for; unique with the person."""
    cadence: str = "weekly"
    count: int = 0
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class NotificationUserMute(StoredTable, table=True):
    """Somebody does not want to hear of what another person does."""

    __tablename__ = "notification_user_mutes"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    muted_user_id: int = Field(primary_key=True, foreign_key="users.id")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class OutboxMail(StoredTable, table=True):
    """One mail from the moment it was decided on; `message_id` is given once, before the first try."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "due_at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=LongKey)
    user_id: int = Field(foreign_key="users.id", index=True)
    notification_id: int | None = Field(
        default=None, foreign_key="notifications.id", unique=True, sa_type=LongKey
    )
    digest_id: int | None = Field(default=None, foreign_key="notification_digests.id", unique=True)
    state: str = "waiting"
    """waiting, sending, sent, skipped or parked."""
    why: str | None = None
    """Why it was skipped, parked, or tried again."""
    message_id: str | None = Field(default=None, max_length=200)
    attempts: int = 0
    due_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
