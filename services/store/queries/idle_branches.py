"""What hygiene looks at: every branch the bot cut, with its settings and how its pull requests stand (§12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, Select, and_, case, func, or_, select, tuple_, type_coerce

from services.domain.branch import BranchKey, BranchState
from services.domain.hygiene import BranchFacts
from services.domain.identifiers import CommitSha, Repository, Slug, UserId
from services.domain.pull import PullState
from services.store.queries.branch_settings import branch_settings
from services.store.queries.branches import cached_branches
from services.store.queries.pulls import cached_prs
from services.store.queries.resolutions import ACTIVE, resolutions
from services.store.tables.columns import UtcDateTime
from services.store.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleBranch:
    """One branch that may be closed or deleted by itself."""

    key: BranchKey
    slug: Slug
    head_sha: CommitSha
    created_by: UserId | None
    facts: BranchFacts


async def list_all(work: Work) -> list[IdleBranch]:
    """Every branch of the bot's that is there, by repository and name."""
    statement = _statement().order_by(cached_branches.c.repo, cached_branches.c.name)
    return [_read(row) for row in await work.rows(statement)]


async def list_cut_by(work: Work, *, user_id: UserId) -> list[IdleBranch]:
    """Those that one person cut."""
    statement = _statement().where(branch_settings.c.created_by == user_id)
    return [_read(row) for row in await work.rows(statement.order_by(cached_branches.c.name))]


async def find(work: Work, *, key: BranchKey) -> IdleBranch | None:
    """One of them."""
    statement = _statement().where(cached_branches.c.repo == key.repo, cached_branches.c.name == key.name)
    row = await work.first(statement)
    return None if row is None else _read(row)


async def page(
    work: Work, *, text: str, state: BranchState | None, after: tuple[str, str], limit: int
) -> list[IdleBranch]:
    """Branches by RFC and name, deleted ones too, whose RFC or name has `text` in it, after one of them."""
    slug, name = branch_settings.c.rfc_slug, cached_branches.c.name
    fits = or_(*(column.contains(text.lower(), autoescape=True) for column in (slug, func.lower(name))))
    statement = _every().where(fits, tuple_(slug, name) > after)
    if state is not None:
        statement = statement.where(cached_branches.c.state == state.value)
    return [_read(row) for row in await work.rows(statement.order_by(slug, name).limit(limit))]


def _statement() -> Select[tuple[object, ...]]:
    there = cached_branches.c.state != BranchState.DELETED.value
    cut_here = branch_settings.c.created_by.is_not(None) & (branch_settings.c.rfc_slug != "")
    return _every().where(there, cut_here)


def _every() -> Select[tuple[object, ...]]:
    pulls, replays = _pulls().subquery(), _replays().subquery()
    own = and_(branch_settings.c.repo == cached_branches.c.repo,
               branch_settings.c.branch_name == cached_branches.c.name)  # fmt: skip
    theirs = and_(pulls.c.repo == cached_branches.c.repo, pulls.c.head_branch == cached_branches.c.name)
    replayed = and_(replays.c.repo == cached_branches.c.repo,
                    replays.c.branch_name == cached_branches.c.name)  # fmt: skip
    joined = cached_branches.join(branch_settings, own).outerjoin(pulls, theirs).outerjoin(replays, replayed)
    columns = (
        cached_branches.c.repo,
        cached_branches.c.name,
        cached_branches.c.head_sha,
        cached_branches.c.state,
        cached_branches.c.last_commit_at,
        branch_settings.c.rfc_slug,
        branch_settings.c.created_by,
        branch_settings.c.created_at,
        branch_settings.c.closed_at,
        branch_settings.c.kept_until,
        branch_settings.c.warned_at,
        branch_settings.c.pinned,
        func.coalesce(pulls.c.open_pulls, 0).label("open_pulls"),
        type_coerce(pulls.c.merged_at, UtcDateTime).label("merged_at"),
        replays.c.branch_name.is_not(None).label("replays_one"),
    )
    return select(*columns).select_from(joined)


def _pulls() -> Select[tuple[object, ...]]:
    """Of each head branch: how many of its pull requests are open, and when the last one was merged."""
    is_open = case((cached_prs.c.state == PullState.OPEN.value, 1), else_=0)
    return select(
        cached_prs.c.repo,
        cached_prs.c.head_branch,
        func.sum(is_open).label("open_pulls"),
        func.max(cached_prs.c.merged_at).label("merged_at"),
    ).group_by(cached_prs.c.repo, cached_prs.c.head_branch)


def _replays() -> Select[tuple[object, ...]]:
    """Branches on which an open pull request is being replayed, or waits for somebody to choose (§10.9)."""
    it = and_(cached_prs.c.repo == resolutions.c.repo, cached_prs.c.pr_number == resolutions.c.pr_number)
    return (
        select(resolutions.c.repo, resolutions.c.branch_name)
        .select_from(resolutions.join(cached_prs, it))
        .where(resolutions.c.state.in_(ACTIVE), cached_prs.c.state == PullState.OPEN.value)
        .distinct()
    )


def _read(row: RowMapping) -> IdleBranch:
    return IdleBranch(
        key=BranchKey(Repository(row["repo"]), row["name"]),
        slug=Slug(row["rfc_slug"]),
        head_sha=CommitSha(row["head_sha"]),
        created_by=row["created_by"],
        facts=BranchFacts(
            state=BranchState(row["state"]),
            last_commit_at=row["last_commit_at"],
            created_at=row["created_at"],
            closed_at=row["closed_at"],
            merged_at=_merged(row["merged_at"], row["last_commit_at"]),
            kept_until=row["kept_until"],
            warned_at=row["warned_at"],
            pinned=bool(row["pinned"]),
            in_use=row["open_pulls"] > 0 or bool(row["replays_one"]),
        ),
    )


def _merged(merged_at: datetime | None, last_commit_at: datetime | None) -> datetime | None:
    """When its merge counts from: work that went on after it is not merged."""
    if merged_at is None or (last_commit_at is not None and last_commit_at > merged_at):
        return None
    return merged_at
