"""Pairs up what belongs together in two sequences: equal items first, then the most alike between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.domain.prose_diff.matching import stretches

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
    pairs: list[Pair] = []
    for stretch in stretches([key(item) for item in old], [key(item) for item in new]):
        if stretch.tag == "equal":
            pairs.extend(zip(stretch.old, stretch.new, strict=True))
        else:
            pairs.extend(_align_gap(old, new, stretch.old, stretch.new, alike, least))
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
