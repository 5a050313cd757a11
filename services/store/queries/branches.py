"""Branches as last read from Gitea: `cached_branches`, written by the refresher alone (§4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, or_, select

from services.domain.branch import BranchKey, BranchState
from services.domain.identifiers import CommitSha, Repository, Slug
from services.store.queries.branch_settings import branch_settings
from services.store.shape import table_of
from services.store.tables import CachedBranch
from services.store.upsert import Mirror
from services.store.work import Work

cached_branches = table_of(CachedBranch)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRow:
    """One branch besides main. A deleted one keeps its last head, and has no `last_commit_at`."""

    repo: Repository
    name: str
    rfc_slug: Slug | None
    head_sha: CommitSha
    state: BranchState
    pinned: bool = False
    last_commit_at: datetime | None = None

    @property
    def key(self) -> BranchKey:
        """The branch."""
        return BranchKey(self.repo, self.name)


BRANCHES = Mirror(BranchRow, cached_branches)


async def upsert_many(work: Work, *, rows: Sequence[BranchRow]) -> list[BranchRow]:
    """Store many; those that changed, only they were written."""
    return await BRANCHES.upsert(work, rows)


async def remove(work: Work, *, key: BranchKey) -> bool:
    """Forget a branch that is no longer there; whether it was known."""
    return await BRANCHES.remove(work, repo=key.repo, name=key.name)


async def find(work: Work, *, key: BranchKey) -> BranchRow | None:
    """One branch."""
    return await BRANCHES.find(work, repo=key.repo, name=key.name)


async def list_for_slug(work: Work, *, slug: Slug) -> list[BranchRow]:
    """Every branch of an entry, by name."""
    return await _listed(work, cached_branches.c.rfc_slug == slug)


async def list_for_repository(work: Work, *, repo: Repository) -> list[BranchRow]:
    """Every branch of a repository, by name."""
    return await _listed(work, cached_branches.c.repo == repo)


async def find_for_slug(work: Work, *, slug: Slug, name: str) -> list[BranchRow]:
    """The branches of an entry with this name: in its own repository, and in the meta repository before that."""
    return await _listed(work, (cached_branches.c.rfc_slug == slug) & (cached_branches.c.name == name))


async def repositories_unsettled(work: Work) -> list[Repository]:
    """The repositories with a cached branch that is pinned or closed otherwise than its settings say."""
    own = (branch_settings.c.repo == cached_branches.c.repo) & (
        branch_settings.c.branch_name == cached_branches.c.name
    )
    pinned = func.coalesce(branch_settings.c.pinned, false())
    mirrored = func.coalesce(branch_settings.c.mirrored_pinned, false())
    is_closed = cached_branches.c.state == BranchState.CLOSED.value
    is_open = cached_branches.c.state == BranchState.OPEN.value
    differs = or_(
        cached_branches.c.pinned != pinned,
        cached_branches.c.pinned != mirrored,
        is_open & branch_settings.c.closed_at.is_not(None),
        is_closed & branch_settings.c.closed_at.is_(None),
    )
    joined = cached_branches.outerjoin(branch_settings, own)
    statement = select(cached_branches.c.repo).select_from(joined).where(differs).distinct()
    return [Repository(row["repo"]) for row in await work.rows(statement.order_by(cached_branches.c.repo))]


async def _listed(work: Work, condition: ColumnElement[bool]) -> list[BranchRow]:
    statement = BRANCHES.shape.select.where(condition)
    ordered = statement.order_by(cached_branches.c.name, cached_branches.c.repo)
    return [BRANCHES.shape.read(row) for row in await work.rows(ordered)]
