"""What the refresher read from Gitea; any row here can be dropped and read again (§4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime


class CachedRfc(StoredTable, table=True):
    """One entry of the meta repository's main branch. `number` is the digits of `rfc_id`, for sorting."""

    __tablename__ = "cached_rfcs"

    slug: str = Field(primary_key=True, max_length=80)
    title: str
    state: str = Field(index=True)
    rfc_id: str | None = None
    number: int | None = None
    repo: str | None = None
    proposed_by: str = ""
    proposed_at: str | None = None
    graduated_by: str | None = None
    graduated_at: str | None = None
    owners: list[str] = Field(default_factory=list, sa_type=Json)
    arbiters: list[str] = Field(default_factory=list, sa_type=Json)
    tags: list[str] = Field(default_factory=list, sa_type=Json)
    models: list[str] | None = Field(default=None, sa_type=Json)
    funder: str | None = None
    body: str = ""
    blob_sha: str = ""
    body_sha: str = ""
    """The commit of the repository that holds the text, at which `body` was read."""
    last_activity_at: datetime = Field(sa_type=UtcDateTime)
    """Committer time of the newest commit that touches the text."""


class CachedBranch(StoredTable, table=True):
    """One branch besides main; `state` is derived from Git and `branch_settings`."""

    __tablename__ = "cached_branches"

    repo: str = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=255)
    rfc_slug: str | None = Field(default=None, index=True)
    head_sha: str = ""
    state: str = "open"
    pinned: bool = False
    last_commit_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CachedPr(StoredTable, table=True):
    """One pull request. For ideas the proposed entry is kept too: reading survives Gitea's silence."""

    __tablename__ = "cached_prs"

    repo: str = Field(primary_key=True)
    pr_number: int = Field(primary_key=True)
    pr_kind: str = Field(index=True)
    state: str = Field(index=True)
    rfc_slug: str | None = Field(default=None, index=True)
    title: str = ""
    body: str = ""
    opened_by: str = ""
    """A login: `actions`, else the trailer, else Gitea's own poster (§6.5)."""
    head_branch: str = ""
    head_sha: str = ""
    base_branch: str = "main"
    base_sha: str | None = None
    """Where its branch left the base; null until it was read once by code that knows of it."""
    merge_commit_sha: str | None = None
    entry_title: str | None = None
    entry_tags: list[str] = Field(default_factory=list, sa_type=Json)
    entry_body: str | None = None
    entry_problem: str | None = None
    """Why the proposed entry can't be read, in words; null when it can."""
    metadata_changes: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=Json, sa_column_kwargs={"server_default": "[]"}
    )
    """What a metadata or claim PR changes: `{"field", "before", "after"}` each."""
    superseded_by_pr_number: int | None = None
    opened_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    merged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SyncState(StoredTable, table=True):
    """When a repository was last read, at which commit, by what, and what went wrong (§4, sync report)."""

    __tablename__ = "sync_states"

    repo: str = Field(primary_key=True)
    last_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_full_read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_commit_sha: str | None = None
    last_reason: str | None = None
    last_error: str | None = None
    last_error_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problems: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    """Entries that could not be read: `{"path", "reason"}` each."""
