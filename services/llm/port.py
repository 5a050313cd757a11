"""What the product asks of a model, whoever runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from services.domain.change_protocol import Reach
from services.domain.errors import ProductError

COPY_EDITOR_KEY = "copy-editor"


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier message of the conversation."""

    name: str
    text: str
    by_model: bool = False


@dataclass(frozen=True, slots=True)
class EarlierChange:
    """A change the model should know of: still pending, or declined with the person's reason."""

    original: str
    proposed: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a model is told (§18.3). `reach` is in code points of `text`, the text as accepted so far."""

    title: str
    text: str
    reach: Reach
    request: str
    quotes: tuple[str, ...] = ()
    thread: tuple[Said, ...] = ()
    pending: tuple[EarlierChange, ...] = ()
    declined: tuple[EarlierChange, ...] = ()
    known_words: frozenset[str] = frozenset()


class Participant(Protocol):
    """A model as the product knows it."""

    @property
    def key(self) -> str:
        """The name in `ENABLED_MODELS`, used in commits and cards."""

    @property
    def name(self) -> str:
        """What people read."""

    def answer(self, question: Question) -> AsyncIterator[str]:
        """Stream the answer as markdown with change blocks; raises ModelFailed. Closing the iterator stops it."""


class Trouble(StrEnum):
    """What can go wrong with a model, as the chat names it (§18.2)."""

    TIMED_OUT = "timed_out"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    CUT_OFF = "cut_off"
    NO_ANSWER = "no_answer"
    KEY_REJECTED = "key_rejected"
    TOO_LONG = "too_long"
    TOO_MUCH = "too_much"
    BROKEN = "broken"
    UNREACHABLE = "unreachable"


_SENTENCES = {
    Trouble.TIMED_OUT: ("took too long to answer.", "Ask again, perhaps about a shorter passage."),
    Trouble.RATE_LIMITED: (
        "is asked too often at the moment.",
        "Wait a minute and ask again, or ask another model.",
    ),
    Trouble.REFUSED: ("declined to answer this.", "Put it differently, or ask another model."),
    Trouble.CUT_OFF: ("stopped before its answer was complete.", "Ask again about a shorter passage."),
    Trouble.NO_ANSWER: ("answered with nothing.", "Ask again, or ask another model."),
    Trouble.KEY_REJECTED: ("does not accept the key it was given.", "The operator has to look at the key."),
    Trouble.TOO_MUCH: (
        "said more than an answer may hold; the rest is left out.",
        "Ask about a shorter passage.",
    ),
    Trouble.TOO_LONG: ("can't take a text of this length.", "Ask about a section or a selection."),
    Trouble.BROKEN: ("answered with an error.", "Ask again later, or ask another model."),
    Trouble.UNREACHABLE: ("can't be reached.", "Ask again later, or ask another model."),
}


class ModelFailed(ProductError):
    """A model's answer did not come, or not whole; `trouble` says how."""

    code = "model_failed"
    status = 502
    retryable = True

    def __init__(self, name: str, trouble: Trouble, *, payer: str = "") -> None:
        """`payer` is the login of the funder whose key was used; nobody means the operator's."""
        what, hint = _SENTENCES[trouble]
        if payer and trouble is Trouble.KEY_REJECTED:
            hint = f"It is the key of {payer}, who funds this RFC, and has to look at it."
        super().__init__(f"{name} {what}", hint=hint)
        self.trouble = trouble
