"""Who has a live text open: one session for each editor window (§8.9, §8.10)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.domain.identifiers import UserId

ReplyValue = str | int | bool | None | list["ReplyValue"] | Mapping[str, "ReplyValue"]
Reply = dict[str, ReplyValue]
"""A message to a browser: JSON."""
Send = Callable[[Reply], None]
"""Puts a message into a browser's outgoing queue; never waits."""

PEER_COLOURS = 8
"""Colours people are told apart by; the stylesheet has them."""


@dataclass(eq=False, slots=True)
class EditingSession:
    """One editor window. Whoever holds `key` acts for it, so only that browser is given it.

    The server gives out `client_id`: who could choose it could pose as another editor.
    """

    user_id: UserId
    name: str
    colour: int
    may_edit: bool
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    client_id: str = field(default_factory=lambda: secrets.token_hex(6))
    cursor: tuple[int, int] | None = None
    """Selection as (anchor, head) in UTF-16 offsets of the present text; None while not connected."""
    send: Send | None = None

    @property
    def connected(self) -> bool:
        """Whether the browser is there now."""
        return self.send is not None

    def shown(self) -> Reply:
        """How the other editors see this one."""
        return {
            "id": self.client_id,
            "name": self.name,
            "colour": self.colour,
            "cursor": list(self.cursor) if self.cursor else None,
        }


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is editing, as readers are told: the heading their cursor is under, if any."""

    user_id: UserId
    name: str
    colour: int
    section: str | None
