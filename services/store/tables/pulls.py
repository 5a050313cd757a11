"""What the app knows of pull requests besides Git: `pr_resolution_branches` (§10.9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.store.tables.columns import Json, StoredTable, UtcDateTime, now


class PrResolutionBranch(StoredTable, table=True):
    """A conflicting pull request being replayed on a branch of its own, step by step."""

    __tablename__ = "pr_resolution_branches"

    id: int | None = Field(default=None, primary_key=True)
    repo: str = Field(index=True)
    pr_number: int
    rfc_slug: str = Field(max_length=80)
    branch_name: str = Field(max_length=255)
    main_sha: str
    """The commit of main that everything is replayed on."""
    head_sha: str
    """The head of the conflicting pull request whose commits are replayed."""
    state: str = Field(default="replaying", index=True)
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    """Each commit that is replayed, in order, and how far it is."""
    created_by: int | None = Field(default=None, foreign_key="users.id")
    resolved_by_pr_number: int | None = None
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
