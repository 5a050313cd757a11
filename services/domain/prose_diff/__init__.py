"""A diff made for prose (§10.3): blocks, then sentences, then words; exact moves; reflow is no change.

`compare(before, after)` gives a `ProseDiff`; `apply(diff, before)` gives `after` again, to the character.
"""

from services.domain.prose_diff.diff import apply, compare, compare_prose
from services.domain.prose_diff.model import BlockChange, BlockStatus, Piece, PieceKind, ProseDiff, Span

__all__ = [
    "BlockChange",
    "BlockStatus",
    "Piece",
    "PieceKind",
    "ProseDiff",
    "Span",
    "apply",
    "compare",
    "compare_prose",
]
