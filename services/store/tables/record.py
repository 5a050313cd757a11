"""The record nobody edits: `actions`, `permission_events`, `events` (§5, §6.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.store.tables.columns import Json, LongKey, StoredTable, UtcDateTime, now


class Action(StoredTable, table=True):
    """One bot action or decision, for ever; at most one row per operation and kind."""

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("op_id", "action_kind"),
        Index(None, "repo", "pr_number"),
        Index(None, "created_at", "id"),
        Index(None, "action_kind", "id"),
        Index(None, "rfc_slug", "id"),
        Index(None, "actor_user_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    actor_user_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    on_behalf_of: str = ""
    action_kind: str = Field(index=True)
    rfc_slug: str | None = Field(default=None, index=True)
    branch_name: str | None = None
    repo: str | None = None
    pr_number: int | None = None
    """Of `repo`: numbers are unique only inside one repository."""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    op_id: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class PermissionEvent(StoredTable, table=True):
    """One change of somebody's rights, for ever."""

    __tablename__ = "permission_events"

    id: int | None = Field(default=None, primary_key=True)
    actor_user_id: int | None = Field(default=None, foreign_key="users.id")
    subject_user_id: int = Field(foreign_key="users.id", index=True)
    event_kind: str
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class EventRow(StoredTable, table=True):
    """What happened, for open pages: ids only, one row per topic, in commit order."""

    __tablename__ = "events"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a purged id is never given out again

    id: int | None = Field(default=None, primary_key=True, sa_type=LongKey)
    topic: str = Field(index=True)
    kind: str
    ids: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
