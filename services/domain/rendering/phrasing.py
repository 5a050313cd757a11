"""Running text as characters with their formats, so that it can be cut anywhere and written again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

_FIRST_STAND_IN = 0x100000
"""Things that are not text (code, images, notes) stand in the comparison as one private character each."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A run of characters in one format, or one thing that can't be cut. `text` is what is compared."""

    text: str
    formats: tuple[Token, ...]
    token: Token | None = None


class StandIns:
    """Gives equal things the same private character, in both texts of one comparison."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def character(self, token: Token) -> str:
        """The character that stands for `token`."""
        looks = f"{token.type}:{token.content}:{token.attrs}:{token.meta}"
        return self._known.setdefault(looks, chr(_FIRST_STAND_IN + len(self._known) % 0xFFFE))


class Phrasing:
    """The children of one inline token."""

    def __init__(self, children: Sequence[Token], stand_ins: StandIns) -> None:
        self._atoms = tuple(_atoms(children, stand_ins))
        self.text = "".join(atom.text for atom in self._atoms)

    def cut(self, start: int, end: int) -> Iterator[Atom]:
        """The atoms between two offsets of `text`."""
        at = 0
        for atom in self._atoms:
            first, last = max(start - at, 0), min(end - at, len(atom.text))
            if first < last:
                yield atom if atom.token is not None else Atom(atom.text[first:last], atom.formats)
            at += len(atom.text)

    def looks(self) -> list[tuple[str, tuple[str, ...]]]:
        """Text with the names of its formats: differs where only the formatting does."""
        return [(atom.text, tuple(_look(token) for token in atom.formats)) for atom in self._atoms]


def written(atoms: Iterator[Atom]) -> Iterator[Token]:
    """Tokens for a run of atoms: formats are opened and closed so that they nest."""
    opened: list[Token] = []
    for atom in atoms:
        shared = _shared(opened, atom.formats)
        yield from _closing(opened, shared)
        for token in atom.formats[shared:]:
            opened.append(token)
            yield token
        yield atom.token if atom.token is not None else _text(atom.text)
    yield from _closing(opened, 0)


def _atoms(children: Sequence[Token], stand_ins: StandIns) -> Iterator[Atom]:
    formats: list[Token] = []
    for token in children:
        if token.nesting > 0:
            formats.append(token)
        elif token.nesting < 0:
            if formats:
                formats.pop()
        elif token.type == "text":
            if token.content:
                yield Atom(token.content, tuple(formats))
        elif token.type in ("softbreak", "hardbreak"):
            yield Atom(" " if token.type == "softbreak" else "\n", tuple(formats), token)
        else:
            yield Atom(stand_ins.character(token), tuple(formats), token)


def _closing(opened: list[Token], keep: int) -> Iterator[Token]:
    while len(opened) > keep:
        token = opened.pop()
        yield Token(token.type.removesuffix("_open") + "_close", token.tag, -1, markup=token.markup)


def _shared(opened: Sequence[Token], wanted: Sequence[Token]) -> int:
    count = 0
    for one, other in zip(opened, wanted, strict=False):
        if one is not other:
            break
        count += 1
    return count


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _look(token: Token) -> str:
    return f"{token.type}:{token.attrs}"
