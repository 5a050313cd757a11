"""One rendered document that shows what changed between two versions of it (§8.3, §8.11, §10.3).

Both versions are parsed; blocks, then sentences, then words are aligned, and the newer document is written with the
older one's words struck where they stood. Marks stand only around running text and lines of code, so the structure is
always that of a document. Without what is struck it reads exactly as the newer version, without what was inserted
exactly as the older.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from markdown_it.token import Token

from services.domain.prose_diff import Piece, PieceKind, compare_prose
from services.domain.prose_diff.alignment import Pair, align
from services.domain.prose_diff.matching import stretches
from services.domain.prose_diff.words import likeness
from services.domain.rendering.phrasing import Phrasing, StandIns, written
from services.domain.rendering.tree import Node, copied, leaves

BLOCKS_ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Mark:
    """One change as a reader sees it: what was struck, what was put in, and which lines (from 0) it is in now."""

    struck: str
    inserted: str
    lines: tuple[int, int]


Attribute = Callable[[Mark], str | None]
"""Says which change card a mark belongs to; None when it belongs to none."""


def nobody(mark: Mark) -> str | None:
    """Marks without cards."""
    del mark
    return None


@dataclass(slots=True)
class Tracking:
    """Merges two trees into one that shows the difference."""

    attribute: Attribute = nobody
    marks: int = 0

    def merge(self, old: list[Node], new: list[Node]) -> Iterator[Node]:
        """The merged nodes in reading order."""
        for before, after in _pairs(old, new):
            if before is not None and after is not None:
                yield self._both(old[before], new[after])
            elif before is not None:
                yield self._whole(copied(old[before]), "del")
            elif after is not None:
                yield self._whole(copied(new[after]), "ins")

    def _both(self, old: Node, new: Node) -> Node:
        if old.key == new.key:
            return new
        if new.is_text:
            return self._text(old, new)
        if new.opening.type in ("fence", "code_block"):
            return self._code(old.opening, new.opening)
        if new.opening.type == "tr_open" and len(old.children) == len(new.children):
            cells = [self._both(one, other) for one, other in zip(old.children, new.children, strict=True)]
            return replace(new, children=cells)
        return replace(new, children=list(self.merge(old.children, new.children)))

    def _text(self, old: Node, new: Node) -> Node:
        stand_ins = StandIns()
        before = Phrasing(old.opening.children or (), stand_ins)
        after = Phrasing(new.opening.children or (), stand_ins)
        pieces = compare_prose(before.text, after.text)
        if all(piece.kind in (PieceKind.SAME, PieceKind.SPACE) for piece in pieces):
            return new
        return _with_children(new, self._marked(pieces, before, after, _lines(new.opening)))

    def _marked(
        self, pieces: Iterable[Piece], before: Phrasing, after: Phrasing, lines: tuple[int, int]
    ) -> Iterator[Token]:
        at = 0
        for changed, run in groupby(
            pieces, key=lambda piece: piece.kind in (PieceKind.INSERT, PieceKind.DELETE)
        ):
            group = list(run)
            if changed:
                yield from self._mark_open(_mark(group, before, lines))
            for piece in group:
                if piece.kind is PieceKind.DELETE:
                    yield from _wrapped("del", written(before.cut(piece.before.start, piece.before.end)))
                    continue
                tokens = written(after.cut(at, at + len(piece.text)))
                at += len(piece.text)
                yield from _wrapped("ins", tokens) if changed else tokens
            if changed:
                yield Token("mark_close", "span", -1)

    def _whole(self, node: Node, tag: str) -> Node:
        """A block that only one version has: all of its words are marked, in the node itself; its structure stays."""
        for leaf in leaves(node):
            token = leaf.opening
            lines = _lines(token)
            if leaf.is_text and token.children:
                mark = Mark(token.content, "", lines) if tag == "del" else Mark("", token.content, lines)
                children = [
                    *self._mark_open(mark),
                    *_wrapped(tag, iter(token.children)),
                    Token("mark_close", "span", -1),
                ]
                leaf.opening = token.copy(children=children)
            elif token.type in ("fence", "code_block"):
                sides = (token.content, "") if tag == "del" else ("", token.content)
                leaf.opening = self._code_token(token, *sides)
        if tag == "del":
            _forget_places(node)
        return node

    def _code(self, old: Token, new: Token) -> Node:
        return Node(self._code_token(new, old.content, new.content))

    def _code_token(self, token: Token, old: str, new: str) -> Token:
        self.marks += 1
        change = self.attribute(Mark(old, new, _lines(token)))
        return token.copy(type="tracked_code", meta={"old": old, "new": new, "change": change})

    def _mark_open(self, mark: Mark) -> Iterator[Token]:
        self.marks += 1
        yield Token("mark_open", "span", 1, meta={"change": self.attribute(mark)})


def code_lines(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Lines of two code blocks as (kind, text) with kind "same", "del" or "ins"."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for stretch in stretches(before, after):
        gone = "".join(before[stretch.old.start : stretch.old.stop])
        come = "".join(after[stretch.new.start : stretch.new.stop])
        if stretch.tag == "equal":
            yield "same", come
            continue
        if gone:
            yield "del", gone
        if come:
            yield "ins", come


def _pairs(old: list[Node], new: list[Node]) -> list[Pair]:
    def alike(one: Node, other: Node) -> float:
        if one.kind != other.kind:
            return 0.0
        if not one.words and not other.words:
            return 1.0
        return likeness(one.words, other.words)

    return align(old, new, key=lambda node: node.key, alike=alike, least=BLOCKS_ALIKE)


def _mark(pieces: list[Piece], before: Phrasing, lines: tuple[int, int]) -> Mark:
    struck = [before.text[p.before.start : p.before.end] for p in pieces if p.kind is PieceKind.DELETE]
    return Mark("".join(struck), "".join(p.text for p in pieces if p.kind is PieceKind.INSERT), lines)


def _wrapped(tag: str, tokens: Iterator[Token]) -> Iterator[Token]:
    yield Token(f"{tag}_open", tag, 1)
    yield from tokens
    yield Token(f"{tag}_close", tag, -1)


def _with_children(node: Node, children: Iterator[Token]) -> Node:
    return Node(node.opening.copy(children=list(children)), node.closing)


def _lines(token: Token) -> tuple[int, int]:
    return (token.map[0], token.map[1]) if token.map else (0, 0)


def _forget_places(node: Node) -> None:
    """A struck block has no line, anchor or footnote of the newer document."""
    node.opening = node.opening.copy(
        map=None, attrs={k: v for k, v in node.opening.attrs.items() if k != "id"}
    )
    if node.opening.type == "heading_open":
        node.opening.meta = {}
    for child in node.children:
        _forget_places(child)
