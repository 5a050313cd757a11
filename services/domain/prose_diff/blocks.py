"""Cuts markdown into blocks: paragraphs, headings, list items, table rows, fences. Nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.domain.prose_diff.model import Span


class BlockKind(StrEnum):
    """How a block is compared: prose by sentences, verbatim by lines."""

    PROSE = "prose"
    VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Block:
    """A block with the blank lines that follow it; `key` is equal for blocks that read the same."""

    kind: BlockKind
    span: Span
    text: str
    key: str


_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_STARTS_BLOCK = re.compile(
    r"^ {0,3}#{1,6}(?:\s|$)|^\s*(?:[-*+]|\d{1,9}[.)])\s+\S|^\s*\||^ {0,3}>|^ {0,3}\[[^\]]+\]:"
)
_ENDS_BLOCK = re.compile(r"^ {0,3}#{1,6}(?:\s|$)|^\s*\||^ {0,3}(?:=+|-+)\s*$")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def cut_blocks(text: str) -> tuple[Block, ...]:
    """Cut `text` into blocks whose spans follow each other without a gap."""
    return tuple(_block(text, kind, start, end) for kind, start, end in _ranges(text))


def _block(text: str, kind: BlockKind, start: int, end: int) -> Block:
    raw = text[start:end]
    key = raw.rstrip() if kind is BlockKind.VERBATIM else " ".join(raw.split())
    return Block(kind, Span(start, end), raw, key)


def _ranges(text: str) -> Iterator[tuple[BlockKind, int, int]]:
    """Yield (kind, start, end); blank lines go with the block before them."""
    start, end = 0, 0
    kind, fence, closed = BlockKind.PROSE, "", True
    for match in _LINE.finditer(text):
        line = match.group()
        blank = not line.strip()
        if fence:
            end = match.end()
            if _closes(line, fence):
                fence, closed = "", True
            continue
        opening = _FENCE.match(line)
        begins = not blank and (closed or opening is not None or _STARTS_BLOCK.match(line) is not None)
        if begins and end > start:
            yield kind, start, end
            start = end
        if begins:
            kind = BlockKind.VERBATIM if opening else BlockKind.PROSE
            fence = opening.group(1) if opening else ""
        end = match.end()
        closed = blank or (not fence and _ENDS_BLOCK.match(line) is not None)
    if end > start:
        yield kind, start, end


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence) and set(stripped) == {fence[0]}
