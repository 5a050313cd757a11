"""What the three views consist of beside their HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from services.domain.rendering.headings import Heading


class ChangeKind(StrEnum):
    """What a reader is told about one change."""

    WORDS = "words"
    INSERTED = "inserted"
    DELETED = "deleted"
    MOVED = "moved"
    FORMAT = "format"
    """The words stayed; can be hidden."""
    LINK = "link"
    """The words stayed and lead elsewhere."""


class Limit(StrEnum):
    """Why a comparison is coarser than it should be."""

    NONE = ""
    LARGE = "large"
    """Too large for anything but whole blocks of the source; the rendered views are not made."""
    COARSE = "coarse"
    """So much changed at once that whole blocks are marked."""
    WRITTEN = "written"
    """Some of the text is shown as it was written."""


@dataclass(frozen=True, slots=True)
class Change:
    """One stop of the next and previous keys; `id` follows from what changed, so it is the same after other edits.

    `gained` and `lost` count words; what only moved has neither.
    """

    id: str
    kind: ChangeKind
    section: str
    gained: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class SectionChanges:
    """A section in which something changed. `key` names it in both versions, `fingerprint` follows from its changes."""

    key: str
    number: str
    title: str
    changes: tuple[Change, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DiffViews:
    """Three views of one difference; the rendered two are empty when `limit` is LARGE."""

    rendered: str
    split: str
    source: str
    changes: tuple[Change, ...] = ()
    sections: tuple[SectionChanges, ...] = ()
    headings: tuple[Heading, ...] = field(default=(), repr=False)
    limit: Limit = Limit.NONE

    @property
    def gained(self) -> int:
        """Words that came."""
        return sum(change.gained for change in self.changes)

    @property
    def lost(self) -> int:
        """Words that went."""
        return sum(change.lost for change in self.changes)

    def count(self, kind: ChangeKind) -> int:
        """How many changes are of this kind."""
        return sum(change.kind is kind for change in self.changes)
