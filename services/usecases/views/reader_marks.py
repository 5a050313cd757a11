"""What the catalog (§7.1) means to one reader: their own entries, what they watch, what waits for them, what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.actors import Actor, Viewer
from services.domain.identifiers import CommitSha, Slug
from services.domain.permissions import allows, may_merge_idea
from services.store.queries import seen, users, watches
from services.store.queries.watches import WatchLevel
from services.usecases.context import Context
from services.usecases.views.catalog import CatalogRow, CatalogView, catalog_view
from services.usecases.waiting import waiting_slugs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderMarks:
    """What is special about entries for one reader, as slugs (§7.1); nothing for the anonymous.

    `waiting` is what “Your turn” is about, ideas too; of what others may graduate only an admin's inbox speaks.
    """

    mine: frozenset[str] = frozenset()
    watching: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()


async def reader_marks(context: Context, *, viewer: Viewer) -> ReaderMarks:
    """What the catalog marks for this reader."""
    if viewer is None:
        return ReaderMarks()
    view = await catalog_view(context)
    async with context.store.read() as work:
        read_up_to = await seen.list_for_user(work, user_id=viewer.id)
        watched = await watches.list_for_user(work, user_id=viewer.id)
        waiting = await waiting_slugs(work, context, viewer, {str(row.slug): row for row in view.rows})
        joined = (await users.find_many(work, user_ids=[viewer.id])).get(viewer.id)
    return ReaderMarks(
        mine=frozenset(row.slug for row in view.rows if _is_theirs(row, viewer.login.lower())),
        watching=frozenset(row.rfc_slug for row in watched if row.level is WatchLevel.WATCHING),
        waiting=waiting | _waiting(view, viewer),
        unread=_unread(view, read_up_to, joined.created_at) if joined else frozenset(),
    )


def _is_theirs(row: CatalogRow, login: str) -> bool:
    return login in {name.lower() for name in (row.proposed_by, *row.owners, *row.arbiters)}


def _waiting(view: CatalogView, viewer: Actor) -> frozenset[str]:
    """The ideas they decide on, else their own: an open one waits for what its proposer answers (§15.2)."""
    decides, own = allows(may_merge_idea, viewer), viewer.login.lower()
    by = {idea.slug: idea.proposed_by.lower() for idea in view.ideas if idea.slug}
    return frozenset(slug for slug, who in by.items() if decides or who == own)


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
