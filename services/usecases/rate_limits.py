"""How often one person may do something; kept in memory, so a restart forgets it."""

from __future__ import annotations

import math
import time
from enum import StrEnum

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services.domain.errors import RateLimited


class Limited(StrEnum):
    """The acts that are counted."""

    PROPOSE = "propose"
    CONTRIBUTE = "contribute"
    METADATA = "metadata"
    COMMENT = "comment"
    ASK = "ask"
    ASK_ON_RFC = "ask_on_rfc"
    SIGN_IN = "sign_in"


DEFAULTS = {
    Limited.PROPOSE: "10 per 10 minutes; 50 per day",
    Limited.CONTRIBUTE: "10 per 10 minutes; 50 per day",
    Limited.METADATA: "20 per 10 minutes; 100 per day",
    Limited.COMMENT: "30 per minute; 600 per day",
    Limited.ASK: "20 per 10 minutes; 200 per day",
    Limited.ASK_ON_RFC: "60 per 10 minutes; 600 per day",
    Limited.SIGN_IN: "20 per minute",
}
SENTENCES = {
    Limited.PROPOSE: "You have proposed a lot in a short time.",
    Limited.CONTRIBUTE: "You have started many branches in a short time.",
    Limited.METADATA: "You have opened many metadata or claim PRs in a short time.",
    Limited.COMMENT: "You have written a lot in a short time.",
    Limited.ASK: "You have asked models a lot in a short time.",
    Limited.ASK_ON_RFC: "Models were asked a lot about this RFC in a short time.",
    Limited.SIGN_IN: "There were many sign-ins from your address in a short time.",
}


class RateLimits:
    """Counts acts by person (or address) in moving windows."""

    def __init__(self, rules: dict[Limited, str] | None = None) -> None:
        chosen = DEFAULTS | (rules or {})
        self._windows = {act: parse_many(text) for act, text in chosen.items()}
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, act: Limited, who: str) -> None:
        """Count one act; raises RateLimited, and counts nothing, when there were too many already."""
        for window in self._windows[act]:
            if not self._limiter.test(window, act.value, who):
                raise RateLimited(SENTENCES[act], retry_after=self._seconds_left(window, act, who))
        for window in self._windows[act]:
            self._limiter.hit(window, act.value, who)

    def _seconds_left(self, window: RateLimitItem, act: Limited, who: str) -> int:
        stats = self._limiter.get_window_stats(window, act.value, who)
        return max(1, math.ceil(stats.reset_time - time.time()))
