"""When a repository has to be read again in full, and what made somebody look."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum

from services.domain.clock import now
from services.store.queries.sync import SyncRow

FULL_READ_EVERY = timedelta(hours=1)
SPREAD = timedelta(minutes=20)
"""Repositories come due at different times within this, so that no sweep reads them all."""


CLOCKS_APART = timedelta(minutes=2)
"""How far Gitea's clock and ours may differ, and how late Gitea notes a push."""


class Reason(StrEnum):
    """What made the refresher look (sync report)."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    NUDGE = "nudge"
    RECONCILE = "reconcile"


def is_due_in_full(state: SyncRow | None) -> bool:
    """Whether a repository was never read in full, not for an hour, or not successfully."""
    if state is None or state.last_full_read_at is None or state.last_error is not None:
        return True
    return now() - state.last_full_read_at > FULL_READ_EVERY - _share(state.repo) * SPREAD


def _share(name: str) -> float:
    """A number from 0 to 1 that is always the same for one name."""
    return hashlib.sha256(name.encode()).digest()[0] / 255
