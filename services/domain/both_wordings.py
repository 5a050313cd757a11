"""Two wordings of one passage, one after the other, so that what they stand in stays what it is (§8.10).

Sentences of one paragraph are joined by a space, blocks by a blank line, list items and table rows by a line end.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from services.domain.part_accept import NEEDS_NO_SPACE
from services.domain.prose_diff.blocks import Block, BlockKind, cut_blocks

_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})")
_MARKER = re.compile(
    r"(?P<indent>[ \t]*)(?:(?P<heading>#{1,6})[ \t]+|(?P<item>[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?"
    r"|(?P<row>\|)|(?P<quote>>)[ \t]?|(?P<note>\[[^\]]+\]:)[ \t]*)"
)
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CELL = re.compile(r"(?<!\\)\|")


class _Kind(Enum):
    """What a line begins."""

    PROSE = auto()
    HEADING = auto()
    ITEM = auto()
    ROW = auto()
    QUOTE = auto()
    NOTE = auto()


def both_of(before: str, first: str, second: str, after: str) -> str | None:
    """Both wordings of the passage between `before` and `after`; None where they can't stand side by side.

    That is so where one of them takes the passage out, for the lines that make a table or a fence what they are, and
    wherever what follows would be read otherwise.
    """
    if not first.strip() or not second.strip():
        return None
    found = _joined(before, first.rstrip(), second.rstrip(), after)
    if found is None:
        return None
    both = found + second[len(second.rstrip()) :]
    return both if _reads_on(before, first, both, after) else None


def _joined(before: str, one: str, other: str, after: str) -> str | None:
    lead, rest = before[before.rfind("\n") + 1 :], after.partition("\n")[0]
    if _is_verbatim(before, one, after):
        return _lines_of_code(one, other)
    if _kind(lead + one) is _Kind.ROW and _kind(lead + other) is _Kind.ROW:
        return _rows(lead, one, other, after)
    if lead.strip():
        return _sentences(one, other) if _is_inline(one) and _is_inline(other) else f"{one}\n\n{other}"
    if (rest.strip() or _kind(one) is _Kind.NOTE) and _opens_alike(one, other):
        return _sentences(one, _unmarked(other))
    return one + _gap(before, one, other, after) + other


def _sentences(one: str, other: str) -> str:
    return one + ("" if NEEDS_NO_SPACE.search(one) else " ") + other


def _gap(before: str, one: str, other: str, after: str) -> str:
    """What stands between two wordings that take up whole lines."""
    last, first = _kind(cut_blocks(one)[-1].text), _kind(other)
    inside = _touches(before, after)
    if last is first is _Kind.ITEM:
        return "\n"
    if last is first is _Kind.QUOTE:
        return "\n" if inside else "\n>\n"
    return "\n" if last is first is _Kind.PROSE and inside and _is_inline(one) else "\n\n"


def _touches(before: str, after: str) -> bool:
    """Whether the lines beside a passage belong to the same paragraph or quotation."""
    above, below = before.removesuffix("\n").rpartition("\n")[2], after.removeprefix("\n").partition("\n")[0]
    continued = bool(above.strip()) and _kind(above) not in (_Kind.HEADING, _Kind.ROW)
    return continued or (bool(below.strip()) and _kind(below) in (_Kind.PROSE, _Kind.QUOTE))


def _rows(lead: str, one: str, other: str, after: str) -> str | None:
    """Two rows of a table; the headings of its columns stay one row, and a whole table goes below the other."""
    lines = [*one.split("\n"), *other.split("\n")]
    rest, _, below = after.partition("\n")
    if _DELIMITER.fullmatch(below.partition("\n")[0]) and len(lines) == 2:
        return _cells(one, other)
    delimiters = [_delimiter_in(one), _delimiter_in(other)]
    if delimiters == [1, 1]:
        return f"{one}\n\n{other}"
    return f"{one}{rest}\n{lead}{other}" if delimiters == [None, None] else None


def _delimiter_in(wording: str) -> int | None:
    """The line that makes rows a table: the second one of a whole table."""
    found = (at for at, line in enumerate(wording.split("\n")) if _DELIMITER.fullmatch(line))
    return next(found, None)


def _cells(one: str, other: str) -> str | None:
    """One row with both wordings of the cells that differ; None when their numbers do."""
    pair = [_CELL.split(one), _CELL.split(other)]
    if len(pair[0]) != len(pair[1]):
        return None
    return "|".join(_cell(left, right) for left, right in zip(*pair, strict=True))


def _cell(left: str, right: str) -> str:
    if left.strip() == right.strip() or not right.strip():
        return left
    return f" {left.strip()} / {right.strip()} " if left.strip() else right


def _lines_of_code(one: str, other: str) -> str | None:
    """Lines of a fence follow each other; whole fences stand apart, and one end of a fence can't stand twice."""
    fences = [[bool(_FENCE.match(line)) for line in wording.split("\n")] for wording in (one, other)]
    if not any(map(any, fences)):
        return f"{one}\n{other}"
    whole = all(marks[0] and marks[-1] and sum(marks) % 2 == 0 for marks in fences)
    return f"{one}\n\n{other}" if whole else None


def _is_verbatim(before: str, one: str, after: str) -> bool:
    block = _block_at(before + one + after, len(before))
    return block is not None and block.kind is BlockKind.VERBATIM


def _block_at(text: str, at: int) -> Block | None:
    return next((block for block in cut_blocks(text) if block.span.start <= at < block.span.end), None)


def _reads_on(before: str, first: str, both: str, after: str) -> bool:
    """Whether the blocks after the passage are those that follow one wording alone."""
    return _blocks_behind(before + first, after) == _blocks_behind(before + both, after)


def _blocks_behind(text: str, after: str) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.key) for block in cut_blocks(text + after) if block.span.start >= len(text)]


def _kind(line: str) -> _Kind:
    found = _MARKER.match(line)
    return _Kind.PROSE if found is None or not found.lastgroup else _Kind[_group(found).upper()]


def _group(found: re.Match[str]) -> str:
    return next(name for name, text in found.groupdict().items() if text is not None and name != "indent")


def _opens_alike(one: str, other: str) -> bool:
    """Whether both begin the same item, heading, quotation or note, or none."""
    left, right = _MARKER.match(one), _MARKER.match(other)
    if left is None or right is None:
        return left is right
    group = _group(left)
    if group != _group(right) or left["indent"] != right["indent"]:
        return False
    return group == "item" or left[group] == right[group]


def _unmarked(wording: str) -> str:
    found = _MARKER.match(wording)
    return wording if found is None else wording[found.end() :]


def _is_inline(wording: str) -> bool:
    """Whether a wording stays within one paragraph."""
    return len(cut_blocks(wording)) == 1
