"""The sync report (§4): how fresh the cache is, and what could not be read or done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.permissions import may_read_admin, require
from services.store.queries import operations, sync
from services.store.queries.operations import OperationRow, OperationState
from services.store.queries.sync import SyncRow
from services.usecases.graduation import GRADUATION
from services.usecases.outdated_logins import OutdatedLogins, outdated_logins

if TYPE_CHECKING:
    from services.usecases.context import Context


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
class UnfinishedOperation:
    """A bot write that is parked, that failed, or whose outcome is not known yet: it is asked for until it is."""

    id: str
    state: OperationState
    kind: str
    on_behalf_of: str
    attempts: int
    error: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """The whole report, for admins."""

    repositories: tuple[RepositorySync, ...]
    operations: tuple[UnfinishedOperation, ...]
    outdated: tuple[OutdatedLogins, ...]
    """Entries that name people by logins they hold no more (§6.1)."""


FAILURES_SHOWN = 50


async def sync_view(context: Context, *, viewer: Viewer) -> SyncView:
    """The sync report; raises NotSignedIn and Forbidden."""
    require(may_read_admin, viewer, act="read the sync report")
    async with context.store.read() as work:
        rows = await sync.list_all(work)
        pending = await operations.pending(work)
        parked = await operations.list_in_state(work, state=OperationState.PARKED)
        failed = await operations.list_in_state(work, state=OperationState.FAILED)
        outdated = await outdated_logins(work)
    return SyncView(
        repositories=tuple(_repository(context, row) for row in rows),
        operations=tuple(
            _operation(row) for row in [*_for_admins(parked), *pending, *failed[-FAILURES_SHOWN:]]
        ),
        outdated=outdated,
    )


def _for_admins(parked: Sequence[OperationRow]) -> list[OperationRow]:
    """Without graduations: what becomes of those is decided in their queue (§13.5)."""
    return [row for row in parked if row.kind != GRADUATION.kind]


def _repository(context: Context, row: SyncRow) -> RepositorySync:
    return RepositorySync(
        repo=row.repo,
        as_of=context.refresher.freshness(row),
        commit_sha=row.last_commit_sha,
        reason=row.last_reason,
        error=row.last_error,
        error_at=row.last_error_at,
        problems=tuple(SyncProblem(path=item.path, reason=item.reason) for item in row.problems),
    )


def _operation(row: OperationRow) -> UnfinishedOperation:
    return UnfinishedOperation(
        id=row.id,
        state=row.state,
        kind=row.kind,
        on_behalf_of=row.on_behalf_of,
        attempts=row.attempts,
        error=row.error,
        since=row.created_at,
    )
