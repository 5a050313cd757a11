"""The lines at the end of every commit, PR body and merge that say for whom the bot acted (§1)."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from services.domain.identifiers import Login, OperationId

ON_BEHALF_OF = "On-behalf-of"
OPERATION = "RFC-Op"
KIND = "RFC-Kind"
SUPERSEDES = "Supersedes"
CO_AUTHOR = "Co-authored-by"

_SPELLING = {key.lower(): key for key in (ON_BEHALF_OF, OPERATION, KIND, SUPERSEDES, CO_AUTHOR)}
_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)")
_CREDITED = re.compile(r"Co-authored-by:[ \t]*([^<>]*)<([^<>@]+)@noreply\.[^<>@]+>", re.IGNORECASE)
_LOGIN = re.compile(r"<([^<>]+)>\s*$")
_OPERATION_ID = re.compile(r"[0-9a-f]{32}")
_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKING_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Credit:
    """For whom the bot acts, and in which operation."""

    op_id: OperationId
    login: Login
    display_name: str


@dataclass(frozen=True, slots=True)
class CoAuthor:
    """Somebody who wrote a part of what is committed."""

    login: Login
    display_name: str


def with_trailers(
    message: str, credit: Credit, *, co_authors: Iterable[tuple[str, str]] = (), **more: str
) -> str:
    """Append the trailer paragraph; `RFC_Kind="idea"` adds `RFC-Kind: idea`.

    `co_authors` are names with addresses. Names lose whatever could forge another line or another login.
    Raises ValueError if `more` repeats a trailer of the credit.
    """
    name = one_line(credit.display_name) or one_line(credit.login)
    trailers = {ON_BEHALF_OF: f"{name} <{one_line(credit.login)}>", OPERATION: one_line(credit.op_id)}
    for keyword, value in more.items():
        key = keyword.replace("_", "-")
        key = _SPELLING.get(key.lower(), key)
        if key in trailers:
            raise ValueError(f"{key} is already there")
        trailers[key] = one_line(value)
    lines = [f"{key}: {value}" for key, value in trailers.items()]
    lines += [f"{CO_AUTHOR}: {one_line(name)} <{one_line(address)}>" for name, address in co_authors]
    paragraph = "\n".join(lines)
    text = message.rstrip()
    return f"{text}\n\n{paragraph}\n" if text else f"{paragraph}\n"


def parse_trailers(text: str) -> Mapping[str, str]:
    """The trailers of the last paragraph; empty unless every line of it is one. The first of a key counts.

    Keys the product knows come back in its own spelling, others as they are written.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    found: dict[str, str] = {}
    for line in reversed(lines):
        if not line.strip():
            break
        match = _LINE.fullmatch(line)
        if match is None:
            return MappingProxyType({})
        key = _SPELLING.get(match[1].lower(), match[1])
        found[key] = match[2].strip()
    return MappingProxyType(dict(reversed(found.items())))


def without_trailers(text: str) -> str:
    """What people wrote of a message or PR body: all but its last paragraph, if that one is the bot's."""
    plain, last = _split(text)
    return plain[: len(plain) - len(last)].rstrip()


def with_words(text: str, words: str) -> str:
    """A message or PR body with other words and the trailers it had, as they are written there."""
    _, last = _split(text)
    return "\n\n".join(part for part in (words.rstrip(), last) if part) + "\n"


def _split(text: str) -> tuple[str, str]:
    """The text with plain line ends, and its last paragraph where that is trailers of ours."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    ours = parse_trailers(plain).keys() & _SPELLING.values()
    return plain, plain.rpartition("\n\n")[2] if ours else ""


def on_behalf_of_login(text: str) -> str | None:
    """The login in the `On-behalf-of` trailer of a message, if there is one."""
    match = _LOGIN.search(parse_trailers(text).get(ON_BEHALF_OF, ""))
    return match[1].strip() or None if match else None


def co_authors_of(text: str) -> tuple[CoAuthor, ...]:
    """The people of a message's `Co-authored-by` trailers whom the bot named there, by their addresses."""
    _, last = _split(text)
    found = (_CREDITED.fullmatch(line.strip()) for line in last.split("\n"))
    return tuple(CoAuthor(Login(match[2]), match[1].strip()) for match in found if match)


def author_address(login: str, gitea_url: str) -> str:
    """The commit address of a person: `<login>@noreply.<Gitea's host>`, never their private one (§1)."""
    host = urlsplit(gitea_url).hostname or "localhost"
    return f"{one_line(login).replace(' ', '')}@noreply.{host}"


def new_operation_id() -> OperationId:
    """A fresh `RFC-Op`: 32 random hex digits."""
    return OperationId(uuid.uuid4().hex)


def operation_of(text: str) -> OperationId | None:
    """The `RFC-Op` of a commit message or PR body, if it carries a well-formed one."""
    value = parse_trailers(text).get(OPERATION, "")
    return OperationId(value) if _OPERATION_ID.fullmatch(value) else None


def one_line(text: str) -> str:
    """The text as one line that no address can be read out of: as `plain_line`, without angle brackets."""
    return plain_line(text.replace("<", "").replace(">", ""))


def plain_line(text: str) -> str:
    """The text as one line without control characters or direction overrides."""
    kept = (" " if _breaks(character) else character for character in text)
    return " ".join("".join(kept).split())


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in _BREAKING_CATEGORIES or character in _BIDI_CONTROLS
