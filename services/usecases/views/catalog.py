"""The catalog (§7): every entry and every pending idea, and what each means to one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.entry import EntryState
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.domain.permissions import allows, may_merge_idea
from services.store.queries import seen, users, watches
from services.store.queries.watches import WatchLevel

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderMarks:
    """What is special about entries for one reader, as slugs (§7.1); nothing for the anonymous.

    `waiting` has the slugs of open ideas too, for those who decide on them.
    """

    mine: frozenset[str] = frozenset()
    watching: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()


async def catalog_view(context: Context) -> CatalogView:
    """The catalog as it is now; kept in the process and brought up to date by the events."""
    return await context.catalog.view(context.store)


async def catalog_changes(context: Context, *, since: int) -> CatalogChanges:
    """What changed after event `since`; everything, where that is too long ago to tell."""
    return await context.catalog.changes(context.store, since=since)


async def reader_marks(context: Context, *, viewer: Viewer) -> ReaderMarks:
    """What the catalog marks for this reader."""
    if viewer is None:
        return ReaderMarks()
    view = await catalog_view(context)
    async with context.store.read() as work:
        read_up_to = await seen.list_for_user(work, user_id=viewer.id)
        watched = await watches.list_for_user(work, user_id=viewer.id)
        joined = (await users.find_many(work, user_ids=[viewer.id])).get(viewer.id)
    return ReaderMarks(
        mine=frozenset(row.slug for row in view.rows if _is_theirs(row, viewer.login.lower())),
        watching=frozenset(row.rfc_slug for row in watched if row.level is WatchLevel.WATCHING),
        waiting=_waiting(view, viewer),
        unread=_unread(view, read_up_to, joined.created_at) if joined else frozenset(),
    )


def _is_theirs(row: CatalogRow, login: str) -> bool:
    return login in {name.lower() for name in (row.proposed_by, *row.owners, *row.arbiters)}


def _waiting(view: CatalogView, viewer: Viewer) -> frozenset[str]:
    if not allows(may_merge_idea, viewer):
        return frozenset()
    return frozenset(idea.slug for idea in view.ideas if idea.slug)


def _unread(view: CatalogView, read_up_to: dict[Slug, CommitSha], joined: datetime) -> frozenset[str]:
    """What moved since they read it; of what they never opened, what moved since they joined."""
    return frozenset(
        row.slug
        for row in view.rows
        if (
            read_up_to[row.slug] != row.commit_sha
            if row.slug in read_up_to
            else row.last_activity_at > joined
        )
    )
