"""Pairs up what belongs together in two sequences: equal items first, then the most alike between them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

Item = TypeVar("Item")
Pair = tuple[int | None, int | None]
"""Indexes into the old and the new sequence; None where one side has nothing."""

MOST_CELLS = 40_000
"""Largest gap (old x new) in which likeness is computed; in larger ones nothing but equals is paired."""
MOST_COMPARED = 1_000_000
"""Items (old x new) above which equal ones are looked for in a quicker way; `SequenceMatcher` is quadratic."""


def align(
    old: Sequence[Item],
    new: Sequence[Item],
    *,
    key: Callable[[Item], str],
    alike: Callable[[Item, Item], float],
    least: float,
) -> list[Pair]:
    """Pair equal keys in order, then in each gap those of largest total likeness, each at least `least`."""
    pairs: list[Pair] = []
    for equal, olds, news in _stretches([key(item) for item in old], [key(item) for item in new]):
        if equal:
            pairs.extend(zip(olds, news, strict=True))
        else:
            pairs.extend(_align_gap(old, new, olds, news, alike, least))
    return pairs


def _stretches(old: list[str], new: list[str]) -> Iterator[tuple[bool, range, range]]:
    """What is equal and what is not, in order. Long sequences are first cut at what stands once in both."""
    cuts = _anchors(old, new) if len(old) * len(new) > MOST_COMPARED else []
    at, to = 0, 0
    for b, a in [*cuts, (len(old), len(new))]:
        matcher = SequenceMatcher(None, old[at:b], new[to:a], autojunk=False)
        for tag, b0, b1, a0, a1 in matcher.get_opcodes():
            yield tag == "equal", range(at + b0, at + b1), range(to + a0, to + a1)
        if b < len(old) and a < len(new):
            yield True, range(b, b + 1), range(a, a + 1)
        at, to = b + 1, a + 1


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """The longest run of pairs that keeps the order, among keys that stand once on either side."""
    counts, others = Counter(old), Counter(new)
    place = {key: at for at, key in enumerate(new) if others[key] == 1}
    found = [(b, place[key]) for b, key in enumerate(old) if counts[key] == 1 and key in place]
    ends: list[int] = []
    last: list[int] = []
    came: list[int] = []
    for index, (_, a) in enumerate(found):
        size = bisect_left(ends, a)
        came.append(last[size - 1] if size else -1)
        ends[size : size + 1], last[size : size + 1] = [a], [index]
    chain, index = [], last[-1] if last else -1
    while index >= 0:
        chain.append(found[index])
        index = came[index]
    return chain[::-1]


def _align_gap(
    old: Sequence[Item],
    new: Sequence[Item],
    olds: range,
    news: range,
    alike: Callable[[Item, Item], float],
    least: float,
) -> list[Pair]:
    if not olds or not news or len(olds) * len(news) > MOST_CELLS:
        if olds and len(olds) == len(news):
            return _in_place(old, new, olds, news, alike, least)
        return [(index, None) for index in olds] + [(None, index) for index in news]
    scores = [[alike(old[b], new[a]) for a in news] for b in olds]
    scores = [[score if score >= least else 0.0 for score in row] for row in scores]
    return _best_path(scores, olds.start, news.start)


def _in_place(
    old: Sequence[Item],
    new: Sequence[Item],
    olds: range,
    news: range,
    alike: Callable[[Item, Item], float],
    least: float,
) -> list[Pair]:
    """As many came as went: each is compared with what stands in its place."""
    pairs: list[Pair] = []
    for b, a in zip(olds, news, strict=True):
        pairs.extend([(b, a)] if alike(old[b], new[a]) >= least else [(b, None), (None, a)])
    return pairs


def _best_path(scores: list[list[float]], old_start: int, new_start: int) -> list[Pair]:
    """The order-keeping pairing with the largest total score (longest common subsequence with weights)."""
    rows, columns = len(scores), len(scores[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = best[i + 1][j + 1] + scores[i][j] if scores[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    return _trace(scores, best, old_start, new_start)


def _trace(scores: list[list[float]], best: list[list[float]], old_start: int, new_start: int) -> list[Pair]:
    pairs: list[Pair] = []
    i = j = 0
    while i < len(scores) or j < len(scores[0]):
        if (
            i < len(scores)
            and j < len(scores[0])
            and scores[i][j]
            and best[i][j] == best[i + 1][j + 1] + scores[i][j]
        ):
            pairs.append((old_start + i, new_start + j))
            i, j = i + 1, j + 1
        elif i < len(scores) and (j == len(scores[0]) or best[i][j] == best[i + 1][j]):
            pairs.append((old_start + i, None))
            i += 1
        else:
            pairs.append((None, new_start + j))
            j += 1
    return pairs
