"""The one place that says what time it is, so that tests can say it instead."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, with its time zone."""
    return datetime.now(UTC)
