"""Cuts text into words, white space and single marks, and compares two such sequences."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from services.domain.prose_diff.matching import equal_runs, stretches
from services.domain.prose_diff.model import Piece, PieceKind, Span

_MARKS = "".join(
    re.escape(chr(code)) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)).startswith("M")
)
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(
    rf"""\s+
      |[{_IDEOGRAPHS}][{_MARKS}]*
      |(?:[^\W_{_IDEOGRAPHS}][{_MARKS}]*)+(?:['’](?:[^\W_{_IDEOGRAPHS}][{_MARKS}]*)+)*
      |[\U0001f1e6-\U0001f1ff]{{2}}
      |(?:.[\U0001f3fb-\U0001f3ff{_MARKS}]*\u200d)*.[\U0001f3fb-\U0001f3ff{_MARKS}]*
    """,
    re.VERBOSE | re.DOTALL,
)
_SPACE_OR_WORDS = re.compile(r"\s+|\S+")
_MARKUP = frozenset("*_`~#")
MOST_TOKENS = 1_500
"""Above this a sentence is replaced whole: nobody reads word marks in a line of that length."""
LEAST_ALIKE = 0.34
"""Below this likeness a sentence reads better replaced whole than as confetti (design, §10)."""


def cut_words(text: str) -> list[str]:
    """Cut `text` into tokens whose concatenation is `text`; a token is white space, a word, or one mark."""
    return _TOKEN.findall(text)


def reads_as(tokens: list[str]) -> list[str]:
    """Tokens as a reader sees them: without white space."""
    return [token for token in tokens if not token.isspace()]


def without_markup(text: str) -> list[str]:
    """What is left of `text` when emphasis, code and heading marks are taken away."""
    return [token for token in cut_words(text) if not token.isspace() and token not in _MARKUP]


def likeness(old: list[str], new: list[str]) -> float:
    """How alike two token lists are, 0 to 1, without regard to order (an upper bound that is quick)."""
    if not old or not new:
        return 0.0
    mine, theirs = Counter(old), Counter(new)
    shared = sum(min(count, theirs[word]) for word, count in mine.items() if word in theirs)
    return 2.0 * shared / (len(old) + len(new))


def compare_words(old: str, new: str, offset: int) -> tuple[Piece, ...]:
    """Compare two passages word by word; `offset` is where `old` starts in the whole text."""
    before, after = cut_words(old), cut_words(new)
    if max(len(before), len(after)) > MOST_TOKENS:
        return replace_whole(old, new, offset)
    if _share_kept(reads_as(before), reads_as(after)) < LEAST_ALIKE:
        return replace_whole(old, new, offset)
    return tuple(merge_pieces(_pieces(before, after, offset)))


def _share_kept(old: list[str], new: list[str]) -> float:
    """What share of both token lists stands in both in the same order, 0 to 1; 1 for two empty ones."""
    whole = len(old) + len(new)
    return 2.0 * sum(run.size for run in equal_runs(old, new)) / whole if whole else 1.0


def reflow(old: str, new: str, offset: int) -> tuple[Piece, ...]:
    """Pieces for two passages whose words are equal and only whose white space differs."""
    pieces: list[Piece] = []
    at, news = offset, _SPACE_OR_WORDS.findall(new)
    for before, after in zip(_pad(_SPACE_OR_WORDS.findall(old)), _pad(news), strict=True):
        if before.strip():
            pieces.append(Piece(PieceKind.SAME, Span(at, at + len(before)), before))
        else:
            pieces.extend(_space(at, before, after))
        at += len(before)
    return tuple(pieces)


def _pad(runs: list[str]) -> list[str]:
    """White space at both ends, though empty, so that two texts with equal words have equally many runs."""
    head = [] if runs and runs[0].isspace() else [""]
    tail = [] if len(runs) > 1 and runs[-1].isspace() else [""]
    return [*head, *runs, *tail]


def replace_whole(old: str, new: str, offset: int) -> tuple[Piece, ...]:
    """One deletion and one insertion, without either side's outer white space being marked as changed."""
    if not old.strip() or not new.strip():
        gone = (_delete(offset, old),) if old else ()
        come = (_insert(offset + len(old), new),) if new else ()
        return gone + come
    old_core, new_core = old.rstrip(), new.rstrip()
    end = offset + len(old_core)
    tail = _space(end, old[len(old_core) :], new[len(new_core) :])
    return (_delete(offset, old_core), _insert(end, new_core), *tail)


def _pieces(before: list[str], after: list[str], offset: int) -> Iterator[Piece]:
    starts = [offset]
    for token in before:
        starts.append(starts[-1] + len(token))
    for stretch in stretches(before, after):
        begin, end = starts[stretch.old.start], starts[stretch.old.stop]
        old = "".join(before[stretch.old.start : stretch.old.stop])
        new = "".join(after[stretch.new.start : stretch.new.stop])
        if stretch.tag == "equal":
            yield Piece(PieceKind.SAME, Span(begin, end), old)
        elif not old.strip() and not new.strip():
            yield from _space(begin, old, new)
        else:
            if old:
                yield _delete(begin, old)
            if new:
                yield _insert(end, new)


def _delete(start: int, old: str) -> Piece:
    return Piece(PieceKind.DELETE, Span(start, start + len(old)), "")


def _insert(at: int, new: str) -> Piece:
    return Piece(PieceKind.INSERT, Span(at, at), new)


def _space(start: int, old: str, new: str) -> tuple[Piece, ...]:
    if not old and not new:
        return ()
    kind = PieceKind.SAME if old == new else PieceKind.SPACE
    return (Piece(kind, Span(start, start + len(old)), new),)


def merge_pieces(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbouring changes that only white space separates: "new wording", not "new" "wording"."""
    run: list[Piece] = []
    for piece in pieces:
        joins = piece.kind is not PieceKind.SAME or piece.text.isspace()
        if joins:
            run.append(piece)
            continue
        yield from _joined(run)
        run = []
        yield piece
    yield from _joined(run)


def _joined(run: list[Piece]) -> Iterator[Piece]:
    """A run of changes with white space between them becomes one deletion and one insertion."""
    changes = [index for index, piece in enumerate(run) if piece.kind in (PieceKind.INSERT, PieceKind.DELETE)]
    if len(changes) < 2 or {run[index].kind for index in changes} == {run[changes[0]].kind}:
        yield from run
        return
    first, last = changes[0], changes[-1]
    yield from run[:first]
    inner = run[first : last + 1]
    start, end = inner[0].before.start, inner[-1].before.end
    yield Piece(PieceKind.DELETE, Span(start, end), "")
    yield Piece(
        PieceKind.INSERT,
        Span(end, end),
        "".join(piece.text for piece in inner if piece.kind is not PieceKind.DELETE),
    )
    yield from run[last + 1 :]
