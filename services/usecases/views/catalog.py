"""The catalog (§7): every entry and every pending idea."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.entry import EntryState
from services.domain.identifiers import PullNumber, Slug

if TYPE_CHECKING:
    from services.usecases.context import Context


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


async def catalog_view(context: Context) -> CatalogView:
    """The catalog as it is now; kept in the process and brought up to date by the events."""
    return await context.catalog.view(context.store)


async def catalog_changes(context: Context, *, since: int) -> CatalogChanges:
    """What changed after event `since`; everything, where that is too long ago to tell."""
    return await context.catalog.changes(context.store, since=since)
