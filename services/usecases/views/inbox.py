"""What `/inbox` shows (§15.2): rows in words, and how many there are of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.domain.actors import Actor, Viewer
from services.domain.identifiers import Slug, UserId
from services.domain.notice_words import SYSTEM, act_in_words, quote_of
from services.domain.permissions import require, signed_in
from services.domain.routing import Category
from services.store.queries import branch_settings, catalog, notifications, pulls, users
from services.store.queries.notifications import Filters, NotificationRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.fan_out import readers_of
from services.usecases.views.parts import PersonView
from services.usecases.views.talk import PRIVATE_BRANCH
from services.usecases.whereabouts import Spot, Whereabouts, whereabouts

PAGE = 100
"""Rows that are shown at first, and as many more each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One row; `who` is None for system signals."""

    id: int
    who: PersonView | None
    act: str
    quote: str
    where: str
    path: str
    category: Category
    at: datetime
    unread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value rows can be filtered by."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxView:
    """The rows that the filters show, and what else there is to choose: how many rows each choice would show."""

    filters: Filters
    rows: tuple[InboxRow, ...]
    older: bool
    """Whether there are more rows than were asked for."""
    unread: int
    categories: Mapping[Category, int]
    rfcs: tuple[Choice, ...]
    people: tuple[Choice, ...]


async def inbox_view(context: Context, *, viewer: Viewer, filters: Filters, limit: int = PAGE) -> InboxView:
    """One person's inbox, its newest `limit` rows. Raises NotSignedIn."""
    person = require(signed_in, viewer, act="read your inbox")
    async with context.store.read() as work:
        found = await notifications.list_for_user(work, user_id=person.id, filters=filters, limit=limit + 1)
        found, older = found[:limit], len(found) > limit
        entries = await catalog.list_rows(work)
        titles = {str(row.slug): row.title for row in entries}
        where = await whereabouts(work, context.meta, map(Spot.of, found))
        tallies = {
            column: _with_chosen(
                await notifications.tally(work, user_id=person.id, column=column, filters=besides), chosen
            )
            for column, besides, chosen in (
                ("category", replace(filters, category=None), filters.category),
                ("rfc_slug", replace(filters, slug=None), filters.slug),
                ("actor_user_id", replace(filters, actor_id=None), filters.actor_id),
            )
        }
        who = await users.find_many(work, user_ids=_named(found, tallies["actor_user_id"]))
        unread = await notifications.count(work, user_id=person.id, filters=replace(filters, unread=True))
        closed = await _closed_to(work, context, person, found)
        rows = [
            _without_name(row, told.rfc_slug, titles) if _place(told) in closed else row
            for told, row in [(told, await _row(work, told, who, titles, where)) for told in found]
        ]
    return InboxView(
        filters=filters,
        rows=tuple(rows),
        older=older,
        unread=unread,
        categories={Category(value): count for value, count in tallies["category"].items()},
        rfcs=tuple(
            Choice(value=slug, label=titles.get(slug, slug), count=count)
            for slug, count in tallies["rfc_slug"].items()
        ),
        people=tuple(
            Choice(value=key, label=_name(who[UserId(int(key))]), count=count)
            for key, count in tallies["actor_user_id"].items()
            if UserId(int(key)) in who
        ),
    )


def _with_chosen(counts: dict[str, int], chosen: object) -> dict[str, int]:
    """What is chosen stays among the choices where it shows nothing: else it could not be taken back by itself."""
    return counts if chosen is None else {str(chosen): 0} | counts


async def words_of(
    work: Work, row: NotificationRow, titles: Mapping[str, str], whereabouts: Whereabouts
) -> tuple[str, str]:
    """What happened, to follow a name, and where: shared by the inbox and mails."""
    slug = str(row.rfc_slug or "")
    title = titles.get(slug) or await _idea_title(work, row) or slug
    said = whereabouts.said_in(row)
    act = act_in_words(
        row.kind, row.reason, title=title, number=row.pr_number, details=row.details, said=said
    )
    where = ", ".join(part for part in (title, whereabouts.name_of(row)) if part)
    return act, where


def _place(row: NotificationRow) -> tuple[Slug | None, str | None]:
    return row.rfc_slug, row.branch_name


async def _closed_to(
    work: Work, context: Context, person: Actor, rows: Sequence[NotificationRow]
) -> set[tuple[Slug | None, str | None]]:
    """The branches that rows tell of and the person may not read: made private since, or no longer shared (§11)."""
    slugs = {row.rfc_slug for row in rows if row.rfc_slug is not None and row.branch_name is not None}
    private = await branch_settings.list_private(work, slugs=slugs)
    told_of = set(map(_place, rows))
    found: set[tuple[Slug | None, str | None]] = set()
    for slug, branch in {(row.rfc_slug, row.branch_name) for row in private} & told_of:
        readers = await readers_of(work, context.meta, slug=slug, branch=branch)
        if readers is not None and person.id not in readers:
            found.add((slug, branch))
    return found


def _without_name(row: InboxRow, slug: Slug | None, titles: Mapping[str, str]) -> InboxRow:
    """The same without what the branch is called, what was said there, and the way to it."""
    title = titles.get(str(slug), str(slug))
    return replace(row, quote="", where=f"{title}, {PRIVATE_BRANCH}", path=f"/rfc/{slug}")


def _named(rows: list[NotificationRow], actors: Mapping[str, int]) -> set[UserId]:
    return {row.actor_user_id for row in rows if row.actor_user_id is not None} | {
        UserId(int(key)) for key in actors
    }


async def _row(
    work: Work,
    row: NotificationRow,
    who: Mapping[UserId, UserRow],
    titles: Mapping[str, str],
    whereabouts: Whereabouts,
) -> InboxRow:
    actor = who.get(row.actor_user_id) if row.actor_user_id is not None else None
    act, where = await words_of(work, row, titles, whereabouts)
    return InboxRow(
        id=row.id,
        who=None if actor is None else PersonView(
            login=actor.gitea_login, name=_name(actor), avatar_url=actor.avatar_url
        ),
        act=act,
        quote=quote_of(row.details),
        where=where or SYSTEM,
        path=whereabouts.path_of(row),
        category=row.category,
        at=row.created_at,
        unread=row.read_at is None,
    )  # fmt: skip


async def _idea_title(work: Work, row: NotificationRow) -> str:
    named = row.details.get("title")
    if isinstance(named, str) and named and row.kind == "propose_idea":
        return named
    if row.repo is None or row.pr_number is None:
        return ""
    pull = await pulls.find(work, repo=row.repo, number=row.pr_number)
    return "" if pull is None else pull.entry_title or pull.title


def _name(row: UserRow) -> str:
    return row.display_name or row.gitea_login
