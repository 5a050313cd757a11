"""The small parts that several views share: a person, a permission with its reason, a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.identifiers import MessageId, ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody named on a page; `name` is the display name, else the login, and never empty."""

    login: str
    name: str
    avatar_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Whether the viewer may do something now; `why_not` is a sentence exactly when they may not."""

    allowed: bool
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message of a thread; `kind` is "person", "model" or "system", and only a person's has an `author`.

    A model's says who asked, how far the answer is ("streaming", "complete", "stopped", "failed") and what went wrong.
    """

    id: MessageId
    kind: str
    author: PersonView | None
    body: str
    at: datetime
    by_viewer: bool
    model_key: str = ""
    model_name: str = ""
    asked_by: PersonView | None = None
    state: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A conversation, oldest message first; `id` is `None` while nobody has written."""

    id: ThreadId | None = None
    messages: tuple[MessageView, ...] = ()
