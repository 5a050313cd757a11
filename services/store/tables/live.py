"""Text that is being typed: `live_texts` and the updates since its last snapshot (§8.9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class LiveText(StoredTable, table=True):
    """The live text of one branch at `version`; later updates stand in `live_updates`."""

    __tablename__ = "live_texts"

    repo: str = Field(primary_key=True)
    branch_name: str = Field(primary_key=True, max_length=255)
    epoch: str = Field(max_length=32)
    """Versions of two epochs can't be compared: the text was begun anew between them."""
    base_sha: str
    """The commit the text was opened from, or last flushed to."""
    version: int = 0
    text: str = ""
    authors: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """Key of `users` to characters typed since the last commit."""
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody last typed; null when everything is committed."""
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class LiveUpdate(StoredTable, table=True):
    """One acknowledged update: stored before anybody is told of it."""

    __tablename__ = "live_updates"

    repo: str = Field(primary_key=True)
    branch_name: str = Field(primary_key=True, max_length=255)
    version: int = Field(primary_key=True)
    """The version the text has after it."""
    epoch: str = Field(max_length=32)
    client_id: str = Field(max_length=64)
    user_id: int | None = Field(default=None, foreign_key="users.id")
    changes: list[Any] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
