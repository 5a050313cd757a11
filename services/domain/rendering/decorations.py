"""What text gains after parsing: links for addresses and RFC numbers, names spoken to, ticks of tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from markdown_it.token import Token

from services.domain.rendering.links import LinkBase, may_link

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]{1,2000}")
_NUMBER = re.compile(r"(?<![\w/\-])RFC-(\d{1,5})(?![\w\-]*\d)\b")
_NAME = re.compile(r"(?<![\w@/.])@([A-Za-z0-9](?:[A-Za-z0-9._\-]{0,38}[A-Za-z0-9])?)(?![\w@/])")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_MOST = 2_000
"""How many decorations one stretch of text may have."""
_CLOSERS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of text that becomes something more: `tokens` stand for `text[start:end]`."""

    start: int
    end: int
    tokens: tuple[Token, ...]


Finder = Callable[[str, LinkBase], Iterator[Found]]


@lru_cache(maxsize=16)
def mentioned_numbers(text: str) -> frozenset[int]:
    """The RFC numbers a text names, so that a page can look up whose they are."""
    return frozenset(int(match[1]) for match in _NUMBER.finditer(text))


def addresses(text: str, base: LinkBase) -> Iterator[Found]:
    """Bare http addresses, without the punctuation that follows them."""
    del base
    if "://" not in text:
        return
    for match in _ADDRESS.finditer(text):
        address = _without_tail(match[0])
        if may_link(address):
            end = match.start() + len(address)
            yield Found(match.start(), end, _link(address, address))


def numbers(text: str, base: LinkBase) -> Iterator[Found]:
    """`RFC-12`, where such an RFC exists here; `RFC-2119` of somebody else stays text."""
    if "RFC-" not in text:
        return
    known = dict(base.numbers)
    for match in _NUMBER.finditer(text):
        slug = known.get(int(match[1]))
        if slug is not None:
            yield Found(match.start(), match.end(), _link(f"/rfc/{slug}", match[0]))


def names(text: str, base: LinkBase) -> Iterator[Found]:
    """`@login`, marked as somebody spoken to."""
    del base
    if "@" not in text:
        return
    for match in _NAME.finditer(text):
        token = Token("mention", "span", 0)
        token.content = match[0]
        yield Found(match.start(), match.end(), (token,))


def decorate(tokens: list[Token], base: LinkBase, finders: tuple[Finder, ...]) -> list[Token]:
    """The children of an inline token with their text decorated; text inside links stays as it is."""
    result: list[Token] = []
    inside_link = 0
    for token in tokens:
        inside_link += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not inside_link:
            result.extend(_pieces(token, base, finders))
        else:
            result.append(token)
    return result


def mark_tasks(tokens: list[Token]) -> None:
    """Turn list items that begin with `[ ]` or `[x]` into tasks."""
    for index in range(2, len(tokens)):
        item, inline = tokens[index - 2], tokens[index]
        if inline.type == "inline" and item.type == "list_item_open" and inline.children:
            first = inline.children[0]
            match = _TASK.match(first.content) if first.type == "text" else None
            if match:
                first.content = first.content[match.end() :]
                tick = Token("task", "input", 0)
                tick.meta = {"done": match[1] != " "}
                inline.children.insert(0, tick)
                item.attrJoin("class", "r-task")


def _pieces(token: Token, base: LinkBase, finders: tuple[Finder, ...]) -> Iterator[Token]:
    every = (piece for finder in finders for piece in islice(finder(token.content, base), _MOST))
    found = sorted(every, key=lambda piece: piece.start)
    position = 0
    for piece in found:
        if piece.start >= position:
            yield from _text(token.content[position : piece.start])
            yield from piece.tokens
            position = piece.end
    yield from (_text(token.content[position:]) if position else (token,))


def _text(content: str) -> tuple[Token, ...]:
    if not content:
        return ()
    token = Token("text", "", 0)
    token.content = content
    return (token,)


def _link(href: str, text: str) -> tuple[Token, ...]:
    opening = Token("link_open", "a", 1, attrs={"href": href})
    return (opening, *_text(text), Token("link_close", "a", -1))


def _without_tail(address: str) -> str:
    """An address without the full stop of its sentence or the bracket around it."""
    while address:
        last = address[-1]
        if last in ".,:;!?*_~…" or (last in _CLOSERS and address.count(last) > address.count(_CLOSERS[last])):
            address = address[:-1]
        else:
            break
    return address
