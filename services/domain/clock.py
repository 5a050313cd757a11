"""The one place that says what time it is, so that tests and the sample story can say it instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class _Clock:
    behind: timedelta = timedelta()


_CLOCK = _Clock()


def now() -> datetime:
    """The present moment in UTC, with its time zone."""
    return datetime.now(UTC) - _CLOCK.behind


def run_behind(by: timedelta) -> None:
    """Let the clock of this process go `by` late from now on; zero is right again."""
    _CLOCK.behind = by
