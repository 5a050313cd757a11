"""What one change card shows, and what pressing its buttons means (§8.7, §8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.change import ChangeState
from services.domain.identifiers import ChangeId, MessageId, OperationId
from services.domain.model_symbols import ModelSign
from services.domain.prose_diff import PieceKind
from services.usecases.views.parts import PersonView

COPY_EDITOR = "copy-editor"
"""The family of the participant whose cards offer their word for the RFC's own list (§18.2)."""


class CardAct(StrEnum):
    """What somebody may do with a card: the `data-act` of its buttons."""

    ACCEPT = "accept"
    ACCEPT_PART = "accept-part"
    ACCEPT_ALL = "accept-all"
    DECLINE = "decline"
    AGAIN = "again"
    UNDO = "undo"
    ADD_WORD = "add-word"
    START = "start"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Run:
    """Some words of a word diff: the same on both sides, put in, or struck."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a change that can be accepted by itself."""

    number: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the text a change stands: the heading above it; all empty above the first heading."""

    number: str = ""
    title: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One change as a card. `sign` and `model` are a model's, `asked_by` whoever asked it or proposed it themselves."""

    id: ChangeId
    state: ChangeState
    runs: tuple[Run, ...]
    proposed: str
    reason: str = ""
    place: Place = Place()
    sign: ModelSign | None = None
    model: str = ""
    asked_by: PersonView | None = None
    at: datetime
    message_id: MessageId | None = None
    """The answer that brought it; those of one answer are a set."""
    sentences: tuple[Sentence, ...] = ()
    """Empty when it can only be accepted as a whole."""
    word: str = ""
    """A word that could go on the RFC's own list."""
    why_not: str = ""
    """Why a stale or refused one can't be accepted."""
    decided_by: PersonView | None = None
    decided_at: datetime | None = None
    decline_reason: str = ""
    commit: str = ""
    edited: bool = False
    """Accepted in somebody's own wording."""
    may_decide: bool = False
    may_ask: bool = False
    waits: bool = False
    """It is in main's discuss buffer (§8.8)."""
    by_viewer: bool = False
    """The viewer asked for it, so that it moves to their branch."""
    moved_to: str = ""
    """The address of the branch it moved to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a person wants done with a card, with a set of cards, or with an answer; `id` is that thing's number."""

    act: CardAct
    id: int
    operation: OperationId | None = None
    text: str = ""
    """Their own wording, their reason, or the key of the model to ask; empty for none."""
    sentences: tuple[int, ...] = ()
