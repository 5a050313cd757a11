"""The inbox (§15.2, §15.3): reading it, marking rows as read, and the number on the bell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.domain.actors import Actor, Viewer
from services.domain.clock import now
from services.domain.events import NotificationsChanged
from services.domain.identifiers import PullNumber, Slug, UserId
from services.domain.notice_places import earlier_page
from services.domain.permissions import require, signed_in
from services.store.queries import catalog, events, notifications, pulls, watches
from services.store.queries.notifications import Filters
from services.store.queries.watches import WatchLevel, WatchRow
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.whereabouts import branch_pages


async def mark_read(context: Context, *, actor: Viewer, filters: Filters) -> int:
    """Mark everything that the filters show as read; how many rows were not. Raises NotSignedIn."""
    person = require(signed_in, actor, act="read an inbox")
    async with context.store.write() as work:
        return await _told(
            work, person, await notifications.mark_read(work, user_id=person.id, filters=filters, at=now())
        )


async def mark_one_read(context: Context, *, actor: Viewer, notification_id: int) -> int:
    """Mark one row as read; somebody else's stays as it is. Raises NotSignedIn."""
    person = require(signed_in, actor, act="read an inbox")
    async with context.store.write() as work:
        done = await notifications.mark_one_read(work, user_id=person.id, id=notification_id, at=now())
        return await _told(work, person, done)


async def note_opened(context: Context, *, viewer: Viewer, places: Sequence[str]) -> None:
    """A page was opened: what it shows is read, on every screen of this person. Writes only if there is something."""
    if viewer is not None:
        for page in places:
            await _note_seen(context, page, viewer)


async def _note_seen(context: Context, page: str, person: Actor) -> None:
    earlier = earlier_page(page)
    before = notifications.Before(repo=context.meta, places=() if earlier is None else (earlier,))
    async with context.store.read() as work:
        places = (page, *await branch_pages(work, context.meta, page))
        found = await notifications.has_unread_at(work, user_id=person.id, places=places, before=before)
    if found:
        async with context.store.write() as work:
            done = await notifications.mark_place_read(
                work, user_id=person.id, places=places, before=before, at=now()
            )
            await _told(work, person, done)


async def unread_of(context: Context, *, user_ids: Collection[UserId]) -> dict[UserId, int]:
    """How much each of these people has not read yet."""
    async with context.store.read() as work:
        return await notifications.unread_of(work, user_ids=user_ids)


async def watch_level(context: Context, *, viewer: Viewer, slug: Slug) -> WatchLevel | None:
    """How closely the viewer follows an RFC; None for strangers and where they never chose."""
    if viewer is None:
        return None
    async with context.store.read() as work:
        return await watches.level_of(work, user_id=viewer.id, slug=slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One RFC or idea on the list of watches; `path` leads to it."""

    slug: str
    title: str
    path: str
    level: WatchLevel


async def watched_view(context: Context, *, viewer: Viewer) -> tuple[Watched, ...]:
    """Everything the viewer watches, follows or muted, by slug; an idea is where it is proposed."""
    if viewer is None:
        return ()
    async with context.store.read() as work:
        rows = await watches.list_for_user(work, user_id=viewer.id)
        titles = await catalog.titles(work, slugs=[row.rfc_slug for row in rows])
        others = [row.rfc_slug for row in rows if row.rfc_slug not in titles]
        ideas = await pulls.ideas_called(work, repo=context.meta, slugs=others)
    return tuple(_watched(row, titles, ideas) for row in rows if row.rfc_slug in {*titles, *ideas})


def _watched(
    row: WatchRow, titles: Mapping[Slug, str], ideas: Mapping[str, tuple[str, PullNumber]]
) -> Watched:
    slug, level = row.rfc_slug, row.level
    if slug in titles:
        return Watched(slug=slug, title=titles[slug], path=f"/rfc/{slug}", level=level)
    title, number = ideas[slug]
    return Watched(slug=slug, title=title, path=f"/proposal/{number}", level=level)


async def set_watch(context: Context, *, actor: Viewer, slug: Slug, level: WatchLevel | None) -> None:
    """Choose how closely to follow an RFC (§15.6); None stops. Raises NotSignedIn; what is neither an
    RFC nor an idea is a no-op."""
    person = require(signed_in, actor, act="watch an RFC")
    async with context.store.write() as work:
        known = await catalog.homes(work, slugs=[slug]) or await pulls.ideas_called(
            work, repo=context.meta, slugs=[slug]
        )
        if known:
            await watches.set_level(work, user_id=person.id, slug=slug, level=level, at=now())
            await events.append(work, NotificationsChanged(user_id=person.id))


async def _told(work: Work, person: Actor, changed: int) -> int:
    if changed:
        await events.append(work, NotificationsChanged(user_id=person.id))
    return changed
