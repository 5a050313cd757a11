"""Quiet hours in somebody's own time zone; they may cross midnight (§15.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end`, as the clock on their wall says."""

    start: time
    end: time
    zone: tzinfo

    def end_of(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold `at` are over (UTC); None when it is not quiet then."""
        local = at.astimezone(self.zone)
        clock = local.time().replace(tzinfo=None, fold=0)
        if self.start == self.end:
            return None
        crosses = self.start > self.end
        quiet = clock >= self.start or clock < self.end if crosses else self.start <= clock < self.end
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if crosses and clock >= self.start else local.date()
        return self._on(day, after=at)

    def _on(self, day: date, *, after: datetime) -> datetime:
        """Their end on a day; where the clock shows it twice, for it is put back, the first time to come."""
        first, second = (
            datetime.combine(day, self.end.replace(fold=fold), self.zone).astimezone(UTC) for fold in (0, 1)
        )
        return first if first > after else second


def zone_of(name: str | None) -> tzinfo:
    """The time zone of this name; UTC for none, and for one that does not exist."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError on some, an OSError on others
        return UTC
    except KeyError:
        return UTC


def time_in(text: str | None) -> time | None:
    """`21:00` as a time; None for anything else."""
    try:
        return time.fromisoformat(text) if text and len(text) == len("21:00") else None
    except ValueError:
        return None


def quiet_hours(start: str | None, end: str | None, zone: str | None) -> QuietHours | None:
    """What somebody stored; None where that is not two times."""
    begins, ends = time_in(start), time_in(end)
    return None if begins is None or ends is None else QuietHours(begins, ends, zone_of(zone))
