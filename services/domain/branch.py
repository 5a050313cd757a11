"""Branches: how they are called, how they stand, who sees them (§8.3, §11)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from services.domain.identifiers import OperationId, Repository, Slug
from services.domain.slug import is_slug

MAIN = "main"
"""What an entry's agreed text is called in addresses, whatever the repository calls its default branch."""
MAX_BRANCH_NAME = 100
"""Gitea takes no longer ones."""
EDIT_PREFIX = "edit-"
_HEX_DIGITS = 6
RESOLVE_PREFIX = "resolve-"
META_PREFIXES = (EDIT_PREFIX, RESOLVE_PREFIX)
"""How branches of the meta repository that change a super-draft's text begin."""
_META_NAME = re.compile(r"(?:edit|resolve)-(.+)-[0-9a-f]{6}")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_-]+")
_LONGEST_LOGIN = 80
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)")


class BranchState(StrEnum):
    """Values of `cached_branches.state` (§5, §11)."""

    OPEN = "open"
    CLOSED = "closed"
    DELETED = "deleted"


class Visibility(StrEnum):
    """Who may read a branch (§11)."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class BranchKey:
    """One branch of one repository; its name may hold slashes."""

    repo: Repository
    name: str


def is_branch_name(text: str) -> bool:
    """Whether Git and Gitea take this for a branch's name; slashes are fine."""
    if not 1 <= len(text) <= MAX_BRANCH_NAME or text == "@" or _FORBIDDEN.search(text):
        return False
    return not text.startswith(("-", "/", ".")) and not text.endswith(("/", "."))


def draft_branch_name(login: str, op_id: OperationId) -> str:
    """`<login>-draft-<6 hex>`: a branch of an active RFC. What a ref may not hold is left out of the login."""
    plain = _NOT_IN_A_NAME.sub("-", login.lower()).strip("-")[:_LONGEST_LOGIN].strip("-")
    return f"{plain or 'person'}-draft-{op_id[:_HEX_DIGITS]}"


def edit_branch_name(slug: Slug, op_id: OperationId) -> str:
    """`edit-<slug>-<6 hex>`: a super-draft's branch in the meta repository."""
    return f"{EDIT_PREFIX}{slug}-{op_id[:_HEX_DIGITS]}"


def resolution_branch_name(slug: Slug, op_id: OperationId) -> str:
    """`resolve-<slug>-<6 hex>`: where a conflicting pull request is replayed (§10.9)."""
    return f"{RESOLVE_PREFIX}{slug}-{op_id[:_HEX_DIGITS]}"


def slug_of_edit_branch(name: str) -> Slug | None:
    """Whose super-draft a branch of the meta repository edits, or None if its name does not say so."""
    match = _META_NAME.fullmatch(name)
    return Slug(match[1]) if match and is_slug(match[1]) else None


def branch_address(slug: str, name: str) -> str:
    """Where a branch's page is, without the site's own address."""
    return f"/rfc/{slug}/branch/{quote(name)}"
