"""The days of the sample story: it is told in seconds, and yet takes weeks, in Git as in the database (§17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Final

from services.domain import clock

PAUSES: Final = (95, 40, 260, 25, 140, 310, 70)
"""Minutes between one act and the next."""


class Calendar:
    """Sets the clocks of app and forge to a day of the story, and from act to act a little later; never back."""

    def __init__(self, put_forge_behind: Callable[[timedelta], None]) -> None:
        self._put_forge_behind = put_forge_behind
        self._behind: timedelta | None = None
        self._pauses = cycle(PAUSES)

    def turn_to(self, days_ago: float) -> None:
        """It is so many days ago, or the day that the story has reached already."""
        wanted = timedelta(days=days_ago)
        self._put_behind(wanted if self._behind is None else min(wanted, self._behind))

    def later(self) -> None:
        """Some time passes, but none that has yet to come."""
        if self._behind is not None:
            self._put_behind(max(self._behind - timedelta(minutes=next(self._pauses)), timedelta()))

    def be_today(self) -> None:
        """Both clocks are right again."""
        self._put_behind(timedelta())

    def _put_behind(self, by: timedelta) -> None:
        self._behind = by
        clock.run_behind(by)
        self._put_forge_behind(by)
