"""What is typed and not committed yet, as a word diff of the paragraphs it touches (§8.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from components.turns import Turns
from services.domain.prose_diff import BlockChange, BlockStatus, Piece, PieceKind, compare

MOST_PARAGRAPHS: Final = 12
REST: Final = 40.0
"""How many times as long as a comparison took its branch rests before the next."""
LONGEST_REST: Final = 5.0
"""Seconds: a machine that was busy with something else for a moment must not keep what is typed out of sight."""
ONLY_SPACE: Final = '<p class="r-muted">Only spaces and line ends differ.</p>'
CONTEXT: Final = 48
"""Characters of unchanged words that are shown on either side of a change."""


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """The touched paragraphs as HTML, and the headings they stand under, in reading order."""

    html: str
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """The text at the last commit and as it stands."""

    before: str
    after: str


class UncommittedTexts(Turns[Typed, Uncommitted]):
    """What is uncommitted on each branch, made once for all its pages."""

    def __init__(self) -> None:
        super().__init__(lambda typed: uncommitted(typed.before, typed.after), rest=rest_after)


def rest_after(took: float) -> float:
    """Seconds of rest after a comparison that took so many."""
    return min(REST * took, LONGEST_REST)


def uncommitted(before: str, after: str) -> Uncommitted:
    """What `after` has that the last commit, `before`, has not; takes some milliseconds for large texts."""
    touched = [block for block in compare(before, after).blocks if block.is_change]
    shown = "".join(f"<p>{_paragraph(block, before)}</p>" for block in touched[:MOST_PARAGRAPHS])
    if len(touched) > MOST_PARAGRAPHS:
        shown += f'<p class="r-muted">and {len(touched) - MOST_PARAGRAPHS} more paragraphs</p>'
    headings = (_heading(block, before, after) for block in touched)
    return Uncommitted(shown or ONLY_SPACE, tuple(dict.fromkeys(heading for heading in headings if heading)))


def _heading(block: BlockChange, before: str, after: str) -> str:
    if block.after is not None:
        return heading_before(after, block.after.start)
    return heading_before(before, block.before.start) if block.before is not None else ""


def heading_before(text: str, at: int) -> str:
    """The last heading at or before a place in markdown, as words; empty above the first."""
    end = text.find("\n", at)
    lines = text[: end if end >= 0 else len(text)].split("\n")
    return next((line.lstrip("#").strip() for line in reversed(lines) if line.startswith("#")), "")


def _paragraph(block: BlockChange, before: str) -> str:
    if block.status is BlockStatus.MOVED_AWAY:
        return f'<span class="r-muted">moved away:</span> {_struck(block.pieces[0], before)}'
    last = len(block.pieces) - 1
    return "".join(
        _piece(piece, before, first=at == 0, last=at == last) for at, piece in enumerate(block.pieces)
    ).strip()


def _piece(piece: Piece, before: str, *, first: bool, last: bool) -> str:
    if piece.kind is PieceKind.DELETE:
        return _struck(piece, before)
    if piece.kind is PieceKind.INSERT:
        return "".join(_wrapped("ins", piece.text))
    return escape(_near(piece.text, first=first, last=last))


def _struck(piece: Piece, before: str) -> str:
    return "".join(_wrapped("del", before[piece.before.start : piece.before.end]))


def _wrapped(tag: str, text: str) -> Iterator[str]:
    """Spaces at the edges stay outside, so that no line under them is drawn."""
    inner = text.strip()
    start = text.index(inner) if inner else 0
    yield escape(text[:start])
    yield f"<{tag}>{escape(inner)}</{tag}>" if inner else escape(text[start:])
    yield escape(text[start + len(inner) :]) if inner else ""


def _near(text: str, *, first: bool, last: bool) -> str:
    """Unchanged words, without those that are far from any change."""
    if first and len(text) > CONTEXT:
        return "… " + text[-CONTEXT:].split(" ", 1)[-1]
    if last and len(text) > CONTEXT:
        return text[:CONTEXT].rsplit(" ", 1)[0] + " …"
    if len(text) > 2 * CONTEXT:
        return text[:CONTEXT].rsplit(" ", 1)[0] + " … " + text[-CONTEXT:].split(" ", 1)[-1]
    return text
