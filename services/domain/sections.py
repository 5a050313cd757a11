"""A document's sections: where each heading's part of the source begins and ends (§8.5, §8.7).

Only blocks and the headings' own words are parsed, which takes a fraction of reading the whole document; numbers and
anchors are those of the rendered one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from markdown_it.token import Token

from services.domain.prose_diff import Span
from services.domain.rendering.bounds import TooMuchWork
from services.domain.rendering.headings import Heading, number_headings
from services.domain.rendering.markdown import LONGEST_FORMATTED, parse_headings

KEPT = 32
"""Documents whose sections are remembered."""


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and its part of the source, parts of lower headings included; offsets in code points."""

    heading: Heading
    span: Span


@lru_cache(maxsize=KEPT)
def sections_of(text: str, title: str = "") -> tuple[Section, ...]:
    """The sections of a text with LF line ends, in reading order; none of one that is shown without format."""
    if len(text) > LONGEST_FORMATTED:
        return ()
    try:
        tokens = parse_headings(text)
    except TooMuchWork:
        return ()
    lines = _line_starts(text)
    headings = number_headings(tokens, title=title)
    begins = [lines[token.map[0]] for token in tokens if _is_heading(token) and token.map]
    return tuple(
        Section(heading, Span(begin, _end(headings, begins, index, len(text))))
        for index, (heading, begin) in enumerate(zip(headings, begins, strict=True))
    )


def section_at(sections: Sequence[Section], offset: int) -> Section | None:
    """The innermost section that a place is in; None above the first heading."""
    found = bisect_right(sections, offset, key=lambda section: section.span.start)
    return sections[found - 1] if found else None


def section_span(text: str, offset: int, title: str = "") -> Span:
    """The part of the source that a place's section takes up; above the first heading, all up to it."""
    sections = sections_of(text, title)
    found = section_at(sections, offset)
    if found is not None:
        return found.span
    return Span(0, sections[0].span.start if sections else len(text))


def _is_heading(token: Token) -> bool:
    return token.type == "heading_open" and token.level == 0


def _line_starts(text: str) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in text.split("\n"))]


def _end(headings: Sequence[Heading], begins: Sequence[int], index: int, end: int) -> int:
    following = zip(headings[index + 1 :], begins[index + 1 :], strict=True)
    return next((begin for heading, begin in following if heading.level <= headings[index].level), end)
