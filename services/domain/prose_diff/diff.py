"""Compares two texts block by block, and rebuilds the newer one from the comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Self

from services.domain.prose_diff.alignment import Pair, align
from services.domain.prose_diff.blocks import Block, BlockKind, cut_blocks
from services.domain.prose_diff.model import BlockChange, BlockStatus, Piece, PieceKind, ProseDiff, Span
from services.domain.prose_diff.sentences import cut_sentences
from services.domain.prose_diff.words import (
    compare_words,
    cut_words,
    likeness,
    reads_as,
    reflow,
    replace_whole,
    without_markup,
)

LARGEST_TEXT = 1_000_000
"""Characters of both sides together above which only whole blocks are compared."""
BLOCKS_ALIKE = 0.42
SENTENCES_ALIKE = 0.4
SHORTEST_MOVE = 6
"""Words a block needs to be called moved: short ones ("Yes.") recur by chance."""


Moves = dict[Pair, tuple[int, int, int]]
"""Each unpaired end of an exact move: (move number, old index, new index)."""


def compare(before: str, after: str) -> ProseDiff:
    """Compare two markdown texts; pure, bounded, and exact: `apply(compare(a, b), a) == b`."""
    old, new = cut_blocks(before), cut_blocks(after)
    limited = len(before) + len(after) > LARGEST_TEXT
    pairs = _align_blocks(old, new, limited=limited)
    moves = _find_moves(old, new, pairs)
    blocks = tuple(_change(old, new, pair, moves) for pair in pairs)
    return ProseDiff(blocks, limited)


def apply(diff: ProseDiff, before: str) -> str:
    """Rebuild the newer text from the older one and the diff."""
    return "".join(
        before[piece.before.start : piece.before.end] if piece.kind is PieceKind.SAME else piece.text
        for block in diff.blocks
        if block.after is not None
        for piece in block.pieces
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A block as likeness sees it: its words, and its whole sentences of some length."""

    words: list[str]
    sentences: frozenset[str]

    @classmethod
    def of(cls, block: Block) -> Self:
        keys = (" ".join(text.split()) for text in cut_sentences(block.text))
        return cls(reads_as(cut_words(block.text)), frozenset(key for key in keys if key.count(" ") >= 2))


def _alike(mine: _Reading, theirs: _Reading) -> float:
    if mine.sentences & theirs.sentences:
        return max(BLOCKS_ALIKE, likeness(mine.words, theirs.words))
    shorter, longer = sorted((len(mine.words), len(theirs.words)))
    if longer == 0 or 2 * shorter / (shorter + longer) < BLOCKS_ALIKE:
        return 0.0
    return likeness(mine.words, theirs.words)


def _align_blocks(old: Sequence[Block], new: Sequence[Block], *, limited: bool) -> list[Pair]:
    readings: dict[str, _Reading] = {}

    def reading(block: Block) -> _Reading:
        return readings.setdefault(block.text, readings.get(block.text) or _Reading.of(block))

    def alike(one: Block, other: Block) -> float:
        if limited or one.kind is not other.kind:
            return 0.0
        return _alike(reading(one), reading(other))

    return align(old, new, key=lambda block: block.key, alike=alike, least=BLOCKS_ALIKE)


def _find_moves(old: Sequence[Block], new: Sequence[Block], pairs: Sequence[Pair]) -> Moves:
    """Find blocks that were taken away in one place and put back in another.

    A block counts as moved only if it reads the same, stands once on each side and is long enough:
    a wrong move is worse than a missed one.
    """
    gone = [b for b, a in pairs if a is None and b is not None]
    come = {new[a].key: a for b, a in pairs if b is None and a is not None}
    often = Counter(block.key for block in old) + Counter(block.key for block in new)
    moves: Moves = {}
    for b in gone:
        key = old[b].key
        if key in come and often[key] == 2 and len(key.split()) >= SHORTEST_MOVE:
            move = (len(moves) // 2 + 1, b, come[key])
            moves[b, None] = moves[None, come[key]] = move
    return moves


def _change(old: Sequence[Block], new: Sequence[Block], pair: Pair, moves: Moves) -> BlockChange:
    b, a = pair
    if pair in moves:
        number, source, target = moves[pair]
        return _moved(old[source], new[target], number, away=a is None)
    if a is None:
        assert b is not None  # noqa: S101  a pair has at least one side
        block = old[b]
        return BlockChange(BlockStatus.DELETED, block.span, None, (Piece(PieceKind.DELETE, block.span, ""),))
    if b is None:
        block = new[a]
        return BlockChange(
            BlockStatus.INSERTED, None, block.span, (Piece(PieceKind.INSERT, Span(0, 0), block.text),)
        )
    return _compare_blocks(old[b], new[a])


def _moved(source: Block, target: Block, number: int, *, away: bool) -> BlockChange:
    if away:
        piece = Piece(PieceKind.DELETE, source.span, "")
        return BlockChange(BlockStatus.MOVED_AWAY, source.span, None, (piece,), number)
    arrived = _compare_blocks(source, target)
    return replace(arrived, status=BlockStatus.MOVED_HERE, move=number)


def _compare_blocks(old: Block, new: Block) -> BlockChange:
    if old.text == new.text:
        return BlockChange(BlockStatus.SAME, old.span, new.span, (Piece(PieceKind.SAME, old.span, old.text),))
    if old.key == new.key:
        return BlockChange(
            BlockStatus.REFLOWED, old.span, new.span, reflow(old.text, new.text, old.span.start)
        )
    cut = cut_sentences if old.kind is BlockKind.PROSE else _cut_lines
    pieces = tuple(_compare_passages(old.text, new.text, old.span.start, cut))
    formatted = old.kind is BlockKind.PROSE and without_markup(old.text) == without_markup(new.text)
    return BlockChange(
        BlockStatus.FORMATTED if formatted else BlockStatus.CHANGED, old.span, new.span, pieces
    )


def compare_prose(old: str, new: str) -> tuple[Piece, ...]:
    """Compare two passages of running text without block structure, such as the words of one paragraph."""
    if old == new:
        return (Piece(PieceKind.SAME, Span(0, len(old)), old),) if old else ()
    return tuple(_compare_passages(old, new, 0, cut_sentences))


def _compare_passages(
    old: str, new: str, offset: int, cut: Callable[[str], Sequence[str]]
) -> Iterator[Piece]:
    """Align sentences (lines of verbatim text), then compare the words of each pair."""
    olds, news = cut(old), cut(new)
    bags = {text: reads_as(cut_words(text)) for text in {*olds, *news}}
    pairs = align(
        olds,
        news,
        key=lambda text: " ".join(text.split()),
        alike=lambda one, other: likeness(bags[one], bags[other]),
        least=SENTENCES_ALIKE,
    )
    at = offset
    for before, after, paired in _passages(olds, news, pairs):
        yield from _compare_sentence(before, after, at) if paired else replace_whole(before, after, at)
        at += len(before)


def _passages(
    olds: Sequence[str], news: Sequence[str], pairs: Sequence[Pair]
) -> Iterator[tuple[str, str, bool]]:
    """Yield (old, new, paired); sentences without a partner that stand together are one replacement."""
    for paired, run in groupby(pairs, key=lambda pair: None not in pair):
        group = list(run)
        if paired:
            yield from ((olds[b], news[a], True) for b, a in group if b is not None and a is not None)
        else:
            gone = "".join(olds[b] for b, _ in group if b is not None)
            come = "".join(news[a] for _, a in group if a is not None)
            yield gone, come, False


def _compare_sentence(before: str, after: str, at: int) -> tuple[Piece, ...]:
    if before == after:
        return (Piece(PieceKind.SAME, Span(at, at + len(before)), before),)
    return compare_words(before, after, at)


def _cut_lines(text: str) -> tuple[str, ...]:
    lines = text.split("\n")
    return tuple(line + "\n" for line in lines[:-1]) + ((lines[-1],) if lines[-1] else ())
