"""Where words that were struck would stand again, and how: for suggestions about what a branch removes (§10.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.domain.change_protocol.validation import Located
from services.domain.prose_diff import BlockChange, PieceKind, ProseDiff, Span

_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)\s+")
_ROW = re.compile(r"\s*(?:[-*+]\s|\d{1,9}[.)]\s|\|)")
_CLOSING = tuple(".,;:!?)]…”’")


@dataclass(frozen=True, slots=True)
class _Hole:
    """What stands in `span` of the newer text instead of the struck words; `whole`: a block that has no partner."""

    span: Span
    block: BlockChange
    whole: bool


def restored(diff: ProseDiff, before: str, after: str, struck: Span, wording: str) -> Located:
    """Put `wording` where `struck`, a passage of `before`, would stand in `after`.

    It takes the place of the words that came instead, within one paragraph; a paragraph that went as a whole comes
    back as one. `struck` has to be a passage.
    """
    hole = _hole(diff, before, struck)
    replacement = _as_block(before, after, hole, wording) if hole.whole else _as_words(after, hole, wording)
    return Located(hole.span, after[hole.span.start : hole.span.end], replacement)


def _hole(diff: ProseDiff, before: str, struck: Span) -> _Hole:
    at = 0
    for block in diff.blocks:
        if block.before is not None and block.before.start <= struck.start < block.before.end:
            if block.after is None:
                return _Hole(Span(at, at), block, whole=True)
            if block.move is None:
                return _Hole(_instead(block, at, before, struck), block, whole=False)
        if block.after is not None:
            at += sum(len(piece.text) for piece in block.pieces)
    return _Hole(Span(at, at), diff.blocks[-1], whole=True)


def _instead(block: BlockChange, at: int, before: str, struck: Span) -> Span:
    """What stands between the kept words around the struck ones.

    Where these are only a part of what went there, what came may stand for the other part: then the place ahead of
    it or behind it.
    """
    gone, come = _gap(block, at, struck)
    words, part = before[gone.start : gone.end].strip(), before[struck.start : struck.end].strip()
    if words == part:
        return come
    return Span(come.start, come.start) if words.startswith(part) else Span(come.end, come.end)


def _gap(block: BlockChange, at: int, struck: Span) -> tuple[Span, Span]:
    """Between the last kept word before the struck ones and the first after them: of the older and the newer text."""
    gone = block.before or struck
    come = Span(at, at + sum(len(piece.text) for piece in block.pieces))
    for piece in block.pieces:
        kept, shift = piece.before, at - piece.before.start
        if piece.kind is PieceKind.SAME and kept.start <= struck.start:
            end = min(kept.end, struck.start)
            gone, come = Span(end, gone.end), Span(end + shift, come.end)
        if piece.kind is PieceKind.SAME and kept.end >= struck.end:
            start = max(kept.start, struck.end)
            return Span(gone.start, start), Span(come.start, max(come.start, start + shift))
        at += len(piece.text)
    return gone, come


def _as_words(after: str, hole: _Hole, wording: str) -> str:
    """Inside a paragraph: with a space where it would touch other words, and the white space that was there kept."""
    inside, words = after[hole.span.start : hole.span.end], wording.strip()
    if inside.strip():
        return inside[: len(inside) - len(inside.lstrip())] + words + inside[len(inside.rstrip()) :]
    ahead, behind = ("", inside) if "\n" in inside else (inside, "")
    left, right = after[: hole.span.start] + ahead, behind + after[hole.span.end :]
    lead = "" if not left or left[-1].isspace() else " "
    tail = "" if not right or right[0].isspace() or right.startswith(_CLOSING) else " "
    return ahead + lead + words + tail + behind


def _as_block(before: str, after: str, hole: _Hole, wording: str) -> str:
    """A paragraph, heading or item of its own, with the mark it began with."""
    span = hole.block.before or Span(0, 0)
    block = before[span.start : span.end]
    words = wording.strip()
    marker = _MARKER.match(block)
    if marker and not _MARKER.match(words):
        words = marker.group() + words
    apart = 1 if _ROW.match(block) else 2
    left, right = after[: hole.span.start], after[hole.span.end :]
    lead = "\n" * max(0, apart - _ends(left)) if left else ""
    gap = len(block) - len(block.rstrip("\n"))
    return lead + words + "\n" * (max(1, gap) if not right else max(apart, gap))


def _ends(text: str) -> int:
    return len(text) - len(text.rstrip("\n"))
