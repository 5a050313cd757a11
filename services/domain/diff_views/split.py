"""The two versions side by side, block beside block; items of a list are rows of their own (§10.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from services.domain.diff_views.html import AFTER, BEFORE, Writer
from services.domain.diff_views.layout import Block, Part, Stretch, fold_label, paragraphs, until_quiet
from services.domain.diff_views.merging import changes_in, side_of
from services.domain.diff_views.moves import Captions
from services.domain.diff_views.rendered import Folds, part_open, tick
from services.domain.rendering.tree import Node

_NONE = '<div class="none r-cell" aria-hidden="true"></div>'


@dataclass(slots=True)
class Split:
    """Writes the view."""

    writer: Writer
    captions: Captions
    folds: Folds = field(default_factory=lambda: Folds("pair-"))

    def html(self, parts: Sequence[Part]) -> str:
        """All rows."""
        written: list[str] = []
        quiet: list[Block] = []
        for part in parts:
            if not part.changes:
                quiet.extend([*([part.heading] if part.heading else []), *part.blocks])
                continue
            written.extend(self._fold(quiet))
            shown, quiet = until_quiet(part)
            written.append(self._part(part, shown))
        return "".join([*written, *self._fold(quiet)])

    def _part(self, part: Part, shown: Sequence[Stretch]) -> str:
        rows = [self._heading(part)]
        for stretch in shown:
            if stretch.folded:
                rows.extend(self._fold(stretch.blocks))
            else:
                rows.extend(row for block in stretch.blocks for row in self._rows(block))
        return f"{part_open(part)}{''.join(rows)}</section>"

    def _heading(self, part: Part) -> str:
        if part.heading is None:
            return f'<div class="wide r-cellhead"><b class="r-aside">{part.title}</b>{tick(part)}</div>'
        row = "".join(self._rows(part.heading))
        return f'{row}<div class="wide r-cellhead">{tick(part)}</div>'

    def _rows(self, block: Block) -> Iterator[str]:
        if block.is_moved:
            caption, side = self.captions.html(block), side_of(block.node)
            cell = self._cell(block.node, side, "row-mov", caption)
            yield f"{cell}{_NONE}" if side == BEFORE else f"{_NONE}{cell}"
        elif not block.is_same and not side_of(block.node) and _is_list(block.node):
            for item in _items(block.node):
                yield self._row(*item, changed=bool(changes_in([item[0]])))
        else:
            yield self._row(block.node, block.node, changed=not block.is_same)

    def _row(self, old: Node, new: Node, *, changed: bool) -> str:
        side = side_of(old) or (side_of(old.children[0]) if len(old.children) == 1 else "")
        left = _NONE if side == AFTER else self._cell(old, BEFORE, "row-del" if changed else "")
        right = _NONE if side == BEFORE else self._cell(new, AFTER, "row-ins" if changed else "same")
        return left + right

    def _cell(self, node: Node, side: str, look: str, caption: str = "") -> str:
        html = self.writer.one_side(node, side, same=look in ("", "same"))
        return f'<div class="{look} r-cell r-doc" data-side="{side}">{caption}{html}</div>'

    def _fold(self, blocks: Sequence[Block]) -> Iterator[str]:
        if blocks:
            rows = "".join(row for block in blocks for row in self._rows(block))
            count = paragraphs([block.node for block in blocks])
            yield self.folds.html(fold_label(count), rows, row="wide")


def _is_list(node: Node) -> bool:
    return node.opening.type in ("bullet_list_open", "ordered_list_open")


def _items(node: Node) -> Iterator[tuple[Node, Node]]:
    """Each item as a list of its own, with the number it has in the older and in the newer version."""
    first = int(node.opening.attrs.get("start", 1) or 1)
    counts = {BEFORE: first, AFTER: first}
    for item in node.children:
        yield _list_of(node, item, counts[BEFORE]), _list_of(node, item, counts[AFTER])
        for side in counts:
            counts[side] += side_of(item) in ("", side)


def _list_of(node: Node, item: Node, number: int) -> Node:
    opening = node.opening.copy(attrs=dict(node.opening.attrs))
    if opening.type == "ordered_list_open":
        opening.attrs["start"] = number
    return replace(node, opening=opening, children=[item])
