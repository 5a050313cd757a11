"""What the app knows of a branch besides Git: `branch_settings`, `branch_chat_seen` (§11, §8.4)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class BranchSetting(StoredTable, table=True):
    """A branch's rights and fate. Its state in the cache is derived from Git and this row (§5)."""

    __tablename__ = "branch_settings"

    repo: str = Field(primary_key=True)
    branch_name: str = Field(primary_key=True, max_length=255)
    rfc_slug: str = Field(index=True, max_length=80)
    created_by: int | None = Field(default=None, foreign_key="users.id")
    visibility: str = "public"
    edit_access: str = "creator"
    grants: list[int] = Field(default_factory=list, sa_type=Json)
    """Keys of `users`: who is invited, and who may read it while it is private."""
    pinned: bool = False
    mirrored_pinned: bool = False
    """The value last written to `cached_branches`; where that differs now, an operator set it by hand."""
    base_sha: str = ""
    """The commit of main it was cut from."""
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_sha: str | None = None
    kept_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    warned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class BranchChatSeen(StoredTable, table=True):
    """Up to which message a person has read a chat."""

    __tablename__ = "branch_chat_seen"

    user_id: int = Field(primary_key=True, foreign_key="users.id")
    thread_id: int = Field(primary_key=True, foreign_key="threads.id")
    message_id: int
    seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
