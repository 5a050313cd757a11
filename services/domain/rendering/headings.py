"""Headings: stable, unique anchors in the manner of GitHub, and the numbers that hang in the margin.

The highest level a document uses becomes `h2` (the title of the page is `h1`), the others follow. An element's
id is the anchor with a prefix, so that no document can take the id of something that belongs to the page;
reading_column.js leads `#anchor` to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

ID_PREFIX = "doc-"
"""In front of the anchor in an element's id."""
_LONGEST_ANCHOR = 100
_DROPPED = re.compile(r"[^\w\- ]+")
_OWN_NUMBER = re.compile(r"(?:§\s*)?\d+(?:\.\d+)*[.)]?\s")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of a document: `level` 1 is the highest the document uses, `number` is like "3.1" or empty."""

    level: int
    number: str
    text: str
    anchor: str


@dataclass(slots=True)
class _Anchors:
    taken: set[str] = field(default_factory=set)
    next_of: dict[str, int] = field(default_factory=dict)

    def unique(self, text: str) -> str:
        wanted = _DROPPED.sub("", text.strip().lower()).replace(" ", "-")[:_LONGEST_ANCHOR] or "section"
        anchor, number = wanted, self.next_of.get(wanted, 0)
        while anchor in self.taken:
            number += 1
            anchor = f"{wanted}-{number}"
        self.next_of[wanted] = number
        self.taken.add(anchor)
        return anchor


@dataclass(slots=True)
class _Numbers:
    levels: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def next(self, level: int) -> str:
        while len(self.levels) > 1 and self.levels[-1] > level:
            self.levels.pop()
            self.counts.pop()
        if self.levels and self.levels[-1] >= level:
            # A heading above the first one's level goes on counting where that level was.
            self.levels[-1] = level
            self.counts[-1] += 1
        else:
            self.levels.append(level)
            self.counts.append(1)
        return ".".join(map(str, self.counts))


def number_headings(tokens: list[Token], *, title: str) -> tuple[Heading, ...]:
    """Give the document's headings their level, anchor and number, and list them.

    A first heading that only repeats the page's title is taken out: the page shows it already.
    """
    _drop_repeated_title(tokens, title)
    opens = [index for index, token in enumerate(tokens) if token.type == "heading_open"]
    tops = [index for index in opens if tokens[index].level == 0]
    shift = min((int(tokens[index].tag[1]) for index in tops or opens), default=1)
    anchors, numbers, found = _Anchors(), _Numbers(), []
    numbered = not any(_OWN_NUMBER.match(text_of(tokens[index + 1])) for index in tops)
    for index in opens:
        level = max(1, int(tokens[index].tag[1]) - shift + 1)
        text = text_of(tokens[index + 1])
        number = numbers.next(level) if numbered and tokens[index].level == 0 else ""
        heading = Heading(level, number, text, anchors.unique(text))
        _dress(tokens[index], tokens[index + 2], heading)
        if tokens[index].level == 0:
            found.append(heading)
    return tuple(found)


def text_of(inline: Token) -> str:
    """What an inline token says, without markup."""
    return " ".join("".join(_texts(inline.children or ())).split())


def _texts(tokens: Sequence[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "
        elif token.type == "image":
            yield from _texts(token.children or ())


def _drop_repeated_title(tokens: list[Token], title: str) -> None:
    if len(tokens) > 1 and tokens[0].type == "heading_open" and title:
        others = any(token.type == "heading_open" and token.tag == tokens[0].tag for token in tokens[1:])
        if not others and text_of(tokens[1]).casefold() == " ".join(title.split()).casefold():
            del tokens[:3]


def _dress(opening: Token, closing: Token, heading: Heading) -> None:
    opening.tag = closing.tag = f"h{min(6, heading.level + 1)}"
    opening.attrSet("id", ID_PREFIX + heading.anchor)
    opening.meta = {"anchor": heading.anchor, "number": heading.number}
