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


UNDECIDED = frozenset((ChangeState.PENDING, ChangeState.ACCEPTING, ChangeState.STALE))
"""States in which a card still waits for somebody."""


class Outcome(StrEnum):
    """What became of a proposal, for counting: `accepted` tells apart how (§8.7)."""

    AS_PROPOSED = "as proposed"
    EDITED = "edited"
    IN_PART = "in part"
    DECLINED = "declined"
    UNDONE = "undone"
    STALE = "stale"
    REFUSED = "refused"
    WAITING = "waiting"


ACCEPTED = frozenset({Outcome.AS_PROPOSED, Outcome.EDITED, Outcome.IN_PART})
DECIDED = ACCEPTED | {Outcome.DECLINED, Outcome.UNDONE}
"""What a person decided; a text that moved on, or an answer that did not fit it, is nobody's judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedFrom:
    """Where a card of main's discuss buffer stood before it moved to a branch (§8.8)."""

    thread_id: ThreadId | None
    message_id: MessageId | None
