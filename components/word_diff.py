"""A change of some words as HTML: real `ins` and `del`, and around a short one the words that it stands in (§8.7)."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from services.domain.prose_diff import PieceKind
from services.usecases.views.changes import ChangeView, WordPiece

_TAGS = {PieceKind.INSERT: "ins", PieceKind.DELETE: "del"}


def change_html(card: ChangeView) -> str:
    """A card's word diff in its line."""
    return f"{_around(card.led_by)}{words_html(card.pieces)}{_around(card.followed_by)}"


def _around(words: str) -> str:
    return f'<span class="r-muted">{escape(words)}</span>' if words.strip() else ""


def words_html(pieces: Iterable[WordPiece]) -> str:
    """A word diff: real `ins` and `del`, with a space where the one would touch the other."""
    parts: list[str] = []
    for piece in pieces:
        html = _piece_html(piece)
        touching = parts and parts[-1].endswith("</del>") and html.startswith("<ins>")
        parts.append(f" {html}" if touching else html)
    return "".join(parts)


def _piece_html(piece: WordPiece) -> str:
    """Spaces at the edges stay outside, so that no line under them is drawn."""
    kind, text = piece
    tag, inner = _TAGS.get(kind), text.strip()
    if tag is None or not inner:
        return escape(text)
    start = text.index(inner)
    return f"{escape(text[:start])}<{tag}>{escape(inner)}</{tag}>{escape(text[start + len(inner) :])}"
