"""The sync report (§4): how fresh the cache is, and what could not be read or done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncProblem:
    """A file of the meta repository that could not be read, and why in words."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySync:
    """One repository: when it was last read, at which commit, by what, and the standing error."""

    repo: str
    as_of: datetime | None
    commit_sha: str | None
    reason: str | None
    error: str | None
    error_at: datetime | None
    problems: tuple[SyncProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOperation:
    """A bot write whose outcome is not known yet; it is asked for again until it is."""

    id: str
    kind: str
    on_behalf_of: str
    attempts: int
    error: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """The whole report, for admins."""

    repositories: tuple[RepositorySync, ...]
    operations: tuple[WaitingOperation, ...]
