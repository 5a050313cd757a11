"""Change cards: where one comes from, and how it stands (§8.6–§8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.domain.identifiers import MessageId, ThreadId


class ChangeKind(StrEnum):
    """Who proposed it."""

    MODEL = "model"
    PERSON = "person"


class ChangeState(StrEnum):
    """Values of `changes.state` (§8.7)."""

    PENDING = "pending"
    ACCEPTING = "accepting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    STALE = "stale"
    REFUSED = "refused"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedFrom:
    """Where a card of main's discuss buffer stood before it moved to a branch (§8.8)."""

    thread_id: ThreadId | None
    message_id: MessageId | None
