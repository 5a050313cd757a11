"""Who is acting: the person behind a request, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.domain.identifiers import Login, UserId


class Role(StrEnum):
    """A signed-in person's role (§6.1)."""

    CONTRIBUTOR = "contributor"
    ADMIN = "admin"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person at the moment of an act; role and mute are read fresh for every act."""

    id: UserId
    login: Login
    display_name: str
    role: Role = Role.CONTRIBUTOR
    muted: bool = False
    mute_reason: str = ""
    avatar_url: str = ""

    @property
    def runs_the_app(self) -> bool:
        """Whether this is an admin or an owner (§6.3)."""
        return self.role in (Role.ADMIN, Role.OWNER)


Viewer = Actor | None
"""Whoever looks: `None` is anonymous."""
