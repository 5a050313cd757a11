"""The merged blocks in order: cut into sections, with the stretches in which nothing changed set apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby

from markdown_it.token import Token

from services.domain.diff_views.merging import Merging, changes_in, side_of, without
from services.domain.diff_views.model import Change, ChangeKind, SectionChanges
from services.domain.rendering.headings import text_of
from services.domain.rendering.tree import Node, leaves

TOP = "top"
"""The key of what stands above the first heading."""
NOTES = "notes"
"""The key of the footnotes."""


@dataclass(slots=True)
class Block:
    """One top-level block; `changes` in reading order. `move` is the id of the move it is an end of."""

    node: Node
    changes: list[Change] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether nothing in it changed."""
        return not self.changes

    @property
    def is_moved(self) -> bool:
        """Whether all of it left or came."""
        return bool(self.changes) and self.changes[0].kind is ChangeKind.MOVED and side_of(self.node) != ""


@dataclass(slots=True)
class Part:
    """A section as it stands in the merged document: its heading, if it has one, and the blocks below."""

    key: str
    number: str
    title: str
    heading: Block | None
    blocks: list[Block] = field(default_factory=list)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of the section, each once."""
        every = [*(self.heading.changes if self.heading else ()), *_all_of(self.blocks)]
        return tuple({change.id: change for change in every}.values())

    @property
    def name(self) -> str:
        """How other places speak of it."""
        return f"§{self.number}" if self.number else f"“{self.title}”"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks that follow each other: shown, or folded because nothing near them changed."""

    folded: bool
    blocks: tuple[Block, ...]


def lay_out(nodes: Sequence[Node], merging: Merging) -> list[Part]:
    """Cut the merged document into its sections, those of deleted headings too."""
    parts = [Part(TOP, "", "Beginning", None)]
    for node in nodes:
        if node.opening.type == "heading_open" and node.opening.level == 0:
            parts.append(_part(node))
            parts[-1].heading = _block(node, merging, parts[-1].key)
            continue
        if node.opening.type == "footnote_block_open":
            parts.append(Part(NOTES, "", "Footnotes", None))
        parts[-1].blocks.append(_block(node, merging, parts[-1].key))
    return [part for part in parts if part.heading or part.blocks]


def summary_of(part: Part) -> SectionChanges:
    """The section for lists and ticks."""
    changes = part.changes
    said = "|".join([part.key, *(change.id for change in changes)])
    return SectionChanges(
        part.key, part.number, part.title, changes, sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
    )


def stretches(blocks: Sequence[Block]) -> Iterator[Stretch]:
    """A section's blocks with one unchanged block kept on either side of a change, the others folded."""
    shown = [any(not block.is_same for block in blocks[max(0, at - 1) : at + 2]) for at in range(len(blocks))]
    for folded, run in groupby(zip(shown, blocks, strict=True), key=lambda pair: not pair[0]):
        yield Stretch(folded, tuple(block for _, block in run))


def until_quiet(part: Part) -> tuple[list[Stretch], list[Block]]:
    """A section's stretches without a folded one at its end, and the blocks of that: they fold with what follows."""
    found = list(stretches(part.blocks))
    if found and found[-1].folded:
        return found[:-1], list(found[-1].blocks)
    return found, []


def paragraphs(nodes: Sequence[Node]) -> int:
    """How many pieces of text a reader would count."""
    return sum(1 for node in nodes for leaf in leaves(node) if leaf.opening.content)


def fold_label(count: int) -> str:
    """What the line says that stands for folded text."""
    return f"⋯ {count} paragraph{'' if count == 1 else 's'} unchanged"


def _part(node: Node) -> Part:
    meta = node.opening.meta
    gone = side_of(node) == "before"
    title = _title(node.children[0].opening, "del" if not gone else "ins") if node.children else ""
    if gone:
        number = str(meta.get("old_number", ""))
        return Part(f"gone-{sha256(title.encode('utf-8', 'replace')).hexdigest()[:8]}", number, title, None)
    return Part(str(meta.get("anchor", "")), str(meta.get("number", "")), title, None)


def _title(inline: Token, struck: str) -> str:
    return text_of(inline.copy(children=list(without(inline.children or (), struck))))


def _block(node: Node, merging: Merging, section: str) -> Block:
    changes = []
    for number in changes_in([node]):
        noted = merging.noted[number]
        changes.append(Change(number, noted.kind, section, noted.gained, noted.lost))
    return Block(node, changes)


def _all_of(blocks: Sequence[Block]) -> Iterator[Change]:
    for block in blocks:
        yield from block.changes
