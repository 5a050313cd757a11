"""When somebody's digest is due: eight in the morning by their own clock, each day or on Mondays (§15.5)."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

HOUR: Final = 8
MONDAY: Final = 0


def due_period(cadence: str, zone: tzinfo, at: datetime) -> str | None:
    """The local date whose digest is due by now; None when none is due today."""
    local = at.astimezone(zone)
    if cadence not in ("daily", "weekly") or local.hour < HOUR:
        return None
    if cadence == "weekly" and local.weekday() != MONDAY:
        return None
    return local.date().isoformat()
