"""Slugs: the permanent keys of entries, and the paths made of them (§2, §17)."""

from __future__ import annotations

import re
import unicodedata

from services.domain.errors import Invalid
from services.domain.identifiers import Slug
from services.domain.transliteration import LATIN_OF

MAX_SLUG = 80
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
_NUMBER_LIKE = re.compile(r"(?:rfc-)?[0-9]+")
_PATH = re.compile(r"rfcs/([^/]+)\.md")
_OTHERS = re.compile(r"[^a-z0-9]+")

_DEVICE_NAMES = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
RESERVED_SLUGS: frozenset[str] = frozenset(
    {"admin", "api", "auth", "branch", "catalog", "feed", "inbox", "index", "main", "meta", "new"}
    | {"philosophy", "pr", "proposal", "propose", "readme", "rfc", "rfcs", "search", "settings", "template"}
    # A clone on Windows can't check these file names out.
    | _DEVICE_NAMES
)


def is_slug(text: str) -> bool:
    """Whether the text has the form of a slug, reserved or not."""
    return _SLUG.fullmatch(text) is not None


def check_slug(text: str) -> Slug:
    """The slug a new entry may have; raises Invalid (field `slug`) with what is wrong with it."""
    slug = text.strip()
    if not slug:
        raise Invalid("A slug is needed.", field="slug")
    if len(slug) > MAX_SLUG:
        raise Invalid(f"A slug has at most {MAX_SLUG} characters.", field="slug")
    if not is_slug(slug):
        raise Invalid("A slug has lower-case letters a–z, digits, and hyphens between them.", field="slug")
    if slug in RESERVED_SLUGS:
        raise Invalid(f"“{slug}” is reserved. Choose another slug.", field="slug")
    if _NUMBER_LIKE.fullmatch(slug):
        raise Invalid("A slug can't look like an RFC number.", field="slug")
    return Slug(slug)


def slug_from_title(title: str) -> str:
    """A suggested slug: transliterated, hyphened, cut at a word; empty if nothing of the title is left."""
    spelled = "".join(LATIN_OF.get(character, character) for character in title.lower())
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode("ascii").lower()
    words = [word for word in _OTHERS.sub("-", plain.replace("'", "")).split("-") if word]
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:MAX_SLUG]
        if len(longer) > MAX_SLUG:
            break
        slug = longer
    return slug


def slug_from_stem(stem: str) -> str:
    """A corpus file's slug: its lower-cased stem, other characters as hyphens (§17); may be empty."""
    return _OTHERS.sub("-", stem.lower()).strip("-")[:MAX_SLUG].strip("-")


def entry_path(slug: Slug) -> str:
    """Where an entry lives in the meta repository (§2)."""
    return f"rfcs/{slug}.md"


def slug_of_path(path: str) -> Slug | None:
    """The slug an entry at this path has, or None if no entry can live there."""
    match = _PATH.fullmatch(path)
    return Slug(match[1]) if match and is_slug(match[1]) else None
