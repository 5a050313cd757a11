"""What stands on Gitea now, as values of ours; the refresher compares it with the cache (§4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.domain.entry import Entry
from services.domain.identifiers import CommitSha, Login, OperationId, PullNumber, Repository, Slug
from services.domain.metadata import FieldChange
from services.domain.pull import PullKind, PullState


@dataclass(frozen=True, slots=True)
class Touch:
    """The newest commit of main that touches a file, and when it was committed."""

    at: datetime
    commit: CommitSha


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What the cache already holds of an entry."""

    blob_sha: str
    touched: Touch


@dataclass(frozen=True, slots=True)
class EntryAt:
    """An entry as it stands on main, and who touched it last."""

    entry: Entry
    blob_sha: str
    touched: Touch


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not a valid entry, and why, for the sync report."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaSnapshot:
    """The meta repository's main at `head_sha` (None: it has no commits).

    Entries whose file is as known are only in `unchanged`, with their last commit; all others in `entries`.
    A slug in neither is gone, or broken and among the `problems`.
    """

    head_sha: CommitSha | None
    entries: Mapping[Slug, EntryAt] = field(default_factory=dict)
    unchanged: Mapping[Slug, Touch] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullSnapshot:
    """A pull request. Of ideas, `entry` is what it adds, or `entry_problem` says why that can't be read.

    Of metadata and claim PRs, `metadata_changes` is what they change, and `entry_problem` what else they would.

    `opened_by` is the trailer's login, else Gitea's poster; `actions` go before both (§6.5).
    """

    repo: Repository
    number: PullNumber
    kind: PullKind
    state: PullState
    title: str
    body: str
    opened_by: Login
    operation: OperationId | None
    head_branch: str
    head_sha: CommitSha
    base_branch: str
    base_sha: CommitSha | None
    merge_commit_sha: CommitSha | None
    opened_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    closed_at: datetime | None
    paths_added: tuple[str, ...]
    paths_changed: tuple[str, ...]
    slug: Slug | None = None
    entry: Entry | None = None
    entry_problem: str | None = None
    metadata_changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownPull:
    """What the cache already holds of a pull request."""

    updated_at: datetime
    head_sha: CommitSha
    state: PullState
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class RepositoryAt:
    """A repository of the organisation; `updated_at` moves with every push, a little late."""

    repo: Repository
    default_branch: str
    empty: bool
    updated_at: datetime
    private: bool = False


@dataclass(frozen=True, slots=True)
class ChangedPull:
    """A pull request that changed since the last look."""

    repo: Repository
    number: PullNumber
    updated_at: datetime
