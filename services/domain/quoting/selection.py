"""What a browser says was selected, found in the source or refused in words; and the way back for marks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.domain.errors import Invalid
from services.domain.prose_diff import Span
from services.domain.quoting.inline import NOWHERE, squeezed
from services.domain.quoting.reading import Reading
from services.domain.side import Side

LONGEST_QUOTE = 20_000
"""Shown characters one selection may have: several screens."""
NOTHING = "Select some words of the text first."
TOO_MUCH = "This is more than one passage. Select less of the text."
CHANGED = "The text has changed where you selected. Select the passage once more."
CROSSES = (
    "The selection goes across something that is not written there, like a note. Select less of the text."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was selected in the rendered text.

    `line` is where the block begins in which the selection does, `before` counts the shown characters from there,
    without white space. `prefix` and `suffix` are what is shown around the quote, across blocks. In a difference it is
    in one of two versions; `written`: the view shows the source, so lines and characters are those of the source.
    """

    line: int
    before: int
    quote: str
    prefix: str = ""
    suffix: str = ""
    side: Side = Side.AFTER
    written: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a passage of the source is shown: as `Selection`, and `length` characters without white space."""

    line: int
    before: int
    length: int
    quote: str
    """These characters."""


def locate_selection(reading: Reading, selection: Selection) -> Span:
    """The passage of the source that was selected; raises Invalid (field `selection`) with the reason."""
    quote = squeezed(selection.quote)
    if not quote:
        raise Invalid(NOTHING, field="selection")
    if len(quote) > LONGEST_QUOTE:
        raise Invalid(TOO_MUCH, field="selection")
    at = reading.lines.get(selection.line, -1) + max(0, selection.before)
    if selection.line not in reading.lines or not reading.shown.startswith(quote, at):
        at = _elsewhere(reading, selection, quote)
    return _span(reading, at, at + len(quote))


def _elsewhere(reading: Reading, selection: Selection, quote: str) -> int:
    """The only place that reads like the selection: the text may have moved under the reader."""
    places = list(_occurrences(reading.shown, quote))
    if len(places) > 1:
        prefix, suffix = squeezed(selection.prefix), squeezed(selection.suffix)
        places = [
            at
            for at in places
            if reading.shown.endswith(prefix, 0, at) and reading.shown.startswith(suffix, at + len(quote))
        ]
    if len(places) != 1:
        raise Invalid(CHANGED, field="selection")
    return places[0]


def _occurrences(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def _span(reading: Reading, first: int, end: int) -> Span:
    starts, ends = reading.starts[first:end], reading.ends[first:end]
    if NOWHERE in starts or any(one > other for one, other in pairwise(starts)):
        raise Invalid(CROSSES, field="selection")
    return Span(starts[0], ends[-1])


def with_marks(reading: Reading, span: Span) -> Span:
    """The passage with the marks of the elements it begins or ends with, and with all of those it begins or ends in.

    A passage of some words inside an element stays as it is.
    """
    start, end = span.start, span.end
    widened = True
    while widened:
        widened = False
        for element in reading.elements:
            if start >= element.end or element.start >= end:
                continue
            is_whole = start <= element.first and element.last <= end
            is_inside = element.start <= start and end <= element.end
            if (is_whole or not is_inside) and (element.start < start or end < element.end):
                start, end = min(start, element.start), max(end, element.end)
                widened = True
    return Span(start, end)


def shown_at(reading: Reading, span: Span) -> Shown | None:
    """Where the passage is shown, or None where nothing of it is (an address, a mark)."""
    first = bisect_left(reading.order, span.start, key=reading.starts.__getitem__)
    end = bisect_left(reading.order, span.end, key=reading.starts.__getitem__)
    if first == end:
        return None
    characters = _run_around(reading.order[first], sorted(reading.order[first:end]))
    at = characters.start
    line, begin = max(
        ((line, begin) for line, begin in reading.lines.items() if begin <= at),
        key=lambda item: (item[1], item[0]),  # a blank line begins where the next one does
    )
    return Shown(
        line=line, before=at - begin, length=len(characters), quote=reading.shown[at : characters.stop]
    )


def words_at(reading: Reading, text: str, span: Span) -> str:
    """How the passage reads: its shown characters, with one space where there is any in the source."""
    shown = shown_at(reading, span)
    if shown is None:
        return ""
    at = reading.lines[shown.line] + shown.before
    parts, before = [], reading.starts[at]
    for number in range(at, at + shown.length):
        start = reading.starts[number]
        parts.append(" " if any(map(str.isspace, text[before:start])) else "")
        parts.append(reading.shown[number])
        before = reading.ends[number]
    return "".join(parts)


def _run_around(first: int, numbers: Sequence[int]) -> range:
    """The stretch without a gap that the passage begins in: a note written in between is shown elsewhere."""
    here = numbers.index(first)
    low = high = here
    while low > 0 and numbers[low - 1] == numbers[low] - 1:
        low -= 1
    while high + 1 < len(numbers) and numbers[high + 1] == numbers[high] + 1:
        high += 1
    return range(numbers[low], numbers[high] + 1)
