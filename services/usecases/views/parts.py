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
    """One message of a thread; `author` is `None` for a system line, `kind` is "person" or "system"."""

    id: MessageId
    kind: str
    author: PersonView | None
    body: str
    at: datetime
    by_viewer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A conversation, oldest message first; `id` is `None` while nobody has written."""

    id: ThreadId | None = None
    messages: tuple[MessageView, ...] = ()
