"""The markdown source of both versions, line by line, with the words that changed marked (§10.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from itertools import groupby

from services.domain.diff_views.layout import fold_label
from services.domain.diff_views.merging import CHANGE, OLD_LINE
from services.domain.diff_views.model import Change, ChangeKind
from services.domain.diff_views.rendered import Folds
from services.domain.prose_diff import BlockChange, BlockStatus, PieceKind, ProseDiff, Span
from services.domain.rendering.tree import Node

_KINDS = {
    BlockStatus.FORMATTED: ChangeKind.FORMAT,
    BlockStatus.INSERTED: ChangeKind.INSERTED,
    BlockStatus.DELETED: ChangeKind.DELETED,
    BlockStatus.MOVED_AWAY: ChangeKind.MOVED,
    BlockStatus.MOVED_HERE: ChangeKind.MOVED,
}
Run = tuple[str, str]
"""(kind, text): kind is "", "ins" or "del"."""


@dataclass(frozen=True, slots=True)
class Places:
    """Which change of the rendered views a source line belongs to; lines from 1."""

    old: Mapping[int, str] = field(default_factory=dict)
    new: Mapping[int, str] = field(default_factory=dict)

    def change_at(self, old: range, new: range) -> str:
        """The change that these lines show, or nothing."""
        found = (self.new.get(line) for line in new), (self.old.get(line) for line in old)
        return next((change for side in found for change in side if change), "")


def places_of(nodes: Sequence[Node]) -> Places:
    """Where the changes of a merged document are written."""
    old: dict[int, str] = {}
    new: dict[int, str] = {}
    for node in _below(nodes):
        change = _own_change(node)
        if change and node.opening.map:
            new.update((line + 1, change) for line in range(*node.opening.map))
        if change and OLD_LINE in node.opening.attrs:
            old.setdefault(int(node.opening.attrs[OLD_LINE]), change)
    return Places(old, new)


@dataclass(slots=True)
class Source:
    """Writes the view; `extra` are the changes that only the source shows."""

    before: str
    after: str
    places: Places
    extra: list[Change] = field(default_factory=list)
    _folds: Folds = field(default_factory=lambda: Folds("lines-"))
    _old: int = 1
    _new: int = 1

    def html(self, diff: ProseDiff) -> str:
        """All lines."""
        blocks = list(diff.blocks)
        near = [any(one.is_change for one in blocks[max(0, at - 1) : at + 2]) for at in range(len(blocks))]
        written: list[str] = []
        for shown, run in groupby(zip(near, blocks, strict=True), key=lambda pair: pair[0]):
            group = [block for _, block in run]
            lines = "".join(line for block in group for line in self._block(block))
            written.append(lines if shown else self._folds.html(fold_label(len(group)), lines, row="wide"))
        return "".join(written)

    def _block(self, block: BlockChange) -> Iterator[str]:
        if not block.is_change:
            yield from self._same(self._text(block.after, self.after), self._height(block.before))
            return
        old = _lines([*_runs(block, self.before, "del")])
        new = _lines([*_runs(block, self.after, "ins")])
        tail = min(_blank_tail(old), _blank_tail(new)) if old and new else 0
        change = self._change(block, len(old), len(new))
        look, kind = _looks(block)
        for line in old[: len(old) - tail]:
            yield self._row(line, look or "del", change, kind, old=True)
        for line in new[: len(new) - tail]:
            yield self._row(line, look or "ins", change, kind, old=False)
        for _ in range(tail):
            yield self._plain("")

    def _same(self, text: str, height: int) -> Iterator[str]:
        """Unchanged lines; what was only reflowed has as many lines as it has now."""
        lines = _split(text)
        start = self._old
        for line in lines:
            yield self._plain(escape(line, quote=False))
        self._old = start + height

    def _plain(self, html: str) -> str:
        row = (
            f'<div data-line="{self._new}" data-old-line="{self._old}"><i>{self._old}</i><i>{self._new}</i><i></i>'
            f"<span>{html}\n</span></div>"
        )
        self._old += 1
        self._new += 1
        return row

    def _row(self, html: str, look: str, change: str, kind: str, *, old: bool) -> str:
        side, number = ("before", self._old) if old else ("after", self._new)
        name = "data-old-line" if old else "data-line"
        numbers = f"<i>{number}</i><i></i><i>−</i>" if old else f"<i></i><i>{number}</i><i>+</i>"
        if old:
            self._old += 1
        else:
            self._new += 1
        return (
            f'<div class="{look}" data-side="{side}" {name}="{number}" data-chg="{change}" data-kind="{kind}">'
            f"{numbers}<span>{html}\n</span></div>"
        )

    def _change(self, block: BlockChange, old: int, new: int) -> str:
        found = self.places.change_at(range(self._old, self._old + old), range(self._new, self._new + new))
        if found:
            return found
        texts = self._text(block.before, self.before), self._text(block.after, self.after)
        made = sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:10] + "-s"
        kind = _KINDS.get(block.status, ChangeKind.WORDS)
        if all(one.id != made for one in self.extra[-1:]):
            self.extra.append(Change(made, kind, "", *_words(block)))
        return made

    def _text(self, span: Span | None, text: str) -> str:
        return text[span.start : span.end] if span else ""

    def _height(self, span: Span | None) -> int:
        return len(_split(self._text(span, self.before)))


def _runs(block: BlockChange, text: str, tag: str) -> Iterator[Run]:
    """One version of a block: what both have, and what only this one has."""
    if block.move is not None:
        span = block.before if tag == "del" else block.after
        if (block.status is BlockStatus.MOVED_AWAY) == (tag == "del") and span is not None:
            yield "", text[span.start : span.end]
        return
    for piece in block.pieces:
        mine = text[piece.before.start : piece.before.end] if tag == "del" else piece.text
        changed = piece.kind in (PieceKind.INSERT, PieceKind.DELETE)
        if mine:
            yield (tag if changed else ""), mine


def _lines(runs: Sequence[Run]) -> list[str]:
    """The runs as lines of HTML; a mark never goes across the end of a line."""
    lines = [""]
    for tag, text in runs:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append("")
            words = escape(part, quote=False)
            lines[-1] += f"<{tag}>{words}</{tag}>" if tag and part else words
    return lines[:-1] if lines[-1] == "" else lines


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _blank_tail(lines: Sequence[str]) -> int:
    count = 0
    while count < len(lines) and not lines[-1 - count].strip():
        count += 1
    return count


def _looks(block: BlockChange) -> tuple[str, str]:
    if block.move is not None:
        return "mov", ChangeKind.MOVED
    return "", _KINDS.get(block.status, ChangeKind.WORDS)


def _words(block: BlockChange) -> tuple[int, int]:
    """Words gained and lost."""
    if block.move is not None:
        return 0, 0
    gained = sum(len(piece.text.split()) for piece in block.pieces if piece.kind is PieceKind.INSERT)
    return gained, sum(1 for piece in block.pieces if piece.kind is PieceKind.DELETE)


def _below(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _below(node.children)


def _own_change(node: Node) -> str:
    token = node.opening
    own = token.attrs.get(CHANGE) or token.meta.get("chg", "")
    inside = (child.meta.get("chg", "") for child in token.children or ())
    return str(own or next(filter(None, inside), ""))
