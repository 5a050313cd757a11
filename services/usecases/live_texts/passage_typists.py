"""Who typed a passage of a live text, as far as its stored updates tell (§8.10)."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.identifiers import UserId
from services.domain.prose_diff import Span
from services.domain.shared_text import ChangeSet, to_units
from services.store.queries.live_texts import LiveUpdateRow

_Touched = tuple[int, int, UserId]
"""A passage in UTF-16 units, and who typed or struck there."""


def typists_at(
    text: str, span: Span, updates: Sequence[LiveUpdateRow], authors: Sequence[UserId]
) -> tuple[UserId, ...]:
    """Those of `authors` whose updates touched the passage of `text`; all of them where that can't be told.

    `updates` lead up to `text`, oldest first.
    """
    start, end = len(to_units(text[: span.start])), len(to_units(text[: span.end]))
    touched = _touched(updates)
    there = {user_id for first, last, user_id in touched if first <= end and last >= start}
    return tuple(user_id for user_id in authors if user_id in there) or tuple(authors)


def _touched(updates: Sequence[LiveUpdateRow]) -> list[_Touched]:
    """What each update touched, moved on by all that followed it."""
    found: list[_Touched] = []
    for update in updates:
        change = ChangeSet.from_json(update.changes)
        found = [_moved(change, one) for one in found]
        if update.user_id is not None:
            found += [(first, last, update.user_id) for first, last in _changed(change)]
    return found


def _moved(change: ChangeSet, touched: _Touched) -> _Touched:
    first, last, user_id = touched
    moved = change.map_position(first, 1), change.map_position(last, -1)
    return min(moved), max(moved), user_id


def _changed(change: ChangeSet) -> list[tuple[int, int]]:
    """The places in the new text that a change wrote, empty where it only struck."""
    found: list[tuple[int, int]] = []
    at = 0
    for length, insert in change.sections:
        size = length if insert is None else len(insert)
        if insert is not None:
            found.append((at, at + size))
        at += size
    return found
