"""Change cards and the words a community calls right: `changes`, `rfc_words` (§8.6–§8.8, §18.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class Change(StoredTable, table=True):
    """A proposed replacement of one passage. Declined and refused ones stay for ever (§1)."""

    __tablename__ = "changes"

    id: int | None = Field(default=None, primary_key=True)
    rfc_slug: str = Field(index=True, max_length=80)
    repo: str = ""
    branch_name: str | None = None
    """Null: it waits in main's discuss buffer (§8.8)."""
    thread_id: int | None = Field(default=None, foreign_key="threads.id", index=True)
    message_id: int | None = Field(default=None, foreign_key="thread_messages.id", index=True)
    kind: str = "model"
    model_key: str | None = None
    model_name: str | None = None
    asked_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    """The person whose prompt made it, or who suggested it."""
    prompt: str = ""
    original: str
    proposed: str
    edited: str | None = None
    """What a person made of the proposal before accepting it."""
    reason: str = ""
    state: str = Field(default="pending", index=True)
    refusal: str | None = None
    """Why it was refused or became stale, in a sentence."""
    anchor: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """Where it stands: quote, prefix, suffix, start, end, commit (§8.13)."""
    decided_by: int | None = Field(default=None, foreign_key="users.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decline_reason: str | None = None
    commit_sha: str | None = None
    undo_sha: str | None = None
    parent_id: int | None = Field(default=None, foreign_key="changes.id", index=True)
    """The card a part of which this is."""
    moved_from: dict[str, Any] | None = Field(default=None, sa_type=Json)
    clash: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """Of a passage that was typed and committed at the same time: the wordings, and who committed (§8.10)."""
    op_id: str | None = Field(default=None, max_length=32)
    """The operation that is deciding it, while it is `accepting`."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class RfcWord(StoredTable, table=True):
    """A word the copy-editor takes for right in one RFC (§18.2)."""

    __tablename__ = "rfc_words"

    rfc_slug: str = Field(primary_key=True, max_length=80)
    word: str = Field(primary_key=True, max_length=80)
    added_by: int | None = Field(default=None, foreign_key="users.id")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
