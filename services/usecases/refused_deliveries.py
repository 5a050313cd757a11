"""Webhook deliveries that were refused lately: kept in the process only, since strangers can send any number (§4.1)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

KEPT: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDelivery:
    """One of them; event and repository are what it said of itself."""

    at: datetime
    event: str
    repo: str
    why: str


@dataclass(slots=True)
class RefusedDeliveries:
    """The newest ones, and how many there were since the start."""

    total: int = 0
    _kept: deque[RefusedDelivery] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, refused: RefusedDelivery) -> None:
        """Keep one more, in the place of the oldest."""
        self.total += 1
        self._kept.append(refused)

    def newest(self) -> tuple[RefusedDelivery, ...]:
        """The newest first."""
        return tuple(reversed(self._kept))
