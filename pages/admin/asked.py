"""What an address of the admin pages asks for; it may hold anything, and what makes no sense is no filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from services.domain.audit import ActionKind
from services.usecases.views.admin import Wanted

Query = Mapping[str, str]
Kind = TypeVar("Kind", bound=StrEnum)
LARGEST_KEY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one address, read as what they are meant to be."""

    query: Query

    def text(self, name: str) -> str:
        """Words."""
        return self.query.get(name, "").strip()

    def one_of(self, name: str, kinds: type[Kind]) -> Kind | None:
        """The member of that value."""
        text = self.query.get(name, "")
        return kinds(text) if text in frozenset(kinds) else None

    def key(self, name: str) -> int | None:
        """A row's key."""
        return key(self.query.get(name, ""))

    def day(self, name: str, *, after: bool = False) -> datetime | None:
        """The beginning of a day in UTC, or of the one `after` it."""
        try:
            moment = datetime.strptime(self.query.get(name, ""), "%Y-%m-%d").replace(tzinfo=UTC)
            return moment + timedelta(days=1) if after else moment
        except (ValueError, OverflowError):
            return None


def key(text: str) -> int | None:
    """A row's key out of a text."""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:11]) <= LARGEST_KEY else None


def wanted_acts(asked: Asked) -> Wanted:
    """Which acts the audit tab and its files show."""
    return Wanted(
        kind=asked.one_of("kind", ActionKind),
        who=asked.text("who"),
        slug=asked.text("rfc"),
        since=asked.day("since"),
        until=asked.day("until", after=True),
    )
