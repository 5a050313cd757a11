"""Whose words a mark in a branch's text are: which accepted change brought them (§8.11).

Only accepted changes count, in the order of acceptance, and a later one wins. A change whose wording does not stand
in the text as it was accepted has drifted: its marks belong to nobody, they are never guessed. Of wordings that stand
in several places it is the one between the words that were around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.domain.identifiers import ChangeId
from services.domain.rendering.tracked import Attribute, Mark

_WORD = re.compile(r"\w+")


AROUND = (32, 16, 8)
"""Characters before and after a wording that tell it from others like it: as many as still stand there."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted change: the passage it replaced, the words that it put there, and what stood around them."""

    id: ChangeId
    original: str
    wording: str
    led_by: str = ""
    followed_by: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A change with the lines (from 0) that its wording takes up now; none for one that only struck."""

    change: Accepted
    lines: tuple[int, int] | None
    original: str
    wording: str


def attribution(changes: Iterable[Accepted], text: str) -> Attribute:
    """Says for each mark of `text` which of these changes made it; they come in the order of acceptance."""
    latest_first = list(_placed(changes, text))[::-1]

    def change_of(mark: Mark) -> str | None:
        struck, inserted = _words(mark.struck), _words(mark.inserted)
        found = [placed for placed in latest_first if _made(placed, mark, struck, inserted)]
        if not found or (len(found) > 1 and struck == inserted == ""):
            return None  # only punctuation, and two changes in this paragraph could have brought it
        return str(found[0].change.id)

    return change_of


def _placed(changes: Iterable[Accepted], text: str) -> Iterator[_Placed]:
    for change in changes:
        wording = change.wording.strip()
        at = place_of(text, change.wording, led_by=change.led_by, followed_by=change.followed_by)
        if wording and at is None:
            continue
        lines = None if at is None else _lines(text, at, wording)
        yield _Placed(change, lines, _words(change.original), _words(wording))


def place_of(text: str, wording: str, *, led_by: str, followed_by: str) -> int | None:
    """Where the words of an accepted change begin, white space aside; None where that can't be told."""
    words = wording.strip()
    if not words or words not in text:
        return None
    if text.count(words) == 1:
        return text.index(words)
    for size in AROUND:
        before, after = led_by[-size:], followed_by[:size]
        needle = before + wording + after
        if before.strip() and after.strip() and text.count(needle) == 1:
            return text.index(needle) + len(before) + wording.index(words)
    return None


def _lines(text: str, at: int, passage: str) -> tuple[int, int]:
    first = text.count("\n", 0, at)
    return first, first + passage.count("\n") + 1


def _made(placed: _Placed, mark: Mark, struck: str, inserted: str) -> bool:
    if placed.lines is None:
        return not mark.inserted.strip() and bool(struck) and struck == placed.original
    if placed.lines[0] >= mark.lines[1] or placed.lines[1] <= mark.lines[0]:
        return False
    return _within(inserted, placed.wording) and _within(struck, placed.original)


def _within(part: str, whole: str) -> bool:
    """Whether these words follow each other in those."""
    return f" {part} " in f" {whole} " if part else True


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
