"""Files of a corpus made into super-drafts: title and slug by the rule of §17."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.domain.entry import Entry
from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.proposal import MAX_TITLE
from services.domain.slug import slug_from_stem
from services.domain.trailers import one_line

_BLOCKS = MarkdownIt("commonmark").disable("inline")
_INLINE = MarkdownIt("commonmark")
_SEPARATORS = re.compile(r"[-_\s]+")
_MAX_HEADING = 2_000


def corpus_entry(
    *, file_name: str, text: str, proposed_by: str = "", proposed_at: str | None = None
) -> Entry:
    """The super-draft made of a corpus file, its text kept as it is; raises Invalid if it can't be one."""
    stem = PurePosixPath(file_name).name.removesuffix(".md")
    slug = slug_from_stem(stem)
    if not slug:
        raise Invalid(f"No slug can be made of the file name “{file_name}”.", field="file_name")
    if "\0" in text:
        raise Invalid(f"“{file_name}” is not text: it contains NUL bytes.", field="text")
    return Entry(
        slug=Slug(slug),
        title=_title(text, stem)[:MAX_TITLE].rstrip() or slug,
        proposed_by=proposed_by,
        proposed_at=proposed_at,
        body=text,
    )


def _title(text: str, stem: str) -> str:
    headings = _first_level_headings(text)
    title = one_line(_as_text(headings[0])) if len(headings) == 1 else ""
    return title or one_line(_SEPARATORS.sub(" ", stem))


def _first_level_headings(text: str) -> list[str]:
    tokens = _BLOCKS.parse(text)
    return [
        content.content
        for opening, content in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag == "h1" and opening.level == 0
    ]


def _as_text(heading: str) -> str:
    inline = _INLINE.parseInline(heading[:_MAX_HEADING])[0].children or []
    return "".join(_token_text(token) for token in inline)


def _token_text(token: Token) -> str:
    return " " if token.type in {"softbreak", "hardbreak"} else token.content
