"""Conversation: `threads`, `thread_messages` and who has read how far (§8.4, §8.14)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class Thread(StoredTable, table=True):
    """A conversation. An idea's belongs to its PR (`repo`, `pr_number`); the merge adds its slug (§9.1)."""

    __tablename__ = "threads"
    __table_args__ = (Index(None, "repo", "pr_number"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = "chat"
    state: str = "open"
    rfc_slug: str | None = Field(default=None, index=True)
    branch_name: str | None = None
    repo: str | None = None
    pr_number: int | None = None
    anchor: dict[str, Any] | None = Field(default=None, sa_type=Json)
    side: str = Field(default="after", sa_column_kwargs={"server_default": "after"})
    """`before`: its passage stands in what the branch started from (§10.4)."""
    created_by: int | None = Field(default=None, foreign_key="users.id")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    resolved_by: int | None = Field(default=None, foreign_key="users.id")
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ThreadMessage(StoredTable, table=True):
    """One message; `author_user_id` is null for system lines and models. Nothing deletes it (§1)."""

    __tablename__ = "thread_messages"

    id: int | None = Field(default=None, primary_key=True)
    thread_id: int = Field(foreign_key="threads.id", index=True)
    author_user_id: int | None = Field(default=None, foreign_key="users.id")
    kind: str = "person"
    body: str
    model_key: str | None = None
    model_name: str | None = None
    asked_by: int | None = Field(default=None, foreign_key="users.id")
    """Whose question a model answers."""
    state: str | None = None
    """Of an answer: streaming, complete, stopped or failed."""
    trouble: str | None = None
    """Why an answer failed, in a sentence."""
    op_id: str | None = Field(default=None, unique=True, max_length=32)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Watch(StoredTable, table=True):
    """How closely a person follows an RFC (§15.6)."""

    __tablename__ = "watches"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    rfc_slug: str = Field(primary_key=True, index=True, max_length=80)
    level: str = "watching"
    last_act_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class RfcSeen(StoredTable, table=True):
    """Up to which commit a person has read an RFC's main (§8.2)."""

    __tablename__ = "rfc_seen"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    rfc_slug: str = Field(primary_key=True, max_length=80)
    commit_sha: str = ""
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class PrSeen(StoredTable, table=True):
    """Up to which commit and message a person has looked at a pull request (§10.3)."""

    __tablename__ = "pr_seen"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    repo: str = Field(primary_key=True)
    pr_number: int = Field(primary_key=True)
    commit_sha: str = ""
    message_id: int | None = None
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class PrSectionSeen(StoredTable, table=True):
    """A section of a pull request that a person ticked as viewed; `fingerprint` follows from its changes (§10.3)."""

    __tablename__ = "pr_section_seen"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    repo: str = Field(primary_key=True)
    pr_number: int = Field(primary_key=True)
    section: str = Field(primary_key=True, max_length=120)
    fingerprint: str = ""
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
