"""What pressing the buttons of a change card means (§8.7, §8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.domain.identifiers import OperationId


class CardAct(StrEnum):
    """What somebody may do with a card: the `data-act` of its buttons."""

    ACCEPT = "accept"
    ACCEPT_PART = "accept-part"
    ACCEPT_ALL = "accept-all"
    BOTH = "both"
    DECLINE = "decline"
    AGAIN = "again"
    UNDO = "undo"
    ADD_WORD = "add-word"
    START = "start"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a person wants done with a card, with a set of cards, or with an answer; `id` is that thing's number."""

    act: CardAct
    id: int
    operation: OperationId | None = None
    text: str | None = None
    """Their own wording (an empty one strikes the passage), their reason, or the key of the model to ask."""
    sentences: tuple[int, ...] = ()
