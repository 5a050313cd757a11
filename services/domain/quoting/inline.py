"""Where the characters of running text stand in its source: the parser's own steps, written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, fragments_join, link
from markdown_it.token import Token

from services.domain.rendering.bounds import BUDGET, Budget

Env = dict[str, object]
NOWHERE = -1
"""The place of a character that is shown but does not stand in the source as it is shown."""


class Glyph(NamedTuple):
    """One shown character that is not white space, and the source characters that it stands for."""

    character: str
    start: int
    end: int


class Element(NamedTuple):
    """Strong or struck words, emphasis, code or a link: where it is written with its marks, and what it shows."""

    start: int
    end: int
    first: int
    """Where its first shown character begins."""
    last: int
    """Where its last shown character ends."""


class Traced(NamedTuple):
    """What a paragraph shows, and the elements in it."""

    glyphs: Sequence[Glyph]
    elements: Sequence[Element] = ()


def is_white(character: str) -> bool:
    """Whether a character counts for nothing when places are compared; the browser's rule is the same."""
    return character.isspace() or character == "\ufeff"


def squeezed(text: str) -> str:
    """Text without white space."""
    return "".join(text.replace("\ufeff", "").split())


class _Trace(StateInline):
    """The parser's state, noting where it stood when it began each token."""

    def __init__(self, source: str, md: MarkdownIt, env: Env) -> None:
        self.origins: dict[int, int] = {}
        self._begun: int | None = None
        super().__init__(source, md, env, [])

    def append_pending(self, text: str) -> None:
        """More text that is not a token yet."""
        if self._begun is None:
            self._begun = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802  # the library's name
        """It becomes a token."""
        begun = self._begun or 0
        token = super().pushPending()
        self.origins[id(token)], self._begun = begun, None
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """Another token; the marks of one run are pushed together before the parser moves on."""
        token = super().push(ttype, tag, nesting)
        origin, self._begun = self.pos, None
        before = self.tokens[-2] if len(self.tokens) > 1 else None
        if before is not None and before.type == ttype == "text":
            origin = max(origin, self.origins[id(before)] + len(before.content))
        self.origins[id(token)] = origin
        return token


def trace(source: str, md: MarkdownIt, env: Env) -> Traced:
    """The shown characters of a paragraph's source, each with its place; `env` is the document's."""
    budget = Budget()
    budget.begin_paragraph(len(source))
    state = _Trace(source, md, {**env, BUDGET: budget})
    md.inline.tokenize(state)
    for rule in md.inline.ruler2.getRules(""):
        # Joined pieces would not say any more where each of them stood.
        if rule is not fragments_join:
            rule(state)
    glyphs: list[Glyph] = []
    elements: list[Element] = []
    opened: list[tuple[int, int]] = []
    for token in state.tokens:
        before = len(glyphs)
        glyphs.extend(_glyphs(source, token, state.origins))
        if token.type == "code_inline":
            start = state.origins[id(token)]
            elements.extend(_element(start, _end_of_code(source, token, start), glyphs[before:]))
        elif token.nesting > 0:
            opened.append((_start(token, state.origins[id(token)]), before))
        elif token.nesting < 0 and opened:
            start, before = opened.pop()
            end = _end(state, token, start)
            elements.extend(_element(start, end, glyphs[before:]))
    return Traced(tuple(glyphs), tuple(elements))


def shown_text(children: Sequence[Token]) -> str:
    """What a paragraph shows, as the renderer writes it."""
    return "".join(child.content for child in children if child.type in ("text", "code_inline", "mention"))


def _glyphs(source: str, token: Token, origins: dict[int, int]) -> Iterator[Glyph]:
    at = origins.get(id(token), 0)
    if token.type == "text_special":
        yield from _whole(token.content, at, at + len(token.markup))
    elif token.type == "text":
        # An address in angle brackets begins behind the bracket.
        yield from _each(source, token.content, (at, at + 1))
    elif token.type == "code_inline":
        begin = at + len(token.markup)
        yield from _each(source.replace("\n", " "), token.content, (begin, begin + 1))


def _each(source: str, content: str, begins: Sequence[int]) -> Iterator[Glyph]:
    """Character by character, where the content stands at one of these places."""
    begin = next((place for place in begins if source.startswith(content, place)), None)
    if begin is None:
        yield from _whole(content, NOWHERE, NOWHERE)
        return
    for index, character in enumerate(content, begin):
        if not is_white(character):
            yield Glyph(character, index, index + 1)


def _whole(content: str, start: int, end: int) -> Iterator[Glyph]:
    return (Glyph(character, start, end) for character in content if not is_white(character))


def _element(start: int, end: int, glyphs: Sequence[Glyph]) -> Iterator[Element]:
    """Nothing for one that shows nothing, or of which the ends are not known."""
    if glyphs and NOWHERE not in (end, glyphs[0].start, glyphs[-1].end):
        yield Element(start, end, glyphs[0].start, glyphs[-1].end)


def _start(token: Token, origin: int) -> int:
    """The parser stands behind the bracket of a link when it opens one, and at the inner mark of strong words."""
    return origin - (
        token.type == "strong_open" or (token.type == "link_open" and token.markup != "autolink")
    )


def _end(state: _Trace, token: Token, start: int) -> int:
    if token.type != "link_close":
        return state.origins[id(token)] + len(token.markup)
    if token.markup == "autolink":
        return state.src.index(">", start) + 1
    state.pos, state.posMax = start, len(state.src)
    return state.pos if link(state, silent=True) else NOWHERE


def _end_of_code(source: str, token: Token, start: int) -> int:
    """A space on both sides of the code does not belong to it."""
    begin, size = start + len(token.markup), len(token.content)
    bare = source.replace("\n", " ").startswith(token.content, begin)
    return begin + size + (0 if bare else 2) + len(token.markup)
