"""The sync report: `sync_states`, one row per repository (§4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.clock import now
from services.domain.identifiers import CommitSha, Repository
from services.store.shape import Shape, storable, table_of
from services.store.tables import SyncState
from services.store.work import Work

sync_states = table_of(SyncState)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRow:
    """When a repository was last read, at which commit, by what (webhook, sweep, nudge), what went wrong."""

    repo: Repository
    last_read_at: datetime | None
    last_full_read_at: datetime | None
    last_commit_sha: CommitSha | None
    last_reason: str | None
    last_error: str | None
    last_error_at: datetime | None
    problems: tuple[Problem, ...]


SHAPE = Shape(SyncRow, sync_states)


async def record_read(
    work: Work,
    *,
    repo: Repository,
    commit_sha: CommitSha | None,
    reason: str,
    full: bool = False,
    at: datetime | None = None,
) -> bool:
    """Note a successful reading, which ends an earlier error; True when commit or error differ from before."""
    before = await find(work, repo=repo)
    moment = at or now()
    values: dict[str, object] = {
        "last_read_at": moment,
        "last_commit_sha": commit_sha,
        "last_reason": str(reason),
        "last_error": None,
        "last_error_at": None,
    }
    await _set(work, repo, values | ({"last_full_read_at": moment} if full else {}))
    return before is None or before.last_commit_sha != commit_sha or before.last_error is not None


async def record_error(work: Work, *, repo: Repository, error: str, at: datetime | None = None) -> bool:
    """Note that reading failed and why; True when it is another error than before."""
    before = await find(work, repo=repo)
    await _set(work, repo, {"last_error": storable(error), "last_error_at": at or now()})
    return before is None or before.last_error != error


async def record_problems(work: Work, *, repo: Repository, problems: Sequence[Problem]) -> bool:
    """Note which files could not be read; True when they differ from before, else nothing is written."""
    before = await find(work, repo=repo)
    if (before.problems if before else ()) == tuple(problems):
        return False
    await _set(work, repo, {"problems": storable(tuple(problems))})
    return True


async def find(work: Work, *, repo: Repository) -> SyncRow | None:
    """One repository's report."""
    return SHAPE.read_if(await work.first(SHAPE.select.where(sync_states.c.repo == repo)))


async def list_all(work: Work) -> list[SyncRow]:
    """Every repository's report, by name."""
    return [SHAPE.read(row) for row in await work.rows(SHAPE.select.order_by(sync_states.c.repo))]


async def remove(work: Work, *, repo: Repository) -> bool:
    """Forget a repository that is gone; whether it was known."""
    return await work.change(sync_states.delete().where(sync_states.c.repo == repo)) == 1


async def _set(work: Work, repo: Repository, values: dict[str, object]) -> None:
    await work.insert_unless_there(sync_states, {"repo": repo, "problems": []})
    await work.change(sync_states.update().where(sync_states.c.repo == repo).values(**values))
