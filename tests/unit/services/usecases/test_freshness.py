"""When a repository is due to be read in full."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from services.domain.clock import now
from services.domain.identifiers import Repository
from services.store.queries.sync import SyncRow
from services.usecases.freshness import FULL_READ_EVERY, is_due_in_full

FRESH = SyncRow(
    repo=Repository("rfc/meta"),
    last_read_at=None,
    last_full_read_at=None,
    last_commit_sha=None,
    last_reason=None,
    last_error=None,
    last_error_at=None,
    problems=(),
)


def read_in_full(age: timedelta, repo: str = "rfc/meta", error: str | None = None) -> SyncRow:
    return dataclasses.replace(FRESH, repo=Repository(repo), last_full_read_at=now() - age, last_error=error)


def test_what_was_not_read_well_or_not_for_an_hour_is_due() -> None:
    """Ages count from the moment of asking, however long the other tests took."""
    assert is_due_in_full(None)
    assert is_due_in_full(FRESH)
    assert not is_due_in_full(read_in_full(timedelta(minutes=20)))
    assert is_due_in_full(read_in_full(timedelta(minutes=1), error="Gitea can't be reached."))
    assert is_due_in_full(read_in_full(FULL_READ_EVERY + timedelta(seconds=1)))


def test_repositories_read_at_the_same_time_come_due_at_different_times() -> None:
    due = [is_due_in_full(read_in_full(timedelta(minutes=50), f"rfc/rfc-{n:04}")) for n in range(100)]

    assert 25 <= sum(due) <= 75
