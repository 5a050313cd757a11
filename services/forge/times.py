"""Moments as Gitea writes them: whole seconds, RFC 3339."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

NEVER = "0001-01-01T00:00:00Z"


@dataclass(slots=True)
class _Clock:
    seconds_behind: int = 0


_CLOCK = _Clock()


def now() -> int:
    """This moment in whole seconds since 1970."""
    return int(time.time()) - _CLOCK.seconds_behind


def run_behind(seconds: int) -> None:
    """Let the clock of this process go late from now on; 0 is right again."""
    _CLOCK.seconds_behind = seconds


def iso(moment: int) -> str:
    """A moment of the database in UTC; 0 is 1970."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(moment: int | None) -> str | None:
    """A moment that may not have come."""
    return None if moment is None else iso(moment)


def iso_with_offset(moment: int, offset_minutes: int) -> str:
    """A commit's moment in the zone of its signature."""
    if offset_minutes == 0:
        return iso(moment)
    zone = timezone(timedelta(minutes=offset_minutes))
    return datetime.fromtimestamp(moment, zone).isoformat()


def parse(text: str) -> datetime | None:
    """An RFC 3339 moment with its zone, or `None` when it is none; Go's zero time counts as none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year <= 1:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
