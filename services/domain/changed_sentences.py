"""Which sentences of a text somebody has not read yet (§8.2)."""

from __future__ import annotations

from collections.abc import Iterator

from services.domain.prose_diff import BlockChange, BlockStatus, PieceKind, ProseDiff, Span
from services.domain.prose_diff.sentences import cut_sentences


def changed_sentences(diff: ProseDiff, after: str) -> tuple[Span, ...]:
    """The sentences of `after` that are new or read otherwise, in order.

    What only moved, was only reflowed or got other marks was read before. A sentence that lost words counts;
    one that is gone leaves nothing to read.
    """
    return tuple(span for block in diff.blocks for span in _of_block(block, after))


def _of_block(block: BlockChange, after: str) -> Iterator[Span]:
    if block.after is None or block.status not in (BlockStatus.CHANGED, BlockStatus.INSERTED):
        return
    touched = list(_touched(block))
    at = block.after.start
    for sentence in cut_sentences(after[block.after.start : block.after.end]):
        span = Span(at, at + len(sentence.rstrip()))
        at += len(sentence)
        if len(span) and any(_meets(place, span) for place in touched):
            yield span


def _touched(block: BlockChange) -> Iterator[Span]:
    """Where something was put in, and the points where something was taken out, in the newer text."""
    at = block.after.start if block.after else 0
    for piece in block.pieces:
        if piece.kind is PieceKind.DELETE:
            yield Span(at, at)
            continue
        if piece.kind is PieceKind.INSERT:
            yield Span(at, at + len(piece.text))
        at += len(piece.text)


def _meets(place: Span, sentence: Span) -> bool:
    """Whether a change lies in a sentence; a whole sentence taken out beside it is no change of it."""
    if len(place):
        return place.start < sentence.end and place.end > sentence.start
    return sentence.start < place.start < sentence.end
