"""The rendered view: the document with inserts and strikes, what did not change folded (§10.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from services.domain.diff_views.html import Writer
from services.domain.diff_views.layout import (
    Block,
    Part,
    Stretch,
    fold_label,
    paragraphs,
    summary_of,
    until_quiet,
)
from services.domain.diff_views.merging import side_of
from services.domain.diff_views.model import ChangeKind
from services.domain.diff_views.moves import Captions


@dataclass(slots=True)
class Folds:
    """Numbers the folded stretches of one view."""

    prefix: str
    count: int = field(default=0)

    def html(self, words: str, inner: str, *, row: str = "") -> str:
        """A line that opens what it stands for; `row` wraps the line where the view is a grid."""
        self.count += 1
        name = f"{self.prefix}{self.count}"
        button = (
            f'<button type="button" class="r-fold-line" data-fold aria-expanded="false" aria-controls="{name}">'
            f"{words}</button>"
        )
        line = f'<div class="{row}">{button}</div>' if row else button
        return f'{line}<div class="r-folded" id="{name}" hidden>{inner}</div>'


@dataclass(slots=True)
class Rendered:
    """Writes the view."""

    writer: Writer
    captions: Captions
    folds: Folds = field(default_factory=lambda: Folds("fold-"))

    def html(self, parts: Sequence[Part]) -> str:
        """All of it."""
        written: list[str] = []
        quiet: list[Block] = []
        for part in parts:
            if not part.changes:
                quiet.extend(_every(part))
                continue
            written.extend(self._fold(quiet))
            shown, quiet = until_quiet(part)
            written.append(self._part(part, shown))
        return "".join([*written, *self._fold(quiet)])

    def _part(self, part: Part, shown: Sequence[Stretch]) -> str:
        heading = self._plain(part.heading) if part.heading else f'<h3 class="r-aside">{part.title}</h3>'
        body = "".join(
            html
            for stretch in shown
            for html in (self._fold(stretch.blocks) if stretch.folded else map(self._block, stretch.blocks))
        )
        return f"{part_open(part)}{part_head(part, heading)}{body}</section>"

    def _block(self, block: Block) -> str:
        caption = self.captions.html(block) if block.is_moved else ""
        return f'<div class="r-blk{_look(block)}">{caption}{self._plain(block)}</div>'

    def _fold(self, blocks: Sequence[Block]) -> Iterator[str]:
        if blocks:
            count = paragraphs([block.node for block in blocks])
            yield self.folds.html(fold_label(count), "".join(map(self._plain, blocks)))

    def _plain(self, block: Block) -> str:
        return self.writer.both(block.node)


def part_open(part: Part) -> str:
    """The beginning of a section in which something changed."""
    summary = summary_of(part)
    return (
        f'<section class="r-dpart" data-section="{escape(part.key)}" data-print="{summary.fingerprint}" '
        f'aria-label="{escape(_named(part))}">'
    )


def part_head(part: Part, heading: str) -> str:
    """Its bar: the heading, what changed, and the tick."""
    return (
        f'<div class="r-dsec">{heading}<span class="r-muted r-aside">{said_of(part)}</span>'
        f'<span class="r-chip r-chip--new r-aside" hidden>New</span>{tick(part)}</div>'
    )


def tick(part: Part) -> str:
    """The reader's own tick; the page fills it in."""
    return (
        '<label class="r-check r-aside"><input type="checkbox" data-viewed '
        f'aria-label="Viewed: {escape(_named(part))}"> Viewed</label>'
    )


def said_of(part: Part) -> str:
    """Like "2 changes, 1 moved"."""
    kinds = [change.kind for change in part.changes]
    moved, formats = kinds.count(ChangeKind.MOVED), kinds.count(ChangeKind.FORMAT)
    changed = len(kinds) - moved - formats
    counted = (
        f"{changed} change{'' if changed == 1 else 's'}" if changed else "",
        f"{moved} moved" if moved else "",
        f"{formats} formatting" if formats else "",
    )
    return ", ".join(filter(None, counted))


def _named(part: Part) -> str:
    return f"§{part.number} {part.title}" if part.number else part.title


def _every(part: Part) -> Iterator[Block]:
    if part.heading:
        yield part.heading
    yield from part.blocks


def _look(block: Block) -> str:
    if block.is_same:
        return ""
    side = side_of(block.node)
    if block.is_moved:
        return " r-blk--mov r-blk--from" if side == "before" else " r-blk--mov"
    if side:
        return " r-blk--del" if side == "before" else " r-blk--ins"
    if all(change.kind is ChangeKind.FORMAT for change in block.changes):
        return " r-blk--fmt"
    return " r-blk--chg"
