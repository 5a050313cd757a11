"""Pull requests as last read from Gitea: `cached_prs`, written by the refresher alone (§4.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from services.domain.identifiers import PullNumber, Repository, Slug
from services.domain.metadata import FieldChange
from services.domain.pull import PullKind, PullState
from services.store.shape import Shape, table_of
from services.store.tables import CachedPr
from services.store.upsert import Mirror
from services.store.work import Work

cached_prs = table_of(CachedPr)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRow:
    """One pull request; the `entry_…` values are what an idea proposes, so that it is readable without Gitea.

    `metadata_changes` is the same for metadata and claim PRs.
    """

    repo: Repository
    pr_number: PullNumber
    pr_kind: PullKind
    state: PullState
    rfc_slug: Slug | None = None
    title: str = ""
    body: str = ""
    opened_by: str = ""
    head_branch: str = ""
    head_sha: str = ""
    base_branch: str = "main"
    base_sha: str | None = None
    merge_commit_sha: str | None = None
    entry_title: str | None = None
    entry_tags: tuple[str, ...] = ()
    entry_body: str | None = None
    entry_problem: str | None = None
    metadata_changes: tuple[FieldChange, ...] = ()
    superseded_by_pr_number: PullNumber | None = None
    opened_at: datetime
    updated_at: datetime
    merged_at: datetime | None = None
    closed_at: datetime | None = None


PULLS = Mirror(PullRow, cached_prs)


async def upsert(work: Work, *, row: PullRow) -> bool:
    """Store one pull request; True when something changed, else nothing was written."""
    return bool(await PULLS.upsert(work, [row]))


async def upsert_many(work: Work, *, rows: Sequence[PullRow]) -> list[tuple[Repository, PullNumber]]:
    """Store many; repository and number of those that changed, only they were written."""
    return [(row.repo, row.pr_number) for row in await PULLS.upsert(work, rows)]


async def remove(work: Work, *, repo: Repository, number: PullNumber) -> bool:
    """Forget a pull request that is no longer there; whether it was known."""
    return await PULLS.remove(work, repo=repo, pr_number=number)


async def find(work: Work, *, repo: Repository, number: PullNumber) -> PullRow | None:
    """One pull request."""
    return await PULLS.find(work, repo=repo, pr_number=number)


async def ideas_among(
    work: Work, *, repo: Repository, numbers: Iterable[PullNumber]
) -> frozenset[PullNumber]:
    """Which of a repository's pull requests are ideas."""
    wanted = set(numbers)
    if not wanted:
        return frozenset()
    statement = (
        select(cached_prs.c.pr_number)
        .where(cached_prs.c.repo == repo, cached_prs.c.pr_number.in_(wanted))
        .where(cached_prs.c.pr_kind == PullKind.IDEA.value)
    )
    return frozenset(PullNumber(row["pr_number"]) for row in await work.rows(statement))


async def ideas_called(
    work: Work, *, repo: Repository, slugs: Collection[str]
) -> dict[str, tuple[str, PullNumber]]:
    """The newest idea of each of these slugs: what it proposes to call the entry, and its number."""
    named = (cached_prs.c.repo == repo) & cached_prs.c.rfc_slug.in_(slugs)
    columns = (cached_prs.c.rfc_slug, cached_prs.c.entry_title, cached_prs.c.title, cached_prs.c.pr_number)
    statement = select(*columns).where(named, cached_prs.c.pr_kind == PullKind.IDEA.value)
    rows = await work.rows(statement.order_by(cached_prs.c.pr_number)) if slugs else []
    return {
        row["rfc_slug"]: (row["entry_title"] or row["title"], PullNumber(row["pr_number"])) for row in rows
    }


async def list_open(work: Work, *, kind: PullKind | None = None) -> list[PullRow]:
    """The open ones of every repository, newest first."""
    statement = PULLS.shape.select.where(cached_prs.c.state == PullState.OPEN.value)
    if kind is not None:
        statement = statement.where(cached_prs.c.pr_kind == kind.value)
    statement = statement.order_by(
        cached_prs.c.opened_at.desc(), cached_prs.c.repo, cached_prs.c.pr_number.desc()
    )
    return [PULLS.shape.read(row) for row in await work.rows(statement)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPull:
    """What a list of open pull requests shows of one."""

    repo: Repository
    pr_number: PullNumber
    pr_kind: PullKind
    rfc_slug: Slug | None
    title: str
    entry_title: str | None
    opened_by: str


OPEN = Shape(OpenPull, cached_prs)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPull:
    """What a branch's pull request is called, and how it stands."""

    repo: Repository
    pr_number: PullNumber
    rfc_slug: Slug
    head_branch: str
    state: PullState
    title: str
    opened_by: str
    merged_at: datetime | None


ON_BRANCH = Shape(BranchPull, cached_prs)


async def of_branches(
    work: Work, *, branches: Collection[tuple[Slug, str]]
) -> Mapping[tuple[str, str], Sequence[BranchPull]]:
    """The pull requests of these branches of entries, those of each newest first."""
    if not branches:
        return {}
    statement = ON_BRANCH.select.where(
        cached_prs.c.rfc_slug.in_({slug for slug, _ in branches}),
        cached_prs.c.head_branch.in_({name for _, name in branches}),
    ).order_by(cached_prs.c.opened_at.desc(), cached_prs.c.repo, cached_prs.c.pr_number.desc())
    found: dict[tuple[str, str], list[BranchPull]] = {}
    for row in [ON_BRANCH.read(row) for row in await work.rows(statement)]:
        found.setdefault((row.rfc_slug, row.head_branch), []).append(row)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedPull:
    """What is asked of an open pull request to know for whom it waits."""

    repo: Repository
    pr_number: PullNumber
    pr_kind: PullKind
    rfc_slug: Slug
    title: str
    body: str
    opened_by: str
    head_sha: str
    opened_at: datetime


UNDECIDED = Shape(UndecidedPull, cached_prs)


async def list_undecided(work: Work) -> list[UndecidedPull]:
    """The open ones of every entry, newest first; ideas are of none."""
    statement = UNDECIDED.select.where(
        cached_prs.c.state == PullState.OPEN.value,
        cached_prs.c.pr_kind != PullKind.IDEA.value,
        cached_prs.c.rfc_slug.is_not(None),
    ).order_by(cached_prs.c.opened_at.desc(), cached_prs.c.repo, cached_prs.c.pr_number.desc())
    return [UNDECIDED.read(row) for row in await work.rows(statement)]


async def list_titles(work: Work) -> list[OpenPull]:
    """The open ones of every repository, newest first, without their texts."""
    is_open = cached_prs.c.state == PullState.OPEN.value
    order = (cached_prs.c.opened_at.desc(), cached_prs.c.repo, cached_prs.c.pr_number.desc())
    return [OPEN.read(row) for row in await work.rows(OPEN.select.where(is_open).order_by(*order))]


async def list_all(work: Work, *, repo: Repository) -> list[PullRow]:
    """Every pull request of a repository, by number."""
    statement = PULLS.shape.select.where(cached_prs.c.repo == repo).order_by(cached_prs.c.pr_number)
    return [PULLS.shape.read(row) for row in await work.rows(statement)]


async def list_for_slug(work: Work, *, slug: Slug) -> list[PullRow]:
    """Every pull request of an entry, newest first."""
    statement = PULLS.shape.select.where(cached_prs.c.rfc_slug == slug).order_by(
        cached_prs.c.opened_at.desc(), cached_prs.c.repo, cached_prs.c.pr_number.desc()
    )
    return [PULLS.shape.read(row) for row in await work.rows(statement)]


async def list_superseded(work: Work) -> list[PullRow]:
    """Open ones that a merged one has replaced: they are to be closed (§10.9)."""
    statement = PULLS.shape.select.where(
        cached_prs.c.state == PullState.OPEN.value, cached_prs.c.superseded_by_pr_number.is_not(None)
    )
    return [PULLS.shape.read(row) for row in await work.rows(statement)]


async def newest_change(work: Work, *, repos: Iterable[Repository]) -> datetime | None:
    """When a pull request of these repositories changed last."""
    statement = (
        select(cached_prs.c.updated_at)
        .where(cached_prs.c.repo.in_(list(repos)))
        .order_by(cached_prs.c.updated_at.desc())
        .limit(1)
    )
    row = await work.first(statement)
    return None if row is None else row["updated_at"]


async def count_open_by_slug(work: Work) -> dict[Slug, int]:
    """How many pull requests each entry has open; an idea isn't one of its entry's."""
    statement = (
        select(cached_prs.c.rfc_slug, func.count().label("open_pulls"))
        .where(cached_prs.c.state == PullState.OPEN.value, cached_prs.c.pr_kind != PullKind.IDEA.value)
        .where(cached_prs.c.rfc_slug.is_not(None))
        .group_by(cached_prs.c.rfc_slug)
    )
    return {Slug(row["rfc_slug"]): row["open_pulls"] for row in await work.rows(statement)}
