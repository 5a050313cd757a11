"""Searching texts: how words are compared, what a query means, and where its words stand in a passage (§7.2).

The same folding makes the index and reads the query, so that case, accents and composed letters never matter.
Scripts written without spaces are compared letter by letter, as phrases: 人類 finds 全人類の.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.domain.sections import sections_of

MOST_TERMS = 12
"""Words of a query that are looked for; nobody means more, and each costs."""
LONGEST_TOKEN = 100
LONGEST_PASSAGE = 20_000
"""Characters of a section that make one passage; a longer section is cut."""
SNIPPET = 220
PREFIX_FROM = 3
"""Words of so many letters find longer ones that begin with them too."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_UNSPACED}]"
_TOKEN = re.compile(rf"[{_UNSPACED}]|{_LETTER}+")
_BEYOND_ASCII = re.compile(rf"[{_UNSPACED}]|[^\W\x00-\x7f{_UNSPACED}]+")
_UNSPACED_LETTER = re.compile(rf"[{_UNSPACED}]")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_QUOTED_OR_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that must follow one another; with `prefix` the last one may go on."""

    tokens: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Query:
    """Terms all of which a passage must have; `shortened` when there were more than are looked for."""

    terms: tuple[Term, ...]
    shortened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a text that is found as one: (part of) a section, `anchor` is empty above the first heading."""

    anchor: str
    number: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a line; `hit` is what the query found."""

    text: str
    hit: bool = False


def parse_query(text: str) -> Query:
    """What somebody typed: words, and phrases in straight quotes; every other sign means nothing."""
    terms: dict[Term, None] = {}
    for found in _QUOTED_OR_WORD.finditer(text.replace("“", '"').replace("”", '"')):
        quoted = found[1] is not None
        tokens = tuple(token for token, _, _ in _tokens(found[1] if quoted else found[2]))
        if not tokens:
            continue
        if len(terms) == MOST_TERMS:
            return Query(tuple(terms), shortened=True)
        terms[Term(tokens[:MOST_TERMS], prefix=not quoted and _may_go_on(tokens[-1]))] = None
    return Query(tuple(terms))


def searchable(text: str) -> str:
    """A text as the words that the index keeps of it."""
    return " ".join(token for token, _, _ in _tokens(text))


def passages_of(text: str, title: str) -> tuple[Passage, ...]:
    """A document in passages, in reading order; the first stands above all headings and may be empty."""
    sections = sections_of(text, title)
    starts = [section.span.start for section in sections]
    above = _without_title(text[: starts[0]] if starts else text, title)
    found = list(_cut(above, anchor="", number="", heading=""))
    for section, start, end in zip(sections, starts, [*starts[1:], len(text)], strict=False):
        # A heading's own line is kept as its heading.
        own = text[start:end].partition("\n")[2]
        heading = section.heading
        found += _cut(own, anchor=heading.anchor, number=heading.number, heading=heading.text)
    return tuple(found)


def marked(text: str, query: Query) -> tuple[Fragment, ...]:
    """A whole line with what the query finds in it."""
    return _fragments(text, _places(text, query))


def snippet(text: str, query: Query) -> tuple[Fragment, ...]:
    """The part of a passage where most of the query stands closest together; its beginning where nothing does."""
    places = _places(text, query)
    start = _best_start(places)
    begin, end = _at_words(text, max(0, start - SNIPPET // 5), SNIPPET)
    shown = [(max(a, begin) - begin, min(b, end) - begin) for a, b in places if b > begin and a < end]
    head = (Fragment("… "),) if begin else ()
    tail = (Fragment(" …"),) if end < len(text) else ()
    return (*head, *_fragments(text[begin:end], shown), *tail)


def finder(query: Query) -> Callable[[str], bool]:
    """Says whether a line has every term; it is given as the words that `searchable` made of it, in spaces."""
    needles = [f" {' '.join(term.tokens)}{'' if term.prefix else ' '}" for term in query.terms]
    return lambda line: bool(needles) and all(needle in line for needle in needles)


def has_hit(fragments: Sequence[Fragment]) -> bool:
    """Whether anything is marked."""
    return any(fragment.hit for fragment in fragments)


def _without_title(text: str, title: str) -> str:
    """A first heading that repeats the title is not shown with the text either."""
    first, _, rest = text.lstrip().partition("\n")
    return rest if first.startswith("#") and searchable(first) == searchable(title) else text


def _cut(text: str, *, anchor: str, number: str, heading: str) -> Iterator[Passage]:
    plain = plain_text(text)
    for start in range(0, max(len(plain), 1), LONGEST_PASSAGE):
        part = plain[start : start + LONGEST_PASSAGE]
        yield Passage(anchor=anchor, number=number, heading=heading, text=part)


_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^[ ]{0,3}\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_BEGINNING = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?|\|)", re.MULTILINE)
_RULE = re.compile(r"^[-=:| \t]+$|[ \t]*\|[ \t]*", re.MULTILINE)
_SIGNS = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)|\[\^[^\]]*\]")


def plain_text(markdown: str) -> str:
    """About what a reader sees, in one line: enough to search and to show a few words of."""
    text = _REFERENCE.sub("", _FENCE.sub("", _COMMENT.sub("", markdown)))
    text = _BEGINNING.sub("", _LINK.sub(r"\1", text))
    return " ".join(_SIGNS.sub("", _RULE.sub(" ", text)).split())


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Each folded token with where it stands in the text."""
    for found in _TOKEN.finditer(text):
        word = found[0]
        if word.isascii():
            yield word.lower()[:LONGEST_TOKEN], found.start(), found.end()
            continue
        for part in _TOKEN.findall(_folded(word)):
            yield part[:LONGEST_TOKEN], found.start(), found.end()


def _folded(word: str) -> str:
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", word))
    return unicodedata.normalize("NFKC", plain).casefold()


def _may_go_on(token: str) -> bool:
    return _is_spaced(token) and (len(token) >= PREFIX_FROM or not token.isascii())


def _places(text: str, query: Query) -> list[tuple[int, int]]:
    """Where terms stand, in order: where one begins, and where its last word ends."""
    folded = _folded_text(text)
    found: set[tuple[int, int]] = set()
    for term in query.terms:
        pattern = _pattern(term)
        at = folded.text.find(term.tokens[0])
        while at >= 0:
            if match := pattern.match(folded.text, at):
                found.add((folded.starts[at], folded.ends[match.end() - 1]))
            at = folded.text.find(term.tokens[0], at + 1)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _FoldedText:
    """A whole text folded, and for each of its letters where what it was made of begins and ends."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def _folded_text(text: str) -> _FoldedText:
    """Most letters are folded one by one, and most texts have few beyond ASCII: much quicker than word by word."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for run in _BEYOND_ASCII.finditer(text):
        start, end = run.span()
        folded = _folded(run[0])
        pieces += (text[at:start].lower(), folded)
        kept = len(folded) == end - start
        starts += range(at, end) if kept else (*range(at, start), *[start] * len(folded))
        ends += range(at + 1, end + 1) if kept else (*range(at + 1, start + 1), *[end] * len(folded))
        at = end
    rest = text[at:].lower()
    if not pieces:
        return _FoldedText(rest, range(len(text)), range(1, len(text) + 1))
    return _FoldedText(
        "".join((*pieces, rest)), [*starts, *range(at, len(text))], [*ends, *range(at + 1, len(text) + 1)]
    )


@lru_cache(maxsize=256)
def _pattern(term: Term) -> re.Pattern[str]:
    """A term in a folded text, from the beginning of a word to the end of one."""
    parts, spaced_before = [f"(?<!{_LETTER})" if _is_spaced(term.tokens[0]) else ""], False
    for token in term.tokens:
        if parts[1:]:
            parts.append(r"[\W_]+" if spaced_before and _is_spaced(token) else r"[\W_]*")
        parts.append(re.escape(token) + (f"{_LETTER}*" if len(token) == LONGEST_TOKEN else ""))
        spaced_before = _is_spaced(token)
    goes_on = f"{_LETTER}*" if term.prefix else f"(?!{_LETTER})" if spaced_before else ""
    return re.compile("".join(parts) + goes_on)


def _is_spaced(token: str) -> bool:
    return not _UNSPACED_LETTER.match(token)


def _best_start(places: Sequence[tuple[int, int]]) -> int:
    """Where the window with most places in it begins."""
    best, most, end = 0, 0, 0
    for index, (start, _) in enumerate(places):
        while end < len(places) and places[end][1] <= start + SNIPPET * 4 // 5:
            end += 1
        if end - index > most:
            best, most = start, end - index
    return best


def _at_words(text: str, begin: int, length: int) -> tuple[int, int]:
    """The window moved to the next spaces, where there are any near."""
    if begin:
        space = text.find(" ", begin, begin + 30)
        begin = space + 1 if space >= 0 else begin
    end = min(len(text), begin + length)
    if end < len(text):
        space = text.rfind(" ", end - 30, end)
        end = space if space > begin else end
    return begin, end


def _fragments(text: str, places: Sequence[tuple[int, int]]) -> tuple[Fragment, ...]:
    fragments: list[Fragment] = []
    at = 0
    for start, end in places:
        if end <= at:
            continue
        if start > at:
            fragments.append(Fragment(text[at:start]))
        fragments.append(Fragment(text[max(start, at) : end], hit=True))
        at = end
    if at < len(text):
        fragments.append(Fragment(text[at:]))
    return tuple(fragments)
