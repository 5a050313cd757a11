"""Pairs up what belongs together in two sequences: equal items first, then the most alike between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

Item = TypeVar("Item")
Pair = tuple[int | None, int | None]
"""Indexes into the old and the new sequence; None where one side has nothing."""

MOST_CELLS = 40_000
"""Largest gap (old x new) in which likeness is computed; in larger ones nothing but equals is paired."""


def align(
    old: Sequence[Item],
    new: Sequence[Item],
    *,
    key: Callable[[Item], str],
    alike: Callable[[Item, Item], float],
    least: float,
) -> list[Pair]:
    """Pair equal keys in order, then in each gap those of largest total likeness, each at least `least`."""
    matcher = SequenceMatcher(None, [key(item) for item in old], [key(item) for item in new], autojunk=False)
    pairs: list[Pair] = []
    for tag, b0, b1, a0, a1 in matcher.get_opcodes():
        if tag == "equal":
            pairs.extend(zip(range(b0, b1), range(a0, a1), strict=True))
        else:
            pairs.extend(_align_gap(old, new, range(b0, b1), range(a0, a1), alike, least))
    return pairs


def _align_gap(
    old: Sequence[Item],
    new: Sequence[Item],
    olds: range,
    news: range,
    alike: Callable[[Item, Item], float],
    least: float,
) -> list[Pair]:
    if not olds or not news or len(olds) * len(news) > MOST_CELLS:
        return [(index, None) for index in olds] + [(None, index) for index in news]
    scores = [[alike(old[b], new[a]) for a in news] for b in olds]
    scores = [[score if score >= least else 0.0 for score in row] for row in scores]
    return _best_path(scores, olds.start, news.start)


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
