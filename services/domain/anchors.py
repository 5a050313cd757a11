"""Anchors that follow their words through edits, and say how sure they are (§8.13).

An anchor is a quote with 32 characters either side, its offsets and the commit it was made on. It is moved by
mapping it through the diff of two texts; where its words were taken away there, they are looked for among the
words that came new. A copy of the quote that stood elsewhere before is a lookalike and is never taken for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from services.domain.identifiers import CommitSha
from services.domain.prose_diff import PieceKind, ProseDiff, Span, compare

CONTEXT = 32
"""Characters kept on either side of the quote (§8.13)."""
LEAST_SURE = 0.5
"""Below this score a place is not offered at all."""
CLEAR_GAP = 0.2
"""How much better than the runner-up the best place must be."""
SHORTEST_SURE = 12
"""Characters from which a quote found only once among new words is itself evidence enough."""


class Certainty(StrEnum):
    """How sure an anchor is of its place."""

    EXACT = "exact"
    MOVED = "moved"
    UNCERTAIN = "uncertain"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A quote and where it stands; offsets in code points. A lost anchor keeps its last offsets."""

    quote: str
    prefix: str
    suffix: str
    start: int
    end: int
    commit: CommitSha
    certainty: Certainty = Certainty.EXACT


def place(text: str, start: int, end: int, commit: CommitSha) -> Anchor:
    """Make an anchor for `text[start:end]`; ValueError when that is no passage of the text."""
    if not (0 <= start < end <= len(text)) or not text[start:end].strip():
        raise ValueError("an anchor needs a passage of the text")
    return Anchor(
        quote=text[start:end],
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
        start=start,
        end=end,
        commit=commit,
    )


def follow(
    anchor: Anchor, before: str, after: str, commit: CommitSha, *, diff: ProseDiff | None = None
) -> Anchor:
    """Move `anchor`, which stands in `before`, to `after`; pass `diff` when it is known already.

    An uncertain or lost anchor becomes uncertain at best: only a person can say that it is right.
    """
    return _follow(_Mapping.of(diff or compare(before, after)), anchor, before, after, commit)


def follow_all(anchors: Iterable[Anchor], before: str, after: str, commit: CommitSha) -> tuple[Anchor, ...]:
    """Move several anchors of one text at once, by one comparison; see `follow`."""
    mapping = _Mapping.of(compare(before, after))
    return tuple(_follow(mapping, anchor, before, after, commit) for anchor in anchors)


def _follow(mapping: _Mapping, anchor: Anchor, before: str, after: str, commit: CommitSha) -> Anchor:
    lost = anchor.certainty is Certainty.LOST
    found = None if lost else _through(mapping, anchor, before, after)
    found = found or _among_new_words(mapping, anchor, after)
    if found is None:
        return replace(anchor, commit=commit, certainty=Certainty.LOST)
    span, certainty = found
    moved = place(after, span.start, span.end, commit)
    if lost or Certainty.UNCERTAIN in (certainty, anchor.certainty):
        return replace(moved, quote=anchor.quote, certainty=Certainty.UNCERTAIN)
    lasting = Certainty.MOVED if anchor.certainty is Certainty.MOVED else certainty
    return replace(moved, certainty=lasting)


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters that stand in both texts."""

    before: Span
    after: Span
    moved: bool


@dataclass(frozen=True, slots=True)
class _Mapping:
    """Which characters of the newer text come from where in the older one, and which are new."""

    kept: tuple[_Run, ...]
    new: tuple[Span, ...]

    @classmethod
    def of(cls, diff: ProseDiff) -> _Mapping:
        kept, new, at = [], [], 0
        for block in diff.blocks:
            if block.after is None:
                continue
            for piece in block.pieces:
                after = Span(at, at + len(piece.text))
                at = after.end
                if piece.kind in (PieceKind.SAME, PieceKind.SPACE):
                    kept.append(_Run(piece.before, after, block.move is not None))
                elif piece.kind is PieceKind.INSERT:
                    new.append(after)
        return cls(tuple(kept), tuple(new))


def _through(mapping: _Mapping, anchor: Anchor, before: str, after: str) -> tuple[Span, Certainty] | None:
    """Map the anchor's own characters; None when too few of them are left."""
    runs = list(_kept_of(mapping, anchor))
    if not runs:
        return None
    span = _trim(after, Span(min(run.after.start for run in runs), max(run.after.end for run in runs)))
    wanted = _words(before[anchor.start : anchor.end])
    got = _words(after[span.start : span.end])
    if got == wanted:
        return span, Certainty.MOVED if any(run.moved for run in runs) else Certainty.EXACT
    if got and SequenceMatcher(None, wanted, got, autojunk=False).ratio() >= LEAST_SURE:
        return span, Certainty.UNCERTAIN
    return None


def _kept_of(mapping: _Mapping, anchor: Anchor) -> Iterator[_Run]:
    """The parts of kept runs that lie inside the anchor."""
    for run in mapping.kept:
        start, end = max(run.before.start, anchor.start), min(run.before.end, anchor.end)
        if start >= end:
            continue
        lengths_agree = len(run.before) == len(run.after)
        first = run.after.start + (start - run.before.start if lengths_agree else 0)
        last = first + (end - start) if lengths_agree else run.after.end
        yield _Run(Span(start, end), Span(first, last), run.moved)


def _among_new_words(mapping: _Mapping, anchor: Anchor, after: str) -> tuple[Span, Certainty] | None:
    """Look for the quote where words came new; scored by its surroundings."""
    places = [
        (score, span)
        for span in _occurrences(after, anchor.quote)
        if _is_new(mapping, span) and (score := _score(anchor, after, span)) >= 0
    ]
    places.sort(key=lambda scored: (-scored[0], scored[1].start))
    if not places:
        return None
    best, span = places[0]
    if len(places) == 1 and (len(anchor.quote) >= SHORTEST_SURE or best >= LEAST_SURE):
        return span, Certainty.MOVED
    runner_up = places[1][0] if len(places) > 1 else 0.0
    if best >= LEAST_SURE and best - runner_up >= CLEAR_GAP:
        return span, Certainty.MOVED
    return (span, Certainty.UNCERTAIN) if best >= LEAST_SURE else None


def _occurrences(text: str, quote: str) -> Iterator[Span]:
    at = text.find(quote)
    while at >= 0:
        yield Span(at, at + len(quote))
        at = text.find(quote, at + 1)


def _is_new(mapping: _Mapping, span: Span) -> bool:
    """Whether at least half of these characters are new; otherwise it is a copy that stood there."""
    fresh = sum(max(0, min(new.end, span.end) - max(new.start, span.start)) for new in mapping.new)
    return 2 * fresh >= len(span)


def _score(anchor: Anchor, after: str, span: Span) -> float:
    """How well the surroundings agree, 0 to 1: the characters next to the quote count most."""
    before = after[max(0, span.start - CONTEXT) : span.start]
    behind = after[span.end : span.end + CONTEXT]
    ahead = _common(anchor.prefix[::-1], before[::-1])
    return (ahead + _common(anchor.suffix, behind)) / 2


def _common(wanted: str, found: str) -> float:
    """The share of `wanted` that `found` begins with; an empty edge agrees with an empty edge."""
    if not wanted:
        return 1.0 if not found else 0.0
    same = next(
        (index for index, (one, other) in enumerate(zip(wanted, found, strict=False)) if one != other), None
    )
    return (same if same is not None else min(len(wanted), len(found))) / len(wanted)


def _trim(text: str, span: Span) -> Span:
    inner = text[span.start : span.end]
    start = span.start + len(inner) - len(inner.lstrip())
    return Span(start, span.end - (len(inner) - len(inner.rstrip()))) if inner.strip() else span


def _words(text: str) -> list[str]:
    return text.split()
