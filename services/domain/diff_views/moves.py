"""What is said at both ends of a move: where the passage came from, where it went (§10.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from markdown_it.token import Token

from services.domain.diff_views.layout import Block, Part
from services.domain.diff_views.merging import CHANGE, SIDE
from services.domain.rendering.tree import Node


@dataclass(frozen=True, slots=True)
class _End:
    order: int
    part: Part


@dataclass(frozen=True, slots=True)
class Captions:
    """The words at each end of each move."""

    ends: dict[tuple[str, str], _End]

    def words(self, change: str, side: str) -> str:
        """Like "Moved from §2"."""
        other = self.ends.get((change, "after" if side == "before" else "before"))
        here = self.ends.get((change, side))
        way = "to" if side == "before" else "from"
        if other is None or here is None:
            return "Moved"
        if other.part is here.part:
            up = other.order < here.order
            return f"Moved {way} {'further up' if up else 'further down'}"
        return f"Moved {way} {other.part.name}"

    def html(self, block: Block) -> str:
        """The caption above a moved block; the older place leads to the newer one."""
        change, side = str(block.node.opening.attrs[CHANGE]), str(block.node.opening.attrs[SIDE])
        here, other = (self.ends.get((change, one)) for one in (side, _other(side)))
        down = here is not None and other is not None and here.order < other.order
        arrow = f'<i class="i i-arrow-{"down" if down else "up"} i-12" aria-hidden="true"></i>'
        words = escape(self.words(change, side))
        if side == "before":
            words = f'<a href="#change-{change}">{words}</a>'
        return f'<p class="r-cap r-aside">{arrow} {words}</p>'


def captions_of(parts: Sequence[Part]) -> Captions:
    """Find both ends of every move, and put captions on items of lists, which have no block of their own."""
    ends: dict[tuple[str, str], _End] = {}
    items: list[Node] = []
    for order, (part, node) in enumerate(_nodes(parts)):
        side = node.opening.attrs.get(SIDE)
        if side:
            ends[str(node.opening.attrs[CHANGE]), str(side)] = _End(order, part)
            if node.opening.type == "list_item_open":
                items.append(node)
    captions = Captions(ends)
    for node in items:
        words = captions.words(str(node.opening.attrs[CHANGE]), str(node.opening.attrs[SIDE]))
        node.children.insert(0, Node(Token("caption", "p", 0, content=words)))
    return captions


def _nodes(parts: Sequence[Part]) -> Iterator[tuple[Part, Node]]:
    for part in parts:
        for block in (*((part.heading,) if part.heading else ()), *part.blocks):
            for node in _below(block.node):
                yield part, node


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _below(child)


def _other(side: str) -> str:
    return "after" if side == "before" else "before"
