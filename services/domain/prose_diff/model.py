"""What a prose diff is made of. Offsets are in code points of the compared texts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PieceKind(StrEnum):
    """What happened to one run of characters."""

    SAME = "same"
    INSERT = "insert"
    DELETE = "delete"
    SPACE = "space"
    """White space differs and nothing else: applied, never shown as a change."""


class BlockStatus(StrEnum):
    """What happened to one block of the document."""

    SAME = "same"
    REFLOWED = "reflowed"
    FORMATTED = "formatted"
    """Only marks such as `*` or a backtick changed; can be hidden (§10.3)."""
    CHANGED = "changed"
    INSERTED = "inserted"
    DELETED = "deleted"
    MOVED_AWAY = "moved_away"
    MOVED_HERE = "moved_here"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Piece:
    """One run inside a block: `before` where the old characters stand, `text` what stands there afterwards.

    SAME: both are the same characters. INSERT: `before` is empty. DELETE: `text` is empty.
    SPACE: the white space at `before` becomes `text`.
    """

    kind: PieceKind
    before: Span
    text: str


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One block: where it stood, where it stands, and its pieces in reading order.

    `before` is None for an insert, `after` for a delete. `move` numbers both ends of one move.
    """

    status: BlockStatus
    before: Span | None
    after: Span | None
    pieces: tuple[Piece, ...]
    move: int | None = None

    @property
    def is_change(self) -> bool:
        """Whether a reader should see something here."""
        return self.status not in (BlockStatus.SAME, BlockStatus.REFLOWED)


@dataclass(frozen=True, slots=True)
class ProseDiff:
    """All blocks in reading order; `limited` says that the texts were too large for sentences and words."""

    blocks: tuple[BlockChange, ...]
    limited: bool = False

    @property
    def has_changes(self) -> bool:
        """Whether anything but white space differs."""
        return any(block.is_change for block in self.blocks)
