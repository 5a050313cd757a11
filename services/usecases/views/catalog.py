"""The catalog (§7): every entry and every pending idea, and what each means to one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.entry import EntryState
from services.domain.identifiers import PullNumber, Slug


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogRow:
    """One entry; `number` is that of `RFC-0012` once graduated, `proposed_at` an ISO date."""

    slug: Slug
    number: int | None
    title: str
    state: EntryState
    tags: tuple[str, ...]
    last_activity_at: datetime
    open_pulls: int
    owners: tuple[str, ...]
    arbiters: tuple[str, ...]
    proposed_by: str
    proposed_at: str | None
    commit_sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaRow:
    """One open idea PR (§7.3); `slug` is empty when its file can't be read."""

    number: PullNumber
    slug: str
    title: str
    tags: tuple[str, ...]
    proposed_by: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogView:
    """The catalog after event `version`: entries most recently active first, ideas newest first."""

    version: int
    rows: tuple[CatalogRow, ...]
    ideas: tuple[IdeaRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogChanges:
    """What brings a catalog of an earlier version to `version`.

    `complete` means that `rows` is every entry and replaces what there was; else they are the changed ones,
    and `removed` the slugs that are gone. `ideas`, where not `None`, replaces all ideas.
    """

    version: int
    complete: bool
    rows: tuple[CatalogRow, ...]
    removed: tuple[str, ...]
    ideas: tuple[IdeaRow, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderMarks:
    """What is special about entries for one reader, as slugs (§7.1); nothing for the anonymous.

    `waiting` has the slugs of open ideas too, for those who decide on them.
    """

    mine: frozenset[str] = frozenset()
    watching: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
