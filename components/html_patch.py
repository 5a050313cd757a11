"""How the HTML of one version of a text becomes that of the next: what every browser that shows the former is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final, TypedDict

_LINE = re.compile(r' data-line="([0-9]{1,9})"')
_AHEAD: Final = 64
"""Lines looked at on either side for where both go on alike, so that the work grows with the text only."""

Piece = str | tuple[int, int, int]
"""HTML, or from where to where the former version is kept, and by how much its line numbers grow."""


class Patch(TypedDict):
    """The pieces of the newer version in their order, and how long it is; counted in UTF-16 units, as browsers do."""

    pieces: Sequence[Piece]
    length: int


@lru_cache(maxsize=8)
def patch_between(before: str, after: str) -> Patch:
    """What turns `before` into `after`. Words put in somewhere leave the rest alone, and so does a new line.

    Made once for all pages of a text; some milliseconds for 200 kB.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    ends = list(accumulate(map(_units, old), initial=0))
    pieces: list[Piece] = []
    for same, olds, news in _stretches(old, new):
        fresh = _kept(old, new, ends, olds, news) if same else _replaced(old, new, ends, olds, news)
        for piece in fresh:
            _append(pieces, piece)
    return Patch(pieces=tuple(pieces), length=_units(after))


def _stretches(old: list[str], new: list[str]) -> Iterator[tuple[bool, range, range]]:
    """What stands in both, at most with other line numbers, and what does not, in order."""
    least = min(len(old), len(new))
    start = _common(least, lambda size: old[:size] == new[:size])
    end = _common(least - start, lambda size: old[len(old) - size :] == new[len(new) - size :])
    yield True, range(start), range(start)
    keys = [[_LINE.sub("", line) for line in lines[start : len(lines) - end]] for lines in (old, new)]
    for same, b0, b1, a0, a1 in _runs(*keys):
        yield same, range(start + b0, start + b1), range(start + a0, start + a1)
    yield True, range(len(old) - end, len(old)), range(len(new) - end, len(new))


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Equal and unequal runs in turn: after a difference, both go on at the nearest line that they share."""
    b = a = 0
    while b < len(old) or a < len(new):
        b0, a0 = b, a
        while b < len(old) and a < len(new) and old[b] == new[a]:
            b, a = b + 1, a + 1
        yield True, b0, b, a0, a
        b0, a0 = b, a
        b, a = _next_shared(old, new, b, a)
        yield False, b0, b, a0, a


def _next_shared(old: list[str], new: list[str], b: int, a: int) -> tuple[int, int]:
    """Where both go on alike; their ends where they do not."""
    while b < len(old) or a < len(new):
        shared = _nearest(old, new, b, a)
        if shared is not None:
            return shared
        b, a = min(b + 1, len(old)), min(a + 1, len(new))
    return b, a


def _nearest(old: list[str], new: list[str], b: int, a: int) -> tuple[int, int] | None:
    """Where the next line that both have stands, fewest lines ahead; None where it is too far."""
    places = {key: at for at, key in reversed(list(enumerate(new[a : a + _AHEAD])))}
    found = ((x + places[key], x, places[key]) for x, key in enumerate(old[b : b + _AHEAD]) if key in places)
    nearest = min(found, default=None)
    return None if nearest is None else (b + nearest[1], a + nearest[2])


def _kept(old: list[str], new: list[str], ends: list[int], olds: range, news: range) -> Iterator[Piece]:
    """Lines of both; the browser counts their numbers on, where that gives just the newer ones."""
    shift: int | None = 0
    for b, a in zip(olds, news, strict=True):
        if old[b] != new[a] or _LINE.search(old[b]):  # a line without numbers goes with the one before
            shift = _shift(old[b], new[a])
        yield new[a] if shift is None else (ends[b], ends[b + 1], shift)


def _shift(old: str, new: str) -> int | None:
    here, there = _LINE.search(old), _LINE.search(new)
    if here is None or there is None:
        return None
    shift = int(there[1]) - int(here[1])
    moved = _LINE.sub(lambda found: f' data-line="{int(found[1]) + shift}"', old) if shift else old
    return shift if moved == new else None


def _replaced(old: list[str], new: list[str], ends: list[int], olds: range, news: range) -> Iterator[Piece]:
    """Other lines: what they begin and end with alike is kept."""
    gone, put = "".join(old[olds.start : olds.stop]), "".join(new[news.start : news.stop])
    least = min(len(gone), len(put))
    start = _common(least, lambda size: gone[:size] == put[:size])
    end = _common(least - start, lambda size: gone[len(gone) - size :] == put[len(put) - size :])
    first, last = ends[olds.start], ends[olds.stop]
    yield first, first + _units(gone[:start]), 0
    yield put[start : len(put) - end]
    yield last - _units(gone[len(gone) - end :]), last, 0


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece, or make the last one longer; unchanged lines without numbers go with those around them."""
    last = pieces[-1] if pieces else None
    if isinstance(piece, str):
        if isinstance(last, str):
            pieces[-1] = last + piece
        elif piece:
            pieces.append(piece)
    elif piece[0] < piece[1]:
        if isinstance(last, tuple) and last[1:] == (piece[0], piece[2]):
            pieces[-1] = (last[0], piece[1], piece[2])
        else:
            pieces.append(piece)


def _common(most: int, equal: Callable[[int], bool]) -> int:
    """The largest size up to `most` for which `equal` holds, found by halving: it holds for all smaller ones."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if equal(middle) else (low, middle - 1)
    return low


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
