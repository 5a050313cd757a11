"""What people type when they propose and discuss, checked before anything happens (§9.1, §9.3)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.slug import check_slug

MAX_TITLE = 200
MAX_PITCH = 100_000
MAX_TAGS = 10
MAX_TAG = 40
MAX_DECLINE_COMMENT = 4_000
MAX_MESSAGE = 20_000
MAX_PASSAGE = 50_000
MAX_REASON = 2_000

_BREAKING_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_CODE_BLOCK = ("    ", "\t")
_HASH = re.compile(r"(?:(?<=,)|^)\s*#+(?=\s*[^\s,#])")
"""How many people write a tag; pages put the sign in front themselves."""
_EDGE_LINES = re.compile(r"\A(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal that may be opened; the pitch ends with exactly one line end."""

    title: str
    slug: Slug
    pitch: str
    tags: tuple[str, ...] = ()


def check_proposal(*, title: str, slug: str, pitch: str, tags_text: str) -> Proposal:
    """The trimmed proposal; raises Invalid with `field` title, slug, pitch or tags."""
    return Proposal(
        title=check_title(title),
        slug=check_slug(slug),
        pitch=_checked_text(pitch, field="pitch", name="pitch", limit=MAX_PITCH) + "\n",
        tags=check_tags(_HASH.sub("", tags_text)),
    )


def check_title(title: str) -> str:
    """The trimmed title: 1–200 characters on one line (§2); raises Invalid (field `title`)."""
    text = title.strip()
    if not text:
        raise Invalid("A title is needed.", field="title")
    if len(text) > MAX_TITLE:
        raise Invalid(f"A title has at most {MAX_TITLE} characters; this one has {len(text)}.", field="title")
    if not is_one_line(text):
        raise Invalid("A title is one line without control characters.", field="title")
    return text


def parse_tags(text: str) -> tuple[str, ...]:
    """The tags of a comma-separated field: trimmed, without empty ones and repetitions."""
    tags: dict[str, str] = {}
    for part in text.split(","):
        tag = " ".join(part.split(" ")).strip()
        if tag:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


def check_tags(text: str) -> tuple[str, ...]:
    """The tags of a comma-separated field; raises Invalid (field `tags`)."""
    tags = parse_tags(text)
    if len(tags) > MAX_TAGS:
        raise Invalid(f"At most {MAX_TAGS} tags, separated by commas.", field="tags")
    for tag in tags:
        if len(tag) > MAX_TAG:
            raise Invalid(f"A tag has at most {MAX_TAG} characters.", field="tags")
        if not is_one_line(tag):
            raise Invalid("A tag is one line without control characters.", field="tags")
    return tags


def check_decline_comment(text: str) -> str:
    """The trimmed reason for declining, 1–4,000 characters (§9.3); raises Invalid (field `comment`)."""
    return _checked_text(text, field="comment", name="comment", limit=MAX_DECLINE_COMMENT)


def check_message(text: str) -> str:
    """The trimmed message, 1–20,000 characters; raises Invalid (field `message`)."""
    return _checked_text(text, field="message", name="message", limit=MAX_MESSAGE)


def check_card_text(text: str) -> str:
    """What a passage is to read: up to 50,000 characters, empty to remove it; raises Invalid (field `text`)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(lines) > MAX_PASSAGE:
        raise Invalid(
            f"A passage has at most {MAX_PASSAGE:,} characters; this has {len(lines):,}.", field="text"
        )
    if "\0" in lines:
        raise Invalid("A passage can't hold NUL characters.", field="text")
    return lines


def check_reason(text: str) -> str:
    """The trimmed reason for declining a change, 1–2,000 characters; raises Invalid (field `reason`)."""
    return _checked_text(text, field="reason", name="reason", limit=MAX_REASON)


def is_one_line(text: str) -> bool:
    """Whether the text has no line breaks, control characters or halves of characters."""
    return all(unicodedata.category(character) not in _BREAKING_CATEGORIES for character in text)


def _checked_text(text: str, *, field: str, name: str, limit: int) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    trimmed = _EDGE_LINES.sub("", lines).rstrip()
    if not trimmed.startswith(_CODE_BLOCK):
        trimmed = trimmed.lstrip()
    if not trimmed.strip():
        raise Invalid(f"A {name} is needed.", field=field)
    if len(trimmed) > limit:
        raise Invalid(f"A {name} has at most {limit:,} characters; this has {len(trimmed):,}.", field=field)
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in trimmed):
        raise Invalid(f"The {name} contains characters that are not text.", field=field)
    return trimmed
