"""CodeMirror's change sets: what was replaced in a text, composable and movable over one another.

A change set covers a whole text with sections: keep `length` units, or replace them by `insert`. Reading, applying
and mapping give the same results as the browser's implementation; both sides rebase, so they must agree exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.domain.prose_diff import BlockStatus, PieceKind, compare
from services.domain.shared_text.utf16 import from_units, has_half_a_pair, splits_a_pair, to_units

ChangeJson = list[int | list[int | str]]
"""`n` keeps n units; `[n, *lines]` replaces n units by the lines."""


class InvalidChange(ValueError):
    """A change set that is malformed or does not fit the text."""


class Section(NamedTuple):
    """Keep `length` units (`insert` is None), or replace them."""

    length: int
    insert: str | None


class ChangeSet:
    """An immutable list of sections that together cover the text before the change."""

    __slots__ = ("sections",)

    def __init__(self, sections: Iterable[Section]) -> None:
        self.sections = tuple(sections)

    @classmethod
    def replace(cls, text_length: int, start: int, end: int, text: str) -> ChangeSet:
        """Replace units `start` to `end` of a text of `text_length` units by `text` (an ordinary str, LF only)."""
        if not 0 <= start <= end <= text_length:
            raise InvalidChange(f"{start} to {end} is outside a text of {text_length} units")
        sections: list[Section] = []
        add_section(sections, start, None)
        add_section(sections, end - start, to_units(text))
        add_section(sections, text_length - end, None)
        return cls(sections)

    @classmethod
    def between(cls, old: str, new: str) -> ChangeSet:
        """What turns `old` into `new`, in as small replacements as the prose diff finds."""
        sections: list[Section] = []
        for block in compare(old, new).blocks:
            if block.status is BlockStatus.MOVED_HERE:
                # A move is a deletion there and an insertion here: change sets don't jump.
                add_section(
                    sections, 0, to_units(new[block.after.start : block.after.end] if block.after else "")
                )
                continue
            for piece in block.pieces:
                length = len(to_units(old[piece.before.start : piece.before.end]))
                add_section(sections, length, None if piece.kind is PieceKind.SAME else to_units(piece.text))
        return cls(sections)

    @classmethod
    def from_json(cls, data: object) -> ChangeSet:
        """Read what the browser's `ChangeSet.toJSON()` wrote; InvalidChange for anything else."""
        if not isinstance(data, list):
            raise InvalidChange("a change set is a list")
        return cls(_read_section(part) for part in data)

    def to_json(self) -> ChangeJson:
        """Write what the browser's `ChangeSet.fromJSON()` reads."""
        return [_write_section(section) for section in self.sections]

    @property
    def length(self) -> int:
        """Units of the text before the change."""
        return sum(section.length for section in self.sections)

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return all(section.insert is None for section in self.sections)

    @property
    def inserted(self) -> int:
        """Units of new text."""
        return sum(len(section.insert) for section in self.sections if section.insert)

    def apply(self, units: str) -> str:
        """The text after the change; InvalidChange when it does not fit or would tear a character in two."""
        parts: list[str] = []
        at = 0
        for length, insert in self.sections:
            if insert is None:
                parts.append(units[at : at + length])
            elif splits_a_pair(units, at) or splits_a_pair(units, at + length):
                raise InvalidChange(f"a change at {at} tears a character in two")
            else:
                parts.append(insert)
            at += length
        if at != len(units):
            raise InvalidChange(f"a change set for {at} units does not fit a text of {len(units)}")
        return "".join(parts)

    def map_position(self, position: int, assoc: int = -1) -> int:
        """Where `position` is after the change; `assoc` < 0 stays before text inserted there, > 0 goes after."""
        old = new = 0
        for length, insert in self.sections:
            end = old + length
            if insert is None:
                if end > position:
                    return new + position - old
                new += length
            elif end > position or (end == position and assoc < 0 and not length):
                return new if position == old or assoc < 0 else new + len(insert)
            else:
                new += len(insert)
            old = end
        if position > old:
            raise InvalidChange(f"position {position} is outside a text of {old} units")
        return new

    def map(self, other: ChangeSet, *, before: bool = False) -> ChangeSet:
        """This change, moved to apply after `other`; both start at the same text.

        `before`: at equal places this change's insertions stand before the other's.
        """
        from services.domain.shared_text.transform import map_over

        return self if other.empty else map_over(self, other, before=before)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChangeSet) and self.sections == other.sections

    def __hash__(self) -> int:
        return hash(self.sections)


def add_section(sections: list[Section], length: int, insert: str | None) -> None:
    """Append a section, merged with the last one where both do the same."""
    if not length and not insert:
        return
    last = sections[-1] if sections else None
    if last and not insert and insert == last.insert:
        sections[-1] = Section(last.length + length, insert)
    elif last and length == 0 and last.length == 0:
        sections[-1] = Section(0, (last.insert or "") + (insert or ""))
    else:
        sections.append(Section(length, insert))


def _read_section(part: object) -> Section:
    if isinstance(part, int) and not isinstance(part, bool):
        return Section(_length(part), None)
    if not isinstance(part, list) or not part:
        raise InvalidChange("a section is a number or a list that starts with one")
    first, *lines = part
    if not isinstance(first, int) or isinstance(first, bool):
        raise InvalidChange("a section starts with a number")
    insert = to_units("\n".join(_line(line) for line in lines))
    if has_half_a_pair(insert):
        raise InvalidChange("inserted text holds half a character")
    return Section(_length(first), insert)


def _length(value: int) -> int:
    if value < 0:
        raise InvalidChange("a length is negative")
    return value


def _line(value: object) -> str:
    if not isinstance(value, str) or "\n" in value or "\r" in value:
        raise InvalidChange("an inserted line is a string without line breaks")
    return value


def _write_section(section: Section) -> int | list[int | str]:
    if section.insert is None:
        return section.length
    lines = from_units(section.insert).split("\n") if section.insert else []
    return [section.length, *lines]
