"""Branches of the meta repository that the bot cut for one pull request only, once that is decided (§12).

They carry an idea, or a metadata, claim or graduation PR, and are neither cached nor have settings: that the bot cut
one is known from the act that opened its pull request, and what became of it from that pull request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CompoundSelect, RowMapping, Select, and_, exists, or_, select, union_all

from services.domain.audit import ActionKind
from services.domain.branch import BranchKey
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository, Slug
from services.domain.pull import PullState, is_cut_by
from services.store.queries.actions import actions
from services.store.queries.operations import OperationState, operations
from services.store.queries.pulls import cached_prs
from services.store.work import Work

_OPENINGS = (
    ActionKind.PROPOSE_IDEA.value,
    ActionKind.OPEN_METADATA.value,
    ActionKind.OPEN_CLAIM.value,
    ActionKind.GRADUATE_OPEN_PULL.value,
)
_RENEWALS = (ActionKind.MERGE_METADATA.value, ActionKind.MERGE_CLAIM.value)
"""Merges that may have opened the pull request anew on a branch of their own, and merged that one (§9.6)."""
_DELETIONS = (ActionKind.DELETE_STALE_BRANCH.value, ActionKind.DELETE_POST_MERGE_BRANCH.value)
_UNDER_WAY = (OperationState.PENDING.value, OperationState.PARKED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedBranch:
    """The branch of a decided pull request: at which head that ended, when, and which operation cut it.

    `merge_sha` is the commit that merged it, where it was merged and Gitea says by which.
    """

    key: BranchKey
    number: PullNumber
    slug: Slug | None
    head_sha: CommitSha
    is_merged: bool
    merge_sha: CommitSha | None
    decided_at: datetime
    cut_by: OperationId


async def list_all(work: Work, *, repo: Repository, before: datetime) -> list[DecidedBranch]:
    """Those whose pull request was decided before then, by its number; deleted ones not again."""
    statement = _statement(repo, before).order_by(cached_prs.c.pr_number)
    return [_read(row) for row in await work.rows(statement) if _is_named_so(row)]


async def find(work: Work, *, repo: Repository, number: PullNumber, before: datetime) -> DecidedBranch | None:
    """That of one pull request, where it is among them."""
    statement = _statement(repo, before, number)
    return next((_read(row) for row in await work.rows(statement) if _is_named_so(row)), None)


def _statement(
    repo: Repository, before: datetime, number: PullNumber | None = None
) -> Select[tuple[object, ...]]:
    cuts = _cuts(repo, number).subquery()
    cut_for = and_(cuts.c.repo == cached_prs.c.repo, cuts.c.pr_number == cached_prs.c.pr_number)
    under_way = operations.c.id == cuts.c.op_id, operations.c.state.in_(_UNDER_WAY)
    columns = (
        cached_prs.c.repo,
        cached_prs.c.pr_number,
        cached_prs.c.rfc_slug,
        cached_prs.c.head_branch,
        cached_prs.c.head_sha,
        cached_prs.c.merge_commit_sha,
        cached_prs.c.merged_at,
        cached_prs.c.closed_at,
        cuts.c.op_id,
    )
    return (
        select(*columns)
        .select_from(cached_prs.join(cuts, cut_for))
        .where(cached_prs.c.repo == repo, _is(cached_prs.c.pr_number, number), _decided(before))
        .where(
            cached_prs.c.head_branch.not_in(_in_use(repo)),
            cached_prs.c.pr_number.not_in(_deleted(repo, number)),
        )
        .where(~exists().where(*under_way))
    )


def _cuts(repo: Repository, number: PullNumber | None) -> CompoundSelect[tuple[object, ...]]:
    """Which operation opened which pull request."""
    of_repo = actions.c.repo == repo, actions.c.op_id.is_not(None)
    opened = select(actions.c.repo, actions.c.pr_number, actions.c.op_id).where(
        actions.c.action_kind.in_(_OPENINGS), *of_repo, _is(actions.c.pr_number, number)
    )
    replaced = cached_prs.alias()
    it = and_(replaced.c.repo == actions.c.repo, replaced.c.pr_number == actions.c.pr_number)
    renewed = (
        select(actions.c.repo, replaced.c.superseded_by_pr_number, actions.c.op_id)
        .select_from(actions.join(replaced, it))
        .where(actions.c.action_kind.in_(_RENEWALS), *of_repo)
        .where(_is(replaced.c.superseded_by_pr_number, number))
    )
    return union_all(opened, renewed)


def _is(column: ColumnElement[int | None], number: PullNumber | None) -> ColumnElement[bool]:
    """That one where a single pull request is asked for, else any."""
    return column.is_not(None) if number is None else column == number


def _decided(before: datetime) -> ColumnElement[bool]:
    state = cached_prs.c.state
    merged = and_(state == PullState.MERGED.value, cached_prs.c.merged_at <= before)
    unmerged = state.in_((PullState.CLOSED.value, PullState.WITHDRAWN.value))
    return or_(merged, and_(unmerged, cached_prs.c.closed_at <= before))


def _in_use(repo: Repository) -> Select[tuple[str]]:
    """Heads of open pull requests: somebody may have opened another one on Gitea."""
    other = cached_prs.alias()
    return select(other.c.head_branch).where(other.c.repo == repo, other.c.state == PullState.OPEN.value)


def _deleted(repo: Repository, number: PullNumber | None) -> Select[tuple[int]]:
    """Of which pull requests the branch was deleted: what somebody brought back on Gitea after that is theirs."""
    return select(actions.c.pr_number).where(
        actions.c.action_kind.in_(_DELETIONS), actions.c.repo == repo, _is(actions.c.pr_number, number)
    )


def _is_named_so(row: RowMapping) -> bool:
    return is_cut_by(row["head_branch"], OperationId(row["op_id"]))


def _read(row: RowMapping) -> DecidedBranch:
    merged_at, merge_sha = row["merged_at"], row["merge_commit_sha"]
    return DecidedBranch(
        key=BranchKey(Repository(row["repo"]), row["head_branch"]),
        number=PullNumber(row["pr_number"]),
        slug=Slug(row["rfc_slug"]) if row["rfc_slug"] else None,
        head_sha=CommitSha(row["head_sha"]),
        is_merged=merged_at is not None,
        merge_sha=CommitSha(merge_sha) if merge_sha else None,
        decided_at=merged_at or row["closed_at"],
        cut_by=OperationId(row["op_id"]),
    )
