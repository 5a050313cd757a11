"""A whole document as its readers see it: every shown character with its place in the source."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from services.domain.quoting.inline import (
    NOWHERE,
    Element,
    Env,
    Glyph,
    Traced,
    is_white,
    shown_text,
    squeezed,
    trace,
)
from services.domain.rendering.bounds import TooMuchWork
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import LONGEST_FORMATTED, document_parser, parse_document

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """`shown` has the characters without white space; `starts` and `ends` say where each stands in the source.

    `lines` has, for the source line a block begins on (from 1), the number of its first shown character.
    """

    shown: str
    starts: Sequence[int]
    ends: Sequence[int]
    lines: Mapping[int, int]
    order: Sequence[int] = field(repr=False)
    """The shown characters in the order of the source; notes are shown last, wherever they are written."""
    elements: Sequence[Element] = field(default=(), repr=False)
    """What is written with marks inside paragraphs."""


def reading_of(text: str) -> Reading:
    """Read a document; takes about twice as long as rendering it."""
    if len(text) > LONGEST_FORMATTED:
        return _as_written(text)
    try:
        tokens, env = parse_document(text, LinkBase())
    except TooMuchWork:
        return _as_written(text)
    return _joined(_blocks(text, tokens, env))


def reading_as_written(text: str) -> Reading:
    """The source itself as it is read where it is shown, line by line."""
    glyphs = _plain(text)
    places = array("q", [glyph.start for glyph in glyphs])
    lines: dict[int, int] = {}
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    for number, start in enumerate(starts, 1):
        lines[number] = bisect_left(places, start)
    return Reading(
        "".join(glyph.character for glyph in glyphs),
        places,
        array("q", [glyph.end for glyph in glyphs]),
        lines,
        range(len(glyphs)),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    traced: Traced


def _as_written(text: str) -> Reading:
    return _joined([_Block(1, Traced(_plain(text)))])


def _joined(blocks: Iterator[_Block] | Sequence[_Block]) -> Reading:
    shown: list[str] = []
    starts, ends = array("q"), array("q")
    lines: dict[int, int] = {}
    elements: list[Element] = []
    for block in blocks:
        lines.setdefault(block.line, len(starts))
        glyphs = block.traced.glyphs
        shown.extend(glyph.character for glyph in glyphs)
        starts.extend(glyph.start for glyph in glyphs)
        ends.extend(glyph.end for glyph in glyphs)
        elements.extend(block.traced.elements)
    order = array("q", sorted(range(len(starts)), key=starts.__getitem__))
    return Reading("".join(shown), starts, ends, lines, order, tuple(elements))


def _blocks(text: str, tokens: Sequence[Token], env: Env) -> Iterator[_Block]:
    source = _Source.of(text)
    for token in tokens:
        if not token.map:
            continue
        line = token.map[0]
        if token.type == "inline":
            yield _Block(line + 1, source.place(_paragraph(token, env), token.content, line))
        elif token.type in ("fence", "code_block"):
            first = line + (token.type == "fence")
            yield _Block(line + 1, source.place(Traced(_plain(token.content)), token.content, first))


def _plain(text: str) -> list[Glyph]:
    return [Glyph(char, at, at + 1) for at, char in enumerate(text) if not is_white(char)]


def _paragraph(token: Token, env: Env) -> Traced:
    """Its shown characters with places in its own source; nowhere, where the parser's steps tell another story."""
    expected = squeezed(shown_text(token.children or ()))
    if expected == squeezed(token.content):
        # Nothing in it is markup.
        return Traced(_plain(token.content))
    glyphs, elements = trace(token.content, document_parser(), env)
    traced = "".join(glyph.character for glyph in glyphs)
    if traced.endswith(expected) and len(traced) - len(expected) in (0, _tick(token)):
        return Traced(glyphs[len(traced) - len(expected) :], elements)
    return Traced([Glyph(character, NOWHERE, NOWHERE) for character in expected])


def _tick(token: Token) -> int:
    """How many characters of a task's brackets are shown as a tick."""
    children = token.children or ()
    if not children or children[0].type != "task":
        return 0
    return 3 if children[0].meta["done"] else 2


@dataclass(slots=True)
class _Source:
    """The lines of a document, and how far each has been read: the cells of a table share one."""

    starts: list[int]
    lines: list[str]
    read: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> _Source:
        starts, lines, at = [], [], 0
        for match in _LINE_END.finditer(text):
            starts.append(at)
            lines.append(text[at : match.start()])
            at = match.end()
        return cls([*starts, at], [*lines, text[at:]])

    def place(self, traced: Traced, content: str, line: int) -> Traced:
        """The same with places in the document; `content` begins on `line` (from 0)."""
        places = self._places(content, line)
        elements = (_moved_element(element, places) for element in traced.elements)
        return Traced(
            [_moved(glyph, places) for glyph in traced.glyphs],
            [element for element in elements if NOWHERE not in element],
        )

    def _places(self, content: str, line: int) -> list[int]:
        """Where each character of `content` stands, and where the one behind its last would."""
        places: list[int] = []
        for number, part in enumerate(content.split("\n"), line):
            columns = self._columns(number, part)
            places.extend(columns)
            places.append(columns[-1] + 1 if columns and columns[-1] != NOWHERE else NOWHERE)
        return places

    def _columns(self, number: int, part: str) -> list[int]:
        words = part.strip()
        if number >= len(self.lines) or not words:
            return [NOWHERE] * len(part)
        line, base = self.lines[number], self.starts[number]
        columns = _suffix(line, words, self.read.get(number, 0)) or _found(
            line, words, self.read.get(number, 0)
        )
        if columns is None:
            return [NOWHERE] * len(part)
        self.read[number] = columns[-1] + 1
        ahead = len(part) - len(part.lstrip())
        behind = len(part) - ahead - len(words)
        return [*[NOWHERE] * ahead, *(base + column for column in columns), *[NOWHERE] * behind]


def _suffix(line: str, words: str, begin: int) -> list[int] | None:
    """The usual case: what stands before is the indentation, the bullet or the bar of a quotation."""
    start = len(line.rstrip()) - len(words)
    return (
        list(range(start, start + len(words))) if start >= begin and line.startswith(words, start) else None
    )


def _found(line: str, words: str, begin: int) -> list[int] | None:
    """Between other things: a heading with closing marks, a cell of a table, in which `|` is written `\\|`."""
    start = line.find(words[0], begin)
    while start >= 0:
        columns = _walk(line, words, start)
        if columns is not None:
            return columns
        start = line.find(words[0], start + 1)
    return _walk(line, words, line.find("\\|", begin)) if words[0] == "|" else None


def _walk(line: str, words: str, start: int) -> list[int] | None:
    columns, at = [], start
    for character in words:
        if line.startswith("\\|", at) and character == "|":
            at += 1
        if at < 0 or at >= len(line) or line[at] != character:
            return None
        columns.append(at)
        at += 1
    return columns


def _moved(glyph: Glyph, places: Sequence[int]) -> Glyph:
    if glyph.start == NOWHERE:
        return glyph
    start, last = places[glyph.start], places[glyph.end - 1]
    if NOWHERE in (start, last):
        return Glyph(glyph.character, NOWHERE, NOWHERE)
    return Glyph(glyph.character, start, last + 1)


def _moved_element(element: Element, places: Sequence[int]) -> Element:
    start, end, first, last = element
    outer, inner = _moved(Glyph("", start, end), places), _moved(Glyph("", first, last), places)
    return Element(outer.start, outer.end, inner.start, inner.end)
