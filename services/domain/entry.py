"""Entries: `rfcs/<slug>.md` of the meta repository, read and written (§2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from services.domain.front_matter import (
    BrokenEntry,
    FrontMatter,
    Value,
    changed,
    replace_body,
    split_document,
)
from services.domain.identifiers import Slug
from services.domain.proposal import MAX_TITLE, is_one_line
from services.domain.slug import entry_path, slug_of_path
from services.domain.yaml_text import flow_list, scalar

MAX_ENTRY_BYTES = 4 * 1024 * 1024
_MAX_WORD = 255
_RFC_ID = re.compile(r"RFC-[0-9]{1,9}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class EntryState(StrEnum):
    """Values of `state` (§2)."""

    SUPER_DRAFT = "super-draft"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. Dates are ISO texts as written; `models` None means absent, which is not `()` (§6.6)."""

    slug: Slug
    title: str
    state: EntryState = EntryState.SUPER_DRAFT
    id: str | None = None
    repo: str | None = None
    proposed_by: str = ""
    proposed_at: str | None = None
    graduated_by: str | None = None
    graduated_at: str | None = None
    owners: tuple[str, ...] = ()
    arbiters: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] | None = None
    funder: str | None = None
    body: str = ""


FRONT_MATTER_KEYS = tuple(field.name for field in fields(Entry) if field.name != "body")
_OPTIONAL_KEYS = frozenset({"models", "funder"})


def parse_entry(data: bytes, *, path: str) -> Entry:
    """Read an entry; the slug it names must be that of its path. Raises BrokenEntry, and nothing else."""
    slug = slug_of_path(path)
    if slug is None:
        raise BrokenEntry("Entries are called rfcs/<slug>.md, and this file is not.")
    document = split_document(_decoded(data))
    front = FrontMatter(document.yaml)
    if front.text("slug") != slug:
        raise BrokenEntry(f"`slug` must be “{slug}”, as the file is called.")
    return Entry(
        slug=slug,
        title=_title(front),
        state=_state(front),
        id=_matching(front, "id", _RFC_ID, "RFC-0001"),
        repo=_matching(front, "repo", _REPOSITORY, "<org>/<name>"),
        proposed_by=_word(front, "proposed_by") or "",
        proposed_at=_date(front, "proposed_at"),
        graduated_by=_word(front, "graduated_by"),
        graduated_at=_date(front, "graduated_at"),
        owners=_words(front, "owners") or (),
        arbiters=_words(front, "arbiters") or (),
        tags=_words(front, "tags") or (),
        models=_words(front, "models"),
        funder=_word(front, "funder"),
        body=document.body,
    )


def compose_entry(entry: Entry) -> str:
    """A new file for an entry: all keys in the order of §2, the optional ones only if they have a value."""
    lines = ["---"]
    for key in FRONT_MATTER_KEYS:
        value = getattr(entry, key)
        if value is not None or key not in _OPTIONAL_KEYS:
            lines.append(f"{key}: {_written(value)}")
    return "\n".join([*lines, "---", "", entry.body])


def with_front_matter(text: str, **changes: str | Sequence[str] | None) -> str:
    """The file with other values for some keys; everything else, comments too, stays byte for byte.

    `models=None` and `funder=None` remove the key. Raises BrokenEntry where that can't be done in place, and
    ValueError for a key that §2 does not have.
    """
    unknown = set(changes) - set(FRONT_MATTER_KEYS)
    if unknown:
        raise ValueError(f"not a key of an entry: {', '.join(sorted(unknown))}")
    document = split_document(text)
    yaml = changed(
        document.yaml,
        {key: _value(value) for key, value in changes.items()},
        newline=document.newline,
        removable=_OPTIONAL_KEYS,
    )
    return document.opening + yaml + document.closing + document.separator + document.body


def with_body(text: str, body: str) -> str:
    """The file with another body and an untouched front matter (§9.5); raises BrokenEntry."""
    return replace_body(text, body)


def _value(value: str | Sequence[str] | None) -> Value:
    return value if value is None or isinstance(value, str) else tuple(value)


def _written(value: Value) -> str:
    if value is None or value == "":
        return "null"
    return scalar(value) if isinstance(value, str) else flow_list(value)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_ENTRY_BYTES:
        raise BrokenEntry("The file is larger than 4 MB.")
    if b"\0" in data:
        raise BrokenEntry("The file is not text: it contains NUL bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenEntry("The file is not UTF-8 text.") from error


def _title(front: FrontMatter) -> str:
    title = (front.text("title") or "").strip()
    if not 1 <= len(title) <= MAX_TITLE:
        raise BrokenEntry(f"`title` must have 1 to {MAX_TITLE} characters.")
    return _one_line("title", title)


def _state(front: FrontMatter) -> EntryState:
    written = front.text("state") or ""
    if written not in frozenset(EntryState):
        raise BrokenEntry(f"`state` must be one of {', '.join(EntryState)}.")
    return EntryState(written)


def _matching(front: FrontMatter, key: str, pattern: re.Pattern[str], example: str) -> str | None:
    written = front.text(key)
    if written is not None and not pattern.fullmatch(written):
        raise BrokenEntry(f"`{key}` must look like {example}.")
    return written


def _date(front: FrontMatter, key: str) -> str | None:
    written = front.text(key)
    if written is None:
        return None
    try:
        datetime.fromisoformat(written)
    except ValueError as error:
        raise BrokenEntry(f"`{key}` must be an ISO date such as 2026-01-31.") from error
    return written


def _word(front: FrontMatter, key: str) -> str | None:
    written = front.text(key)
    return _short(key, written) if written else None


def _words(front: FrontMatter, key: str) -> tuple[str, ...] | None:
    written = front.texts(key)
    return None if written is None else tuple(_short(key, word) for word in written)


def _short(key: str, text: str) -> str:
    if not 1 <= len(text) <= _MAX_WORD:
        raise BrokenEntry(f"A text in `{key}` must have 1 to {_MAX_WORD} characters.")
    return _one_line(key, text)


def _one_line(key: str, text: str) -> str:
    if not is_one_line(text):
        raise BrokenEntry(f"`{key}` must be one line without control characters.")
    return text


__all__ = [
    "FRONT_MATTER_KEYS",
    "BrokenEntry",
    "Entry",
    "EntryState",
    "compose_entry",
    "entry_path",
    "parse_entry",
    "slug_of_path",
    "with_body",
    "with_front_matter",
]
